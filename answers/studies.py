"""What takes long is a study: named, made once per state of its inputs, kept in the store, never made while a reader waits.

A study is a function of a reader (and of arguments from a closed list). Its fingerprint covers the tables that it reads, the
day, its arguments and the code; a result whose fingerprint is no longer the present one is shown with its mark until the
worker has made the new one. One worker works at a time on a store (`watch`), held by a lock.
"""

from __future__ import annotations

import hashlib
import io
import logging
import multiprocessing
import os
import pickle
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError

from answers.kept import ground, noted
from answers.rights import VIEWS
from answers.store import Store
from data import logs, tables
from data.alone import alone
from data.cities import of_release
from data.coverage import with_summaries
from data.engine import StoreProblem, writing
from locales import t

_log = logging.getLogger("ieum.studies")
ROOT = Path(__file__).resolve().parent.parent
CODE = ("answers", "data", "evaluation", "forecast", "geo", "metrics")
CORES = os.cpu_count() or 1
FAILED = "failed:"  # before a study's name: the row that keeps why it could not be worked out
WATCH_EVERY_S = 1.0
LOOK_EVERY_S = 30.0  # at a release, for what was taken out of it or can no longer be read
RETRY_EVERY_S = 10.0  # where the store cannot serve, cannot be written, or is another worker's
# What a worker tells the process that started it, a line at a time: whether readers may count on it.
ON_DUTY, OFF_DUTY = "on duty", "off duty"


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


Looked = dict[int, tuple[float, dict[str, str]]]
Work = tuple[Study, tuple[Any, ...]]  # a study with its arguments


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
    if read.patient and not _stands(store, full, now):
        with _making(store, full):
            if not _stands(store, full, now):
                _make(read, one, args, in_memory=True)
    stamp, failed = store.stamp(full), store.study_state(FAILED + full) == now
    ground().studies |= {full: stamp, FAILED + full: store.stamp(FAILED + full)}
    if store.study_state(full) != now:
        (ground().failed if failed else ground().late).add(full)
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
                _make(read, one, args, in_memory=True)
    ground().studies[full] = stamp = store.stamp(full)
    if not stamp or (own and not _readable(store, full)):
        if own:  # the worker makes it
            failed = bool(store.stamp(FAILED + full))
            ground().studies[FAILED + full] = store.stamp(FAILED + full)
            (ground().failed if failed else ground().late).add(full)
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
    return _stands(store, full, fingerprint(one, args, store))


def _stands(store: Store, full: str, now: str) -> bool:
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


def _make(read: Any, one: Study, args: tuple[Any, ...], *, in_memory: bool = False) -> float:
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


def outstanding(read: Any) -> Iterator[tuple[Study, tuple[Any, ...]]]:
    """Studies whose kept result is missing, late or damaged, in the order of making; of a release those of its own that are missing."""
    store: Store = read.store
    for one in every():
        for args in one.over(read):
            wanted = store.release is None or one.of_release(args)
            if wanted and not _present(store, one, args):
                yield one, args


def make_all(
    store: Store, *, said: Callable[[str], None] = lambda line: None, failed: dict[str, str] | None = None
) -> int:
    """Make what is outstanding; returns how many were made. One that fails is logged and passed over.

    Args:
        failed: fingerprints of those that failed before, by name: they are not tried again until their inputs change.

    Raises:
        StoreProblem: the store cannot serve, or cannot be written.
    """
    failed = {} if failed is None else failed
    read, count = _reader(store), 0
    waiting = [
        (one, args)
        for one, args in outstanding(read)
        if failed.get(full_name(one.name, args)) != fingerprint(one, args, store)
    ]
    beside = Beside(store) if len(waiting) > 1 and CORES > 1 else None
    try:
        while waiting:
            names = {one.name for one, _ in waiting}
            free = [work for work in waiting if not names & set(work[0].rests_on)]
            if beside and not beside.work and (apart := next((w for w in free if w[0].apart), None)):
                beside.start(apart)
            mine = next((work for work in free if not beside or work != beside.work), None)
            if beside and beside.work and (mine is None or beside.is_over):
                mine, took = beside.ended()
                if took is not None:
                    waiting.remove(mine)
                    logs.note("study", name=full_name(mine[0].name, mine[1]), seconds=round(took, 3))
                    said(f"{full_name(mine[0].name, mine[1])}: {took:.2f} s")
                    count += 1
                    continue
                # It could not be made there: made here, it says why.
            mine = mine or waiting[0]
            waiting.remove(mine)
            count += _tried(read, *mine, failed=failed, said=said)
    finally:
        if beside:
            beside.close()
    return count


def _tried(
    read: Any, one: Study, args: tuple[Any, ...], *, failed: dict[str, str], said: Callable[[str], None]
) -> bool:
    """Make a study, or keep why it could not be made; whether it was."""
    full, print_ = full_name(one.name, args), fingerprint(one, args, read.store)
    try:
        took = _make(read, one, args)
    except StoreProblem:
        raise
    except Exception as error:
        failed[full] = print_
        if not isinstance(error, Pending):  # a release may lack what one rests on
            _log.exception("study %s failed", full, exc_info=error)
        _keep(read, FAILED + full, print_, 0.0, packed(f"{type(error).__name__}: {error}"))
        read.store.changed()
        logs.note("study failed", name=full, error=type(error).__name__)
        said(f"{full}: failed ({type(error).__name__})")
        return False
    logs.note("study", name=full, seconds=round(took, 3))
    said(f"{full}: {took:.2f} s")
    return True


class Beside:
    """A process that makes one study after the other beside this one, and ends with it; `work` is what it makes now."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.work: Work | None = None
        self.process: Any = None

    def start(self, work: Work) -> None:
        """Begin with a study."""
        self.work, (one, args) = work, work
        spawn = multiprocessing.get_context("spawn")
        told = (self.store.url, one.name, args, os.getpid())
        self.process = spawn.Process(target=_alone, args=told, daemon=True)
        self.process.start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self.process.is_alive()

    def ended(self) -> tuple[Work, float | None]:
        """Wait for its study; returns which it is and the seconds that it took, None where it was not made."""
        assert self.work is not None
        self.process.join()
        (one, args), self.work = self.work, None
        self.store.changed()
        full = full_name(one.name, args)
        if not _stands(self.store, full, fingerprint(one, args, self.store)):
            return (one, args), None
        return (one, args), next(row.seconds for row in kept(self.store) if row.name == full)

    def close(self) -> None:
        """End it, whatever it does."""
        if self.work:
            self.process.terminate()
            self.process.join()


def _alone(url: str, name: str, args: tuple[Any, ...], parent: int) -> None:
    """In a process of its own: make a study, as long as whoever wants it is there."""

    def end_with_parent() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_EVERY_S)
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    logs.begin()
    _make(_reader(Store.of(url)), entered(name), args)


def of_releases(
    store: Store, *, said: Callable[[str], None] = lambda line: None, looked: Looked | None = None
) -> int:
    """Make what a city's releases lack of their own studies, the newest first; returns how many were made.

    Args:
        looked: by release when it was looked at, and what failed there: none is looked at twice within `LOOK_EVERY_S`. One that cannot be
            read or written is left until then.
    """
    looked, count = {} if looked is None else looked, 0
    for number in store.releases():
        when, failed = looked.get(number, (-LOOK_EVERY_S, {}))
        if time.monotonic() - when < LOOK_EVERY_S:
            continue
        looked[number] = (time.monotonic(), failed)
        with suppress(StoreProblem, DBAPIError):
            one = Store.of(of_release(store.url, number))
            one.changed()
            if next(outstanding(_reader(one)), None) is not None:
                _can_be_written(one)
                count += make_all(one, said=said, failed=failed)
    return count


def _reader(store: Store) -> Any:
    """A reader that waits for what it makes; its module rests on this one."""
    from answers.reader import Reader

    return Reader(store, patient=True)


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


# --- The worker -------------------------------------------------------------------------------------------


def watch(
    store: Store, *, wanted: Callable[[], bool] = lambda: True, said: Callable[[str], None] = print
) -> None:
    """Make studies whenever the data change, as long as it is wanted.

    It says whether readers may count on it (`ON_DUTY`, `OFF_DUTY` and why) when that changes. Where another worker has
    the store it waits for its turn; where the store cannot serve or cannot be written it says so once and tries now and then.
    """
    from answers import ahead  # it rests on studies itself

    told = ""

    def tell(line: str) -> None:
        nonlocal told
        if line != told:
            told = line
            said(line)

    while wanted():
        try:
            store.forget()
            store.notes()
            _can_be_written(store)
            with alone(store.engine, "studies") as mine:
                tell(ON_DUTY)
                failed: dict[str, str] = {}
                looked: Looked = {}
                while mine and wanted():
                    store.changed()
                    make_all(store, said=said, failed=failed)
                    _alerts(store)
                    ahead.make_all(store, said=said)
                    of_releases(store, said=said, looked=looked)
                    if (published := store.latest()) is not None:
                        with suppress(
                            StoreProblem
                        ):  # a release that cannot be read is its readers' trouble alone
                            ahead.make_all(published, said=said)
                    time.sleep(WATCH_EVERY_S)
        except StoreProblem as problem:  # while another writes it is only a matter of time
            tell(ON_DUTY if problem.kind == "busy" else f"{OFF_DUTY}: {problem.kind}")
        except Exception as error:
            said_so = f"{OFF_DUTY}: {type(error).__name__}"
            if told != said_so:
                _log.warning("studies wait: %s", type(error).__name__, exc_info=error)
            tell(said_so)
        _rest(wanted)


def _alerts(store: Store) -> None:
    """Note what alerts say of the present state; a rule that cannot be looked at costs nobody a study."""
    from answers import alerts  # it rests on studies itself

    try:
        alerts.keep(store, at=datetime.now(UTC).replace(tzinfo=None))
    except StoreProblem:
        raise
    except Exception as error:
        _log.exception("alerts could not be noted", exc_info=error)


def _rest(wanted: Callable[[], bool]) -> None:
    """Wait before the next try, but not when nobody wants it any more."""
    until = time.monotonic() + RETRY_EVERY_S
    while wanted() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, WATCH_EVERY_S))


def _can_be_written(store: Store) -> None:
    """Fail before anything is worked out for a store that could not keep it."""
    with writing(store.engine) as connection:
        connection.execute(delete(tables.study).where(tables.study.c.name == ""))


# --- Packing ------------------------------------------------------------------------------------------------

_ROOTS = ("answers", "data", "forecast", "geo", "metrics", "numpy", "pandas", "pyarrow")
_PLAIN = (
    {
        ("builtins", n)
        for n in ("set", "frozenset", "complex", "slice", "bytearray", "list", "dict", "tuple", "range")
    }
    | {("datetime", n) for n in ("date", "datetime", "timedelta", "time", "timezone")}
    | {
        ("collections", "OrderedDict"),
        ("pathlib", "PosixPath"),
        ("decimal", "Decimal"),
        ("_codecs", "encode"),
    }
)
_MAKERS = {
    "_restore_array",
    "type_for_alias",
    "py_buffer",
    "_reconstruct",
    "scalar",
    "_frombuffer",
    "_unpickle_block",
    "new_block",
    "_new_Index",
    "_new_DatetimeIndex",
    "_new_PeriodIndex",
    "__pyx_unpickle_BaseOffset",
    "_period_unpickle",
    "__newobj__",
    "_unpickle_timestamp",
    "__pyx_unpickle_NDArrayBacked",
    "__pyx_unpickle_BlockManager",
    "_new_interval_index",
    "_load_sized_offset",
}


class _Reader(pickle.Unpickler):
    """Takes data classes of ours, arrays and frames; a kept result that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        root = module.partition(".")[0]
        if root in _ROOTS:
            found = super().find_class(module, name)
            if isinstance(found, type) or name in _MAKERS or name.startswith("__pyx_unpickle"):
                return found
        raise pickle.UnpicklingError(f"a study's result holds {module}.{name}")


class _Writer(pickle.Pickler):
    """Notes the fields of every data class that it meets."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.fields: dict[tuple[str, str], tuple[str, ...]] = {}

    def reducer_override(self, one: Any) -> Any:
        kind = type(one)
        if is_dataclass(kind) and "." not in kind.__qualname__:
            self.fields[kind.__module__, kind.__qualname__] = tuple(f.name for f in fields(kind))
        return NotImplemented


def packed(made: Any) -> bytes:
    """A result as the store keeps it, with the fields of its data classes."""
    body = io.BytesIO()
    writer = _Writer(body)
    writer.dump(made)
    return zlib.compress(pickle.dumps((writer.fields, body.getvalue()), protocol=5), 1)


def unpacked(content: bytes) -> Any:
    """What was kept, where it holds nothing but data of ours, as this code knows them.

    Raises:
        UnpicklingError: it names anything else, or an earlier version kept it with other fields.
    """
    kept = _Reader(io.BytesIO(zlib.decompress(content))).load()
    if not (isinstance(kept, tuple) and len(kept) == 2 and isinstance(kept[0], dict)):
        raise pickle.UnpicklingError("it was kept by an earlier version")
    reader = _Reader(io.BytesIO(kept[1]))
    for (module, name), known in kept[0].items():
        found = reader.find_class(module, name)
        if known != tuple(f.name for f in fields(found)):
            raise pickle.UnpicklingError(f"{module}.{name} had other fields")
    return reader.load()
