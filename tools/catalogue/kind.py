"""A kind of input, its files, and what came of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TypeAlias

import openpyxl
from sqlalchemy import Engine, insert

from data import tables as t
from data.engine import make_engine, writing
from data.imports import ImportReport, Lookups, Parsed, Reason, load, preview, read_lookups
from tools.office_files import saved

NOW = datetime(2026, 11, 28, 3)
DISTRICTS = (("11230", "11680", "강남구", "Gangnam-gu"), ("11210", "11620", "관악구", "Gwanak-gu"), ("11010", "11110", "종로구", "Jongno-gu"),
             ("11110", "11350", "노원구", "Nowon-gu"))  # fmt: skip
DONGS = (("1123051", "11230", "신사동", 2010, None), ("1121063", "11210", "신사동", 2010, None), ("1101061", "11010", "종로1·2·3·4가동", 2010, None),
         ("1123071", "11230", "개포3동", 2010, 2020))  # fmt: skip
Content: TypeAlias = bytes | openpyxl.Workbook


@dataclass(frozen=True)
class Case:
    """One file of a kind.

    Attributes:
        ko, en: what the file is.
        content: its bytes, or a workbook to save; name: its file name.
        outcome: A taken, R refused by row, F refused as a whole.
        reasons: the reason codes that must be given, in row order; rows: the spreadsheet rows they must name.
        column, values: a column of the accepted rows and what must stand in it.
        told: a text that must stand in what is told (Korean).
        before: files that were loaded before it (name, content); then it is loaded too.
        change: of a loaded file: none (no-op), corrected, added.
    """

    ko: str
    en: str
    content: Callable[[], Content]
    outcome: str
    name: str = "실적.csv"
    reasons: tuple[Reason, ...] = ()
    rows: tuple[int, ...] = ()
    column: str = ""
    values: tuple[object, ...] = ()
    told: str = ""
    before: tuple[tuple[str, Callable[[], Content]], ...] = ()
    change: str = ""


@dataclass(frozen=True)
class Kind:
    """A line of the catalogue: its number, what it is, and how its files are dealt with."""

    number: int
    ko: str
    en: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Seen:
    """What came of a case: the outcome, the codes of its reasons, what was told, and everything that is not as declared."""

    outcome: str
    reasons: tuple[str, ...]
    rows: int
    wrong: tuple[str, ...]
    report: ImportReport


def store(folder: Path) -> Engine:
    """A store with four districts, their dong and one programme, for the files to be held against."""
    file = folder / "catalogue.db"
    file.touch()  # an engine opens what is there and makes nothing
    engine = make_engine(f"sqlite:///{file}")
    t.metadata.create_all(engine)
    with writing(engine) as connection:
        names = ("district_code", "mois_code", "name_ko", "name_en")
        more = {"living_area": "dosim", "tile_row": 1, "tile_col": 1}
        connection.execute(
            insert(t.district), [{**dict(zip(names, place, strict=True)), **more} for place in DISTRICTS]
        )
        of_dong = ("dong_code", "district_code", "name_ko", "valid_from_year", "valid_to_year")
        connection.execute(insert(t.dong), [dict(zip(of_dong, one, strict=True)) for one in DONGS])
        connection.execute(insert(t.strategy).values(strategy_id="s", name_ko="전략", name_en="Strategy"))
        connection.execute(
            insert(t.task).values(task_id="t", strategy_id="s", name_ko="과제", name_en="Task")
        )
        connection.execute(
            insert(t.programme).values(
                programme_id="mind_store", task_id="t", name_ko="서울마음편의점", name_en="Mind store", owner_unit="과",
                status="active", starts_on=datetime(2025, 3, 27).date(),
            )
        )  # fmt: skip
        connection.execute(insert(t.store_state).values(name="as_of", value="2026-10-31"))
    return engine


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else saved(content)


def run(case: Case) -> Seen:
    """Read the file of a case, in a store of its own where files come before it."""
    if not case.before:
        return _seen(case, ImportReport(preview(case.name, _bytes(case.content()), lookups=_known())))
    with tempfile.TemporaryDirectory() as folder:
        engine = store(Path(folder))
        try:
            for name, content in (*case.before, (case.name, case.content)):
                parsed = preview(name, _bytes(content()), lookups=_known())
                report = load(engine, parsed, recorded_at=NOW, secret="catalogue")
        finally:
            engine.dispose()
    return _seen(case, report)


@cache
def _known() -> Lookups:
    """What such a store knows."""
    with tempfile.TemporaryDirectory() as folder:
        engine = store(Path(folder))
        with engine.connect() as connection:
            found = read_lookups(connection, now=NOW)
        engine.dispose()
    return found


def _outcome(parsed: Parsed, report: ImportReport) -> str:
    if report.unbalanced or any(problem.whole_file for problem in parsed.problems):
        return "F"
    return "R" if parsed.refused else "A"


def _seen(case: Case, report: ImportReport) -> Seen:
    parsed = report.parsed
    outcome = _outcome(parsed, report)
    reasons = tuple(problem.reason.value for problem in report.problems)
    return Seen(outcome, reasons, len(parsed.frame), tuple(_wrong(case, report, outcome, reasons)), report)


def _wrong(case: Case, report: ImportReport, outcome: str, reasons: Sequence[str]) -> Iterator[str]:
    """Everything in which a case differs from what was declared of it."""
    parsed = report.parsed
    if outcome != case.outcome:
        yield f"outcome {outcome}, declared {case.outcome} ({', '.join(reasons)})"
    if list(reasons) != [reason.value for reason in case.reasons]:
        yield f"reasons {list(reasons)}"
    if case.rows and tuple(problem.row for problem in report.problems) != case.rows:
        yield f"rows {[problem.row for problem in report.problems]}"
    if case.column and tuple(parsed.frame.get(case.column, [])) != case.values:
        yield f"{case.column} = {list(parsed.frame.get(case.column, []))}"
    if case.told and case.told not in "\n".join(report.lines("ko")):
        yield f"{case.told!r} is not told"
    for problem in report.problems:
        for lang in ("ko", "en"):
            if not problem.sentence(lang).startswith(parsed.file_name):
                yield "a sentence does not begin with the file"
    changes = {"none": report.already, "corrected": report.corrected > 0, "added": report.added > 0}
    if case.change and not changes[case.change]:
        yield f"not {case.change}"
