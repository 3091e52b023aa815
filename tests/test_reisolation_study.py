"""The model on demonstration registers whose truth is known: a small version of docs/studies/reisolation.md."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.demo import people
from forecast.reisolation.cohort import confirmed, first_exits, fixed_horizon, read_rules
from forecast.reisolation.hazard import expand, traits
from forecast.reisolation.model import RETURN, SPECS, fit_model, groups
from forecast.reisolation.states import cumulative_incidence
from tools import reisolation_record as record_tool
from tools import reisolation_study as study
from tools import study as studies
from tools import verdict_study

PAGE = Path(study.__file__).resolve().parent.parent / "docs" / "studies" / "reisolation.md"


@pytest.fixture(scope="module")
def results():
    return study.run(2, seed=1000)


def test_intervals_of_the_hazard_ratios_cover_the_truth_of_two_registers(results):
    own = results[0][results[0]["parameter"] != "received"]
    # 18 intervals at 95 %: 14 or fewer would cover with a chance of 1 in 90 (binomial).
    assert len(own) == 18 and own["covered"].sum() > 14
    # Estimates lie within 4 standard errors of the truth: a wrong sign or column would not.
    assert (abs(own["estimate"] - own["truth"]) < 4 * own["se"]).all()


def test_received_at_any_time_would_more_than_double_the_effect(results):
    banned = results[0][results[0]["parameter"] == "received"]
    assert (banned["estimate"] < 2 * people.LOG_HR["aftercare"]).all()
    assert not banned["covered"].any()


def test_incidence_of_two_registers_is_within_its_intervals_width_of_the_truth(results):
    incidence = results[1]
    # A width is about four standard errors.
    assert (abs(incidence["estimate"] - incidence["truth"]) < incidence["width"]).all()
    assert (incidence["width"] < 0.2).all()
    assert (incidence.groupby("horizon")["truth"].mean().diff().dropna() > 0).all()


def test_the_recursion_behind_the_truth_is_the_closed_form_without_support_season_and_differences(
    monkeypatch,
):
    city, *_ = study.register(1)
    monkeypatch.setattr(people, "LOG_HR", dict.fromkeys(people.LOG_HR, 0.0))
    monkeypatch.setattr(people, "LOG_HR_AGE", np.zeros(3))
    monkeypatch.setattr(people, "DISTRICT_SD", 0.0)
    monkeypatch.setattr(people, "DEATH", 0.0)
    monkeypatch.setattr(people, "MOVE", 0.0)
    # 1 - exp(-sum of the bands' rate × months), from statistics.md Part C.
    at_12 = 0.030 + 2 * 0.024 + 3 * 0.018 + 6 * 0.012
    at_24, at_60 = at_12 + 12 * 0.008, at_12 + 12 * 0.008 + 36 * 0.005
    assert study.true_incidence(city) == pytest.approx(-np.expm1([-at_12, -at_24, -at_60]), rel=1e-9)


def test_the_model_matches_aalen_johansen_within_the_data():
    _, rows, support = study.register(7)
    cohort = first_exits(rows, as_of=study.AS_OF)
    observed = cumulative_incidence(cohort["time"], cohort["cause"].replace("lost", ""), cohort["entry"])
    # Those observed left in every month of the year: so no season, which a forecast from November has.
    specs = [replace(spec, season=False) for spec in SPECS]
    model = fit_model(traits(expand(rows, support, as_of=study.AS_OF)), specs)
    assert model.last_clock >= 30
    empty = np.zeros((len(groups()), 3, 1))
    at = study.Intake(empty, empty, study.mix(), study.START_MONTH)
    forecast = study.project(model, at, months=24, draws=200, rng=np.random.default_rng(1))
    for month in (6, 12, 24):
        found, lower, upper = observed.at(month, "reisolated")
        middle = forecast.headline(month)["first_incidence"][0]
        assert lower < middle < upper
        assert abs(middle - found) < 0.02
    assert model.hazards[RETURN].diagnostics["poisson_twin_difference"] < 0.01


def walked(rows, months):
    """(exits, events) of first exits that held 14 days, person by person through a register's spells."""
    last, due = pd.Timestamp(study.AS_OF), pd.DateOffset(months=months)
    exits = events = 0
    stretches = defaultdict(list)
    for spell in rows[rows["state"] == "connected"].sort_values("started_on").itertuples():
        stretches[spell.person_id].append(spell)
    for spells in stretches.values():
        failed = 0
        for spell in spells:
            start, seen, end = (pd.Timestamp(d) for d in (spell.started_on, spell.entered_on, spell.ended_on))
            if (end - start).days < 14:  # not of an open spell
                failed += spell.next_state == "reisolated"
                continue
            first = spell.prior_reisolations == failed
            if first and (seen - start).days < 14 and start + due <= last:
                exits += 1
                events += spell.next_state == "reisolated" and end <= start + due
            break
    return exits, events


def test_a_registers_fixed_horizon_rates_are_those_of_its_people_walked_one_by_one():
    _, rows, _ = study.register(3)
    rules = read_rules()
    cohort = first_exits(confirmed(rows, rules), as_of=study.AS_OF)
    table = fixed_horizon(cohort, as_of=study.AS_OF, horizons_months=rules.horizons_months)
    mature = table[table["status"] == "ok"].set_index("horizon_months")
    assert {6, 12, 24} <= set(mature.index)
    for horizon, cell in mature.iterrows():
        assert (cell["exits"], cell["events"]) == walked(rows, horizon)
    assert (
        mature.loc[12, "exits"] > 1500
    )  # of 3,000, two thirds left a year ago or more and 15 % were seen later


def test_the_committed_page_is_the_commands_and_keeps_what_is_asked():
    text = PAGE.read_text(encoding="utf-8")
    said = re.search(r"--replications (\d+) --seed (\d+)", text)
    assert said
    counts = [int(n) for n in re.findall(rf"(\d+) of {said[1]} \|", text)]
    assert len(counts) == len(study.TRUTH)
    assert min(counts) >= 0.9 * int(said[1])
    assert "Synthetic throughout" in text


def test_the_models_record_is_the_one_that_is_kept():
    # Whoever changes the model sees what it did: python -m tools.reisolation_record, then --accept.
    pd.testing.assert_series_equal(record_tool.current(), record_tool.kept(), check_names=False, atol=0.002)


def test_the_verdict_refuses_registers_that_changed_and_publishes_those_that_did_not():
    """Six of each. At a false rate of 10 % three or more refusals of six have a chance of 1.6 %."""
    same, risen = (verdict_study.run(6, 100, ratio) for ratio in (1.0, verdict_study.RISE))
    assert same["refused"].sum() <= 2
    assert risen["refused"].sum() >= 5
    assert risen["rates_changed"].sum() >= 5 and same["held"].sum() >= 4


def test_a_register_without_a_change_is_the_demonstrations_own():
    _, spells, _ = study.register(11)
    pd.testing.assert_frame_equal(verdict_study.register(11), spells)
    changed = verdict_study.register(11, 2.0, verdict_study.LAST_YEAR)
    cut = pd.Timestamp("2025-11-30")
    returns = [
        pd.to_datetime(rows["ended_on"])[
            (rows["state"] == "connected") & (rows["next_state"] == "reisolated")
        ]
        for rows in (spells, changed)
    ]
    before, after = ([int((r <= cut).sum()) for r in returns], [int((r > cut).sum()) for r in returns])
    assert before[0] == before[1] and after[1] > 1.4 * after[0]


def test_the_verdicts_page_states_both_rates():
    page = (studies.FOLDER / "verdict.md").read_text(encoding="utf-8")
    found = re.search(
        r"Nothing changed: ([\d.]+) % are refused.*Hazards 1.5 times as high: ([\d.]+) %", page, re.S
    )
    assert found and float(found[1]) <= 10 and float(found[2]) >= 90
