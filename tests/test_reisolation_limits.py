"""Registers that can say little: nobody leaves, everyone is lost, three months of follow-up, one district."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.reisolation import cohort as co
from forecast.reisolation.hazard import expand, traits
from forecast.reisolation.model import RETURN, fit_model
from forecast.reisolation.outcome import outcome
from forecast.reisolation.project import project, stock

AS_OF, HORIZONS = date(2025, 6, 30), (6, 12, 24, 36, 48, 60)


def register(n=600, *, months=3, exit_=None, rate=0.05, seed=1):
    """People who left in the `months` before 30 June 2025 and come back at `rate` a month, or end as `exit_`."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2025-06-30") - rng.integers(1, round(months * 30.4), n)
    end = start + np.ceil(rng.exponential(30.4375 / rate, n)).astype(int)
    seen = end <= np.datetime64(AS_OF)
    return pd.DataFrame({
        "spell_id": np.arange(n).astype(str), "person_id": np.arange(n).astype(str), "state": "connected",
        "started_on": start, "entered_on": start, "ended_on": np.where(seen, end, np.datetime64("NaT")),
        "next_state": np.where(seen & (exit_ is None), "reisolated", None), "exit": np.where(seen, exit_, None),
        "district_code": "11010", "age_band": rng.choice(["19-39", "40-64", "65+"], n), "sex": rng.choice(["male", "female"], n),
        "lives_alone": rng.random(n) < 0.5, "prior_reisolations": 0, "months_isolated_before": 10,
    })  # fmt: skip


def forecast(rows):
    model = fit_model(traits(expand(rows, as_of=AS_OF)))
    return model, project(model, stock(rows, as_of=AS_OF), months=60, draws=150, rng=np.random.default_rng(2))


def test_three_months_of_follow_up_leave_most_to_assumption():
    model, result = forecast(register())
    assert model.last_clock <= 3
    assert outcome(result).beyond_data_share(60) > 0.7
    lower, upper = result.headline(60)["first_incidence"][1:]
    short = result.headline(3)["first_incidence"]
    assert upper - lower > 3 * (short[2] - short[1])
    said = co.limits(co.first_exits(register(), as_of=AS_OF), as_of=AS_OF, horizons_months=HORIZONS)
    assert said.mature == ()
    assert set(said.first_on) == set(HORIZONS)
    assert said.longest_months < 3.1


def test_when_everyone_is_lost_nothing_is_known_and_the_bounds_say_so():
    rows = register(100, months=12, exit_="lost", rate=1.0)
    table = co.fixed_horizon(co.first_exits(rows, as_of=AS_OF), as_of=AS_OF, horizons_months=(6,))
    assert table["bound_low"][0] == 0
    assert table["bound_high"][0] > 0.9
    model, result = forecast(rows)
    assert model.hazards[RETURN].sparse is not None
    middle, lower, upper = result.headline(60)["first_incidence"]
    assert 0 < lower < middle < upper


def test_fewer_than_thirty_events_are_said_to_be_few():
    said = co.limits(co.first_exits(register(60), as_of=AS_OF), as_of=AS_OF, horizons_months=HORIZONS)
    assert said.few_events
    assert said.events < 30 < said.exits


def test_nobody_leaving_isolation_is_said_not_modelled():
    rows = register(20).assign(state="isolated")
    with pytest.raises(ValueError, match="nobody was seen to leave isolation"):
        fit_model(traits(expand(rows, as_of=AS_OF)))
    said = co.limits(co.first_exits(rows, as_of=AS_OF), as_of=AS_OF, horizons_months=HORIZONS)
    assert (said.exits, said.mature, said.first_on) == (0, (), {})


def test_a_line_opened_in_april_2025_can_show_two_years_in_april_2027():
    rows = register(1).assign(started_on=pd.Timestamp("2025-04-01"), entered_on=pd.Timestamp("2025-04-01"),
                              ended_on=pd.NaT, next_state=None)  # fmt: skip
    said = co.limits(co.first_exits(rows, as_of=AS_OF), as_of=AS_OF, horizons_months=HORIZONS)
    assert said.first_on[24] == date(2027, 4, 1)  # metrics F2: not before 2027, and 60 months not before 2030
    assert said.first_on[60] == date(2030, 4, 1)
