"""What is counted of a lake, written once as SQL that DuckDB and Spark both take.

A statement is asked for some months, so that an engine reads their partitions alone and needs memory for no more. A signal counts
once in a household's month however often its row came, so that a late file beside the first one changes nothing that was there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DETECTION = ("crisis_signal", "detection_action")

_ACTED = """acted AS (
    SELECT month, household, district_code,
           CASE WHEN contacted_on IS NULL THEN 0 ELSE 1 END AS contacted,
           CASE WHEN result IN ('confirmed', 'enrolled') THEN 1 ELSE 0 END AS confirmed,
           CASE WHEN result = 'enrolled' THEN 1 ELSE 0 END AS enrolled
    FROM detection_action WHERE month IN ({months})
),
shown AS (
    SELECT DISTINCT a.month, a.household, a.district_code, s.signal, a.contacted, a.confirmed, a.enrolled
    FROM acted a JOIN crisis_signal s ON s.month = a.month AND s.household = a.household
    WHERE s.month IN ({months})
)"""

# One row per district and signal, and signal 0 for households counted once whatever they showed.
_MONTHLY = f"""
WITH {_ACTED},
counted AS (
    SELECT month, district_code, signal, contacted, confirmed, enrolled FROM shown
    UNION ALL
    SELECT month, district_code, 0, contacted, confirmed, enrolled FROM acted
)
SELECT CAST(month AS INTEGER) AS month_key, district_code, CAST(signal AS INTEGER) AS signal, 'lake' AS counted,
       COUNT(*) AS flagged,
       SUM(contacted) AS contacted, SUM(confirmed) AS confirmed, SUM(enrolled) AS enrolled
FROM counted GROUP BY month, district_code, signal ORDER BY month, district_code, signal
"""

# Households shown together with both signals of a pair, and by how many signals they showed.
_PAIR = f"""
WITH {_ACTED}
SELECT CAST(a.month AS INTEGER) AS month_key, CAST(a.signal AS INTEGER) AS signal, CAST(b.signal AS INTEGER) AS other,
       COUNT(*) AS flagged, SUM(a.contacted) AS contacted, SUM(a.confirmed) AS confirmed, SUM(a.enrolled) AS enrolled
FROM shown a JOIN shown b ON b.month = a.month AND b.household = a.household AND b.signal > a.signal
GROUP BY a.month, a.signal, b.signal ORDER BY a.month, a.signal, b.signal
"""
# Kinds that a household showed are bits of one number (there are 46): a third of the time of counting distinct ones.
_COUNT = """
WITH shown AS (
    SELECT month, household, BIT_COUNT(BIT_OR(CAST(1 AS BIGINT) << CAST(signal AS INTEGER))) AS signals
    FROM crisis_signal WHERE month IN ({months}) GROUP BY month, household
),
acted AS (SELECT month, household, contacted_on, result FROM detection_action WHERE month IN ({months}))
SELECT CAST(s.month AS INTEGER) AS month_key, CAST(s.signals AS INTEGER) AS signals, COUNT(*) AS households,
       COUNT(a.household) AS flagged, COUNT(a.contacted_on) AS contacted,
       SUM(CASE WHEN a.result IN ('confirmed', 'enrolled') THEN 1 ELSE 0 END) AS confirmed,
       SUM(CASE WHEN a.result = 'enrolled' THEN 1 ELSE 0 END) AS enrolled
FROM shown s LEFT JOIN acted a ON a.month = s.month AND a.household = s.household
GROUP BY s.month, s.signals ORDER BY s.month, s.signals
"""

# Fact -> its statement.
OF_DETECTION: Mapping[str, str] = {
    "detection_monthly": _MONTHLY,
    "detection_pair": _PAIR,
    "detection_count": _COUNT,
}


def of_months(statement: str, months: Sequence[int]) -> str:
    """A statement for months (YYYYMM)."""
    return statement.format(months=", ".join(str(int(month)) for month in months))
