"""What somebody meets while the store has a fault: the page in place of the overview, and the word on a change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from actions.changing import changing
from answers.kept import SHELF
from answers.store import Store, StoreProblem
from data import audit, cities
from locales import t

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = (
    *("absent", "incomplete", "old", "newer", "unreachable", "readonly", "busy", "full", "silent", "damaged"),
    *("denied", "crowded", "replaced"),
)
SERVES = "serves"
MESSAGE_WITHIN_S, NORMAL_WITHIN_S = 3.0, 10.0
AT = datetime(2026, 11, 1)
BULK = ""  # what a change brings with it


@dataclass(frozen=True)
class Fault:
    """A way in which a store fails.

    Attributes:
        number: in docs/trust.md. on: sqlite or postgresql. breaks: a context in which it has the fault, given its place. page, change: what each
            may say, `SERVES` among them where it works all the same. fresh: whether pages are met without anything kept.
    """

    number: int
    name: str
    on: str
    breaks: Callable[[Any], AbstractContextManager[None]]
    page: tuple[str, ...]
    change: tuple[str, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Met:
    """What was met: seconds to the page and to the word on a change, what each said, seconds to normal after the repair."""

    fault: Fault
    page: str
    page_s: float
    change: str
    change_s: float
    normal_s: float
    tracebacks: int

    def wrong(self) -> Iterator[str]:
        """What is not as it must be."""
        if self.page not in self.fault.page:
            yield f"the page said {self.page}"
        if self.fault.change and self.change not in self.fault.change:
            yield f"the change said {self.change}"
        if self.tracebacks:
            yield f"{self.tracebacks} tracebacks"
        for what, seconds in (("page", self.page_s), ("change", self.change_s)):
            if seconds > MESSAGE_WITHIN_S:
                yield f"{what} after {seconds:.1f} s"
        if self.normal_s > NORMAL_WITHIN_S:
            yield f"normal after {self.normal_s:.1f} s"


class Screen:
    """A visitor on the office's overview."""

    def __init__(self) -> None:
        self._test = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        self._test.query_params["city"] = cities.OFFICE

    def look(self) -> tuple[str, float, int]:
        """What the page says (a kind of problem, `SERVES`, or the text of another error), after how long, and tracebacks."""
        Store.of_city(cities.OFFICE).changed()  # as a second later
        began = time.monotonic()
        self._test.run()
        took = time.monotonic() - began
        errors = [str(one.value) for one in self._test.error]
        said = next((k for k in KINDS if any(t(f"store.{k}.what", "ko") in e for e in errors)), "")
        return said or (errors[0][:80] if errors else SERVES), took, len(self._test.exception)


def change() -> tuple[str, float]:
    """What somebody is told who changes something, and after how long."""
    began = time.monotonic()
    try:
        with changing(Store.of_city(cities.OFFICE)) as engine:
            audit.written(engine, "set_up", at=AT, tried=BULK)
        said = SERVES
    except StoreProblem as problem:
        said = problem.kind
    except Exception as error:
        said = type(error).__name__
    return said, time.monotonic() - began


def meet(fault: Fault, place: Any, screen: Screen) -> Met:
    """Break the store, look, change something, repair it, and look until all is normal."""
    before, _, _ = screen.look()
    if before != SERVES:
        raise RuntimeError(f"the store does not serve before the fault: {before}")
    with fault.breaks(place):
        if fault.fresh:
            SHELF.clear()
        page, page_s, tracebacks = screen.look()
        told, change_s = change() if fault.change else ("", 0.0)
    began = time.monotonic()
    while (again := screen.look())[0] != SERVES and time.monotonic() - began < NORMAL_WITHIN_S + 5:
        tracebacks += again[2]
        time.sleep(0.2)
    return Met(fault, page, page_s, told, change_s, time.monotonic() - began, tracebacks)
