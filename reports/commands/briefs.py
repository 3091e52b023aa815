"""The sheets of all districts, one file each."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from answers import cli
from reports import links

HELP = "one A4 of each district, into a folder"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked of the command line."""
    cli.seen(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--url", default="", help="the app's address, for the link and its code (default: IEUM_URL)"
    )


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write them, as many at once as there are cores, and say how far it has come."""
    from reports import briefs
    from reports.fonts import NoFont

    start = time.perf_counter()
    read = cli.reader(asked, parser)
    names = read.district_names(asked.lang)
    asked.out.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        for number, (code, made) in enumerate(zip(names, _made(asked, list(names)), strict=True), 1):
            (asked.out / briefs.file_name("district", code, asked.lang, read)).write_bytes(made)
            size += len(made)
            print(f"\r{number}/{len(names)} {names[code]}      ", end="", file=sys.stderr, flush=True)
    except NoFont as problem:
        parser.error(f"no font for paper is installed: {problem}")
    print(file=sys.stderr)
    print(f"{asked.out}: {len(names)} sheets, {size / 1e6:.1f} MB, {time.perf_counter() - start:.1f} s")
    return 0


def _made(asked: argparse.Namespace, codes: list[str]) -> Iterator[bytes]:
    """The sheets of some districts in their order, made in as many processes as there are cores."""
    cores = os.cpu_count() or 1
    if cores == 1 or len(codes) < 2:
        _begin(asked)
        yield from map(_sheet, codes)
        return
    # Started afresh: what is open of a store must not go along into a fork.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, fresh, initializer=_begin, initargs=(asked,)) as pool:
        # The first one alone: the studies that it has to make after an import are then there for all others.
        yield pool.submit(_sheet, codes[0]).result()
        yield from pool.map(_sheet, codes[1:])


_DESK: Any = None  # of a process that makes sheets


def _begin(asked: argparse.Namespace) -> None:
    global _DESK
    from reports import briefs

    read = cli.reader(asked, argparse.ArgumentParser())
    _DESK = briefs.desk(read, asked.lang, links.base(asked.url))


def _sheet(code: str) -> bytes:
    from reports import briefs

    return briefs.pdf(_DESK, "district", code)
