"""Reads one file in the process that `data.imports.door` keeps for it (`guards.worker`)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from data.imports import wire, xlsx  # noqa: F401  loaded before the first file comes
from data.imports.lookups import Lookups
from data.imports.pipeline import preview


def work(parts: list[bytes]) -> Sequence[bytes | memoryview]:
    """One file: what is asked as JSON, and the file's bytes; gives a `Parsed` as `wire` packs it."""
    asked = json.loads(parts[0])
    known = asked["lookups"]
    parsed = preview(
        asked["file_name"],
        parts.pop(),
        template=asked["template"],
        money=asked["money"],
        books=asked["books"],
        lookups=Lookups(**{**known, "kostat": frozenset(known["kostat"])}),
    )
    return wire.pack(parsed)
