"""How long people wait for a first session, those still waiting included, and for a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Answer, Beside, Block, Figure, Heading, Note, Table
from answers.ask import Ask
from answers.counselling.common import (
    FEWEST,
    PROGRAMME,
    SPAN,
    always,
    counselling,
    few_said,
    shares,
    span,
    where,
)
from answers.reader import Raw, Reader, Rule
from answers.registry import question
from charts import series
from locales import numbers, t
from metrics import curve
from metrics.counselling import FIRST_WAIT_DAYS, reached_by
from metrics.histogram import percentile
from metrics.waits import p90

SHOWN_D = 180
LATE_SECOND_DAYS = (28, 90)
COURSE = curve.Course(time="days", kind="kind", event="first", competing=("withdrew",))
SIZE = Rule("courses behind a curve", "their number, which is rounded at once")
FIRST = Rule(
    "first waits",
    "an incidence in whole points at steps of ten first sessions or more, from which of them fewer than ten are at risk, and two"
    " percentiles in days",
)
STARTED = Rule("waits of those who started", "three counts, which are rounded at once")
WAITING = Rule(
    "waiting now", "P90 of the days so far of 40 courses or more; counts, which are rounded at once"
)
SECOND = Rule("second waits", "the median in days of 30 courses or more; counts, which are rounded at once")


@question("counselling.waits", choices=(SPAN, PROGRAMME), needs=("counselling_case",))
@counselling
def waits(ask: Ask, read: Reader) -> Answer:
    """Cumulative incidence of a first session; who still waits; the second wait."""
    lang, months = ask.lang, say.span_words(span(ask, read), ask.lang)
    rows = read.for_model(
        "counselling_wait", columns=("cases",), keys=("month_key", "kind", "days"), where=where(ask, read)
    )
    size = read.step(read.judged(SIZE, _size, rows, read.end("counselling_case")))
    first = read.judged(
        FIRST, _first, rows, read.end("counselling_case"), curve.Coarse(least=read.smallest, step=size)
    )
    if first is None:
        return Answer("", ask.t("status.withheld"))
    evidence = read.whose
    by_day = first.shares.set_index("time")
    key = "counselling.waits_sentence_never" if np.isnan(first.ninety) else "counselling.waits_sentence"
    sentence = ask.t(
        key,
        half=_days(first.half, lang),
        ninety=_days(first.ninety, lang),
        d42=_share(by_day.loc[42], lang),
        d126=_share(by_day.loc[126], lang),
    )
    left = (
        Heading(ask.t("counselling.first_wait")),
        _curve(first.curve, evidence, lang),
        *few_said(first.curve, "few_waiting", SHOWN_D, read, lang),
        say.source(evidence, lang, period=months),
    )
    right = (
        Heading(ask.t("counselling.wait_ways")),
        *_ways(ask, read, rows, first.shares, months),
        _waiting(ask, read),
        Heading(ask.t("counselling.second_wait")),
        _second(read, rows, lang),
    )
    return Answer(
        "", sentence, blocks=(Beside((left, right), (6, 5)), say.how(lang, "counselling.how_waits"))
    )


# --- Judgements of true rows -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class First:
    """Waits to the first session: the curve, its shares by the days of the standard, and the days of half and nine in ten."""

    curve: pd.DataFrame
    shares: pd.DataFrame
    half: float
    ninety: float


def first_waits(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Days, kind and cases; for those still waiting, days from referral to the day that the data speak for."""
    found = rows[rows["kind"] != "second"].copy()
    waiting = found["kind"] == "waiting"
    month = found.loc[waiting, "month_key"].astype(int)
    since = pd.to_datetime(
        {"year": month // 100, "month": month % 100, "day": found.loc[waiting, "days"].astype(int)}
    )
    found.loc[waiting, "days"] = (pd.Timestamp(day) - since).dt.days
    return found[found["days"] >= 0]


def _size(rows: pd.DataFrame, day: date) -> float:
    return float(first_waits(rows, day)["cases"].sum())


def _first(rows: pd.DataFrame, day: date, coarse: curve.Coarse) -> First | None:
    """None where too few courses or first sessions stand behind a curve."""
    found = first_waits(rows, day)
    if found["cases"].sum() < FEWEST:
        return None
    steps = curve.steps(found, COURSE, coarse)
    if steps.empty:
        return None
    exact = curve.whole(found, COURSE)
    at = curve.at(found, FIRST_WAIT_DAYS, COURSE, coarse)
    return First(steps, at, reached_by(exact, 0.5), reached_by(exact, 0.9))


def _over(rows: pd.DataFrame, days: Sequence[int]) -> list[float]:
    """All cases, then those that waited longer than each of the days."""
    counts = [rows["cases"].sum(), *(rows.loc[rows["days"] > d, "cases"].sum() for d in days)]
    return [float(n) for n in counts]


def _started(rows: pd.DataFrame) -> list[float]:
    """All who started, then those within each of the days."""
    every, *late = _over(rows[rows["kind"] == "first"], FIRST_WAIT_DAYS)
    return [every, *(every - n for n in late)]


def waiting_now(rows: pd.DataFrame, day: date) -> tuple[list[float], float]:
    """Everyone who waits on a day: all, those beyond each of the days, and P90 of the days so far (NaN of too few)."""
    found = first_waits(rows, day)
    return _over(found, FIRST_WAIT_DAYS), p90(found["days"], found["cases"])


def _seconds(rows: pd.DataFrame) -> tuple[list[float], float] | None:
    """Courses with a second session, those late for it, and the median of days; None of too few."""
    found = rows[rows["kind"] == "second"]
    counts = _over(found, LATE_SECOND_DAYS)
    return None if counts[0] < FEWEST else (counts, percentile(found["days"], found["cases"], 0.5))


# --- Blocks -----------------------------------------------------------------------------------------------


def _share(found: pd.Series, lang: str) -> str:
    if pd.isna(found["value"]):
        return t("status.withheld", lang)
    limits = numbers.limits(found["lower"], found["upper"], "percent", digits=0)
    return say.with_limits((numbers.percent(found["value"], 0), limits))


def _days(value: float, lang: str) -> str:
    if np.isnan(value):
        return t("counselling.not_reached", lang)
    return t("counselling.days", lang, n=numbers.number(value))


def _curve(steps: pd.DataFrame, evidence: str, lang: str) -> Figure:
    shown = curve.drawn_to(steps, SHOWN_D)
    said = [(numbers.number(row["time"]), _share(row, lang)) for _, row in shown.iterrows()]
    hover = [t("counselling.hover_wait", lang, d=day, share=share) for day, share in said]
    figure = series.lines(
        shown["time"].tolist(),
        [series.Line(t("counselling.line_started", lang), shown["value"].tolist(), hover)],
        caption=t(f"evidence.{evidence}", lang),
        suffix="%",
        height=320,
        x_title=t("counselling.axis_days", lang),
        band=(shown["lower"].tolist(), shown["upper"].tolist()),
    )
    table = Table(
        say.heads("counselling.", ("axis_days", "line_started"), lang), said, stacked=False, name="wait_curve"
    )
    return Figure("wait_curve", figure, t("counselling.first_wait", lang), table)


def _ways(ask: Ask, read: Reader, rows: Raw, survived: pd.DataFrame, months: str) -> list[Block]:
    """Within 42 and 126 days: of all referred (survival), of those who started, and of those who finished."""
    lang, names = ask.lang, tuple(f"waited_{d}_d" for d in FIRST_WAIT_DAYS)
    every, *quick = read.protected(read.judged(STARTED, _started, rows))
    ended = read.total("course_end", columns=("completed", *names), where=where(ask, read))
    table = [
        (ask.t("counselling.way_all"), *(_share(row, lang) for _, row in survived.iterrows())),
        (ask.t("counselling.way_started"), *shares(read, quick, every, lang)),
        (
            ask.t("counselling.way_finished"),
            *shares(read, [ended[n] for n in names], ended["completed"], lang),
        ),
    ]
    columns = say.heads("counselling.way_", ("name", *map(str, FIRST_WAIT_DAYS)), lang, words=("name",))
    done = say.counted(ended["completed"], lang, "cases")
    return [Table(columns, table), Note(ask.t("counselling.finished_note", span=months, n=done))]


def _waiting(ask: Ask, read: Reader) -> Note:
    """How many wait now and how long they have, not limited to the period."""
    lang, keys = ask.lang, ("month_key", "kind", "days")
    rows = read.for_model(
        "counselling_wait", columns=("cases",), keys=keys, where=always(ask) | {"kind": "waiting"}
    )
    counts, p90 = read.judged(WAITING, waiting_now, rows, read.end("counselling_case"))
    n, d42, d126 = (say.counted(count, lang, "cases") for count in read.protected(counts))
    p90_said = ask.t("status.withheld") if np.isnan(p90) else _days(p90, lang)
    return Note(
        ask.t(
            "counselling.waiting_now",
            day=numbers.day(read.end("counselling_case"), lang),
            n=n,
            p90=p90_said,
            d42=d42,
            d126=d126,
        )
    )


def _second(read: Reader, rows: Raw, lang: str) -> Note:
    found = read.judged(SECOND, _seconds, rows)
    if found is None:
        return Note(t("status.withheld", lang))
    every, *late = read.protected(found[0])
    d28, d90 = shares(read, late, every, lang)
    return Note(t("counselling.second_sentence", lang, median=_days(found[1], lang), d28=d28, d90=d90))
