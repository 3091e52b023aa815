"""What every command line of ours takes: whose figures, in which language and view, and a question with its choices."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from answers import registry
from answers.answer import Answer
from answers.reader import Reader
from answers.rights import VIEWS, Rights, views
from answers.store import Store, cities
from locales import LANGUAGES


def whose() -> argparse.ArgumentParser:
    """A parent parser: --city."""
    parser = argparse.ArgumentParser(add_help=False)
    offered = cities.on_offer()
    parser.add_argument(
        "--city", choices=offered, default=offered[0], help="whose figures (default: %(default)s)"
    )
    return parser


def seen(parser: argparse.ArgumentParser) -> None:
    """--lang, --view and --release."""
    parser.add_argument("--lang", choices=sorted(LANGUAGES), default="ko")
    parser.add_argument("--view", choices=VIEWS, default="published")
    parser.add_argument(
        "--release", type=int, metavar="N", help="as it was published by this release; live where left out"
    )


def reader(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> Reader:
    """The reader that --city, --release and --view name; ends the command where that view is not on offer."""
    store = Store.of_release(asked.city, asked.release) if asked.release else Store.of_city(asked.city)
    if asked.view not in (offered := views(store.city)):
        parser.error(
            f"--view {asked.view} is not on offer for --city {asked.city}; there are {', '.join(offered)}"
        )
    return Reader(store, Rights(asked.view))


def choices(rest: Sequence[str], parser: argparse.ArgumentParser) -> dict[str, str]:
    """--name code … as a dictionary."""
    found: dict[str, str] = {}
    words = [part for word in rest for part in (word.split("=", 1) if word.startswith("--") else [word])]
    while words:
        name = words.pop(0)
        if not name.startswith("--") or not words:
            parser.error(f"choices are given as --name code, not {name!r}")
        found[name[2:]] = words.pop(0)
    return found


def put(
    question: str, read: Reader, lang: str, given: dict[str, str], parser: argparse.ArgumentParser
) -> Answer:
    """The answer to a question; ends the command with what is on offer where there is no such question or choice."""
    try:
        registry.checked(question, read, given)
    except KeyError:
        parser.error(f"no question {question!r}; there are {', '.join(q.id for q in registry.every())}")
    except registry.NotOffered as wrong:
        names = ", ".join(wrong.offered) or "none"
        if wrong.code is None:
            parser.error(f"{question} has no choice --{wrong.name}; it has {names}")
        parser.error(f"--{wrong.name} {wrong.code} is not on offer; there are {names}")
    return registry.answer(question, read, lang, given)
