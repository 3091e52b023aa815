"""The choices that the forecasts share, the scenario that they make, and a forecast that failed its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from answers.answer import Answer, Lead, Piece
from answers.ask import Ask, Choice, Codes
from answers.reader import Reader
from answers.reisolation import levers, seen, source, trust
from answers.reisolation.common import Make, reisolation
from answers.reisolation.source import Register
from forecast.reisolation.project import Scenario
from forecast.reisolation.scenario import affordable
from locales import numbers, t

LEVERS = Choice(
    name=levers.PARAMETER, kind="text", place="link", default="", label="reisolation.levers", say=""
)
FIT = Choice(
    name="fit",
    options=levers.FITS,
    kind="segments",
    place="inline",
    label="reisolation.fit",
    say="reisolation.fit_",
)
ORDER = Choice(
    name="order",
    options=levers.ORDERS,
    kind="segments",
    place="inline",
    label="reisolation.order",
    say="reisolation.order_",
)
SLIDERS = (LEVERS, FIT, ORDER)
LINKED = tuple(replace(choice, place="link") for choice in SLIDERS)  # where the sliders are not on screen


def whole(read: Reader, codes: Codes, lang: str) -> Scenario:
    """The scenario of the levers, whatever money is left."""
    known = levers.in_force(read)
    starts = levers.read_link(codes[LEVERS.name], levers.ends(read))
    first = codes[ORDER.name] == "risk"
    return levers.made(t("reisolation.current", lang), starts, known, highest_risk_first=first)


def scenario(read: Reader, codes: Codes, lang: str) -> Scenario:
    """The scenario of the levers, its places cut to what is left of the plan's tightest year where that is asked for."""
    wanted = whole(read, codes, lang)
    money = levers.yearly_money(read) if codes[FIT.name] == "inside" else {}
    return affordable(wanted, money) if money else wanted


def current(ask: Ask, read: Reader) -> Scenario:
    """The scenario that an ask's codes make."""
    return scenario(read, dict(ask.codes), ask.lang)


def cut_words(read: Reader, codes: Codes, lang: str) -> str:
    """How far the money that is left reaches; '' where it is not asked for or nothing is wanted."""
    wanted = whole(read, codes, lang)
    money = levers.yearly_money(read) if codes[FIT.name] == "inside" else {}
    if not wanted.active or not money:
        return ""
    share = affordable(wanted, money).levers[0].capacity / wanted.levers[0].capacity
    key = "reisolation.fit_cut" if share < 1 else "reisolation.fit_kept"
    return t(key, lang, share=numbers.percent(100 * share, 0), year=min(money, key=lambda y: money[y]))


def forecast(make: Make) -> Callable[[Ask, Reader], Answer]:
    """An answer that stands on the forecast: withheld where that failed its record, with what was seen in its place."""

    @reisolation
    @wraps(make)
    def made(ask: Ask, read: Reader, found: Register) -> Answer:
        record = source.record(read)
        if record is not None and record.verdict.published:
            answer = make(ask, read, found)
            return replace(answer, blocks=(*answer.blocks, Piece("reisolation.keep_today", found)))
        said = (
            t("reisolation.no_record", ask.lang) if record is None else trust.verdict_words(record, ask.lang)
        )
        what = seen.sentence(read, found, ask.lang)
        blocks = seen.blocks(read, found, ask.lang)
        return Answer(
            "",
            said,
            ask.t("reisolation.withheld"),
            blocks=(Lead(what, ask.t("reisolation.seen_sure")), *blocks),
        )

    return made
