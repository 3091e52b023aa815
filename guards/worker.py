"""The process at the other end of `guards.confined`: `python -m guards.worker module:function`."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import math
import os
import select
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from guards.confined import MB, receive, send

with contextlib.suppress(ImportError):  # where a system has no such limits, the parent's clock still holds
    import resource

IDLE_S = 600.0  # a process that nobody needs ends by itself
STAYS_MB = 48  # one that has grown by more than this is replaced: the next file gets an idle process
SPACE_MB = 192  # and one whose addresses have grown by more
_OUT_OF_MEMORY = ("bad_alloc", "out of memory", "cannot allocate")  # as libraries below Python say it
NICE = 5  # the screens come first


def main(work: str) -> None:
    """Serve pieces of work until the other side is gone."""
    answers = os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)  # whatever a library prints must not reach the answers
    os.nice(NICE)
    module, _, name = work.partition(":")
    function = getattr(importlib.import_module(module), name)
    _no_traces()
    gc.collect()
    gc.freeze()
    idle = _pages()
    send(answers, {}, [])
    while select.select([sys.stdin.buffer], [], [], IDLE_S)[0]:
        asked = receive(sys.stdin.buffer)
        if asked is None:
            return
        send(answers, {}, [])
        head, parts = asked
        del asked
        status, answer = _done(function, parts, head)
        del parts
        stays = status["status"] == "ok" and _is_idle_again(idle, answer)
        send(answers, {**status, "stays": stays}, answer)
        if not stays:
            return
        del answer
        gc.collect()


def _is_idle_again(idle: tuple[int, int], answer: Sequence[bytes | memoryview]) -> bool:
    """Whether the process holds little more than an idle one, without its answer; what is free in it goes back to the system first.

    Addresses do not go back with it: they too are bounded, since the next file's limit is counted from them.
    """
    held = sum(map(len, answer))
    if _pages()[1] - idle[1] - held >= STAYS_MB * MB:
        gc.collect()
        with contextlib.suppress(OSError, AttributeError):  # only glibc keeps so much, and can be asked
            ctypes.CDLL(None).malloc_trim(0)
    space, resident = (now - before - held for now, before in zip(_pages(), idle, strict=True))
    return resident < STAYS_MB * MB and space < SPACE_MB * MB


def _done(
    function: Callable[[list[bytes]], Sequence[bytes | memoryview]], parts: list[bytes], head: dict[str, Any]
) -> tuple[dict[str, str], Sequence[bytes | memoryview]]:
    """Do the work under its limits; what went wrong is told without a word of what was worked on."""
    _confine(head["memory"] - sum(map(len, parts)), head["seconds"])
    try:
        return {"status": "ok"}, function(parts)
    except MemoryError:
        return {"status": "memory"}, []
    except Exception as error:
        if any(word in str(error).lower() for word in _OUT_OF_MEMORY):
            return {"status": "memory"}, []
        last = traceback.extract_tb(error.__traceback__)[-1]
        return {
            "status": "failed",
            "detail": f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}",
        }, []
    finally:
        _release()


def _no_traces() -> None:
    """No core dump: it would hold what somebody wrote."""
    with contextlib.suppress(NameError, OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _confine(memory: int, seconds: float) -> None:
    """Limit the address space to what is in use now and `memory`, the processor to `seconds` from now."""
    with contextlib.suppress(NameError, OSError, ValueError):
        space = _pages()[0]
        if space:
            resource.setrlimit(resource.RLIMIT_AS, (space + max(memory, 0), resource.RLIM_INFINITY))
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = math.ceil(used.ru_utime + used.ru_stime + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _release() -> None:
    """Lift both limits, so that the answer can be written."""
    with contextlib.suppress(NameError, OSError, ValueError):
        for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _pages() -> tuple[int, int]:
    """Bytes of address space and of resident memory; zeros where the system does not say."""
    try:
        space, resident = Path("/proc/self/statm").read_text().split()[:2]
    except OSError:
        return 0, 0
    return int(space) * os.sysconf("SC_PAGE_SIZE"), int(resident) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(sys.argv[1])
