"""Loading: one batch and one transaction, corrections supersede, the demonstration city takes no file."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from threading import Event

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from data import facts
from data.engine import StoreProblem, make_engine, set_state, writing
from data.imports import (
    ImportReport,
    Parsed,
    import_files,
    load,
    preview,
    pseudonym,
    read_lookups,
    store,
)
from data.imports.store import NotTheOffices
from data.imports.templates import templates
from data.tables import (
    OPERATIONAL,
    attendance,
    attendance_daily,
    attendance_monthly,
    batch,
    counselling_case,
    counselling_session,
    district,
    ledger_entry,
    ledger_monthly,
    metadata,
    programme,
    refused_row,
    spell,
    strategy,
    support_period,
    task,
)

RECORDED_AT = datetime(2026, 11, 1)
SECRET = "a secret of the test"
HEADER = "사업명,자치구,일자,연령대,성별,방문 건수"
LEDGER = "전표번호,집행일,사업명,자치구,구분,금액(천원),재원,통계목"


@pytest.fixture
def engine(database_url: str) -> Engine:
    """A store with two districts and two programmes and nothing else."""
    engine = make_engine(database_url)
    metadata.create_all(engine)
    places = [
        {"district_code": "11230", "mois_code": "11680", "name_ko": "강남구", "name_en": "Gangnam-gu"},
        {"district_code": "11210", "mois_code": "11620", "name_ko": "관악구", "name_en": "Gwanak-gu"},
    ]
    with writing(engine) as connection:
        connection.execute(
            insert(district), [{**p, "living_area": "dongnam", "tile_row": 1, "tile_col": 1} for p in places]
        )
        connection.execute(insert(strategy).values(strategy_id="s", name_ko="전략", name_en="Strategy"))
        connection.execute(insert(task).values(task_id="t", strategy_id="s", name_ko="과제", name_en="Task"))
        own = {"task_id": "t", "owner_unit": "과", "status": "active"}
        connection.execute(
            insert(programme),
            [
                {"programme_id": "mind_store", "name_ko": "서울마음편의점", "name_en": "Mind store", **own},
                {"programme_id": "talk", "name_ko": "똑똑 24", "name_en": "Talk 24", **own},
            ],
        )
    yield engine
    engine.dispose()


def send(engine: Engine, content: bytes, name: str = "실적.csv") -> ImportReport:
    with engine.connect() as connection:
        lookups = read_lookups(connection)
    parsed = preview(name, content, lookups=lookups)
    return load(engine, parsed, recorded_at=RECORDED_AT, secret=SECRET)


def csv(*lines: str, encoding: str = "cp949") -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def visits(place: str, day: str, count: int, who: str = "청년,여") -> str:
    return f"서울마음편의점,{place},{day},{who},{count}"


def rows_of(engine: Engine, table, *columns: str, current: bool = True) -> list[tuple]:
    with engine.connect() as connection:
        chosen = select(*(table.c[name] for name in columns)).order_by(table.c.row_id)
        if current:
            chosen = chosen.where(table.c.superseded_by.is_(None))
        return [tuple(row) for row in connection.execute(chosen)]


def count(engine: Engine, table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_cp949_file_with_korean_headers_lands_and_is_rolled_up(engine):
    report = send(engine, csv(HEADER, visits("강남구", "2025.04.01", 12), visits("관악", "20250402", 30)))
    assert (report.ok, report.added, report.refused, report.already) == (True, 2, 0, False)
    assert rows_of(engine, attendance, "district_code", "attended_on", "visits") == [
        ("11230", date(2025, 4, 1), 12),
        ("11210", date(2025, 4, 2), 30),
    ]
    with engine.connect() as connection:
        told = connection.execute(select(batch)).mappings().one()
        assert (told["kind"], told["rows_accepted"]) == ("import", 2)
        monthly = connection.execute(select(attendance_monthly.c.district_code, attendance_monthly.c.visits))
        assert sorted(map(tuple, monthly)) == [("11210", 30), ("11230", 12)]


def test_a_workbook_in_thousands_with_merged_districts_and_subtotals_lands_in_won(engine):
    book = openpyxl.Workbook()
    for row in (
        ["(단위: 천원)"], LEDGER.replace("(천원)", "").split(","),
        ["A-1", "2025-04-01", "서울마음편의점", "강남구", "지출", "1,234", "시비", "운영비"],
        ["A-2", "2025-04-02", "서울마음편의점", None, "원인행위", "(34)", "시비", "운영비"],
        ["소계", None, None, None, None, "1,200", None, None],
    ):  # fmt: skip
        book.active.append(row)
    book.active.merge_cells("D3:D4")
    out = io.BytesIO()
    book.save(out)
    report = send(engine, out.getvalue(), "원장.xlsx")
    assert report.added == 2 and "금액 단위: 천원" in report.lines("ko")
    stored = rows_of(
        engine, ledger_entry, "entry_id", "district_code", "amount_krw", "fiscal_year", "month_key"
    )
    assert stored == [("A-1", "11230", 1_234_000, 2025, 202504), ("A-2", "11230", -34_000, 2025, 202504)]
    with engine.connect() as connection:
        assert connection.execute(select(func.sum(ledger_monthly.c.amount_krw))).scalar() == 1_200_000


def test_the_same_file_again_and_the_same_rows_in_another_file_change_nothing(engine):
    lines = (visits("강남구", "2025-04-01", 12), visits("관악구", "2025-04-01", 5))
    send(engine, csv(HEADER, *lines))
    with engine.connect() as connection:
        before = facts.digest(connection)
    same = send(engine, csv(HEADER, *lines), "다른 이름.csv")
    other = send(engine, csv(HEADER, *reversed(lines), encoding="utf-8"))
    assert same.already and other.already and other.unchanged == 2 and same.batch_id is other.batch_id is None
    assert "이미 처리" in same.lines("ko")[0] and "already imported" in same.lines("en")[0]
    assert count(engine, attendance) == 2 and count(engine, batch) == 1
    with engine.connect() as connection:
        assert facts.digest(connection) == before


def test_a_corrected_row_supersedes_and_the_old_row_stays(engine):
    unchanged = visits("관악구", "2025-04-01", 5)
    first = send(engine, csv(HEADER, visits("강남구", "2025-04-01", 12), unchanged))
    second = send(engine, csv(HEADER, visits("강남구", "2025-04-01", 21), unchanged))
    assert (second.added, second.corrected, second.unchanged) == (0, 1, 1)
    assert rows_of(engine, attendance, "visits", "batch_id", "superseded_by", current=False) == [
        (12, first.batch_id, second.batch_id),
        (5, first.batch_id, None),
        (21, second.batch_id, None),
    ]
    with engine.connect() as connection:
        assert connection.execute(select(func.sum(attendance_daily.c.visits))).scalar() == 26
    late = send(engine, csv(HEADER, visits("강남구", "2025-04-01", 12), unchanged))
    assert late.already and rows_of(engine, attendance, "visits") == [(5,), (21,)]


def test_refused_rows_are_kept_with_their_place_and_can_come_again_once_right(engine):
    content = csv(HEADER, visits("강남구", "2025-04-01", 12), "새 사업,강남구,2025-04-01,청년,여,3")
    report = send(engine, content)
    assert (report.added, report.refused) == (1, 1)
    with engine.connect() as connection:
        kept = connection.execute(select(refused_row)).mappings().one()
    assert (kept["row_no"], kept["column_name"], kept["reason"]) == (3, "사업명", "unknown_programme")
    assert "새 사업" not in repr(dict(kept))
    assert send(engine, content).already
    correction = send(engine, csv(HEADER, visits("강남구", "2025-04-01", 13)))
    assert correction.corrected == 1
    with writing(engine) as connection:
        connection.execute(
            insert(programme).values(
                programme_id="new",
                task_id="t",
                name_ko="새 사업",
                name_en="New",
                owner_unit="과",
                status="active",
            )
        )
    again = send(engine, content)
    assert (again.added, again.corrected, again.unchanged) == (1, 0, 1)  # 13 is not taken back to 12
    assert rows_of(engine, attendance, "visits") == [(13,), (3,)]


def test_a_file_of_refused_rows_only_writes_nothing(engine):
    report = send(engine, csv(HEADER, visits("부산", "2025-04-01", 12)))
    assert not report.ok and report.refused == 1 and report.batch_id is None
    assert count(engine, batch) == count(engine, refused_row) == count(engine, attendance) == 0
    assert any("부산" in line and "자치구" in line for line in report.lines("ko"))


@pytest.mark.parametrize("table", sorted(set(OPERATIONAL) & set(templates())))
def test_the_demonstration_city_takes_no_file_of_any_table(engine, table):
    with writing(engine) as connection:
        set_state(connection, city="demo")
    parsed = Parsed("a.csv", "sha", table_name=table, frame=pd.DataFrame({"a": [1]}))
    with pytest.raises(NotTheOffices):
        load(engine, parsed, recorded_at=RECORDED_AT, secret=SECRET)
    assert count(engine, batch) == count(engine, OPERATIONAL[table]) == 0


def test_persons_become_pseudonyms_and_two_files_agree_on_them(engine):
    send(engine, csv("대상자,사업,시작일", "K-01,서울마음편의점,2025-04-01"), "지원.csv")
    header = "기간번호,대상자,상태,시작일,관찰 시작일,자치구,독거,이전 재고립 횟수,이전 고립 개월"
    send(engine, csv(header, "G-1,K-01,고립,2025-01-01,2025-01-01,강남구,예,0,3"), "기간.csv")
    expected = [(pseudonym("K-01", secret=SECRET),)]
    assert rows_of(engine, support_period, "person_id") == rows_of(engine, spell, "person_id") == expected
    assert len(expected[0][0]) == 16


CASES = "사례번호,대상자,세부사업,자치구,의뢰일,계획 회기"
SESSIONS = "회기번호,사례번호,예정일,상태,방식,상담가"


def test_offices_numbers_become_pseudonyms_that_join_and_are_found_again(engine):
    case = "K-77,P-1,서울마음편의점,강남구,2025-04-01,{}"
    send(engine, csv(CASES, case.format(8)), "사례.csv")
    send(engine, csv(SESSIONS, "K-77-1,K-77,2025-04-02,출석,대면,전문"), "회기.csv")
    expected = [(pseudonym("K-77", secret=SECRET, kind="case"),)]
    assert (
        rows_of(engine, counselling_case, "case_id")
        == rows_of(engine, counselling_session, "case_id")
        == expected
    )
    assert rows_of(engine, counselling_session, "session_id") == [
        (pseudonym("K-77-1", secret=SECRET, kind="session"),)
    ]
    assert expected != [(pseudonym("K-77", secret=SECRET),)]  # a person of the same number is somebody else
    again = send(engine, csv(CASES, case.format(8), case.replace("K-77", "K-78").format(4)), "사례.csv")
    changed = send(engine, csv(CASES, case.format(10)), "사례.csv")
    assert (again.added, again.unchanged, changed.corrected, changed.added) == (1, 1, 1, 0)


def test_a_payee_becomes_a_pseudonym_and_a_programme_of_a_transfer_stays_one(engine):
    head = "전표번호,집행일,사업,자치구,구분,금액,재원,통계목,상대처,문서번호"
    send(engine, csv(
        head, "A-1,2025-01-02,서울마음편의점,,본예산,100,시비,운영비,,",
        "A-2,2025-04-01,서울마음편의점,,지출,7,시비,운영비,가나상사,D-1",
        "A-3,2025-04-02,서울마음편의점,,지출,8,시비,운영비,서울마음편의점,D-2",
    ), "원장.csv")  # fmt: skip
    payee = pseudonym("가나상사", secret=SECRET, kind="counterpart")
    assert sorted(rows_of(engine, ledger_entry, "counterpart"), key=str) == sorted(
        [(None,), (payee,), ("mind_store",)], key=str
    )


def test_an_error_of_the_database_tells_no_values(engine):
    with pytest.raises(SQLAlchemyError) as failed, writing(engine) as connection:
        connection.execute(insert(programme).values(programme_id="x", name_ko="홍길동"))
    assert "홍길동" not in str(failed.value).split("DETAIL")[0] and "홍길동" not in repr(
        failed.value.statement
    )


def test_a_failure_on_the_way_leaves_nothing(engine, monkeypatch):
    send(engine, csv(HEADER, visits("강남구", "2025-04-01", 100)), "먼저.csv")

    def fail(*_arguments, **_named):
        raise RuntimeError("the roll-up failed")

    monkeypatch.setattr(facts, "refresh", fail)
    with pytest.raises(RuntimeError, match="roll-up"):
        send(engine, csv(HEADER, visits("강남구", "2025-04-01", 12), visits("부산", "2025-04-01", 1)))
    assert count(engine, batch) == 1 and count(engine, refused_row) == 0
    assert rows_of(engine, attendance, "visits", current=False) == [(100,)]
    assert rows_of(engine, attendance, "visits") == [(100,)]


def test_a_resident_number_reaches_neither_the_report_nor_the_store(tmp_path):
    (tmp_path / "ieum.db").touch()
    engine = make_engine(f"sqlite:///{tmp_path / 'ieum.db'}")
    metadata.create_all(engine)
    resident = "900101-1234568"
    file = tmp_path / "실적.csv"
    file.write_bytes(csv(HEADER + ",비고", visits("강남구", "2025-04-01", 12) + "," + resident))
    (report,) = import_files(engine, [file], recorded_at=RECORDED_AT, secret=SECRET)
    engine.dispose()
    said = "\n".join((*report.lines("ko"), *report.lines("en"), repr(report)))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("ieum.db*"))
    for digits in (resident, "9001011234568", "1234568"):
        assert digits not in said and digits.encode() not in stored
    assert not report.ok and "주민등록번호" in said and "resident registration number" in said


def test_files_are_imported_one_by_one_and_a_bad_one_stops_no_other(engine, tmp_path: Path):
    good, bad, absent = tmp_path / "좋은.csv", tmp_path / "문서.hwp", tmp_path / "없음.csv"
    good.write_bytes(csv(HEADER, visits("강남구", "2025-04-01", 12)))
    bad.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"HWP Document File")
    reports = import_files(engine, [bad, absent, str(good)], recorded_at=RECORDED_AT, secret=SECRET)
    assert [report.ok for report in reports] == [False, False, True]
    assert "한글 (.hwp)" in reports[0].lines("ko")[1] and "없음.csv" in reports[1].lines("en")[0]


def test_lookups_know_the_districts_by_name_office_and_code(engine):
    from data.imports.lookups import DistrictReader

    with engine.connect() as connection:
        read = DistrictReader(read_lookups(connection), [])
    for text in (
        "강남",
        "강남구",
        "강남구청",
        "서울특별시 강남구",
        "서울시 강남",
        "Gangnam",
        "Gangnam-gu",
        "11230",
        "11680",
    ):
        assert read(text) == "11230"


def test_a_file_that_cannot_be_loaded_ends_the_row_of_files_and_the_next_is_not_waited_for(
    engine, tmp_path, monkeypatch
):
    """The next one is read ahead, and its reading is let go."""
    begun, let = Event(), Event()

    def read(name, content, **_):
        if name == "b.csv":
            begun.set()
            let.wait(20)
        return Parsed(name, "0" * 64)

    def broken(*_, **__):
        assert begun.wait(20)
        raise StoreProblem("full")

    monkeypatch.setattr(store, "receive", read)
    monkeypatch.setattr(store, "load", broken)
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text("x")
    try:
        with pytest.raises(StoreProblem):
            import_files(
                engine,
                [tmp_path / n for n in ("a.csv", "b.csv", "c.csv")],
                recorded_at=RECORDED_AT,
                secret=SECRET,
            )
        assert not let.is_set()
    finally:
        let.set()
