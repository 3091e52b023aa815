"""What an office sets up without code: by file and on the page, used at once, versions kept, taken back."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from small import add, make
from sqlalchemy import Engine, func, select

from actions import setup as acts
from answers import registry, targets
from answers.reader import Reader
from answers.store import Store
from data import facts, queries, setup
from data.engine import set_state, writing
from data.imports import ImportReport, Reason, load, preview, read_lookups
from data.programmes import code_of
from data.tables import OPERATIONAL, batch, programme, target
from data.undo import undo

NOW = datetime(2026, 11, 2)
BY = {"author": "김담당", "reason": "업무 보고", "recorded_at": NOW}
ROBOT = {
    "name_ko": "외로움 돌봄 로봇",
    "task_id": "똑똑 24",
    "owner_unit": "복지정책과",
    "status": "추진 중",
    "starts_on": "2026-10-01",
}
LEDGER = '전표번호,집행일,세부사업,자치구,구분,금액(천원),재원,통계목\nP-1,2026-10-20,외로움 돌봄 로봇,,지출,"5,000",시비,운영비\n'


@pytest.fixture
def engine(database_url: str):
    """A migrated store with three districts, two programmes and one task."""
    engine = make(database_url)
    yield engine
    engine.dispose()


def newest(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.max(batch.c.batch_id))).scalar() or 0


def put(engine: Engine, table: str, *rows: dict[str, str], **more: object) -> ImportReport:
    return setup.save(engine, table, rows, **{"seen": newest(engine), **BY, **more})


def owner(engine: Engine) -> None:
    assert put(engine, "owner_unit", {"name_ko": "복지정책과", "body": "자치구"}).added == 1


def file(engine: Engine, text: str, name: str = "보낸 파일.csv") -> ImportReport:
    with engine.connect() as connection:
        lookups = read_lookups(connection, now=NOW)
    return load(engine, preview(name, text.encode(), lookups=lookups), recorded_at=NOW, secret="s")


def force(engine: Engine, table: str) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return setup.in_force(connection, table_name=table).to_dict("records")


def names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(queries.programmes(connection)["name_ko"])


# ── Programmes and owners ───────────────────────────────────────────────────────────────────────────────


def test_an_unknown_programme_is_refused_with_the_way_to_register_it_and_taken_once_it_is(engine):
    refused = file(engine, LEDGER)
    (problem,) = refused.parsed.problems
    assert problem.reason is Reason.UNKNOWN_PROGRAMME and refused.batch_id is None
    for lang in ("ko", "en"):
        said = problem.sentence(lang)
        assert "/setup?part=programmes" in said and "python -m data template programme_entry" in said
    owner(engine)
    assert put(engine, "programme_entry", ROBOT).added == 1
    assert names(engine) == {"서울마음편의점", "마음상담", "외로움 돌봄 로봇"}
    assert file(engine, LEDGER).added == 1
    with engine.connect() as connection:
        spent = queries.totals(connection, "ledger_monthly", columns=("amount_krw",), keys=("programme_id",))
    assert spent.to_dict("records") == [
        {"programme_id": code_of("외로움 돌봄 로봇"), "amount_krw": 5_000_000}
    ]


def test_the_same_registration_comes_by_file(engine):
    owner(engine)
    head = "사업코드,사업명,영문명,과제,담당,상태,시작일\n"
    assert (
        file(
            engine, f"{head}care_robot,외로움 돌봄 로봇,Care robot,똑똑 24,복지정책과,추진 중,2026-10-01\n"
        ).added
        == 1
    )
    (row,) = force(engine, "programme_entry")
    assert (row["code"], row["task_id"], row["starts_on"]) == ("care_robot", "t1", date(2026, 10, 1))
    with engine.connect() as connection:
        known = connection.execute(select(programme).where(programme.c.programme_id == "care_robot")).one()
    assert (known.name_en, known.owner_unit, known.status, known.listed) == (
        "Care robot",
        "복지정책과",
        "active",
        True,
    )
    # Sent again without its code it is the same programme, with another status.
    again = file(
        engine, "사업명,과제,담당,상태,상태 변경일\n외로움 돌봄 로봇,똑똑 24,복지정책과,중단,2026-10-20\n"
    )
    assert (again.added, again.corrected) == (0, 1)
    with engine.connect() as connection:
        statuses = connection.execute(
            select(programme.c.status).where(programme.c.programme_id == "care_robot")
        )
        assert statuses.scalars().all() == ["suspended"]


@pytest.mark.parametrize(("change", "reason", "listed"), [
    ({"task_id": "없는 과제"}, Reason.UNKNOWN_TASK, "똑똑 24"),
    ({"owner_unit": "없는 과"}, Reason.UNKNOWN_OWNER, "복지정책과"),
    ({"code": "로봇!"}, Reason.NOT_A_CODE, ""),
    ({"code": "robot", "name_ko": "서울마음편의점"}, Reason.NAME_TAKEN, "mind_store"),
    ({"ends_on": "2026-09-30"}, Reason.END_BEFORE_START, ""),
    ({"status": "아마도"}, Reason.UNKNOWN_CODE, "추진 중"),
])  # fmt: skip
def test_a_registration_that_cannot_stand_is_refused_by_name_and_nothing_is_stored(
    engine, change, reason, listed
):
    owner(engine)
    report = put(engine, "programme_entry", {**ROBOT, **change})
    assert [problem.reason for problem in report.parsed.problems] == [reason]
    assert listed in report.parsed.problems[0].sentence("ko")
    assert force(engine, "programme_entry") == [] and len(names(engine)) == 2


def test_a_registration_taken_back_is_listed_no_more_and_the_files_say_so(engine):
    owner(engine)
    put(engine, "programme_entry", ROBOT)
    undo(engine, recorded_at=NOW)
    assert names(engine) == {"서울마음편의점", "마음상담"}
    assert file(engine, LEDGER).parsed.problems[0].reason is Reason.UNKNOWN_PROGRAMME
    assert put(engine, "programme_entry", ROBOT).added == 1  # and again: the row stands once more
    assert "외로움 돌봄 로봇" in names(engine)


def test_a_change_taken_back_gives_the_programme_as_it_was(engine):
    owner(engine)
    put(engine, "programme_entry", ROBOT)
    (first,) = force(engine, "programme_entry")
    put(
        engine,
        "programme_entry",
        {**ROBOT, "code": str(first["code"]), "name_ko": "돌봄 로봇", "status": "중단"},
    )
    assert "돌봄 로봇" in names(engine) and "외로움 돌봄 로봇" not in names(engine)
    undo(engine, recorded_at=NOW)
    assert "외로움 돌봄 로봇" in names(engine)
    assert [row["row_id"] for row in force(engine, "programme_entry")] == [first["row_id"]]


def test_an_office_starts_with_the_plans_programmes_and_owners_in_force(office):
    read = Reader(Store.of(office))
    entries = read.rows(setup.in_force, table_name="programme_entry")
    listed = read.rows(queries.programmes)
    assert len(entries) == 20 and set(entries["code"]) == set(listed["programme_id"])
    owners = set(read.rows(setup.in_force, table_name="owner_unit")["name_ko"])
    assert owners == set(entries["owner_unit"]) == set(listed["owner_unit"])
    assert set(entries["came"]) == {"reference"}


# ── Changes ─────────────────────────────────────────────────────────────────────────────────────────────

RATE = {
    "metric_id": "응답률",
    "group_key": "서울시",
    "valid_from": "2026-01-01",
    "value": "88",
    "basis": "내부 목표",
}


def test_a_change_supersedes_and_every_version_stays_with_author_and_reason(engine):
    put(engine, "target", RATE)
    put(engine, "target", {**RATE, "value": "90%"}, author="박담당", reason="하반기 조정")
    put(
        engine, "target", RATE, author="김담당", reason="되돌림"
    )  # a value that was set before may be set again
    (row,) = force(engine, "target")
    assert (row["metric_id"], row["group_key"], row["value"], row["by"]) == (
        "answer_rate",
        "city",
        88.0,
        "김담당",
    )
    with engine.connect() as connection:
        kept = setup.versions(connection, table_name="target")
        log = setup.log(connection, table_name="target")
    assert kept["value"].tolist() == [88.0, 90.0, 88.0]
    assert kept["author"].tolist() == kept["by"].tolist() == ["김담당", "박담당", "김담당"]
    assert kept["superseded_by"].notna().tolist() == [True, True, False]
    assert log["why"].tolist() == ["되돌림", "하반기 조정", "업무 보고"]


def test_what_is_taken_away_stands_no_longer_and_comes_back_by_undo(engine):
    put(engine, "target", RATE)
    (row,) = force(engine, "target")
    gone = setup.save(engine, "target", [], withdrawn=[row["row_id"]], seen=newest(engine), **BY)
    assert gone.batch_id and force(engine, "target") == []
    undo(engine, recorded_at=NOW)
    assert [r["row_id"] for r in force(engine, "target")] == [row["row_id"]]


def test_the_same_again_writes_nothing(engine):
    put(engine, "target", RATE)
    assert put(engine, "target", RATE).already and newest(engine) == 1


@pytest.mark.parametrize(("more", "reason"), [
    ({"author": " "}, "blank"), ({"reason": ""}, "blank"), ({"reason": "홍길동 010-1234-5678 요청"}, "personal"), ({"seen": 0}, "changed"),
])  # fmt: skip
def test_a_change_that_cannot_stand_as_a_whole_is_refused(engine, more, reason):
    put(engine, "target", RATE)
    with pytest.raises(setup.Refused) as refused:
        put(engine, "target", {**RATE, "value": "90"}, **more)
    assert refused.value.reason == reason
    assert [row["value"] for row in force(engine, "target")] == [88.0]


def test_one_bad_row_holds_back_the_whole_change(engine):
    report = put(engine, "target", RATE, {**RATE, "metric_id": "행복", "group_key": "강남"})
    assert {p.reason for p in report.parsed.problems} == {Reason.UNKNOWN_MEASURE, Reason.UNKNOWN_GROUP}
    assert "응답률" in report.parsed.problems[0].sentence("ko")
    assert force(engine, "target") == []


def test_a_programme_and_a_busy_owner_cannot_be_taken_away(engine):
    owner(engine)
    put(engine, "programme_entry", ROBOT)
    for table, reason in (("programme_entry", "programme"), ("owner_unit", "owner")):
        (row,) = force(engine, table)
        with pytest.raises(setup.Refused) as refused:
            setup.save(engine, table, [], withdrawn=[row["row_id"]], seen=newest(engine), **BY)
        assert refused.value.reason == reason


def test_rows_that_read_as_no_data_are_told_and_not_dropped(engine):
    with pytest.raises(setup.Refused) as refused:
        put(engine, "owner_unit", {"name_ko": "복지과", "body": "시"}, {"name_ko": "합계", "body": ""})
    assert refused.value.reason == "not_read" and force(engine, "owner_unit") == []


def test_the_demonstration_city_is_not_set_up_by_hand(engine):
    with writing(engine) as connection:
        set_state(connection, city="demo")
    with pytest.raises(setup.Refused) as refused:
        put(engine, "target", RATE)
    assert refused.value.reason == "demo" and newest(engine) == 0


def test_no_other_table_can_be_read_or_changed_this_way(engine):
    for table in sorted(set(OPERATIONAL) - set(setup.TABLES)):
        with engine.connect() as connection, pytest.raises(ValueError, match="table_name"):
            setup.versions(connection, table_name=table)
        with pytest.raises(ValueError, match="table_name"):
            put(engine, table)


OTHERS = {
    "output_target": ({"programme_id": "서울마음편의점", "fiscal_year": "2026", "output": "방문", "planned": "200,000"}, {"planned": 200_000, "output": "visits"}),
    "event": ({"happened_on": "2026-08-01", "kind": "개시", "title_ko": "야간 상담 확대"}, {"kind": "launch", "title_en": "야간 상담 확대"}),
    "survey_design": (
        {"instrument_id": "고립 실태", "year": "2026", "population": "19세 이상 시민", "sampling": "자치구·연령 층화", "mode": "면접",
         "weight_basis": "표본", "planned_n": "3,000"}, {"weight_basis": "sample", "planned_n": 3000}),
    "staffing": ({"programme_id": "마음상담", "role": "상담사", "valid_from": "2026-01-01", "planned_fte": "12.5"}, {"planned_fte": 12.5}),
    "unit_cost": (
        {"programme_id": "마음상담", "output": "회기", "valid_from": "2026-01-01", "unit_krw": "80,000", "source": "계약서"},
        {"unit_krw": 80_000, "output": "sessions"}),
}  # fmt: skip


@pytest.mark.parametrize("table", list(OTHERS))
def test_the_words_that_people_use_are_stored_as_codes(engine, table):
    given, stored = OTHERS[table]
    assert put(engine, table, given).added == 1
    (row,) = force(engine, table)
    assert {name: row[name] for name in stored} == stored


# ── The page ────────────────────────────────────────────────────────────────────────────────────────────


def answered(url: str, part: str, lang: str = "ko"):
    Store.of(url).changed()
    return registry.answer(f"setup.{part}", Reader(Store.of(url)), lang, {})


def texts(table) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in table.rows]


def test_the_page_says_what_is_in_force_and_what_became_of_it(engine, database_url):
    put(engine, "target", RATE)
    put(engine, "target", {**RATE, "value": "90"}, reason="하반기 조정")
    answer = answered(database_url, "targets")
    assert "1개" in answer.sentence
    force_table, history = answer.tables()
    assert texts(force_table)[0][:6] == ["응답률", "2026.\u00a01.\u00a01.", "", "서울시", "90", "내부 목표"]
    assert [row[2:] for row in texts(history)] == [
        ["하반기 조정", "응답률 · 서울시 · 2026. 1. 1.: 목표값 88 → 90"],
        ["업무 보고", "응답률 · 서울시 · 2026. 1. 1.: 새로 등록"],
    ]
    undo(engine, recorded_at=NOW)
    history = answered(database_url, "targets", "en").tables()[1]
    assert "undone" in texts(history)[1][1] and "Undone import" in texts(history)[0][1]


def edit(url: str, table: str, **change):
    read = Reader(Store.of(url))
    before = acts.rows(read, table, "ko")
    made = {
        "edited": {},
        "added": [],
        "deleted": [],
        "author": "김담당",
        "reason": "확인",
        "lang": "ko",
        "at": NOW,
        "seen": read.version,
    }
    return acts.save(read, table, before, **{**made, **change}), before


def test_an_edit_in_place_changes_adds_and_takes_away_in_one_batch(engine, database_url):
    put(engine, "target", RATE, {**RATE, "group_key": "마음상담"})
    saved, before = edit(
        database_url, "target", edited={0: {"value": 91.5}}, deleted=[1],
        added=[{"metric_id": "포기율", "group_key": "서울시", "valid_from": "2026-01-01", "value": 5, "basis": "x"}, {"metric_id": None}],
    )  # fmt: skip
    assert [field.name for field in before.fields] == [
        "metric_id",
        "valid_from",
        "valid_to",
        "group_key",
        "value",
        "basis",
    ]
    assert (saved.added, saved.changed, saved.gone) == (1, 1, 1) and newest(engine) == 2
    assert {(row["metric_id"], row["value"]) for row in force(engine, "target")} == {
        ("answer_rate", 91.5),
        ("abandonment", 5.0),
    }


def test_a_row_of_the_plan_that_is_edited_is_a_change_and_nothing_new(office_copy, tmp_path):
    url = office_copy(tmp_path / "ieum.db")
    saved, before = edit(url, "owner_unit", edited={0: {"name_en": "Another Office"}})
    assert (saved.added, saved.changed, saved.gone) == (0, 1, 0)
    assert before.shown[0]["name_en"] != "Another Office"


def test_an_edit_of_what_identifies_a_row_moves_it(engine, database_url):
    put(engine, "target", RATE)
    saved, _ = edit(database_url, "target", edited={0: {"valid_from": "2026-07-01"}})
    assert (saved.added, saved.changed, saved.gone) == (0, 1, 0)
    assert [row["valid_from"] for row in force(engine, "target")] == [date(2026, 7, 1)]


def test_a_refused_edit_names_the_row_the_column_and_the_choices(engine, database_url):
    put(engine, "target", RATE)
    saved, _ = edit(database_url, "target", added=[{**RATE, "metric_id": "행복"}])
    assert len(saved.problems) == 1
    assert "행복" in saved.problems[0] and "지표" in saved.problems[0] and "응답률" in saved.problems[0]
    assert newest(engine) == 1


def test_every_code_stands_on_a_page(office):
    found = {table.name: texts(table) for table in answered(office, "codes").tables()}
    assert ["11230", "11680", "강남구", "Gangnam-gu"] in found["codes_districts"] and len(
        found["codes_districts"]
    ) == 25
    assert len(found["codes_programmes"]) == 20 and len(found["codes_tasks"]) == 7
    assert any(row[0] == "answer_rate" and "응답율" in row[4] for row in found["codes_measures"])
    assert any(row[0] == "visits" for row in found["codes_outputs"])
    assert any(row[:2] == ["ledger_kind", "refund"] for row in found["codes_others"])


# ── Delivered outputs ───────────────────────────────────────────────────────────────────────────────────


def visits(engine: Engine, n: int) -> None:
    row = {"programme_id": "mind_store", "district_code": "11010", "attended_on": date(2026, 10, 5), "visits": n, "people": None,
           "age_band": "19-39", "sex": "female"}  # fmt: skip
    with writing(engine) as connection:
        number = add(connection, "attendance", [row])
        facts.refresh(connection, "attendance", batch_id=number)


@pytest.mark.parametrize(("counted", "typed", "said"), [
    (140_000, "", "2026년 계획 200,000, 기록으로 센 실적 140,000 (70%)"),
    (140_000, "140,000", "2026년 계획 200,000, 기록으로 센 실적 140,000 (70%), 입력한 실적도 140,000"),
    (140_000, "150,000", "2026년 계획 200,000, 기록으로 센 실적 140,000 (70%), 입력한 실적 150,000(기록과 +10,000 차이)"),
    (0, "150,000", "2026년 계획 200,000, 입력한 실적 150,000 (75%), 기록 없음"),
    (0, "", "2026년 계획 200,000"),
])  # fmt: skip
def test_outputs_are_counted_from_records_and_what_was_typed_is_marked_and_compared(
    engine, database_url, counted, typed, said
):
    if counted:
        visits(engine, counted)
    put(
        engine,
        "output_target",
        {
            "programme_id": "서울마음편의점",
            "fiscal_year": "2026",
            "output": "방문",
            "planned": "200,000",
            "delivered": typed,
        },
    )
    read = Reader(Store.of(database_url))
    (plan,) = targets.plans_of(read, "mind_store", 2026)
    assert targets.plan_words(read, plan, "ko") == said


def test_small_counts_stay_withheld(engine, database_url):
    visits(engine, 4)
    put(
        engine,
        "output_target",
        {
            "programme_id": "서울마음편의점",
            "fiscal_year": "2026",
            "output": "방문",
            "planned": "200",
            "delivered": "4",
        },
    )
    read = Reader(Store.of(database_url))
    (plan,) = targets.plans_of(read, "mind_store", 2026)
    words = targets.plan_words(read, plan, "ko")
    assert "10" in words and "4" not in words.replace("2026년", "")


def test_a_target_whose_group_is_a_programme_stands_with_it(engine, database_url):
    put(engine, "target", {**RATE, "metric_id": "방문", "value": "500", "group_key": "마음상담"})
    read = Reader(Store.of(database_url))
    assert [goal["value"] for goal in targets.set_for(read, "mind_counselling")] == [500.0]
    with engine.connect() as connection:
        assert connection.execute(select(target.c.group_key)).scalars().all() == ["mind_counselling"]
