"""`python -m tools.faults`: break the store in every way of docs/trust.md, and measure what a visitor meets; exit 1 where it is wrong.

python -m tools.faults                 all of them, on SQLite and PostgreSQL
python -m tools.faults --only 8 21     some
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from answers.store import Store
from data import backup, cities
from data.engine import make_engine, make_file
from tools.faults import on_postgresql, on_sqlite
from tools.faults.proxy import Proxy
from tools.faults.surface import Fault, Met, Screen, meet
from tools.postgres import temporary_server

AT = datetime(2026, 11, 1)
FAULTS = (*on_sqlite.FAULTS, *on_postgresql.FAULTS)


@contextmanager
def set_to(address: str) -> Iterator[None]:
    """The app's stores at an address."""
    before = {name: os.environ.get(name) for name in ("DATABASE_URL",)}
    os.environ["DATABASE_URL"] = address
    Store._known.clear()
    try:
        yield
    finally:
        for store in Store._known.values():
            store.forget()
        Store._known.clear()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def on_files(office: Path, faults: Sequence[Fault], tell: Callable[[Met], None], folder: Path) -> None:
    """Every fault of a file, each on a copy of an office's store."""
    for fault in faults:
        place = folder / str(fault.number) / "ieum.db"
        place.parent.mkdir(parents=True)
        file = place.with_name("ieum-office.db")
        with make_engine(f"sqlite:///{office}").connect() as source:
            backup._copy_file(source.engine, _made(file))
        with set_to(f"sqlite:///{place}"):
            tell(meet(fault, file, Screen()))
        shutil.rmtree(place.parent, ignore_errors=True)


def _made(file: Path) -> Path:
    make_file(file)
    return file


def on_server(
    office: Path, faults: Sequence[Fault], tell: Callable[[Met], None], folder: Path, server: str
) -> None:
    """Every fault of a server, one after another on one store."""
    parts = urlsplit(server)
    admin = f"host={parts.hostname} port={parts.port} user={parts.username} dbname=postgres"
    with psycopg.connect(admin, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {on_postgresql.CLERK} LOGIN")
        owner.execute(f"CREATE DATABASE faults OWNER {on_postgresql.CLERK}")
    proxy = Proxy(str(parts.hostname), int(parts.port or 5432))
    address = f"postgresql+psycopg://{on_postgresql.CLERK}@127.0.0.1:{proxy.port}/faults"
    source = make_engine(f"sqlite:///{office}")
    file = folder / "office-backup.db"
    backup.make(source, file, at=AT)
    source.dispose()
    with set_to(address):
        backup.restore(file, cities.address(cities.OFFICE), city=cities.OFFICE, at=AT)
        place = on_postgresql.Place(admin.replace("dbname=postgres", "dbname=faults"), admin, proxy)
        for fault in faults:
            tell(meet(fault, place, Screen()))
    proxy.cut()


def line(met: Met) -> str:
    """What was met, in a line."""
    wrong = "; ".join(met.wrong())
    change = f", change {met.change} {met.change_s:.2f} s" if met.change else ""
    return (
        f"{met.fault.number:2d} {met.fault.on:10} {met.fault.name}: page {met.page} {met.page_s:.2f} s{change}, "
        f"normal {met.normal_s:.2f} s{f' · WRONG: {wrong}' if wrong else ''}"
    )


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    asked.add_argument("--only", type=int, nargs="+", help="numbers of docs/trust.md")
    asked.add_argument("--office", type=Path, help="an office's SQLite store to break copies of")
    args = asked.parse_args()
    wanted = [one for one in FAULTS if not args.only or one.number in args.only]
    found: list[Met] = []

    def tell(met: Met) -> None:
        found.append(met)
        sys.stdout.write(f"{line(met)}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="ieum-faults-") as name:
        folder = Path(name)
        office = args.office or Path(str(make_engine(cities.address(cities.OFFICE)).url.database))
        source = make_engine(f"sqlite:///{office}")
        copy = _made(folder / "source.db")
        backup._copy_file(source, copy)
        source.dispose()
        on_files(copy, [one for one in wanted if one.on == "sqlite"], tell, folder)
        served = [one for one in wanted if one.on == "postgresql"]
        if served:
            with temporary_server() as server:
                on_server(copy, served, tell, folder, server)
    wrong = [met for met in found if any(met.wrong())]
    slowest = max((max(met.page_s, met.change_s) for met in found), default=0.0)
    later = max((met.normal_s for met in found), default=0.0)
    sys.stdout.write(
        f"{len(found)} faults, {len(wrong)} wrong; slowest message {slowest:.2f} s, normal within {later:.2f} s\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
