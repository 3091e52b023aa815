"""What is in force of each kind, the form that changes it, and every change that was made, with who and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from answers import alerts, say, targets
from answers.answer import Answer, Block, Cell, Column, Heading, Line, Note, Piece, Table
from answers.ask import Ask
from answers.reader import Reader
from answers.registry import question
from answers.setup.codes import codes
from answers.setup.kinds import KINDS, Field, came, fields, title
from answers.studies import Pending
from data import setup
from data.cities import DEMO
from data.tables import OPERATIONAL
from locales import numbers, t

# Columns that stand in the cell of another, where a table would be too wide.
FOLDED = {"programme_entry": {"name_ko": ("code",), "name_en": ("code",), "starts_on": ("ends_on",), "status": ("status_on", "status_reason")}}  # fmt: skip
OTHER = {"ko": "en", "en": "ko"}
CHANGES, ITEMS = 30, 6  # changes that the history shows, and items of one
FEW = 100  # answers under which a mean weight says nothing
# What the weights of a survey are on average, by what they add up to: from, up to.
MEAN_WEIGHT = {"population": (2.0, float("inf")), "sample": (0.8, 1.25), "none": (1.0, 1.0)}


def _asked(part: str) -> Callable[[Ask, Reader], Answer]:
    def answer(ask: Ask, read: Reader) -> Answer:
        return of(part, ask, read)

    return answer


for _part in KINDS:
    question(f"setup.{_part}")(_asked(_part))


@question("setup.codes")
def every_code(ask: Ask, read: Reader) -> Answer:
    """Every code that a file may hold, to be read."""
    return Answer(ask.t("setup.title"), ask.t("setup.lead_codes"), blocks=tuple(codes(read, ask.lang)))


def of(part: str, ask: Ask, read: Reader) -> Answer:
    """What is in force of a kind, and its history."""
    lang, table = ask.lang, KINDS[part]
    asked, rows = fields(read, table, lang), in_force(read, table)
    lead = t(f"setup.lead_{part}", lang, n=numbers.number(len(rows))) if len(rows) else ask.t("setup.none")
    shown: list[Block] = [_table(read, part, rows, asked, lang)] if len(rows) else []
    edit: Block = (
        Note(ask.t("setup.demo")) if read.whose == DEMO else Piece("setup.edit", (table, read.version))
    )
    return Answer(
        ask.t("setup.title"),
        lead,
        ask.t(f"setup.sure_{part}"),
        blocks=(*shown, edit, Heading(ask.t("setup.history")), *_history(read, table, asked, lang)),
    )


def in_force(read: Reader, table: str) -> list[dict[str, Any]]:
    """Current rows of a table."""
    found = read.rows(setup.in_force, table_name=table)
    return [_known(row) for row in found.to_dict("records")]


def _known(row: dict[Any, Any]) -> dict[str, Any]:
    """A row with None where nothing stands."""
    return {
        str(name): None if not isinstance(value, str) and pd.isna(value) else value
        for name, value in row.items()
    }


def _table(read: Reader, part: str, rows: list[dict[str, Any]], asked: list[Field], lang: str) -> Table:
    table = KINDS[part]
    more = MORE.get(part)
    folded = FOLDED.get(table, {})
    away = {
        f"name_{OTHER[lang]}",
        f"title_{OTHER[lang]}",
        *(name for names in folded.values() for name in names),
    }
    under = {name: [field for field in asked if field.name in names] for name, names in folded.items()}
    asked = [field for field in asked if field.name not in away]
    heads = [Column(field.label, number=field.kind in ("number", "whole")) for field in asked]
    heads += [Column(t(f"setup.counted_{part}", lang))] if more else []
    heads.append(Column(t("setup.since", lang)))
    body = [
        (
            *(_with(_cell(field, row, lang), under.get(field.name, ()), row, lang) for field in asked),
            *((more(read, row, lang),) if more else ()),
            f"{_day(row['recorded_at'], lang)} · {came(row, lang)}",
        )
        for row in rows
    ]
    return Table(heads, body, name=f"setup_{table}", stacked=True, caption=t(f"setup.part_{part}", lang))


def _with(cell: Cell, folded: Sequence[Field], row: dict[str, Any], lang: str) -> Cell:
    """A cell with the columns that are folded into it."""
    more = [said for field in folded if (said := str(_cell(field, row, lang)))]
    return replace(cell, more=" · ".join(more)) if more else cell


def _cell(field: Field, row: dict[str, Any], lang: str) -> Cell:
    value = row[field.name]
    if field.kind == "date" and value is not None:
        return Cell(_day(value, lang), f"{value:%Y-%m-%d}")
    if field.name in ("name_en", "title_en"):
        value = value or row[field.name.replace("_en", "_ko")]
    said = say.half(field.say(value), lang) if field.kind == "text" else field.say(value)
    return Cell(said, value if field.kind in ("number", "whole") else None)


# ── What the records say of it ──────────────────────────────────────────────────────────────────────────


def _output(read: Reader, row: dict[str, Any], lang: str) -> Cell:
    """What was delivered by the records, and how what was typed differs."""
    found = targets.delivered(read, row)
    return Cell(targets.delivered_words(read, row, lang) or t("setup.uncounted", lang), quiet=found is None)


def _survey(read: Reader, row: dict[str, Any], lang: str) -> Cell:
    """How many answers are on record, and whether their weights are what the design says."""
    where = {"instrument_id": row["instrument_id"], "year": row["year"]}
    if not read.has("survey_area", where):
        return Cell(t("setup.no_answers", lang), quiet=True)
    found = read.total("survey_area", columns=("respondents", "weight"), where=where)
    if pd.isna(found["respondents"]) or pd.isna(found["weight"]):
        return Cell(t("status.suppressed", lang), quiet=True)
    said = t("setup.answers", lang, n=numbers.number(found["respondents"]))
    if found["respondents"] < FEW:
        return Cell(said, float(found["respondents"]))
    mean = float(found["weight"]) / float(found["respondents"])
    low, high = MEAN_WEIGHT[row["weight_basis"]]
    slack = 3 * read.slack / float(found["respondents"])
    fits = low - slack <= mean <= high + slack
    line = t("setup.weight_fits" if fits else "setup.weight_differs", lang, mean=numbers.number(mean, 2))
    return Cell(said, float(found["respondents"]), under=(Line(line, tone="" if fits else "worse"),))


def _alert(read: Reader, row: dict[str, Any], lang: str) -> Cell:
    """What a rule says of the figures now, and why it was set."""
    key = tuple(row[name] for name in ("metric_id", "place", "kind", "threshold"))
    try:
        found = {one.rule.key: one for one in alerts.seen(read)}.get(key)
    except Pending as problem:
        return Cell(problem.words(lang), quiet=True)
    why = say.half(row["reason"], lang)
    if found is None:
        return Cell("–", more=why)
    shown = alerts.state(found, lang)
    return replace(shown, more=" · ".join(part for part in (shown.more, why) if part))


MORE: dict[str, Callable[[Reader, dict[str, Any], str], Cell]] = {
    "outputs": _output,
    "surveys": _survey,
    "alerts": _alert,
}


# ── History ─────────────────────────────────────────────────────────────────────────────────────────────


def _history(read: Reader, table: str, asked: list[Field], lang: str) -> list[Block]:
    """The newest changes: when, by whom, why, and what became what."""
    log = [_known(row) for row in read.rows(setup.log, table_name=table).to_dict("records")]
    if not log:
        return [Note(t("setup.history_none", lang))]
    rows = [_known(row) for row in read.rows(setup.versions, table_name=table).to_dict("records")]
    body = [
        (
            _day(one["recorded_at"], lang),
            " · ".join(
                part
                for part in (came({"by": one["by"], "came": one["kind"]}, lang), _source(one, lang))
                if part
            ),
            one["why"] or "",
            _changes(one, rows, table, asked, lang),
        )
        for one in log[:CHANGES]
    ]
    heads = [Column(t(f"setup.col_{name}", lang)) for name in ("when", "who", "why", "what")]
    left = (
        [Note(t("setup.history_more", lang, n=numbers.number(len(log) - CHANGES)))]
        if len(log) > CHANGES
        else []
    )
    return [Table(heads, body, name=f"setup_{table}_history", caption=t("setup.history", lang)), *left]


def _day(day: Any, lang: str) -> str:
    """A day that is not broken over lines."""
    return numbers.day(day, lang).replace(" ", "\u00a0")


def _source(one: dict[str, Any], lang: str) -> str:
    """Where a change came from: the page, or a file's name; and whether it was undone."""
    if one["kind"] in ("reference", "demo"):
        return ""
    ko, slash, en = str(one["source_name"]).partition(" / ")
    source = (ko if lang == "ko" else en) if slash else ko
    return source if one["undone_by"] is None else f"{source} · {t('setup.undone', lang)}"


def _changes(
    one: dict[str, Any], rows: list[dict[str, Any]], table: str, asked: list[Field], lang: str
) -> str:
    number, key = one["batch_id"], OPERATIONAL[table].info["key"]
    after = {tuple(r[k] for k in key): r for r in rows if r["batch_id"] == number}
    before = {tuple(r[k] for k in key): r for r in rows if r["superseded_by"] == number}
    lines = []
    for its_key in dict.fromkeys([*after, *before]):
        new, old = after.get(its_key), before.get(its_key)
        name = title(new or old or {}, table, asked, lang)
        if new and old:
            lines.append(f"{name}: {_difference(old, new, asked)}")
        elif new:
            lines.append(t("setup.added", lang, name=name))
        else:
            lines.append(t("setup.withdrawn", lang, name=name))
    more = [t("setup.more_items", lang, n=numbers.number(len(lines) - ITEMS))] if len(lines) > ITEMS else []
    return "; ".join([*lines[:ITEMS], *more])


def _difference(old: dict[str, Any], new: dict[str, Any], asked: list[Field]) -> str:
    parts = [
        f"{field.label} {field.say(old[field.name]) or '–'} → {field.say(new[field.name]) or '–'}"
        for field in asked
        if old[field.name] != new[field.name]
    ]
    return ", ".join(parts)
