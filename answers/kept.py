"""What was made once is kept and shared: by what was asked, on which state of the data, with which rights.

An entry remembers the studies that it rests on and falls when one of them has been made anew. A newer state of the data
drops the entries of the older one. Readers that ask for the same at once wait for one making.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
MOST = 4000


@dataclass
class Ground:
    """What a making rests on: studies by name with the stamp seen, those older than the data, those without any result yet, those that
    could not be worked out of the present data, rules of judgement, tables with the districts that it speaks for where they are a part of
    the city, and the months that nobody has closed in the middle of what was asked for.
    """

    studies: dict[str, str] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    awaited: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    parts: set[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=set)
    gaps: set[int] = field(default_factory=set)

    def take(self, other: Ground) -> None:
        """Rest on what the other rests on, too."""
        self.studies |= other.studies
        self.late |= other.late
        self.awaited |= other.awaited
        self.failed |= other.failed
        self.rules |= other.rules
        self.parts |= other.parts
        self.gaps |= other.gaps


_STACK = threading.local()


def ground() -> Ground:
    """What the making that is under way rests on; one that nobody reads outside of any."""
    return _making() or Ground()


def _making() -> Ground | None:
    stack: list[Ground] | None = getattr(_STACK, "grounds", None)
    return stack[-1] if stack else None


@contextmanager
def noted() -> Any:
    """Note what is rested on within; it is handed on to the making around it."""
    if not hasattr(_STACK, "grounds"):
        _STACK.grounds = []
    mine = Ground()
    _STACK.grounds.append(mine)
    try:
        yield mine
    finally:
        _STACK.grounds.pop()
        ground().take(mine)


@dataclass
class _Entry:
    value: Any
    ground: Ground


class Shelf:
    """Made things by key, the least lately used put away first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._entries: OrderedDict[Any, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Any, threading.Lock] = {}
        self._newest: dict[str, int] = {}

    def get(self, read: Any, name: str, asked: Any, make: Callable[[], Any]) -> Any:
        """The thing kept under a key if it still stands, else made, kept and returned."""
        key = (read.key, name, asked)
        found = self._standing(read, key)
        if found is None:
            with self._lock:
                one = self._making.setdefault(key, threading.Lock())
            with one:
                found = self._standing(read, key)
                if found is None:
                    with noted() as mine:
                        found = _Entry(make(), mine)
                    self._put(read, key, found)
            with self._lock:
                self._making.pop(key, None)
        if (around := _making()) is not None:
            around.take(found.ground)
        return found.value

    def _standing(self, read: Any, key: Any) -> _Entry | None:
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
        if any(read.store.stamp(name) != stamp for name, stamp in found.ground.studies.items()):
            return None
        return found

    def _put(self, read: Any, key: Any, entry: _Entry) -> None:
        address, version = read.key[0], read.key[1]
        with self._lock:
            if version > self._newest.get(address, -1):
                self._newest[address] = version
                for old in [k for k in self._entries if k[0][0] == address and k[0][1] < version]:
                    del self._entries[old]
            self._entries[key] = entry
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def forget(self, address: str) -> None:
        """Put away everything of one store."""
        with self._lock:
            self._newest.pop(address, None)
            for old in [key for key in self._entries if key[0][0] == address]:
                del self._entries[old]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


SHELF = Shelf()


def kept(make: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Keep what a function of a reader and plain arguments makes. The result is shared: not to be changed."""
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def made(read: Any, *args: P.args, **named: P.kwargs) -> R:
        found: R = SHELF.get(
            read, name, (args, tuple(sorted(named.items()))), lambda: make(read, *args, **named)
        )
        return found

    return made
