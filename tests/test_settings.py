"""Settings from outside: what is wrong is named, what is right starts, secrets are never shown, the documentation has each."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from locales import LANGUAGES
from serve import settings

ROOT = Path(__file__).resolve().parent.parent
LONG = "a secret that is long enough to sign with"
PROVIDER = {
    "IEUM_URL": "https://ieum.city.example",
    "IEUM_OIDC_ISSUER": "https://id.city.example/realms/city",
    "IEUM_OIDC_CLIENT_ID": "ieum",
    "IEUM_OIDC_CLIENT_SECRET": "x",
    "IEUM_COOKIE_SECRET": LONG,
}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DATABASE_URL", "mysql://a/b", "database"),
        ("DATABASE_URL", "postgresql://a/b", "database"),  # the driver has to be named
        ("DATABASE_URL", "sqlite://?nowhere", "database"),
        ("DATABASE_URL", "not an address", "database"),
        ("IEUM_DEMO", "maybe", "switch"),
        ("IEUM_LAKE", "spark://master:7077", "lake"),
        ("IEUM_URL", "http://ieum.city.example", "address"),
        ("IEUM_COOKIE_SECRET", "short", "secret"),
        ("IEUM_SECRET", "short", "secret"),
        ("IEUM_KEY_FILE", "/nowhere/at/all/key", "file"),
        ("IEUM_OIDC_EMAIL", "yes", "trusted"),
        ("IEUM_DEM", "off", "near"),
        ("IEUM_COLOUR_OF_THE_SKY_TODAY", "blue", "unknown"),
    ],
)
def test_a_wrong_setting_is_named_in_both_languages_and_never_repeated(
    name: str, value: str, why: str
) -> None:
    [fault] = settings.faults({name: value})
    assert (fault.name, fault.why) == (name, why)
    for lang in LANGUAGES:
        assert fault.words(lang).startswith(f"{name}: ") and value not in fault.words(lang)


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"DATABASE_URL": "sqlite:///var/ieum.db", "IEUM_DEMO": "off"},
        {
            "DATABASE_URL": "postgresql+psycopg://ieum:x@db/ieum",
            "IEUM_LAKE": "hive://spark:10000/default",
            **PROVIDER,
        },
        {**PROVIDER, "IEUM_URL": "http://localhost:8501", "IEUM_OIDC_EMAIL": "trusted"},
    ],
)
def test_right_settings_have_no_fault(right: dict[str, str]) -> None:
    assert settings.faults(right) == []


def test_half_a_provider_names_what_is_missing() -> None:
    [fault] = settings.faults({k: v for k, v in PROVIDER.items() if k != "IEUM_COOKIE_SECRET"})
    assert fault.name == "IEUM_COOKIE_SECRET" and fault.why == "missing"


def test_secrets_and_passwords_are_never_shown() -> None:
    told = {
        "DATABASE_URL": "postgresql+psycopg://ieum:swordfish@db/ieum",
        "IEUM_SECRET": LONG,
        "IEUM_COOKIE_SECRET": "y",
    }
    said = " ".join(settings.shown(one, told) for one in settings.SETTINGS)
    assert "swordfish" not in said and LONG not in said and " y" not in said and "@db/ieum" in said


def test_the_documentation_has_every_setting_as_it_is() -> None:
    assert settings.markdown() in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_setting_that_the_code_reads_is_declared() -> None:
    read = set()
    for folder in ("actions", "answers", "data", "guards", "reports", "serve", "ui"):
        for file in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"""["'](IEUM_[A-Z_]+)["']""", file.read_text(encoding="utf-8")))
    assert read - {settings.PREFIX} == {one.name for one in settings.SETTINGS} - {"DATABASE_URL"}


def test_the_units_and_the_example_name_settings_and_commands_that_exist() -> None:
    files = [ROOT / "deploy" / name for name in ("ieum.env", "releases.env")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert names <= {one.name for one in settings.SETTINGS}
    for file in (ROOT / "deploy" / "systemd").glob("*.service"):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read(file, encoding="utf-8")
        # Who may make releases is told an account that nobody else is to read.
        owner = "ieum-releases" if file.stem == "ieum-releases" else "ieum"
        assert unit["Service"]["User"] == owner and unit["Service"]["NoNewPrivileges"] == "yes"
        for command in re.findall(r"python -m (\w+)(?: (\w+))?", file.read_text(encoding="utf-8")):
            assert (ROOT / command[0] / "__main__.py").exists()
