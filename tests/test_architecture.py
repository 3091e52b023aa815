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
    "answers": LEAVES - {"guards"} | {"charts"},
    "actions": LEAVES - {"guards"} | {"answers"},
    "serve": {"data", "answers", "locales"},
    # Palettes of charts; the store's problems, the importer and its boundaries; names of measures; types of the levers.
    "ui": {"answers", "actions", "charts", "data", "geo", "locales", "forecast", "metrics"},
    "pages": {"ui"},
    "app.py": {"ui", "serve"},
}
NOT_IN_PAGES = {"pandas", "plotly", "sqlalchemy", "numpy", "geopandas"}
NO_STREAMLIT = LEAVES | {"charts", "answers", "actions"}


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


def test_plotly_is_imported_by_the_renderer_alone():
    # plotly.express costs 27 ms a figure and go.Figure 1.5 ms; a dictionary that is themed once costs nothing.
    users = {str(p.relative_to(ROOT)) for package in OURS for p in files(package) if "plotly" in imports(p)}
    assert users == {"ui/draw.py"}


# Pieces that only a screen has, and the frame around every page.
WRITE_HTML = {
    "ui/boundary_import.py",
    "ui/boundary_report.py",
    "ui/budget/clicks.py",
    "ui/budget/pieces.py",
    "ui/draw.py",
    "ui/importing.py",
    "ui/page.py",
    "ui/pieces.py",
    "ui/reisolation/forms.py",
    "ui/reisolation/moving.py",
    "ui/style.py",
}


def test_only_the_renderer_and_the_interactive_pieces_write_html():
    signs = ("st.html(", "unsafe_allow_html", "components.v2.component(", ".html(")
    writing = {
        str(p.relative_to(ROOT))
        for package in ("ui", "pages", "answers", "actions", "charts", "serve")
        for p in files(package)
        if any(sign in p.read_text(encoding="utf-8") for sign in signs)
    }
    assert writing <= WRITE_HTML


def test_the_screen_holds_no_sql_no_statistics_and_stays_small():
    banned = {"scipy", "statsmodels", "numpy", "duckdb"}
    wrong = {f"{p.relative_to(ROOT)} -> {name}" for p in files("ui") for name in imports(p) & banned}
    measures = {p.name for p in files("ui") if "metrics" in imports(p)}
    assert measures <= {"importing.py"}  # says a measure's name
    assert not wrong
    sql = {
        str(p.relative_to(ROOT))
        for p in files("ui")
        if any(word in p.read_text(encoding="utf-8") for word in (" select(", ".execute(", "import select"))
    }
    assert not sql
    assert sum(len(p.read_text(encoding="utf-8").splitlines()) for p in files("ui")) < 5000


def test_nothing_is_cached_by_streamlit():
    # Its caches leave arguments that begin with "_" out of the key, and any visitor may clear them.
    packages = ("ui", "pages", "answers", "actions", "serve")
    using = {str(p.relative_to(ROOT)) for name in packages for p in files(name) if "st.cache_" in p.read_text(encoding="utf-8")}  # fmt: skip
    assert len(using) <= 1


def test_only_the_reader_knows_the_publishing_rule_and_opens_true_rows():
    packages = ("ui", "pages", "answers", "actions", "serve", "charts")
    knows, opens = set(), set()
    for path in (p for name in packages for p in files(name)):
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        if "data.release" in text or "import release" in text or ", release" in text:
            knows.add(name)
        if "._frame" in text:
            opens.add(name)
    assert knows <= {
        "answers/reader.py",
        "ui/importing.py",
    }  # the importer names the rule's threshold in its report
    assert opens == {"answers/reader.py"}


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
    # A command line may read the clock and hands it on as an argument; the worker notes when a study was made.
    allowed = {"data/__main__.py", "answers/studies.py"}
    wrong = set()
    for path in (p for package in LEAVES | {"charts", "answers"} for p in files(package)):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = node.func.value
            if isinstance(owner, ast.Name) and (owner.id, node.func.attr) in banned and name not in allowed:
                wrong.add(f"{name}:{node.lineno}")
    assert not wrong
