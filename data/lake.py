"""The detection lake: Parquet by month, rolled up by one SQL statement; only the monthly facts enter the record.

The statement is plain SQL, so that Spark can run it over the same files when one machine no longer does.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

# One row per district and signal, and signal 0 for households counted once whatever they showed.
ROLLUP = """
WITH acted AS (
    SELECT month, household, district_code,
           CASE WHEN contacted_on IS NULL THEN 0 ELSE 1 END AS contacted,
           CASE WHEN result IN ('confirmed', 'enrolled') THEN 1 ELSE 0 END AS confirmed,
           CASE WHEN result = 'enrolled' THEN 1 ELSE 0 END AS enrolled
    FROM detection_action
),
shown AS (
    SELECT a.month, a.district_code, s.signal, a.contacted, a.confirmed, a.enrolled
    FROM acted a JOIN crisis_signal s ON s.month = a.month AND s.household = a.household
    UNION ALL
    SELECT month, district_code, 0, contacted, confirmed, enrolled FROM acted
)
SELECT CAST(month AS INTEGER) AS month_key, district_code, CAST(signal AS INTEGER) AS signal, COUNT(*) AS flagged,
       SUM(contacted) AS contacted, SUM(confirmed) AS confirmed, SUM(enrolled) AS enrolled
FROM shown GROUP BY month, district_code, signal ORDER BY month, district_code, signal
"""

# Households shown together with both signals of a pair, and by how many signals they showed.
PAIRS = """
WITH acted AS (
    SELECT month, household, CASE WHEN contacted_on IS NULL THEN 0 ELSE 1 END AS contacted,
           CASE WHEN result IN ('confirmed', 'enrolled') THEN 1 ELSE 0 END AS confirmed,
           CASE WHEN result = 'enrolled' THEN 1 ELSE 0 END AS enrolled
    FROM detection_action
),
shown AS (
    SELECT a.month, a.household, s.signal, a.contacted, a.confirmed, a.enrolled
    FROM acted a JOIN crisis_signal s ON s.month = a.month AND s.household = a.household
)
SELECT CAST(a.month AS INTEGER) AS month_key, CAST(a.signal AS INTEGER) AS signal, CAST(b.signal AS INTEGER) AS other,
       COUNT(*) AS flagged, SUM(a.contacted) AS contacted, SUM(a.confirmed) AS confirmed, SUM(a.enrolled) AS enrolled
FROM shown a JOIN shown b ON b.month = a.month AND b.household = a.household AND b.signal > a.signal
GROUP BY a.month, a.signal, b.signal ORDER BY a.month, a.signal, b.signal
"""
COUNTS = """
WITH shown AS (SELECT month, household, COUNT(DISTINCT signal) AS signals FROM crisis_signal GROUP BY month, household)
SELECT CAST(s.month AS INTEGER) AS month_key, CAST(s.signals AS INTEGER) AS signals, COUNT(*) AS households,
       COUNT(a.household) AS flagged, COUNT(a.contacted_on) AS contacted,
       SUM(CASE WHEN a.result IN ('confirmed', 'enrolled') THEN 1 ELSE 0 END) AS confirmed,
       SUM(CASE WHEN a.result = 'enrolled' THEN 1 ELSE 0 END) AS enrolled
FROM shown s LEFT JOIN detection_action a ON a.month = s.month AND a.household = s.household
GROUP BY s.month, s.signals ORDER BY s.month, s.signals
"""


def detection_monthly(folder: Path) -> pd.DataFrame:
    """The columns of the `detection_monthly` fact, rolled up from the lake under `folder`."""
    return _rolled(folder, ROLLUP)


def detection_pair(folder: Path) -> pd.DataFrame:
    """The columns of the `detection_pair` fact."""
    return _rolled(folder, PAIRS)


def detection_count(folder: Path) -> pd.DataFrame:
    """The columns of the `detection_count` fact."""
    return _rolled(folder, COUNTS)


def _rolled(folder: Path, statement: str) -> pd.DataFrame:
    with duckdb.connect(":memory:") as lake:
        for name in ("crisis_signal", "detection_action"):
            files = (folder / name / "month=*" / "*.parquet").as_posix()
            lake.read_parquet(files, hive_partitioning=True).create_view(name)
        frame = lake.execute(statement).df()
    counts = [
        name for name in ("households", "flagged", "contacted", "confirmed", "enrolled") if name in frame
    ]
    return frame.assign(**{name: frame[name].astype("int64") for name in counts})
