"""An office's city from three districts' counselling, one district's own books and one monthly summary of the line: what pages
say is what independent SQL counts, and a month that opens without a closed file changes nothing."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from answers import registry, written
from answers.reader import Reader
from answers.store import Store
from data.imports import load, preview, read_lookups

NOVEMBER_20, DECEMBER_10 = datetime(2026, 11, 20), datetime(2026, 12, 10)
DISTRICTS = ("종로구", "중구", "관악구")
CASES = (
    "사례번호,대상자 가명,세부사업,자치구,연령대,성별,제공기관,의뢰일,첫 상담일,종결일,종결 사유,계획 회기"
)
SESSIONS = "회기번호,사례번호,예정일,상태,방식,상담가"
LEDGER = "전표번호,집행일,세부사업,자치구,구분,금액(원),재원,통계목,장부"
LINE = "외로움안녕120 월별 운영 실적\n월,인입,응답,포기,평균대기(초)\n2026-09,5905,5010,895,22\n2026-10,5872,4943,929,23\n"


def case(number: int, district: str, referred: date) -> str:
    """A course of three months: every fourth waits seven weeks for its first session, the others three."""
    first = referred + timedelta(days=49 if number % 4 == 0 else 21)
    end = first + timedelta(days=56)
    ended = f"{end},종결" if end <= date(2026, 10, 31) else ","
    return f"C-{number},P-{number},마음투자 심리상담,{district},19-39,여성,기관{number % 3},{referred},{first},{ended},8"


def cases() -> list[str]:
    """Thirty a district over June to September; the file was sent on 20 November and ends with October's last session."""
    days = [date(2026, month, 3 + 2 * n) for month in (6, 7, 8, 9) for n in range(10)]
    return [case(100 * d + n, name, day) for d, name in enumerate(DISTRICTS) for n, day in enumerate(days)]


def sessions() -> list[str]:
    found = []
    for line in cases():
        number, first = line.split(",")[0], date.fromisoformat(line.split(",")[8])
        for n in range(3):
            day = first + timedelta(days=14 * n)
            if day <= date(2026, 10, 31):
                found.append(
                    f"S-{number}-{n},{number},{day},{'불참' if n == 1 and number.endswith('5') else '참석'},대면,전문 상담사"
                )
    return found


def send(store: Store, name: str, content: str, at: datetime, template: str | None = None) -> Any:
    with store.connect() as connection:
        lookups = read_lookups(connection, now=at)
    parsed = preview(name, content.encode("cp949"), template=template, lookups=lookups)
    assert parsed.ok, parsed.problems
    report = load(store.engine, parsed, recorded_at=at, secret="a secret of the test")
    store.forget()
    return report


@pytest.fixture(scope="module")
def ours(office_copy, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The office's store with what came until 20 November."""
    store = Store.of(office_copy(tmp_path_factory.mktemp("ours") / "ieum.db"))
    send(store, "사례.csv", "\n".join([CASES, *cases(), ""]), NOVEMBER_20, "counselling_case")
    send(store, "회기.csv", "\n".join([SESSIONS, *sessions(), ""]), NOVEMBER_20, "counselling_session")
    books = [
        "1,2026-01-02,서울마음편의점,관악구,본예산,500000000,구비,운영비,자치구",
        "2,2026-09-10,서울마음편의점,관악구,지출,120000000,구비,운영비,자치구",
    ]
    send(store, "구_원장.csv", "\n".join([LEDGER, *books, ""]), NOVEMBER_20, "ledger_entry")
    send(store, "월별.csv", LINE, NOVEMBER_20, "hotline_summary")
    return store


def sql(store: Store, statement: str) -> Any:
    with store.connect() as connection:
        return connection.execute(text(statement)).scalar()


def answered(store: Store, question: str, lang: str = "ko", **codes: str) -> Any:
    return registry.answer(question, Reader(store), lang, codes)


def test_every_question_is_answered_of_the_offices_records_alone(ours):
    for question in registry.every():
        for lang in ("ko", "en"):
            answer = answered(ours, question.id, lang)
            assert answer.city == "office" and (answer.sentence or answer.blocks), question.id
            assert "시범 도시" not in answer.sentence or "우리 기록" in answer.sentence, question.id


def test_counselling_says_what_sql_counts_of_three_districts_and_whose_it_is(ours):
    referred = sql(ours, "SELECT COUNT(*) FROM counselling_case WHERE superseded_by IS NULL")
    in_time = sql(ours, "SELECT SUM(julianday(first_session_on) - julianday(referred_on) <= 42) FROM counselling_case"
                        " WHERE first_session_on <= '2026-10-31'")  # fmt: skip
    started = sql(ours, "SELECT COUNT(*) FROM counselling_case WHERE first_session_on <= '2026-10-31'")
    assert (referred, started) == (120, 117)
    answer = answered(ours, "counselling.cascade")
    assert "120건" in answer.sentence
    said = " ".join(answer.caveats)
    assert all(name in said for name in DISTRICTS) and "3개 구" in said
    read = Reader(ours)
    share = read.for_model("case_monthly", columns=("started", "started_in_42_d"))._frame.iloc[0]
    assert (share["started_in_42_d"], share["started"]) == (in_time, started) == (90, 117)


def test_a_districts_own_books_are_not_the_citys(ours):
    assert sql(ours, "SELECT COUNT(*) FROM ledger_monthly WHERE amount_krw IN (500000000, 120000000)") == 0
    answer = answered(ours, "budget.flow")
    assert "500,000,000" not in written.as_text(answer)


def test_the_line_is_what_its_summary_says(ours):
    read = Reader(ours)
    sums = read.for_model("hotline_monthly", columns=("offered", "answered"))._frame.iloc[0]
    assert (sums["offered"], sums["answered"]) == (5905 + 5872, 5010 + 4943)
    assert read.end("hotline_contact") in (date(2026, 10, 31), read.as_of)


def told(store: Store) -> dict[str, Any]:
    """What every question answers, without the number of the data's state and which rules were read from studies; pages about files and records themselves are left out."""
    found = {}
    for question in registry.every():
        if question.page in ("coverage", "setup", "about"):
            continue
        answer = json.loads(written.as_json(answered(store, question.id)))
        found[question.id] = {k: v for k, v in answer.items() if k not in ("data_version", "judged")}
    return found


def test_december_opens_without_a_closed_file_and_no_sentence_figure_or_verdict_changes(ours):
    """Ten days of December arrive while November has not: what is not closed is counted nowhere."""
    before = told(ours)
    rows = [
        f"C-{900 + n},P-{900 + n},마음투자 심리상담,종로구,19-39,여성,기관1,{date(2026, 12, 1 + n)},,,,8"
        for n in range(9)
    ]
    send(ours, "12월.csv", "\n".join([CASES, *rows, ""]), DECEMBER_10, "counselling_case")
    after = told(ours)
    assert Reader(ours).as_of == date(2026, 10, 31)
    assert {q for q in before if before[q] != after[q]} == set()
