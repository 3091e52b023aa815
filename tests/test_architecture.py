"""The one-way street of docs/architecture: which package may import which, read with ast."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {
    *("actions", "answers", "charts", "data", "evaluation", "forecast", "geo", "guards", "locales", "metrics", "pages", "reports", "serve", "ui")
}  # fmt: skip
LEAVES = {"data", "evaluation", "geo", "guards", "metrics", "forecast", "locales"}
FIGURES = LEAVES - {"guards"}
MAY_IMPORT = {
    **{leaf: set() for leaf in LEAVES},
    # What a leaf takes is said in one place, which itself imports nothing of ours.
    **{leaf: {"guards"} for leaf in ("data", "evaluation", "geo", "metrics", "forecast")},
    "charts": {"metrics", "locales"},
    "answers": FIGURES | {"charts"},
    "actions": FIGURES | {"answers"},
    "ui": {"answers", "actions", "charts", "locales", "reports"},
    "reports": {"answers", "charts", "data", "locales"},
    "serve": {"data", "answers", "actions", "locales", "reports"},
    "pages": {"ui", "answers"},
    "app.py": {"ui", "serve"},
}
NOT_IN_PAGES = {"pandas", "plotly", "sqlalchemy", "numpy", "geopandas"}
NO_STREAMLIT = LEAVES | {"charts", "answers", "actions", "reports"}
# Who writes HTML beside ui/draw.py: what puts life into a part of a page, and the frame around it.
INTERACTIVE = {
    *(
        "ui/budget/clicks.py",
        "ui/budget/pieces.py",
        "ui/boundary_report.py",
        "ui/pieces.py",
        "ui/reisolation/forms.py",
        "ui/style.py",
    ),
}
MOST_LINES_OF_UI = 5000


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


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def taken(path: Path) -> set[str]:
    """Everything that a file imports by its full name: modules, and what is taken from them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def under(names: set[str], *roots: str) -> set[str]:
    """The names that are one of the roots or stand below it."""
    return {n for n in names if any(f"{n}.".startswith(f"{root}.") for root in roots)}


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
    server = ("streamlit.config", "streamlit.file_util", "streamlit.web", "streamlit.auth_util")
    inside = {
        "running.py": ("streamlit.proto", "streamlit.runtime"),  # what is looked up of running sessions
        "standing.py": (
            "streamlit.runtime",
            "streamlit.string_util",
        ),  # what need not be worked out in every run
    }
    wrong = {
        f"{path.name} -> {name}"
        for path in files("serve")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in streamlit_names(node)
        if not any(f"{name}.".startswith(f"{part}.") for part in (*server, *inside.get(path.name, ())))
    }
    assert not wrong


def streamlit_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Full names of what an import takes from Streamlit."""
    start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [n for alias in node.names if f"{(n := start + alias.name)}.".startswith("streamlit.")]


def test_pages_reach_for_no_data_library():
    wrong = {f"{p.name} -> {name}" for p in files("pages") for name in imports(p) & NOT_IN_PAGES}
    assert not wrong


def test_plotly_is_known_to_the_renderer_alone_figures_are_plain_dictionaries():
    # plotly.express costs 27 ms a figure and go.Figure 1.5 ms; a dictionary costs nothing.
    knowing = {named(p) for package in OURS for p in files(package) if "plotly" in imports(p)}
    assert knowing <= {"ui/draw.py"}


def test_only_the_renderer_and_the_interactive_pieces_write_html():
    wrong = set()
    for path in (p for package in ("ui", "pages") for p in files(package)):
        if named(path) in INTERACTIVE | {"ui/draw.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            by_streamlit = (
                isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st"
            )
            if (by_streamlit and node.attr in ("html", "components")) or (
                isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html"
            ):
                wrong.add(f"{named(path)}:{getattr(node, 'lineno', 0)}")
    assert not wrong


def test_the_screen_holds_no_sql_and_no_statistics():
    wrong = set()
    for path in files("ui"):
        names = taken(path)
        sql = under(names, "sqlalchemy", "sqlite3", "psycopg", "duckdb")
        sums = under(
            names,
            "numpy",
            "scipy",
            "statsmodels",
            "libpysal",
            "esda",
            "geo",
            "geopandas",
            "evaluation",
            "forecast",
            "metrics.intervals",
        )
        wrong |= {f"{named(path)} -> {name}" for name in sql | sums}
    assert not wrong


def test_the_screens_side_stays_small():
    assert sum(len(p.read_text(encoding="utf-8").splitlines()) for p in files("ui")) < MOST_LINES_OF_UI


def test_what_is_kept_is_kept_in_answers_and_not_by_streamlit():
    caching = {
        named(path)
        for package in ("ui", "pages")
        for path in files(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("cache_")
    }
    assert len(caching) <= 1


def test_the_publishing_rule_is_applied_by_the_reader_alone():
    using = {
        named(path)
        for package in (OURS - {"data"}) | {"app.py"}
        for path in files(package)
        if under(taken(path), "data.release")
    }
    assert using == {"answers/reader.py"}


def test_only_the_reader_opens_what_a_model_takes():
    opening = {
        named(path)
        for package in OURS - LEAVES
        for path in files(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "_frame"
    }
    assert opening == {"answers/reader.py"}


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
    # A command line may read the clock and hands it on as an argument; the worker notes when a study was made and what alerts say then.
    allowed = {"data/__main__.py", "data/upkeep.py", "answers/studies.py", "answers/worker.py"}
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
