"""What every figure is made of: definitions, sources, published figures by topic."""

from __future__ import annotations

from typing import Any

from answers import meanings
from answers.answer import Answer, Beside, Block, Cell, Column, Control, Heading, Note, Prose, Table
from answers.ask import Ask, Choice, Codes
from answers.facts import published_table
from answers.reader import Reader
from answers.registry import question
from answers.search.entries import terms
from data.sources import sources
from locales import t


def _topics(read: Reader, codes: Codes) -> list[str]:
    return sorted(read.facts()["topic"].unique())


TOPIC = Choice(
    name="topic",
    options=_topics,
    label="about.topic",
    place="inline",
    say=lambda code, lang, read: t(f"topic.{code.replace(' ', '_')}", lang),
)


@question("about", choices=(TOPIC,))
def about(ask: Ask, read: Reader) -> Answer:
    """Definitions, sources, and the published figures of one topic."""
    return Answer(
        ask.t("about.title"),
        ask.t("about.lead"),
        blocks=(
            Beside([_told(ask, "rule"), _told(ask, "cities")]),
            Heading(ask.t("about.terms")),
            _terms(ask.lang),
            Heading(ask.t("about.metrics")),
            meanings.table(meanings.every(), ask.lang),
            Heading(ask.t("about.sources")),
            _sources(ask.lang),
            Heading(ask.t("about.published")),
            Note(ask.t("overview.published_note")),
            *(
                (Control("topic"), published_table(read.facts(ask["topic"]), ask.lang))
                if ask["topic"]
                else ()
            ),
        ),
    )


def _told(ask: Ask, name: str) -> list[Block]:
    return [Heading(ask.t(f"about.{name}_title")), Prose(ask.t(f"about.{name}"))]


def _terms(lang: str) -> Table:
    """The glossary."""
    columns = [Column(t(f"about.col_{name}", lang)) for name in ("term", "meaning")]
    return Table(columns, list(terms(lang).values()), stacked=False, name="terms")


def _sources(lang: str) -> Table:
    """One row per source with a link where a public page exists."""
    columns = [Column(t(f"about.source_{name}", lang)) for name in ("title", "publisher", "licence", "note")]
    return Table(
        columns, [_source(entry, lang) for entry in sources().values()], stacked=False, name="sources"
    )


def _source(entry: dict[str, Any], lang: str) -> tuple[Cell | str, ...]:
    title = Cell(str(entry[f"title_{lang}"]), href=str(entry.get("url") or ""))
    return (title, *(str(entry.get(f"{name}_{lang}", "")) for name in ("publisher", "licence", "note")))
