"""Random ledger cells for tests: Hypothesis strategies and the frame that they fill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from data.codes import CODES

COLUMNS = ["fiscal_year", "month_key", "programme_id", "district_code", "kind", "funding", "line_type", "amount_krw"]  # fmt: skip
Cell = tuple[int, int, str, str, str, str, str, int]


def entries(
    programmes: Sequence[str], districts: Sequence[str], *, most: int
) -> st.SearchStrategy[list[Cell]]:
    """Lists of one to `most` cells as tuples of `COLUMNS`, of two years and every code, up to 10 trillion won each way."""
    cell = st.tuples(
        st.sampled_from([2025, 2026]), st.integers(1, 12), st.sampled_from(programmes), st.sampled_from(districts),
        st.sampled_from(list(CODES["ledger_kind"])), st.sampled_from(list(CODES["funding"])),
        st.sampled_from(list(CODES["line_type"])), st.integers(-(10**13), 10**13),
    ).map(lambda c: (c[0], c[0] * 100 + c[1], *c[2:]))  # fmt: skip
    return st.lists(cell, min_size=1, max_size=most)


def frame(cells: Sequence[Cell]) -> pd.DataFrame:
    """The cells as the metrics read them, won as int64."""
    return pd.DataFrame(cells, columns=COLUMNS).astype({"amount_krw": np.int64})
