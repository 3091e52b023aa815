"""Answers as files."""

from __future__ import annotations

import argparse
import gc
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from answers import cli
from data.engine import StoreProblem
from locales import t
from reports import commands


def names() -> list[str]:
    """Every command: the modules of `reports.commands`."""
    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))


def main(given: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    gc.set_threshold(
        50_000, 20, 100
    )  # as in `serve.server`: a command leaves no rings behind, and looks for them take a tenth
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    listed = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    words = list(sys.argv[1:] if given is None else given)
    # Who names a command waits for no other's libraries.
    wanted = words[:1] if words[:1] and words[0] in names() else names()
    known = {name: importlib.import_module(f"reports.commands.{name}") for name in wanted}
    parsers = {
        name: listed.add_parser(name, parents=[cli.whose()], help=module.HELP, description=module.__doc__)
        for name, module in known.items()
    }
    for name, module in known.items():
        module.arguments(parsers[name])
    # A question's own choices (--months 12) are not known before the question is: the command reads them from `rest`.
    asked, rest = parser.parse_known_args(words)
    asked.rest = rest
    inner = parsers[asked.command]
    if rest and not getattr(known[asked.command], "CHOICES", False):
        inner.error(f"unknown: {' '.join(rest)}")
    try:
        return known[asked.command].run(asked, inner)
    except StoreProblem as problem:
        print(t(f"store.{problem.kind}.what", "en"), file=sys.stderr)
        print(t(f"store.{problem.kind}.command", "en"), file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
