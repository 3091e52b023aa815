"""Command line of keeping the store in order: what the audit trail says and whether it holds."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from data import audit, cities
from data.engine import check, make_engine

WHY = {
    "order": ("빠졌거나 순서가 다릅니다", "it is missing or out of turn"),
    "previous": ("앞 기록을 잇지 않습니다", "it does not follow the entry before"),
    "content": ("내용이 바뀌었습니다", "something in it was changed"),
    "head": ("따로 적어 둔 기록이 없습니다", "the head that was noted is not there"),
}


def add(commands: Any, whose: argparse.ArgumentParser) -> None:
    """The commands, below `python -m data`."""
    trail = commands.add_parser("audit", help="the audit trail: whether it holds, what it says")
    acts = trail.add_subparsers(required=True)
    proof = acts.add_parser(
        "verify", parents=[whose], help="check every link; exit 1 and the first that does not hold"
    )
    proof.add_argument("--head", help="NUMBER:DIGEST that was noted before, to be found again")
    proof.set_defaults(run=command_verify)
    listed = acts.add_parser("list", parents=[whose], help="entries, the newest first")
    listed.add_argument("--last", type=int, default=50)
    listed.add_argument("--kind", choices=tuple(audit.KINDS), action="append", default=[])
    listed.add_argument("--who")
    listed.set_defaults(run=command_list)


def command_verify(args: argparse.Namespace) -> int:
    engine = make_engine(cities.address(args.city))
    check(engine)
    with engine.connect() as connection:
        found = audit.verify(connection, noted=args.head)
    if found.broken is None:
        _say(f"{found.entries}건이 모두 이어집니다. 머리: {found.head}")
        _say(f"All {found.entries} entries hold. Head: {found.head}")
        return 0
    ko, en = WHY[found.why]
    _say(f"{found.broken}번 기록이 맞지 않습니다: {ko}.")
    _say(f"Entry {found.broken} does not hold: {en}.")
    return 1


def command_list(args: argparse.Namespace) -> int:
    engine = make_engine(cities.address(args.city))
    check(engine)
    with engine.connect() as connection:
        for one in audit.entries(connection, last=args.last, kinds=tuple(args.kind), who=args.who):
            _say(f"{one.entry_id} {one.at} {one.kind} {one.who} {json.dumps(one.facts, ensure_ascii=False)}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
