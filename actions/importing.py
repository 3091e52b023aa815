"""What a file would change before anything is written, loading it, and taking an import back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from actions.changing import changing
from answers import decisions, words
from answers.kept import SHELF
from answers.kpi import measures, said
from answers.reader import Reader
from answers.store import Rehearsal, Store
from answers.studies import Pending
from data import coverage, facts, imports, keys, queries
from data.codes import CODES
from data.imports.report import ImportReport, Parsed
from data.imports.templates import templates
from data.undo import NotUndoable as NotUndoable
from data.undo import Undone, standing
from data.undo import undo as take_back
from locales import numbers, t
from metrics import registry
from metrics.measure import measure
from metrics.spec import Metric

GRAINS = (("programme_id", "month_key"), ("area_code", "month_key"), ("month_key",), ("year",), ())
BOOKS = tuple(CODES["managing_body"])  # whose books a file of money may be
# Whose decisions need no study that a rehearsal would have to wait for.
DOMAINS = ("kpi", "budget", "districts", "data")


@dataclass(frozen=True)
class Change:
    """A figure that a file changes: a measure at a place (or programme) and a month, as it is and as it would be; None for none."""

    metric_id: str
    where: tuple[tuple[str, Any], ...]
    old: float | None
    new: float | None

    @property
    def size(self) -> float:
        """How much it changes, as a share of the larger one."""
        old, new = self.old or 0.0, self.new or 0.0
        return abs(new - old) / max(abs(old), abs(new), 1e-12)


@dataclass(frozen=True)
class Consequences:
    """What a file would do.

    Attributes:
        report: as loading it would end. changes: figures, the largest change first. closes: (table, district, month) that would be
            closed. verdicts: (measure, before, after) in words of `lang`. newly, settled: decisions that would come and go.
    """

    report: ImportReport
    changes: tuple[Change, ...] = ()
    closes: tuple[tuple[str, str, int], ...] = ()
    verdicts: tuple[tuple[str, str, str], ...] = ()
    newly: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """What stands in a store at a moment."""

    figures: dict[tuple[str, tuple[tuple[str, Any], ...]], float] = field(default_factory=dict)
    closed: frozenset[tuple[str, str, int]] = frozenset()
    verdicts: dict[str, str] = field(default_factory=dict)
    decisions: tuple[str, ...] = ()


# --- Reading --------------------------------------------------------------------------------------------


def tables(lang: str) -> dict[str, str]:
    """Table name -> label of every template."""
    return {name: template.title(lang) for name, template in templates().items()}


def books_named(code: str, lang: str) -> str:
    """Whose books, in words."""
    return str(CODES["managing_body"][code][lang == "en"])


def template_xlsx(store: Store, table: str, lang: str) -> bytes:
    """A template as a workbook; its lists are what a store knows now."""
    with store.connect() as connection:
        return imports.template_xlsx(table, lang, imports.read_lookups(connection))


def read(
    store: Store,
    name: str,
    content: bytes,
    template: str | None,
    money: str | None,
    books: str | None = None,
    *,
    at: datetime,
) -> Parsed:
    """Read a file without storing anything.

    Args:
        template: a table's name; found from the headers when None. money: the unit of a file that names none. books: whose
            books a file of money is that does not say.
    """
    with store.connect() as connection:
        lookups = imports.read_lookups(connection, now=at)
    return imports.receive(name, content, template=template, money=money, books=books, lookups=lookups)


warm, notes, problem_lines, template_csv = (
    imports.warm,
    imports.notes,
    imports.problem_lines,
    imports.template_csv,
)


# --- What it would change -------------------------------------------------------------------------------


def consequences(
    store: Store, parsed: Parsed, lang: str, *, at: datetime, closes: frozenset[int] | None = None
) -> Consequences:
    """Load a file in a transaction that is not kept, and compare what stands before and after.

    Args:
        closes: the months that the sender takes for whole; None leaves it to the rule.

    Raises:
        StoreProblem: the store cannot be written.
    """
    notes, table = store.notes(), parsed.table_name or ""

    def look(connection: Connection) -> _Seen:
        return _look(Rehearsal(connection, notes), table, lang)

    with changing(store) as engine:
        report, before, after = imports.rehearse(
            engine, parsed, recorded_at=at, secret=_secret(store), look=look, closes=closes
        )
    if before is None or after is None:
        return Consequences(report)
    return Consequences(
        report,
        tuple(sorted(_changes(before, after), key=lambda c: -c.size)),
        tuple(sorted(after.closed - before.closed)),
        tuple((name, before.verdicts.get(name, ""), now) for name, now in after.verdicts.items() if before.verdicts.get(name, "") != now),
        tuple(one for one in after.decisions if one not in before.decisions),
        tuple(one for one in before.decisions if one not in after.decisions),
    )  # fmt: skip


def _secret(store: Store) -> str:
    return keys.pseudonym_key(store.engine)


def in_words(change: Change, read: Reader, lang: str) -> tuple[str, str, str, str]:
    """Measure, place and month, old and new value of a change."""
    metric = registry.get(change.metric_id)
    names = {"area_code": read.district_names(lang), "programme_id": read.programme_names(lang)}
    where = [
        numbers.month(int(code), lang) if key == "month_key" else names.get(key, {}).get(str(code), str(code))
        for key, code in change.where
    ]
    old, new = (
        t("import.no_figure", lang) if v is None else _value(v, metric, lang)
        for v in (change.old, change.new)
    )
    return metric.name(lang), " · ".join(where) or t("map.whole_city", lang), old, new


def _value(value: float, metric: Metric, lang: str) -> str:
    if metric.unit == "KRW":
        # To the won: a file is checked against its own books.
        return t("import.won", lang, n=numbers.number(value))
    return numbers.value(value, metric.unit, lang, counted=words.unit_of(metric, lang))


def _look(store: Rehearsal, table: str, lang: str) -> _Seen:
    read = Reader(store, patient=False)
    try:
        with store.connect() as connection:
            figures = dict(_figures(connection, table))
            cells = coverage.states(connection)
        closed = cells[(cells["state"] == "closed") & cells["table_name"].isin(coverage.FOLLOWED)]
        return _Seen(
            figures,
            frozenset(zip(closed["table_name"], closed["district_code"], closed["month_key"], strict=True)),
            {k.metric.name(lang): _verdict(k, lang) for k in measures.every(read)},
            tuple(_decisions(read, lang)),
        )
    finally:
        SHELF.forget(store.url)


def _figures(connection: Connection, table: str) -> Iterator[tuple[Any, float]]:
    """Every figure that rests on a table, at the finest grain that readers know it by."""
    fed = {fact for fact, tables in facts.SOURCES.items() if table in tables}
    for metric in registry.METRICS:
        if not fed & {term.fact for group in metric.terms().values() for term in group}:
            continue
        keys = next(grain for grain in GRAINS if set(grain) <= set(metric.grains))
        sums = queries.sums(connection, metric.terms(), keys=keys)
        for row in measure(metric, sums).to_dict("records"):
            if pd.notna(row["value"]):
                yield (metric.metric_id, tuple((key, row[key]) for key in keys)), float(row["value"])


def _changes(before: _Seen, after: _Seen) -> Iterator[Change]:
    for key in dict.fromkeys([*before.figures, *after.figures]):
        old, new = before.figures.get(key), after.figures.get(key)
        if old != new:
            yield Change(key[0], key[1], old, new)


def _verdict(kpi: measures.Kpi, lang: str) -> str:
    return " · ".join(part for part in (said.variation(kpi, lang), said.assurance(kpi, lang)) if part)


def _decisions(read: Reader, lang: str) -> Iterator[str]:
    for domain in DOMAINS:
        try:
            yield from (one.item.text for one in decisions.of(read, lang, domain))
        except Pending:
            continue


def outside(parsed: Parsed, districts: Sequence[str]) -> list[str]:
    """The codes of districts in a file that are not among those of somebody with a scope; '' for rows that name none."""
    if not districts or parsed.frame is None or parsed.frame.empty:
        return []
    if "district_code" not in parsed.frame.columns:
        return ["-"]
    found = parsed.frame["district_code"].astype(object).fillna("-").unique()
    return sorted(str(code) for code in found if code not in districts)


def bring(
    store: Store, parsed: Parsed, *, at: datetime, closes: frozenset[int] | None = None
) -> ImportReport:
    """Load a file; every answer of this process sees it.

    Args:
        closes: as `consequences`.

    Raises:
        StoreProblem: the store cannot be written; nothing has changed.
    """
    with changing(store) as engine:
        return imports.load(engine, parsed, recorded_at=at, secret=_secret(store), closes=closes)


def undo(store: Store, batch_id: int, *, at: datetime) -> Undone:
    """Take the newest import back; every answer of this process sees it.

    Raises:
        NotUndoable: another import is the newest by now. StoreProblem: the store cannot be written.
    """
    with changing(store) as engine:
        return take_back(engine, batch_id, recorded_at=at)


def newest(store: Store) -> Any | None:
    """The import that can be undone now: a row with batch_id, source_name, table_name, rows_accepted, recorded_at; None where there is none."""
    with store.connect() as connection:
        found = standing(connection)
    return found[0] if found else None


def loaded(read: Reader) -> pd.DataFrame:
    """Every import, the newest first, undone ones too: rows of `batch`; undone_by is 0 where it stands."""
    rows: pd.DataFrame = read.rows(queries.batches)
    mine = rows[rows["kind"] == "import"]
    return mine.assign(undone_by=mine["undone_by"].fillna(0).astype(int))
