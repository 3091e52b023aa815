"""One sheet as PDF: of a district, a programme, the plan, or what needs a decision."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from answers import cli
from reports import links

HELP = "one A4 of a district, a programme or the plan; two of what needs a decision"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked of the command line."""
    cli.seen(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--district", metavar="CODE")
    which.add_argument("--programme", metavar="ID")
    which.add_argument("--plan", action="store_true")
    which.add_argument("--decisions", action="store_true", help="two pages: what, why, how sure, who acts")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    parser.add_argument(
        "--url", default="", help="the app's address, for the link and its code (default: IEUM_URL)"
    )


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write it."""
    from reports import briefs
    from reports.fonts import NoFont

    start = time.perf_counter()
    desk = briefs.desk(cli.reader(asked, parser), asked.lang, links.base(asked.url))
    try:
        kind = next(k for k in briefs.KINDS if getattr(asked, k, None))
        code = getattr(asked, kind)
        made = briefs.pdf(desk, kind, code if isinstance(code, str) else "")
    except briefs.NotThere as wrong:
        parser.error(f"no {wrong.kind} {wrong.code}; there are {', '.join(wrong.offered)}")
    except NoFont as problem:
        parser.error(f"no font for paper is installed: {problem}")
    asked.out.write_bytes(made)
    print(f"{asked.out}: {len(made) / 1000:.0f} kB, {time.perf_counter() - start:.1f} s")
    return 0
