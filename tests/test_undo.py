"""Undo: the newest import first, its rows withdrawn and those before it restored, and facts always equal to a rebuild."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof import size
from small import add, make
from sqlalchemy import Engine, Table, func, select, text

from data import coverage, facts, thread, thread_facts
from data.__main__ import parser
from data.engine import set_state, state, writing
from data.imports import ImportReport, load, preview, read_lookups
from data.tables import OPERATIONAL, batch
from data.undo import NotUndoable, standing, undo

NOW = datetime(2026, 11, 1)
DAYS = ("2026-08-31", "2026-09-01", "2026-10-15")
PLACES = ("종로구", "중구", "관악구")
AGES, SEXES = ("19-39", "65세 이상"), ("여성", "남성")
IDS = ("A-1", "A-2", "A-3")
HEADS = {
    "attendance": "세부사업,자치구,이용일,연령대,성별,이용 건수",
    "hotline_contact": "접촉번호,채널,시도 시각,대기 진입 시각,응답 시각,종료 시각,결과,대상자 가명,자치구,연령대,성별,주제,위험 표시,연계 여부",
    "counselling_case": "사례번호,대상자 가명,세부사업,자치구,연령대,성별,제공기관,의뢰일,첫 상담일,종결일,종결 사유,계획 회기",
    "counselling_session": "회기번호,사례번호,예정일,상태,방식,상담가",
    "outcome_measure": "대상자 가명,사례번호,척도,척도 판,측정일,점수",
    "attendance_summary": "기간,세부사업,자치구,성별,이용 건수",
    "hotline_summary": "기간,자치구,채널,응답,인입,평균대기",
    "budget_summary": "기간,세부사업,예산현액(원),지출액(원),원인행위액(원)",
    "referral": "연계번호,경로,대상자 가명,자치구,세부사업,접수일,수락일,종결일",
    "return_summary": "기간,자치구,연결 시작 월,월초 연결 인원,재고립",
    "spell": "기간번호,대상자 가명,상태,시작일,관찰 시작일,종료일,다음 상태,이탈,자치구,연령대,성별,독거,이전 재고립 횟수,이전 고립 개월",
    "support_period": "대상자 가명,세부사업,시작일,종료일",
    "follow_up": "대상자 가명,자치구,예정일,확인일,결과",
}


@pytest.fixture
def engine(database_url: str):
    """A migrated store with three districts and two programmes."""
    engine = make(database_url)
    yield engine
    engine.dispose()


def send(engine: Engine, table: str, rows: list[str]) -> ImportReport:
    content = "\r\n".join([HEADS[table], *rows, ""]).encode("cp949")
    with engine.connect() as connection:
        lookups = read_lookups(connection)
    parsed = preview("실적.csv", content, template=table, lookups=lookups)
    return load(engine, parsed, recorded_at=NOW, secret="a secret of the test")


def current(engine: Engine) -> dict[str, list[tuple]]:
    """Every current row of every table, its own number and batch included."""

    def rows(connection, table: Table) -> list[tuple]:
        chosen = select(table).where(table.c.superseded_by.is_(None)).order_by(table.c.row_id)
        return [tuple(row) for row in connection.execute(chosen)]

    with engine.connect() as connection:
        return {name: rows(connection, table) for name, table in OPERATIONAL.items()}


def digests(engine: Engine) -> tuple[dict[str, str], dict[str, str]]:
    """Of the facts as they stand, and as a rebuild makes them."""
    with writing(engine) as connection:
        before = facts.digest(connection)
        facts.rebuild(connection)
        return before, facts.digest(connection)


def visits(place: str = "종로구", day: str = "2026-09-01", count: int = 3) -> str:
    return f"서울마음편의점,{place},{day},19-39,여성,{count}"


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_taken_back_gives_the_first_figure_again_and_the_log_keeps_both(engine):
    send(engine, "attendance", [visits(count=3), visits("중구", count=5)])
    before, first = current(engine), digests(engine)[0]
    report = send(engine, "attendance", [visits(count=30), visits("관악구", count=7)])
    assert (report.added, report.corrected) == (1, 1)
    done = undo(engine, recorded_at=NOW)
    assert (done.of, done.withdrawn, done.restored) == (report.batch_id, 2, 1)
    assert current(engine) == before
    assert digests(engine) == (first, first)
    with engine.connect() as connection:
        log = connection.execute(select(batch.c.kind, batch.c.undone_by).order_by(batch.c.batch_id))
        assert list(log) == [("import", None), ("import", done.batch_id), ("undo", None)]


def test_an_undone_file_can_be_loaded_again(engine):
    rows = [visits(count=3)]
    send(engine, "attendance", rows)
    assert send(engine, "attendance", rows).already
    undo(engine, recorded_at=NOW)
    again = send(engine, "attendance", rows)
    assert (again.added, again.already) == (1, False)


def test_imports_are_undone_newest_first_and_each_refusal_says_why(engine):
    first = send(engine, "attendance", [visits(count=3)]).batch_id
    second = send(engine, "attendance", [visits(count=4)]).batch_id
    with pytest.raises(NotUndoable) as later:
        undo(engine, first, recorded_at=NOW)
    assert (later.value.reason, later.value.later) == ("later", (second,))
    undo(engine, second, recorded_at=NOW)
    undo(engine, first, recorded_at=NOW)
    for wanted, reason in ((first, "undone"), (99, "unknown"), (None, "none")):
        with pytest.raises(NotUndoable) as none:
            undo(engine, wanted, recorded_at=NOW)
        assert none.value.reason == reason
    with engine.connect() as connection:
        assert standing(connection) == []


def test_the_command_says_what_was_undone_and_what_stands_in_the_way(
    engine, database_url, monkeypatch, capsys
):
    monkeypatch.setattr("data.cities.address", lambda city, at=None: database_url)

    def run(*words: str) -> int:
        args = parser().parse_args(["undo", *words])
        return int(args.run(args))

    first = send(engine, "attendance", [visits(count=3)]).batch_id
    second = send(engine, "attendance", [visits(count=4)]).batch_id
    assert run(str(first)) == 1
    assert f"{second}" in capsys.readouterr().out
    assert run() == 0
    assert "실적.csv" in capsys.readouterr().out
    assert run("--lang", "en") == 0
    assert run("--lang", "en") == 1
    assert "no import to undo" in capsys.readouterr().out


# ── Whatever is sent ────────────────────────────────────────────────────────────────────────────────


def one_of(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def line(*cells: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(c) if isinstance(c, str) else c for c in cells)).map(",".join)


COUNT = st.integers(1, 9).map(str)
PEOPLE, DAY, PLACE, AGE, SEX = one_of(*IDS), one_of(*DAYS), one_of(*PLACES), one_of(*AGES), one_of(*SEXES)
HOURS = one_of(*(f"{day} {hour}" for day in DAYS for hour in ("08:59", "23:10")))
MONTH = one_of("2026-08", "2026-09", "2026-10", "2026-08-15~2026-09-20")
WHERE = one_of("종로구", "관악구", "서울시")
ROWS = {
    "attendance": line("서울마음편의점", PLACE, DAY, AGE, SEX, COUNT),
    "hotline_contact": st.tuples(PEOPLE, HOURS, PEOPLE, PLACE, AGE, SEX).map(
        lambda v: f"{v[0]},전화,{v[1]}:00,{v[1]}:01,{v[1]}:09,{v[1]}:40,응답,{v[2]},{v[3]},{v[4]},{v[5]},,아니오,예"
    ),
    "counselling_case": st.tuples(PEOPLE, PEOPLE, PLACE, AGE, SEX, st.integers(1, 3)).map(
        lambda v: f"{v[0]},{v[1]},마음상담,{v[2]},{v[3]},{v[4]},P-1,2026-0{v[5] + 4}-01,2026-0{v[5] + 5}-01,2026-0{v[5] + 6}-01,종결,8"
    ),
    "counselling_session": line(one_of("S-1", "S-2", "S-3", "S-4"), PEOPLE, DAY, one_of("참석", "불참"), "대면", "전문 상담사"),
    "outcome_measure": line(PEOPLE, PEOPLE, one_of("우울(PHQ-9)", "불안(GAD-7)"), "1", DAY, COUNT),
    # Whole months and spans, the city and districts: what clashes with rows of cases is refused and changes nothing.
    "attendance_summary": line(MONTH, "서울마음편의점", WHERE, one_of("남녀 전체", "여성"), COUNT),
    "hotline_summary": line(MONTH, WHERE, one_of("채널 전체", "전화"), COUNT, "9", one_of("", "21")),
    "budget_summary": line(MONTH, "서울마음편의점", one_of("900", "800"), COUNT, one_of("", "500")),
    "return_summary": line(MONTH, WHERE, one_of("2026-05", "2026-07"), "9", COUNT),
    "referral": line(PEOPLE, "외로움안녕120", PEOPLE, PLACE, "서울마음편의점", DAY, "2026-10-20", ""),
    "spell": st.tuples(PEOPLE, PEOPLE, one_of("고립,2025-03-02,2025-03-02,,,", "지원 중,2025-04-01,2025-05-07,2025-07-01,연결,",
                                              "연결,2025-07-01,2025-07-01,2026-09-15,재고립,", "연결,2025-07-01,2025-07-01,2026-08-15,,사망"), PLACE, AGE, SEX).map(
        lambda v: ",".join((*v, "예", "0", "4"))
    ),
    "support_period": line(PEOPLE, "마음상담", DAY, one_of("", "2026-10-20")),
    "follow_up": line(PEOPLE, PLACE, DAY, DAY, one_of("연결 유지", "재고립")),
}  # fmt: skip
FILE = one_of(*ROWS).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(ROWS[name], min_size=1, max_size=4))
)
STEP = st.one_of(
    FILE, st.integers(0, 5).map(lambda n: ("again", n)), st.just(("undo", 0)), st.just(("undo", 0))
)


@settings(max_examples=size(12, 400))
@given(first=st.lists(FILE, max_size=2), steps=st.lists(STEP, max_size=8))
def test_any_sequence_of_imports_and_undos_equals_a_rebuild_and_undoing_all_gives_the_first_rows(
    engine, first, steps
):
    for name, rows in first:
        send(engine, name, rows)
    with engine.connect() as connection:
        kept = {row.batch_id for row in standing(connection)}
    before, at_first = current(engine), digests(engine)[0]
    sent: list[tuple[str, list[str]]] = []
    for name, what in steps:
        if name == "undo":
            undo_newer(engine, kept, most=1)
        elif name != "again":
            sent.append((name, what))
            send(engine, name, what)
        elif sent:
            send(engine, *sent[what % len(sent)])
    stood, rebuilt = digests(engine)
    assert stood == rebuilt
    undo_newer(engine, kept)
    assert current(engine) == before
    assert digests(engine)[0] == at_first
    undo_newer(engine, set())  # the next example begins with no current row
    assert not any(current(engine).values())


@pytest.mark.parametrize("began", [None, "2026-07-31"])
def test_undoing_the_only_file_that_closed_a_month_gives_back_the_day_the_store_began_with(engine, began):
    with writing(engine) as connection:
        set_state(connection, as_of=began)
    send(engine, "referral", ["A-1,외로움안녕120,A-1,종로구,서울마음편의점,2026-10-15,2026-10-20,"])
    first = digests(engine)[0]
    send(engine, "hotline_summary", ["2026-08,관악구,전화,2,9,21"])
    with engine.connect() as connection:
        assert state(connection)["as_of"] == "2026-08-31"
    undo(engine, recorded_at=NOW)
    assert digests(engine) == (first, first)
    with engine.connect() as connection:
        assert state(connection).get("as_of") == began


def test_a_summary_that_closes_a_month_of_spells_has_those_of_its_district_followed_until_then(engine):
    """The day of the store stays, which a later month of another table names already."""
    send(engine, "hotline_summary", ["2026-09,관악구,전화,2,9,21"])
    # Too few to close a month.
    send(engine, "spell", ["1,1,고립,2025-03-02,2025-03-02,,,,종로구,19-39,여성,예,0,4"])
    first = digests(engine)[0]
    report = send(engine, "return_summary", ["2026-08,종로구,2026-05,9,2"])
    assert report.facts["spell_monthly"] and digests(engine)[0]["spell_monthly"] != first["spell_monthly"]
    assert digests(engine)[0] == digests(engine)[1]
    undo(engine, recorded_at=NOW)
    assert digests(engine) == (first, first)


SPELL = {
    "spell_id": "s", "person_id": "q", "state": "isolated", "started_on": date(2025, 3, 2), "entered_on": date(2025, 3, 2),
    "district_code": "11010", "age_band": "19-39", "sex": "female", "lives_alone": True, "prior_reisolations": 0,
    "months_isolated_before": 4,
}  # fmt: skip


def returned(month_key: int) -> dict[str, object]:
    """A row of a summary of returns."""
    first, last = coverage.first_day(month_key), coverage.last_day(month_key)
    return {
        "period": f"{first:%Y-%m}", "from_on": first, "to_on": last, "month_key": month_key, "district_code": "11010",
        "cohort": "2026-01", "connected": 9, "returned": 2, "exposure_days": 270, "duration_band": "3-6",
    }  # fmt: skip


A_FEW_PEOPLE = (
    ("referral", [f"{one},외로움안녕120,{one},종로구,서울마음편의점,2026-10-15,2026-10-20," for one in IDS]),
    ("spell", [f"{one},{one},연결,2025-07-01,2025-07-01,2026-09-15,재고립,,중구,19-39,여성,예,0,4" for one in IDS[:2]]),
    ("follow_up", ["A-1,중구,2026-03-01,2026-03-02,연결 유지"]),
)  # fmt: skip


@pytest.mark.parametrize(("records", "people"), [(1, thread_facts.PEOPLE), (thread_facts.PART, 0)])
def test_people_who_are_taken_in_parts_or_put_together_anew_give_the_same_facts(
    engine, monkeypatch, records, people
):
    monkeypatch.setattr(thread_facts, "PART", records)
    monkeypatch.setattr(thread_facts, "PEOPLE", people)
    for table, rows in A_FEW_PEOPLE:
        send(engine, table, rows)
    with engine.connect() as connection:
        assert (len(thread_facts._parts(connection)) > 1) == (records == 1)
    stood, rebuilt = digests(engine)
    monkeypatch.undo()
    assert stood == rebuilt == digests(engine)[1]


def test_facts_of_other_rules_are_made_anew_with_the_next_file(engine, monkeypatch, tmp_path):
    for table, rows in A_FEW_PEOPLE:
        send(engine, table, rows)
    other = tmp_path / "thread.toml"
    text = thread.RULES.read_text("utf-8").replace("silent_after_days = 180", "silent_after_days = 3")
    other.write_text(text, encoding="utf-8")
    monkeypatch.setattr(thread, "RULES", other)
    thread.rules.cache_clear()
    try:
        send(engine, "follow_up", ["A-2,중구,2026-04-01,2026-04-02,재고립"])
        assert digests(engine)[0] == digests(engine)[1]
    finally:
        thread.rules.cache_clear()


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
@pytest.mark.parametrize(
    ("table", "row", "beside", "other"),
    [
        (
            "referral",
            {
                "referral_id": "r",
                "source": "hotline",
                "person_id": "p",
                "district_code": "11010",
                "programme_id": "mind_store",
                "received_on": date(2026, 1, 5),
                "accepted_on": date(2026, 1, 9),
                "closed_on": None,
            },
            "follow_up",
            {
                "person_id": "p",
                "district_code": "11020",
                "scheduled_on": date(2026, 3, 1),
                "achieved_on": date(2026, 3, 2),
                "result": "connected",
            },
        ),
        ("return_summary", returned(202604), "return_summary", returned(202605)),
    ],
)
def test_two_files_of_one_person_or_of_one_districts_spells_at_once_wait_for_each_other(
    engine, table, row, beside, other
):
    """On PostgreSQL neither sees the other's rows before they are committed; on SQLite the second cannot begin."""
    waits = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))

    def second() -> None:
        with writing(engine) as connection:
            facts.refresh(connection, beside, batch_id=add(connection, beside, [other], sha="y"))

    with writing(engine) as connection:
        add(connection, "return_summary", [returned(202606)], sha="before")
        add(connection, "spell", [SPELL], sha="spell")
        facts.settle(connection)  # the day moves no more, which would have the second wait anyway
        facts.rebuild(connection)
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as first:
            facts.refresh(first, table, batch_id=add(first, table, [row]))
            waiting = pool.submit(second)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
                while not waiting.done() and not watch.execute(waits).scalar_one():
                    pass
        waiting.result()
    stood, rebuilt = digests(engine)
    assert stood == rebuilt


def undo_newer(engine: Engine, kept: set[int], *, most: int = 99) -> None:
    """Undo what came after some imports, the newest first."""
    for _ in range(most):
        with engine.connect() as connection:
            if not [row for row in standing(connection) if row.batch_id not in kept]:
                return
        undo(engine, recorded_at=NOW)
