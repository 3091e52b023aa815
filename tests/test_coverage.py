"""Where the records end: which months a file closes, what a word changes, and what an undo takes back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from screen import launched
from small import add, make
from sqlalchemy import Engine, delete, func, select

from answers import registry, say
from answers.answer import Answer, Piece
from answers.reader import Reader
from answers.say import month_runs
from answers.store import Store
from data import coverage, facts
from data.engine import writing
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


def came(engine: Engine, table: str, rows: list[dict[str, object]], at: datetime) -> int:
    with writing(engine) as connection:
        number = add(connection, table, rows, sha=f"{at}{rows}"[:64])
        connection.execute(delete(arrival).where(arrival.c.batch_id == number))
        coverage.arrived(connection, table, batch_id=number, recorded_at=at)
        facts.settle(connection, table)
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
    came(engine, "ledger_entry", [entry("1", date(2026, 10, 5))], at)
    assert states(engine, "ledger_entry") == {("", 202610): state}


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
        coverage.restate(connection)
        assert connection.execute(select(arrival).order_by(arrival.c.month_key)).all() == known
    assert len(known) == 3


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
    found = Reader(Store.of(url)).city("programme_visits", where={"month_key": months, **where})
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
