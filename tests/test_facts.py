"""Facts: hand arithmetic on a few rows, touched periods only, and the same bytes after a full rebuild."""

from datetime import date, datetime

import pytest
from small import add, make
from sqlalchemy import func, select, update

from data import facts
from data import tables as t
from data.engine import writing


def contact(number, *, outcome="answered", wait=5, day=date(2025, 5, 8), hour=23, district="11210", **more):
    at = datetime(2025, 5, 8, 14, 0)
    return {
        "contact_id": f"c{number}", "channel": "phone", "attempted_at": at, "outcome": outcome, "district_code": district,
        "age_band": "40-64", "sex": "female", "topic": "loneliness", "risk": False, "referred": False, "local_date": day,
        "month_key": day.year * 100 + day.month, "hour": hour, "wait_s": None if outcome == "busy" else wait,
        "handle_s": 1500 if outcome == "answered" else None, **more,
    }  # fmt: skip


CONTACTS = [
    contact(1, wait=5),
    contact(2, wait=20),
    contact(3, wait=21, referred=True),
    contact(4, outcome="abandoned", wait=10),
    contact(5, outcome="abandoned", wait=11),
    contact(6, outcome="busy"),
    contact(7, day=date(2025, 5, 9), district=None, risk=True),
]


def test_contacts_roll_up_by_hand(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        batch = add(connection, "hotline_contact", CONTACTS)
        done = facts.refresh(connection, "hotline_contact", batch_id=batch)
        day = connection.execute(
            select(t.hotline_daily).where(t.hotline_daily.c.day == date(2025, 5, 8))
        ).one()
        unknown = connection.execute(
            select(t.hotline_daily.c.at_risk).where(t.hotline_daily.c.district_code == "unknown")
        ).scalar_one()
        month = connection.execute(select(func.sum(t.hotline_monthly.c.attempts))).scalar_one()
    assert done["hotline_daily"] == 2 and done["hotline_monthly"] == 1
    assert (day.attempts, day.offered, day.answered, day.answered_in_20_s) == (6, 5, 3, 2)
    assert (day.abandoned, day.short_abandoned, day.referred, day.wait_s, day.handle_s) == (2, 1, 1, 46, 4500)
    assert (unknown, month) == (1, 7)


def test_a_refresh_touches_only_its_days_and_a_rebuild_gives_the_same_bytes(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        facts.refresh(connection, "hotline_contact", batch_id=add(connection, "hotline_contact", CONTACTS))
    with writing(engine) as connection:
        # A mark on an untouched day survives a later batch for another day: only touched days are re-rolled.
        connection.execute(
            update(t.hotline_daily).where(t.hotline_daily.c.day == date(2025, 5, 9)).values(wait_s=999)
        )
        later = add(connection, "hotline_contact", [contact(8, day=date(2025, 6, 1))])
        facts.refresh(connection, "hotline_contact", batch_id=later)
        kept = connection.execute(
            select(t.hotline_daily.c.wait_s).where(t.hotline_daily.c.day == date(2025, 5, 9))
        ).scalar_one()
        assert kept == 999
        connection.execute(update(t.hotline_daily).where(t.hotline_daily.c.wait_s == 999).values(wait_s=5))
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before


def test_a_superseded_row_leaves_the_facts(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        facts.refresh(connection, "hotline_contact", batch_id=add(connection, "hotline_contact", CONTACTS))
        fix = add(connection, "hotline_contact", [], sha="y")
        c = t.hotline_contact.c
        connection.execute(update(t.hotline_contact).where(c.contact_id == "c1").values(superseded_by=fix))
        facts.refresh(connection, "hotline_contact", batch_id=fix)
        answered = connection.execute(select(func.sum(t.hotline_monthly.c.answered))).scalar_one()
    assert answered == 3  # four answered before, one superseded


CASE = {
    "person_id": "p", "programme_id": "mind_counselling", "district_code": "11010", "age_band": "19-39", "sex": "male",
    "planned_sessions": 8,
}  # fmt: skip


def test_cases_count_each_event_in_its_own_month_and_outcomes_by_definition(database_url):
    engine = make(database_url)
    cases = [
        # 42 days from 1 April is 13 May: within six weeks; ended in June after two sessions
        {**CASE, "case_id": "a", "referred_on": date(2025, 4, 1), "first_session_on": date(2025, 5, 13),
         "ended_on": date(2025, 6, 2), "end_reason": "completed"},
        # 43 days; dropped out after one session
        {**CASE, "case_id": "b", "referred_on": date(2025, 4, 1), "first_session_on": date(2025, 5, 14),
         "ended_on": date(2025, 5, 20), "end_reason": "dropout"},
    ]  # fmt: skip
    sessions = [
        {"session_id": f"s{n}", "case_id": case, "scheduled_on": day, "status": status, "mode": "face",
         "counsellor_type": "peer"}
        for n, (case, day, status) in enumerate([
            ("a", date(2025, 5, 13), "attended"), ("a", date(2025, 5, 20), "dna"), ("a", date(2025, 6, 2), "attended"),
            ("b", date(2025, 5, 14), "attended"),
        ])
    ]  # fmt: skip
    scores = [
        {"person_id": "p", "case_id": "a", "instrument": name, "instrument_version": "1", "measured_on": day, "score": score}
        for name, day, score in [
            ("PHQ-9", date(2025, 5, 13), 15), ("PHQ-9", date(2025, 6, 2), 9),
            ("GAD-7", date(2025, 5, 13), 9), ("GAD-7", date(2025, 6, 2), 7),
        ]
    ]  # fmt: skip
    with writing(engine) as connection:
        for table, rows in (
            ("counselling_case", cases),
            ("counselling_session", sessions),
            ("outcome_measure", scores),
        ):
            facts.refresh(connection, table, batch_id=add(connection, table, rows, sha=table))
        by_month = {row.month_key: row for row in connection.execute(select(t.case_monthly))}
        outcome = connection.execute(select(t.outcome_monthly)).one()
        session = connection.execute(
            select(func.sum(t.session_monthly.c.attended), func.sum(t.session_monthly.c.dna))
        ).one()
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before
    april, may, june = by_month[202504], by_month[202505], by_month[202506]
    assert (april.referred, april.started, april.ended) == (2, 0, 0)
    assert (may.started, may.started_in_42_d, may.started_in_126_d, may.dropped_out) == (2, 1, 2, 1)
    assert (june.ended, june.completed, june.reached_8) == (1, 1, 0)
    # PHQ-9 15 -> 9 falls by 6, GAD-7 9 -> 7 by 2: at caseness, below on both, reliably improved
    assert (outcome.completed, outcome.paired, outcome.at_caseness, outcome.recovered) == (1, 1, 1, 1)
    assert (outcome.reliably_improved, outcome.reliably_recovered, outcome.reliably_deteriorated) == (1, 1, 0)
    assert tuple(session) == (3, 1)


def spell(number, **more):
    return {
        "spell_id": f"s{number}", "person_id": f"p{number}", "state": "connected", "started_on": date(2025, 1, 1),
        "entered_on": date(2025, 1, 1), "ended_on": None, "next_state": None, "exit": None, "district_code": "11010",
        "age_band": "40-64", "sex": "male", "lives_alone": True, "prior_reisolations": 0, "months_isolated_before": 3,
        **more,
    }  # fmt: skip


def test_person_days_add_up_to_the_observed_length_and_exits_fall_in_their_month(database_url):
    engine = make(database_url)
    rows = [
        # 31 + 28 + 9 days, re-isolated on 10 March
        spell(1, ended_on=date(2025, 3, 10), next_state="reisolated"),
        # delayed entry on 1 February: 28 days of February, then lost on 1 March
        spell(2, entered_on=date(2025, 2, 1), ended_on=date(2025, 3, 1), exit="lost"),
    ]
    with writing(engine) as connection:
        facts.refresh(connection, "spell", batch_id=add(connection, "spell", rows))
        s = t.spell_monthly.c
        days = dict(
            connection.execute(select(s.month_key, func.sum(s.person_days)).group_by(s.month_key)).all()
        )
        march = connection.execute(
            select(func.sum(s.to_reisolated), func.sum(s.lost)).where(s.month_key >= 202502)
        ).one()
    assert {month: int(n) for month, n in days.items()} == {202501: 31, 202502: 56, 202503: 9}
    assert tuple(int(v) for v in march) == (1, 1)


def test_a_spell_that_begins_after_the_stores_day_has_no_person_days(database_url):
    engine = make(database_url)  # which speaks for 31 October 2026
    begun = {"started_on": date(2026, 11, 5), "entered_on": date(2026, 11, 5)}
    with writing(engine) as connection:
        facts.refresh(connection, "spell", batch_id=add(connection, "spell", [spell(1, **begun)]))
        assert connection.execute(select(func.count()).select_from(t.spell_monthly)).scalar() == 0
    engine.dispose()


def test_money_rolls_up_to_the_won(database_url):
    engine = make(database_url)
    entry = {
        "booked_on": date(2025, 12, 31), "fiscal_year": 2025, "month_key": 202512, "programme_id": "mind_store",
        "district_code": None, "kind": "expenditure", "funding": "city", "line_type": "transfer",
    }  # fmt: skip
    amounts = [451_300_000_000, 1, 30_519_863_840]
    with writing(engine) as connection:
        rows = [{**entry, "entry_id": f"e{n}", "amount_krw": a} for n, a in enumerate(amounts)]
        facts.refresh(connection, "ledger_entry", batch_id=add(connection, "ledger_entry", rows))
        total = connection.execute(select(func.sum(t.ledger_monthly.c.amount_krw))).scalar_one()
    assert int(total) == 481_819_863_841


@pytest.mark.parametrize("fact", sorted(t.FACTS))
def test_every_fact_declares_its_grain_as_its_key(fact):
    table = t.FACTS[fact]
    assert tuple(c.name for c in table.primary_key.columns) == table.info["keys"]
    assert table.info["period"] in table.c


def served(connection):
    rows = connection.execute(
        select(t.served_yearly).order_by(t.served_yearly.c.district_code, t.served_yearly.c.service)
    )
    return [(r.year, r.district_code, r.service, r.people) for r in rows]


def referral(number, person, *, accepted, district="11210"):
    return {"referral_id": f"r{number}", "source": "hotline", "person_id": person, "district_code": district,
            "programme_id": "mind_store", "received_on": date(2025, 1, 2), "accepted_on": accepted}  # fmt: skip


def case_of(number, person, *, first, district="11210"):
    return {"case_id": f"k{number}", "person_id": person, "programme_id": "mind_counselling", "district_code": district,
            "age_band": "40-64", "sex": "female", "referred_on": date(2025, 1, 2), "first_session_on": first,
            "planned_sessions": 8}  # fmt: skip


def test_a_person_counts_once_a_year_in_the_district_of_the_first_service(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        rows = [
            referral(1, "a", accepted=date(2025, 3, 1)),
            referral(
                2, "a", accepted=date(2025, 4, 1), district="11010"
            ),  # the same person, later, elsewhere
            referral(3, "b", accepted=None),  # not accepted: not served
            referral(4, "c", accepted=date(2024, 12, 31)),  # the year before
        ]
        facts.refresh(connection, "referral", batch_id=add(connection, "referral", rows))
        cases = [
            case_of(1, "a", first=date(2025, 2, 1), district="11020"),
            case_of(2, "b", first=date(2025, 5, 1)),
        ]
        done = facts.refresh(
            connection, "counselling_case", batch_id=add(connection, "counselling_case", cases, sha="y")
        )
        found = served(connection)
    assert done["served_yearly"] == 1  # only 2025 was touched
    assert found == [
        (2025, "11020", "any", 1), (2025, "11020", "counselling", 1),  # a: first served in 11020 by counselling
        (2024, "11210", "any", 1), (2025, "11210", "any", 1), (2025, "11210", "counselling", 1),
        (2024, "11210", "referral", 1), (2025, "11210", "referral", 1),
    ]  # fmt: skip


def test_a_supported_person_is_placed_by_the_register(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        period = {"person_id": "p", "programme_id": "mind_store", "starts_on": date(2025, 6, 1)}
        facts.refresh(connection, "support_period", batch_id=add(connection, "support_period", [period]))
        before = served(connection)
        spell = {"spell_id": "s", "person_id": "p", "state": "supported", "started_on": date(2025, 5, 1), "entered_on": date(2025, 5, 1),
                 "district_code": "11010", "age_band": "40-64", "sex": "male", "lives_alone": True, "prior_reisolations": 0,
                 "months_isolated_before": 3}  # fmt: skip
        facts.refresh(connection, "spell", batch_id=add(connection, "spell", [spell], sha="y"))
        after = served(connection)
    assert before == [(2025, "unknown", "any", 1), (2025, "unknown", "support", 1)]
    assert after == [(2025, "11010", "any", 1), (2025, "11010", "support", 1)]
