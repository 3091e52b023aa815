"""What changed, how sure, who acts: as text, as HTML mail or as JSON, for the office's own mailer."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from reports import links

HELP = "what changed since a day, for a role: text, HTML mail or JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked of the command line."""
    from reports.digest import ROLES

    parser.add_argument("--lang", choices=("ko", "en"), default="ko")
    parser.add_argument("--since", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    parser.add_argument("--role", choices=ROLES, default="manager")
    parser.add_argument("--format", choices=("text", "html", "json"), default="text")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write it (default: standard output)"
    )
    parser.add_argument("--url", default="", help="the app's address, for links (default: IEUM_URL)")


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write it."""
    from answers import alerts
    from answers.reader import Reader, Unreleased
    from answers.store import Store, StoreProblem
    from answers.viewer import Forbidden, Viewer
    from reports import digest

    with suppress(StoreProblem):  # a store that takes no note now still says what its rules find
        alerts.keep(Store.of_city(asked.city), at=datetime.now(UTC).replace(tzinfo=None), patient=True)
    try:
        # Whoever is in a role is told what that role sees: a council member what is released.
        read = Reader.shown(asked.city, Viewer(asked.role).rights(asked.city))
    except (Unreleased, Forbidden) as none:
        parser.error(none.words("en") if isinstance(none, Unreleased) else str(none))
    try:
        found = digest.digest(read, asked.lang, role=asked.role, since=asked.since, at=links.base(asked.url))
    except digest.OutOfReach as wrong:
        parser.error(f"--since lies before {wrong.first}, or not before the end of the last closed month")
    text = {"text": digest.text, "html": digest.html, "json": digest.as_json}[asked.format](found)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0
