"""python -m tools.attack [--cells 500] [--parts city wire offices releases controls utility] [--only PAGE …]"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from answers.reader import Reader
from answers.store import Store
from data.cities import DEMO
from tools.attack import asks, offices, releases, report, wire
from tools.attack.collect import Found, collected, say
from tools.attack.invert import OTHERS, OURS, Policy
from tools.attack.utility import utility

CORES = len(os.sched_getaffinity(0))
PARTS = ("city", "wire", "offices", "releases", "controls", "utility")
RECOVERED = {
    "none": 1.0,
    "primary": 0.25,
}  # what the attack must work out exactly where less protects: else it is broken


def main(given: Sequence[str] | None = None) -> int:
    """Attack the published view and print what came of it as rows of Markdown; 1 where a cell falls or the attack is broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.attack", description=__doc__)
    parser.add_argument(
        "--cells", type=int, default=500, help="sensitive cells tried of each store; 0 for all"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--only", nargs="*", default=[], help="pages or questions")
    asked = parser.parse_args(given)
    store = Store.of_city(DEMO)
    fine = True
    found = (
        collected(store, tuple(asked.only)) if set(asked.parts) - {"offices", "releases", "wire"} else Found()
    )
    print(
        "| store | rule | sensitive cells | tried | exact | under five |\n|---|---|---|---|---|---|",
        flush=True,
    )
    if "city" in asked.parts:
        fine &= _tried("demonstration city", store, found, asked.cells)
    if "wire" in asked.parts:
        fine &= _wire(store, tuple(asked.only) or offices.PAGES)
    if "offices" in asked.parts:
        fine &= _offices(store, asked.cells, tuple(asked.only) or offices.PAGES)
    if "releases" in asked.parts:
        fine &= _releases(store, asked.cells, tuple(asked.only) or offices.PAGES)
    if "controls" in asked.parts:
        for name, policy in OTHERS.items():
            fine &= _tried("demonstration city", store, found, asked.cells, policy, RECOVERED.get(name, 0.0))
    if "utility" in asked.parts:
        print("\n| rule | shares | shown | 95 % interval, of the exact one |\n|---|---|---|---|")
        for policy in (OURS, *(OTHERS[name] for name in ("ons", "nhs"))):
            made = utility(store, found, policy)
            print(f"| {policy.name} | {made.shares:,} | {made.kept:.1%} | {made.growth:.2f} |", flush=True)
    return 0 if fine else 1


def _wire(store: Store, pages: tuple[str, ...]) -> bool:
    """Whether a running server serves what was attacked, over HTTP and over its socket."""
    read = Reader(store)
    with wire.served() as address:
        fetched, wrong = wire.differing(address, read, asks.every(read, pages))
        opened, more = wire.further(address, read, asks.singly(read, pages))
    say(f"{fetched} answers and their tables over HTTP, {len(wrong)} of them not as attacked")
    say(f"{opened} views over the socket, {len(more)} of them with a figure more")
    made, unknown = wire.digests(read)
    say(f"{made} digests, {len(unknown)} of them with a figure more")
    wrong += more + unknown
    for line in wrong[:5]:
        say(line)
    return not wrong


def _offices(store: Store, cells: int, pages: tuple[str, ...]) -> bool:
    fine = True
    for kind in offices.KINDS:
        with tempfile.TemporaryDirectory() as folder:
            office = offices.cut(store, kind, Path(folder))
            fine &= _tried(kind, office, collected(office, pages), cells)
            office.engine.dispose()
    return fine


def _releases(store: Store, cells: int, pages: tuple[str, ...]) -> bool:
    """Two releases with corrections between them, attacked together."""
    fine = True
    for kind in releases.KINDS:
        with tempfile.TemporaryDirectory() as folder:
            both = releases.pair(store, kind, Path(folder))
            out = releases.attacked(both, cells_asked=cells, only=pages, workers=CORES)
            fine &= _told(f"two releases, {kind} ({both.made.months_held} months held)", out)
            for one in (both.before, both.after):
                one.engine.dispose()
    return fine


def _tried(
    name: str, store: Store, found: Found, cells: int, policy: Policy = OURS, recovered: float | None = None
) -> bool:
    """Print a row; whether nothing fell, or of a control whether enough was worked out."""
    began = time.monotonic()
    out = report.attacked(store, found, cells_asked=cells, policy=policy, workers=CORES)
    fine = _told(name, out, recovered, show=policy is OURS)
    say(f"{time.monotonic() - began:.0f} s")
    return fine


def _told(name: str, out: report.Outcome, recovered: float | None = None, *, show: bool = True) -> bool:
    """Print what came of an attack as a row; as `_tried`."""
    row = (
        name,
        out.policy,
        *(f"{n:,}" for n in (out.sensitive, len(out.tried), len(out.exact), len(out.few))),
    )
    print(f"| {' | '.join(row)} |", flush=True)
    for line in out.untrue[:5]:
        say(f"a constraint is not true: {line}")
    if show:
        for target, low, high in out.few[:20]:
            say(f"{target.kind} {target.label}: {low} to {high}")
    sound = not out.untrue and not out.wrong
    if recovered is None:
        return sound and not out.few
    return sound and len(out.exact) >= recovered * len(out.tried)


if __name__ == "__main__":
    sys.exit(main())
