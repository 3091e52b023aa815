"""What every answer on detection has in common: months, costs, head and last remark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from answers import say
from answers.answer import Answer, Note
from answers.ask import Ask, Choice
from answers.reader import Reader
from data import queries
from locales import numbers, t

Make = Callable[[Ask, Reader], Answer]
LAG = 2  # assessment takes up to seven weeks: the last two months are not final
STEPS = ("flagged", "contacted", "confirmed", "enrolled")
MONTHS = Choice(
    name="seen",
    options=("6", "12", "18"),
    default="12",
    label="services.period",
    say=lambda code, lang, read: t("services.months", lang, n=code),
)
COST = Choice(
    name="contact_cost",
    kind="number",
    low=0,
    high=2_000_000,
    step=5_000,
    default="50000",
    label="detection.unit_cost",
    help="detection.unit_cost_help",
    width=3,
)


def span(ask: Ask, read: Reader) -> queries.Span:
    """The months asked for, without those that are not final; contact points have no lag."""
    return say.span(
        read,
        ask.number("seen"),
        of="detection_monthly",
        skip=0 if ask.question == "detection.points" else LAG,
    )


def won(value: float) -> str:
    """An assumed cost to the hundred won: more digits would pretend to more than the assumption holds."""
    return numbers.number(round(value / 100) * 100)


def detection(make: Make) -> Make:
    """Put the page's head, the remark on the months and the last remark around an answer."""

    @wraps(make)
    def made(ask: Ask, read: Reader) -> Answer:
        title = ask.t("detection.title")
        months, last = span(ask, read), Note(ask.t("detection.no_people"))
        lag = Note(ask.t("detection.lag", span=say.span_words(months, ask.lang)))
        points = ask.question == "detection.points"
        # A summary tells the steps alone; signals and households are in the lake.
        own = {} if ask.question == "detection.steps" else {"counted": "lake"}
        if not points and not read.has("detection_monthly", {"month_key": months, **own}):
            needed = (Note(ask.t("summary.needs_lake")),) if read.has("detection_monthly") else ()
            return Answer(title, ask.t("chart.no_figures"), blocks=(lag, *needed))
        found = make(ask, read)
        blocks = (*(() if points else (lag,)), *found.blocks, last)
        return replace(found, title=title, blocks=blocks)

    return made
