"""Whoever makes studies: all that are outstanding, a long one in a process beside, and the worker that does so whenever the data change.

One worker works at a time on a store (`watch`), held by a lock. What a study is and what is kept of it is `answers/studies.py`.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from answers import ahead, alerts, studies
from answers.reader import Reader
from answers.store import Store
from answers.studies import OFF_DUTY, ON_DUTY, Pending, Study, fingerprint, full_name, outstanding
from data import logs, tables
from data.alone import alone
from data.cities import of_release
from data.engine import StoreProblem, writing

_log = logging.getLogger("ieum.studies")
CORES = os.cpu_count() or 1
WATCH_EVERY_S = 1.0
LOOK_EVERY_S = 30.0  # at a release, for what was taken out of it or can no longer be read
RETRY_EVERY_S = 10.0  # where the store cannot serve, cannot be written, or is another worker's
Looked = dict[int, tuple[float, dict[str, str]]]
Work = tuple[Study, tuple[Any, ...]]  # a study with its arguments


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
    read, count = Reader(store, patient=True), 0
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
                    _tell(full_name(mine[0].name, mine[1]), took, said)
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
        took = studies.make(read, one, args)
    except StoreProblem:
        raise
    except Exception as error:
        failed[full] = print_
        if not isinstance(error, Pending):  # a release may lack what one rests on
            _log.exception("study %s failed", full, exc_info=error)
        studies.keep_failure(read, full, print_, error)
        logs.note("study failed", name=full, error=type(error).__name__)
        said(f"{full}: failed ({type(error).__name__})")
        return False
    _tell(full, took, said)
    return True


def _tell(full: str, took: float, said: Callable[[str], None]) -> None:
    """That a study was made, and in how many seconds."""
    logs.note("study", name=full, seconds=round(took, 3))
    said(f"{full}: {took:.2f} s")


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
        if not studies.stands(self.store, full, fingerprint(one, args, self.store)):
            return (one, args), None
        return (one, args), next(row.seconds for row in studies.kept(self.store) if row.name == full)

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
    studies.make(Reader(Store.of(url), patient=True), studies.entered(name), args)


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
            if next(outstanding(Reader(one, patient=True)), None) is not None:
                _can_be_written(one)
                count += make_all(one, said=said, failed=failed)
    return count


def watch(
    store: Store, *, wanted: Callable[[], bool] = lambda: True, said: Callable[[str], None] = print
) -> None:
    """Make studies whenever the data change, as long as it is wanted.

    It says whether readers may count on it (`ON_DUTY`, `OFF_DUTY` and why) when that changes. Where another worker has
    the store it waits for its turn; where the store cannot serve or cannot be written it says so once and tries now and then.
    """
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
