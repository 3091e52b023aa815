"""What the study commands share: options, Monte Carlo seeds, Markdown tables, and the place of their pages."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "studies"


def generators(seed: int, count: int) -> Iterator[np.random.Generator]:
    """`count` independent generators: the first few are the same whatever the count."""
    for child in np.random.SeedSequence(seed).spawn(count):
        yield np.random.default_rng(child)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table; every column but the first is set right."""
    lines = [f"| {' | '.join(header)} |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return lines + [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]


def kept(holds: bool) -> str:
    return "kept" if holds else "missed"


def command(text: Callable[[int, int], str], *, name: str, replications: int, seed: int) -> None:
    """Print a study's page, and write it to docs/studies with --write."""
    parser = argparse.ArgumentParser(description=f"prints docs/studies/{name}.md")
    parser.add_argument("--replications", type=int, default=replications)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--write", action="store_true", help="write the page instead of printing it alone")
    asked = parser.parse_args()
    page = text(asked.replications, asked.seed)
    print(page, end="")
    if asked.write:
        (FOLDER / f"{name}.md").write_text(page, encoding="utf-8")
