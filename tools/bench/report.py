"""docs/performance.md: each measurement has a section of its own, which its command writes anew."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from data import cities
from data.engine import check, make_engine

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "performance.md"
HEAD = """# Performance

Measured figures, each section written by the command that measures it (`tools/bench`). Ratios within a section tell more than seconds, which depend on the machine.
"""


def put(key: str, title: str, lines: Sequence[str], *, file: Path = FILE) -> None:
    """Write a section in place of the one with its key, or at the end."""
    text = file.read_text(encoding="utf-8") if file.exists() else HEAD
    start, end = f"<!-- {key} -->", f"<!-- /{key} -->"
    section = "\n".join([start, f"## {title}", "", *lines, end])
    found = re.search(f"{re.escape(start)}.*?{re.escape(end)}", text, re.DOTALL)
    text = (
        text[: found.start()] + section + text[found.end() :] if found else f"{text.rstrip()}\n\n{section}\n"
    )
    file.write_text(text, encoding="utf-8")


def machine() -> str:
    """The machine in a sentence, as it is when it begins to measure."""
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start."


def scale() -> int:
    """How many times the rows of scale 1 the demonstration city has."""
    return int(check(make_engine(cities.address(cities.DEMO))).get("scale", "1"))
