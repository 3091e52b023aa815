"""Where the records end: which months a file closes, what a word changes, and what an undo takes back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from screen import launched
from small import WHOLE, add, make
from sqlalchemy import Engine, delete, func, select

from answers import registry, say
from answers.answer import Answer, Piece
from answers.reader import Reader
from answers.rights import Rights
from answers.say import month_runs
from answers.store import Store
from answers.written import as_text
from data import coverage, facts
from data.__main__ import parser
from data.engine import writing
from data.imports import load, preview, read_lookups, stated
from data.queries import Span
from data.tables import OPERATIONAL, arrival, batch
from data.tables import spell_monthly as t_spell
from data.undo import undo
from locales import t

NOVEMBER_1 = datetime(2026, 10, 31, 15, 0)  # midnight of the first of November in Seoul
PERSON = {"age_band": "19-39", "sex": "female"}


@pytest.fixture
def engine(database_url: str):
    """A migrated store with three districts and two programmes."""
    engine = make(database_url)
    yield engine
    engine.dispose()


def visit(district: str, day: date) -> dict[str, object]:
    return {"programme_id": "mind_store", "district_code": district, "attended_on": day, "visits": 3, "people": None, **PERSON}  # fmt: skip


def entry(number: str, day: date, district: str | None = None) -> dict[str, object]:
    return {"entry_id": number, "booked_on": day, "fiscal_year": day.year, "programme_id": "mind_store", "district_code": district,
            "kind": "expenditure", "amount_krw": 1, "funding": "city", "line_type": "operation", "month_key": day.year * 100 + day.month}  # fmt: skip


EVERY = coverage.Sent(
    months=frozenset(coverage.months(200001, 203012))
)  # its sender takes the file for whole
ONLY_ROWS = coverage.Sent()


def came(
    engine: Engine, table: str, rows: list[dict[str, object]], at: datetime, sent: coverage.Sent = WHOLE
) -> int:
    with writing(engine) as connection:
        number = add(connection, table, rows, sha=f"{at}{rows}"[:64])
        connection.execute(delete(arrival).where(arrival.c.batch_id == number))
        coverage.arrived(connection, table, batch_id=number, recorded_at=at, sent=sent)
        facts.refresh(connection, table, batch_id=number)
    return number


def states(engine: Engine, table: str = "attendance") -> dict[tuple[str, int], str]:
    with engine.connect() as connection:
        cells = coverage.frame(connection, tables=[table])
    return {(c.district_code, c.month_key): c.state for c in cells.itertuples()}


def test_a_file_closes_the_months_that_were_over_when_it_came_and_those_between(engine):
    days = (date(2026, 8, 3), date(2026, 10, 5), date(2026, 11, 1))
    came(engine, "attendance", [visit("11010", day) for day in days], NOVEMBER_1)
    # September has no visit of this district, and the file that spans it says so; November has only begun.
    assert states(engine) == {("11010", 202608): "closed", ("11010", 202609): "closed", ("11010", 202610): "closed", ("11010", 202611): "partial"}  # fmt: skip
    with engine.connect() as connection:
        cells = coverage.frame(connection)
    assert cells["rows"].tolist() == [1, 0, 1, 1]
    assert coverage.closed_until(cells, "attendance") == 202610
    assert coverage.closed_until(cells, "attendance", "11020") is None
    assert coverage.day(cells) == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("at", "state"), [(datetime(2026, 10, 31, 14, 59), "partial"), (NOVEMBER_1, "closed")]
)
def test_a_month_is_over_at_midnight_in_seoul(engine, at, state):
    came(engine, "attendance", [visit("11010", date(2026, 10, 5))], at)
    assert states(engine) == {("11010", 202610): state}


@pytest.mark.parametrize(
    ("at", "state"), [(datetime(2026, 11, 10), "partial"), (datetime(2026, 11, 11), "closed")]
)
def test_books_are_closed_ten_days_into_the_next_month(engine, at, state):
    october = coverage.Sent(span=(date(2026, 10, 1), date(2026, 10, 31)))
    came(engine, "ledger_entry", [entry("1", date(2026, 10, 5))], at, october)
    assert states(engine, "ledger_entry") == {("", 202610): state}


# ── Which files close a month ───────────────────────────────────────────────────────────────────────


def daily(district: str, month: int, count: int, first: int = 1) -> list[dict[str, object]]:
    return [visit(district, date(2026, month, day)) for day in range(first, first + count)]


@pytest.mark.parametrize(("count", "state"), [(1, "partial"), (9, "partial"), (10, "closed")])
def test_a_few_rows_of_who_never_sent_before_close_nothing(engine, count, state):
    came(engine, "attendance", daily("11010", 10, count), NOVEMBER_1, ONLY_ROWS)
    assert states(engine) == {("11010", 202610): state}


@pytest.mark.parametrize(("count", "state"), [(1, "partial"), (9, "partial"), (10, "closed"), (20, "closed")])
def test_a_file_holds_a_month_if_it_holds_half_of_what_its_months_usually_do(engine, count, state):
    for month in (7, 8, 9):
        came(engine, "attendance", daily("11010", month, 20), datetime(2026, month + 1, 5))
    came(engine, "attendance", daily("11010", 10, count), datetime(2026, 11, 5), ONLY_ROWS)
    assert states(engine)["11010", 202610] == state


def test_a_district_with_a_case_or_two_a_month_closes_with_one(engine):
    for month in (7, 8, 9):
        came(engine, "attendance", daily("11010", month, 2), datetime(2026, month + 1, 5))
    came(engine, "attendance", daily("11010", 10, 1), datetime(2026, 11, 5), ONLY_ROWS)
    assert states(engine)["11010", 202610] == "closed"


def test_a_late_row_to_a_month_that_came_in_part_does_not_make_it_whole(engine):
    came(engine, "attendance", daily("11010", 10, 25), datetime(2026, 10, 26), ONLY_ROWS)
    came(engine, "attendance", daily("11010", 10, 1, first=26), datetime(2026, 11, 20), ONLY_ROWS)
    assert states(engine) == {("11010", 202610): "partial"}
    came(engine, "attendance", daily("11010", 10, 5, first=27), datetime(2026, 11, 21), coverage.Sent(months=frozenset({202610})))  # fmt: skip
    assert states(engine) == {("11010", 202610): "closed"}


@pytest.mark.parametrize(("sent", "closed"), [
    (coverage.Sent(span=(date(2026, 9, 1), date(2026, 10, 31))), {202609, 202610}),
    (coverage.Sent(span=(date(2026, 10, 1), date(2026, 10, 30))), set()),
    (coverage.Sent(span=(date(2026, 10, 2), date(2026, 10, 31))), set()),
    (coverage.Sent(months=frozenset({202609, 202610, 202611, 202701})), {202610}),
    (coverage.Sent(months=frozenset()), set()),
])  # fmt: skip
def test_a_file_closes_what_it_says_it_spans_or_what_its_sender_says(engine, sent, closed):
    """A span names months without a row; a word says nothing of months that are not over or not in the file."""
    rows = [*daily("11010", 10, 1), *daily("11010", 11, 1)]
    came(engine, "attendance", rows, datetime(2026, 11, 5), sent)
    assert {m for (_, m), state in states(engine).items() if state == "closed"} == closed


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        (coverage.Sent(until=date(2026, 10, 30)), "partial"),
        (coverage.Sent(until=date(2026, 10, 31)), "closed"),
        (coverage.Sent(span=(date(2026, 10, 1), date(2026, 10, 20))), "partial"),
    ],
)
def test_a_file_that_stands_as_of_an_earlier_day_is_not_whole_however_much_it_holds(engine, sent, state):
    came(engine, "attendance", daily("11010", 10, 20), NOVEMBER_1, sent)
    assert states(engine)["11010", 202610] == state


OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize(("name", "text", "span"), [
    ("실적", "조회기간: 2026-10-01 ~ 2026-10-31", OCTOBER),
    ("실적", "조회기간 : 2026. 10. 1.(목) ~ 2026. 10. 31.(토)", OCTOBER),
    ("실적", "집계기간 2026년 10월 1일부터 10월 31일까지", OCTOBER),
    ("실적", "기간: 2026.10.01~10.31", OCTOBER),
    ("실적", "이용 실적(2026년 9월 ~ 10월)", (date(2026, 9, 1), date(2026, 10, 31))),
    ("실적_2026-10-01~2026-10-31", "", OCTOBER),
    ("종로구 2026년 10월 실적", "", OCTOBER),
    ("실적", "2026년 10월 이용 현황", OCTOBER),
    ("종로구 2026년 10월 실적 정정", "", None),
    ("실적", "2026년 10월 누락분", None),
    ("실적", "사업기간: 2026. 1. 1. ~ 2026. 12. 31.", None),
    ("실적", "조회기간: 2026-10-31 ~ 2026-10-01", None),
    ("실적", "조회기간: 2026-13-01 ~ 2026-13-31", None),
    ("실적_2026-09-01~2026-09-30", "조회기간: 2026-10-01 ~ 2026-10-31", None),
    ("실적", "2026-10-31 현재", None),
    ("실적", "", None),
])  # fmt: skip
def test_the_days_that_a_file_says_it_tells_of(name, text, span):
    assert stated.span(name, [text]) == span


@pytest.mark.parametrize(("name", "above", "closed"), [
    ("실적.csv", "조회기간: 2026-10-01 ~ 2026-10-31\n", [202610]),
    ("실적 2026년 10월.csv", "", [202610]),
    ("실적.csv", "조회기간: 2026-10-01 ~ 2026-10-20\n", []),
    ("실적.csv", "", []),
])  # fmt: skip
def test_a_file_of_one_row_closes_its_month_only_where_it_says_that_it_is_whole(engine, name, above, closed):
    text = f"{above}세부사업,자치구,이용일,연령대,성별,이용 건수\n서울마음편의점,종로구,2026-10-05,19-39,여성,40\n"
    with engine.connect() as connection:
        lookups = read_lookups(connection, now=NOVEMBER_1)
    report = load(engine, preview(name, text.encode("cp949"), lookups=lookups), recorded_at=NOVEMBER_1, secret="of the test")  # fmt: skip
    assert report.months == {202610: bool(closed)}
    assert [m for (_, m), state in states(engine).items() if state == "closed"] == closed


def test_a_file_that_is_sent_again_with_a_row_more_is_as_whole_as_it_was(engine):
    rows = "".join(f"서울마음편의점,종로구,2026-10-{day:02d},19-39,여성,4\n" for day in range(1, 21))
    head = "세부사업,자치구,이용일,연령대,성별,이용 건수\n"
    for at, more in (
        (datetime(2026, 10, 25), ""),
        (NOVEMBER_1, "서울마음편의점,종로구,2026-10-30,19-39,여성,4\n"),
    ):
        with engine.connect() as connection:
            lookups = read_lookups(connection, now=NOVEMBER_1)
        parsed = preview("실적.csv", (head + rows + more).encode("cp949"), lookups=lookups)
        report = load(engine, parsed, recorded_at=at, secret="of the test")
    assert (report.added, report.unchanged, report.months) == (1, 20, {202610: True})


@pytest.mark.parametrize(
    ("said", "months"), [("none", frozenset()), ("202610", {202610}), ("202609,202610", {202609, 202610})]
)
def test_the_command_says_which_months_a_file_closes_and_whose_books_it_is(said, months):
    args = parser().parse_args(["import", "a.csv", "--closes", said, "--books", "district"])
    assert (args.closes, args.books) == (months, "district")
    for wrong in (["--closes", "202613"], ["--closes", "october"], ["--books", "nobody"]):
        with pytest.raises(SystemExit):
            parser().parse_args(["import", "a.csv", *wrong])


def test_what_is_planned_says_nothing_of_the_month_that_it_is_planned_for(engine):
    came(engine, "follow_up", [seen(f"p{n}", date(2026, 10, 5)) for n in range(10)], NOVEMBER_1, ONLY_ROWS)
    came(engine, "follow_up", [{**seen("q", date(2027, 2, 1)), "achieved_on": None}], NOVEMBER_1)
    assert states(engine, "follow_up") == {("11010", 202610): "closed"}


def test_one_district_says_nothing_of_another(engine):
    came(
        engine, "attendance", [visit("11010", date(2026, 9, 1)), visit("11020", date(2026, 8, 1))], NOVEMBER_1
    )
    assert states(engine) == {("11010", 202609): "closed", ("11020", 202608): "closed"}


def test_the_books_are_one_for_all_districts(engine):
    rows = [entry("1", date(2026, 8, 5), "11010"), entry("2", date(2026, 9, 5), "11020")]
    came(engine, "ledger_entry", rows, datetime(2026, 11, 11))
    assert states(engine, "ledger_entry") == {("11010", 202608): "closed", ("11010", 202609): "closed", ("11020", 202609): "closed"}  # fmt: skip


def test_sessions_stand_where_their_case_stands(engine):
    case = {"case_id": "C-1", "person_id": "p", "programme_id": "mind_counselling", "district_code": "11210", "provider_id": "x",
            "referred_on": date(2026, 8, 1), "first_session_on": None, "ended_on": None, "end_reason": None,
            "planned_sessions": 8, **PERSON}  # fmt: skip
    session = {"session_id": "S-1", "case_id": "C-1", "scheduled_on": date(2026, 9, 1), "status": "attended", "mode": "phone",
               "counsellor_type": "professional"}  # fmt: skip
    came(engine, "counselling_case", [case], NOVEMBER_1)
    came(engine, "counselling_session", [session], NOVEMBER_1)
    assert states(engine, "counselling_session") == {("11210", 202609): "closed"}


def test_a_file_of_cases_spans_the_months_in_which_they_end_but_none_to_come(engine):
    """Who was referred in June and finished in September: the file of November says that nobody was referred since."""
    came(
        engine,
        "counselling_case",
        [{**referred("C-1", date(2026, 6, 1)), "ended_on": date(2026, 9, 30), "end_reason": "completed"}],
        NOVEMBER_1,
    )
    assert states(engine, "counselling_case") == {
        ("11010", m): "closed" for m in (202606, 202607, 202608, 202609)
    }
    support = {
        "person_id": "p",
        "programme_id": "mind_store",
        "starts_on": date(2026, 9, 1),
        "ends_on": date(2027, 3, 1),
    }
    came(engine, "support_period", [support], NOVEMBER_1)
    assert states(engine, "support_period") == {("", 202609): "closed"}


def test_a_word_closes_and_opens_and_the_last_one_holds(engine):
    came(engine, "attendance", [visit("11010", date(2026, 10, 5))], datetime(2026, 10, 20))
    about = {"district_code": "11010", "author": "김", "reason": "확인", "recorded_at": datetime(2026, 11, 2)}
    for closed, state in ((True, "closed"), (False, "partial"), (True, "closed")):
        with writing(engine) as connection:
            coverage.close(connection, "attendance", 202610, closed=closed, **about)
        assert states(engine) == {("11010", 202610): state}
    with writing(engine) as connection:  # a month without a row: nobody came
        coverage.close(connection, "attendance", 202609, **about)
    assert states(engine)["11010", 202609] == "closed"


@pytest.mark.parametrize(("given", "named"), [
    ({"table_name": "programme"}, "table_name"), ({"month_key": 202613}, "month_key"), ({"author": " "}, "author"),
    ({"reason": ""}, "reason"),
])  # fmt: skip
def test_a_word_without_what_it_needs_is_refused_by_name(engine, given, named):
    asked = {"table_name": "attendance", "month_key": 202610, "author": "김", "reason": "확인", **given}
    with writing(engine) as connection, pytest.raises(ValueError, match=named):
        coverage.close(connection, **asked, recorded_at=NOVEMBER_1)


def test_what_an_undone_import_closed_is_open_again(engine):
    came(engine, "attendance", [visit("11010", date(2026, 8, 1))], NOVEMBER_1)
    came(engine, "attendance", [visit("11010", date(2026, 9, 1))], NOVEMBER_1)
    undo(engine, recorded_at=NOVEMBER_1)
    assert states(engine) == {("11010", 202608): "closed"}


def test_an_older_stores_lines_are_worked_out_from_its_rows(engine):
    came(
        engine,
        "attendance",
        [visit("11010", date(2026, 8, 1)), visit("11010", date(2026, 10, 1))],
        datetime(2026, 11, 1),
    )
    with writing(engine) as connection:
        known = connection.execute(select(arrival).order_by(arrival.c.month_key)).all()
        connection.execute(batch.update().values(recorded_at=datetime(2026, 11, 1)))
        coverage.restate(connection)  # what its sender said of a file that has its lines is not lost
        assert connection.execute(select(arrival).order_by(arrival.c.month_key)).all() == known
        connection.execute(delete(arrival))
        coverage.restate(connection)
        again = connection.execute(select(arrival).order_by(arrival.c.month_key)).all()
    assert [line[:-1] for line in again] == [line[:-1] for line in known] and len(known) == 3
    assert not any(line.closes for line in again)  # two rows by themselves


# ── The page ────────────────────────────────────────────────────────────────────────────────────────


def answered(url: str, lang: str = "ko", **codes: str) -> Answer:
    return registry.answer("coverage", Reader(Store.of(url)), lang, codes)


def test_the_page_names_who_is_late_with_which_months_and_writes_a_reminder(engine, database_url):
    for district, last in (("11010", date(2026, 10, 1)), ("11020", date(2026, 7, 1))):
        came(engine, "attendance", [visit(district, date(2026, 6, 1)), visit(district, last)], NOVEMBER_1)
    answer = answered(database_url)
    assert "2026년 10월까지 마감" in answer.sentence
    late = next(table for table in answer.tables() if table.name == "late")
    assert [list(map(str, row)) for row in late.rows] == [["중구", "이용 실적", "2026년 8월~2026년 10월"]]
    text = next(b.data for b in answer.blocks if isinstance(b, Piece) and b.name == "coverage.reminder")
    assert "중구" in text and "2026년 8월~2026년 10월" in text and "종로구" not in text
    months = next(table for table in answer.tables() if table.name == "coverage")
    assert [str(cell) for row in months.rows if row[0] == "이용 실적" for cell in row[1:]] == ["1/2", "1/2", "1/2", "2/2", "2/2"]  # fmt: skip
    one = answered(database_url, records="attendance").tables()[1]
    assert [str(cell) for cell in one.rows[1]] == ["중구", "–", "–", "–", "마감", "마감"]
    assert "1곳" in one.footnotes[0]  # the third district of the small city


def test_a_month_closed_by_word_on_the_page_is_no_longer_late(monkeypatch, engine, database_url):
    for district, last in (("11010", date(2026, 10, 1)), ("11020", date(2026, 9, 2))):
        came(engine, "attendance", [visit(district, date(2026, 9, 1)), visit(district, last)], NOVEMBER_1)
    monkeypatch.setattr("data.cities.address", lambda city, at=None: database_url)
    app = launched(monkeypatch, database_url, "coverage", "ko")
    app.selectbox(key="close_table").set_value("attendance")
    app.selectbox(key="close_district").set_value("11020")
    app.selectbox(key="close_month").set_value(202610)
    app.button[-1].click().run()
    assert [w.value for w in app.warning] == [t("coverage.blank", "ko")]
    app.text_input(key="close_author").set_value("김")
    app.text_input(key="close_reason").set_value("이용 없음")
    app.button[-1].click().run()
    assert [s.value for s in app.success] == [t("coverage.done", "ko")]
    assert "late" not in [table.name for table in answered(database_url).tables()]


def test_nothing_has_come(engine, database_url):
    for lang in ("ko", "en"):
        assert answered(database_url, lang).sentence == t("coverage.nothing", lang)


def test_runs_of_months_are_said_from_first_to_last():
    assert month_runs((202611, 202612, 202701, 202703), "en") == "Nov 2026–Jan 2027, Mar 2027"


# ── What figures make of it ─────────────────────────────────────────────────────────────────────────


def visits_of(url: str, months: Any, **where: Any) -> float:
    # Exact, as for a person who signed in as an analyst: such windows are not on the list of what is published.
    read = Reader(Store.of(url), Rights("analyst", named=True))
    found = read.city("programme_visits", where={"month_key": months, **where})
    return float(found["value"])


def visited(district: str, month: int, count: int = 100, at: datetime = NOVEMBER_1) -> dict[str, object]:
    return {**visit(district, date(2026, month, 3)), "visits": count}


def test_a_month_that_only_one_district_closed_is_counted_for_the_districts_that_have_all_of_the_span(
    engine, database_url
):
    came(
        engine,
        "attendance",
        [visited("11010", m) for m in (7, 8, 9)] + [visited("11020", m) for m in (8, 9)],
        NOVEMBER_1,
    )
    assert visits_of(database_url, Span(202608, 202609)) == 400
    assert visits_of(database_url, Span(202607, 202609)) == 300  # the first district alone has all three


def test_an_answer_says_whose_records_it_rests_on_and_which_months_are_left_out(engine, database_url):
    rows = [visited("11010", m) for m in (6, 7, 9)]
    for one in rows:  # a file a month: nobody says anything of August
        came(engine, "attendance", [one], NOVEMBER_1)
    answer = registry.answer("programmes", Reader(Store.of(database_url)), "ko", {})
    said = " ".join(answer.caveats)
    assert "3개 구 가운데 1개 구(종로구)" in said
    assert "2026년 8월" in said
    series = Reader(Store.of(database_url)).frame("programme_visits", keys=("month_key",), level="city")
    assert series["month_key"].tolist() == [202606, 202607, 202609]


def test_windows_end_with_their_own_records_and_not_with_those_of_another_table(engine, database_url):
    came(engine, "attendance", [visited("11010", m) for m in (7, 8)], NOVEMBER_1)
    came(engine, "counselling_case", [referred("C-1", date(2026, 10, 3))], NOVEMBER_1)
    read = Reader(Store.of(database_url))
    assert (read.as_of, read.end("attendance"), read.end("counselling_case")) == (date(2026, 10, 31), date(2026, 8, 31), date(2026, 10, 31))  # fmt: skip
    assert say.span(read, 2, of="attendance") == Span(202607, 202608)


def test_tables_that_all_districts_closed_up_to_different_months_are_counted_up_to_the_earlier(
    engine, database_url
):
    """Everything is whole, and yet one table ends a month before the other: what needs both ends there, and is not empty."""
    for n, district in enumerate(("11010", "11020", "11210")):
        case = {**referred(f"C-{n}", date(2026, 8, 3)), "district_code": district, "first_session_on": date(2026, 9, 1),
                "ended_on": date(2026, 10, 30), "end_reason": "completed"}  # fmt: skip
        session = {"session_id": f"S-{n}", "case_id": f"C-{n}", "scheduled_on": date(2026, 9, 1), "status": "attended",
                   "mode": "phone", "counsellor_type": "professional"}  # fmt: skip
        came(engine, "counselling_case", [case], NOVEMBER_1)
        came(engine, "counselling_session", [session], NOVEMBER_1)
    read = Reader(Store.of(database_url))
    assert (read.end("counselling_case"), read.end("counselling_session")) == (
        date(2026, 10, 31),
        date(2026, 9, 30),
    )
    sums = read.for_model("session_monthly", columns=("scheduled", "attended"))._frame.iloc[0]
    assert (sums["scheduled"], sums["attended"]) == (3, 3)


def test_a_new_month_without_a_file_changes_no_figure_and_no_verdict(engine, database_url):
    """December opens: nothing has come, so that nothing is said of it; the first open rows of it are not counted either."""
    came(engine, "attendance", [visited("11010", m) for m in (8, 9, 10)], NOVEMBER_1)
    before = visits_of(database_url, this_year())
    came(engine, "attendance", [visited("11010", 11, count=5000)], datetime(2026, 11, 20))
    read = Reader(Store.of(database_url))
    assert (read.as_of, visits_of(database_url, this_year())) == (date(2026, 10, 31), before)
    with writing(engine) as connection:
        facts.closed(
            connection,
            "attendance",
            202611,
            district_code="11010",
            author="김",
            reason="끝",
            recorded_at=datetime(2026, 12, 2),
        )
    Store.of(database_url).forget()
    assert Reader(Store.of(database_url)).as_of == date(2026, 11, 30)
    assert visits_of(database_url, this_year()) == before + 5000


def this_year() -> Span:
    return Span(202601, 202612)


def test_person_time_ends_where_its_districts_spells_end(engine, database_url):
    """What no record says anything of is no time without a return: with it in, a rate falls while nothing is known."""
    sent = {
        "11010": datetime(2026, 10, 2),
        "11020": datetime(2026, 7, 2),
    }  # an open spell speaks for the day of its file
    for district, last in (("11010", date(2026, 9, 20)), ("11020", date(2026, 6, 20))):
        rows = [spell(f"{district}-{n}", day, district) for n, day in enumerate((date(2026, 1, 5), last))]
        came(engine, "spell", rows, sent[district])
    with engine.connect() as connection:
        months = connection.execute(
            select(t_spell.c.district_code, func.max(t_spell.c.month_key)).group_by(t_spell.c.district_code)
        )
        assert dict(map(tuple, months)) == {"11010": 202609, "11020": 202606}


def test_what_a_word_closes_of_spells_leaves_every_fact_as_a_rebuild_makes_it(engine):
    """Person-time, and the returns that are counted of it, follow the month that is closed or opened."""
    came(engine, "spell", [spell("s-1", date(2026, 1, 5), "11010")], datetime(2026, 7, 2))
    about = {"district_code": "11010", "author": "김", "reason": "확인", "recorded_at": datetime(2026, 11, 2)}
    for month, closed in ((202609, True), (202609, False)):
        with writing(engine) as connection:
            facts.closed(connection, "spell", month, closed=closed, **about)
            stood = facts.digest(connection)
            facts.rebuild(connection)
            assert facts.digest(connection) == stood


def referred(case: str, day: date) -> dict[str, object]:
    return {"case_id": case, "person_id": "p", "programme_id": "mind_counselling", "district_code": "11010", "provider_id": "x",
            "referred_on": day, "first_session_on": None, "ended_on": None, "end_reason": None, "planned_sessions": 8, **PERSON}  # fmt: skip


def seen(person: str, day: date) -> dict[str, object]:
    return {"person_id": person, "district_code": "11010", "scheduled_on": day, "achieved_on": day, "result": "connected"}  # fmt: skip


def spell(number: str, day: date, district: str) -> dict[str, object]:
    return {"spell_id": number, "person_id": number, "state": "connected", "started_on": day, "entered_on": day, "ended_on": None,
            "next_state": None, "exit": None, "district_code": district, "lives_alone": True, "prior_reisolations": 0,
            "months_isolated_before": 3, **PERSON}  # fmt: skip


def test_a_summary_counts_once_as_the_months_of_what_it_tells_of(engine, database_url):
    row = {"period": "2026-10", "month_key": 202610, "from_on": date(2026, 10, 1), "to_on": date(2026, 10, 31),
           "district_code": "all", "channel": "all", "offered": 90, "answered": 80, "source": None}  # fmt: skip
    came(engine, "hotline_summary", [row], NOVEMBER_1)
    answer = answered(database_url)
    assert "1개 가운데 1개" in answer.sentence
    named = [
        str(line[0]) for line in next(table for table in answer.tables() if table.name == "coverage").rows
    ]
    assert "외로움안녕120 접촉" in named and not any(
        str(OPERATIONAL[name].info["ko"]) in named for name in coverage.TOLD_BY.values()
    )


# ── Follow-ups after counselling ────────────────────────────────────────────────────────────────────


def courses(engine: Engine, district: str, count: int, month: int = 5) -> None:
    """Courses referred in a month, each with two sessions and over in the next; the records go on to the end of October."""
    cases, sessions = [], []
    for n in range(count):
        number, day = f"{district}-{month}-{n}", date(2026, month, 3)
        cases.append({**referred(number, day), "person_id": f"p-{number}", "district_code": district,
                      "first_session_on": day, "ended_on": date(2026, month + 1, 20), "end_reason": "completed"})  # fmt: skip
        sessions += [
            {"session_id": f"{number}-{k}", "case_id": number, "scheduled_on": on, "status": "attended", "mode": "phone",
             "counsellor_type": "professional"}
            for k, on in enumerate((day, date(2026, month + 1, 20)))
        ]  # fmt: skip
    until = {**referred(f"{district}-last", date(2026, 10, 30)), "district_code": district}
    last = {**sessions[-1], "session_id": f"{district}-last", "case_id": until["case_id"], "scheduled_on": date(2026, 10, 31)}  # fmt: skip
    came(engine, "counselling_case", [*cases, until], NOVEMBER_1)
    came(engine, "counselling_session", [*sessions, last], NOVEMBER_1)


def follow(
    engine: Engine, district: str, count: int, months: tuple[int, int], at: datetime = NOVEMBER_1
) -> None:
    """Follow-ups of the first so many courses of May in August, and one of somebody else in each month that is spanned."""
    rows = [
        {**seen(f"p-{district}-5-{n}", date(2026, 8, 3)), "district_code": district} for n in range(count)
    ]
    rows += [
        {**seen(f"x-{district}-{m}", date(2026, m, 9)), "district_code": district, "result": "reisolated"}
        for m in range(months[0], months[1] + 1)
    ]
    came(engine, "follow_up", rows, at)


def cascade(url: str, lang: str = "en") -> tuple[list[str], str]:
    """The row of follow-ups in the table of bases, and all of the answer's text."""
    Store.of(url).forget()
    answer = registry.answer("counselling.cascade", Reader(Store.of(url)), lang, {})
    bases = answer.tables()[1]
    return [str(cell) for cell in bases.rows[-1]], as_text(answer)


def test_follow_ups_that_nobody_has_sent_are_not_recorded_and_not_none(engine, database_url):
    courses(engine, "11010", 40)
    row, text = cascade(database_url)
    assert row[1:] == ["not recorded"] * 3
    assert "that is not the same as nobody followed up" in text
    assert cascade(database_url, "ko")[0][1:] == ["기록 없음"] * 3


def test_follow_ups_on_record_are_a_share_of_everybody_also_where_it_is_none(engine, database_url):
    courses(engine, "11010", 40)
    follow(engine, "11010", 30, (5, 10))
    row, text = cascade(database_url)
    assert row[3].startswith("75%") and "not recorded" not in text  # 30 of 40 that ended
    undo(engine, recorded_at=NOVEMBER_1)
    assert cascade(database_url)[0][3] == "not recorded"
    follow(engine, "11010", 0, (5, 10))
    assert cascade(database_url)[0][3] == "Withheld (few cases)"  # fewer than ten were, as the records say


def test_follow_ups_of_one_district_are_a_share_of_its_own_cases_and_the_page_says_of_which(
    engine, database_url
):
    for district in ("11010", "11020"):
        courses(engine, district, 40)
    follow(engine, "11010", 30, (5, 10))
    row, text = cascade(database_url)
    assert row[3].startswith("75%")  # of the 40 of the district that sends them; of all 80 it would be 38 %
    assert "Of these 40 were referred and 40 ended" in text
    said = registry.answer("counselling.cascade", Reader(Store.of(database_url)), "en", {}).caveats
    assert any("Follow-up: Jongno-gu" in one for one in said)


@pytest.mark.parametrize(("months", "known"), [((5, 10), True), ((6, 10), False), ((5, 9), False)])
def test_cases_count_where_follow_ups_go_on_from_their_month_to_where_the_cases_end(
    engine, database_url, months, known
):
    """Who was referred in May is followed up months later: records that stop before, or begin after, say nothing of them."""
    courses(engine, "11010", 40)
    follow(engine, "11010", 30, months)
    assert cascade(database_url)[0][3].startswith("75%") is known


# ── A district that stops sending ───────────────────────────────────────────────────────────────────

SAYS_SO = ("overview", "kpi", "programmes", "hotline.flow", "district_map.reach", "district_map.funnel", "counselling.cascade",
           "counselling.waits", "counselling.attendance", "counselling.outcomes", "counselling.providers")  # fmt: skip


def calls(district: str, month: int) -> dict[str, object]:
    return {"period": f"2026-{month:02d}", "month_key": 202600 + month, "from_on": date(2026, month, 1), "to_on": coverage.last_day(202600 + month),
            "district_code": district, "channel": "all", "offered": 400, "answered": 300, "source": None}  # fmt: skip


def test_where_a_district_stops_the_city_goes_on_and_every_page_says_whose_records_it_shows(
    engine, database_url
):
    for district, last in (("11010", 10), ("11020", 10), ("11210", 8)):
        at, months = datetime(2026, last + 1, 1), range(1, last + 1)
        came(engine, "attendance", [visited(district, month) for month in months], at)
        came(engine, "hotline_summary", [calls(district, month) for month in months], at)
        begun = [
            {**referred(f"{district}-{month}-{n}", date(2026, month, 3)), "district_code": district,
             "first_session_on": date(2026, month, 9), "ended_on": date(2026, month, 27), "end_reason": "completed"}
            for month in months for n in range(10)
        ]  # fmt: skip
        held = [
            {"session_id": f"{one['case_id']}-{k}", "case_id": one["case_id"], "scheduled_on": day, "status": "attended",
             "mode": "phone", "counsellor_type": "professional"}
            for one in begun for k, day in enumerate((one["first_session_on"], one["ended_on"]))
        ]  # fmt: skip
        came(engine, "counselling_case", begun, at)
        came(engine, "counselling_session", held, at)
    read = Reader(Store.of(database_url))
    assert read.as_of == date(2026, 10, 31)
    assert visits_of(database_url, Span(202601, 202610)) == 2000  # of the two that go on
    for lang, told in (
        ("ko", "3개 구 가운데 2개 구(종로구, 중구)"),
        ("en", "2 of the 3 districts of Seoul (Jongno-gu, Jung-gu)"),
    ):
        said = {name: " ".join(registry.answer(name, read, lang, {}).caveats) for name in SAYS_SO}
        assert {name for name, text in said.items() if told not in text} == set()
