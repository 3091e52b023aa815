"""What the thread's questions read: counts of people as published, times and what is lost as judged from true sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd

from answers import words
from answers.ask import Ask, Choice, Codes
from answers.districts import estimates
from answers.kept import kept
from answers.reader import Reader, Rule
from answers.rights import views
from answers.studies import Pending, study
from data import codes, queries, thread
from locales import t
from metrics import thread as maths

STEPS = thread.STEPS
AFTER_MONTHS = tuple(thread.rules()["time"]["connected_after_months"])
LOST = tuple(f"{what}_{step}" for step in STEPS[:-1] for what in ("ended", "silent"))
AFTER = {
    months: tuple(f"{what}_{months}" for what in ("due", "connected", "apart")) for months in AFTER_MONTHS
}
YEAR_ON = AFTER[12]  # who is due, on record as connected, and as not
FEWEST = 30  # people behind a time or a share by a time
NEED = "isolation_prevalence"
DRAWS, SEED = 1000, 17
LEAST = 8  # districts with both counts: of fewer no quarter is said to do best
# Which tables tell of a step; without any of them it is not recorded.
TOLD_BY = {
    "known": thread.TABLES,
    "contacted": thread.TABLES,
    "assessed": ("outcome_measure", "spell"),
    "enrolled": ("referral", "counselling_case", "support_period", "spell"),
    "completed": ("counselling_case", "spell"),
    "better": ("outcome_measure",),
    "connected": ("spell", "follow_up"),
    "returned": ("spell",),
}
DOORS = (*codes.CODES["referral_source"], "counselling", thread.REGISTER)
BY = {
    "door": "door",
    "age": "age_band",
    "sex": "sex",
    "district": "district_code",
    "programme": "programme_id",
}
TIMES = Rule(
    "days between steps of the thread",
    "shares in whole points at the nearest step of rounding and medians in days with their limits, of 30 people or more",
)


def _years(read: Reader, codes: Codes) -> list[str]:
    return [str(y) for y in years(read)]


def last_whole(read: Reader) -> int | None:
    """The last year that is over; the newest where none is, None without any."""
    return newest_over(read, years(read))


def newest_over(read: Reader, found: tuple[int, ...]) -> int | None:
    """The last of some years, ascending, that is over; the newest where none is, None without any."""
    over = [y for y in found if y < read.as_of.year] or found
    return over[-1] if over else None


YEAR = Choice(
    name="year",
    options=_years,
    default=lambda read, codes: str(last_whole(read) or ""),
    label="thread.year",
    say=lambda code, lang, read: words.period_label(int(code), lang) if code else "",
)
GROUPS = Choice(
    name="by", options=tuple(BY), default="door", label="thread.by", say="thread.by_", place="inline"
)


STEP = Choice(
    name="step",
    options=lambda read, codes: [
        step for step, after in pairwise(STEPS) if recorded(read, step) and recorded(read, after)
    ],
    label="thread.col_arrow",
    say=lambda code, lang, read: arrow(code, lang),
    place="inline",
)


def next_of(step: str) -> str:
    """The step after one."""
    return STEPS[STEPS.index(step) + 1]


def arrow(step: str, lang: str) -> str:
    """From a step to the next one, by name."""
    before, after = (t(f"thread.step_{one}", lang) for one in (step, next_of(step)))
    return t("thread.arrow", lang, before=before, after=after)


@kept
def years(read: Reader) -> tuple[int, ...]:
    """Years in which people became known."""
    return tuple(read.rows(queries.periods, fact="thread_yearly"))


def recorded(read: Reader, step: str) -> bool:
    """Whether any table that tells of a step holds a row."""
    return any(read.holds(table) for table in TOLD_BY[step])


def where(ask: Ask) -> dict[str, int]:
    """The filter of the year."""
    return {"year": int(ask["year"])}


def staying(sums: pd.Series, step: str) -> float:
    """Who is still at a step by the counts as shown; what is withheld is taken as nothing, and the rest as published."""
    after = next_of(step)
    if np.isnan(sums[step]):
        return float("nan")
    gone = [np.nan_to_num(float(sums[name])) for name in (after, f"ended_{step}", f"silent_{step}")]
    return maths.staying(
        max(float(sums[step]), sum(gone)), *gone
    )  # rounding may make them one step more than came


@kept
def isolated(read: Reader) -> tuple[float, float, float, int] | None:
    """Isolated residents by the newest survey with 95 % limits, and its year: a share of all residents; None without a survey."""
    waves = read.years(NEED)
    if not waves:
        return None
    row = read.city(NEED, where={"year": waves[-1], "instrument_id": read.main_instrument()})
    people = float(estimates.population(read, waves[-1]).sum())
    shares = row[["value", "lower", "upper"]].astype(float).to_numpy()
    if np.isnan(shares).any() or people <= 0:
        return None
    value, low, high = (float(s) / 100 * people for s in shares)
    return value, low, high, int(waves[-1])


# --- Judged of true sums ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Time:
    """An arrow: share (percent) that goes on within a year, and days that half of those take; each with 95 % limits."""

    share: tuple[float, float, float]
    half: tuple[float, float, float]


Times = dict[str, dict[str, Time]]  # by group and next step; steps with too few people are left out


def studied(read: Reader, name: str, *args: Any, older: Callable[[], Any]) -> Any:
    """A study's result; of a release that is older than the study, what `older` gives.

    Raises:
        Pending: it is being made for the first time, and the reader does not wait.
    """
    try:
        return read.study(name, read.study_view, *args)
    except Pending as missing:
        if not missing.frozen:
            raise
        return older()


def times(read: Reader, year: int | None, trait: str = thread.EVERYBODY) -> Times:
    """Times of the people of a year, or of all years, by group of a trait and next step.

    Raises:
        Pending: as `studied`.
    """
    if not years(read):
        return {}
    # A release that was made before times were kept has none: its counts stand alone.
    every: dict[tuple[int, str], Times] = studied(read, "thread.times", older=dict)
    return every.get((year or 0, trait), {})


@study(
    "thread.times",
    reads=thread.SOURCES,
    over=lambda read: [(view,) for view in views(read.whose) if years(read)],
    of_facts=True,
)
def _every_time(read: Reader, view: str) -> dict[tuple[int, str], Times]:
    theirs = read.seen_in(view)
    asked = [(0, thread.EVERYBODY), *product(years(theirs), (thread.EVERYBODY, *thread.TRAITS))]
    return {(year, trait): _of(theirs, year, trait) for year, trait in asked}


def _of(read: Reader, year: int, trait: str) -> Times:
    rows = read.for_model(
        "thread_time",
        columns=("people",),
        keys=("group_code", "step", "kind", "days"),
        where={"trait": trait} | ({"year": year} if year else {}),
    )
    found: Times = read.judged(TIMES, _groups, rows, 0.0 if read.free else 1.0)
    return found


def everybody(read: Reader, year: int | None) -> dict[str, Time]:
    """Times of all, by next step."""
    return times(read, year).get(thread.EVERYBODY, {})


def _groups(rows: pd.DataFrame, rounding: float) -> Times:
    return {str(code): _times(part, rounding) for code, part in rows.groupby("group_code", sort=True)}


def _times(rows: pd.DataFrame, rounding: float) -> dict[str, Time]:
    found = {}
    for step, part in rows.groupby("step", sort=True):
        n = float(part["people"].sum())
        reached = float(part.loc[part["kind"] == maths.REACHED, "people"].sum())
        if n < FEWEST or reached < FEWEST:
            continue
        one = maths.arrival(
            part["days"].to_numpy(float), part["kind"].to_numpy(object), part["people"].to_numpy(float)
        )
        if np.isnan(one.half):
            continue
        # A share of a few tells its count: to the nearest step that rounding makes of one, then in whole points.
        step_of = rounding * 10 / n
        share = np.floor(one.share / step_of + 0.5) * step_of if step_of else one.share
        low, high = max(one.low - step_of / 2, 0.0), min(one.high + step_of / 2, 1.0)
        found[str(step)] = Time(
            (
                float(np.floor(100 * min(share, 1.0) + 0.5)),
                float(np.floor(100 * low)),
                float(np.ceil(100 * high)),
            ),
            (one.half, one.half_low, one.half_high),
        )
    return found


# --- What would be kept ----------------------------------------------------------------------------------


@kept
def avoidable(read: Reader, year: int) -> dict[str, maths.Avoidable]:
    """By step from which people go on: what every district at the best quarter's share would add to those connected a year after."""
    rows = read.totals("thread_yearly", columns=STEPS, keys=("district_code",), where={"year": year})
    rows = rows[rows["district_code"] != codes.UNKNOWN]
    sums = read.total("thread_yearly", columns=STEPS, where={"year": year})
    due, yes, no = read.total("thread_yearly", columns=YEAR_ON, where={"year": year})
    if not due >= FEWEST:  # too few of the year yet: as of all years
        _, yes, no = read.total("thread_yearly", columns=YEAR_ON)
    if not yes + no > 0:
        return {}
    last = (yes + no, yes)
    found = {}
    for number, (step, after) in enumerate(zip(STEPS, STEPS[1:], strict=False)):
        both = rows[[step, after]].astype(float).dropna()
        onward = [(float(sums[a]), min(float(sums[b]), float(sums[a])))
                  for a, b in zip(STEPS[number + 1 :], STEPS[number + 2 :], strict=False)]  # fmt: skip
        if len(both) < LEAST or np.isnan(onward).any():
            continue
        reached = np.minimum(both[after], both[step])
        found[step] = maths.best_quarter(
            both[step].to_numpy(),
            reached.to_numpy(),
            np.array([*onward, last]),
            draws=DRAWS,
            rng=np.random.default_rng(SEED),
        )
    return found
