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


def detection_monthly(folder: Path) -> pd.DataFrame:
    """The columns of the `detection_monthly` fact, rolled up from the lake under `folder`."""
    with duckdb.connect(":memory:") as lake:
        for name in ("crisis_signal", "detection_action"):
            files = (folder / name / "month=*" / "*.parquet").as_posix()
            lake.read_parquet(files, hive_partitioning=True).create_view(name)
        frame = lake.execute(ROLLUP).df()
    counts = ["flagged", "contacted", "confirmed", "enrolled"]
    return frame.assign(**{name: frame[name].astype("int64") for name in counts})
