"""Rows held against each other: histories, outcomes and times, people and visits, days, targets by the words people use."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.imports import Parsed, Reason
from data.measures import GROUPS, MEASURES, OUTPUTS
from metrics import registry
from tools.office_files import CALL, LOOKUPS, SPELL, TARGET, VISITS, csv, period, read, table, visit, workbook

DATED = dataclasses.replace(
    LOOKUPS,
    as_of="2026-10-31",
    today="2026-11-28",
    starts={"mind_store": "2025-03-27", "hotline": "2025-04-01"},
    programme_names={"mind_store": ("서울마음편의점", "Mind store")},
)


def found(parsed: Parsed) -> list[tuple[int | None, Reason]]:
    return [(problem.row, problem.reason) for problem in parsed.problems]


def spells(*rows: list[str]) -> Parsed:
    return read(csv(SPELL, *rows), lookups=DATED)


# ── Histories ───────────────────────────────────────────────────────────────────────────────────────────

CONTRADICTIONS = {
    "overlap": ([period("S1", "P1", "연결", "2024-01-01", "2024-12-01", "재고립"), period("S2", "P1", "고립", "2024-06-01")],
                [(2, Reason.OVERLAP), (3, Reason.OVERLAP)]),
    "two open ones": ([period("S1", "P1", "연결", "2024-01-01"), period("S2", "P1", "고립", "2024-06-01")],
                      [(2, Reason.OVERLAP), (3, Reason.OVERLAP)]),
    "overlap with one that ended later": (
        [period("S1", "P1", "연결", "2024-01-01", "2025-01-01", "재고립"), period("S2", "P1", "고립", "2024-02-01", "2024-03-01", "연결"),
         period("S3", "P1", "고립", "2024-06-01", "2024-07-01", "연결")],
        [(2, Reason.OVERLAP), (2, Reason.OVERLAP), (3, Reason.OVERLAP), (4, Reason.OVERLAP)]),
    "two ends": ([period("S3", "P2", "연결", "2025-01-01", "2025-06-01", "재고립", "사망")], [(2, Reason.TWO_ENDS)]),
    "next state without an end": ([period("S4", "P3", "연결", "2025-01-01", "", "재고립")], [(2, Reason.NEXT_WITHOUT_END)]),
    "exit without an end": ([period("S4", "P3", "연결", "2025-01-01", "", "", "전출")], [(2, Reason.NEXT_WITHOUT_END)]),
    "life after death": ([period("S5", "P4", "연결", "2025-01-01", "2025-06-01", "", "사망"), period("S6", "P4", "연결", "2025-07-01")],
                         [(2, Reason.AFTER_DEATH), (3, Reason.AFTER_DEATH)]),
    "from a state to itself": ([period("S8", "P6", "연결", "2025-01-01", "2025-06-01", "연결")], [(2, Reason.SAME_STATE)]),
    "an end without a reason": ([period("S9", "P7", "연결", "2025-01-01", "2025-06-01")], [(2, Reason.END_WITHOUT_REASON)]),
    "another state than was said": (
        [period("S1", "P1", "연결", "2025-01-01", "2025-06-01", "재고립"), period("S2", "P1", "지원 중", "2025-06-01")],
        [(2, Reason.NEXT_DIFFERS), (3, Reason.NEXT_DIFFERS)]),
    "still to come": ([period("S7", "P5", "연결", "2027-01-01")], [(2, Reason.FUTURE_DAY), (2, Reason.FUTURE_DAY)]),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_history_that_cannot_be_is_refused_by_its_name(case):
    rows, expected = CONTRADICTIONS[case]
    parsed = spells(*rows)
    assert found(parsed) == expected and parsed.frame.empty
    assert all(problem.column for problem in parsed.problems)


def test_what_contradicts_names_the_other_row_in_both_languages():
    problem = spells(*CONTRADICTIONS["overlap"][0]).problems[0]
    assert "3행" in problem.sentence("ko") and "row 3" in problem.sentence("en")


def test_a_history_that_can_be_is_taken():
    parsed = spells(
        period("S1", "P1", "고립", "2024-01-01", "2024-06-01", "지원 중"), period("S2", "P1", "지원 중", "2024-06-01", "2025-01-01", "연결"),
        period("S3", "P1", "연결", "2025-01-01", "2025-03-01", "", "전출"), period("S4", "P1", "위험", "2026-01-01"),
        period("S5", "P2", "고립", "2024-03-01", "2024-09-01", "", "사망"), period("S6", "P3", "연결", "2026-11-20"),
    )  # fmt: skip
    assert parsed.problems == [] and len(parsed.frame) == 6


def test_the_same_row_twice_is_one_row_and_no_overlap():
    parsed = spells(period("S1", "P1", "고립", "2024-01-01"), period("S1", "P1", "고립", "2024-01-01"))
    assert parsed.problems == [] and parsed.excluded == {"duplicate": 1}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), min_size=2, max_size=8, unique=True))
def test_overlaps_are_found_exactly_where_two_periods_share_a_day(periods):
    """Against counting: a period is refused if and only if one of its days lies in another period of the person."""
    day = date(2020, 1, 1).toordinal()
    rows = [
        period(
            f"S{i}",
            "P",
            "고립",
            f"{date.fromordinal(day + a)}",
            f"{date.fromordinal(day + a + n)}",
            "",
            "전출",
        )
        for i, (a, n) in enumerate(periods)
    ]
    days = [set(range(a, a + n)) for a, n in periods]
    shared = {i for i, own in enumerate(days) for j, other in enumerate(days) if i != j and own & other}
    refused = {
        row - 2 for row, reason in found(spells(*rows)) if row is not None and reason is Reason.OVERLAP
    }
    assert refused == shared


def test_support_of_one_programme_does_not_overlap_itself():
    head = ["대상자", "사업", "시작일", "종료일"]
    parsed = read(
        csv(
            head,
            "K1,서울마음편의점,2025-04-01,2025-06-01",
            "K1,서울마음편의점,2025-05-01,",
            "K2,서울마음편의점,2025-05-01,",
        )
    )
    assert found(parsed) == [(2, Reason.OVERLAP), (3, Reason.OVERLAP)] and len(parsed.frame) == 1


def test_a_case_ends_with_a_reason_and_a_reason_with_an_end():
    head = ["사례번호", "대상자", "사업", "자치구", "의뢰일", "종결일", "종결 사유", "계획 회기"]
    rows = ["C1,K1,서울마음편의점,강남구,2025-04-01,2025-06-01,,8", "C2,K2,서울마음편의점,강남구,2025-04-01,,완료,8",
            "C3,K3,서울마음편의점,강남구,2025-04-01,2025-06-01,완료,8", "C4,K4,서울마음편의점,강남구,2025-04-01,,,8"]  # fmt: skip
    parsed = read(csv(head, *rows))
    assert found(parsed) == [(2, Reason.END_WITHOUT_REASON), (3, Reason.NEXT_WITHOUT_END)]
    assert parsed.frame["case_id"].tolist() == ["C3", "C4"]


# ── Outcomes and times ──────────────────────────────────────────────────────────────────────────────────


def call(number: str, outcome: str, answered: str, ended: str = "2026-09-01 10:01:00") -> list[str]:
    at = "2026-09-01 10:00:00"
    return [number, "전화", at, at, answered, ended, outcome, "강남구", "아니오", "아니오", "0"]


@pytest.mark.parametrize(("outcome", "answered", "fits"), [
    ("응답", "", False), ("포기", "2026-09-01 10:00:30", False), ("통화중", "2026-09-01 10:00:30", False),
    ("응답", "2026-09-01 10:00:30", True), ("포기", "", True), ("통화중", "", True)])  # fmt: skip
def test_only_an_answered_contact_has_a_time_of_answer(outcome, answered, fits):
    parsed = read(csv(CALL, call("A", outcome, answered)), lookups=DATED)
    assert found(parsed) == ([] if fits else [(2, Reason.OUTCOME_TIMES)])


def test_a_talk_of_two_days_is_taken_and_told_with_its_hours():
    parsed = read(
        csv(CALL, call("D", "응답", "2026-09-01 10:00:00", "2026-09-03 10:00:00"), call("E", "응답", "2026-09-01 10:00:09")),
        lookups=DATED,
    )  # fmt: skip
    assert len(parsed.frame) == 2 and parsed.problems == []
    assert [(problem.row, problem.reason) for problem in parsed.told] == [(2, Reason.LONG_CONTACT)]
    assert "48시간" in parsed.told[0].sentence("ko") and "48 h" in parsed.told[0].sentence("en")


def test_counsellors_do_not_work_longer_than_they_are_paid():
    head = ["시작 시각", "근무 상담사", "대기 가능", "처리", "후처리"]
    parsed = read(csv(head, "2026-09-01 10:00,2,600,900,300", "2026-09-01 10:15,2,600,900,301"))
    assert found(parsed) == [(3, Reason.ABOVE_PAID)]  # two for 15 minutes are 1,800 s


def test_a_person_who_was_reached_was_reached_on_a_day():
    head = ["대상자", "자치구", "예정일", "확인일", "결과"]
    rows = ["K1,강남구,2026-09-01,,재고립", "K2,강남구,2026-09-01,2026-09-02,부재", "K3,강남구,2026-09-01,2026-09-02,연결 유지",
            "K4,강남구,2026-09-01,,부재"]  # fmt: skip
    assert found(read(csv(head, *rows))) == [(2, Reason.OUTCOME_TIMES), (3, Reason.OUTCOME_TIMES)]


# ── People and visits ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("visits", "people", "fits"), [(1, 234, False), (5, 0, False), (5, 5, True), (5, "", True), (0, 0, True)]
)
def test_people_are_no_more_than_their_visits(visits, people, fits):
    parsed = read(csv([*VISITS, "실인원"], [*visit(visits), people]))
    assert found(parsed) == ([] if fits else [(2, Reason.PEOPLE_AND_VISITS)])


def test_an_unquoted_thousand_is_named_as_the_likely_cause():
    problem = read(csv([*VISITS, "실인원"], "서울마음편의점,강남구,2026-09-01,1,234")).problems[0]
    assert (
        "1,234" in problem.sentence("ko") and "1,234" in problem.sentence("en") and problem.column == "실인원"
    )


# ── Days ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2036-09-01", Reason.FUTURE_DAY), ("2026-11-29", Reason.FUTURE_DAY), ("1926-09-01", Reason.BEFORE_START),
        ("2025-03-26", Reason.BEFORE_START), ("2025-03-27", None), ("2026-11-28", None), ("2026-10-31", None),
    ],
)  # fmt: skip
def test_a_visit_lies_between_the_programmes_first_day_and_the_import(day, reason):
    parsed = read(csv(VISITS, visit(5, day)), lookups=DATED)
    assert found(parsed) == ([] if reason is None else [(2, reason)])
    assert bool(parsed.told) == (day == "2026-11-28")  # after the last closed day: taken and told


def test_a_day_before_anything_was_recorded_is_refused_without_a_first_day_too():
    assert found(read(csv(VISITS, visit(5, "1926-09-01")))) == [(2, Reason.BEFORE_START)]


def test_without_the_day_of_the_import_two_months_after_the_closed_day_may_have_come():
    undated = dataclasses.replace(DATED, today="")
    assert found(read(csv(VISITS, visit(5, "2026-12-31")), lookups=undated)) == []
    assert found(read(csv(VISITS, visit(5, "2027-01-01")), lookups=undated)) == [(2, Reason.FUTURE_DAY)]


def test_money_may_be_booked_ahead_and_is_told():
    head = ["전표번호", "집행일", "세부사업", "구분", "금액(천원)", "재원", "통계목"]
    parsed = read(csv(head, "N-1,2027-01-04,서울마음편의점,본예산,900,시비,운영비"), lookups=DATED)
    assert parsed.problems == [] and [p.reason for p in parsed.told] == [Reason.AFTER_CLOSED]
    assert "2026-10-31" in parsed.told[0].sentence("ko") and "2026-10-31" in parsed.told[0].sentence("en")


def test_a_session_that_was_called_off_may_lie_ahead_one_that_was_held_may_not():
    head = ["회기번호", "사례번호", "예정일", "상태", "방식", "상담가"]
    parsed = read(
        csv(head, "S1,C1,2026-12-24,이용자 취소,대면,전문 상담사", "S2,C1,2026-12-24,참석,대면,전문 상담사"),
        lookups=DATED,
    )
    assert found(parsed) == [(3, Reason.FUTURE_DAY)]


def test_the_hotline_began_with_its_programme():
    early = [cell.replace("2026-09-01", "2025-03-31") for cell in call("A", "포기", "")]
    assert found(read(csv(CALL, early), lookups=DATED)) == [(2, Reason.BEFORE_START)]


# ── Targets and outputs by the words that people use ────────────────────────────────────────────────────


def target(value: object, metric: str = "answer_rate", group: str = "city") -> list[object]:
    return [metric, "2026-01-01", "2026-12-31", group, value, "계획", "가", "나"]


def targets(*rows: list[object]) -> Parsed:
    return read(csv(TARGET, *rows), lookups=DATED)


def test_measures_have_the_registrys_names_and_units():
    for metric in registry.METRICS:
        assert MEASURES[metric.metric_id][:3] == (metric.name.ko, metric.name.en, metric.unit)
    assert set(MEASURES) - set(registry.BY_ID) == {
        "mind_store_sites"
    }  # a published target without a measure of its own


@pytest.mark.parametrize("words", [MEASURES, GROUPS, OUTPUTS])
def test_no_word_means_two_things(words):
    from data.imports.cells import value_key

    said: dict[str, str] = {}
    for code, entry in words.items():
        for word in (code, entry[0], entry[1], *entry[-1]):
            assert said.setdefault(value_key(word), code) == code, word


@pytest.mark.parametrize(
    ("metric", "group", "code", "key"),
    [("응답률", "서울시", "answer_rate", "city"), ("Answer rate", "Seoul", "answer_rate", "city"),
     ("20초 응답", "참고", "service_level", "reference"), ("방문", "서울마음편의점", "programme_visits", "mind_store")],
)  # fmt: skip
def test_measures_and_groups_are_known_by_the_words_that_people_use(metric, group, code, key):
    parsed = targets(target(95, metric, group))
    assert parsed.problems == [] and parsed.frame[["metric_id", "group_key"]].values.tolist() == [[code, key]]


def test_an_unknown_measure_group_or_output_is_refused_with_those_that_exist():
    parsed = targets(target(95, "행복지수", "부산시"))
    assert found(parsed) == [(2, Reason.UNKNOWN_MEASURE), (2, Reason.UNKNOWN_GROUP)]
    measure, group = parsed.problems
    assert "응답률" in measure.sentence("ko") and "Answer rate" in measure.sentence("en")
    assert (
        "서울시" in group.sentence("ko")
        and "서울마음편의점" in group.sentence("ko")
        and "City" in group.sentence("en")
    )
    head = ["세부사업", "회계연도", "산출물", "목표", "실적", "확인일"]
    outputs = read(
        csv(head, "서울마음편의점,2026,방문,200,140,2026-10-31", "서울마음편의점,2026,만족,1,1,"),
        lookups=DATED,
    )
    assert outputs.frame["output"].tolist() == ["visits"] and found(outputs) == [(3, Reason.UNKNOWN_OUTPUT)]
    assert "방문" in outputs.problems[0].sentence("ko") and "Visits" in outputs.problems[0].sentence("en")


def test_a_percent_cell_is_the_percentage_that_it_shows():
    book = workbook(table(TARGET, target(0.95), target(0.4, "회복률")), formats={"E2": "0%", "E3": "0.0%"})
    assert read(book, lookups=DATED).frame["value"].tolist() == [95.0, 40.0]
    assert (
        targets(target("95%")).frame["value"].tolist()
        == [95.0]
        == targets(target(95)).frame["value"].tolist()
    )
    assert all(type(value) is float for value in targets(target("95%")).frame["value"])


@pytest.mark.parametrize(
    ("value", "metric", "reason"),
    [(0.95, "answer_rate", Reason.SHARE_OR_PERCENT), (950, "answer_rate", Reason.OUT_OF_RANGE), ("9500%", "answer_rate", Reason.OUT_OF_RANGE),
     ("30%", "average_wait", Reason.NO_SHARE), (0.5, "reisolation_rate", None), (0, "dropout_rate", None), ("0.5%", "dropout_rate", None)],
)  # fmt: skip
def test_a_share_is_never_guessed(value, metric, reason):
    assert found(targets(target(value, metric))) == ([] if reason is None else [(2, reason)])
