"""The one-way street of docs/architecture: which package may import which, read with ast."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {
    "guards",
    "data",
    "geo",
    "metrics",
    "forecast",
    "locales",
    "charts",
    "reports",
    "answers",
    "actions",
    "ui",
    "pages",
    "serve",
}
LEAVES = {"data", "geo", "guards", "metrics", "forecast", "locales"}
MAY_IMPORT = {
    **{leaf: set() for leaf in LEAVES},
    # What a leaf takes is said in one place, which itself imports nothing of ours.
    **{leaf: {"guards"} for leaf in ("geo", "metrics", "forecast")},
    "charts": {"metrics", "locales"},
    "reports": {"metrics", "charts", "locales"},
    "answers": LEAVES | {"charts"},
    "actions": LEAVES | {"answers"},
    "serve": {"data", "answers"},
    "ui": OURS - {"pages", "serve"},
    "pages": {"ui", "charts", "metrics", "forecast"},
    "app.py": {"ui", "serve"},
}
NOT_IN_PAGES = {"pandas", "plotly", "sqlalchemy", "numpy", "geopandas"}
NO_STREAMLIT = LEAVES | {"charts", "reports", "answers", "actions"}


def imports(path: Path) -> set[str]:
    """First segment of every import of a file, wherever it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def files(package: str) -> list[Path]:
    return [ROOT / package] if package.endswith(".py") else sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_packages_import_only_along_the_arrows(package):
    wrong = {
        f"{path.relative_to(ROOT)} -> {name}"
        for path in files(package)
        for name in imports(path) & OURS - {package} - MAY_IMPORT[package]
    }
    assert not wrong


def test_only_ui_pages_and_app_know_streamlit():
    wrong = {
        str(p.relative_to(ROOT))
        for package in NO_STREAMLIT
        for p in files(package)
        if "streamlit" in imports(p)
    }
    assert not wrong


def test_serve_knows_streamlits_server_and_none_of_its_widgets():
    server = ("streamlit.config", "streamlit.file_util", "streamlit.web")
    wrong = {
        f"{path.name} -> {name}"
        for path in files("serve")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in streamlit_names(node)
        if not any(f"{name}.".startswith(f"{part}.") for part in server)
    }
    assert not wrong


def streamlit_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Full names of what an import takes from Streamlit."""
    start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [n for alias in node.names if f"{(n := start + alias.name)}.".startswith("streamlit.")]


def test_pages_reach_for_no_data_library():
    wrong = {f"{p.name} -> {name}" for p in files("pages") for name in imports(p) & NOT_IN_PAGES}
    assert not wrong


def test_plotly_is_imported_nowhere_figures_are_plain_dictionaries():
    # plotly.express costs 27 ms a figure and go.Figure 1.5 ms; a dictionary costs nothing.
    assert not {str(p) for package in OURS for p in files(package) if "plotly" in imports(p)}


def test_pages_stay_arrangements():
    long = {p.name: n for p in files("pages") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 80}
    assert not long


def test_no_clock_or_randomness_below_ui():
    banned = {
        ("datetime", "now"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
        ("np", "random"),
    }
    allowed = {"data/__main__.py"}  # a command line may read the clock and hands it on as an argument
    wrong = set()
    for path in (p for package in LEAVES | {"charts"} for p in files(package)):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = node.func.value
            if isinstance(owner, ast.Name) and (owner.id, node.func.attr) in banned and name not in allowed:
                wrong.add(f"{name}:{node.lineno}")
    assert not wrong
