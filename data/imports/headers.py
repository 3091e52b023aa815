"""Where a table's header stands, over how many rows it reaches, and which column each of its cells names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from data.imports import units
from data.imports.cells import header_key
from data.imports.marks import brackets, unmarked
from data.imports.sheet import Sheet
from data.imports.templates import Template

SNIFF_ROWS = 40
MAX_DEPTH = 3
MAX_LABEL = 200  # no header is longer


@dataclass(frozen=True)
class Label:
    """A header's cell: the keys by which it may be known, the first that is known counting, and its unit."""

    text: str
    keys: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Match:
    """How a header reads as a template's: column name -> position in the row; units: column name -> unit said there."""

    template: Template
    positions: dict[str, int]
    units: dict[str, str]
    duplicates: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that the header lacks."""
        return tuple(name for name in self.template.required if name not in self.positions)

    @property
    def rank(self) -> tuple[bool, int]:
        """A complete header beats a partial one; then the more columns are recognised, the better."""
        return (not self.missing, len(self.positions))


@dataclass(frozen=True)
class Header:
    """A header found: its first and last row from 0, its texts by column, its equally good matches."""

    first: int
    last: int
    texts: list[str]
    matches: list[Match]

    @property
    def width(self) -> int:
        """How many columns it has, up to the last that bears a text."""
        return max((place for place, text in enumerate(self.texts) if text), default=-1) + 1


@lru_cache(maxsize=8192)
def label(text: str) -> Label:
    """A header's text as the keys to look it up by: whole, without brackets, without the unit behind it."""
    if not text or len(text) > MAX_LABEL:
        return Label("", (), "")
    plain = unmarked(" ".join(text.split()))
    outside, inside = brackets(plain)
    bare = unmarked(outside)
    keys = [header_key(plain), header_key(bare)]
    unit = units.said(inside)
    if not unit:
        words = bare.replace("_", " ").replace(",", " ").replace(":", " ").split()
        for n in (1, 2):  # 금액 천원; 금액 단위 천원
            last = words[-1] if len(words) > n else ""
            if last and _counts_by_thousands(last):
                unit = last
                keys.append(header_key("".join(words[:-n])))
    return Label(plain, tuple(dict.fromkeys(key for key in keys if key)), unit)


def _counts_by_thousands(word: str) -> bool:
    key = units.unit_key(word)
    return (key in units.WON and len(key) > 1) or units.COUNTS.get(key, 1) > 1


def is_unit_only(text: str) -> bool:
    """Whether a header's cell says nothing but a unit: (천원), 명."""
    outside, inside = brackets(text)
    words = [part for part in (outside, *inside) if part]
    keys = [units.unit_key(word) for word in words]
    return bool(keys) and all(
        key in units.WON or key in units.SECONDS or key in units.PLAIN | units.COUNTS.keys() for key in keys
    )


def match(cells: Sequence[Sequence[Label]], template: Template) -> Match:
    """Read a header as the template's; each cell may be known by one of several labels, the first known one counting."""
    positions: dict[str, int] = {}
    said: dict[str, str] = {}
    duplicates: list[str] = []
    weak: dict[str, tuple[int, str]] = {}
    for place, labels in enumerate(cells):
        name = next(
            (template.vocabulary[key] for one in labels for key in one.keys if key in template.vocabulary),
            None,
        )
        unit = next((one.unit for one in labels if one.unit), "")
        if name is None:
            asked = (template.loose[key] for one in labels for key in one.keys if key in template.loose)
            name = next(asked, None)
            if name is not None:
                weak.setdefault(name, (place, unit))
            continue
        if name in positions:
            duplicates.append(labels[0].text)
            continue
        positions[name], said[name] = place, unit
    for name, (place, unit) in weak.items():
        if name not in positions:
            positions[name], said[name] = place, unit
    return Match(template, positions, said, tuple(duplicates))


def best_matches(cells: Sequence[Sequence[Label]], among: Sequence[Template]) -> list[Match]:
    """The matches of highest rank for a header, best first; several when they are equally good."""
    said = {key for labels in cells for one in labels for key in one.keys}
    known = [
        template
        for template in among
        if not said.isdisjoint(template.vocabulary) or not said.isdisjoint(template.loose)
    ]
    found = [candidate for candidate in (match(cells, template) for template in known) if candidate.positions]
    top = max((candidate.rank for candidate in found), default=None)
    return [candidate for candidate in found if candidate.rank == top]


def find_header(sheet: Sheet, among: Sequence[Template]) -> Header | None:
    """The row, or rows, that read best as a header among the sheet's first, with the equally good matches."""
    best: Header | None = None
    merges = [merge for merge in sheet.merged if merge[0] < SNIFF_ROWS]
    for depth in range(1, MAX_DEPTH + 1):
        for first in range(min(len(sheet.rows), SNIFF_ROWS)):
            rows = sheet.rows[first : first + depth]
            if len(rows) < depth or not any(rows[0]) or not any(rows[-1]):
                continue
            texts, cells = _flat(rows, [m for m in merges if first <= m[0] < first + depth], first)
            matches = best_matches(cells, among)
            if not matches or (best is not None and matches[0].rank <= best.matches[0].rank):
                continue
            if (
                depth > 1
                and best is not None
                and not best.matches[0].missing
                and not _names_only(rows[-1], matches)
            ):
                continue  # a row of data under a header that needs no second row
            best = Header(first, first + depth - 1, texts, matches)
    return None if best is None else _with_units_below(sheet, best, merges, among)


def _names_only(row: Sequence[str], matches: Sequence[Match]) -> bool:
    """Whether every text of a row names a column."""
    known = matches[0].template.vocabulary
    return all(any(key in known for key in label(text).keys) for text in row if text)


def _with_units_below(
    sheet: Sheet, header: Header, merges: list[tuple[int, int, int, int]], among: Sequence[Template]
) -> Header:
    """The header with the row of units or of narrower headings under it, where there is one."""
    last = header.last + 1
    below = sheet.rows[last] if last < len(sheet.rows) else []
    filled = [text for text in below if text]
    if not filled or not (all(map(is_unit_only, filled)) or _narrower(below, filled, header.matches[0])):
        return header
    inside = [m for m in merges if header.first <= m[0] <= last]
    texts, cells = _flat(sheet.rows[header.first : last + 1], inside, header.first)
    return Header(header.first, last, texts, best_matches(cells, among))


def _narrower(below: Sequence[str], filled: Sequence[str], found: Match) -> bool:
    """Whether a row divides the headings above it (남, 여 under a number of visits): words alone, none that names a row."""
    if len(filled) < 2 or any(sign.isdigit() for text in filled for sign in text):
        return False
    numbers = {place for name, place in found.positions.items() if found.template.counts(name)}
    first, last = min(numbers, default=0), max(numbers, default=-1)
    inside = [place for place, text in enumerate(below) if text]
    return bool(numbers) and inside[0] >= first and bool(below[first] if first <= last else "")


def _flat(
    rows: Sequence[list[str]], merges: Sequence[tuple[int, int, int, int]], first: int
) -> tuple[list[str], list[tuple[Label, ...]]]:
    """A header of several rows as one: its texts joined downwards, and the labels that each column may be known by."""
    if len(rows) == 1:
        return list(rows[0]), [(label(text),) for text in rows[0]]
    width = max(map(len, rows))
    grid = [row + [""] * (width - len(row)) for row in rows]
    for top, left, bottom, right in merges:
        if left >= width:
            continue
        for line in grid[max(top - first, 0) : bottom - first + 1]:
            line[left : right + 1] = [grid[top - first][left]] * (min(right, width - 1) + 1 - left)
    for line, below in zip(grid[:-1], grid[1:], strict=True):
        for place in range(1, width):
            # A heading over several columns stands over the first of them alone where cells are not merged.
            if not line[place] and below[place]:
                line[place] = line[place - 1]
    texts: list[str] = []
    cells: list[tuple[Label, ...]] = []
    for place in range(width):
        parts = list(dict.fromkeys(line[place] for line in grid if line[place]))
        texts.append(" ".join(parts))
        cells.append((label(" ".join(parts)), *map(label, reversed(parts))))
    return texts, cells


def score(rows: list[list[str]], among: Sequence[Template]) -> int:
    """How many header cells the best row recognises, a complete header counting most; picks the delimiter."""
    found = find_header(Sheet("", rows), among)
    if found is None:
        return 0
    complete, recognised = found.matches[0].rank
    return recognised + (1000 if complete else 0)


def doubled(header: Header, found: Match) -> list[str]:
    """Texts of the columns that mean the same as another one of the header."""
    keys = Counter(header_key(text) for text in header.texts)
    named = [one_line(text) for text in header.texts if text and keys[header_key(text)] > 1]
    return list(dict.fromkeys([*map(one_line, found.duplicates), *named]))


def one_line(text: str) -> str:
    """A header's text without line breaks."""
    return " ".join(text.split())
