"""What takes long is a study: named, made once per state of its inputs, kept in the store, never made while a reader waits.

A study is a function of a reader (and of arguments from a closed list). Its fingerprint covers the tables that it reads, the
day, its arguments and the code; a result whose fingerprint is no longer the present one is shown with its mark until the
worker (`answers/worker.py`) has made the new one.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError

from answers.kept import ground, noted
from answers.packing import packed, unpacked
from answers.rights import VIEWS
from answers.store import Store
from data import tables
from data.coverage import with_summaries
from data.engine import StoreProblem, writing
from locales import t

_log = logging.getLogger("ieum.studies")
ROOT = Path(__file__).resolve().parent.parent
CODE = ("answers", "data", "evaluation", "forecast", "geo", "metrics")
# What a worker tells the process that started it, a line at a time: whether readers may count on it.
ON_DUTY, OFF_DUTY = "on duty", "off duty"
FAILED = "failed:"  # before a study's name: the row that keeps why it could not be worked out


class Pending(Exception):
    """A study has no result; `name` is the study's, `failed` whether it could not be worked out of the present data, `frozen` whether it
    is asked of a release, which has none of it and will not have."""

    def __init__(self, name: str, *, failed: bool = False, frozen: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.failed = failed
        self.frozen = frozen

    def words(self, lang: str) -> str:
        """That it is being worked out, that it could not be, or that the release does not hold it."""
        if self.frozen:
            return t("studies.frozen", lang)
        return t("studies.failed" if self.failed else "studies.pending", lang)


@dataclass(frozen=True)
class Study:
    """A study: its name, the tables whose batches it depends on, how it is made, of which arguments, whether of facts alone, which
    other studies it rests on, and whether it is made in a process of its own beside the others."""

    name: str
    reads: tuple[str, ...]
    make: Callable[..., Any]
    over: Callable[[Any], Sequence[tuple[Any, ...]]]
    of_facts: bool = False
    rests_on: tuple[str, ...] = ()
    apart: bool = False

    def of_release(self, args: tuple[Any, ...]) -> bool:
        """Whether a release makes its own: what was made of live facts would tell of corrections that wait."""
        return self.of_facts and VIEWS[1] not in args


@dataclass(frozen=True)
class Told:
    """What a study made, and the names of the rules by which it was made of true sums: whoever shows it names them, too."""

    made: Any
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """A kept result as it stands in the store, without its content."""

    name: str
    fingerprint: str
    data_version: int
    as_of: Any
    made_at: str
    seconds: float


_STUDIES: dict[str, Study] = {}
_LOADED: dict[tuple[str, str], tuple[str, Any]] = {}  # (address, name) -> (made at, result)
_UNREADABLE: dict[tuple[str, str], str] = {}  # stamps of kept results that the log has been told of
_LOCKS: dict[tuple[str, str], threading.Lock] = {}
_ON_DUTY: set[str] = set()  # cities


def study(
    name: str,
    *,
    reads: Sequence[str],
    over: Callable[[Any], Sequence[tuple[Any, ...]]] | None = None,
    of_facts: bool = False,
    rests_on: Sequence[str] = (),
    apart: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of a reader as a study.

    Args:
        reads: operational tables whose batches change its inputs; summaries that tell of the same go with them.
        over: of a reader, the arguments that it is made for; once without any where left out.
        of_facts: whether it needs no row about a person and no model: it must then stand in `data.releases.OWN`.
        rests_on: studies that it asks for, where one is made apart or it is itself. apart: it takes so long that the others need not wait.
    """

    def enter(make: Callable[..., Any]) -> Callable[..., Any]:
        if name in _STUDIES:
            raise ValueError(f"study {name!r} is entered twice")
        _STUDIES[name] = Study(
            name, with_summaries(reads), make, over or (lambda read: ((),)), of_facts, tuple(rests_on), apart
        )
        return make

    return enter


def every() -> list[Study]:
    """All studies, in the order in which they are made."""
    from answers import registry

    registry.every()
    return list(_STUDIES.values())


def entered(name: str) -> Study:
    """A study by its name.

    Raises:
        KeyError: no such study.
    """
    if name not in _STUDIES:
        every()
    return _STUDIES[name]


def on_duty(city: str) -> bool:
    """Whether a worker makes a city's studies for this process, so that no reader has to wait for one."""
    return city in _ON_DUTY


def take_duty(city: str, is_there: bool) -> None:
    """Say that a city's worker has been started, or is gone."""
    (_ON_DUTY.add if is_there else _ON_DUTY.discard)(city)


@cache
def code_version(folders: tuple[str, ...] = CODE) -> str:
    """Changes whenever any code in these folders changes: left out, all that a figure may depend on."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".toml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def full_name(name: str, args: tuple[Any, ...]) -> str:
    """A study's name with its arguments, as the store keeps it."""
    return f"{name}({', '.join(map(str, args))})" if args else name


def fingerprint(one: Study, args: tuple[Any, ...], store: Store) -> str:
    """Of everything that the result depends on."""
    batches = store.batches()
    state = [(table, batches.get(table, 0)) for table in one.reads]
    parts = (full_name(one.name, args), state, str(store.as_of), code_version())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def result(read: Any, name: str, args: tuple[Any, ...] = ()) -> Any:
    """The last kept result of a study. A patient reader makes it where it is missing or late.

    Raises:
        Pending: there is none yet, and the reader does not wait.
        KeyError: no such study.
    """
    one, full = entered(name), full_name(name, args)
    store: Store = read.store
    if store.release is not None:
        return _frozen(read, one, args)
    now = fingerprint(one, args, store)
    if read.patient and not stands(store, full, now):
        with _making(store, full):
            if not stands(store, full, now):
                make(read, one, args, in_memory=True)
    stamp, failed = store.stamp(full), store.study_state(FAILED + full) == now
    ground().studies |= {full: stamp, FAILED + full: store.stamp(FAILED + full)}
    if store.study_state(full) != now:
        (ground().failed if failed else ground().late if stamp else ground().awaited).add(full)
    if not stamp:
        raise Pending(full, failed=failed)
    return _heard(load(store, full, stamp))


def _heard(kept: Any) -> Any:
    """What a kept result says; its rules are noted of whoever asked."""
    if not isinstance(kept, Told):  # in a release that an earlier version made
        return kept
    ground().rules |= set(kept.rules)
    return kept.made


def _frozen(read: Any, one: Study, args: tuple[Any, ...]) -> Any:
    """A release's result, as it stood: none is late, and none but of its own facts is ever made of a store without records."""
    store, full = read.store, full_name(one.name, args)
    own = one.of_release(args)
    if own and read.patient and not _readable(store, full):
        with _making(store, full):
            if not _readable(store, full):
                make(read, one, args, in_memory=True)
    ground().studies[full] = stamp = store.stamp(full)
    if not stamp or (own and not _readable(store, full)):
        if own:  # the worker makes it
            failed = bool(store.stamp(FAILED + full))
            ground().studies[FAILED + full] = store.stamp(FAILED + full)
            (ground().failed if failed else ground().awaited).add(full)
            raise Pending(full, failed=failed)
        raise Pending(full, frozen=True)
    try:
        return _heard(load(store, full, stamp))
    except Pending as gone:
        raise Pending(full, frozen=True) from gone


def ready(read: Any, name: str, args: tuple[Any, ...] = ()) -> bool:
    """Whether the present result of a study is kept, so that it costs nothing."""
    return _present(read.store, entered(name), args)


def _present(store: Store, one: Study, args: tuple[Any, ...]) -> bool:
    """Whether a result is kept that can be read: the present one, or of a release any, since it stays as it was."""
    full = full_name(one.name, args)
    if store.release is not None:
        return _readable(store, full)
    return stands(store, full, fingerprint(one, args, store))


def stands(store: Store, full: str, now: str) -> bool:
    """Whether the kept result is the present one and can be read: one that is damaged is as good as none."""
    return store.study_state(full) == now and _readable(store, full)


def _readable(store: Store, full: str) -> bool:
    """Whether a result is kept, and not damaged."""
    if not (stamp := store.stamp(full)):
        return False
    try:
        load(store, full, stamp)
    except Pending:
        return False
    return True


def _making(store: Store, full: str) -> threading.Lock:
    """Held while this process makes a study, so that readers who want the same make it once."""
    return _LOCKS.setdefault((store.url, full), threading.Lock())


def load(store: Store, full: str, stamp: str) -> Any:
    """The kept result of a name, read once per stamp.

    Raises:
        Pending: it is gone, or cannot be read.
    """
    known = _LOADED.get((store.url, full))
    if known is None or known[0] != stamp:
        with store.connect() as connection:
            row = connection.execute(
                select(tables.study.c.made_at, tables.study.c.content).where(tables.study.c.name == full)
            ).one_or_none()
        if row is None:
            store.forget()
            raise Pending(full)
        try:
            known = (str(row.made_at), unpacked(row.content))
        except Exception as error:  # kept by other code or damaged: the worker makes it again
            if _UNREADABLE.get((store.url, full)) != stamp:
                _UNREADABLE[(store.url, full)] = stamp
                _log.warning("the kept result of %s cannot be read: %s", full, type(error).__name__)
            raise Pending(full) from error
        _LOADED[(store.url, full)] = known
    return known[1]


def make(read: Any, one: Study, args: tuple[Any, ...], *, in_memory: bool = False) -> float:
    """Make a study and keep its result; returns the seconds that it took.

    Args:
        in_memory: where the store cannot be written, keep the result in this process.
    """
    store: Store = read.store
    full, print_ = full_name(one.name, args), fingerprint(one, args, store)
    began = time.perf_counter()
    with noted() as rested:
        made = one.make(read, *args)
    took = time.perf_counter() - began
    told = Told(made, tuple(sorted(rested.rules)))
    try:
        keep(read, full, print_, took, told, reads=one.reads)
    except (StoreProblem, DBAPIError) as problem:
        if not in_memory:
            raise
        _log.info("the result of %s stays in memory: %s", full, type(problem).__name__)
        stamp = _now()
        store.remember(full, stamp, print_)
        _LOADED[(store.url, full)] = (stamp, told)
        store.changed()
    return took


def keep(read: Any, full: str, print_: str, took: float, made: Any, *, reads: Sequence[str] = ()) -> None:
    """Keep a result in the store, and in this process.

    Args:
        reads: the tables whose batches change it.

    Raises:
        StoreProblem, DBAPIError: the store cannot be written.
        UnpicklingError: it could not be read again.
    """
    content = packed(made)
    unpacked(content)  # what could not be read again is no result
    stamp = _keep(read, full, print_, took, content, reads)
    _LOADED[(read.store.url, full)] = (stamp, made)
    read.store.changed()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _keep(read: Any, name: str, print_: str, took: float, content: bytes, reads: Sequence[str] = ()) -> str:
    """Put a row in the place of the study's earlier one, and of its failure where it had one; returns its stamp."""
    c, stamp = tables.study.c, _now()
    with writing(read.store.engine) as connection:
        connection.execute(delete(tables.study).where(c.name.in_((name, FAILED + name))))
        connection.execute(
            insert(tables.study).values(
                name=name,
                fingerprint=print_,
                data_version=read.version,
                as_of=read.as_of,
                made_at=stamp,
                seconds=took,
                content=content,
                reads=" ".join(reads),
            )
        )
    return stamp


def keep_failure(read: Any, full: str, print_: str, error: Exception) -> None:
    """Keep why a study could not be made, beside the result that it has from before.

    Raises:
        StoreProblem, DBAPIError: the store cannot be written.
    """
    _keep(read, FAILED + full, print_, 0.0, packed(f"{type(error).__name__}: {error}"))
    read.store.changed()


def outstanding(read: Any) -> Iterator[tuple[Study, tuple[Any, ...]]]:
    """Studies whose kept result is missing, late or damaged, in the order of making; of a release those of its own that are missing."""
    store: Store = read.store
    for one in every():
        for args in one.over(read):
            wanted = store.release is None or one.of_release(args)
            if wanted and not _present(store, one, args):
                yield one, args


def kept(store: Store) -> list[Result]:
    """What is kept, by name."""
    c = tables.study.c
    chosen = select(c.name, c.fingerprint, c.data_version, c.as_of, c.made_at, c.seconds).order_by(c.name)
    with store.connect() as connection:
        rows = [Result(*row) for row in connection.execute(chosen)]
    return [row for row in rows if not row.name.startswith(FAILED)]


def failures(store: Store) -> dict[str, str]:
    """Why studies could not be worked out, by name."""
    c = tables.study.c
    chosen = select(c.name, c.content).where(c.name.startswith(FAILED, autoescape=True)).order_by(c.name)
    with store.connect() as connection:
        return {
            str(name).removeprefix(FAILED): str(unpacked(content))
            for name, content in connection.execute(chosen)
        }


def drop(store: Store, names: Sequence[str]) -> int:
    """Drop kept results by name, or all where none is named; returns how many went."""
    statement = delete(tables.study)
    if names:
        statement = statement.where(tables.study.c.name.in_([*names, *(FAILED + name for name in names)]))
    with writing(store.engine) as connection:
        gone = connection.execute(statement).rowcount
    store.changed()
    return int(gone)
