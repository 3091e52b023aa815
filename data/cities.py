"""The two cities: the demonstration and the office's own records. Two stores with the same tables that never mix.

DATABASE_URL names where both stand, without it `var/ieum.db`: of an SQLite file the two stand beside it under its name
(`ieum-demo.db`, `ieum-office.db`), of a PostgreSQL database each is a schema (`demo`, `office`). IEUM_DEMO=off leaves the
office's records alone on offer.
"""

from __future__ import annotations

import os
from pathlib import PurePath

from sqlalchemy.engine import make_url

from data.engine import DEFAULT_URL, sqlite_file

DEMO, OFFICE = "demo", "office"
CITIES = (DEMO, OFFICE)
SETTING = "IEUM_DEMO"
OFF = ("off", "0", "no", "false")


def base() -> str:
    """Where the stores of both cities stand."""
    return os.environ.get("DATABASE_URL") or DEFAULT_URL


def address(city: str, at: str | None = None) -> str:
    """The address of a city's store.

    Args:
        at: where both stand; DATABASE_URL or the embedded place where none is given.

    Raises:
        ValueError: no such city, or an SQLite address without a file.
    """
    if city not in CITIES:
        raise ValueError(f"no city {city!r}; there are {', '.join(CITIES)}")
    url = make_url(at or base())
    if url.get_backend_name() != "sqlite":
        return url.update_query_dict({"options": f"-csearch_path={city}"}).render_as_string(
            hide_password=False
        )
    if sqlite_file(at or base()) is None:
        raise ValueError("an SQLite store of two cities needs a file")
    file = PurePath(url.database or "")  # 'file:…' where the address has SQLite's own options
    _, mark, options = (at or base()).partition("?")
    # As it was written: SQLAlchemy would encode what SQLite then takes literally.
    return f"{url.drivername}:///{file.with_name(f'{file.stem}-{city}{file.suffix}')}{mark}{options}"


def of_release(url: str, number: int) -> str:
    """The address of a release of the store at an address: a file beside it (`…-office-r3.db`), or a schema (`office_r3`).

    Args:
        url: a city's own store, as `address` gives it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = PurePath(parsed.database or "")
        _, mark, options = url.partition("?")
        return (
            f"{parsed.drivername}:///{file.with_name(f'{file.stem}-r{number}{file.suffix}')}{mark}{options}"
        )
    return parsed.update_query_dict(
        {"options": f"-csearch_path={schema_of(url)}_r{number}"}
    ).render_as_string(hide_password=False)


def schema_of(url: str) -> str:
    """The schema that a PostgreSQL address names; `public` where it names none."""
    return str(make_url(url).query.get("options", "")).rpartition("search_path=")[2] or "public"


def on_offer() -> tuple[str, ...]:
    """The cities that may be asked for, the first where none is named: the demonstration unless it is turned off."""
    off = os.environ.get(SETTING, "").strip().lower() in OFF
    return (OFFICE,) if off else CITIES
