"""The process that makes the studies of every city, so that no reader waits for one.

It is started and ended with the app. While it keeps results, readers take the last ones (`answers.studies.on_duty`); where it
says that it cannot keep any (a read-only store), or does not come up, they make what they need by themselves.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from anyio import to_thread

_log = logging.getLogger("ieum.studies")
ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "answers", "studies", "--watch", "--parent")
# One thread of linear algebra: readers' pages come first.
FRUGAL = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
AGAIN_AFTER_S, AT_MOST_S = 1.0, 60.0
# The worker's own start takes a processor for seconds: the first visitor's page goes before it.
FIRST_AFTER_S = 4.0
ENDURED = 3  # deaths in a row before readers no longer count on it
END_WITHIN_S = 5.0


class Worker:
    """Keeps one worker process running and takes its word for whether readers may count on it."""

    def __init__(self, command: Sequence[str] = COMMAND, *, after_s: float = 0.0) -> None:
        self.command = tuple(command)
        self.after_s = after_s
        self.process: subprocess.Popen[str] | None = None
        self._ended = Event()
        self._lock = Lock()  # between a start and the end of everything
        self._thread = Thread(target=self._keep, name="studies", daemon=True)

    def start(self) -> None:
        """Start it. Readers count on it from the first moment: it takes seconds to come up, a study longer."""
        self._thread.start()

    def stop(self) -> None:
        """End it for good."""
        self._ended.set()
        with self._lock:
            process = self.process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(END_WITHIN_S)

    def _keep(self) -> None:
        _take_duty(True)
        try:
            self._ended.wait(self.after_s)
            self._again_and_again()
        finally:
            _take_duty(False)

    def _again_and_again(self) -> None:
        deaths, pause = 0, AGAIN_AFTER_S
        while not self._ended.is_set():
            if self._once():
                deaths, pause = 0, AGAIN_AFTER_S
            if self._ended.is_set():
                return
            deaths += 1
            if deaths >= ENDURED:
                _take_duty(False)
            if deaths in (1, ENDURED):
                _log.warning("the process that makes studies ended; it is started again")
            self._ended.wait(pause)
            pause = min(pause * 2, AT_MOST_S)

    def _once(self) -> bool:
        """One life of the process; whether it came up in it."""
        process = self._begun()
        if process is None or process.stdout is None:
            return False
        came_up = False
        with process.stdout as lines:
            for line in lines:
                came_up = self._heard(line.strip()) or came_up
        process.wait()
        return came_up

    def _begun(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._ended.is_set():
                return None
            try:
                self.process = subprocess.Popen(
                    [*self.command, str(os.getpid())],
                    env=_surroundings(),
                    text=True,
                    encoding="utf-8",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is the app's to take
                )
            except OSError as error:
                _log.warning("studies cannot be made ahead: %s", type(error).__name__)
                self.process = None
            return self.process

    def _heard(self, line: str) -> bool:
        """Take a line of the worker; whether it says that it has come up."""
        from answers import studies

        city, _, told = line.partition(" ")
        if told == studies.ON_DUTY:
            studies.take_duty(city, True)
            return True
        if told.startswith(studies.OFF_DUTY):
            studies.take_duty(city, False)
            _log.info("studies are not made ahead: %s", line)
            return True
        return False  # what it has made it notes itself


def _take_duty(is_there: bool) -> None:
    """The word for every city at once."""
    from answers import studies  # late and in the worker's thread: the app starts at once
    from data import cities

    for city in cities.CITIES:
        studies.take_duty(city, is_there)


def _surroundings() -> dict[str, str]:
    """The app's own surroundings: the store's address may be relative to where it was started."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**FRUGAL, **os.environ, "PYTHONPATH": os.pathsep.join(path)}


@asynccontextmanager
async def at_work(_app: Any) -> AsyncIterator[None]:
    """A worker for as long as the app runs."""
    worker = Worker(after_s=FIRST_AFTER_S)
    worker.start()
    try:
        yield
    finally:
        await to_thread.run_sync(worker.stop)
