"""Facts of the service pages: by hand on a few rows, and equal to plain SQL over the raw rows of a whole city."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from small import add, make, put_month
from sqlalchemy import select, text

from data import facts, lake, queries
from data import tables as t
from data.engine import make_engine, writing

NIGHT = datetime(2025, 5, 31, 14, 59)  # 23:59 in Seoul, the last minute of the month


def contact(number, at, person="p1", outcome="answered", **more):
    local = at + timedelta(hours=9)
    return {
        "contact_id": f"c{number}", "channel": "phone", "attempted_at": at, "outcome": outcome, "person_id": person,
        "district_code": "11210", "age_band": "40-64", "sex": "female", "topic": "loneliness", "risk": False, "referred": False,
        "local_date": local.date(), "month_key": local.year * 100 + local.month, "hour": local.hour, "wait_s": 5,
        "handle_s": 600 if outcome == "answered" else None, "wrap_s": 60 if outcome == "answered" else None, **more,
    }  # fmt: skip


CONTACTS = [
    contact(1, NIGHT),
    contact(2, NIGHT + timedelta(minutes=2)),  # one minute past midnight: June
    contact(3, NIGHT + timedelta(days=20), outcome="abandoned"),
    contact(4, NIGHT, person="p2", outcome="busy", wait_s=None),
    contact(5, NIGHT, person=None),
]


def rows(connection, name, *columns):
    table = t.FACTS[name]
    return [
        tuple(r)
        for r in connection.execute(
            select(*(table.c[c] for c in columns)).order_by(*table.primary_key.columns)
        )
    ]


def test_a_month_ends_at_midnight_in_seoul_and_renewed_contacts_cross_it(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        facts.refresh(connection, "hotline_contact", batch_id=add(connection, "hotline_contact", CONTACTS))
        hours = rows(connection, "hotline_hourly", "day", "hour", "attempts", "answered", "handle_s")
        callers = rows(connection, "hotline_caller", "month_key", "attempts", "callers", "callers_answered", "answered", "again_7", "again_30")  # fmt: skip
        often = rows(connection, "hotline_frequency", "year", "contacts", "callers")
    assert hours == [
        (date(2025, 5, 31), 23, 3, 2, 1200),
        (date(2025, 6, 1), 0, 1, 1, 600),
        (date(2025, 6, 20), 23, 1, 0, 0),
    ]
    # May: p1 answered and again within a day; p2 only met a busy line. June: again after 19 days, not within 7.
    assert callers == [(202505, 2, 2, 1, 1, 1, 1), (202506, 2, 1, 1, 1, 0, 1)]
    assert often == [(2025, 1, 1), (2025, 3, 1)]


def test_a_later_batch_renews_contacts_of_the_month_before(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        facts.refresh(
            connection, "hotline_contact", batch_id=add(connection, "hotline_contact", CONTACTS[:1])
        )
        assert rows(connection, "hotline_caller", "month_key", "again_7") == [(202505, 0)]
    with writing(engine) as connection:
        facts.refresh(connection, "hotline_contact", batch_id=add(connection, "hotline_contact", CONTACTS[1:2], sha="y"))  # fmt: skip
        assert rows(connection, "hotline_caller", "month_key", "again_7") == [(202505, 1), (202506, 0)]
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before


def test_a_caller_is_new_once_and_an_earlier_contact_that_comes_in_late_moves_the_month(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        facts.refresh(
            connection, "hotline_contact", batch_id=add(connection, "hotline_contact", CONTACTS[1:3])
        )
        assert rows(connection, "hotline_first", "month_key", "callers") == [(202506, 1)]
    with writing(engine) as connection:
        facts.refresh(connection, "hotline_contact", batch_id=add(connection, "hotline_contact", [CONTACTS[0], *CONTACTS[3:]], sha="y"))  # fmt: skip
        # p1 was there in May already, as was p2; nobody knows who the fifth contact was.
        assert rows(connection, "hotline_first", "month_key", "callers") == [(202505, 2)]
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before


def case(number, **more):
    return {
        "case_id": f"k{number}", "person_id": f"m{number}", "programme_id": "mind_counselling", "district_code": "11010",
        "age_band": "40-64", "sex": "female", "provider_id": "P1", "referred_on": date(2025, 3, 5), "planned_sessions": 8,
        "first_session_on": None, "ended_on": None, "end_reason": None, **more,
    }  # fmt: skip


CASES = [
    case(1, first_session_on=date(2025, 3, 25), ended_on=date(2025, 6, 1), end_reason="completed"),
    case(2, first_session_on=date(2025, 4, 30), ended_on=date(2025, 5, 20), end_reason="dropout"),
    case(3, ended_on=date(2025, 3, 15), end_reason="declined"),
    case(4, provider_id=None),
]
SESSIONS = [
    {"session_id": f"s{k}-{n}", "case_id": f"k{k}", "scheduled_on": first + timedelta(days=14 * n), "status": "attended", "mode": "face", "counsellor_type": "professional"}
    for k, first, held in ((1, date(2025, 3, 25), 2), (2, date(2025, 4, 30), 1)) for n in range(held)
]  # fmt: skip
SCORES = [
    {"person_id": "m1", "case_id": "k1", "instrument": name, "instrument_version": "1", "measured_on": day, "score": score}
    for name, day, score in (("PHQ-9", date(2025, 3, 25), 15), ("PHQ-9", date(2025, 4, 8), 6),
                             ("GAD-7", date(2025, 3, 25), 5), ("GAD-7", date(2025, 4, 8), 5))
]  # fmt: skip
SEEN = [{"person_id": "m1", "district_code": "11010", "scheduled_on": date(2025, 9, 1), "achieved_on": date(2025, 9, 2), "result": "connected"}]  # fmt: skip


def test_a_cohort_of_courses_by_hand_with_those_still_waiting(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        for name, data in (("counselling_case", CASES), ("counselling_session", SESSIONS), ("outcome_measure", SCORES), ("follow_up", SEEN)):  # fmt: skip
            facts.refresh(connection, name, batch_id=add(connection, name, data, sha=name))
        course = rows(connection, "case_course", "month_key", "provider_id", "referred", "started", "second", "completed", "followed_up", "dropped_out", "paired", "recovered", "reliably_improved")  # fmt: skip
        wait = rows(connection, "counselling_wait", "kind", "days", "cases")
        held = rows(connection, "session_held", "month_key", "held", "ending", "cases")
        pairs = rows(connection, "score_pair", "instrument", "first", "last", "cases")
        ends = rows(connection, "course_end", "month_key", "completed", "waited_42_d", "scored", "at_caseness", "recovered", "reliably_recovered")  # fmt: skip
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before
    # Only the first course ended with two sessions: it had waited 20 days, and fell from 15 to 6 on the PHQ-9.
    assert ends == [(202506, 1, 1, 1, 1, 1, 1)]
    assert course == [
        (202503, "P1", 3, 2, 1, 1, 1, 1, 1, 1, 1),
        (202503, "unknown", 1, 0, 0, 0, 0, 0, 0, 0, 0),
    ]
    # 5 to 25 March is 20 days, to 30 April 56; declined after 10; the fourth waits since the 5th.
    assert wait == [
        ("first", 20, 1),
        ("first", 56, 1),
        ("second", 14, 1),
        ("waiting", 5, 1),
        ("withdrew", 10, 1),
    ]
    assert held == [(202503, 2, "completed", 1), (202504, 1, "dropout", 1)]
    assert pairs == [("GAD-7", 5, 5, 1), ("PHQ-9", 15, 6, 1)]


def test_a_score_that_was_not_taken_again_is_carried_forward_as_no_change(database_url):
    """PHQ-9 falls from 15 to 6, GAD-7 has one score: 5 stays below 8 (recovered), 12 stays above (not recovered)."""
    engine = make(database_url)
    cases = [case(n, first_session_on=date(2025, 4, 20), ended_on=date(2025, 6, 1), end_reason="completed") for n in (1, 2, 3)]  # fmt: skip
    sessions = [
        {**SESSIONS[0], "session_id": f"s{n}-{k}", "case_id": f"k{n}"} for n in (1, 2, 3) for k in (0, 1)
    ]
    again = date(2025, 5, 20)
    scores = [
        {**SCORES[0], "person_id": f"m{n}", "case_id": f"k{n}", "instrument": name, "measured_on": day, "score": score}
        for n, name, day, score in (
            (1, "PHQ-9", date(2025, 4, 20), 15), (1, "PHQ-9", again, 6), (1, "GAD-7", date(2025, 4, 20), 5),
            (2, "PHQ-9", date(2025, 4, 20), 15), (2, "PHQ-9", again, 6), (2, "GAD-7", date(2025, 4, 20), 12),
            (3, "PHQ-9", date(2025, 4, 20), 15),  # no first GAD-7: not among the scored
        )
    ]  # fmt: skip
    with writing(engine) as connection:
        for name, data in (("counselling_case", cases), ("counselling_session", sessions), ("outcome_measure", scores)):  # fmt: skip
            facts.refresh(connection, name, batch_id=add(connection, name, data, sha=name))
        ends = rows(connection, "course_end", "completed", "waited_42_d", "waited_126_d", "scored", "at_caseness", "recovered", "reliably_improved")  # fmt: skip
        paired = rows(connection, "outcome_monthly", "completed", "paired", "recovered")
    # 5 March to 20 April is 46 days: past 42, within 126.
    assert ends == [(3, 0, 3, 2, 2, 1, 2)]
    assert paired == [(3, 0, 0)]


CURRENT = "superseded_by IS NULL"
# fact sum by hand: SQL that an analyst would write over the raw rows
BY_HAND = {
    "hotline_hourly by hour": ("hotline_hourly", ("hour", "channel"), ("offered", "answered", "answered_in_20_s"), f"""
        SELECT hour, channel, SUM(outcome <> 'busy') AS offered, SUM(outcome = 'answered') AS answered,
               SUM(outcome = 'answered' AND wait_s <= 20) AS answered_in_20_s
        FROM hotline_contact WHERE {CURRENT} GROUP BY hour, channel"""),
    "hotline_topic": ("hotline_topic", ("topic",), ("answered",), f"""
        SELECT topic, COUNT(*) AS answered FROM hotline_contact WHERE {CURRENT} AND outcome = 'answered' GROUP BY topic"""),
    "hotline_caller": ("hotline_caller", ("month_key",), ("callers", "again_30"), f"""
        SELECT month_key, COUNT(DISTINCT person_id) AS callers, SUM(outcome = 'answered' AND gap <= 30) AS again_30
        FROM (SELECT month_key, person_id, outcome, julianday(LEAD(local_date) OVER (
                  PARTITION BY person_id ORDER BY attempted_at, contact_id)) - julianday(local_date) AS gap
              FROM hotline_contact WHERE {CURRENT} AND person_id IS NOT NULL) GROUP BY month_key"""),
    "hotline_frequency": ("hotline_frequency", ("year",), ("callers",), f"""
        SELECT CAST(strftime('%Y', local_date) AS INTEGER) AS year, COUNT(DISTINCT person_id) AS callers
        FROM hotline_contact WHERE {CURRENT} AND person_id IS NOT NULL GROUP BY 1"""),
    "hotline_first": ("hotline_first", ("month_key",), ("callers",), f"""
        SELECT month_key, COUNT(*) AS callers FROM (SELECT person_id, MIN(month_key) AS month_key FROM hotline_contact
            WHERE {CURRENT} AND person_id IS NOT NULL GROUP BY 1) GROUP BY 1"""),
    "case_course": ("case_course", ("area_code",), ("referred", "second", "reached_8"), f"""
        WITH held AS (SELECT case_id, COUNT(*) AS n FROM counselling_session WHERE {CURRENT} AND status = 'attended' GROUP BY 1)
        SELECT district_code AS area_code, COUNT(*) AS referred, SUM(COALESCE(n, 0) >= 2) AS second, SUM(COALESCE(n, 0) >= 8) AS reached_8
        FROM counselling_case c LEFT JOIN held ON held.case_id = c.case_id WHERE {CURRENT} GROUP BY district_code"""),
    "course_end": ("course_end", ("month_key",), ("completed", "waited_42_d"), f"""
        WITH held AS (SELECT case_id FROM counselling_session WHERE {CURRENT} AND status = 'attended' GROUP BY 1 HAVING COUNT(*) >= 2)
        SELECT CAST(strftime('%Y%m', ended_on) AS INTEGER) AS month_key, COUNT(*) AS completed,
               SUM(julianday(first_session_on) - julianday(referred_on) <= 42) AS waited_42_d
        FROM counselling_case c JOIN held ON held.case_id = c.case_id WHERE {CURRENT} AND ended_on IS NOT NULL GROUP BY 1"""),
    "counselling_wait": ("counselling_wait", ("kind",), ("cases",), f"""
        SELECT CASE WHEN first_session_on IS NOT NULL THEN 'first' WHEN ended_on IS NOT NULL THEN 'withdrew' ELSE 'waiting' END AS kind,
               COUNT(*) AS cases FROM counselling_case WHERE {CURRENT} GROUP BY 1
        UNION ALL SELECT 'second', COUNT(*) FROM (SELECT case_id FROM counselling_session WHERE {CURRENT} AND status = 'attended'
                                                  GROUP BY case_id HAVING COUNT(*) >= 2)"""),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_fact_equals_hand_written_sql_over_raw_rows(store, name):
    fact, keys, columns, statement = BY_HAND[name]
    with make_engine(store).connect() as connection:
        ours = queries.totals(connection, fact, columns=columns, keys=keys)
        result = connection.execute(text(statement))
        theirs = pd.DataFrame(result.all(), columns=list(result.keys()))
    both = ours.merge(theirs, on=list(keys), suffixes=("", "_by_hand"), validate="one_to_one")
    assert len(both) == len(ours) == len(theirs)
    for column in columns:
        assert both[column].tolist() == both[f"{column}_by_hand"].tolist()


def test_a_lake_fills_all_three_detection_facts_of_its_months_and_leaves_others(database_url, tmp_path):
    engine = make(database_url)
    made = {"district_code": "11010", "signal": 0, "flagged": 9, "contacted": 9, "confirmed": 9, "enrolled": 9}  # fmt: skip
    seen = date(2026, 5, 9)
    put_month(
        tmp_path, 202605,
        [(1, 3), (1, 7), (1, 9), (2, 3), (2, 7), (3, 7)],
        [(1, seen, "enrolled"), (2, seen, "not_isolated")],
    )  # fmt: skip
    with writing(engine) as connection:
        for month in (202604, 202605):
            connection.execute(t.detection_monthly.insert().values(month_key=month, counted="lake", **made))
        assert lake.refresh(connection, tmp_path, recorded_at=datetime(2026, 6, 1)) == [202605]
        assert lake.refresh(connection, tmp_path, recorded_at=datetime(2026, 6, 2)) == []  # the same bytes
        monthly = rows(connection, "detection_monthly", "month_key", "signal", "flagged", "confirmed")
        pairs = rows(connection, "detection_pair", "signal", "other", "flagged", "confirmed")
        counts = rows(connection, "detection_count", "signals", "households", "flagged", "enrolled")
    # Both flagged households show 3 and 7, the first also 9; April stays.
    assert monthly == [
        (202604, 0, 9, 9),
        (202605, 0, 2, 1),
        (202605, 3, 2, 1),
        (202605, 7, 2, 1),
        (202605, 9, 1, 1),
    ]
    assert pairs == [(3, 7, 2, 1), (3, 9, 1, 1), (7, 9, 1, 1)]
    assert counts == [(1, 1, 0, 0), (2, 1, 1, 0), (3, 1, 1, 1)]
    put_month(tmp_path, 202605, [(1, 3), (1, 7)], [(1, seen, "confirmed")])
    with writing(engine) as connection:
        assert lake.refresh(connection, tmp_path, recorded_at=datetime(2026, 6, 3)) == [202605]
        assert rows(connection, "detection_pair", "signal", "other", "flagged", "enrolled") == [(3, 7, 1, 0)]
        batches = queries.batches(connection)
    assert set(batches.loc[batches["table_name"] == "detection_monthly", "kind"]) == {"import"}


def test_a_folder_without_a_lake_is_refused_and_nothing_changes(database_url, tmp_path):
    engine = make(database_url)
    with writing(engine) as connection:
        before = facts.digest(connection)
        with pytest.raises(FileNotFoundError):
            lake.refresh(connection, tmp_path, recorded_at=datetime(2026, 6, 1))
        assert facts.digest(connection) == before


def test_pairs_and_numbers_of_signals_agree_with_the_flagged(store):
    with make_engine(store).connect() as connection:
        whole = queries.totals(
            connection, "detection_monthly", columns=["flagged", "confirmed"], where={"signal": 0}
        )
        counted = queries.totals(connection, "detection_count", columns=["flagged", "confirmed"])
        pairs = queries.totals(connection, "detection_pair", columns=["flagged"])
        shown = queries.totals(connection, "detection_count", columns=["flagged"], keys=("signals",))
    assert counted[["flagged", "confirmed"]].equals(whole[["flagged", "confirmed"]])
    # A household with n signals shows n (n − 1) / 2 pairs.
    n = shown["signals"]
    assert pairs["flagged"].iloc[0] == (shown["flagged"] * n * (n - 1) / 2).sum()
