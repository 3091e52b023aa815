"""Every measure against SQL that an analyst would write over the raw tables, in the words of its definition."""

import pandas as pd
import pytest
from sqlalchemy import text

from data import queries
from data.engine import make_engine
from metrics import registry
from metrics.measure import measure

CURRENT = "superseded_by IS NULL"
DISTRICT_2025 = """
    SELECT area_code, 100.0 * SUM(CASE indicator WHEN '{top}' THEN value END)
                    / SUM(CASE indicator WHEN '{bottom}' THEN value END) AS value
    FROM census_fact WHERE level = 'district' AND year = {year} AND indicator IN ('{top}', '{bottom}') GROUP BY area_code
"""
HOTLINE = """
    SELECT COALESCE(district_code, 'unknown') AS area_code, {scale} * {top} / {bottom} AS value
    FROM hotline_contact WHERE superseded_by IS NULL AND local_date BETWEEN '2025-07-01' AND '2025-12-31'
    GROUP BY COALESCE(district_code, 'unknown')
"""
LAST = "MAX(CASE WHEN down = 1 AND n > 1 THEN score END)"
OUTCOMES = f"""
    WITH held AS (SELECT case_id, COUNT(*) AS n FROM counselling_session
                  WHERE {CURRENT} AND status = 'attended' GROUP BY case_id HAVING COUNT(*) >= 2),
    ranked AS (SELECT case_id, instrument, score, COUNT(*) OVER w AS n,
                      ROW_NUMBER() OVER (PARTITION BY case_id, instrument ORDER BY measured_on) AS up,
                      ROW_NUMBER() OVER (PARTITION BY case_id, instrument ORDER BY measured_on DESC) AS down
               FROM outcome_measure WHERE {CURRENT} WINDOW w AS (PARTITION BY case_id, instrument)),
    pairs AS (SELECT case_id, instrument, MAX(CASE WHEN up = 1 THEN score END) AS a, {LAST} AS b
              FROM ranked GROUP BY case_id, instrument),
    done AS (SELECT c.case_id, c.district_code, p.a AS pa, p.b AS pb, g.a AS ga, g.b AS gb
             FROM counselling_case c JOIN held ON held.case_id = c.case_id
             LEFT JOIN pairs p ON p.case_id = c.case_id AND p.instrument = 'PHQ-9'
             LEFT JOIN pairs g ON g.case_id = c.case_id AND g.instrument = 'GAD-7'
             WHERE c.superseded_by IS NULL AND c.ended_on BETWEEN '2024-07-01' AND '2026-10-31')
    SELECT district_code AS area_code, 100.0 * SUM(%s) / SUM(%s) AS value FROM done GROUP BY district_code
"""
BOTH = "pb IS NOT NULL AND gb IS NOT NULL"
CASENESS = "(pa >= 10 OR ga >= 8)"
FALLS, RISES = "(pa - pb >= 6 OR ga - gb >= 4)", "(pb - pa >= 6 OR gb - ga >= 4)"
SPENDABLE = """SUM(CASE WHEN kind IN ('appropriation_original', 'appropriation_supplementary', 'reserve', 'transfer_in',
    'carry_in_approved', 'carry_in_accident', 'carry_in_continuing') THEN amount_krw
    WHEN kind = 'transfer_out' THEN -amount_krw ELSE 0 END)"""
SPENT = "SUM(CASE kind WHEN 'expenditure' THEN amount_krw WHEN 'refund' THEN -amount_krw ELSE 0 END)"


def of_kind(kind):
    return f"SUM(CASE kind WHEN '{kind}' THEN amount_krw ELSE 0 END)"


def ledger(top, bottom):
    return f"SELECT programme_id, 100.0 * {top} / {bottom} AS value FROM ledger_entry WHERE {CURRENT} AND fiscal_year = 2025 GROUP BY programme_id"  # fmt: skip


def hotline(top, bottom, scale="100.0"):
    return HOTLINE.format(top=top, bottom=bottom, scale=scale)


def outcome(top, bottom):
    return OUTCOMES % (f"CASE WHEN {top} THEN 1 ELSE 0 END", f"CASE WHEN {bottom} THEN 1 ELSE 0 END")


def of(condition):
    return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def survey(column):
    return f"""SELECT district_code AS area_code, 100.0 * SUM(CASE WHEN {column} THEN weight ELSE 0 END) / SUM(weight) AS value
               FROM survey_response WHERE {CURRENT} AND year = 2024 GROUP BY district_code"""


AREA, PROGRAMME = ("area_code",), ("programme_id",)
HALF_YEAR = {"month_key": queries.Span(202507, 202512)}
COURSES = {"month_key": queries.Span(202407, 202610)}
FISCAL = {"fiscal_year": 2025}
SPELL_DAYS = """
    SELECT 36525.0 * SUM(CASE WHEN next_state = 'reisolated' THEN 1 ELSE 0 END)
           / SUM(julianday(COALESCE(ended_on, '2026-11-01')) - julianday(entered_on)) AS value
    FROM spell WHERE superseded_by IS NULL AND state = 'connected'
"""
# metric -> (keys, filter, SQL)
BY_HAND = {
    "one_person_share": (AREA, {"year": 2025}, DISTRICT_2025.format(top="one_person_households", bottom="households", year=2025)),
    "basic_livelihood_rate": (AREA, {"year": 2020}, DISTRICT_2025.format(top="basic_livelihood_recipients", bottom="population", year=2020)),
    "isolation_prevalence": (AREA, {"year": 2024}, survey("isolated")),
    "loneliness_prevalence": (AREA, {"year": 2024}, survey("lonely")),
    "plan_progress": ((), {}, f"""
        SELECT 100.0 * (SELECT {SPENT} FROM ledger_entry WHERE {CURRENT} AND fiscal_year BETWEEN 2025 AND 2029)
               / (SELECT SUM(planned_krw) FROM baseline WHERE {CURRENT} AND version = 1) AS value"""),
    "execution_rate": (PROGRAMME, FISCAL, ledger(SPENT, SPENDABLE)),
    "commitment_rate": (PROGRAMME, FISCAL, ledger(of_kind("commitment"), SPENDABLE)),
    "actual_execution_rate": (PROGRAMME, FISCAL, ledger(of_kind("final_expenditure"), SPENDABLE)),
    "expenditure": (PROGRAMME, FISCAL, f"SELECT programme_id, {SPENT} AS value FROM ledger_entry WHERE {CURRENT} AND fiscal_year = 2025 GROUP BY programme_id"),
    "hotline_answered": (AREA, HALF_YEAR, hotline(of("outcome = 'answered'"), "1", "1")),
    "answer_rate": (AREA, HALF_YEAR, hotline(of("outcome = 'answered'"), of("outcome IN ('answered', 'abandoned')"))),
    "service_level": (AREA, HALF_YEAR, hotline(of("outcome = 'answered' AND wait_s <= 20"), of("outcome <> 'busy'"))),
    "abandonment": (AREA, HALF_YEAR, hotline(of("outcome = 'abandoned' AND wait_s > 10"),
                                             of("outcome = 'answered' OR (outcome = 'abandoned' AND wait_s > 10)"))),
    "average_wait": (AREA, HALF_YEAR, hotline("SUM(CASE outcome WHEN 'answered' THEN wait_s END)", of("outcome = 'answered'"), "1.0")),
    "referral_rate": (AREA, HALF_YEAR, hotline(of("referred"), of("outcome = 'answered'"))),
    "first_wait_42": (AREA, HALF_YEAR, f"""
        SELECT district_code AS area_code, 100.0 * AVG(julianday(first_session_on) - julianday(referred_on) <= 42) AS value
        FROM counselling_case WHERE {CURRENT} AND first_session_on BETWEEN '2025-07-01' AND '2025-12-31' GROUP BY district_code"""),
    "dna_rate": (AREA, HALF_YEAR, """
        SELECT c.district_code AS area_code, 100.0 * AVG(s.status = 'dna') AS value
        FROM counselling_session s JOIN counselling_case c ON c.case_id = s.case_id AND c.superseded_by IS NULL
        WHERE s.superseded_by IS NULL AND s.status IN ('attended', 'dna') AND s.scheduled_on BETWEEN '2025-07-01' AND '2025-12-31'
        GROUP BY c.district_code"""),
    "dropout_rate": (AREA, COURSES, """
        SELECT district_code AS area_code, 100.0 * AVG(end_reason = 'dropout' AND EXISTS (
            SELECT 1 FROM counselling_session s WHERE s.case_id = c.case_id AND s.status = 'attended' AND s.superseded_by IS NULL)) AS value
        FROM counselling_case c WHERE superseded_by IS NULL AND end_reason <> 'suspended' AND ended_on BETWEEN '2024-07-01' AND '2026-10-31'
        GROUP BY district_code"""),
    "recovery_rate": (AREA, COURSES, outcome(f"{CASENESS} AND pb < 10 AND gb < 8", CASENESS)),
    "reliable_improvement": (AREA, COURSES, outcome(f"{BOTH} AND {FALLS} AND NOT {RISES}", "1 = 1")),
    "paired_completeness": (AREA, COURSES, outcome(BOTH, "1 = 1")),
    "mind_store_visits": (AREA, HALF_YEAR, f"""SELECT district_code AS area_code, SUM(visits) AS value FROM attendance
        WHERE {CURRENT} AND programme_id = 'mind_store' AND attended_on BETWEEN '2025-07-01' AND '2025-12-31' GROUP BY district_code"""),
    "programme_visits": (PROGRAMME, HALF_YEAR, f"""SELECT programme_id, SUM(visits) AS value FROM attendance
        WHERE {CURRENT} AND attended_on BETWEEN '2025-07-01' AND '2025-12-31' GROUP BY programme_id"""),
    # One person, one count a year, whatever the door (no person of the demonstration city is served in two districts first).
    "people_served": ((), {"year": 2025}, """
        SELECT COUNT(DISTINCT person_id) AS value FROM (
            SELECT person_id FROM referral WHERE superseded_by IS NULL AND accepted_on BETWEEN '2025-01-01' AND '2025-12-31'
            UNION SELECT person_id FROM counselling_case
            WHERE superseded_by IS NULL AND first_session_on BETWEEN '2025-01-01' AND '2025-12-31'
            UNION SELECT person_id FROM support_period
            WHERE superseded_by IS NULL AND starts_on BETWEEN '2025-01-01' AND '2025-12-31')"""),
    "reisolation_rate": ((), {}, SPELL_DAYS),
}  # fmt: skip
ON_LINE = "SUM(available_s + handling_s + wrap_s)"
BY_HAND |= {
    "answer_rate_attempts": (AREA, HALF_YEAR, hotline(of("outcome = 'answered'"), "COUNT(*)")),
    "occupancy": ((), {}, f"SELECT 100.0 * SUM(handling_s + wrap_s) / {ON_LINE} AS value FROM agent_interval WHERE {CURRENT}"),
    "shrinkage": ((), {}, f"SELECT 100.0 - 100.0 * {ON_LINE} / SUM(900 * paid_agents) AS value FROM agent_interval WHERE {CURRENT}"),
    "linked_14": (AREA, HALF_YEAR, f"""
        SELECT district_code AS area_code, 100.0 * {of("julianday(accepted_on) - julianday(received_on) <= 14")} / COUNT(*) AS value
        FROM referral WHERE {CURRENT} AND source = 'hotline' AND received_on BETWEEN '2025-07-01' AND '2025-12-31' GROUP BY district_code"""),
    "recontact_30": ((), HALF_YEAR, f"""
        SELECT 100.0 * {of("gap <= 30")} / COUNT(*) AS value FROM (
            SELECT local_date, outcome, julianday(LEAD(local_date) OVER (PARTITION BY person_id ORDER BY attempted_at, contact_id))
                   - julianday(local_date) AS gap FROM hotline_contact WHERE {CURRENT} AND person_id IS NOT NULL)
        WHERE outcome = 'answered' AND local_date BETWEEN '2025-07-01' AND '2025-12-31'"""),
    "first_wait_126": (AREA, HALF_YEAR, f"""
        SELECT district_code AS area_code, 100.0 * AVG(julianday(first_session_on) - julianday(referred_on) <= 126) AS value
        FROM counselling_case WHERE {CURRENT} AND first_session_on BETWEEN '2025-07-01' AND '2025-12-31' GROUP BY district_code"""),
    "late_cancellation": (AREA, HALF_YEAR, """
        SELECT c.district_code AS area_code, 100.0 * AVG(s.status = 'cancelled_client') AS value
        FROM counselling_session s JOIN counselling_case c ON c.case_id = s.case_id AND c.superseded_by IS NULL
        WHERE s.superseded_by IS NULL AND s.scheduled_on BETWEEN '2025-07-01' AND '2025-12-31' GROUP BY c.district_code"""),
    "reliable_recovery": (AREA, COURSES, outcome(f"{CASENESS} AND pb < 10 AND gb < 8 AND {FALLS} AND NOT {RISES}", CASENESS)),
    "reliable_deterioration": (AREA, COURSES, outcome(f"{BOTH} AND {RISES} AND NOT {FALLS}", "1 = 1")),
    # The lake is no table: the other roll-up of the same files, by number of signals, must give the same shares.
    "detection_contacted": ((), {}, "SELECT 100.0 * SUM(contacted) / SUM(flagged) AS value FROM detection_count"),
    "detection_confirmed": ((), {}, "SELECT 100.0 * SUM(confirmed) / SUM(contacted) AS value FROM detection_count"),
    "detection_enrolled": ((), {}, "SELECT 100.0 * SUM(enrolled) / SUM(confirmed) AS value FROM detection_count"),
}  # fmt: skip


def test_every_measure_has_its_sql():
    assert set(BY_HAND) == set(registry.BY_ID)


@pytest.mark.parametrize("metric_id", sorted(BY_HAND))
def test_a_measure_equals_hand_written_sql_over_raw_rows(store, metric_id):
    metric = registry.get(metric_id)
    keys, where, statement = BY_HAND[metric_id]
    level = "city" if metric.source_id == "census" and not keys else "district"
    with make_engine(store).connect() as connection:
        ours = measure(metric, queries.sums(connection, metric.terms(), keys=keys, where=where, level=level))
        result = connection.execute(text(statement))
        theirs = pd.DataFrame(result.all(), columns=list(result.keys()))
    shown = ours[ours["value"].notna()]
    assert len(shown) > 0
    if not keys:
        assert shown["value"].iloc[0] == pytest.approx(float(theirs["value"].iloc[0]), rel=1e-9)
        return
    both = shown.merge(theirs, on=list(keys), suffixes=("", "_by_hand"), validate="one_to_one")
    assert len(both) == len(shown)
    assert both["value"].tolist() == pytest.approx(both["value_by_hand"].astype(float).tolist(), rel=1e-9)


def test_the_reference_figures_of_2025(store):
    metric = registry.get("one_person_share")
    with make_engine(store).connect() as connection:
        city = measure(
            metric, queries.sums(connection, metric.terms(), where={"year": 2025}, level="city")
        ).iloc[0]
        districts = measure(metric, queries.sums(connection, metric.terms(), keys=AREA, where={"year": 2025}))
    assert (city["numerator"], city["denominator"], round(city["value"], 1)) == (1_699_910, 4_194_215, 40.5)
    ordered = districts.sort_values("value")
    assert len(districts) == 25
    assert (ordered["area_code"].iloc[-1], round(ordered["value"].iloc[-1], 1)) == ("11210", 59.2)
    assert (ordered["area_code"].iloc[0], round(ordered["value"].iloc[0], 1)) == ("11150", 29.2)
    # A mean of district shares would be another number: the city is the ratio of sums.
    assert districts["value"].mean() != pytest.approx(city["value"], abs=0.05)


def test_a_grain_that_a_metric_does_not_have_is_refused(store):
    metric = registry.get("plan_progress")
    with make_engine(store).connect() as connection, pytest.raises(ValueError, match="no such grain"):
        queries.sums(connection, metric.terms(), keys=AREA)
