"""Command line of the store: build, demo, split, import, undo, coverage, close, lake, template, rebuild, check, migration;
audit, verify, backup, restore, retention, erase (data/upkeep.py); release (data/releasing.py)."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from data import cities, keys, patience, releasing, upkeep
from data.codes import CODES
from data.engine import ROOT, StoreProblem, check, make_engine, writing


def say(line: str) -> None:
    print(line, flush=True)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def opened(args: argparse.Namespace) -> Engine:
    """The store of the city that is asked for, if it can serve."""
    engine = make_engine(cities.address(args.city), wait_ms=patience.COMMAND_WAIT_MS)
    check(engine)
    return engine


def command_build(args: argparse.Namespace) -> int:
    from data import split
    from data.build import build

    if split.is_mixed(cities.base()) and not split.is_done(cities.base()):
        command_split(args)
    for city in (args.city,) if args.city else cities.CITIES:
        build(
            cities.address(city),
            city=city,
            boundaries=args.boundaries,
            lake_folder=args.lake,
            seed=args.seed,
            scale=args.scale,
            as_of=args.as_of,
            recorded_at=now(),
            progress=say,
        )
    return 0


def command_split(args: argparse.Namespace) -> int:
    from data import split

    at = cities.base()
    if not split.is_mixed(at):
        say(
            "나눌 저장소가 없습니다. 두 도시로 나누기 전의 저장소만 나눕니다.\n"
            "There is no store to split: only one from before there were two cities is."
        )
        return 1
    try:
        split.split(at, lake_folder=args.lake, recorded_at=now(), progress=say)
    except split.AlreadySplit:
        say(
            "두 도시의 저장소가 이미 있습니다. 바뀐 것이 없습니다.\nBoth cities' stores stand already: nothing was changed."
        )
        return 0
    say(
        "두 도시로 나누었습니다. 이전 저장소는 그대로 있으니 확인한 뒤 지우세요.\n"
        "Split into two cities. The old store stands as it was: delete it when you have looked."
    )
    return 0


def command_demo(args: argparse.Namespace) -> int:
    from data.build import AS_OF, load_demo

    engine = make_engine(cities.address(cities.DEMO))
    check(engine)
    load_demo(
        engine,
        seed=args.seed,
        scale=args.scale,
        as_of=args.as_of or AS_OF,
        lake_folder=args.lake,
        recorded_at=now(),
        progress=say,
    )
    return 0


def command_import(args: argparse.Namespace) -> int:
    from data.imports import import_files

    engine = opened(args)
    reports = import_files(
        engine,
        args.files,
        template=args.template,
        money=args.unit,
        books=args.books,
        closes=args.closes,
        recorded_at=now(),
        secret=keys.pseudonym_key(engine),
        who=upkeep.account(),
    )
    for report in reports:
        for line in report.lines(args.lang):
            say(line)
    return 0 if all(report.ok for report in reports) else 1


def command_undo(args: argparse.Namespace) -> int:
    from data.undo import NotUndoable, undo

    engine = opened(args)
    try:
        done = undo(engine, args.batch, recorded_at=now(), who=upkeep.account())
    except NotUndoable as problem:
        say(problem.line(args.lang))
        return 1
    say(done.line(args.lang))
    return 0


def command_coverage(args: argparse.Namespace) -> int:
    from data import coverage

    engine = opened(args)
    with engine.connect() as connection:
        cells = coverage.frame(connection, tables=[args.table] if args.table else None)
    for name, mine in cells.groupby("table_name", sort=False):
        for district, own in mine.groupby("district_code", sort=False):
            states = " ".join(
                f"{month}{'' if state == 'closed' else '?'}"
                for month, state in zip(own["month_key"], own["state"], strict=True)
            )
            say(f"{name} {district or '-'}: {states}")
    say(f"{len(cells)} months in all; ? = not closed")
    return 0


def command_close(args: argparse.Namespace) -> int:
    from data import facts

    engine = opened(args)
    try:
        with writing(engine) as connection:
            facts.closed(
                connection,
                args.table,
                args.month,
                district_code=args.district,
                author=args.author,
                reason=args.reason,
                closed=not args.open,
                recorded_at=now(),
                who=upkeep.account(),
            )
    except ValueError as problem:
        say(str(problem))
        return 1
    say(f"{args.table} {args.district or '-'} {args.month}: {'open' if args.open else 'closed'}")
    return 0


def command_lake(args: argparse.Namespace) -> int:
    from data import lake
    from data.lake import files, hotline
    from data.lake.engines import EngineProblem
    from data.lake.statements import DETECTION

    engine = opened(args)
    try:
        found = files.stand(files.Place.at(args.folder), (*DETECTION, hotline.TABLE))
        if hotline.TABLE in found:
            secret, who = keys.pseudonym_key(engine), upkeep.account()
            reports = hotline.refresh(engine, args.folder, recorded_at=now(), secret=secret, who=who)
            for line in (line for report in reports for line in report.lines("ko")):
                say(line)
            say(f"hotline: {len(reports)} months")
            if not all(report.ok for report in reports):
                return 1
            if not set(DETECTION) & set(found):
                return 0
        with engine.connect() as connection:
            counted = lake.count(
                connection, args.folder
            )  # may take long: nobody waits for the lock meanwhile
        with writing(engine) as connection:
            months = lake.take(connection, counted, recorded_at=now(), who=upkeep.account())
    except EngineProblem as problem:
        say(HELP[f"lake_{problem.kind}"])
        return 1
    except FileNotFoundError:
        say(
            f"{args.folder}: crisis_signal/month=YYYYMM 과 detection_action/month=YYYYMM, 또는 hotline_contact/month=YYYYMM 폴더의 Parquet 파일이 필요합니다.\n"
            f"{args.folder}: needs Parquet files in crisis_signal/month=YYYYMM and detection_action/month=YYYYMM, or in hotline_contact/month=YYYYMM."
        )
        return 1
    except lake.SummaryStands as stands:
        say(
            f"{stands}: 월별 발굴 실적이 이미 들어와 있습니다. 둘은 더하지 않습니다. 그 반입을 되돌린 뒤 다시 실행하세요.\n"
            f"{stands}: a monthly summary of detection is on record. The two are never added: undo that import, then run this again."
        )
        return 1
    except (OSError, ValueError):  # object storage that does not answer, or an address that is none
        say(HELP["lake_failed"])
        return 1
    say(
        f"detection: {len(months)} months, {months[0]} to {months[-1]}"
        if months
        else "detection: this lake is in already"
    )
    return 0


def command_template(args: argparse.Namespace) -> int:
    from data.imports import read_lookups, template_csv, template_xlsx

    if args.format == "csv":
        sys.stdout.buffer.write(template_csv(args.table, args.lang))
        return 0
    with opened(args).connect() as connection:
        content = template_xlsx(args.table, args.lang, read_lookups(connection))
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(content)
        return 0
    file = Path(f"{args.table}_{args.lang}.xlsx")
    file.write_bytes(content)
    say(str(file))
    return 0


def command_rebuild(args: argparse.Namespace) -> int:
    from data import facts

    engine = opened(args)
    with writing(engine) as connection:
        before = facts.digest(connection)
        facts.rebuild(connection)
        after = facts.digest(connection)
    changed = [name for name in before if before[name] != after[name]]
    say(f"facts rebuilt; changed: {', '.join(changed) or 'none'}")
    return 0


def command_check(args: argparse.Namespace) -> int:
    notes = check(make_engine(cities.address(args.city)))
    say("; ".join(f"{name}={value}" for name, value in sorted(notes.items()) if "key" not in name))
    return 0


def command_migration(args: argparse.Namespace) -> int:
    from data.engine import draft_migration

    made = draft_migration(args.message)
    say(
        f"{made.relative_to(ROOT)}"
        if made
        else "the tables and the migrations say the same: nothing to write"
    )
    return 0


def _months(text: str) -> frozenset[int]:
    """Months as they are given on the command line: 202609,202610, or none."""
    if text == "none":
        return frozenset()
    found = frozenset(int(one) for one in text.split(","))
    if not all(190001 <= month <= 219912 and 1 <= month % 100 <= 12 for month in found):
        raise argparse.ArgumentTypeError(f"months are written YYYYMM,YYYYMM, or none; not {text!r}")
    return found


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = root.add_subparsers(required=True)
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--seed", type=int, default=120)
    made.add_argument("--scale", type=int, default=1, help="1 (default), 10 or 100")
    made.add_argument("--as-of", type=date.fromisoformat, help="the present day of the city")
    lake_folder = argparse.ArgumentParser(add_help=False)
    lake_folder.add_argument("--lake", type=Path, default=ROOT / "var" / "lake")
    whose = argparse.ArgumentParser(add_help=False)
    whose.add_argument(
        "--city", choices=cities.CITIES, default=cities.OFFICE, help="whose store (default: %(default)s)"
    )

    offices = argparse.ArgumentParser(add_help=False)
    offices.add_argument("--city", choices=(cities.OFFICE,), default=cities.OFFICE)

    build = commands.add_parser("build", parents=[made, lake_folder], help="make the stores that are absent")
    build.add_argument("--city", choices=cities.CITIES, help="this one alone; both where none is named")
    build.add_argument("--boundaries", type=Path, default=ROOT / "var" / "boundaries.parquet")
    build.set_defaults(run=command_build)
    commands.add_parser(
        "demo", parents=[made, lake_folder], help="replace the demonstration city"
    ).set_defaults(run=command_demo)
    commands.add_parser(
        "split", parents=[lake_folder], help="split a store from before there were two cities"
    ).set_defaults(run=command_split)
    imports = commands.add_parser(
        "import", parents=[offices], help="bring CSV, XLSX or HWPX files into the office's store"
    )
    imports.add_argument("files", nargs="+", type=Path)
    imports.add_argument("--template", help="table name; found from the headers when absent")
    imports.add_argument(
        "--unit",
        choices=("원", "천원", "백만원", "억원"),
        help="unit of money in files that name none; else won",
    )
    imports.add_argument(
        "--books",
        choices=tuple(CODES["managing_body"]),
        help="whose books files of money are that do not say; else the city's",
    )
    imports.add_argument(
        "--closes",
        type=_months,
        metavar="YYYYMM,…|none",
        help="the months that the files hold whole, or none; else as the rule has it (docs/import.md)",
    )
    imports.add_argument("--lang", choices=("ko", "en"), default="ko")
    imports.set_defaults(run=command_import)
    undo = commands.add_parser("undo", parents=[offices], help="take the newest import back")
    undo.add_argument("batch", nargs="?", type=int, help="its number, so that no other is taken back")
    undo.add_argument("--lang", choices=("ko", "en"), default="ko")
    undo.set_defaults(run=command_undo)
    cover = commands.add_parser(
        "coverage", parents=[whose], help="which months have come, by table and district"
    )
    cover.add_argument("--table", help="one table alone")
    cover.set_defaults(run=command_coverage)
    close = commands.add_parser(
        "close", parents=[offices], help="close a month of a table by word, or open it again"
    )
    close.add_argument("table")
    close.add_argument("month", type=int, help="YYYYMM")
    close.add_argument("--district", default="", help="code; left out for rows without a district")
    close.add_argument("--author", required=True)
    close.add_argument("--reason", required=True)
    close.add_argument("--open", action="store_true", help="open it again")
    close.set_defaults(run=command_close)
    lake = commands.add_parser(
        "lake", parents=[offices], help="roll a recorded detection lake up into the office's facts"
    )
    lake.add_argument("folder", help="a folder, or an address of object storage: s3://bucket/path")
    lake.set_defaults(run=command_lake)
    template = commands.add_parser(
        "template",
        parents=[whose],
        help="an empty file for a table: CSV, or a workbook with lists to choose from",
    )
    template.add_argument("table")
    template.add_argument("--format", choices=("csv", "xlsx"), default="csv")
    template.add_argument("--lang", choices=("ko", "en"), default="ko")
    template.set_defaults(run=command_template)
    commands.add_parser("rebuild", parents=[whose], help="roll every fact up again").set_defaults(
        run=command_rebuild
    )
    commands.add_parser("check", parents=[whose], help="say whether the store can serve").set_defaults(
        run=command_check
    )
    upkeep.add(commands, whose)
    releasing.add(commands, whose)
    draft = commands.add_parser("migration", help="draft a migration from what data/tables.py says anew")
    draft.add_argument("message", help="what a reader gains")
    draft.set_defaults(run=command_migration)
    return root


HELP = {
    "absent": "저장소가 없습니다. `make run` 을 실행하세요. / No store yet: run `make run`.",
    "incomplete": "저장소를 만들다 중단되었습니다. `python -m data build` 를 다시 실행하세요. / "
    "The store is half made: run `python -m data build` again.",
    "old": "저장소가 이전 판입니다. `python -m data build` 를 실행하세요. / "
    "The store is of an older version: run `python -m data build`.",
    "newer": "저장소가 이 프로그램보다 새 판입니다. 프로그램을 갱신하세요. / "
    "The store is newer than this program: update the program.",
    "unreachable": "저장소에 연결할 수 없습니다. DATABASE_URL 을 확인하세요. / The store cannot be reached: check DATABASE_URL.",
    "readonly": "저장소가 읽기 전용입니다. 쓰기 권한을 주세요. / The store is read-only: grant write permission.",
    "busy": "다른 작업이 쓰고 있습니다. 잠시 뒤 다시 하세요. / Another process is writing: try again shortly.",
    "full": "저장 공간이 가득 찼습니다. / The disk is full.",
    "silent": "저장소 서버가 응답하지 않습니다. / The store's server does not answer.",
    "damaged": "저장소가 손상되었습니다. `python -m data verify` 로 확인하고 백업을 복원하세요. / "
    "The store is damaged: see `python -m data verify`, then restore a backup.",
    "denied": "저장소를 열 권한이 없습니다. 파일 권한이나 계정을 확인하세요. / No permission to open the store: check file permissions or the account.",
    "crowded": "저장소 서버에 연결이 너무 많습니다. / The store's server has too many connections.",
    "key": "가명 열쇠가 이 저장소의 것이 아니거나 없습니다. IEUM_SECRET 이나 열쇠 파일을 되돌려 놓으세요. / "
    "The pseudonym key is not this store's, or is gone: put IEUM_SECRET or the key file back.",
    "lake_absent": "Spark 에 필요한 패키지가 없습니다: pip install -r requirements-spark.txt / "
    "Spark's packages are not installed: pip install -r requirements-spark.txt",
    "lake_address": "IEUM_LAKE 는 hive://서버:포트/이름 이어야 합니다. / IEUM_LAKE has to be hive://server:port/name.",
    "lake_failed": "집계하지 못했습니다. 저장소는 그대로입니다. IEUM_LAKE 의 서버와 자료 자리를 확인하세요. / "
    "It could not be counted; the store is as it was. Check the server in IEUM_LAKE and where the files lie.",
    "replaced": "작업 중에 저장소가 바뀌어 아무것도 남지 않았습니다. / The store was replaced meanwhile: nothing was kept.",
}


def main() -> int:
    args = parser().parse_args()
    try:
        return int(args.run(args))
    except StoreProblem as problem:
        say(HELP.get(problem.kind, str(problem)))
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
