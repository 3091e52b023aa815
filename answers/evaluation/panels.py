"""Districts by months of a measure, and the months in which programmes started: what a comparison is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers.ask import Choice
from answers.districts import measures as mapped
from answers.kept import kept
from answers.periods import apart, shifted
from answers.reader import Raw, Reader, Rule
from data.coverage import with_summaries
from locales import t
from metrics import registry
from metrics.spec import Metric

# Ratios that each district records month by month.
MEASURES = (
    "referral_rate",
    "answer_rate",
    "abandonment",
    "linked_14",
    "first_wait_42",
    "recovery_rate",
    "reisolation_rate",
)
FEEDS = {"referral_monthly": "referral"}
VISITS = "attendance"  # the records by which a programme's start in a district is known
AT_ONCE, FEWEST_LATER = 6, 6  # months within which a start is one for all, but for fewer districts than these
PRESENT = 0.8  # of the districts that must have a figure in a month for a series to reach back to it
STARTED = Rule(
    "first months of a programme",
    "by district the first month with ten visits or more: that it had as many, and each month before it fewer; no count",
)
MEASURE = Choice(
    name="measure",
    options=MEASURES,
    label="evaluation.measure",
    say=lambda code, lang, read: registry.get(code).name(lang),
)
AFTER = Choice(
    name="after",
    options=("3", "4", "6", "12"),
    label="evaluation.after",
    say=lambda code, lang, read: t("evaluation.months", lang, n=code),
)


@dataclass(frozen=True)
class Months:
    """A measure by district and month.

    Attributes:
        keys: months, YYYYMM, without a gap. codes: districts. values: (districts, months).
        left_out: districts that have a gap in them.
    """

    keys: tuple[int, ...]
    codes: tuple[str, ...]
    values: np.ndarray
    left_out: tuple[str, ...]

    def place(self, month: int) -> int:
        """A month's index, which may lie outside."""
        return apart(self.keys[0], month)


def table_of(metric: Metric) -> str:
    """The table that feeds a measure."""
    fact = metric.numerator[0].fact
    return FEEDS.get(fact) or mapped.table_of(metric) or fact


TABLES = tuple(with_summaries(sorted({table_of(registry.get(name)) for name in MEASURES})))


def key_of(text: str) -> int:
    """YYYYMM of 'YYYY-MM'."""
    return int(text[:4]) * 100 + int(text[5:])


def text_of(key: int) -> str:
    """'YYYY-MM' of YYYYMM."""
    return f"{key // 100}-{key % 100:02d}"


def closed_to(read: Reader, metric: Metric) -> int | None:
    """The last closed month of a measure, YYYYMM; None where nothing of it has come."""
    table = table_of(metric)
    if not any(read.holds(name) for name in with_summaries([table])):
        return None
    day = read.end(table)
    return day.year * 100 + day.month


def sums(read: Reader, measure: str) -> Raw:
    """True sums by district and month, for a comparison alone."""
    return read.for_model(measure, keys=("area_code", "month_key"))


def months_of(found: pd.DataFrame, scale: float, districts: tuple[str, ...]) -> Months | None:
    """Sums as districts by months, from the month from which nearly all have figures; None where there are too few."""
    rows = found[found["area_code"].isin(districts) & found["denominator"].gt(0) & found["numerator"].notna()]
    if rows.empty:
        return None
    wide = (
        (rows["numerator"] / rows["denominator"] * scale)
        .groupby([rows["area_code"], rows["month_key"]])
        .first()
        .unstack()
    )
    keys = [int(wide.columns.min())]
    while keys[-1] < int(wide.columns.max()):
        keys.append(shifted(keys[-1], 1))
    wide = wide.reindex(index=list(districts), columns=keys)
    thin = np.flatnonzero(wide.notna().mean(axis=0).to_numpy() < PRESENT)
    wide = wide.iloc[:, (thin[-1] + 1 if len(thin) else 0) :]
    whole = wide.dropna()
    if whole.shape[0] < 2 or whole.shape[1] < 2:
        return None
    gone = tuple(code for code in districts if code not in set(whole.index))
    return Months(tuple(int(k) for k in whole.columns), tuple(whole.index), whole.to_numpy(float), gone)


@kept
def starts(read: Reader) -> dict[str, dict[str, int]]:
    """Programme -> district -> the first month with visits enough to be published; of programmes that came to districts over months.

    Where nearly all districts have them within half a year it came to all at once, and what differs is how soon ten visits came together.
    """
    rows = read.for_model(
        "attendance_monthly", columns=("visits",), keys=("programme_id", "district_code", "month_key")
    )
    found: dict[str, dict[str, int]] = read.judged(STARTED, _firsts, rows, read.smallest)
    named, every = read.programme_names("ko"), len(districts_of(read))
    return {
        programme: first
        for programme, first in found.items()
        if programme in named
        and every - sum(apart(min(first.values()), month) < AT_ONCE for month in first.values())
        >= FEWEST_LATER
    }


def _firsts(rows: pd.DataFrame, least: int) -> dict[str, dict[str, int]]:
    rows = rows[rows["visits"].ge(least)]
    first = rows.groupby(["programme_id", "district_code"])["month_key"].min()
    return {
        str(programme): {str(code): int(month) for (_, code), month in part.items()}
        for programme, part in first.groupby("programme_id")
    }


def known_starts(read: Reader) -> dict[str, dict[str, int]]:
    """Starts as `starts` has them; none where no visit is recorded."""
    return starts(read) if any(read.holds(name) for name in with_summaries([VISITS])) else {}


def districts_of(read: Reader) -> tuple[str, ...]:
    """All district codes, in order."""
    return tuple(read.district_names("ko"))
