"""The demonstration city: published totals, sound rows, exact money, reproducible draws."""

import hashlib
import json
from collections import Counter
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from data import census, demo, plan
from data.codes import CODES
from data.demo import city as places
from data.demo import detection, hotline, people
from data.tables import FACTS, OPERATIONAL, metadata

AS_OF = date(2026, 10, 31)
# What the 46 signals are called is published nowhere: no name is made up. Records of cases need no summaries.
# An office sets up itself what it owns, designs, staffs and pays for.
UNMADE = {"signal_name", "survey_design", "staffing", "unit_cost"} | {
    name for name, table in OPERATIONAL.items() if table.info.get("summary")
}
BOOKED_BY_US = {"row_id", "batch_id", "superseded_by"}


@pytest.fixture(scope="module")
def about():
    facts = census.census_facts()
    names = ["households", "one_person_households", "population"]
    facts = facts[(facts["level"] == "district") & (facts["year"] == 2025) & facts["indicator"].isin(names)]
    households = facts.pivot(index="area_code", columns="indicator", values="value").reset_index()
    households = households.rename(columns={"area_code": "district_code"})
    return {"districts": census.districts(), "households": households}


@pytest.fixture(scope="module")
def chunks(about):
    return list(demo.generate(seed=120, scale=1, as_of=AS_OF, **about))


@pytest.fixture(scope="module")
def rows(chunks):
    """What the demonstration city's store holds: what is published of the plan, and the made rows."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, frame in [*plan.documents(AS_OF).items(), *chunks]:
        parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


@pytest.fixture(scope="module")
def truth(about):
    return demo.truth(seed=120, scale=1, as_of=AS_OF, **about)


@pytest.fixture(scope="module")
def lake_folder(about, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    demo.write_lake(folder, seed=120, scale=1, as_of=date(2025, 3, 15), **about)
    return folder


def answered(rows, until, **where):
    contacts = rows["hotline_contact"]
    keep = (contacts["outcome"] == "answered") & (contacts["local_date"] <= until)
    for column, value in where.items():
        keep &= contacts[column] == value
    return int(keep.sum())


def visits(rows, programme, until):
    frame = rows["attendance"]
    return int(
        frame.loc[(frame["programme_id"] == programme) & (frame["attended_on"] <= until), "visits"].sum()
    )


# ── Published totals ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("until", "published"),
    [
        (date(2025, 5, 8), 3088),
        (date(2025, 8, 13), 15565),
        (date(2025, 11, 30), 28774),
        (date(2025, 12, 31), 33148),
    ],
)
def test_consultations_meet_the_published_cumulative_totals(rows, until, published):
    assert answered(rows, until) == pytest.approx(published, rel=0.005)


def test_consultations_go_on_plausibly_after_the_last_published_figure(rows):
    days = (AS_OF - date(2025, 12, 31)).days
    assert 120 < (answered(rows, AS_OF) - answered(rows, date(2025, 12, 31))) / days < 180


@pytest.mark.parametrize(
    ("topic", "published"), [("loneliness", 1394), ("information", 1337), ("other", 357)]
)
def test_topics_of_the_first_38_days_are_the_published_ones(rows, topic, published):
    assert answered(rows, date(2025, 5, 8), topic=topic) == pytest.approx(published, rel=0.005)


def test_seven_in_ten_consultations_to_november_are_about_loneliness(rows):
    until = date(2025, 11, 30)
    assert answered(rows, until, topic="loneliness") / answered(rows, until) == pytest.approx(0.70, abs=0.01)


@pytest.mark.parametrize(
    ("until", "age", "published"),
    [(date(2025, 5, 8), "40-64", 0.59), (date(2025, 5, 8), "19-39", 0.32), (date(2025, 5, 8), "65+", 0.08),
     (date(2025, 5, 8), "0-18", 0.01), (date(2025, 12, 31), "40-64", 0.711)],
)  # fmt: skip
def test_ages_of_callers_follow_the_published_shares(rows, until, age, published):
    known = answered(rows, until) - answered(rows, until, age_band="unknown")
    assert answered(rows, until, age_band=age) / known == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize(
    ("programme", "until", "published"),
    [("mind_store", date(2025, 4, 30), 4483), ("mind_store", date(2025, 11, 30), 52020),
     ("connection_prescription", date(2025, 7, 31), 2316), ("local_bodies", date(2025, 12, 31), 9322),
     ("challenge_365", date(2025, 12, 31), 75046)],
)  # fmt: skip
def test_visits_meet_the_published_counts(rows, programme, until, published):
    assert visits(rows, programme, until) == pytest.approx(published, rel=0.005)


def test_mind_stores_stand_in_the_four_published_districts_until_guro_opens(rows):
    stores = rows["attendance"][rows["attendance"]["programme_id"] == "mind_store"]
    until = stores[stores["attended_on"] <= date(2025, 12, 28)]
    # Dongdaemun, Gangbuk, Dobong, Gwanak in KOSTAT's codes
    assert set(until["district_code"]) == {"11060", "11090", "11100", "11210"}
    guro = stores.loc[stores["district_code"] == "11170", "attended_on"]
    assert guro.min() == date(2025, 12, 29)


def test_connection_prescription_counselled_799_of_whom_478_joined(rows):
    frame = rows["referral"]
    frame = frame[
        (frame["programme_id"] == "connection_prescription") & (frame["received_on"] <= date(2025, 7, 31))
    ]
    assert len(frame) == pytest.approx(799, rel=0.005)
    assert int(frame["accepted_on"].notna().sum()) == pytest.approx(478, rel=0.005)


def test_local_bodies_found_3436_households_in_2025(rows):
    frame = rows["referral"]
    found = (frame["programme_id"] == "local_bodies") & (frame["received_on"] <= date(2025, 12, 31))
    assert int(found.sum()) == pytest.approx(3436, rel=0.005)


@pytest.mark.parametrize(
    ("instrument", "year", "column", "published"),
    [("seoul-welfare-survey", 2022, "lonely", 0.547), ("seoul-welfare-survey", 2024, "lonely", 0.466),
     ("seoul-welfare-survey", 2022, "isolated", 0.200), ("seoul-welfare-survey", 2024, "isolated", 0.077),
     ("seoul-isolation-question", 2019, "isolated", 0.277), ("seoul-isolation-question", 2022, "isolated", 0.349)],
)  # fmt: skip
def test_weighted_survey_shares_meet_the_published_ones(rows, instrument, year, column, published):
    frame = rows["survey_response"]
    wave = frame[(frame["instrument_id"] == instrument) & (frame["year"] == year)]
    share = (wave["weight"] * wave[column]).sum() / wave["weight"].sum()
    assert share == pytest.approx(published, rel=0.005)


# ── Sound rows ────────────────────────────────────────────────────────────────────────────────────


def test_every_operational_table_has_rows_and_exactly_its_columns(rows):
    assert set(rows) == set(OPERATIONAL) - UNMADE
    for name, frame in rows.items():
        assert set(frame.columns) == {column.name for column in OPERATIONAL[name].columns} - BOOKED_BY_US, (
            name
        )


def test_chunks_stay_within_the_limit(chunks):
    assert max(len(frame) for _, frame in chunks) <= demo.CHUNK_ROWS == 200_000
    assert min(len(frame) for _, frame in chunks) > 0


@pytest.mark.parametrize("table", sorted(set(OPERATIONAL) - UNMADE))
def test_required_columns_are_filled_and_codes_are_listed(rows, table):
    for column in OPERATIONAL[table].columns:
        if column.name in BOOKED_BY_US:
            continue
        if column.name not in rows[table]:
            assert column.nullable, column.name
            continue
        values = rows[table][column.name]
        if not column.nullable:
            assert values.notna().all(), column.name
        if codes := column.info["codes"]:
            assert set(values.dropna().unique()) <= set(CODES[codes]), column.name
        if column.name == "programme_id":
            assert set(values.dropna().unique()) <= set(plan.programmes()["programme_id"])


@pytest.mark.parametrize("table", sorted(set(OPERATIONAL) - UNMADE))
def test_natural_keys_are_unique(rows, table):
    assert not rows[table].duplicated(list(OPERATIONAL[table].info["key"])).any()


@pytest.mark.parametrize(
    ("table", "columns"),
    [("hotline_contact", ["attempted_at", "offered_at", "answered_at", "ended_at"]),
     ("referral", ["received_on", "accepted_on", "closed_on"]),
     ("counselling_case", ["referred_on", "first_session_on", "ended_on"]),
     ("spell", ["started_on", "entered_on", "ended_on"]), ("support_period", ["starts_on", "ends_on"])],
)  # fmt: skip
def test_dates_along_a_row_never_decrease(rows, table, columns):
    moments = rows[table][columns].apply(pd.to_datetime).bfill(axis=1)
    for before, after in zip(columns[:-1], columns[1:], strict=True):
        assert not (moments[before] > moments[after]).any()


@pytest.mark.parametrize(
    ("table", "column"),
    [("ledger_entry", "booked_on"), ("hotline_contact", "local_date"), ("agent_interval", "local_date"),
     ("referral", "accepted_on"), ("counselling_case", "ended_on"), ("counselling_session", "scheduled_on"),
     ("outcome_measure", "measured_on"), ("attendance", "attended_on"), ("spell", "ended_on"), ("follow_up", "achieved_on")],
)  # fmt: skip
def test_nothing_is_known_after_the_present_day(rows, table, column):
    assert rows[table][column].dropna().max() <= AS_OF


def test_instants_are_utc_and_days_and_hours_are_seouls(rows):
    frame = rows["agent_interval"].set_index("starts_at")
    # The first quarter hour of the service, 2025-04-01 00:00 in Seoul, is 15:00 of the day before in UTC.
    first = frame.loc[datetime(2025, 3, 31, 15, 0)]
    assert (first["local_date"], first["month_key"], first["hour"]) == (date(2025, 4, 1), 202504, 0)
    contacts = rows["hotline_contact"]
    local = contacts["attempted_at"] + pd.Timedelta(hours=9)
    assert (local.dt.date == contacts["local_date"]).all()
    assert (local.dt.hour == contacts["hour"]).all()
    assert (local.dt.year * 100 + local.dt.month == contacts["month_key"]).all()


def test_waits_and_handling_are_the_whole_seconds_between_the_instants(rows):
    contacts = rows["hotline_contact"]
    taken = contacts[contacts["outcome"] == "answered"]
    assert (
        (taken["answered_at"] - taken["offered_at"]).dt.total_seconds() == taken["wait_s"].astype(int)
    ).all()
    # As for an imported contact (data.imports.derived): from the answer to the end of the wrap-up.
    talk = (taken["ended_at"] - taken["answered_at"]).dt.total_seconds()
    assert (talk + taken["wrap_s"].astype(int) == taken["handle_s"].astype(int)).all()
    given_up = contacts[contacts["outcome"] == "abandoned"]
    assert (
        (given_up["ended_at"] - given_up["offered_at"]).dt.total_seconds() == given_up["wait_s"].astype(int)
    ).all()
    assert (
        contacts.loc[contacts["outcome"] == "busy", ["offered_at", "ended_at", "wait_s"]]
        .isna()
        .all(axis=None)
    )


def test_counsellors_handle_what_was_answered_within_their_paid_time(rows):
    quarter, contacts = rows["agent_interval"], rows["hotline_contact"]
    busy = quarter[["available_s", "handling_s", "wrap_s"]].sum(axis=1)
    assert (busy <= quarter["paid_agents"] * 900 + 1).all()
    # Only what runs over midnight of the last day is outside; quarters are rounded to the second.
    assert quarter[["handling_s", "wrap_s"]].sum().sum() == pytest.approx(
        contacts["handle_s"].sum(), rel=1e-3
    )


def test_answer_rate_is_high_and_lowest_in_the_evening(rows):
    offered = rows["hotline_contact"][rows["hotline_contact"]["outcome"] != "busy"]
    rate = (offered["outcome"] == "answered").groupby(offered["hour"]).mean()
    assert 0.80 < (offered["outcome"] == "answered").mean() < 0.90
    assert rate.loc[[20, 21, 22, 23]].mean() < rate.loc[range(9, 18)].mean()


def test_hourly_contacts_are_more_variable_than_poisson_and_peak_late_in_the_evening(rows):
    contacts = rows["hotline_contact"]
    by_hour = contacts.groupby(["local_date", "hour"]).size()
    assert by_hour.groupby("hour").mean().idxmax() in (21, 22, 23)
    spread = by_hour.groupby("hour").agg(["mean", "var"])
    assert (spread["var"] / spread["mean"]).median() > 1.2


def test_few_callers_make_a_large_share_of_contacts(rows):
    calls = rows["hotline_contact"]["person_id"].dropna().value_counts()
    assert 0.35 < calls.iloc[: round(len(calls) * 0.03)].sum() / calls.sum() < 0.65


def test_every_referral_flag_has_its_referral(rows):
    flagged = rows["hotline_contact"]["referred"].sum()
    assert (rows["referral"]["source"] == "hotline").sum() == flagged > 1000


def test_no_counselling_starts_while_suspended_but_in_the_one_district_that_went_on(rows):
    cases = rows["counselling_case"]
    late = cases[(cases["programme_id"] == "mind_counselling") & (cases["referred_on"] >= date(2025, 8, 1))]
    assert len(late) and set(late["district_code"]) == {"11190"}
    assert (cases["end_reason"] == "suspended").sum() > 100
    resumed = cases.loc[cases["programme_id"] == "counselling_voucher", "referred_on"]
    assert resumed.min() >= date(2026, 1, 1)


def test_courses_hold_at_most_eight_attended_sessions_and_about_half_recover(rows):
    sessions, measures = rows["counselling_session"], rows["outcome_measure"]
    assert sessions[sessions["status"] == "attended"].groupby("case_id").size().max() == 8
    scores = measures.sort_values("measured_on").groupby(["case_id", "instrument"], observed=True)["score"]
    ends = scores.agg(["first", "last", "size"]).query("size > 1").unstack().dropna()
    phq, gad = (ends.xs(name, axis=1, level=1) for name in ("PHQ-9", "GAD-7"))
    case = (phq["first"] >= 10) | (gad["first"] >= 8)
    recovered = case & (phq["last"] < 10) & (gad["last"] < 8)
    assert 0.45 < recovered.sum() / case.sum() < 0.55


def test_most_first_waits_are_within_six_weeks(rows):
    cases = rows["counselling_case"].dropna(subset=["first_session_on"])
    wait = (pd.to_datetime(cases["first_session_on"]) - pd.to_datetime(cases["referred_on"])).dt.days
    assert 0.80 < (wait <= 42).mean() < 0.95


# ── People ────────────────────────────────────────────────────────────────────────────────────────


def test_spells_of_a_person_follow_each_other_without_gap_or_overlap(rows):
    spells = rows["spell"].sort_values(["person_id", "started_on"])
    same = spells["person_id"] == spells["person_id"].shift()
    assert (spells["started_on"][same] == spells["ended_on"].shift()[same]).all()
    assert (spells["state"].astype(object)[same] == spells["next_state"].astype(object).shift()[same]).all()
    moved_on = spells["next_state"].notna() | spells["exit"].notna()
    assert (moved_on == spells["ended_on"].notna()).all()
    assert not (spells["next_state"].notna() & spells["exit"].notna()).any()


def test_three_thousand_leavers_with_support_since_october_2022(rows):
    spells = rows["spell"]
    leavers = spells.loc[spells["state"].isin(["connected", "reisolated"]), "person_id"].nunique()
    assert 2900 <= leavers <= 3000  # late entrants whose story ended before they were seen are missing
    assert rows["support_period"]["starts_on"].min() >= date(2022, 10, 1)
    assert (spells["entered_on"] > spells["started_on"]).sum() > 100


def test_the_walk_follows_the_written_hazards(about):
    """Events against the integrated true hazard, duration band by band, with support and season switched off."""
    switched_off = {**people.LOG_HR, "aftercare": 0.0, "peer": 0.0, "season": 0.0}
    city = places.make(seed=7, scale=5, as_of=AS_OF, **about)
    group = people.make_group(city)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "LOG_HR", switched_off)
        person, state, start, end, cause, prior = people.Walk(city, group).run()[0]
    risk = np.exp(
        people.LOG_HR_AGE[group.age]
        + 0.15 * group.male
        + 0.35 * group.alone
        + people.district_effects(city)[group.home]
    )[person] * np.exp(0.40 * (prior > 0))
    lasted, fell = end - start, (state == 0) & (cause == people.SWITCH)
    for low, high, rate in zip(people.EDGES_N, [*people.EDGES_N[1:], np.inf], people.RATE_N, strict=True):
        exposure = np.clip(np.minimum(lasted, high) - low, 0, None) * (state == 0)
        expected = (exposure * risk).sum() * rate / places.DAYS_PER_MONTH
        seen = (fell & (lasted > low) & (lasted <= high)).sum()
        assert abs(seen - expected) < 4 * np.sqrt(expected)


# ── Money ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", [1, 2])
def test_the_baseline_sums_to_the_published_total_to_the_won(rows, version):
    frame = rows["baseline"][rows["baseline"]["version"] == version]
    assert int(frame["planned_krw"].sum()) == 451_300_000_000
    assert set(frame["fiscal_year"]) == {2025, 2026, 2027, 2028, 2029}
    assert set(frame["split"]) == {"illustrative"}
    assert frame["author"].notna().all() and frame["reason"].notna().all()


def test_both_sides_of_a_transfer_are_equal(rows):
    frame = rows["ledger_entry"][rows["ledger_entry"]["kind"].isin(["transfer_in", "transfer_out"])]
    sides = frame.pivot_table(
        index=["document_no", "booked_on"], columns="kind", values="amount_krw", aggfunc="sum"
    )
    assert len(sides) > 20 and (sides["transfer_in"] == sides["transfer_out"]).all()


def test_every_line_of_every_year_balances_and_carries_over_to_the_won(rows):
    keys = ["programme_id", "line_type", "funding"]
    sums = rows["ledger_entry"].pivot_table(
        index=["fiscal_year", *keys], columns="kind", values="amount_krw", aggfunc="sum", fill_value=0
    )
    carried = ["approved", "accident", "continuing"]
    current = sums[["appropriation_original", "appropriation_supplementary", "reserve", "transfer_in"]].sum(
        axis=1
    )
    current += sums[[f"carry_in_{kind}" for kind in carried]].sum(axis=1) - sums["transfer_out"]
    out = sums[[f"carry_out_{kind}" for kind in carried]]
    net = sums["expenditure"] - sums["refund"]
    assert (current - net - out.sum(axis=1) >= 0).all()
    assert (sums["commitment"] >= sums["expenditure"]).all()
    assert (sums["final_expenditure"] <= net).all()
    closed = sums.index.get_level_values("fiscal_year") < 2026
    assert (sums["allotment"][closed] == current[closed]).all()
    for kind in carried:
        left = out[f"carry_out_{kind}"].groupby("fiscal_year").sum()
        came = sums[f"carry_in_{kind}"].groupby("fiscal_year").sum()
        assert [came[year + 1] for year in range(2020, 2026)] == [left[year] for year in range(2020, 2026)]


def test_the_ledger_uses_every_kind_of_entry_and_five_years_before_the_plan(rows):
    frame = rows["ledger_entry"]
    assert set(frame["kind"]) == set(CODES["ledger_kind"]) - {"current_budget"}
    assert set(frame["fiscal_year"]) == {2020, 2021, 2022, 2023, 2024, 2025, 2026}
    assert pd.api.types.is_integer_dtype(frame["amount_krw"])
    assert frame.loc[frame["fiscal_year"] == 2025, "booked_on"].map(lambda day: day.year).eq(2025).all()


def test_suspended_counselling_stops_spending_and_its_money_is_traced(rows):
    frame = rows["ledger_entry"]
    frame = frame[(frame["programme_id"] == "mind_counselling") & (frame["fiscal_year"] == 2025)]
    assert frame.loc[frame["kind"] == "expenditure", "booked_on"].max() < date(2025, 8, 1)
    assert frame.loc[frame["kind"] == "transfer_out", "amount_krw"].sum() > 0
    assert frame.loc[frame["kind"] == "appropriation_supplementary", "amount_krw"].sum() < 0


# ── The plan's tree ───────────────────────────────────────────────────────────────────────────────


def test_the_plan_has_three_strategies_seven_tasks_and_every_named_programme():
    strategies, tasks, programmes = plan.strategies(), plan.tasks(), plan.programmes()
    assert list(strategies["name_ko"]) == ["함께 잇다", "연결 잇다", "소통 잇다"]
    assert len(tasks) == 7 and set(tasks["strategy_id"]) == set(strategies["strategy_id"])
    assert set(programmes["task_id"]) == set(tasks["task_id"])
    assert {"똑똑 24 플랫폼", "외로움안녕120", "서울마음편의점", "마음투자 심리상담", "365 서울챌린지", "서울연결처방",
            "고립예방센터", "서울청년기지개센터", "중장년 정보채널", "실버카 대여", "15분 외출처방", "배달앱 위기진단",
            "동료상담", "참여형 안부확인 적립금"} <= set(programmes["name_ko"])  # fmt: skip
    assert set(programmes["status"]) <= set(CODES["programme_status"])
    assert plan.read("programmes")["task_basis"].notna().all()


def test_the_suspension_is_dated_and_reasoned_and_the_hotline_starts_in_april_2025():
    programmes = plan.programmes().set_index("programme_id")
    stopped = programmes.loc["mind_counselling"]
    assert (stopped["status"], stopped["status_on"]) == ("suspended", date(2025, 8, 1))
    assert "국비" in stopped["status_reason"] and "subsidy" in stopped["status_reason"]
    assert programmes.loc["hotline", "starts_on"] == date(2025, 4, 1)
    assert programmes.loc["mind_store", "starts_on"] == date(2025, 3, 27)


@pytest.mark.parametrize("name", ["strategy", "task", "programme", "event", "target"])
def test_plan_frames_fill_their_tables(name):
    frame = {"strategy": plan.strategies, "task": plan.tasks, "programme": plan.programmes, "event": plan.events,
             "target": plan.targets}[name]()  # fmt: skip
    for column in metadata.tables[name].columns:
        if column.name in BOOKED_BY_US or column.server_default is not None:
            continue
        assert column.nullable or frame[column.name].notna().all(), column.name
        if codes := column.info.get("codes"):
            assert set(frame[column.name]) <= set(CODES[codes])


def test_targets_are_the_published_ones(rows):
    targets = rows["target"].set_index(["metric_id", "valid_from"])["value"]
    assert targets["hotline_answered", date(2025, 4, 1)] == 3000
    assert targets["mind_store_visits", date(2025, 3, 27)] == 5000
    assert list(targets["programme_visits"]) == [5000, 10000]
    outputs = rows["output_target"].set_index(["programme_id", "fiscal_year"])
    assert outputs.loc[("hotline", 2025), "planned"] == 3000
    assert outputs.loc[("hotline", 2025), "delivered"] == 33148
    assert outputs.loc[("mind_store", 2025), "planned"] == 5000


# ── Reproducibility, scale, lake, truth ───────────────────────────────────────────────────────────


def digests(parts):
    found: dict[str, str] = {}
    for name, frame in parts:
        text = frame.astype(object).where(frame.notna(), None).to_csv(index=False)
        found[name] = hashlib.sha256((found.get(name, "") + text).encode()).hexdigest()
    return found


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(about):
    small = {"scale": 1, "as_of": date(2025, 6, 30), **about}
    first = digests(demo.generate(seed=5, **small))
    assert digests(demo.generate(seed=5, **small)) == first
    other = digests(demo.generate(seed=6, **small))
    made = {"baseline", "alert_rule", "ward"}  # the plan and what is set up do not depend on chance
    assert {name for name in first if first[name] == other[name]} <= made


def test_rows_do_not_depend_on_how_they_are_streamed(about, monkeypatch):
    small = {"seed": 5, "scale": 1, "as_of": date(2025, 6, 30), **about}

    def whole():
        parts: dict[str, list[pd.DataFrame]] = {}
        for name, frame in demo.generate(**small):
            parts.setdefault(name, []).append(frame.astype(object).where(frame.notna(), None))
        return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}

    once = whole()
    monkeypatch.setattr(places.chunks, "__defaults__", (777,))
    again = whole()
    for name, frame in once.items():
        pd.testing.assert_frame_equal(frame, again[name])


def test_scale_multiplies_contacts_but_not_won_or_respondents(about, rows):
    counts: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    won = 0
    for name, frame in demo.generate(seed=120, scale=3, as_of=date(2025, 5, 8), **about):
        counts[name] += len(frame)
        if name == "hotline_contact":
            topics.update(frame.loc[frame["outcome"] == "answered", "topic"])
        if name == "ledger_entry":
            won += int(
                frame.loc[
                    (frame["kind"] == "expenditure") & (frame["fiscal_year"] == 2024), "amount_krw"
                ].sum()
            )
    assert topics == {"loneliness": 3 * 1394, "information": 3 * 1337, "other": 3 * 357}
    ledger = rows["ledger_entry"]
    same_year = (ledger["kind"] == "expenditure") & (ledger["fiscal_year"] == 2024)
    assert won == int(ledger.loc[same_year, "amount_krw"].sum())
    waves = rows["survey_response"]
    assert counts["survey_response"] == int((waves["year"] <= 2024).sum())


def test_a_present_day_before_the_hotline_has_no_contacts(about):
    names = {name for name, _ in demo.generate(seed=1, scale=1, as_of=date(2025, 3, 31), **about)}
    assert "hotline_contact" not in names and "counselling_case" in names


def test_a_scale_below_one_is_refused(about):
    with pytest.raises(ValueError, match="scale"):
        next(demo.generate(seed=1, scale=0, as_of=AS_OF, **about))


def test_giving_up_follows_erlang_a():
    """M/M/c+M with one counsellor, load 1 and patience equal to handling is a birth-death chain with rates n: Poisson."""
    rate = np.array([1 / hotline.HANDLE_S])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hotline, "PATIENCE_S", hotline.HANDLE_S)
        p_queue, give_up, _, _ = hotline.erlang_a(rate, np.array([1]))
    # States are Poisson(1): nobody waits with probability e^-1, and the mean queue is 1 - (1 - e^-1) = e^-1.
    assert p_queue[0] == pytest.approx(1 - np.exp(-1))
    assert give_up[0] == pytest.approx(np.exp(-1))


def test_the_lake_is_partitioned_by_month_and_its_roll_up_fits_the_fact(lake_folder):
    assert sorted(p.parent.name for p in lake_folder.glob("crisis_signal/*/part-0.parquet")) == [
        "month=202501", "month=202502", "month=202503",
    ]  # fmt: skip
    assert not list(lake_folder.rglob("*.tmp"))
    facts = demo.detection_monthly(lake_folder)
    assert list(facts.columns) == [column.name for column in FACTS["detection_monthly"].columns]
    assert not facts.duplicated(["month_key", "district_code", "signal"]).any()
    assert facts["signal"].between(0, 46).all() and set(facts["month_key"]) == {202501, 202502, 202503}
    assert (facts["flagged"] >= facts["contacted"]).all() and (facts["contacted"] >= facts["confirmed"]).all()
    assert (facts["confirmed"] >= facts["enrolled"]).all()


def test_the_detection_roll_up_equals_the_same_sums_by_pandas(lake_folder):
    facts = demo.detection_monthly(lake_folder)
    actions = pd.read_parquet(detection.partition(lake_folder, "detection_action", 202501))
    signals = pd.read_parquet(detection.partition(lake_folder, "crisis_signal", 202501))
    month = facts[facts["month_key"] == 202501]
    households = month[month["signal"] == 0]
    assert int(households["flagged"].sum()) == len(actions) == actions["household"].nunique()
    assert int(households["confirmed"].sum()) == int(actions["result"].isin(["confirmed", "enrolled"]).sum())
    assert int(households["enrolled"].sum()) == int(actions["programme_id"].notna().sum())
    shown = signals.merge(actions, on="household").drop_duplicates(["household", "signal"])
    by_signal = month[month["signal"] > 0].groupby("signal")["flagged"].sum()
    assert by_signal.to_dict() == shown.groupby("signal").size().to_dict()


def test_a_shorter_lake_removes_the_months_of_a_longer_one(about, tmp_path):
    for day in (date(2025, 2, 28), date(2025, 1, 31)):
        demo.write_lake(tmp_path, seed=1, scale=1, as_of=day, **about)
    kept = [path.parent.name for path in tmp_path.rglob("part-0.parquet")]
    assert set(kept) == {"month=202501"} and len(kept) == 2


def test_the_truth_is_written_as_json_with_every_hazard_and_district(truth):
    again = json.loads(json.dumps(truth))
    assert again["people"]["connected_to_reisolated_monthly"] == {
        "0-1": 0.030, "1-3": 0.024, "3-6": 0.018, "6-12": 0.012, "12-24": 0.008, "24+": 0.005,
    }  # fmt: skip
    assert len(again["people"]["district_log_effects"]) == 25
    wave = again["survey"]["waves"][3]
    assert (wave["year"], wave["isolated"], len(wave["district_isolated"])) == (2024, 0.077, 25)
    assert again["hotline"]["anchors_answered_cumulative"][-1] == ["2025-12-31", 33148]
    assert 0 < again["detection"]["sampling_fraction"] < 0.05


def test_true_district_shares_average_to_the_citys(truth, about):
    people_of = about["households"].set_index("district_code")["population"]
    for wave in truth["survey"]["waves"]:
        for of_city, by_district in (("isolated", "district_isolated"), ("lonely", "district_lonely")):
            share = pd.Series(wave[by_district])
            assert (share * people_of).sum() / people_of.sum() == pytest.approx(wave[of_city], abs=1e-5)
