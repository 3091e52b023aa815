"""Loading what a file brought: one batch, one transaction; corrections supersede, nothing is deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import Connection, Engine, Table, func, insert, select, update

from data import audit, batches, coverage, facts, logs, programmes
from data.cities import DEMO
from data.dialect import among, roomy
from data.engine import state, writing
from data.imports import books, clashes, standing
from data.imports.door import receive, warm
from data.imports.lookups import Lookups, read_lookups
from data.imports.problems import Problem, redact_name
from data.imports.pseudonyms import pseudonymised
from data.imports.reasons import Reason
from data.imports.report import ImportReport, Parsed
from data.tables import OPERATIONAL, batch, programme, refused_row

Seen = TypeVar("Seen")


class NotTheOffices(ValueError):
    """Files come into the office's own store: the demonstration city takes none."""


CHUNK = 20_000
FEW = 50


@batches.uncollected()
def load(
    engine: Engine,
    parsed: Parsed,
    *,
    recorded_at: datetime,
    secret: str,
    note: str | None = None,
    who: str = audit.LOCAL,
    closes: frozenset[int] | None = None,
) -> ImportReport:
    """Store what `preview` accepted, in one batch and one transaction, and roll up what it touches.

    A file with no accepted row, a byte-identical file and a file with nothing but known rows change nothing; nor does
    a ledger file after which the books would not balance, a baseline file that rewrites a recorded version, or a file that
    the record speaks against (`standing`).

    Args:
        recorded_at: naive UTC instant of the import.
        secret: key of the pseudonyms (HMAC-SHA256, first 16 hexadecimal digits).
        who: whose import it is, for the audit trail.
        closes: the months that the sender takes for whole; None leaves it to the rule (`data.coverage`).

    Raises:
        NotTheOffices: the store is the demonstration city's.
        StoreProblem: the store cannot be written. Whatever is raised, nothing of the batch remains.
    """
    report, started = ImportReport(parsed), time.perf_counter()
    if not parsed.ok or parsed.table_name is None:
        logs.note("import refused", reason=parsed.problems[0].reason.value if parsed.problems else None)
        return report
    try:
        with writing(engine) as connection:
            _bring(connection, report, secret=secret, recorded_at=recorded_at, note=note, closes=closes)
            if report.batch_id is not None:
                audit.written(
                    connection,
                    "import",
                    who,
                    at=recorded_at,
                    batch=report.batch_id,
                    table=parsed.table_name,
                    added=report.added,
                    corrected=report.corrected,
                    refused=parsed.refused,
                    sha256=parsed.sha256,
                )
    except _Unbalanced as refused:
        logs.note("import refused", reason=refused.problems[0].reason.value, table=parsed.table_name)
        return ImportReport(parsed, unbalanced=refused.problems)
    logs.note(
        "import",
        batch=report.batch_id,
        table=parsed.table_name,
        added=report.added,
        corrected=report.corrected,
        unchanged=report.unchanged,
        refused=parsed.refused,
        seconds=round(time.perf_counter() - started, 3),
    )
    return report


@batches.uncollected()
def rehearse(
    engine: Engine,
    parsed: Parsed,
    *,
    recorded_at: datetime,
    secret: str,
    look: Callable[[Connection], Seen],
    closes: frozenset[int] | None = None,
) -> tuple[ImportReport, Seen | None, Seen | None]:
    """Load in a transaction that is not kept, and look at the store before and after: what loading would change.

    Args:
        recorded_at, secret, closes: as `load`. look: what is seen of the store through the transaction's connection.

    Returns: the report as loading would give it, and what was seen before and after; None where nothing would change.

    Raises:
        NotTheOffices, StoreProblem: as `load`.
    """
    report = ImportReport(parsed)
    if not parsed.ok or parsed.table_name is None:
        return report, None, None
    seen: list[Seen] = []
    try:
        with writing(engine) as connection:
            seen.append(look(connection))
            _bring(connection, report, secret=secret, recorded_at=recorded_at, closes=closes)
            if report.batch_id is not None:
                seen.append(look(connection))
            raise _Rehearsed
    except _Rehearsed:
        before, after = (seen[0], seen[1]) if len(seen) == 2 else (None, None)
        return report, before, after
    except _Unbalanced as refused:
        return ImportReport(parsed, unbalanced=refused.problems), None, None


class _Rehearsed(Exception):
    """Leaves the transaction of a rehearsal, so that nothing of it remains."""


def _bring(
    connection: Connection,
    report: ImportReport,
    *,
    secret: str,
    recorded_at: datetime,
    note: str | None = None,
    closes: frozenset[int] | None = None,
) -> None:
    """Write what a file brought into the transaction, and note in the report what that did."""
    parsed = report.parsed
    table = OPERATIONAL[parsed.table_name or ""]
    if state(connection).get("city") == DEMO:
        raise NotTheOffices
    facts.alone(connection, table.name)
    roomy(connection)
    known = frozenset(connection.execute(select(programme.c.programme_id)).scalars())
    frame = pseudonymised(parsed.frame, secret=secret, programmes=known)
    before = _earlier(connection, parsed)
    if before is not None and before.rows_refused == 0:
        report.already, report.unchanged = True, len(frame)
        return
    # A file that came before may bring rows that were refused then; it takes no later correction back.
    change = compare(connection, table, frame, may_correct=before is None)
    report.unchanged = change.unchanged
    if not change.rows:
        report.already = True
        return
    if table.name == "baseline" and change.corrects:
        raise _Unbalanced(books.rewritten(connection, parsed, change.corrects))
    write(connection, table, frame, change, report, recorded_at=recorded_at, note=note, closes=closes)
    against = standing.contradictions(
        connection, parsed, frame, change.rows, change.superseded, batch_id=report.batch_id or 0
    )
    if against:
        raise _Unbalanced(against)
    if table.name == "ledger_entry":
        found = books.verdict(connection, parsed, batch_id=report.batch_id or 0)
        if found.broken:
            raise _Unbalanced(found.broken)
        report.unchecked = found.unchecked
        report.balanced, report.unopened = found.balanced, found.unopened


class _Unbalanced(Exception):
    """The books would not balance: leaves the transaction, so that nothing of the file remains."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("unbalanced")
        self.problems = problems


def _earlier(connection: Connection, parsed: Parsed) -> Any:
    """The latest standing batch with the same content for the same table, or None."""
    return connection.execute(
        select(batch.c.batch_id, batch.c.rows_refused)
        .where(batch.c.kind == "import", batch.c.undone_by.is_(None))
        .where(batch.c.table_name == parsed.table_name, batch.c.content_sha256 == parsed.sha256)
        .order_by(batch.c.batch_id.desc())
        .limit(1)
    ).one_or_none()


@dataclass
class Change:
    """What differs from the store: positions to insert, and the rows that they supersede."""

    rows: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)  # recorded rows that stay as they are
    corrects: list[int] = field(default_factory=list)  # positions that supersede a recorded row
    unchanged: int = 0

    @property
    def corrected(self) -> int:
        return len(self.corrects)


def compare(connection: Connection, table: Table, frame: pd.DataFrame, *, may_correct: bool) -> Change:
    """Compare the rows with the current rows of the same natural key.

    A row that takes the place of one of the reference (an event, the illustrative plan) is new, no correction.
    """
    key = list(table.info["key"])
    compared = [name for name in frame.columns if name not in key and not table.c[name].info["derived"]]
    found = list(_standing(connection, table, frame[key], compared))
    if not found:
        return Change(rows=list(range(len(frame))))
    own_keys = list(frame[key].itertuples(index=False, name=None))
    wanted = set(own_keys)
    standing = {
        its_key: (row[0], row[1], tuple(row[2 + len(key) :]))
        for row in found
        if (its_key := tuple(row[2 : 2 + len(key)])) in wanted
    }
    change = Change()
    values = frame[compared].itertuples(index=False, name=None)
    for place, (own_key, own) in enumerate(zip(own_keys, values, strict=True)):
        row_id, kind, stands = standing.get(own_key, (None, None, None))
        if row_id is not None and (stands == own or not may_correct):
            change.unchanged += 1
            change.repeated.append(row_id)
            continue
        change.rows.append(place)
        if row_id is not None:
            change.superseded.append(row_id)
            if kind == "import":
                change.corrects.append(place)
    return change


def _standing(
    connection: Connection, table: Table, keys: pd.DataFrame, compared: Sequence[str]
) -> Iterable[Any]:
    """Current rows that may have one of the keys: (row_id, kind of batch, key…, compared values…).

    Each key column is asked for its own values. That gives some rows too many, which the caller drops; asking for whole tuples makes
    PostgreSQL compare every row with every tuple.
    """
    names = list(keys.columns)
    statement = (
        select(table.c.row_id, batch.c.kind, *(table.c[name] for name in (*names, *compared)))
        .join_from(table, batch, batch.c.batch_id == table.c.batch_id)
        .where(table.c.superseded_by.is_(None))
    )
    distinct = {name: list(dict.fromkeys(keys[name])) for name in names}
    lead = max(names, key=lambda name: len(distinct[name]))
    column, wanted = table.c[lead], distinct[lead]
    if len(wanted) > CHUNK and connection.dialect.name == "sqlite" and isinstance(wanted[0], str):
        # SQLite orders text as Python does: where few rows stand between the ends, one look at the index is enough.
        between = column.between(min(wanted), max(wanted))
        found = select(func.count()).select_from(table).where(table.c.superseded_by.is_(None), between)
        if (connection.execute(found).scalar() or 0) <= len(wanted):
            return connection.execute(statement.where(between))
    # SQLite would look for each of the lead's values beside each of the others': those are asked only where they are few.
    few = [name for name in names if name == lead or len(distinct[name]) <= FEW]
    asked = names if connection.dialect.name == "postgresql" else few
    return connection.execute(
        statement.where(*(among(connection, table.c[name], distinct[name]) for name in asked))
    )


def write(
    connection: Connection,
    table: Table,
    frame: pd.DataFrame,
    change: Change,
    report: ImportReport,
    *,
    recorded_at: datetime,
    note: str | None,
    author: str | None = None,
    reason: str | None = None,
    closes: frozenset[int] | None = None,
) -> None:
    """The batch itself, in the caller's transaction: supersede, insert, note the refused rows, roll up."""
    parsed = report.parsed
    batch_id = batches.open_batch(
        connection,
        kind="import",
        table_name=table.name,
        source_name=parsed.file_name,
        content_sha256=parsed.sha256,
        recorded_at=recorded_at,
        note=standing.noted(note, parsed.stands_for),
        author=author,
        reason=reason,
    )
    if change.superseded:
        replaced = among(connection, table.c.row_id, change.superseded)
        connection.execute(update(table).where(replaced).values(superseded_by=batch_id))
    rows = frame if len(change.rows) == len(frame) else frame.iloc[change.rows]
    batches.append_frame(connection, table, rows, batch_id=batch_id)
    if table.name == "baseline":
        books.give_way(connection, rows, batch_id=batch_id)
    _note_refused(connection, parsed.problems, batch_id)
    batches.close_batch(connection, batch_id, accepted=len(change.rows), refused=parsed.refused)
    report.batch_id = batch_id
    report.corrected = change.corrected
    report.added = len(change.rows) - change.corrected
    if against := clashes.found(connection, parsed, batch_id=batch_id):
        raise _Unbalanced(against)
    report.months = coverage.arrived(
        connection, table.name, batch_id=batch_id, recorded_at=recorded_at, sent=_sent(parsed, change, closes)
    )
    report.facts = facts.refresh(connection, table.name, batch_id=batch_id)
    programmes.restate(connection, table.name)


def _sent(parsed: Parsed, change: Change, closes: frozenset[int] | None) -> coverage.Sent:
    """What a file says of the months that it tells of, and its sender of the file."""
    days = [date.fromisoformat(day) for day in parsed.spans]
    return coverage.Sent(
        span=(days[0], days[1]) if days else None,
        until=date.fromisoformat(parsed.stands_for) if parsed.stands_for else None,
        months=closes,
        repeated=change.repeated,
    )


def _note_refused(connection: Connection, problems: Sequence[Problem], batch_id: int) -> None:
    rows = [
        {
            "batch_id": batch_id,
            "sheet": problem.sheet,
            "row_no": problem.row or 0,
            "column_name": problem.column,
            "reason": problem.reason.value,
        }
        for problem in problems
    ]
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(refused_row), rows[start : start + CHUNK])


def import_files(
    engine: Engine,
    paths: Sequence[str | Path],
    *,
    recorded_at: datetime,
    secret: str,
    template: str | None = None,
    money: str | None = None,
    books: str | None = None,
    note: str | None = None,
    who: str = audit.LOCAL,
    closes: frozenset[int] | None = None,
) -> list[ImportReport]:
    """Import files one after another, each its own batch; a refused file does not stop the others.

    Args:
        template, money, books: as `preview`. note, closes, who: as `load`.

    Raises:
        StoreProblem: the store cannot be written.
    """
    asked = {"template": template, "money": money, "books": books}
    how = {"recorded_at": recorded_at, "secret": secret, "note": note, "closes": closes, "who": who}
    return list(_imported(engine, paths, asked, how))


def _imported(
    engine: Engine, paths: Sequence[str | Path], asked: Mapping[str, Any], how: Mapping[str, Any]
) -> Iterator[ImportReport]:
    warm()
    with engine.connect() as connection:
        lookups: Lookups = read_lookups(connection, now=how["recorded_at"])

    def read(path: Path) -> Parsed:
        try:
            content = path.read_bytes()
        except OSError:
            name = redact_name(path.name)
            return Parsed(name, "", problems=[Problem(name, "", None, "", None, Reason.NOT_FOUND)])
        return receive(path.name, content, **asked, lookups=lookups)

    # The next file is read, in its own process, while this one is loaded.
    ahead = ThreadPoolExecutor(1)
    reading = (ahead.submit(read, Path(path)) for path in paths)  # begins when it is asked for
    try:
        coming = next(reading, None)
        while coming is not None:
            parsed = coming.result()
            coming = next(reading, None)
            yield load(engine, parsed, **how)
    finally:
        ahead.shutdown(wait=False, cancel_futures=True)
