"""Small offices, cut from the facts of a store: what protects 25 districts must protect one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, not_, select

from answers.store import Store
from data import tables as t
from data.engine import make_engine, sqlite_file, writing

# Answers that rest on facts alone; models of few records withhold themselves.
PAGES = (
    *(
        "counselling",
        "detection",
        "district_map",
        "programmes",
        "hotline.flow",
        "hotline.waits",
        "hotline.callers",
    ),
    *("kpi", "meeting.changes"),
)
Keep = Callable[[Any], list[Any]]


def _district(c: Any) -> list[Any]:
    return [c.district_code == "11210"] if "district_code" in c else []


def _provider(c: Any) -> list[Any]:
    kept = _district(c) + ([c.programme_id == "peer_counselling"] if "programme_id" in c else [])
    return kept + ([c.provider_id.like("P11210-1")] if "provider_id" in c else [])


def _month(c: Any) -> list[Any]:
    return [c.month_key == 202610] if "month_key" in c else []


def _opened(c: Any) -> list[Any]:
    if not {"programme_id", "month_key"} <= set(c.keys()):
        return []
    return [(c.programme_id != "peer_counselling") | (c.month_key >= 202609)]


KINDS: dict[str, Keep] = {
    "one district": _district,
    "one provider": _provider,
    "one month": _month,
    "a programme two months old": _opened,
}


def cut(store: Store, kind: str, folder: Path) -> Store:
    """A copy of a SQLite store whose facts are those of a small office.

    Raises:
        ValueError: a store that is not a SQLite file.
    """
    target = folder / f"{kind.replace(' ', '-')}.db"
    copied(store, target)
    engine = make_engine(f"sqlite:///{target}")
    with writing(engine) as connection:
        for fact in t.FACTS.values():
            for kept in KINDS[kind](fact.c):
                connection.execute(delete(fact).where(not_(kept)))
        if not connection.execute(select(func.count()).select_from(t.case_course)).scalar():
            raise ValueError(f"nothing is left of the store for {kind}")
    engine.dispose()
    return Store.of(f"sqlite:///{target}")


def copied(store: Store, target: Path) -> None:
    """Copy a SQLite store.

    Raises:
        ValueError: a store that is not a SQLite file.
    """
    source = sqlite_file(store.url)
    if source is None:
        raise ValueError("only a SQLite store is copied to be cut or corrected")
    # A connection of its own: a store's reads within a transaction.
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
