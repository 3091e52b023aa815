"""The door for boundary files: each is read, matched and checked in a process of its own, with limits that follow its size."""

from __future__ import annotations

import json
from typing import Any

from geo.own_boundaries import wire
from geo.own_boundaries.check import Report
from geo.own_boundaries.codes import Known
from geo.own_boundaries.files import MAX_BYTES, Refused, Source
from geo.own_boundaries.outline import Outline
from guards.confined import MB, Exhausted, Limits, Room, allowance, allowed

WORKED = 4  # shapes that are repaired and laid edge to edge are there several times
_ROOM = Room("geo.own_boundaries.child:work")


def receive(name: str, content: bytes, *, layer: str | None = None, limits: Limits | None = None) -> Source:
    """`files.read`, in a process of its own.

    Args:
        limits: what the file may use; by its size if None.

    Raises:
        Refused: as `files.read`; or memory, time (it needs more than its limits) and broken.
    """
    if len(content) > MAX_BYTES:
        raise Refused("too_large", size=len(content) // MB + 1, limit=MAX_BYTES // MB)
    return wire.unpack_source(_ask("read", [content], limits or allowed(content), name=name, layer=layer))


def seek(source: Source, known: Known) -> str:
    """`codes.find_column`, in a process of its own.

    Raises:
        Refused: memory, time or broken.
    """
    parts = [*wire.pack_source(source), *wire.pack_known(known)]
    return _ask("find", parts, _by_size(parts))[0].decode()


def examine(
    source: Source, known: Known, *, limits: Limits | None = None, **choices: Any
) -> tuple[Report, Outline]:
    """`check.check` and the drawing of its report, in a process of its own.

    Args:
        choices: column, level, crs, merge as `check.check` takes them.

    Raises:
        Refused: as `check.check`; or memory, time and broken.
    """
    parts = [*wire.pack_source(source), *wire.pack_known(known)]
    return wire.unpack_report(_ask("check", parts, limits or _by_size(parts), **choices), source)


def _by_size(parts: list[bytes]) -> Limits:
    return allowance(WORKED * sum(map(len, parts)))


def _ask(what: str, parts: list[bytes], granted: Limits, **asked: Any) -> list[bytes]:
    try:
        refused, *answer = _ROOM.run([json.dumps({"what": what, **asked}).encode(), *parts], granted)
    except Exhausted as spent:
        detail = {"limit": granted.memory // MB if spent.kind == "memory" else round(granted.seconds)}
        raise (
            Refused(spent.kind, **detail) if spent.kind in ("memory", "time") else Refused("broken")
        ) from spent
    said = json.loads(refused)
    if said is not None:
        raise Refused(said["kind"], **said["detail"])
    return answer
