"""Answers on the command line: the same that the screen shows.

python -m answers list
python -m answers show hotline.flow --months 12 --lang en --format text|json|csv [--city office] [--release 3]
python -m answers studies [--city office] [--make | --drop [NAME …] | --watch [--parent PID]]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from threading import Thread

# Before NumPy is loaded: two studies at once, each with threads of linear algebra for every processor, wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from answers import ahead, cli, registry, studies, worker, written
from answers.reader import Reader
from answers.store import Store, cities
from data import logs
from data.engine import StoreProblem
from locales import t

NICE = 10  # how far the worker stands back


def main(given: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    words = list(sys.argv[1:] if given is None else given)
    parser = argparse.ArgumentParser(
        prog="python -m answers", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    commands = parser.add_subparsers(dest="command", required=True)
    whose = cli.whose()
    commands.add_parser("list", parents=[whose], help="every question with its choices")
    show = commands.add_parser("show", parents=[whose], help="one answer; choices as --name code")
    show.add_argument("question")
    cli.seen(show)
    show.add_argument("--format", choices=("text", "json", "csv"), default="text")
    show.add_argument("--table", type=int, default=0, help="which table as CSV, from 0")
    work = commands.add_parser("studies", parents=[whose], help="list what is kept; make, drop or watch")
    work.add_argument("--make", action="store_true", help="make what is missing or late")
    work.add_argument("--drop", nargs="*", metavar="NAME", help="drop these, or all")
    work.add_argument(
        "--watch", action="store_true", help="make every city's studies whenever the data change"
    )
    work.add_argument("--parent", type=int, help="end when this process is no longer the parent")
    asked, rest = parser.parse_known_args(words)
    if rest and asked.command != "show":
        parser.error(f"unknown: {' '.join(rest)}")
    try:
        return {"list": _list, "show": _show, "studies": _studies}[asked.command](asked, rest, parser)
    except StoreProblem as problem:
        print(t(f"store.{problem.kind}.what", "en"), file=sys.stderr)
        print(t(f"store.{problem.kind}.command", "en"), file=sys.stderr)
        return 1


def _list(asked: argparse.Namespace, rest: list[str], parser: argparse.ArgumentParser) -> int:
    read = Reader(Store.of_city(asked.city))
    for one in registry.every():
        codes = registry.codes_of(one.id, read, {})
        print(one.id)
        for choice in one.choices:
            print(f"  --{choice.name} {' '.join(registry.offered(choice, read, codes))}")
    return 0


def _show(asked: argparse.Namespace, rest: list[str], parser: argparse.ArgumentParser) -> int:
    found = cli.put(asked.question, cli.reader(asked, parser), asked.lang, cli.choices(rest, parser), parser)
    if asked.format == "csv":
        tables = found.tables()
        if not 0 <= asked.table < len(tables):
            parser.error(f"{asked.question} has {len(tables)} tables, from 0")
        sys.stdout.buffer.write(
            written.csv_bytes(written.marked(tables[asked.table], found.city, found.lang), found.lang)
        )
        return 0
    print(written.as_json(found) if asked.format == "json" else written.as_text(found))
    return 0


def _studies(asked: argparse.Namespace, rest: list[str], parser: argparse.ArgumentParser) -> int:
    if asked.watch:
        return _watch(asked.parent)
    store = Store.of_city(asked.city)
    if asked.drop is not None:
        print(f"{studies.drop(store, asked.drop)} dropped")
        return 0
    if asked.make:
        made = worker.make_all(store, said=lambda line: print(line, flush=True))
        made += worker.of_releases(store, said=lambda line: print(line, flush=True))
        made += ahead.make_all(store, said=lambda line: print(line, flush=True))
        print(f"{made} made")
        return 0
    late = {studies.full_name(one.name, args) for one, args in studies.outstanding(Reader(store))}
    for row in studies.kept(store):
        mark = "late" if row.name in late else "kept"
        print(
            f"{mark}  {row.name}  as of {row.as_of}  batch {row.data_version}  {row.seconds:.2f} s  {row.made_at}"
        )
    failures = studies.failures(store)
    for name in sorted(late - {row.name for row in studies.kept(store)} - set(failures)):
        print(f"none  {name}")
    for name, reason in failures.items():
        print(f"failed  {name}  {reason}")
    return 0


def _watch(parent: int | None) -> int:
    """Work for every city behind everybody else; end with the parent, even in the middle of a study: nothing half-made is
    ever kept. Each line says first which city it is of."""
    logs.begin()
    if hasattr(os, "nice"):
        os.nice(NICE)

    def wanted() -> bool:
        return parent is None or os.getppid() == parent

    def end_with_parent() -> None:
        while wanted():
            time.sleep(worker.WATCH_EVERY_S)
        os._exit(0)

    Thread(target=end_with_parent, daemon=True).start()

    def work(city: str) -> None:
        store = Store.of_city(city)
        worker.watch(store, wanted=wanted, said=lambda line: print(f"{city} {line}", flush=True))

    threads = [Thread(target=work, args=(city,), daemon=True) for city in cities.on_offer()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
