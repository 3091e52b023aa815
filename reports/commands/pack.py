"""The pack for a monthly meeting: decisions, what changed, the plan, measures, districts, with contents and page numbers."""

from __future__ import annotations

import argparse
from pathlib import Path

from answers import cli
from reports import links

HELP = "the pack for a monthly meeting"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked of the command line."""
    cli.seen(parser)
    parser.add_argument(
        "--month", default="", metavar="YYYY-MM", help="the month that the figures speak for (default)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    parser.add_argument(
        "--url", default="", help="the app's address, for the link and its code (default: IEUM_URL)"
    )


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write it."""
    from reports import briefs, pack
    from reports.fonts import NoFont

    desk = briefs.desk(cli.reader(asked, parser), asked.lang, links.base(asked.url))
    try:
        made = briefs.pdf(desk, "pack", asked.month)
    except pack.OtherMonth as other:
        parser.error(f"the figures speak for {other.month // 100}-{other.month % 100:02d}")
    except NoFont as problem:
        parser.error(f"no font for paper is installed: {problem}")
    asked.out.write_bytes(made)
    print(f"{asked.out}: {len(made) / 1000:.0f} kB")
    return 0
