"""Whether a target will be met by its date, at this pace: of yearly plans, and of targets that the city set for a measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers import ends, periods, targets
from answers.answer import Block, Line, Note, Tone
from answers.kept import kept
from answers.kpi.measures import Kpi
from answers.reader import Reader
from data import queries
from data.queries import Span
from forecast import attainment
from forecast.attainment import Pace
from locales import numbers, t

LIKELY, UNLIKELY = 0.8, 0.2
TONES: dict[str, Tone] = {"met": "better", "likely": "better", "open": "steady", "unlikely": "worse"}
LEAST, MOST = 0.01, 0.99  # chances beyond which no more is said than that
PLACES = 3  # leading digits of what is expected or proposed of a total
MONTHS = 24  # of the record that are looked at, as the programmes' own trends
DECEMBER = 12


@dataclass(frozen=True, eq=False)
class Outlook:
    """A target and what is to be expected by its date.

    Attributes:
        by: its last month. month: the last one that is known. pace: None where the past says too little.
        done: what of a yearly plan is there by then. at_most: whether it is met from below.
        scale: units of the measure by one of its ratio (100 of a percentage).
    """

    target: float
    by: int
    month: int
    pace: Pace | None
    done: float = 0.0
    at_most: bool = False
    scale: float = 1.0

    @property
    def met(self) -> bool:
        """Whether a total has reached it already."""
        return self.done >= self.target and not self.at_most

    @property
    def chance(self) -> float:
        """The chance of meeting it; NaN where that cannot be said."""
        if self.met or self.pace is None:
            return 1.0 if self.met else float("nan")
        return attainment.chance(
            self.pace, self.target / self.scale, done=self.done / self.scale, at_most=self.at_most
        )

    @property
    def state(self) -> str:
        """met, likely, open, unlikely, or short: the past is too short to say."""
        if self.met:
            return "met"
        if np.isnan(self.chance):
            return "short"
        return _state(self.chance)

    def at(self, q: float) -> float:
        """What comes out with the chance 1 - q at the least; with a pace alone."""
        assert self.pace is not None
        return self.scale * attainment.total(self.pace, q, done=self.done / self.scale)

    def met_in(self, q: float) -> int | None:
        """The month in which a total gets there, at the quantile `q` of what is to come; None beyond what can be said."""
        assert self.pace is not None
        months = attainment.reached(self.pace, self.target, done=self.done, q=q)
        return None if months is None else periods.shifted(self.month, months)


@kept
def of_plan(read: Reader, programme: str, output: str, year: int) -> Outlook | None:
    """The outlook of a yearly plan, from the months that records count; None where no record counts it or the year is over."""
    plan, counted = targets.plan_of(read, programme, output, year), targets.counted(programme, output)
    if plan is None or counted is None or programme in _stopped(read):
        return None
    fact, column, where = counted
    # The running month is among those to come, as are those of which no record has come yet.
    told_by = ends.tables_of(fact, (column,))
    month = min((periods.closed(read.end(table)) for table in told_by), default=periods.closed(read.as_of))
    if month // 100 != year or month % 100 == DECEMBER:
        return None
    done = targets.delivered(read, plan, until=month)
    if done is None or pd.isna(done):
        return None
    rows = read.totals(
        fact,
        columns=(column,),
        keys=("month_key",),
        where={**where, "month_key": Span(periods.shifted(month, 1 - MONTHS), month)},
    ).sort_values("month_key")
    pace = _pace(rows["month_key"], rows[column], month, DECEMBER - month % 100)
    return Outlook(float(plan["planned"]), year * 100 + DECEMBER, month, pace, done)


def _stopped(read: Reader) -> set[str]:
    rows = read.rows(queries.programmes)
    return set(rows.loc[rows["status"] != "active", "programme_id"])


def _pace(months: pd.Series, counts: pd.Series, month: int, horizon: int) -> Pace | None:
    """The pace of a series that is known without a gap to the month; a count that is withheld is a gap."""
    if counts.isna().any() or not len(counts) or int(months.iloc[-1]) != month:
        return None
    if periods.apart(int(months.iloc[0]), month) != len(months) - 1:
        return None
    return attainment.total_pace(counts.to_numpy(float), horizon)


def of_measure(kpi: Kpi) -> Outlook | None:
    """The outlook of a target that the city set for a ratio; None of any other measure or target."""
    row, latest = kpi.target_row, kpi.latest
    if kpi.annual or row is None or kpi.target is None or latest is None or kpi.planned or kpi.yardstick:
        return None
    if kpi.metric.better == "neither" or kpi.gated:
        return None
    month = int(latest["month_key"])
    ends = row["valid_to"]
    by = month // 100 * 100 + DECEMBER if ends is None or pd.isna(ends) else periods.key(ends)
    horizon = periods.apart(month, by)
    if not 1 <= horizon <= 2 * DECEMBER:
        return None
    parts = kpi.series[kpi.series["month_key"] <= month][["numerator", "denominator"]].to_numpy(float)
    share, pace = kpi.metric.unit == "percent", None
    if np.isfinite(parts).all() and (parts[:, 1] > 0).all():
        top, bottom = parts.T
        # Parts that are rounded each for itself may pass the whole by a rounding.
        pace = attainment.ratio_pace(np.minimum(top, bottom) if share else top, bottom, horizon, share=share)
    at_most, scale = kpi.metric.better == "lower", 100.0 if share else 1.0
    return Outlook(kpi.target, by, month, pace, at_most=at_most, scale=scale)


def of_kpi(read: Reader, kpi: Kpi) -> Outlook | None:
    """The outlook of a measure's target, be it a year's plan or the city's own."""
    row = kpi.target_row
    if kpi.planned and row is not None:
        return of_plan(read, row["programme_id"], row["output"], int(row["fiscal_year"]))
    return of_measure(kpi)


# --- Words ---------------------------------------------------------------------------------------------------


def line(found: Outlook | None, lang: str) -> Line | None:
    """The outlook in one line with its sign; None where there is none, or nothing can be said."""
    if found is None or found.state == "short":
        return None
    return Line(t(f"attain.{found.state}", lang, chance=chance_words(found.chance, lang)), TONES[found.state])


def verdict(chance: float, lang: str) -> str:
    """The verdict of a chance in words."""
    return t(f"attain.{_state(chance)}", lang, chance=chance_words(chance, lang))


def _state(chance: float) -> str:
    return "likely" if chance >= LIKELY else "unlikely" if chance <= UNLIKELY else "open"


def chance_words(chance: float, lang: str) -> str:
    """A chance in whole percents; beyond 1 and 99 no more than that."""
    if chance > MOST:
        return t("attain.over", lang, most=numbers.percent(100 * MOST, 0))
    if chance < LEAST:
        return t("attain.under", lang, least=numbers.percent(100 * LEAST, 0))
    return numbers.percent(100 * chance, 0)


def blocks(read: Reader, kpi: Kpi, lang: str) -> list[Block]:
    """What is to be expected by the target's date, when it would be met, which target would have which chance, and last year's record."""
    found, row, yearly = of_kpi(read, kpi), kpi.target_row or {}, kpi.planned
    if found is None:
        return []
    if found.state == "short":
        return [Note(t("attain.short", lang))]

    def value(q: float, *, up: bool = False) -> str:
        amount = found.at(q)
        return (
            numbers.number(numbers.leading(amount, PLACES, up=up))
            if yearly
            else numbers.value(amount, kpi.metric.unit, lang)
        )

    said = line(found, lang)
    told = [f"{said.text}."] if said else []
    pace = found.pace
    if pace is not None:
        by, low, high = numbers.month(found.by, lang), value(0.1), value(0.9, up=True)
        told.append(t("attain.expected", lang, by=by, low=low, high=high))
        if yearly and not found.met:
            told.append(_when(found, lang))
        even, safe = value(0.5, up=found.at_most), value(0.8 if found.at_most else 0.2, up=found.at_most)
        told.append(t("attain.proposed", lang, even=even, safe=safe))
        covered = numbers.percent(100 * pace.covered, 0)
        told.append(
            t(f"attain.how_{pace.method}", lang, n=len(pace.errors), months=pace.horizon, covered=covered)
        )
    if yearly:
        told.append(before(read, row["programme_id"], row["output"], int(row["fiscal_year"]), lang))
    return [Note(" ".join(filter(None, told)))]


def _when(found: Outlook, lang: str) -> str:
    early, middle, late = (found.met_in(q) for q in (0.9, 0.5, 0.1))
    if early is None or middle is None:
        return t("attain.when_never", lang, years=attainment.AHEAD // DECEMBER)
    said = {"month": numbers.month(middle, lang), "early": numbers.month(early, lang)}
    if late is None:
        return t("attain.when_open", lang, **said)
    return t("attain.when", lang, late=numbers.month(late, lang), **said)


def before(read: Reader, programme: str, output: str, year: int, lang: str) -> str:
    """What became of last year's plan, as the record of such plans; '' without any."""
    found = targets.plan_of(read, programme, output, year - 1)
    return t("attain.before", lang, said=targets.plan_words(read, found, lang)) if found else ""
