"""The detection lake: Parquet by month, rolled up by one SQL statement; only the monthly facts enter the record.

The statement is plain SQL, so that Spark can run it over the same files when one machine no longer does.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
from sqlalchemy import Connection, delete, select

from data import audit
from data import tables as t
from data.batches import append_frame, close_batch, open_batch, seen

LAKE = ("crisis_signal", "detection_action")
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
SELECT CAST(month AS INTEGER) AS month_key, district_code, CAST(signal AS INTEGER) AS signal, 'lake' AS counted,
       COUNT(*) AS flagged,
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


def refresh(
    connection: Connection, folder: Path, *, recorded_at: datetime, who: str = audit.LOCAL
) -> list[int]:
    """Roll the lake's months up into all three detection facts, in place of what they held for those months.

    One batch stands for the lake as it is, so that every screen knows of it; months that the lake does not hold stay.

    Args:
        folder: with `crisis_signal` and `detection_action` in folders `month=YYYYMM`.
        recorded_at: naive UTC. who: for the audit trail.

    Returns: the months rolled up; none where the same lake came in before.

    Raises:
        FileNotFoundError: either table has no month.
        SummaryStands: a monthly summary of detection stands in one of the months. Then nothing has changed.
    """
    files = sorted(file for name in LAKE for file in (folder / name).glob("month=*/*.parquet"))
    if {file.parent.parent.name for file in files} != set(LAKE):
        raise FileNotFoundError(folder)
    sha = _digest(files)
    if seen(connection, table_name="detection_monthly", content_sha256=sha) is not None:
        return []
    batch_id = open_batch(
        connection,
        kind="import",
        table_name="detection_monthly",
        source_name=folder.name,
        content_sha256=sha,
        recorded_at=recorded_at,
    )
    counted = fill(connection, folder)
    months = sorted({int(month) for frame in counted for month in frame["month_key"]})
    c = t.detection_summary.c
    told = select(c.month_key).where(c.superseded_by.is_(None), c.month_key.in_(months)).distinct()
    if clash := sorted(connection.execute(told).scalars()):
        raise SummaryStands(clash)
    rows = sum(len(frame) for frame in counted)
    close_batch(connection, batch_id, accepted=rows, refused=0)
    about = {"batch": batch_id, "table": "detection_monthly", "added": rows, "sha256": sha}
    audit.written(connection, "import", who, at=recorded_at, **about)
    return months


class SummaryStands(ValueError):
    """Months of a lake of which a summary tells already: the two are never added. `months` are their keys."""

    def __init__(self, months: list[int]) -> None:
        super().__init__(", ".join(map(str, months)))
        self.months = months


def fill(connection: Connection, folder: Path) -> list[pd.DataFrame]:
    """The three facts from the lake, for the months that it holds; returns what was written."""
    rolled = {
        t.detection_monthly: detection_monthly(folder),
        t.detection_pair: detection_pair(folder),
        t.detection_count: detection_count(folder),
    }
    months = sorted({int(month) for frame in rolled.values() for month in frame["month_key"]})
    for fact, frame in rolled.items():
        whole = [fact.c.counted == "lake"] if "counted" in fact.c else []
        connection.execute(delete(fact).where(fact.c.month_key.in_(months), *whole))
        append_frame(connection, fact, frame)
    return list(rolled.values())


def _digest(files: list[Path]) -> str:
    """SHA-256 of the files' places and contents."""
    found = hashlib.sha256()
    for file in files:
        found.update(f"{file.parent.parent.name}/{file.parent.name}/{file.name}".encode())
        with file.open("rb") as content:
            found.update(hashlib.file_digest(content, "sha256").digest())
    return found.hexdigest()


def _rolled(folder: Path, statement: str) -> pd.DataFrame:
    with duckdb.connect(":memory:") as lake:
        for name in LAKE:
            files = (folder / name / "month=*" / "*.parquet").as_posix()
            lake.read_parquet(files, hive_partitioning=True).create_view(name)
        frame = lake.execute(statement).df()
    counts = [
        name for name in ("households", "flagged", "contacted", "confirmed", "enrolled") if name in frame
    ]
    return frame.assign(**{name: frame[name].astype("int64") for name in counts})
