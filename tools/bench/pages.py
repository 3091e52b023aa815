"""Measures every page as a session meets it, and prints ratios within one run.

A raw WebSocket session drives the real server: time from a change to `script_finished`, and the bytes that the change
sends. Beside each time stand a page of definitions on the same server, so that two machines can be compared by ratio,
and bare Streamlit: under `streamlit run` where starts are compared, served by the same code where changes are.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.bench import report
from tools.bench.shared import BARE, Server, Session, connect, plain, served, wait
from tools.browser import CHROMIUM
from ui.shell import PAGES

RUNS = 25
# Milliseconds of a warm change at scale 1 and at larger scales, and bytes on the wire.
LIMITS = {
    "need": (60, 80, 30_000),
    "change": (60, 80, 30_000),
    "reach": (60, 80, 30_000),
    "gap": (60, 80, 30_000),
    "funnel": (60, 80, 30_000),
    "cluster": (60, 80, 30_000),
    "dong": (60, 80, 60_000),
}


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
    "counselling": (
        "counselling",
        [{"course": c} for c in ("cascade", "waits", "attendance", "outcomes", "providers")],
    ),
    "detection": ("detection", [{"detect": d} for d in ("steps", "signs", "workload", "points")]),
    "programmes": ("programmes", [{"lang": "ko"}, {"lang": "en"}]),
    # Whole runs are kept: a warm page draws them again.
    "what-if": ("reisolation", [{"lv": lv} for lv in ("aftercare-100", "peer-60", "aftercare-100.peer-60")]),
    "reisolation": (
        "reisolation",
        [{"part": p, "lv": "aftercare-100"} for p in ("compare", "cost", "seen", "trust", "assumptions")],
    ),
}
LIMITS |= dict.fromkeys(SERVICES, (80, 80, 60_000))

VIEWS = {
    "need": _asked(
        "need",
        "indicator=isolation_prevalence&year=2026",
        "indicator=isolation_prevalence&year=2024&gu=11210",
        "indicator=loneliness_prevalence&year=2024&gu=11210",
        "indicator=loneliness_prevalence&year=2024&group=female",
        "indicator=one_person_share&year=2025&gu=11110",
        "indicator=isolation_prevalence&year=2022&estimate=direct",
    ),
    "change": _asked(
        "change",
        "indicator=isolation_prevalence",
        "indicator=loneliness_prevalence&gu=11210",
        "indicator=answer_rate",
        "indicator=one_person_share&group=all",
    ),
    "reach": _asked(
        "reach",
        "indicator=reach_rate&year=2026",
        "indicator=reach_rate&year=2025&gu=11210",
        "indicator=answer_rate&year=2026",
        "indicator=recovery_rate&year=2025",
    ),
    "gap": _asked("gap", "year=2026", "year=2025", "year=2025&gu=11210"),
    "funnel": _asked(
        "funnel",
        "indicator=answer_rate&year=2026",
        "indicator=referral_rate&year=2026&gu=11210",
        "indicator=answer_rate&year=2025&spread=additive",
    ),
    "cluster": _asked(
        "cluster",
        "indicator=isolation_prevalence",
        "indicator=one_person_share&gu=11210",
        "indicator=one_person_share&banks=touch",
    ),
    "dong": _asked(
        "need", *(f"indicator=one_person_share&level=dong&year={y}" for y in ("2025", "2020", "2015"))
    ),
    "profile": ("district_profile", [{"gu": "11210"}, {"gu": "11110"}]),
    "overview": ("", [{"lang": "ko"}, {"lang": "en"}]),
    "about": ("about", [{"lang": "ko"}, {"lang": "en"}]),
    **SERVICES,
}


# Milliseconds of a change of a filter, and of a change of the page, once both have been seen; of the first view after a start.
FILTER_MS, PAGE_MS, FIRST_MS = 25, 40, 1000
STARTS = 3
BARE_VIEWS = {
    f"p{n}": (f"p{n}" if n else "", [{"year": str(year)} for year in range(2020, 2027)]) for n in range(12)
}
# Seconds from the start of the server to a drawn page in Chromium, and times the bare page.
START_S, START_TIMES = 4.5, 1.3
DRAWN = {
    "overview": (lambda: served(healthy=False), "", ".choroplethlayer path.choroplethlocation"),
    "map": (lambda: served(healthy=False), "district_map", ".choroplethlayer path.choroplethlocation"),
    "bare": (lambda: plain(BARE.with_name("main.py")), "", ".barlayer .points path"),
}


@dataclass(frozen=True)
class Found:
    """What a session met: milliseconds of the first view, of a filter and of a page, and bytes of a filter's change."""

    first: float
    warm: float
    page: float
    size: int


async def measure(
    port: int, views: Mapping[str, tuple[str, Sequence[dict[str, str]]]], *, other: str
) -> dict[str, Found]:
    """View -> what was found. `other` is the page from which the page is changed."""
    found: dict[str, Found] = {}
    for name, (page, queries) in views.items():
        async with connect(port) as socket:
            session = Session(socket)
            first, _ = await session.run(page, queries[0], whole=True)
            for query in queries:
                await session.run(page, query)
            warm = [await session.run(page, queries[n % len(queries)]) for n in range(RUNS)]
            changes = []
            for n in range(RUNS):
                await session.run(other, {}, whole=True)
                changes.append((await session.run(page, queries[n % len(queries)], whole=True))[0])
        found[name] = Found(
            first, statistics.median(t for t, _ in warm), statistics.median(changes), max(b for _, b in warm)
        )
    return found


async def first_view(server: Server, page: str) -> float:
    """Milliseconds of the first view of a server that has just started, nothing chosen."""
    async with connect(server.port) as socket:
        return (await Session(socket).run(page, {}, whole=True))[0]


def first_views() -> tuple[bool, list[str]]:
    """Print how long each page takes as the first that a started server shows; whether the limit was missed, and what was printed."""
    took = {}
    for name, (path, _) in PAGES.items():
        found = []
        for _ in range(STARTS):
            with served() as server:
                found.append(asyncio.run(first_view(server, path)))
        took[name] = statistics.median(found)
    kept = max(took.values()) <= FIRST_MS
    line = (
        f"first view of a server that has just started, median of {STARTS} (limit {FIRST_MS} ms, {'ok' if kept else 'OVER'}): "
        + ", ".join(f"{name} {ms:.0f}" for name, ms in took.items())
    )
    print(line)
    return not kept, [f"- {line}"]


def start_to_drawn(name: str) -> float | None:
    """Seconds from starting the server to a drawn chart in Chromium; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not CHROMIUM.exists():
        return None
    serving, path, mark = DRAWN[name]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        try:
            started = time.perf_counter()
            with serving() as server:
                wait(server.port)
                page.goto(f"http://127.0.0.1:{server.port}/{path}")
                page.wait_for_selector(mark, state="attached")  # a bar of no height is drawn too
                return time.perf_counter() - started
        finally:
            browser.close()


def starts() -> tuple[bool, list[str]]:
    """Print how long a start takes to a drawn page; whether a limit was missed, and what was printed."""
    rounds = [{name: start_to_drawn(name) for name in DRAWN} for _ in range(STARTS)]
    took = {name: statistics.median(r[name] or 0.0 for r in rounds) for name in DRAWN}
    if not took["bare"]:
        return False, []
    lines = [f"server start to drawn map in Chromium: {took['map']:.1f} s (median of {STARTS}; limit 5)"]
    times = took["overview"] / took["bare"]
    kept = took["overview"] <= START_S and times <= START_TIMES
    lines.append(
        f"server start to drawn overview: {took['overview']:.1f} s, {times:.2f} x bare Streamlit's {took['bare']:.1f} s "
        f"(limits {START_S} s, {START_TIMES} x) {'ok' if kept else 'OVER'}"
    )
    print("\n".join(lines))
    return not kept, [f"- {line}" for line in lines]


def run() -> bool:
    """Print what was measured; whether a limit was missed."""
    began = report.machine()
    failed, lines = starts()
    slow, more = first_views()
    failed, lines = failed or slow, lines + more
    with served() as server, served(BARE) as bare:
        found = asyncio.run(measure(server.port, VIEWS, other="about"))
        found["bare"] = asyncio.run(measure(bare.port, {"bare": BARE_VIEWS["p1"]}, other=""))["bare"]
    base = found["about"].warm
    scale = report.scale()
    lines += [
        "",
        f"First view of a running server, then once seen: a change of a filter (beside the page of definitions, × about) and of the page; medians of {RUNS}. {began}",
        "",
        "| view | running ms | filter ms | × about | kB | page ms |",
        "|---|---|---|---|---|---|",
    ]
    print("seen: first view of a running server; change and page: once seen")
    print(f"{'view':<12}{'seen ms':>9}{'change':>8}{'x about':>9}{'kB':>7}{'page':>8}   limits")
    for name, at in found.items():
        bound = LIMITS.get(name)
        most = None if bound is None else bound[0] if scale == 1 else bound[1]
        within = bound is None or ((most is None or at.warm <= most) and at.size <= bound[2])
        quick = name == "bare" or (at.warm <= FILTER_MS and at.page <= PAGE_MS)
        failed |= not (within and quick)
        said = "" if bound is None else f"{most} ms, {bound[2] / 1000:.0f} kB {'ok' if within else 'OVER'}; "
        said += (
            "" if name == "bare" else f"change {FILTER_MS} ms, page {PAGE_MS} ms {'ok' if quick else 'OVER'}"
        )
        print(
            f"{name:<12}{at.first:>9.0f}{at.warm:>8.1f}{at.warm / base:>9.2f}{at.size / 1000:>7.1f}"
            f"{at.page:>8.1f}   {said}"
        )
        told = (
            name,
            f"{at.first:.0f}",
            f"{at.warm:.1f}",
            f"{at.warm / base:.2f}",
            f"{at.size / 1000:.1f}",
            f"{at.page:.1f}",
        )
        lines.append(f"| {' | '.join(told)} |")
    report.put(f"pages-{scale}", f"Pages, scale {scale}", lines)
    return failed
