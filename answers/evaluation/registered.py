"""Comparisons that were registered, and what the records could carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from answers import say
from answers.answer import Answer, Block, Cell, Column, Go, Heading, Note, Piece, Table
from answers.ask import Ask
from answers.evaluation import panels
from answers.evaluation.panels import MEASURES, TABLES
from answers.evaluation.power import said
from answers.evaluation.told import moved
from answers.reader import Reader
from answers.registry import question
from data import registrations
from evaluation import registration as reg
from locales import numbers, t
from metrics import registry

SHORT = 12  # signs of a digest that name a registration, in a link and to a reader


@dataclass(frozen=True)
class Form:
    """What the form offers: measures, programmes with recorded starts, and registrations that can be changed, as (code, name)."""

    measures: tuple[tuple[str, str], ...]
    programmes: tuple[tuple[str, str], ...]
    listed: tuple[tuple[str, str], ...]


def rows_of(read: Reader) -> pd.DataFrame:
    """All registrations, newest first."""
    found: pd.DataFrame = read.own(registrations.listing, "registration")
    return found


def content_of(row: Any) -> reg.Content:
    """What a row registered."""
    return reg.read(row["content"])


def named(read: Reader, content: reg.Content, lang: str) -> str:
    """What starts, in words: its programme, its district, or that it is the city's."""
    if content.programme:
        return read.programme_names(lang).get(content.programme, content.programme)
    if content.design == "series":
        return t("evaluation.start_city", lang)
    if len(content.starts) == 1:
        return read.district_names(lang).get(next(iter(content.starts)), "")
    return t("evaluation.start_districts", lang, n=len(content.starts))


@question("evaluation.registered", needs=TABLES)
def registered(ask: Ask, read: Reader) -> Answer:
    """The list of registered comparisons with the state of each, and the form."""
    lang = ask.lang
    rows = rows_of(read)
    known = panels.known_starts(read)
    replaced = set(rows["replaces"]) - {""}
    in_time = sum(reg.in_time(content_of(row)) for row in rows.to_dict("records") if row["whole"])
    form = Form(
        tuple((name, registry.get(name).name(lang)) for name in MEASURES),
        tuple((code, read.programme_names(lang)[code]) for code in known),
        tuple(
            (str(row["digest"]), _short(read, row, lang))
            for row in rows.to_dict("records")
            if row["digest"] not in replaced and row["whole"]
        ),
    )
    return Answer(
        t("evaluation.registered_title", lang),
        t("evaluation.registered_said", lang, n=len(rows), early=in_time)
        if len(rows)
        else t("evaluation.registered_none", lang),
        t("evaluation.registered_sure", lang),
        blocks=(
            *([_table(read, rows, replaced, lang)] if len(rows) else []),
            Piece("evaluation.register", form),
            *_starts(read, known, lang),
            say.how_text(t("evaluation.registered_how_title", lang), t("evaluation.how_rule", lang)),
        ),
    )


def _short(read: Reader, row: dict[Any, Any], lang: str) -> str:
    content = content_of(row)
    return f"{registry.get(content.measure).name(lang)} · {named(read, content, lang)}"


def _table(read: Reader, rows: pd.DataFrame, replaced: set[str], lang: str) -> Table:
    names = ("measure", "start", "design", "matters", "detects", "when", "kind")
    heads = [Column(t(f"evaluation.col_{name}", lang)) for name in names]
    return Table(
        heads, [_row(read, row, replaced, lang) for row in rows.to_dict("records")], name="registrations"
    )


def _row(read: Reader, row: dict[Any, Any], replaced: set[str], lang: str) -> tuple[Any, ...]:
    day = numbers.day(row["recorded_at"], lang)
    if not row["whole"]:
        return (Cell(t("evaluation.broken", lang), tone="worse"), "", "", "", "", day, row["digest"][:SHORT])
    content = content_of(row)
    metric = registry.get(content.measure)
    first, last = min(content.starts.values()), max(content.starts.values())
    span = numbers.period(first if first == last else f"{first}/{last}", lang)
    kind = (
        "replaced" if row["digest"] in replaced else "confirmatory" if reg.in_time(content) else "exploratory"
    )
    return (
        Cell(
            metric.name(lang),
            strong=True,
            more=content.reason,
            go=Go("evaluation", "", (("part", "result"), ("reg", str(row["digest"])[:SHORT]))),
        ),
        Cell(named(read, content, lang), more=span),
        Cell(
            t(f"evaluation.design_{content.design}", lang), more=t("evaluation.window", lang, n=content.after)
        ),
        moved(content.smallest, metric, lang, sign=False),
        said(content.detects, content.measure, lang),
        Cell(day, more=f"{content.author} · {row['digest'][:SHORT]}"),
        t(f"evaluation.kind_{kind}", lang),
    )


def _starts(read: Reader, known: dict[str, dict[str, int]], lang: str) -> list[Block]:
    """Programmes whose records show a start in different months by district; where there is none, the first record to keep."""
    head = Heading(t("evaluation.starts", lang))
    if not known:
        return [head, Note(t("evaluation.starts_none", lang))]
    heads = [
        Column(t(f"evaluation.col_{name}", lang))
        for name in ("programme", "districts", "first", "last", "not_yet")
    ]
    every = len(panels.districts_of(read))
    rows = [
        (
            Cell(
                read.programme_names(lang)[code], go=Go("evaluation", "", (("part", "look"), ("prog", code)))
            ),
            numbers.number(len(found)),
            numbers.month(min(found.values()), lang),
            numbers.month(max(found.values()), lang),
            numbers.number(every - len(found)),
        )
        for code, found in known.items()
    ]
    return [head, Table(heads, rows, name="starts"), Note(t("evaluation.starts_note", lang))]
