"""What the commands share that write answers into one file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from answers import cli, registry
from answers.answer import Answer
from answers.reader import Reader
from reports import links, made


def arguments(parser: argparse.ArgumentParser) -> None:
    """QUESTION…, --page, --lang, --view, --base, --out."""
    parser.add_argument(
        "question", nargs="*", help="one question or several, of which each takes the choices that it knows"
    )
    parser.add_argument("--page", help="every question of a page")
    parser.add_argument(
        "--base",
        default="",
        help="the address that the app stands at, for links (default: IEUM_URL, else this machine)",
    )
    parser.add_argument("--out", type=Path, required=True, help="the file")
    cli.seen(parser)


def write(kind: str, asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write the file that a command asks for; returns the exit code."""
    read = cli.reader(asked, parser)
    answers = asked_for(asked, read, parser)
    waiting = [found.question for found in answers if found.pending]
    if waiting:
        print(f"{', '.join(waiting)}: not worked out yet; python -m answers studies --make", file=sys.stderr)
        return 1
    content = made.file(kind, answers, read, base=links.base(asked.base))
    asked.out.write_bytes(content)
    print(f"{asked.out}: {len(answers)} answers, {len(content):,} bytes")
    return 0


def asked_for(asked: argparse.Namespace, read: Reader, parser: argparse.ArgumentParser) -> list[Answer]:
    """The answers that a command names."""
    given = cli.choices(asked.rest, parser)
    if asked.page:
        if asked.question:
            parser.error("give questions or --page, not both")
        try:
            return made.of_page(asked.page, read, asked.lang, given)
        except KeyError:
            parser.error(f"no page {asked.page!r}")
    if not asked.question:
        parser.error("which question? python -m answers list")
    if len(asked.question) == 1:
        return [cli.put(asked.question[0], read, asked.lang, given, parser)]
    return [cli.put(id, read, asked.lang, _known(id, given), parser) for id in asked.question]


def _known(id: str, given: dict[str, str]) -> dict[str, str]:
    """The choices that a question has, of those given for several."""

    try:
        own = {choice.name for choice in registry.get(id).choices}
    except KeyError:
        return given
    return {name: code for name, code in given.items() if name in own}
