"""How long each table is kept, and taking out what is over its time or whom somebody has a right to have taken out.

Every table stands in `RULES` with its period and the reason. Records about persons are deleted with every earlier version of them; facts
are rolled up anew from what is left, studies are dropped and made again, batches' digests are noted anew. Releases lose the studies that
read such tables, and the sums of what is over its time; what they have published of others stays. What happened is told
in the audit trail: tables and counts, never who. On SQLite the file is written anew, so that no byte of it stays (`scrubbed`); on
PostgreSQL the tables are, and the server's own log of writes ends with its next checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, Table, delete, func, or_, select

from data import audit, batches, digests, facts, release_upkeep
from data.engine import writing, written_anew
from data.frozen import PERSONS
from data.imports.pseudonyms import KINDS, LENGTH, pseudonym
from data.tables import FACTS, OPERATIONAL, batch, metadata, refused_row, study

DAYS = 365
RECORD = 5  # years


@dataclass(frozen=True)
class Rule:
    """How long a table's rows are kept. `years` after `column`; None: as long as the store. Why, in Korean and English."""

    years: int | None
    column: str | None
    ko: str
    en: str


_PERSON = ("계획기간 5년과 그 평가", "the plan's five years and their evaluation")
_MONEY = ("회계 기록: 삭제하지 않음", "books: not deleted")
_SUMMARY = ("사람이 들어 있지 않은 월별 합계", "monthly sums without persons")
_SET = ("설정과 그 이력: 사람이 들어 있지 않음", "set-up and its history: no persons")
_REFERENCE = ("공표된 기준 자료", "published reference")
_BOOK = ("무엇이 언제 들어왔는지의 기록", "the record of what came when")
_MADE = ("원자료에서 다시 만들어지는 값: 원자료와 함께 사라짐", "derived: goes with the rows it is made of")

RULES: dict[str, Rule] = {
    **{name: Rule(RECORD, str(OPERATIONAL[name].info["date"]), *_PERSON) for name in PERSONS},
    "survey_response": Rule(RECORD, "year", *_PERSON),
    "attendance": Rule(RECORD, "attended_on", *_PERSON),
    "agent_interval": Rule(RECORD, "local_date", "상담사 근무 기록", "staffing of the line"),
    "ledger_entry": Rule(None, None, *_MONEY),
    **{
        name: Rule(None, None, *_SUMMARY)
        for name in OPERATIONAL
        if name.endswith("_summary") or name == "survey_estimate"
    },
    **{
        name: Rule(None, None, *_SET)
        for name in (
            *("owner_unit", "programme_entry", "survey_design", "staffing", "unit_cost", "baseline"),
            *("output_target", "target", "signal_name", "scale_reliability", "event"),
            *("scenario", "assumption_edit", "kept_forecast", "boundary_set", "resolution", "registration"),
            *("alert_rule", "alert", "ward"),
        )
    },
    "refused_row": Rule(
        1, None, "고쳐 보낼 때까지(값은 담지 않음)", "until it is sent again (holds no values)"
    ),
    "person": Rule(None, None, "계정: 사용하는 동안", "accounts: as long as they are used"),
    "person_role": Rule(3, "ended_at", "권한 변경 기록 3년", "changes of rights, three years"),
    "sign_in": Rule(2, "opened_at", "접속 기록 2년", "access log, two years"),
    "study": Rule(None, None, *_MADE),
    **{name: Rule(None, None, *_MADE) for name in FACTS},
    **{
        name: Rule(None, None, *_BOOK)
        for name in (
            "batch",
            "arrival",
            "closing",
            "store_state",
            "release",
            "release_cell",
            "release_request",
        )
    },
    "audit_entry": Rule(
        None,
        None,
        "접속기록은 2년, 권한 변경은 3년 이상: 지우지 않음",
        "access log 2 years, rights 3 years at least: never deleted",
    ),
}
REFERENCE = Rule(None, None, *_REFERENCE)


def rule_of(table_name: str) -> Rule:
    """The rule of a table; reference that others publish is kept.

    Raises:
        KeyError: a table that nobody has thought about.
    """
    if table_name in RULES:
        return RULES[table_name]
    if metadata.tables[table_name].info.get("kind") == "reference":
        return REFERENCE
    raise KeyError(table_name)


# --- What is over its time ------------------------------------------------------------------------------


def due(connection: Connection, *, on: date) -> dict[str, int]:
    """Table -> how many rows are over their time on a day."""
    found = {}
    for name, rule in RULES.items():
        if rule.years is not None:
            table = metadata.tables[name]
            found[name] = int(
                connection.execute(
                    select(func.count()).select_from(table).where(_over(table, rule, on))
                ).scalar()
                or 0
            )
    return found


def _over(table: Table, rule: Rule, on: date) -> Any:
    end = _end(on, rule.years or 0)
    if table is refused_row:
        old = select(batch.c.batch_id).where(batch.c.recorded_at < datetime(end.year, end.month, end.day))
        return table.c.batch_id.in_(old)
    column = table.c[rule.column or ""]
    if isinstance(column.type, DateTime):
        return column < datetime(end.year, end.month, end.day)
    return column < (end.year if rule.column == "year" else end)


def _end(on: date, years: int) -> date:
    """The day before which what is kept for so many years is over its time."""
    return on - timedelta(days=DAYS * years + years // 4)


def apply(engine: Engine, *, at: datetime, who: str = audit.LOCAL) -> dict[str, int]:
    """Delete what is over its time, in one transaction, and write the files anew; table -> rows deleted.

    Args:
        at: naive UTC instant; what is over its time is so on its day.
    """
    with writing(engine) as connection:
        _leave_nothing(connection)
        where = {
            name: _over(metadata.tables[name], rule, at.date())
            for name, rule in RULES.items()
            if rule.years is not None
        }
        gone = _taken_out(connection, where, at)
        if gone:
            audit.written(connection, "retention", who, at=at, **gone)
    if gone:
        written_anew(engine, (*gone, *FACTS, study.name))
    over = _end(at.date(), RECORD)
    release_upkeep.without(engine, [name for name in gone if name in OPERATIONAL], before=over)
    return gone


# --- Whom somebody has a right to have taken out ---------------------------------------------------------


def pseudonyms(value: str, *, kind: str, secret: str) -> str:
    """An office's own number, or a pseudonym, as the store has it.

    Raises:
        ValueError: no such kind of number, or none at all.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if not value.strip():
        raise ValueError("a number must be given")
    said = value.strip()
    is_one = len(said) == LENGTH and set(said) <= set("0123456789abcdef")
    return said if is_one else pseudonym(said, secret=secret, kind=KINDS[kind])


def erase(
    engine: Engine,
    subject: str,
    *,
    kind: str = "person_id",
    at: datetime,
    reason: str,
    who: str = audit.LOCAL,
) -> dict[str, int]:
    """Take a subject out of everything that the store and its releases hold; table -> rows deleted, none where the subject is unknown.

    A person's cases go with the person, and what belongs to the cases; a case's sessions and scores with the case.

    Args:
        subject: the pseudonym (`pseudonyms`). kind: the column that holds it. reason: the request, for the trail; not who it is about.
        at: naive UTC.
    """
    if not reason.strip():
        raise ValueError("reason must not be empty")
    with writing(engine) as connection:
        _leave_nothing(connection)
        where = _of_subject(connection, subject, kind)
        gone = _taken_out(connection, where, at)
        audit.written(connection, "erasure", who, at=at, reason=reason.strip(), number=kind, **gone)
    written_anew(engine, (*gone, *FACTS, study.name))
    release_upkeep.without(engine, sorted(where), where=where)
    return gone


def _of_subject(connection: Connection, subject: str, kind: str) -> dict[str, Any]:
    named = {kind: {subject}}
    if kind == "person_id":
        # A case is a person's by any version of its row, and by the scores that name both.
        named["case_id"] = {
            str(one)
            for table in OPERATIONAL.values()
            if "person_id" in table.c and "case_id" in table.c
            for one in connection.execute(
                select(table.c.case_id).where(table.c.person_id == subject, table.c.case_id.is_not(None))
            ).scalars()
        }
    where = {}
    for name, table in OPERATIONAL.items():
        hit = [
            table.c[column].in_(sorted(values))
            for column, values in named.items()
            if column in table.c and values
        ]
        if hit:
            where[name] = or_(*hit)
    return where


# --- Both -----------------------------------------------------------------------------------------------


def _leave_nothing(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # deleted bytes are overwritten


def _taken_out(connection: Connection, where: dict[str, Any], at: datetime) -> dict[str, int]:
    """Delete rows, and let follow what is made of them."""
    if any(name in OPERATIONAL for name in where):
        facts.alone(connection)
    gone: dict[str, int] = {}
    touched: set[int] = set()
    for name, which in where.items():
        table = metadata.tables[name]
        if name in OPERATIONAL:
            touched |= set(connection.execute(select(table.c.batch_id).where(which).distinct()).scalars())
        deleted = connection.execute(delete(table).where(which)).rowcount
        if deleted:
            gone[name] = int(deleted)
    changed = [name for name in gone if name in OPERATIONAL]
    if changed:
        facts.rebuild(connection, only=changed)
        digests.restate(connection, batches=sorted(touched))
        connection.execute(delete(study))
        for name in changed:  # so that every process knows that what it keeps is of another state
            number = batches.open_batch(
                connection, kind="erasure", table_name=name, source_name="", content_sha256="", recorded_at=at
            )
            batches.close_batch(connection, number, accepted=0, refused=0)
    return gone
