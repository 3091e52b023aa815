"""`python -m serve people`: who may sign in, with which role and for which districts.

python -m serve people list
python -m serve people add EMAIL --name NAME --role ROLE [--districts 11010,11020]
python -m serve people role EMAIL --role ROLE [--districts …]      the former role ends; without districts it is for all
python -m serve people revoke EMAIL                                no role any more, and every session ends

They stand in the office's store; each change leaves an entry in its audit trail. A running server takes a change up within ten seconds.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

from data import cities, people
from data.engine import StoreProblem, check, make_engine
from locales import t


def main(words: list[str]) -> int:
    """Run a command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m serve people", description="Who may sign in.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="everybody with role and districts, and open sessions")
    for name, about in (("add", "enter somebody"), ("role", "another role"), ("revoke", "no role any more")):
        one = commands.add_parser(name, help=about)
        one.add_argument("email")
        if name == "add":
            one.add_argument("--name", required=True)
        if name != "revoke":
            one.add_argument("--role", required=True, choices=people.ROLES)
            one.add_argument(
                "--districts", default="", help="codes with commas between; all where none is given"
            )
    asked = parser.parse_args(words)
    try:
        for line in _done(asked):
            print(line)
    except people.Refused as refused:
        for lang in ("ko", "en"):
            print(t(f"people.no_{refused.reason}", lang, detail=refused.detail), file=sys.stderr)
        return 1
    except StoreProblem as problem:
        for lang in ("ko", "en"):
            print(t(f"store.{problem.kind}.what", lang), file=sys.stderr)
        return 1
    return 0


def _done(asked: argparse.Namespace) -> list[str]:
    engine = make_engine(cities.address(cities.OFFICE))
    check(engine)
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    if asked.command == "list":
        with engine.connect() as connection:
            found, open_now = people.everybody(connection), people.sessions(connection, at)
        return [_line(one, sum(s.person.person_id == one.person_id for s in open_now)) for one in found]
    by = f"command:{getpass.getuser()}"
    if asked.command == "revoke":
        return [_line(people.revoke(engine, asked.email, by=by, at=at), 0)]
    scope = [code.strip() for code in asked.districts.split(",") if code.strip()]
    if asked.command == "add":
        more = {"name": asked.name, "role": asked.role, "districts": scope}
        return [_line(people.add(engine, asked.email, **more, by=by, at=at), 0)]
    return [_line(people.give(engine, asked.email, asked.role, districts=scope, by=by, at=at), 0)]


def _line(one: people.Person, sessions: int) -> str:
    return "\t".join((one.email, one.name, one.role or "-", ",".join(one.districts) or "-", str(sessions)))
