"""Whether a store is sound: its pages, its audit trail, each batch's rows, its facts, its releases, and who may read its files."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from sqlalchemy import Engine, text

from data import audit, digests, facts, references, release_upkeep, releases
from data.engine import PRIVATE, sqlite_file, writing

# Finding -> Korean, English.
SENTENCES = {
    "pages": ("저장소 파일이 손상되었습니다: {detail}", "The store's file is damaged: {detail}"),
    "links": (
        "가리키는 행이 없는 행이 있습니다: {detail}",
        "Rows point to rows that are not there: {detail}",
    ),
    "trail": ("접속·처리 기록 {detail}번이 맞지 않습니다", "Entry {detail} of the audit trail does not hold"),
    "batch": (
        "묶음 {detail}: 들어온 뒤에 값이 바뀌었습니다",
        "Batch {detail}: a value was changed after it came",
    ),
    "fact": (
        "집계 {detail}: 기록에서 다시 낸 값과 다릅니다",
        "Fact {detail} differs from what the records give",
    ),
    "release": (
        "공표 판이 공표한 그대로가 아닙니다: {detail}",
        "A release is not as it was published: {detail}",
    ),
    "mode": (
        "다른 계정이 저장소 파일을 읽을 수 있습니다: {detail}",
        "Other accounts can read the store's file: {detail}",
    ),
}


def findings(engine: Engine, *, with_facts: bool = True) -> Iterator[tuple[str, str]]:
    """What is not as it should be: (one of `SENTENCES`, detail).

    Args:
        with_facts: roll every fact up again in a transaction that is not kept, and compare; takes the write lock meanwhile.

    Raises:
        StoreProblem, DBAPIError: the store cannot be read any further.
    """
    path = sqlite_file(engine.url.render_as_string(hide_password=False))
    if path is not None:
        yield from _pages(engine)
        with engine.connect() as connection:
            numbers = [one.number for one in releases.listing(connection)]
        files = [path, *filter(None, (sqlite_file(releases.url_of(engine, n)) for n in numbers))]
        for file in (f.with_name(f"{f.name}{end}") for f in files for end in ("", "-wal", "-shm")):
            if file.exists() and stat.S_IMODE(file.stat().st_mode) & ~PRIVATE:
                yield "mode", f"{file.name} {stat.S_IMODE(file.stat().st_mode):o}"
    with engine.connect() as connection:
        if path is None:
            for table, column, parent, rows in references.unknown(connection):
                yield "links", f"{table}.{column} -> {parent}: {rows}"
        trail = audit.verify(connection)
        if trail.broken is not None:
            yield "trail", str(trail.broken)
        for one in digests.changed(connection):
            yield "batch", f"{one.batch_id} ({one.table_name})"
    yield from (("release", detail) for detail in release_upkeep.findings(engine))
    if with_facts:
        yield from (("fact", name) for name in _facts(engine))


def _pages(engine: Engine) -> Iterator[tuple[str, str]]:
    with engine.connect() as connection:
        for (said,) in connection.execute(text("PRAGMA integrity_check(20)")).all():
            if said != "ok":
                yield "pages", str(said)[:200]
        for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")).all()[:20]:
            yield "links", f"{table} {row} -> {parent}"


class _Seen(Exception):
    """Leaves the transaction, so that nothing of it remains."""


def _facts(engine: Engine) -> list[str]:
    changed: list[str] = []
    try:
        with writing(engine) as connection:
            before = facts.digest(connection)
            facts.rebuild(connection)
            after = facts.digest(connection)
            changed += [name for name in before if before[name] != after[name]]
            raise _Seen
    except _Seen:
        return changed
