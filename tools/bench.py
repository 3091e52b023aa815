"""Measures the map and the overview as a session meets them, and prints ratios within one run.

    make bench            the store of DATABASE_URL, else var/ieum.db
    SCALE=100 make demo bench

A raw WebSocket session drives the real server: time from a filter change to `script_finished`, and the bytes that
the change sends. The yardstick beside each time is an empty rerun of the same server, so that two machines can be
compared by ratio.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data.engine import DEFAULT_URL, check, make_engine
from tools import bench_budget, bench_reisolation
from tools.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
RUNS = 25
# Milliseconds of a warm change at scale 1 and at larger scales, and bytes on the wire.
LIMITS = {"need": (60, 80, 30_000), "change": (60, 80, 30_000), "reach": (60, 80, 30_000), "gap": (60, 80, 30_000),
          "funnel": (60, 80, 30_000), "cluster": (60, 80, 30_000), "dong": (60, 80, 60_000)}  # fmt: skip


def _asked(question: str, *changes: str) -> tuple[str, list[dict[str, str]]]:
    """A question of the map with one filter changed after the other: 'indicator=x&year=y&gu=z'."""
    return "district_map", [
        {"q": question, **dict(part.split("=") for part in c.split("&"))} for c in changes
    ]


# Warm pages, whatever the number of rows behind their facts.
SERVICES = {
    "kpi": ("kpi", [{"kpi": "answer_rate"}, {"kpi": "recovery_rate"}]),
    "hotline": ("hotline", [{"part": p} for p in ("flow", "waits", "hours", "callers")]),
    "staffing": ("hotline", [{"part": "staffing"}, {"part": "staffing", "level80": "90"}]),
    "counselling": ("counselling", [{"course": c} for c in ("cascade", "waits", "attendance", "outcomes", "providers")]),
    "detection": ("detection", [{"detect": d} for d in ("steps", "signs", "workload", "points")]),
    "programmes": ("programmes", [{"lang": "ko"}, {"lang": "en"}]),
    # Whole runs are kept: a warm page draws them again.
    "what-if": ("reisolation", [{"lv": lv} for lv in ("aftercare-100", "peer-60", "aftercare-100.peer-60")]),
    "reisolation": ("reisolation", [{"part": p, "lv": "aftercare-100"} for p in ("compare", "cost", "seen", "trust", "assumptions")]),
}  # fmt: skip
LIMITS |= dict.fromkeys(SERVICES, (80, 80, 60_000))

VIEWS = {
    "need": _asked("need", "indicator=isolation_prevalence&year=2026", "indicator=isolation_prevalence&year=2024&gu=11210",
                   "indicator=loneliness_prevalence&year=2024&gu=11210", "indicator=loneliness_prevalence&year=2024&group=female",
                   "indicator=one_person_share&year=2025&gu=11110", "indicator=isolation_prevalence&year=2022&estimate=direct"),
    "change": _asked("change", "indicator=isolation_prevalence", "indicator=loneliness_prevalence&gu=11210",
                     "indicator=answer_rate", "indicator=one_person_share&group=all"),
    "reach": _asked("reach", "indicator=reach_rate&year=2026", "indicator=reach_rate&year=2025&gu=11210",
                    "indicator=answer_rate&year=2026", "indicator=recovery_rate&year=2025"),
    "gap": _asked("gap", "year=2026", "year=2025", "year=2025&gu=11210"),
    "funnel": _asked("funnel", "indicator=answer_rate&year=2026", "indicator=referral_rate&year=2026&gu=11210",
                     "indicator=answer_rate&year=2025&spread=additive"),
    "cluster": _asked("cluster", "indicator=isolation_prevalence", "indicator=one_person_share&gu=11210",
                      "indicator=one_person_share&banks=touch"),
    "dong": _asked("need", *(f"indicator=one_person_share&level=dong&year={y}" for y in ("2025", "2020", "2015"))),
    "profile": ("district_profile", [{"gu": "11210"}, {"gu": "11110"}]),
    "overview": ("", [{"lang": "ko"}, {"lang": "en"}]),
    "about": ("about", [{"lang": "ko"}, {"lang": "en"}]),
    **SERVICES,
}  # fmt: skip


class Session:
    """One browser session without a browser."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.fragment = ""

    async def run(self, page: str, query: dict[str, str], *, whole: bool = False) -> tuple[float, int]:
        """Ask for a view; returns milliseconds to `script_finished` and bytes received.

        A filter lives in a fragment where the page has one: then only the fragment runs, as in the browser.
        """
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.page_name = page
        if self.fragment and not whole:
            message.rerun_script.fragment_id = self.fragment
        started = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        size = 0
        while True:
            data = await self.socket.recv()
            size += len(data)
            answer = ForwardMsg()
            answer.ParseFromString(data)
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.fragment_id:
                self.fragment = answer.delta.fragment_id
            if kind == "script_finished":
                return (time.perf_counter() - started) * 1000, size


async def measure(port: int) -> dict[str, tuple[float, float, int]]:
    """View -> (first ms, median warm ms, largest bytes of a warm change)."""
    found: dict[str, tuple[float, float, int]] = {}
    for name, (page, queries) in VIEWS.items():
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as socket:
            session = Session(socket)
            first, _ = await session.run(page, queries[0], whole=True)
            for query in queries:
                await session.run(page, query)
            warm = [await session.run(page, queries[n % len(queries)]) for n in range(RUNS)]
        found[name] = (first, statistics.median(t for t, _ in warm), max(b for _, b in warm))
    return found


def wait(port: int) -> float:
    """Seconds until the server says that it is well."""
    started = time.perf_counter()
    while time.perf_counter() - started < 60:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return time.perf_counter() - started
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def start_to_map(port: int) -> float | None:
    """Seconds from starting the server to 25 drawn districts in Chromium; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not Path("/usr/bin/chromium").exists():
        return None
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        started = time.perf_counter()
        server = serve(port)
        try:
            wait(port)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{port}/district_map")
            page.wait_for_selector(".choroplethlayer path.choroplethlocation")
            return time.perf_counter() - started
        finally:
            browser.close()
            server.terminate()
            server.wait(10)


def serve(port: int) -> subprocess.Popen[bytes]:
    """The app on a port, quietly."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=silent, stderr=silent)


def main() -> int:
    drawn = sorted(t for t in (start_to_map(free_port()) for _ in range(3)) if t is not None)
    if drawn:
        print(f"server start to drawn map in Chromium: {drawn[len(drawn) // 2]:.1f} s (median of 3; limit 5)")
    port = free_port()
    server = serve(port)
    try:
        print(f"server ready after {wait(port):.2f} s")
        found = asyncio.run(measure(port))
    finally:
        server.terminate()
        server.wait(10)
    base = found["about"][1]
    scale = int(check(make_engine(os.environ.get("DATABASE_URL") or DEFAULT_URL)).get("scale", "1"))
    print(f"{'view':<10} {'first ms':>9} {'warm ms':>8} {'x about':>8} {'kB':>7}   limit")
    failed = False
    for name, (first, warm, size) in found.items():
        limit = LIMITS.get(name)
        most = None if limit is None else limit[0] if scale == 1 else limit[1]
        within = limit is None or (warm <= most and size <= limit[2])
        failed |= not within
        said = "" if limit is None else f"{most} ms, {limit[2] / 1000:.0f} kB {'ok' if within else 'OVER'}"
        print(f"{name:<10} {first:>9.0f} {warm:>8.1f} {warm / base:>8.2f} {size / 1000:>7.1f}   {said}")
    failed |= bench_budget.run()
    failed |= bench_reisolation.run()
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
