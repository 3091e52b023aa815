"""What every file says of an answer besides its blocks: whose figures, of when, where it comes from, and what its measures mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from answers import answer as parts
from answers import links, meanings
from answers.answer import Answer, Cell, Column, Figure, Table
from answers.written import release_words
from locales import numbers, t


@dataclass(frozen=True)
class Sheet:
    """One table of an answer as a file shows it: its title, what it says in a sentence, and the figure that it stands behind."""

    title: str
    table: Table
    said: str = ""
    figure: Figure | None = None


def about(found: Answer, link: str) -> list[tuple[str, str]]:
    """(name, text) of what a file says about an answer: period, area, evidence, source, day, state of the data, link."""
    lang = found.lang
    evidence = [e for e in dict.fromkeys((found.city, *found.evidence)) if e]
    sources = [b.text for b in found.every() if isinstance(b, parts.Source) and b.text]
    day = numbers.day(pd.Timestamp(found.as_of), lang) if found.as_of else ""
    told = (
        ("period", found.period),
        ("area", found.geography),
        ("evidence", " · ".join(t(f"evidence.{e}", lang) for e in evidence)),
        ("source", " / ".join(dict.fromkeys(sources))),
        ("as_of", " · ".join(p for p in (day, release_words(found)) if p)),
        ("data_version", str(found.data_version)),
        ("caveats", " ".join(found.caveats)),
        ("link", link),
    )
    return [(t(f"files.{name}", lang), text) for name, text in told if text]


def mark(found: Answer) -> str:
    """Whose figures these are, in a word."""
    return t(f"app.mark.{found.city}", found.lang) if found.city else ""


def sentences(found: Answer) -> list[str]:
    """What the answer says in sentences, in reading order: its own, those of its parts, what needs a decision."""
    said = [" ".join(p for p in (found.sentence, found.sure) if p)]
    for block in found.every():
        if isinstance(block, parts.Lead):
            said.append(" ".join(p for p in (block.text, block.sure) if p))
        elif isinstance(block, parts.Banner):
            said.append(block.text)
        elif isinstance(block, parts.Callout):
            said += [" ".join(p for p in (i.kind, i.text, i.meta) if p) for i in block.items] or [block.quiet]
    return list(dict.fromkeys(text for text in said if text))


def remarks(found: Answer) -> list[str]:
    """What limits the answer: its caveats, its quiet remarks, and how it is computed."""
    said = list(found.caveats)
    for block in found.every():
        if isinstance(block, parts.Note):
            said.append(block.text)
        elif isinstance(block, parts.How):
            said += [p.replace("**", "") for p in block.paragraphs]
            said += [f"{name}: {text}" for name, text in block.facts]
            said.append(block.note)
    return list(dict.fromkeys(text for text in said if text))


def sheets(found: Answer) -> list[Sheet]:
    """The answer's tables with their titles: its cards first, then in reading order; a file's table in place of its shorter twin."""
    wanted = found.tabled(made=False)
    whole = {table.name for block, table in wanted if isinstance(block, parts.Download) and table.name}
    listed = [(b, tb) for b, tb in wanted if isinstance(b, parts.Download) or tb.name not in whole]
    titles = _titles(found)
    out = [Sheet(t("files.cards", found.lang), cards) for cards in _cards(found)]
    for block, table in listed:
        figure = block if isinstance(block, Figure) else None
        title = titles.get(id(block), links.name(found))
        if table.caption and figure is None:
            title = table.caption
        out.append(Sheet(title, table, figure.alt if figure else "", figure))
    return out


def table_names(found: Answer) -> list[str]:
    """What each table is called, by its number among `Answer.tables`, as far as they are made; no name stands twice."""
    titles = _titles(found, made=True)
    named = [
        table.caption if table.caption and not isinstance(block, Figure) else titles.get(id(block), "")
        for block, table in found.tabled(made=True)
    ]
    return _apart([name or links.name(found) for name in named])


def figure_names(found: Answer) -> list[str]:
    """What each figure is called, by its number among `Answer.figures`, as far as they are made; no name stands twice."""
    titles = _titles(found, made=True)
    return _apart([titles[id(block)] for block in ready(found) if isinstance(block, Figure)])


def _apart(names: Sequence[str]) -> list[str]:
    """Names that stand several times with a number behind them."""
    seen = Counter[str]()
    out = []
    for name in names:
        seen[name] += 1
        out.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return out


def ready(found: Answer) -> Iterator[parts.Block]:
    """The blocks, up to the first ones that are only made for those who read them."""
    for block in found.every():
        if isinstance(block, parts.Piece) and isinstance(block.blocks, parts.Later):
            return
        yield block


def _titles(found: Answer, *, made: bool = False) -> dict[int, str]:
    """The heading under which each block stands; of those alone that are made, where that is asked for."""
    title, out = links.name(found), {}
    for block in ready(found) if made else found.every():
        if isinstance(block, parts.Heading):
            title = block.text
        elif isinstance(block, parts.Callout) and block.title:
            title = block.title
        out[id(block)] = title
    return out


def _cards(found: Answer) -> Iterator[Table]:
    lang = found.lang
    for block in found.every():
        if isinstance(block, parts.Cards) and block.cards:
            names = ("card", "figure", "say", "detail", "state", "age")
            rows = [(c.title, c.figure, c.say, c.detail, c.state, c.age) for c in block.cards]
            yield Table([Column(t(f"files.card_{n}", lang), n == "figure") for n in names], rows)


def definitions(answers: Sequence[Answer]) -> Table | None:
    """The measures that the answers name, with what they count, their limits and their owners; None where they name none."""
    return meanings.named("\n".join(map(_words, answers)), answers[0].lang)


def _words(found: Answer) -> str:
    """Every word of an answer that could name a measure."""
    said = [found.title, *sentences(found), *remarks(found)]
    for table in found.tables():
        said += [c.label for c in table.columns]
        said += [c.text if isinstance(c, Cell) else str(c) for row in table.rows for c in row[:4]]
    return "\n".join(said)
