"""What can be set from outside: every setting once, with its kind, what it means, and whether what is set can be right.

    python -m serve config              each setting, its value (secrets hidden), where it comes from; exit 1 where one is wrong
    python -m serve config --markdown   the table of docs/operations.md

Host, port and limits of the server stand in `.streamlit/config.toml`; `--port` and `--address` overrule them.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from answers import signin
from data import cities, keys, lake_address
from locales import t

PREFIX = "IEUM_"
ON = ("on", "1", "yes", "true")
HIDDEN = "••••"


def _database(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        return "database"
    if url.get_backend_name() == "sqlite":
        return "" if url.database else "database"
    return "" if (url.drivername, bool(url.database)) == ("postgresql+psycopg", True) else "database"


def _lake(value: str) -> str:
    return "" if lake_address.is_spark(value) else "lake"


def _switch(value: str) -> str:
    return "" if value.strip().lower() in (*ON, *cities.OFF) else "switch"


def _address(value: str) -> str:
    return "" if signin.safe(value) else "address"


def _trusted(value: str) -> str:
    return "" if value.strip().lower() == "trusted" else "trusted"


def _file(value: str) -> str:
    return "" if Path(value).is_file() or Path(value).parent.is_dir() else "file"


def _secret(value: str) -> str:
    return "" if len(value) >= signin.LEAST_SECRET else "secret"


def _some(value: str) -> str:
    return "" if value.strip() else "some"


@dataclass(frozen=True)
class Setting:
    """An environment variable.

    Attributes:
        wrong: of a value, the key under `config.wrong_` that says what is wrong with it; '' where nothing is.
        default: what holds where it is not set, in words. secret: whether its value is never shown.
    """

    name: str
    wrong: Callable[[str], str]
    default: str = ""
    secret: bool = False

    def meaning(self, lang: str) -> str:
        """What it is, in a sentence."""
        return t(f"config.{self.name.lower()}", lang)


SETTINGS = (
    Setting("DATABASE_URL", _database, "sqlite:///var/ieum.db"),
    Setting(cities.SETTING, _switch, "on"),
    Setting(lake_address.SETTING, _lake, "DuckDB"),
    Setting("IEUM_URL", _address),
    Setting("IEUM_OIDC_ISSUER", _address),
    Setting("IEUM_OIDC_CLIENT_ID", _some),
    Setting("IEUM_OIDC_CLIENT_SECRET", _some, secret=True),
    Setting("IEUM_COOKIE_SECRET", _secret, secret=True),
    Setting("IEUM_OIDC_EMAIL", _trusted),
    Setting("IEUM_OIDC_ROLES", _some, "roles"),
    Setting(keys.SETTING, _secret, secret=True),
    Setting(keys.FILE_SETTING, _file, "keys/"),
)


@dataclass(frozen=True)
class Fault:
    """A setting that cannot be right: its name, and the key of what is wrong with it; `near` a known name that may be meant."""

    name: str
    why: str
    near: str = ""

    def words(self, lang: str) -> str:
        """The fault in a sentence that names the setting."""
        return f"{self.name}: {t(f'config.wrong_{self.why}', lang, near=self.near)}"


def faults(environment: Mapping[str, str] | None = None) -> list[Fault]:
    """What is set and cannot be right: values of the wrong kind, half a provider, names of ours that nothing reads."""
    env = os.environ if environment is None else environment
    known = {one.name: one for one in SETTINGS}
    found = []
    for name, one in known.items():
        if (value := env.get(name, "")) and (why := one.wrong(value)):
            # A password may stand in the address: the value is never repeated.
            found.append(Fault(name, why))
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            found.append(Fault(name, "near" if near else "unknown", *near))
    if not found:
        try:
            signin.provider(env)
        except signin.Unready as problem:
            found.append(Fault(problem.detail, problem.reason))
    return found


def shown(one: Setting, environment: Mapping[str, str]) -> str:
    """A setting's value as anybody may read it: secrets and passwords hidden; '' where it is not set."""
    value = environment.get(one.name, "")
    if not value:
        return ""
    if one.secret:
        return HIDDEN
    if one.name in ("DATABASE_URL", lake_address.SETTING) and not one.wrong(value):
        return make_url(value).render_as_string(hide_password=True)
    return HIDDEN if one.wrong(value) else value


def markdown() -> str:
    """The table of settings for the documentation."""
    rows = ["| setting | default | 뜻 | meaning |", "|---|---|---|---|"]
    for one in SETTINGS:
        default = f"`{one.default}`" if one.default else "–"
        rows.append(f"| `{one.name}` | {default} | {one.meaning('ko')} | {one.meaning('en')} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Print the settings; exit 1 where one cannot be right."""
    parser = argparse.ArgumentParser(
        prog="python -m serve config", description="What is set, and whether it can be right."
    )
    parser.add_argument("--markdown", action="store_true", help="the table of the documentation")
    if parser.parse_args(arguments).markdown:
        print(markdown())
        return 0
    for one in SETTINGS:
        value = shown(one, os.environ)
        said = value or f"{one.default or '–'} ({t('config.default', 'ko')} · {t('config.default', 'en')})"
        print(f"{one.name} = {said}\n    {one.meaning('ko')}\n    {one.meaning('en')}")
    wrong = faults()
    for fault in wrong:
        print(fault.words("ko"), fault.words("en"), sep="\n", file=sys.stderr)
    return 1 if wrong else 0
