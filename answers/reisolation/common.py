"""What every answer on re-isolation has in common: head, nothing to model, what cannot be known yet, source line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps

import pandas as pd

from answers import say
from answers.answer import Answer, Block, Callout, How, Item, Source
from answers.ask import Ask
from answers.reader import Reader
from answers.reisolation import source
from answers.reisolation.source import Register
from locales import numbers, t

Make = Callable[[Ask, Reader, Register], Answer]
LINE = "hotline"  # the service whose own leavers are asked for most


def reisolation(make: Make) -> Callable[[Ask, Reader], Answer]:
    """Put the page's head around an answer; where nobody was seen to leave isolation only that is said."""

    @wraps(make)
    def made(ask: Ask, read: Reader) -> Answer:
        found = source.register(read)
        title = ask.t("reisolation.title")
        if found.model is None:
            blocks = tuple(cannot_know(read, found, ask.lang))
            return Answer(title, ask.t("reisolation.nobody"), blocks=blocks)
        return replace(make(ask, read, found), title=title)

    return made


def cannot_know(read: Reader, found: Register, lang: str) -> list[Block]:
    """What cannot be known yet, and from when it can."""
    said, limits = [], found.limits
    if limits.exits and limits.few_events:
        said.append(t("reisolation.few_events", lang))
    if limits.exits and limits.lost == limits.exits:
        said.append(t("reisolation.all_lost", lang))
    if found.one_district:
        said.append(t("reisolation.one_district", lang))
    if 0 < limits.longest_months < 6:
        said.append(t("reisolation.young", lang, months=numbers.number(limits.longest_months)))
    for horizon, day in limits.first_on.items():
        said.append(t("reisolation.not_before", lang, months=horizon, day=numbers.day(day, lang)))
    said += line_limits(read, found.rules.horizons_months, lang)
    if not said:
        return []
    return [Callout([Item(text) for text in said], title=t("reisolation.cannot", lang), plain=True)]


def line_limits(read: Reader, horizons: Sequence[int], lang: str) -> list[str]:
    """Horizons that people who came through the hotline cannot have reached, by the day on which it opened."""
    rows = read.events()
    opened = rows.loc[rows["programme_id"].eq(LINE) & rows["kind"].eq("launch"), "happened_on"]
    if opened.empty:
        return []
    start = pd.Timestamp(opened.min())
    ends = {h: (start + pd.DateOffset(months=h)).date() for h in horizons}
    later = [h for h in horizons if ends[h] > read.end("spell")]
    if not later:
        return []
    first, last = later[0], later[-1]
    return [
        t(
            "reisolation.line_not_before",
            lang,
            months=first,
            day=numbers.day(ends[first], lang),
            last=last,
            last_day=numbers.day(ends[last], lang),
        )
    ]


def source_line(read: Reader, found: Register, lang: str) -> Source:
    """Evidence, day and scale beneath a figure: how many people were followed, and how many a year leave isolation."""
    leavers = 0.0 if found.intake is None else 12 * float(found.intake.monthly.sum())
    followed, yearly = (say.counted(v, lang, "people") for v in read.protected([found.limits.exits, leavers]))
    text = t("reisolation.source", lang, followed=followed, yearly=yearly)
    return Source((found.evidence, "modelled"), f"{numbers.day(found.as_of, lang)} · {text}")


def how(found: Register, lang: str, title: str, text: str) -> How:
    """'How is this computed?' with the versions that the figures stand on."""
    versions = {
        "rules": found.rules.version,
        "model": found.model_version or "–",
        "data": found.data_version,
    }
    facts = tuple((t(f"reisolation.version_{name}", lang), said) for name, said in versions.items())
    return How(paragraphs=(f"**{title}**", text), facts=facts)
