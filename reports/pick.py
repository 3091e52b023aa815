"""Parts of an answer by name: a sheet takes what stands on the screen and works nothing out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from answers import registry
from answers.answer import Answer, Callout, Cards, Cell, Figure, Heading, How, Lead, Legend, Note, Table
from answers.layers import layer
from answers.reader import Reader
from answers.viewer import Forbidden


@dataclass(frozen=True)
class Desk:
    """Whoever makes a sheet: whose figures, in which language, under which address; and what whoever asked for it may ask."""

    read: Reader
    lang: str
    at: str
    may: Callable[[str], bool] = lambda question: True
    asked: dict[tuple[str, tuple[tuple[str, str], ...]], Answer] = field(default_factory=dict)

    def ask(self, question: str, **choices: str) -> Answer:
        """An answer, put once a sheet.

        Raises:
            Forbidden: the sheet holds what whoever asked for it may not see.
        """
        if not self.may(question):
            raise Forbidden("questions", question)
        key = (question, tuple(sorted(choices.items())))
        if key not in self.asked:
            self.asked[key] = registry.answer(question, self.read, self.lang, choices)
        return self.asked[key]

    @cached_property
    def layers(self) -> Callable[[int, str], str]:
        """Boundaries for maps."""
        return lambda vintage, level: layer(self.read, vintage, level)[0]


def every(found: Answer, kind: type) -> Iterator[Any]:
    """All blocks of a kind, wherever they stand."""
    return (block for block in found.every() if isinstance(block, kind))


def table(found: Answer, name: str) -> Table | None:
    """A table by its name, or by its caption."""
    return next((b for b in every(found, Table) if name in (b.name, b.caption)), None)


def figure(found: Answer, name: str) -> Figure | None:
    """A figure by its name."""
    return next((b for b in every(found, Figure) if b.name == name), None)


def under(found: Answer, heading: str) -> list[Any]:
    """The blocks between a heading and the next one as high."""
    out: list[Any] = []
    level = 0
    for block in found.every():
        if isinstance(block, Heading):
            if level and block.level <= level:
                break
            if block.text == heading:
                level = block.level
                continue
        if level:
            out.append(block)
    return out


def first(blocks: Sequence[Any], kind: type) -> Any:
    """The first block of a kind, None where there is none."""
    return next((b for b in blocks if isinstance(b, kind)), None)


def words(block: Lead | Note | None) -> str:
    """What a sentence says, how sure behind it."""
    if block is None:
        return ""
    return f"{block.text} {block.sure}".strip() if isinstance(block, Lead) else block.text


def legend(found: Answer) -> Legend | None:
    """The first legend."""
    return next(every(found, Legend), None)


def callout(found: Answer) -> Callout | None:
    """What needs a decision."""
    return next((b for b in every(found, Callout) if not b.plain), None)


def cards(found: Answer) -> Cards | None:
    """The row of cards."""
    return next(every(found, Cards), None)


def caveat(found: Answer, name: str) -> str:
    """A fact of the first 'how is this computed'."""
    return next((text for how in every(found, How) for key, text in how.facts if key == name), "")


def rows(found: Answer, name: str) -> list[tuple[Table, Sequence[Any]]]:
    """Every row that a name heads, each with its table."""
    return [
        (b, row)
        for b in every(found, Table)
        for row in b.rows
        if len(row) == len(b.columns) and head(row[0]) == name
    ]


def row(found: Answer, name: str, *labels: str) -> dict[str, str]:
    """The first row that a name heads in a table with these columns, by label; empty where there is none."""
    for table_, cells in rows(found, name):
        by_label = {c.label: head(v) for c, v in zip(table_.columns, cells, strict=True)}
        if all(label in by_label for label in labels):
            return by_label
    return {}


def head(value: Any) -> str:
    """A cell's own text, without what stands quieter under it."""
    return value.text if isinstance(value, Cell) else str(value)
