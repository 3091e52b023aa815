"""Many people at once: sessions that think, change pages and filters, beside the same load on bare Streamlit.

    make bench                                     part of it
    python -m tools.bench load --sessions 50 --seconds 60

What was measured is written to docs/performance.md, one section a scale.

Each session is a raw WebSocket with a seed of its own. Time is that from a message to `script_finished`; processor time
and memory are those of the server's process. The bare app is served by the same code on the same machine in the same
run, so that two machines can be compared by the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import websockets

from tools.bench import report
from tools.bench.pages import BARE_VIEWS, VIEWS
from tools.bench.shared import BARE, Server, Session, connect, served

NUMBERS = (1, 10, 30, 50)
SECONDS = 40.0
THINK_S = (1.0, 3.0)
ANSWER_WITHIN_S = 60.0
SEED = 120
# With the largest number of sessions.
P95_MS, P95_TIMES, RESIDENT_MB, RUN_MS = 150.0, 6.0, 700.0, 15.0
# Two processes behind one address: each browser stays with one of them.
TEAM, TEAM_P95_MS = 200, 300.0

Views = Mapping[str, tuple[str, Sequence[dict[str, str]]]]


@dataclass
class Load:
    """What a number of sessions met."""

    times: list[float] = field(default_factory=list)
    errors: int = 0
    run_ms: float = 0.0
    resident_mb: float = 0.0

    def at(self, share: float) -> float:
        """The time that this share of the answers kept within."""
        ordered = sorted(self.times) or [float("inf")]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def visitor(port: int, views: Views, seed: int, until: float, load: Load) -> None:
    """One session: thinks, then changes the page or a filter, until the time is over."""
    dice = random.Random(seed)
    names = list(views)
    page, queries = views[dice.choice(names)]
    try:
        async with connect(port) as socket:
            session = Session(socket)
            await asyncio.sleep(dice.uniform(0, THINK_S[1]))
            whole = True
            while time.perf_counter() < until:
                answer = session.run(page, dice.choice(queries), whole=whole)
                took, _ = await asyncio.wait_for(answer, ANSWER_WITHIN_S)
                load.times.append(took)
                load.errors += session.troubled
                await asyncio.sleep(dice.uniform(*THINK_S))
                whole = dice.random() < 0.5
                if whole:
                    page, queries = views[dice.choice(names)]
    except (OSError, TimeoutError, websockets.WebSocketException):
        load.errors += 1


async def together(servers: Sequence[Server], views: Views, number: int) -> Load:
    """A number of sessions at once, each with one of the servers, as a browser stays with its process."""
    load, before = Load(), sum(server.processor_s() for server in servers)
    until = time.perf_counter() + SECONDS
    await asyncio.gather(
        *(visitor(servers[n % len(servers)].port, views, SEED + n, until, load) for n in range(number))
    )
    spent = sum(server.processor_s() for server in servers) - before
    load.run_ms = 1000 * spent / max(len(load.times), 1)
    load.resident_mb = sum(server.resident_mb() for server in servers)
    return load


async def warm(server: Server, views: Views) -> None:
    """See every view once: first views are measured with the pages."""
    async with connect(server.port) as socket:
        session = Session(socket)
        for page, queries in views.values():
            for n, query in enumerate(queries):
                await session.run(page, query, whole=not n)


async def compare(ours: Server, bare: Server, numbers: Sequence[int]) -> dict[int, tuple[Load, Load]]:
    """Print both loads for each number of sessions; number -> ours and bare Streamlit's."""
    await warm(ours, VIEWS)
    await warm(bare, BARE_VIEWS)
    print(
        f"{'sessions':<10}{'answers':>8}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}{'errors':>7}{'CPU ms/run':>11}{'MB':>6}"
    )
    found = {}
    for number in numbers:
        pair = (await together([ours], VIEWS, number), await together([bare], BARE_VIEWS, number))
        for name, load in zip((f"{number}", f"{number} bare"), pair, strict=True):
            print(
                f"{name:<10}{len(load.times):>8}{load.at(0.5):>8.0f}{load.at(0.95):>8.0f}"
                f"{load.at(1):>8.0f}{load.errors:>7}{load.run_ms:>11.1f}{load.resident_mb:>6.0f}"
            )
        mine, theirs = found[number] = pair
        print(
            f"{'x bare':<10}{'':>8}{mine.at(0.5) / theirs.at(0.5):>8.1f}{mine.at(0.95) / theirs.at(0.95):>8.1f}"
            f"{'':>15}{mine.run_ms / max(theirs.run_ms, 0.1):>11.1f}"
        )
    return found


def written(found: Mapping[int, tuple[Load, Load]], began: str) -> None:
    """Put what was measured into docs/performance.md."""
    scale = report.scale()
    lines = [
        f"{SECONDS:.0f} s each, thinking {THINK_S[0]:.0f} to {THINK_S[1]:.0f} s between two changes of page or filter, over the socket, one process; "
        f"beside it the same load on a bare Streamlit app, served by the same code. {began}",
        "",
        "| sessions | answers | p50 ms | p95 ms | longest ms | errors | processor ms a run | resident MB | bare: p50 ms | p95 ms | processor ms a run |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for number, (mine, theirs) in found.items():
        told = (number, len(mine.times), *(f"{mine.at(s):.0f}" for s in (0.5, 0.95, 1)), mine.errors, f"{mine.run_ms:.1f}", f"{mine.resident_mb:.0f}",
                f"{theirs.at(0.5):.0f}", f"{theirs.at(0.95):.0f}", f"{theirs.run_ms:.1f}")  # fmt: skip
        lines.append(f"| {' | '.join(map(str, told))} |")
    report.put(f"sessions-{scale}", f"Sessions at once, scale {scale}", lines)


def judged(number: int, mine: Load, theirs: Load) -> bool:
    """Print each limit with what was measured; whether one was missed."""
    limits = (
        (f"p95 {mine.at(0.95):.0f} ms", f"{P95_MS:.0f} ms", mine.at(0.95) <= P95_MS),
        (
            f"p95 {mine.at(0.95) / theirs.at(0.95):.1f} x bare",
            f"{P95_TIMES:.0f} x",
            mine.at(0.95) <= P95_TIMES * theirs.at(0.95),
        ),
        (f"{mine.errors} errors", "none", mine.errors == 0),
        (f"{mine.resident_mb:.0f} MB resident", f"{RESIDENT_MB:.0f} MB", mine.resident_mb <= RESIDENT_MB),
        (f"{mine.run_ms:.1f} ms of processor a run", f"{RUN_MS:.0f} ms", mine.run_ms <= RUN_MS),
    )
    for found, limit, kept in limits:
        print(f"  {number} sessions: {found} (limit {limit}) {'ok' if kept else 'OVER'}")
    return not all(kept for *_, kept in limits)


async def spread(servers: Sequence[Server], number: int) -> Load:
    """A number of sessions over several processes that have seen every view."""
    for server in servers:
        await warm(server, VIEWS)
    return await together(servers, VIEWS, number)


def team() -> bool:
    """Print how two processes serve many; whether the limit was missed."""
    began, scale = report.machine(), report.scale()
    with served() as one, served() as other:
        load = asyncio.run(spread((one, other), TEAM))
    kept = load.at(0.95) <= TEAM_P95_MS and not load.errors
    line = (
        f"{TEAM} sessions over two processes, {SECONDS:.0f} s: {len(load.times):,} answers, p50 {load.at(0.5):.0f} ms, p95 {load.at(0.95):.0f} ms "
        f"(limit {TEAM_P95_MS:.0f}), longest {load.at(1):.0f} ms, {load.errors} errors, {load.run_ms:.1f} ms of processor a run, "
        f"{load.resident_mb:.0f} MB together; who asks runs on the same machine. {began}"
    )
    print(line, "ok" if kept else "OVER")
    report.put(f"team-{scale}", f"Two processes, scale {scale}", [line])
    return not kept


def run() -> bool:
    """Print what was measured; whether a limit was missed."""
    return any([measured(NUMBERS), team()])


def measured(numbers: Sequence[int]) -> bool:
    """The same for some numbers of sessions; the limits are those of the largest."""
    began = report.machine()
    with served() as ours, served(BARE) as bare:
        found = asyncio.run(compare(ours, bare, numbers))
    written(found, began)
    return judged(max(numbers), *found[max(numbers)])


def main(argv: Sequence[str]) -> int:
    """`python -m tools.bench load --sessions N --seconds S`."""
    global SECONDS
    parser = argparse.ArgumentParser(prog="python -m tools.bench load", description="Many people at once.")
    parser.add_argument("--sessions", type=int, default=max(NUMBERS))
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args(argv)
    SECONDS = asked.seconds
    return int(measured((asked.sessions,)))
