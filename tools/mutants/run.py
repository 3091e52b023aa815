"""Runs, for each change, the tests that could notice it, until the first that does.

Every process is a fork of one that has read the libraries (and, mostly, collected the tests), so that a change costs the
time of its tests alone. A change inside a function is put into that function. One of a module's own lines (a constant, a
default, a decorator), or of a function that already worked while the tests were collected, takes a fork that reads the
project anew. Which tests could notice it is written down beforehand: every test file runs once, unchanged, and each test
keeps the functions that it called. What cannot be read or takes too long counts as noticed.
"""

from __future__ import annotations

import ast
import functools
import gc
import hashlib
import importlib.machinery
import itertools
import json
import os
import shutil
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).resolve().parent.parent.parent
NEWEST = max(path.stem for path in (ROOT / "migrations/versions").glob("[0-9]*.py"))
STORE = ROOT / f"var/mutants/store-{NEWEST[:4]}"  # as this revision has it
CHANGED = tuple(f"{ROOT / name}/" for name in ("metrics", "forecast", "geo", "data"))
LIBRARIES = ("geopandas", "statsmodels.api", "scipy.stats", "plotly.graph_objects", "sqlalchemy", "openpyxl")
# What starts servers and browsers is too slow to run some hundred times.
HEAVY = {"app_url", "page", "pg_url", "browser", "context"}
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:playwright", "--override-ini=addopts=")
# Whole pages, answers and servers take minutes and notice little of what a change does to one figure.
LEFT_OUT = (
    *("page", "pages", "answers", "answers_core", "api", "decisions", "districts", "kpi", "poison", "study"),
    *("serve", "store", "texts", "theme", "tooling", "architecture", "mutants", "rights", "audit"),
)
# What simulates for so long proves a method; it is no way to ask about a figure.
LONGEST_S = 12.0
MOST_S = 10.0  # of tests for one change, the quick ones first: more would be asked in vain of most that live
FIRST_S, TIMES, SLOW_S = 20, 10, 1.0
LOUD = bool(os.environ.get("MUTANTS_LOUD"))


# ── Forks and sessions ────────────────────────────────────────────────────────────────────────────


def forked(work: Callable[[], int], limit: float) -> int | None:
    """The exit status of `work` in a fork of this process, None where it took longer than `limit` seconds."""
    child = os.fork()
    if child == 0:
        os.setsid()
        if not LOUD:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
        try:
            os._exit(work())
        except BaseException:
            os._exit(1)
    end, pause = time.monotonic() + limit, 0.005
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


class Session:
    """Hands the collected tests to `work` in place of pytest's own loop; the first failure ends the process."""

    def __init__(self, work: Callable[[list[pytest.Item]], int]) -> None:
        self.work = work

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not HEAVY & set(getattr(item, "fixturenames", ()))]
        items[:] = [item for item in items if "postgresql" not in item.name]
        for item in items:
            _first_failure_is_enough(item)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        status = 1 if session.testsfailed else self.work(session.items)
        sys.stdout.flush()
        os._exit(status)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            if LOUD:
                sys.stdout.write(f"{report.nodeid}\n{report.longreprtext}\n")
                sys.stdout.flush()
            os._exit(1)


def _first_failure_is_enough(item: pytest.Item) -> None:
    """Hypothesis keeps no failure for later, draws the same each time and looks for no smaller example."""
    from hypothesis import Phase, settings

    test = getattr(item, "obj", None)
    own = getattr(test, "_hypothesis_internal_use_settings", None)
    if own is not None:
        phases = (Phase.explicit, Phase.generate)
        test._hypothesis_internal_use_settings = settings(  # type: ignore[union-attr]
            own, database=None, derandomize=True, phases=phases
        )


def collected(files: Collection[str], work: Callable[[list[pytest.Item]], int]) -> int:
    """Collects tests and runs `work` on them; the process ends there."""
    import data.build

    os.chdir(ROOT)
    data.build.build = _copied_store
    return int(pytest.main([*OPTIONS, *files], plugins=[Session(work)]))


def _copied_store(url: str, *, city: str, lake_folder: Path, **_: Any) -> None:
    """In place of `data.build.build`: both cities are built once, by unchanged code."""
    shutil.copyfile(STORE / f"{city}.db", url.removeprefix("sqlite:///"))
    if city == "demo":
        shutil.copytree(STORE / "lake", lake_folder)


def _build_store() -> int:
    from data.build import build
    from geo import boundaries

    sys.path.insert(0, str(ROOT / "tests"))  # as pytest does for its own files
    from tests.conftest import RECORDED_AT

    STORE.mkdir(parents=True)
    boundaries.build(STORE / "boundaries.parquet", progress=lambda line: None)
    for city in ("office", "demo"):  # by the latter it is known that all is there
        build(
            f"sqlite:///{STORE / 'making.db'}",
            city=city,
            boundaries=STORE / "boundaries.parquet",
            lake_folder=STORE / "lake",
            recorded_at=RECORDED_AT,
        )
        (STORE / "making.db").rename(STORE / f"{city}.db")
    return 0


def in_turn(items: list[pytest.Item], limits: dict[str, int]) -> int:
    """Runs tests one after another; one that takes far longer than it did unchanged ends the process."""
    for item, following in zip(items, [*items[1:], None], strict=False):
        signal.alarm(limits.get(item.nodeid, 60))
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return 0


# ── Which test calls what ─────────────────────────────────────────────────────────────────────────


class Calls:
    """The functions that may be changed and are called while it listens, as path:name."""

    def __init__(self) -> None:
        self.codes: set[CodeType] = set()
        sys.settrace(self)
        threading.settrace(self)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        self.codes.add(frame.f_code)

    def taken(self) -> set[str]:
        """Their names, each under its outermost function, and begins anew."""
        found, self.codes = self.codes, set()
        ours = [code for code in found if code.co_filename.startswith(CHANGED)]
        names = {(code.co_filename, code.co_qualname.split(".<locals>")[0]) for code in ours}
        return {f"{path.removeprefix(f'{ROOT}/')}:{name}" for path, name in names if name[0] != "<"}


class Recorder:
    """Runs the tests of a file unchanged and writes what each called; a shared fixture's calls are every test's."""

    def __init__(self, out: Path) -> None:
        self.out, self.calls, self.shared = out, Calls(), set[str]()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        before, self.calls.codes = self.calls.codes, set()
        yield
        during = set(self.calls.codes)
        if fixturedef.scope != "function":
            self.shared |= self.calls.taken()
        self.calls.codes = before | during

    def __call__(self, items: list[pytest.Item]) -> int:
        at_collection = self.calls.taken()
        tests: dict[str, Any] = {}
        if items:
            items[0].config.pluginmanager.register(self)
        kept, deaf = _kept_results(), []
        for item, following in zip(items, [*items[1:], None], strict=False):
            for found in kept:  # else only the first that asks for a kept result would seem to call
                found.cache_clear()
            sys.settrace(self.calls)
            start = time.process_time()  # whoever else is at work here does not make a test a slow one
            if any(report.failed for report in runtestprotocol(item, log=LOUD, nextitem=following)):
                self.out.with_suffix(".failed").write_text(item.nodeid, encoding="utf-8")
                return 1
            spent = time.process_time() - start
            if sys.gettrace() is not self.calls:
                deaf.append(item.nodeid)
            tests[item.nodeid] = [round(spent, 3), sorted(self.calls.taken())]
        sys.settrace(None)
        every = sorted({name for _, names in tests.values() for name in names})
        for (
            test
        ) in deaf:  # a library took the listener away: it may have called whatever the file's others call
            tests[test][1] = every
        found = {"tests": tests, "shared": sorted(self.shared), "collected": sorted(at_collection)}
        self.out.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        return 0


def _kept_results() -> list[Any]:
    caches = [found for found in gc.get_objects() if isinstance(found, functools._lru_cache_wrapper)]
    return [
        found
        for found in caches
        if (code := getattr(found.__wrapped__, "__code__", None))
        and code.co_filename.startswith(f"{ROOT}/")
        and "site-packages" not in code.co_filename
    ]


class Known:
    """What each test file called when it ran unchanged; files are run again when they differ."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.files: dict[str, Any] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if not (STORE / "demo.db").exists():
            tell("the demonstration city")
            shutil.rmtree(STORE, ignore_errors=True)
            if forked(_build_store, 1800) != 0:
                raise SystemExit("the demonstration city cannot be built")
        for path in sorted((ROOT / "tests").glob("test_*.py")):
            if path.stem.endswith(tuple(f"_{name}" for name in LEFT_OUT)):
                continue
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            out = folder / f"{path.stem}.{digest}.json"
            if not out.exists():
                tell(f"unchanged: {path.name}")
                status = forked(functools.partial(_record, str(path), out), 1200)
                if status != 0 and not out.exists():
                    failed = out.with_suffix(".failed")
                    what = failed.read_text(encoding="utf-8") if failed.exists() else path.name
                    raise SystemExit(f"without any change this does not pass: {what}")
            self.files[f"tests/{path.name}"] = {
                **json.loads(out.read_text(encoding="utf-8")),
                "imports": imported(path),
            }
        took = [
            (row[0], test.split("[")[0])
            for file in self.files.values()
            for test, row in file["tests"].items()
        ]
        proofs = {name for seconds, name in took if seconds > LONGEST_S}
        for file in self.files.values():
            file["tests"] = {t: row for t, row in file["tests"].items() if t.split("[")[0] not in proofs}
        self.collected = {name for file in self.files.values() for name in file["collected"]}
        self.seconds = {test: row[0] for file in self.files.values() for test, row in file["tests"].items()}

    def limits(self) -> dict[str, int]:
        """Seconds after which each test is ended: any test may be the first to need what its file shares."""
        found: dict[str, int] = {}
        for file in self.files.values():
            whole = sum(row[0] for row in file["tests"].values())
            found |= {test: FIRST_S + int(TIMES * row[0] + 3 * whole) for test, row in file["tests"].items()}
        return found

    def tests(self, wanted: Callable[[str], bool], module: str = "") -> list[str]:
        """Tests that called a function so named, or stand in a file that imports `module`; the quick ones first."""
        found: list[tuple[bool, float, str]] = []
        for file in self.files.values():
            every = any(map(wanted, file["shared"])) or module in file["imports"]
            named = [test for test, row in file["tests"].items() if every or any(map(wanted, row[1]))]
            quick = [self.seconds[test] for test in named if self.seconds[test] <= SLOW_S]
            for test in named:
                slow = self.seconds[test] > SLOW_S
                found.append((slow, self.seconds[test] if slow else statistics.median(quick), test))
        # A file's quick tests stay together, as they share what it sets up; the file that asks most in a second begins.
        order = {test: number for number, (_, _, test) in enumerate(found)}
        in_order = [test for *_, test in sorted(found, key=lambda row: (row[0], row[1], order[row[2]]))]
        spent = itertools.accumulate(self.seconds[test] for test in in_order)
        return [test for test, until in zip(in_order, spent, strict=True) if until <= MOST_S]


def _record(file: str, out: Path) -> int:
    return collected([file], Recorder(out))


def imported(path: Path) -> set[str]:
    """The modules that a file names in its imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


# ── One change ────────────────────────────────────────────────────────────────────────────────────


def function_at(code: str, line: int) -> str | None:
    """The outermost function whose body holds a line, as Class.name; None where a module's or class's own line is."""
    found = None

    def visit(body: list[ast.stmt], prefix: str) -> None:
        nonlocal found
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                begin, end = node.body[0].lineno, node.end_lineno or 0
                if node.lineno < begin <= line <= end:
                    found = f"{prefix}{node.name}"

    visit(ast.parse(code).body, "")
    return found


@functools.cache
def held_functions() -> dict[tuple[str, str], list[FunctionType]]:
    """Every function of the files that are changed, by path and qualified name, wherever it is held."""
    found: dict[tuple[str, str], list[FunctionType]] = {}
    for held in gc.get_objects():
        if isinstance(held, FunctionType) and held.__code__.co_filename.startswith(CHANGED):
            found.setdefault((held.__code__.co_filename, held.__code__.co_qualname), []).append(held)
    return found


def put(change: dict[str, Any], function: str) -> bool:
    """Gives a function, wherever it is held, its changed code; False where there is none to give it to."""
    path = str(ROOT / change["path"])
    stack, new = [compile(change["code"], path, "exec", dont_inherit=True)], {}
    while stack:
        code = stack.pop()
        new[code.co_qualname, code.co_firstlineno] = code
        stack += [part for part in code.co_consts if isinstance(part, CodeType)]
    held = held_functions().get((path, function), [])
    for found in held:
        changed = new.get((function, found.__code__.co_firstlineno))
        if changed is None:
            return False
        found.__code__ = changed
    return bool(held)


class Changed(importlib.machinery.SourceFileLoader):
    """Finds and reads one module with changed text; every other is left to the next finder."""

    def __init__(self, change: dict[str, Any]) -> None:
        self.module = module_of(change["path"])
        super().__init__(self.module, str(ROOT / change["path"]))
        self.text = change["code"]

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.module else None

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


def module_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def anew(change: dict[str, Any], tests: list[str], known: Known) -> bool:
    """Whether these tests all pass in a process that reads the project with the change."""

    def work(items: list[pytest.Item]) -> int:
        place = {test: number for number, test in enumerate(tests)}
        new = [item for item in items if item.nodeid not in known.seconds]
        old = sorted((i for i in items if i.nodeid in place), key=lambda item: place[item.nodeid])
        return in_turn([*new, *old], known.limits())

    def run() -> int:
        sys.meta_path.insert(0, Changed(change))
        return collected(list(dict.fromkeys(test.split("::")[0] for test in tests)), work)

    return forked(run, _limit(tests, known)) == 0


def _limit(tests: list[str], known: Known) -> float:
    return 120 + TIMES * sum(known.seconds[test] for test in tests)


def run_all(
    changes: list[dict[str, Any]], known: Known, told: Callable[[dict[str, Any], bool, float], None]
) -> None:
    """Calls `told` with each change, whether it survives and the seconds that took."""
    inside: list[tuple[dict[str, Any], str]] = []
    outside: list[tuple[dict[str, Any], str | None, str]] = []
    for change in changes:
        function = function_at((ROOT / change["path"]).read_text(encoding="utf-8"), change["line"])
        name = f"{change['path']}:{function or ''}"
        if function and name not in known.collected:
            inside.append((change, name))
        else:
            outside.append((change, function, name))

    def work(items: list[pytest.Item]) -> int:
        held, limits = {item.nodeid: item for item in items}, known.limits()
        held_functions()
        gc.collect()
        gc.freeze()  # a fork that collects garbage would copy all that was read before it
        for change, name in inside:
            start = time.monotonic()
            tests = [held[test] for test in known.tests(name.__eq__) if test in held]
            run = functools.partial(_inside, change, name.split(":")[1], tests, limits)
            limit = _limit([test.nodeid for test in tests], known)
            told(change, not tests or forked(run, limit) == 0, time.monotonic() - start)
        return 0

    if inside and forked(lambda: collected(sorted(known.files), work), 1e9) != 0:
        raise SystemExit("the tests cannot be collected")
    for change, function, name in outside:
        start = time.monotonic()
        tests = known.tests(name.__eq__ if function else _within(name), module_of(change["path"]))
        told(change, not tests or anew(change, tests, known), time.monotonic() - start)


def _within(module: str) -> Callable[[str], bool]:
    return lambda called: called.startswith(module)


def _inside(change: dict[str, Any], function: str, items: list[pytest.Item], limits: dict[str, int]) -> int:
    """What could not be put in counts as not noticed."""
    return in_turn(items, limits) if put(change, function) else 0
