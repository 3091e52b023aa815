"""Two made constituencies of the demonstration city: names that no real one has, with real dong."""

from __future__ import annotations

import pandas as pd

WARDS = (
    ("시범 선거구 가", "11210", ("보라매동", "은천동", "성현동", "중앙동", "청림동")),
    ("시범 선거구 나", "11010", ("사직동", "삼청동", "부암동", "평창동", "무악동", "교남동")),
)


def rows() -> pd.DataFrame:
    """Columns of `ward`."""
    listed = [(name, district, dong) for name, district, every in WARDS for dong in every]
    return pd.DataFrame(listed, columns=["name", "district_code", "dong"])
