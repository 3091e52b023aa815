"""Changes one operator, number or decision of the code at a time and asks whether a test notices.

    make mutants                    600 changes, drawn with seed 120
    make mutants SAMPLE=40 SEED=7   fewer, or others

The changes are Cosmic Ray's, which lives in an environment of its own (.venv-mutants); this file calls itself there for the
list. Each change is written into a copy of the project, where the tests of that module run until the first fails. What
survives is printed and kept in var/mutants.json. A change that alters annotations or docstrings alone is none.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("metrics", "forecast", "geo", "data/release.py", "data/rollups.py", "data/imports")
COPIED = (
    "answers",
    "charts",
    "data",
    "docs",
    "forecast",
    "geo",
    "guards",
    "locales",
    "metrics",
    "migrations",
    "pages",
    "reports",
    "serve",
    "tests",
    "tools",
    "ui",
    "app.py",
    "alembic.ini",
    "pyproject.toml",
    "requirements.txt",
    "requirements-test.txt",
    "Makefile",
    ".streamlit",
    ".gitignore",
)
# Tests that concern a module, the quickest first; a path's longest entry holds.
TESTS: dict[str, tuple[str, ...]] = {
    "metrics": (
        "edges",
        "guards",
        "intervals",
        "measure",
        "histogram",
        "lift",
        "reach",
        "counselling",
        "spc",
        "trend",
        "budget",
        "stopped",
    ),
    "metrics/registry.py": ("registry", "measure"),
    "metrics/spec.py": ("registry", "measure"),
    "forecast": ("edges", "guards", "staffing", "outturn", "demand"),
    "forecast/demand.py": ("demand",),
    "forecast/reisolation": (
        "edges",
        "guards",
        "reisolation_states",
        "reisolation_evaluate",
        "reisolation_hazard",
        "reisolation_project",
        "reisolation_scenario",
        "reisolation_sensitivity",
        "reisolation_limits",
    ),
    "geo": ("guards", "spatial", "small_area", "boundaries"),
    "geo/own_boundaries": ("own_boundaries",),
    "data/release.py": ("edges", "release"),
    "data/rollups.py": ("service_facts", "registry"),
    "data/imports": ("edges", "import_values", "import_files", "import_load", "budget_import"),
}
SLOWEST_S = 900


def places(path: Path) -> list[tuple[str, int, int]]:
    """Every place of a file that can be changed: operator, which of its places, line."""
    import parso  # noqa: F401  its parts import each other: the whole of it must come first
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
    found = []
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if kind.arguments():
            continue
        at = [place for node in nodes for place in kind().mutation_positions(node)]
        found += [(name, occurrence, start[0]) for occurrence, (start, _) in enumerate(at)]
    return found


def changed(path: Path, operator: str, occurrence: int) -> str | None:
    """The file's text after a change, None where that alters nothing that it does."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    code = path.read_text(encoding="utf-8")
    found = mutate_code(code, get_operator(operator)(), occurrence)
    return None if found is None or _bare(found) in (_bare(code), None) else found


def _bare(code: str) -> str | None:
    """A file without annotations and docstrings; None where it is no Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(0)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                part
                for part in body
                if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ] or [ast.Pass()]
    return ast.dump(tree)


def sources() -> list[Path]:
    """The files that are changed, in order."""
    found: list[Path] = []
    for name in SOURCES:
        path = ROOT / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [path for path in found if path.name not in ("__init__.py", "__main__.py")]


def tests_of(path: str) -> list[str]:
    """The test files that concern a source file."""
    best = max((key for key in TESTS if path == key or path.startswith(key + "/")), key=len)
    return [f"tests/test_{name}.py" for name in TESTS[best]]


def drawn(sample: int, seed: int) -> list[dict[str, Any]]:
    """So many changes out of all of them, each as likely as any other."""
    every = [(path, *place) for path in sources() for place in places(path)]
    print(f"{len(every)} places in {len(sources())} files", file=sys.stderr)
    random.Random(seed).shuffle(every)
    found: list[dict[str, Any]] = []
    for path, operator, occurrence, line in every:
        if len(found) == sample:
            break
        code = changed(path, operator, occurrence)
        if code is not None:
            found.append(
                {
                    "path": str(path.relative_to(ROOT)),
                    "operator": operator.removeprefix("core/"),
                    "occurrence": occurrence,
                    "line": line,
                    "code": code,
                }
            )
    return found


def passes(copy: Path, tests: list[str]) -> bool:
    """Whether these tests of the copy pass; a run that does not end counts as one that fails."""
    command = [str(ROOT / ".venv/bin/python"), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        return subprocess.run(command, cwd=copy, capture_output=True, timeout=SLOWEST_S).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def survives(copy: Path, change: dict[str, Any]) -> bool:
    """Whether every test that concerns the changed file still passes."""
    target = copy / change["path"]
    before = target.read_text(encoding="utf-8")
    target.write_text(change["code"], encoding="utf-8")
    try:
        return passes(copy, tests_of(change["path"]))
    finally:
        target.write_text(before, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--seed", type=int, default=120)
    parser.add_argument("--draw", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.draw:
        json.dump(drawn(asked.sample, asked.seed), sys.stdout)
        return 0
    listed = subprocess.run(
        [
            ROOT / ".venv-mutants/bin/python",
            __file__,
            "--draw",
            f"--sample={asked.sample}",
            f"--seed={asked.seed}",
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    sample = json.loads(listed.stdout)
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (ROOT / name).exists():
                shutil.copy(ROOT / name, copy / name)
        for tests in sorted({tuple(tests_of(change["path"])) for change in sample}):
            if not passes(copy, list(tests)):  # else every change would seem to be noticed
                raise SystemExit(f"without any change these do not pass: {' '.join(tests)}")
        for number, change in enumerate(sample, 1):
            if survives(copy, change):
                alive.append({key: change[key] for key in ("path", "line", "operator", "occurrence")})
                print(f"{change['path']}:{change['line']} {change['operator']} survives", flush=True)
            if number % 20 == 0:
                print(f"{number} of {len(sample)}, {len(alive)} survive", flush=True)
    out = ROOT / "var/mutants.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(
        json.dumps({"sample": len(sample), "seed": asked.seed, "survive": alive}, indent=1) + "\n",
        encoding="utf-8",
    )
    print(f"{len(alive)} of {len(sample)} survive ({len(alive) / max(len(sample), 1):.1%})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
