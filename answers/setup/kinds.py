"""The kinds of thing that are set up: which table each is, and its columns as a reader sees and an editor asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, Column, Date, Float, Integer

from answers.kept import kept
from answers.reader import Reader
from data.codes import CODES
from data.imports import lookups, words
from data.imports.templates import may_be_absent, templates
from data.meanings import meaning
from data.tables import OPERATIONAL
from locales import numbers, t

# part of the page -> table
KINDS = {
    "programmes": "programme_entry",
    "owners": "owner_unit",
    "targets": "target",
    "outputs": "output_target",
    "events": "event",
    "surveys": "survey_design",
    "staffing": "staffing",
    "costs": "unit_cost",
    "alerts": "alert_rule",
    "wards": "ward",
}
# What the page fills in by itself; and what identifies a row and stays as it is.
FILLED = {"target": ("author", "reason"), "alert_rule": ("author", "reason")}
FIXED = {"programme_entry": ("code",), "event": ("event_id",)}
OPTIONAL = {"event": ("event_id", "title_en")}
# What a row is called in the history; else its key.
TITLES = {"programme_entry": ("name_ko",), "event": ("title_ko",)}


@dataclass(frozen=True)
class Field:
    """A column of what is set up.

    Attributes:
        kind: text, date, number, whole or choice. options: what may be chosen, as it is shown; say: a stored value as it is shown.
        required: whether a row must have it. fixed: it is given to a row once, by the page. about: what it means.
    """

    name: str
    label: str
    kind: str
    options: tuple[str, ...]
    required: bool
    fixed: bool
    about: str
    say: Callable[[Any], str]


@kept
def fields(read: Reader, table: str, lang: str) -> list[Field]:
    """The columns of a table, in its order."""
    known = read.rows(lookups.read_lookups)
    hidden = FILLED.get(table, ())
    return [
        _field(read, table, column, known, lang)
        for column in templates()[table].columns
        if column.name not in hidden
    ]


def _field(read: Reader, table: str, column: Column[Any], known: lookups.Lookups, lang: str) -> Field:
    names = named(read, OPERATIONAL[table].c[column.name], known, lang)
    optional = may_be_absent(column) or column.name in OPTIONAL.get(table, ())
    return Field(
        name=column.name,
        label=templates()[table].label(column.name, lang),
        kind="choice" if names else _kind(column),
        options=tuple(names.values()),
        required=not optional,
        fixed=column.name in FIXED.get(table, ()),
        about=meaning(table, column.name, lang),
        say=lambda value: names.get(value) or plain(value, lang, year=column.name.endswith("year")),
    )


def named(read: Reader, column: Column[Any], known: lookups.Lookups, lang: str) -> dict[str, str]:
    """Stored code -> its name, for a column of codes, programmes, districts or words; {} for any other."""
    at = 0 if lang == "ko" else 1
    if column.name == "programme_id":
        return read.programme_names(lang)
    if column.name == "district_code":
        return read.district_names(lang)
    if column.info["codes"]:
        return {code: str(entry[at]) for code, entry in CODES[column.info["codes"]].items()}
    return {code: entry[at] for code, entry in words.listed(column, known).items()}


def _kind(column: Column[Any]) -> str:
    if isinstance(column.type, Date):
        return "date"
    if isinstance(column.type, Float):
        return "number"
    return "whole" if isinstance(column.type, (Integer, BigInteger)) else "text"


def plain(value: Any, lang: str, *, year: bool = False) -> str:
    """A stored value as it is shown; '' for none."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        digits = 0 if float(value).is_integer() else 1
        return f"{value:.0f}" if year else numbers.number(value, digits)
    return str(value)


def title(row: dict[str, Any], table: str, asked: list[Field], lang: str) -> str:
    """What a row is called: its name in a language, or its key in words."""
    names = TITLES.get(table) or OPERATIONAL[table].info["key"]
    if lang != "ko":
        english = tuple(name.replace("_ko", "_en") for name in names)
        names = english if all(row.get(name) for name in english) else names
    by_name = {field.name: field for field in asked}
    said = (
        numbers.day(row[name], lang) if isinstance(row[name], date) else by_name[name].say(row[name])
        for name in names
    )
    return " · ".join(part for part in said if part)


def came(row: dict[str, Any], lang: str) -> str:
    """Who put a row in force: by name, else the published plan, a file, or the demonstration."""
    return str(row["by"]) if isinstance(row["by"], str) else t(f"setup.by_{row['came']}", lang)
