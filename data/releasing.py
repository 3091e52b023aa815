"""Command line of releases: python -m data release list | make | show | serve."""

from __future__ import annotations

import argparse
import signal
from threading import Event
from typing import Any

from data import cities, held, logs, release_requests, releases
from data.releases import NoRelease, Release
from data.upkeep import account, now, opened, say

REASONS = {
    "busy": ("다른 공표가 진행 중입니다", "another release is being made"),
    "late": (
        "분석이 자료보다 늦습니다. `python -m answers studies --make` 를 먼저 실행하세요",
        "studies are behind the records: run `python -m answers studies --make` first",
    ),
    "former": ("지난 판을 읽을 수 없습니다", "the last release cannot be read"),
}


def add(commands: Any, whose: argparse.ArgumentParser) -> None:
    """The commands, below `python -m data`."""
    root = commands.add_parser("release", help="what is published: list, make the next one, show one")
    acts = root.add_subparsers(required=True)
    acts.add_parser("list", parents=[whose], help="every release, the newest first").set_defaults(
        run=command_list
    )
    make = acts.add_parser("make", parents=[whose], help="freeze the figures as they stand")
    make.add_argument("--note", default="", help="what it is for, in a sentence")
    make.set_defaults(run=command_make)
    serve = acts.add_parser("serve", help="make the releases that the app asks for, until told to end")
    serve.set_defaults(run=command_serve)
    show = acts.add_parser("show", parents=[whose], help="what a release holds, and what was held over")
    show.add_argument("number", type=int, nargs="?", help="the newest where left out")
    show.set_defaults(run=command_show)


def command_list(args: argparse.Namespace) -> int:
    with opened(args).connect() as connection:
        found = releases.listing(connection)
    for one in found:
        say(_line(one))
    if not found:
        say("공표한 판이 없습니다.\nNothing has been released.")
    return 0


def command_make(args: argparse.Namespace) -> int:
    engine = opened(args)
    try:
        made = releases.make(engine, at=now(), remark=args.note, who=account())
    except NoRelease as problem:
        ko, en = REASONS[problem.reason]
        detail = f" ({problem.detail})" if problem.detail else ""
        say(f"{ko}{detail}.\n{en[0].upper()}{en[1:]}{detail}.")
        return 1
    say(_line(made))
    say(f"공표 {made.number}판을 냈습니다. 이전 수치로 둔 달 {made.months_held}개.")
    say(f"Release {made.number} is out; {made.months_held} months keep their former figures.")
    return 0


def command_serve(_args: argparse.Namespace) -> int:
    """Every city's requests, with the account of DATABASE_URL: `deploy/systemd/ieum-releases.service`."""
    logs.begin()
    ended = Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: ended.set())
    release_requests.serve([cities.address(city) for city in cities.on_offer()], now, ended=ended)
    return 0


def command_show(args: argparse.Namespace) -> int:
    with opened(args).connect() as connection:
        found = releases.listing(connection)
    one = next((one for one in found if args.number in (None, one.number)), None)
    if one is None:
        say("그런 판이 없습니다. `python -m data release list`\nThere is no such release.")
        return 1
    say(_line(one))
    say(f"cells sha256 {one.cells_sha256}\nfacts sha256 {one.facts_sha256}")
    for table, (first, last) in sorted(one.months.items()):
        say(f"{table} {first}-{last}")
    for kept in one.held:
        name = " · ".join(held.named(kept.family, lang) for lang in ("ko", "en"))
        name += f" ({kept.sum})" if kept.sum else ""
        say(
            f"held over: {name} {kept.period}: {kept.since}판 수치 / as of release {kept.since} (changed: {kept.records})"
        )
    return 0


def _line(one: Release) -> str:
    about = f"{one.number} {one.made_at:%Y-%m-%d %H:%M}Z {one.who} batch {one.data_version} as of {one.as_of}"
    return f"{about} {one.cells:,} cells {one.cells_sha256[:12]} held {one.months_held}{f' · {one.remark}' if one.remark else ''}"
