"""What every answer on counselling has in common: its choices, its head, and what it says where nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

import pandas as pd

from answers import say
from answers.answer import Answer, Note
from answers.ask import Ask, Choice
from answers.reader import Reader
from data import queries
from locales import numbers, t
from metrics import waits

Make = Callable[[Ask, Reader], Answer]
FEWEST = waits.FEWEST  # courses behind a curve, a percentile or a point of a funnel
# Parts that a summary by month can bear, with the fact that it fills; the others follow courses.
RESTS_ON = {"counselling.attendance": "session_monthly", "counselling.outcomes": "outcome_monthly"}
PROGRAMMES = ("mind_counselling", "counselling_voucher", "peer_counselling")


def _programme(code: str, lang: str, read: Reader) -> str:
    return read.programme_names(lang).get(code, t("counselling.all_programmes", lang))


SPAN = Choice(
    name="span",
    options=("6", "12", "24", "36"),
    default="12",
    label="services.period",
    say=lambda code, lang, read: t("services.months", lang, n=code),
)
PROGRAMME = Choice(
    name="programme",
    options=("", *PROGRAMMES),
    default="",
    label="counselling.programme",
    say=_programme,
    width=4.0,
)


def span(ask: Ask, read: Reader) -> queries.Span:
    """The months asked for."""
    return say.span(read, ask.number("span"), of="counselling_case")


def where(ask: Ask, read: Reader) -> dict[str, Any]:
    """The filter of months and programme."""
    return {"month_key": span(ask, read)} | always(ask)


def always(ask: Ask) -> dict[str, Any]:
    """The filter of the programme alone, for what is not limited to the period."""
    return {"programme_id": ask["programme"]} if ask["programme"] else {}


def counselling(make: Make) -> Make:
    """Put the page's head around an answer; without a course in the months only that is said."""

    @wraps(make)
    def made(ask: Ask, read: Reader) -> Answer:
        title = ask.t("counselling.title")
        if not read.has(RESTS_ON.get(ask.question, "case_course"), where(ask, read)):
            return Answer(title, ask.t("chart.no_figures"))
        found = make(ask, read)
        return replace(found, title=title, period=say.span_words(span(ask, read), ask.lang))

    return made


def shares(read: Reader, tops: Sequence[float], bottom: float, lang: str) -> list[str]:
    """Shares of one base with their limits, one per numerator."""
    return [say.with_limits(say.share_cells(read, top, bottom, lang)) for top in tops]


def few_said(steps: pd.DataFrame, key: str, end: float, read: Reader, lang: str) -> list[Note]:
    """From which step on a curve stands on fewer people at risk than may be shown as a count, if it is drawn so far (`end`)."""
    few = steps.loc[steps["few"] & (steps["time"] <= end), "time"]
    if few.empty:
        return []
    return [Note(t(f"counselling.{key}", lang, start=numbers.number(float(few.iloc[0])), few=read.smallest))]
