"""Sums of the service facts as a visitor may see them, cached by question; shares with their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import queries, release
from locales import numbers, t
from metrics.intervals import wilson
from ui import access, blocks, periods, store, view
from ui.access import Where


def totals(
    fact: str, *, columns: Sequence[str], keys: Sequence[str] = (), where: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Protected counts of a fact by keys, with `evidence`. Shared: not to be changed.

    In the published view each count follows the publishing rule on its own: under 10 is missing, all else is rounded
    to 5. The analyst view lifts it where every row is synthetic.
    """
    return _totals(
        fact, tuple(columns), tuple(keys), fixed(where), view.analyst(), store.version(), store.url()
    )


def raw(
    fact: str, *, columns: Sequence[str], keys: Sequence[str] = (), where: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Unprotected sums, for means, percentiles and models over many contacts; never to be shown as counts."""
    return _raw(fact, tuple(columns), tuple(keys), fixed(where), store.version(), store.url())


def fixed(where: Mapping[str, Any] | None) -> Where:
    """A filter as part of a cache key."""
    return tuple(sorted((where or {}).items(), key=lambda item: item[0]))


@st.cache_resource(max_entries=256, show_spinner=False)
def _raw(fact: str, columns: tuple[str, ...], keys: tuple[str, ...], where: Where, version: int, address: str) -> pd.DataFrame:  # fmt: skip
    with store.connect() as connection:
        return queries.totals(connection, fact, columns=columns, keys=keys, where=where)


@st.cache_resource(max_entries=256, show_spinner=False)
def _totals(
    fact: str, columns: tuple[str, ...], keys: tuple[str, ...], where: Where, analyst: bool, version: int, address: str
) -> pd.DataFrame:  # fmt: skip
    found = _raw(fact, columns, keys, where, version, address)
    release.check_grain("district_code" if key == "area_code" else key for key in keys)
    out = found.copy()
    for name in columns:
        safe = release.rounded(found[name])
        out[name] = found[name].where(found["pure"], safe) if analyst else safe
    return out.assign(evidence=np.where(found["synthetic"], "synthetic", "recorded"))


def exact() -> bool:
    """Whether counts may stand unrounded: an analyst's view of a store that holds no recorded row at all."""
    return view.analyst() and "recorded" not in set(access.read(queries.batches)["evidence"])


def protected(counts: pd.Series) -> pd.Series:
    """Counts that were summed from several raw rows, under the publishing rule."""
    return counts if exact() else release.rounded(counts)


def total(fact: str, *, columns: Sequence[str], where: Mapping[str, Any] | None = None) -> pd.Series:
    """The one row of protected sums without keys."""
    return totals(fact, columns=columns, where=where).iloc[0]


def share(top: float, bottom: float) -> tuple[float, float, float]:
    """A share of protected counts with Wilson limits that cover the rounding; NaN where either is withheld."""
    if not np.isfinite([top, bottom]).all() or bottom <= 0:
        return (float("nan"),) * 3
    if not exact() and bottom < release.ALL_OR_NONE_BELOW and (top <= 0 or top >= bottom):
        return (float("nan"),) * 3
    slack = 0.0 if exact() else release.BASE / 2
    low, _ = wilson(max(0.0, min(top - slack, bottom + slack)), bottom + slack)
    _, high = wilson(min(top + slack, max(bottom - slack, 1.0)), max(bottom - slack, 1.0))
    return min(top / bottom, 1.0), low, high


def share_cells(top: float, bottom: float, lang: str) -> tuple[str, str]:
    """A share and its limits for a table; whole points below the size where the rule allows decimals."""
    value, low, high = share(top, bottom)
    if np.isnan(value):
        return t("status.withheld", lang), ""
    digits = 0 if bottom < release.COARSE_BELOW and not exact() else 1
    if digits == 0:
        low, high = np.floor(low * 100) / 100, np.ceil(high * 100) / 100
    return numbers.percent(100 * value, digits), numbers.limits(
        100 * low, 100 * high, "percent", digits=digits
    )


def share_words(top: float, bottom: float, lang: str) -> tuple[str, str]:
    """A share and its 95 % interval in words."""
    value, limits = share_cells(top, bottom, lang)
    return value, t("services.interval", lang, limits=limits) if limits else ""


def share_said(top: float, bottom: float, lang: str) -> str:
    """A share with its 95 % interval behind it: '48.6%(95% 구간 46.0–51.2%)'."""
    value, interval = share_words(top, bottom, lang)
    return t("services.with_limits", lang, value=value, limits=interval) if interval else value


def count_words(value: float, lang: str) -> str:
    """A protected count, or why there is none."""
    return t("status.suppressed", lang) if pd.isna(value) else numbers.number(value)


def counted(value: float, lang: str, unit: str) -> str:
    """A protected count with its unit, or that there are fewer than ten: '1,235건', '10건 미만'.

    Args:
        unit: cases, people or households.
    """
    if pd.isna(value):
        return t(f"services.few_{unit}", lang)
    return t(f"services.n_{unit}", lang, n=numbers.number(value))


def span(months: int, *, skip: int = 0) -> queries.Span:
    """The last months that are over on the day that the screens speak for."""
    day = store.as_of()
    running = 0 if (pd.Timestamp(day) + pd.Timedelta(1, "D")).day == 1 else 1
    return periods.last(day, months, skip=skip + running)


def span_words(found: queries.Span, lang: str) -> str:
    """First to last month of a span."""
    return f"{numbers.month(found.low, lang)} – {numbers.month(found.high, lang)}"


def source(evidence: str, lang: str, *, period: str) -> None:
    """Evidence, period and source beneath a chart of service facts."""
    name = t("services.source", lang)
    st.html(
        f'<p class="ieum-source">{blocks.mark(evidence, lang)} {blocks.esc(period)} · {blocks.esc(name)}</p>'
    )


def evidence_of(*frames: pd.DataFrame) -> str:
    """What several frames rest on; one synthetic row makes all of it synthetic."""
    return "synthetic" if any((f["synthetic"]).any() for f in frames if len(f)) else "recorded"


def how(lang: str, *keys: str) -> None:
    """'How is this computed?' for what is not one registered measure: named explanations."""
    with st.popover(t("how.label", lang)):
        for key in keys:
            st.markdown(t(key, lang))
        blocks.note(t("how.release", lang))
