"""docs/studies/mutants.md: how many changes no test notices, which they are, and which of them change nothing.

Kept by hand: `equivalent.toml`, the changes that alter nothing a reader or caller could see, each with the reason. An entry
holds for a file and the lines that the change takes out and puts in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools import study

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
KINDS = (
    ("a number", "NumberReplacer"),
    ("arithmetic", "Operator_(Add|Sub|Mul|Div|FloorDiv|Mod|Pow|USub|UAdd)"),
    ("an order or equality", "Comparison"),
    ("a condition", "AddNot|Not|ReplaceAnd|ReplaceOr|True|False"),
    ("a loop", "ZeroIteration|Break|Continue"),
    ("masks, exceptions, decorators", ""),
)
LEAST = 600
PARTS = ("metrics", "forecast", "geo", "data/release.py", "data/rollups.py", "data/imports")


def reasons() -> dict[tuple[str, str], str]:
    """Why a change is none, by file and shown lines."""
    found = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {(row["path"], row["change"].strip()): row["why"] for row in found.get("equivalent", [])}


def kind(operator: str) -> str:
    """What sort of thing a change alters."""
    return next(name for name, pattern in KINDS if re.search(pattern, operator))


def text(rows: list[dict[str, Any]], seed: int, sample: int) -> str:
    """The page of a sample, each row a change with `path`, `line`, `operator`, `shown`, `survives` and `seconds`."""
    known = reasons()
    alive = [row for row in rows if row["survives"]]
    same = [row for row in alive if key(row) in known]
    real = [row for row in alive if key(row) not in known]
    spent = sum(row["seconds"] for row in rows) / 60
    lines = [
        "# Changes that no test notices",
        "",
        f"Printed by `make mutants SAMPLE={sample} SEED={seed}` (`python -m tools.mutants`). One operator, number or decision",
        "of the code is changed at a time, and the tests that call the changed function run until one fails. An operator is exchanged",
        "for another of its kind; annotations and docstrings are left alone. Tests of whole pages, servers and browsers do not take part.",
        "",
        f"{len(rows)} changes{'' if len(rows) == sample else f' of {sample}'} drawn with seed {seed}, {spent:.0f} minutes on one process: **{len(real)} live "
        f"({100 * len(real) / max(len(rows), 1):.1f} %)**, and {len(same)} more that change nothing.",
        f"{sum(row.get('lived', row['survives']) for row in rows)} lived when first asked about; tests have been written for them "
        "since, so that another seed says more about what is left.",
        f"Asked: at most 8 % of at least {LEAST}. "
        + (
            f"Bar {study.kept(len(real) <= 0.08 * len(rows))}."
            if len(rows) >= LEAST
            else "Bar open: too few so far."
        ),
        "",
        "## By place and by kind",
        "",
    ]
    header = ("", "changes", "live", "%", "change nothing")
    places = [(part, [row for row in rows if row["path"].startswith(part)]) for part in PARTS]
    kinds = [(name, [row for row in rows if kind(row["operator"]) == name]) for name, _ in KINDS]
    lines += study.table(header, (_counted(name, part, known) for name, part in places if part))
    lines += ["", *study.table(header, (_counted(name, part, known) for name, part in kinds if part))]
    lines += ["", "## Those that live", "", *_listed(real)]
    lines += ["", "## Those that change nothing", "", *_listed(same, known)]
    return "\n".join(lines) + "\n"


def key(row: dict[str, Any]) -> tuple[str, str]:
    return row["path"], "\n".join(row["shown"])


def _counted(name: str, rows: list[dict[str, Any]], known: dict[tuple[str, str], str]) -> tuple[object, ...]:
    alive = [row for row in rows if row["survives"]]
    same = sum(key(row) in known for row in alive)
    real = len(alive) - same
    return name, len(rows), real, f"{100 * real / len(rows):.1f}", same


def _listed(rows: Iterable[dict[str, Any]], known: dict[tuple[str, str], str] | None = None) -> list[str]:
    found = []
    for row in sorted(rows, key=lambda row: (row["path"], row["line"])):
        why = f" {known[key(row)]}" if known else ""
        found += [f"- `{row['path']}:{row['line']}`{why}", "", "  ```diff"]
        found += [f"  {line}" for line in row["shown"]] + ["  ```"]
    return found or ["None."]
