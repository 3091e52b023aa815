"""Measures the door: files made to stop the server beside somebody who looks at a page.

    python -m tools.bench --only door

Each file of `tools.attacks` is received by a server of ours while another session changes its view without pause. How long
that takes, what the reading process holds above an idle one, and what the other session's answers take meanwhile are told,
the latter beside its answers when nothing is sent. How fast a clean file comes in: `tools.bench.imports`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guards.confined import allowed
from tools import attacks
from tools.bench.shared import BARE, Server, Session, connect, served
from tools.processes import children, repeatedly, resident_mb

APP = BARE.with_name("door.py")
REFUSED_WITHIN_S, ABOVE_IDLE_MB = 5.0, 150.0
P95_TIMES, P95_MORE_MS = 1.5, 50.0
ALONE_S = 10.0
LOOKS = 3  # for a file that is refused at once, at least so many answers of the other session
SMALL = {"file-small.csv": b"a,b\n1,2\n", "boundary-small.zip": b"nothing"}


@contextmanager
def watched(pid: int) -> Iterator[dict[int, list[float]]]:
    """First and highest memory of every child of a process, while the block runs."""
    seen: dict[int, list[float]] = {}

    def look() -> None:
        for child in children(pid):
            now = resident_mb(child)
            known = seen.setdefault(child, [now, now])
            known[1] = max(known[1], now)

    with repeatedly(look, every_s=0.005):
        yield seen


async def looking(session: Session, times: list[float], over: asyncio.Event, *, least: int = 0) -> None:
    """Change the view without pause until it is over."""
    n = 0
    while n < least or not over.is_set():
        took, _ = await session.run("", {"year": str(2020 + n % 7)})
        times.append(took)
        n += 1


def p95(times: list[float]) -> float:
    """What 95 of 100 answers kept within."""
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


async def attacked(server: Server, folder: Path, names: list[str]) -> bool:
    """Send every file while another session looks; whether a limit was missed."""
    async with connect(server.port) as first, connect(server.port) as second:
        victim, sender = Session(first), Session(second)
        for name in SMALL:
            await sender.run("take", {"file": name}, whole=True)
        await victim.run("", {})
        alone: list[float] = []
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(ALONE_S, over.set)
        await looking(victim, alone, over)
        base, missed, beside = p95(alone), False, []
        print(f"{'file':<56}{'s':>6}{'MB':>7}{'p95 ms':>8}")
        for name in names:
            # The process that reads is an idle one again, whatever the file before did to it.
            await sender.run(
                "take",
                {"file": "boundary-small.zip" if name.startswith("b") else "file-small.csv"},
                whole=True,
            )
            times: list[float] = []
            over = asyncio.Event()
            with watched(server.pid) as seen:
                looks = asyncio.create_task(looking(victim, times, over, least=LOOKS))
                took, _ = await sender.run("take", {"file": name}, whole=True)
                over.set()
                await looks
            above = max((high - start for start, high in seen.values()), default=0.0)
            beside += times
            size = allowed((folder / name).read_bytes())  # a large file may use more, as docs/import.md says
            within, most = max(REFUSED_WITHIN_S, size.seconds), max(ABOVE_IDLE_MB, size.memory / 1e6)
            late = took > 1000 * within or above > most
            missed |= late
            print(f"{name:<56}{took / 1000:>6.1f}{above:>7.0f}{p95(times):>8.0f}{' OVER' if late else ''}")
    limit = max(P95_TIMES * base, base + P95_MORE_MS)
    kept = p95(beside) <= limit
    print(
        f"another session: p95 {base:.0f} ms alone, {p95(beside):.0f} ms beside them (limit {limit:.0f}) {'ok' if kept else 'OVER'}"
    )
    return missed or not kept


def run() -> bool:
    """Print what was measured; whether a limit was missed."""
    with tempfile.TemporaryDirectory() as folder:
        files = {
            **SMALL,
            **{f"file-{name}": made() for name, made in attacks.FILES.items()},
            **{f"boundary-{name}": made() for name, made in attacks.BOUNDARIES.items()},
        }
        for name, made in files.items():
            (Path(folder) / name).write_bytes(made)
        os.environ["BENCH_FILES"] = folder
        try:
            with served(APP) as server:
                missed = asyncio.run(
                    attacked(server, Path(folder), [name for name in files if name not in SMALL])
                )
        finally:
            del os.environ["BENCH_FILES"]
    return missed
