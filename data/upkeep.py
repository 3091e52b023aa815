"""Command line of keeping the store in order: audit trail, soundness, backups, retention, erasure."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from data import audit, backup, cities, keys, retention, soundness
from data.engine import ROOT, check, make_engine, problem_of
from data.imports.pseudonyms import KINDS
from data.patience import COMMAND_WAIT_MS
from data.tables import metadata

WHY = {
    "order": ("빠졌거나 순서가 다릅니다", "it is missing or out of turn"),
    "previous": ("앞 기록을 잇지 않습니다", "it does not follow the entry before"),
    "content": ("내용이 바뀌었습니다", "something in it was changed"),
    "head": ("따로 적어 둔 기록이 없습니다", "the head that was noted is not there"),
}
REASONS = {
    "exists": ("같은 이름의 백업이 이미 있습니다", "a backup of this name stands already"),
    "absent": ("백업 파일이 없습니다", "there is no such backup"),
    "slip": (
        "백업의 쪽지(.json)가 없거나 읽을 수 없습니다",
        "the backup's slip (.json) is missing or cannot be read",
    ),
    "changed": ("백업 파일이 만든 뒤에 바뀌었습니다", "the backup's file was changed after it was made"),
    "damaged": ("백업 파일이 손상되었습니다", "the backup's file is damaged"),
    "trail": ("백업의 접속·처리 기록이 맞지 않습니다", "the backup's audit trail does not hold"),
    "batch": ("백업의 묶음에서 값이 바뀌었습니다", "a value of a batch in the backup was changed"),
    "rows": ("백업의 행 수가 다릅니다", "the backup has another number of rows"),
    "layout": ("표의 구조가 다릅니다", "the tables differ"),
    "beside": ("공표 판의 백업이 곁에 없습니다", "the backup of a release is not beside it"),
    "release": (
        "공표 판의 백업입니다. 도시의 백업을 복원하면 곁의 판도 함께 돌아옵니다",
        "this is a release's backup: restore the city's, and the releases beside it come back with it",
    ),
    "city": ("다른 도시의 백업입니다", "the backup is of another city"),
    "stands": (
        "저장소가 있어 덮어쓰지 않았습니다. 옆으로 치우고 복원하려면 --aside 를 붙이세요",
        "a store stands there and was not written over; add --aside to put it aside and restore",
    ),
}


def account() -> str:
    """Who is at the command line, for the audit trail."""
    try:
        return f"{audit.LOCAL}:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name
        return audit.LOCAL


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def add(commands: Any, whose: argparse.ArgumentParser) -> None:
    """The commands, below `python -m data`."""
    trail = commands.add_parser("audit", help="the audit trail: whether it holds, what it says")
    acts = trail.add_subparsers(required=True)
    proof = acts.add_parser(
        "verify", parents=[whose], help="check every link; exit 1 and the first that does not hold"
    )
    proof.add_argument("--head", help="NUMBER:DIGEST that was noted before, to be found again")
    proof.set_defaults(run=command_trail)
    listed = acts.add_parser("list", parents=[whose], help="entries, the newest first")
    listed.add_argument("--last", type=int, default=50)
    listed.add_argument("--kind", choices=tuple(audit.KINDS), action="append", default=[])
    listed.add_argument("--who")
    listed.set_defaults(run=command_list)
    sound = commands.add_parser(
        "verify", parents=[whose], help="whether the store, or a backup, is sound; exit 1 and what is not"
    )
    sound.add_argument("backup", type=Path, nargs="?", help="a backup's file; the store where left out")
    sound.add_argument("--quick", action="store_true", help="without rolling the facts up again")
    sound.set_defaults(run=command_verify)
    taken = commands.add_parser("backup", parents=[whose], help="take a backup while everybody works")
    taken.add_argument("--to", type=Path, default=ROOT / "var" / "backups", help="the folder (%(default)s)")
    taken.set_defaults(run=command_backup)
    back = commands.add_parser("restore", parents=[whose], help="put a backup in the store's place")
    back.add_argument("backup", type=Path)
    back.add_argument("--aside", action="store_true", help="put the store that stands there aside")
    back.set_defaults(run=command_restore)
    kept = commands.add_parser("retention", parents=[whose], help="what is over its time, by table")
    kept.add_argument("--apply", action="store_true", help="delete it")
    kept.set_defaults(run=command_retention)
    gone = commands.add_parser(
        "erase", parents=[whose], help="take a subject out of the store and of backups"
    )
    gone.add_argument("subject", help="the office's own number, or the pseudonym")
    gone.add_argument("--kind", choices=tuple(KINDS), default="person_id", help="what the number names")
    gone.add_argument("--reason", required=True, help="the request, for the audit trail")
    gone.add_argument("--backups", type=Path, help="a folder of backups to take the subject out of, too")
    gone.set_defaults(run=command_erase)


def command_trail(args: argparse.Namespace) -> int:
    with opened(args).connect() as connection:
        found = audit.verify(connection, noted=args.head)
    if found.broken is None:
        say(f"{found.entries}건이 모두 이어집니다. 머리: {found.head}")
        say(f"All {found.entries} entries hold. Head: {found.head}")
        return 0
    ko, en = WHY[found.why]
    say(f"{found.broken}번 기록이 맞지 않습니다: {ko}.")
    say(f"Entry {found.broken} does not hold: {en}.")
    return 1


def command_list(args: argparse.Namespace) -> int:
    with opened(args).connect() as connection:
        for one in audit.entries(connection, last=args.last, kinds=tuple(args.kind), who=args.who):
            say(f"{one.entry_id} {one.at} {one.kind} {one.who} {json.dumps(one.facts, ensure_ascii=False)}")
    return 0


def command_verify(args: argparse.Namespace) -> int:
    if args.backup is not None:
        return _told(lambda: _sound_backup(args.backup))
    engine = make_engine(cities.address(args.city), wait_ms=COMMAND_WAIT_MS)
    found = 0
    try:
        check(engine)
        for kind, detail in soundness.findings(engine, with_facts=not args.quick):
            found += 1
            for sentence in soundness.SENTENCES[kind]:
                say(sentence.format(detail=detail))
    except DBAPIError as error:
        problem = problem_of(error)
        raise problem or error from error
    if not found:
        say("저장소에 이상이 없습니다.\nThe store is sound.")
    return 1 if found else 0


def _sound_backup(file: Path) -> None:
    slip = backup.verify(file)
    say(f"백업에 이상이 없습니다: {slip.city}, {slip.made_at}, {sum(slip.rows.values()):,}행")
    say(f"The backup is sound: {slip.city}, {slip.made_at}, {sum(slip.rows.values()):,} rows")


def command_backup(args: argparse.Namespace) -> int:
    engine, at = opened(args), now()
    args.to.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = args.to / f"ieum-{args.city}-{at:%Y%m%d-%H%M%S}.db"

    def take() -> None:
        slip = backup.make(engine, file, at=at, who=account())
        backup.verify(file)
        say(f"{file}: {sum(slip.rows.values()):,}행, 확인함. 기록 머리 {slip.audit_head}")
        say(f"{file}: {sum(slip.rows.values()):,} rows, verified. Audit head {slip.audit_head}")
        say(f"가명 열쇠는 백업에 없습니다. 따로 보관하세요: {keys.key_file(cities.address(args.city))}")
        say("The pseudonym key is not in the backup: keep it elsewhere.")

    return _told(take)


def command_restore(args: argparse.Namespace) -> int:
    def put() -> None:
        url = cities.address(args.city)
        former = backup.restore(args.backup, url, city=args.city, at=now(), who=account(), aside=args.aside)
        say("복원했습니다." + (f" 이전 저장소: {former}" if former else ""))
        say("Restored." + (f" The former store: {former}" if former else ""))

    return _told(put)


def _told(act: Any) -> int:
    try:
        act()
    except backup.NoBackup as problem:
        ko, en = REASONS[problem.reason]
        detail = f" ({problem.detail})" if problem.detail else ""
        say(f"{ko}{detail}.\n{en[0].upper()}{en[1:]}{detail}.")
        return 1
    return 0


def command_retention(args: argparse.Namespace) -> int:
    engine, at = opened(args), now()
    if args.apply:
        gone = retention.apply(engine, at=at, who=account())
        say("; ".join(f"{name}: {rows:,}" for name, rows in gone.items()) or "없음 · none")
        return 0
    with engine.connect() as connection:
        over = retention.due(connection, on=at.date())
    for table in metadata.sorted_tables:
        rule = retention.rule_of(table.name)
        period = f"{rule.years}y" if rule.years else "-"
        say(f"{table.name} {period} {over.get(table.name, 0):,} · {rule.ko} · {rule.en}")
    return 0


def command_erase(args: argparse.Namespace) -> int:
    engine, at = opened(args), now()
    subject = retention.pseudonyms(args.subject, kind=args.kind, secret=keys.pseudonym_key(engine))
    about = {"kind": args.kind, "at": at, "reason": args.reason, "who": account()}
    gone = retention.erase(engine, subject, **about)
    rows = sum(gone.values())
    say(f"{rows:,}행을 지웠습니다({', '.join(gone) or '-'}).")
    say(f"{rows:,} rows erased ({', '.join(gone) or '-'}).")
    for file in sorted(args.backups.glob(f"ieum-{args.city}-*.db")) if args.backups else ():
        if backup.is_of_release(file):
            continue  # it follows its city's
        taken = backup.without(file, lambda copy: retention.erase(copy, subject, **about))
        say(f"{file.name}: {sum(taken.values()):,}")
    return 0


def opened(args: argparse.Namespace) -> Engine:
    """The engine of the city that a command names, once its store serves."""
    engine = make_engine(cities.address(args.city), wait_ms=COMMAND_WAIT_MS)
    check(engine)
    return engine


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
