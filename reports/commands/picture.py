"""The figure of an answer as SVG or PNG, without a browser; choices as --name code."""

from __future__ import annotations

import argparse
from pathlib import Path

from answers import cli
from charts.theme import PALETTES

HELP = "a figure of an answer as SVG or PNG"
CHOICES = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked of the command line."""
    cli.seen(parser)
    parser.add_argument("question")
    parser.add_argument("--figure", default="", metavar="NAME", help="which one (default: the first)")
    parser.add_argument("--format", choices=("svg", "png"), help="default: by the name of the file")
    parser.add_argument("--palette", choices=sorted(PALETTES), default="light")
    parser.add_argument("--width", type=float, default=720, help="px (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write it."""
    from reports import pictures
    from reports.fonts import NoFont

    kind = asked.format or asked.out.suffix.lstrip(".").lower()
    if kind not in ("svg", "png"):
        parser.error("--format svg or png, or a file that ends so")
    given = cli.choices(asked.rest, parser)
    read = cli.reader(asked, parser)
    found = cli.put(asked.question, read, asked.lang, given, parser)
    named = pictures.figures(found)
    if not named:
        parser.error(f"{asked.question} has no figure")
    if asked.figure and asked.figure not in named:
        parser.error(f"no figure {asked.figure!r}; there are {', '.join(named)}")
    chosen = named[asked.figure or next(iter(named))]
    try:
        made = pictures.made(chosen, read, kind=kind, palette=asked.palette, width=asked.width)
    except NoFont as problem:
        parser.error(f"no font for paper is installed: {problem}")
    asked.out.write_bytes(made)
    print(f"{asked.out}: {len(made) / 1000:.0f} kB")
    return 0
