"""The codes and words that files may hold, each list as a table: for people who fill files in, and for programs."""

from __future__ import annotations

from collections.abc import Sequence

from answers.answer import Block, Column, Heading, Note, Table
from answers.reader import Reader
from data import queries
from data.codes import CODES
from data.imports import lookups
from data.measures import GROUPS, MEASURES, OUTPUTS
from locales import t

INTERNAL = ("batch_kind",)  # of the record itself: no file holds one


def codes(read: Reader, lang: str) -> list[Block]:
    """Districts, programmes, tasks, owners, measures, groups, outputs, and every other list."""
    known = read.rows(lookups.read_lookups)
    places = read.rows(queries.districts).sort_values("district_code")
    districts = [
        (r["district_code"], r["mois_code"], r["name_ko"], r["name_en"]) for r in places.to_dict("records")
    ]
    programmes = [(code, *names) for code, names in known.programme_names.items()]
    measures = [
        (code, ko, en, t(f"setup.unit_{unit}", lang), ", ".join(words))
        for code, (ko, en, unit, words) in MEASURES.items()
    ]
    groups = [(code, ko, en, ", ".join(words)) for code, (ko, en, words) in GROUPS.items()]
    outputs = [(code, ko, en, ", ".join(words)) for code, (ko, en, words) in OUTPUTS.items()]
    tasks = [(code, *names) for code, names in known.tasks.items()]
    owners = list(known.owners.values())
    others = [
        (name, code, ko, en, ", ".join(words))
        for name, listed in CODES.items()
        if name not in INTERNAL
        for code, (ko, en, words) in listed.items()
    ]
    named, words = ("code", "ko", "en"), ("code", "ko", "en", "words")
    return [
        *_list("districts", ("kostat", "mois", "ko", "en"), districts, lang),
        *_list("programmes", named, programmes, lang),
        *_list("tasks", named, tasks, lang),
        *_list("owners", ("ko", "en"), owners, lang),
        *_list("measures", ("code", "ko", "en", "unit", "words"), measures, lang),
        *_list("groups", words, groups, lang),
        *_list("outputs", words, outputs, lang),
        *_list("others", ("list", *words), others, lang),
    ]


def _list(name: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], lang: str) -> list[Block]:
    heading = Heading(t(f"setup.codes_{name}", lang))
    if not rows:
        return [heading, Note(t("setup.none", lang))]
    heads = [Column(t(f"setup.code_{column}", lang)) for column in columns]
    return [heading, Table(heads, rows, name=f"codes_{name}", caption=t(f"setup.codes_{name}", lang))]
