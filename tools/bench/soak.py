"""Holds the app under people who come and go, and watches what it holds: `python -m tools.bench soak --sessions 20 --seconds 3600`.

Every half minute the server's memory, open files, threads, connections and sessions are noted. What is compared is the second sixth of the
time with the last: by then every page has been seen, so that nothing should grow any more.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from tools.bench import report, sessions
from tools.bench.pages import VIEWS
from tools.bench.shared import Server, served

STAY_S = (30.0, 180.0)
LOOK_S = 30.0
MORE, MORE_MB = 1.05, 20.0  # growth that is no growth: allocators and caches breathe


@dataclass(frozen=True)
class Held:
    """What the server holds at a moment."""

    resident_mb: float
    files: int
    threads: int
    sockets: int
    sessions: int


def held(server: Server) -> Held:
    """Read of the process and of the server's own metrics."""
    place = Path(f"/proc/{server.pid}")
    found = []
    for one in (place / "fd").iterdir():
        try:
            found.append(os.readlink(one))
        except OSError:  # closed meanwhile
            continue
    status = (place / "status").read_text()
    threads = int(status.split("Threads:")[1].split()[0])
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/_stcore/metrics", timeout=10) as answer:
        told = answer.read().decode()
    active = next(line for line in told.splitlines() if line.startswith("active_sessions"))
    sockets = sum(one.startswith("socket:") for one in found)
    return Held(server.resident_mb(), len(found) - sockets, threads, sockets, int(float(active.split()[-1])))


async def guest(port: int, seed: int, until: float, load: sessions.Load) -> None:
    """One place at a table: somebody comes, looks around for a while and goes; then the next."""
    dice = random.Random(seed)
    while (now := time.perf_counter()) < until:
        leaves = min(now + dice.uniform(*STAY_S), until)
        await sessions.visitor(port, VIEWS, dice.randrange(2**31), leaves, load)


async def watched(server: Server, number: int, seconds: float) -> tuple[sessions.Load, list[Held]]:
    """So many places for so long, and what was held meanwhile."""
    load, seen = sessions.Load(), []
    await sessions.warm(server, VIEWS)
    until = time.perf_counter() + seconds

    async def look() -> None:
        while time.perf_counter() < until:
            seen.append(await asyncio.to_thread(held, server))
            await asyncio.sleep(LOOK_S)

    await asyncio.gather(look(), *(guest(server.port, sessions.SEED + n, until, load) for n in range(number)))
    return load, seen


def grown(seen: Sequence[Held]) -> list[tuple[str, float, float, bool]]:
    """(what, median of the second sixth, of the last, whether it grew) of what was seen."""
    sixth = max(len(seen) // 6, 1)
    early, late = seen[sixth : 2 * sixth], seen[-sixth:]
    out = []
    for entry in fields(Held):
        before, after = (
            statistics.median(getattr(one, entry.name) for one in part) for part in (early, late)
        )
        room = MORE_MB if entry.name == "resident_mb" else 5
        out.append((entry.name, before, after, after > before * MORE + room))
    return out


def main(argv: Sequence[str]) -> int:
    """`python -m tools.bench soak --sessions N --seconds S`."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench soak", description="People who come and go.")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=3600.0)
    asked = parser.parse_args(argv)
    began, scale = report.machine(), report.scale()
    with served() as server:
        load, seen = asyncio.run(watched(server, asked.sessions, asked.seconds))
    found = grown(seen)
    answered = (
        f"{asked.sessions} places for {asked.seconds / 60:.0f} minutes, each taken by somebody for {STAY_S[0]:.0f} to {STAY_S[1]:.0f} s: "
        f"{len(load.times):,} answers, {load.errors} errors, p95 {load.at(0.95):.0f} ms, longest {load.at(1):.0f} ms. {began}"
    )
    names = {"resident_mb": "memory, MB", "files": "open files", "threads": "threads", "sockets": "connections", "sessions": "sessions"}  # fmt: skip
    rows = [
        f"| {names[name]} | {before:,.0f} | {after:,.0f} | {'grew' if more else 'no growth'} |"
        for name, before, after, more in found
    ]
    print(answered, *rows, sep="\n")
    report.put(
        f"soak-{scale}",
        f"An hour of people who come and go, scale {scale}"
        if asked.seconds >= 3600
        else f"People who come and go, scale {scale}",
        [answered, "", "| held | second sixth | last sixth | |", "|---|---|---|---|", *rows],
    )
    return int(load.errors > 0 or any(more for *_, more in found))
