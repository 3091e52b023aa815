"""The sheets of all districts, one file each."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

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
    """Write them, and say how far it has come."""
    from reports import briefs
    from reports.fonts import NoFont

    start = time.perf_counter()
    read = cli.reader(asked, parser)
    desk = briefs.desk(read, asked.lang, links.base(asked.url))
    names = read.district_names(asked.lang)
    asked.out.mkdir(parents=True, exist_ok=True)
    size = 0
    for number, (code, name) in enumerate(names.items(), 1):
        try:
            made = briefs.pdf(desk, "district", code)
        except NoFont as problem:
            parser.error(f"no font for paper is installed: {problem}")
        (asked.out / f"{briefs.file_name('district', code, asked.lang, read)}").write_bytes(made)
        size += len(made)
        print(f"\r{number}/{len(names)} {name}      ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{asked.out}: {len(names)} sheets, {size / 1e6:.1f} MB, {time.perf_counter() - start:.1f} s")
    return 0
