"""Hazards against published coefficients, statsmodels' own clustering, hand-cut intervals and the known truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from data.spells import BAND_EDGES, band_days, monthly
from forecast.reisolation import hazard
from forecast.reisolation.hazard import Hazard, Spec, design, expand, fit, traits
from forecast.reisolation.intervals import BANDS, from_monthly
from forecast.reisolation.model import RETURN, SPECS, decline, fit_model

# Case o04. Bladder cancer recurrences (bladder2 of R survival): id start stop event rx size number.
BLADDER = """
1 0 1 0 1 3 1, 2 0 4 0 1 1 2, 3 0 7 0 1 1 1, 4 0 10 0 1 1 5, 5 0 6 1 1 1 4, 5 6 10 0 1 1 4, 6 0 14 0 1 1 1,
7 0 18 0 1 1 1, 8 0 5 1 1 3 1, 8 5 18 0 1 3 1, 9 0 12 1 1 1 1, 9 12 16 1 1 1 1, 9 16 18 0 1 1 1,
10 0 23 0 1 3 3, 11 0 10 1 1 3 1, 11 10 15 1 1 3 1, 11 15 23 0 1 3 1, 12 0 3 1 1 1 1, 12 3 16 1 1 1 1,
12 16 23 1 1 1 1, 13 0 3 1 1 1 3, 13 3 9 1 1 1 3, 13 9 21 1 1 1 3, 13 21 23 0 1 1 3, 14 0 7 1 1 3 2,
14 7 10 1 1 3 2, 14 10 16 1 1 3 2, 14 16 24 1 1 3 2, 15 0 3 1 1 1 1, 15 3 15 1 1 1 1, 15 15 25 1 1 1 1,
16 0 26 0 1 2 1, 17 0 1 1 1 1 8, 17 1 26 0 1 1 8, 18 0 2 1 1 4 1, 18 2 26 1 1 4 1, 19 0 25 1 1 2 1,
19 25 28 0 1 2 1, 20 0 29 0 1 4 1, 21 0 29 0 1 2 1, 22 0 29 0 1 1 4, 23 0 28 1 1 6 1, 23 28 30 1 1 6 1,
24 0 2 1 1 5 1, 24 2 17 1 1 5 1, 24 17 22 1 1 5 1, 24 22 30 0 1 5 1, 25 0 3 1 1 1 2, 25 3 6 1 1 1 2,
25 6 8 1 1 1 2, 25 8 12 1 1 1 2, 26 0 12 1 1 3 1, 26 12 15 1 1 3 1, 26 15 24 1 1 3 1, 26 24 31 0 1 3 1,
27 0 32 0 1 2 1, 28 0 34 0 1 1 2, 29 0 36 0 1 1 2, 30 0 29 1 1 1 3, 30 29 36 0 1 1 3, 31 0 37 0 1 2 1,
32 0 9 1 1 1 4, 32 9 17 1 1 1 4, 32 17 22 1 1 1 4, 32 22 24 1 1 1 4, 33 0 16 1 1 1 5, 33 16 19 1 1 1 5,
33 19 23 1 1 1 5, 33 23 29 1 1 1 5, 34 0 41 0 1 2 1, 35 0 3 1 1 1 1, 35 3 43 0 1 1 1, 36 0 6 1 1 6 2,
36 6 43 0 1 6 2, 37 0 3 1 1 1 2, 37 3 6 1 1 1 2, 37 6 9 1 1 1 2, 37 9 44 0 1 1 2, 38 0 9 1 1 1 1,
38 9 11 1 1 1 1, 38 11 20 1 1 1 1, 38 20 26 1 1 1 1, 39 0 18 1 1 1 1, 39 18 48 0 1 1 1, 40 0 49 0 1 3 1,
41 0 35 1 1 1 3, 41 35 51 0 1 1 3, 42 0 17 1 1 7 1, 42 17 53 0 1 7 1, 43 0 3 1 1 1 3, 43 3 15 1 1 1 3,
43 15 46 1 1 1 3, 43 46 51 1 1 1 3, 44 0 59 0 1 1 1, 45 0 2 1 1 2 3, 45 2 15 1 1 2 3, 45 15 24 1 1 2 3,
45 24 30 1 1 2 3, 46 0 5 1 1 3 1, 46 5 14 1 1 3 1, 46 14 19 1 1 3 1, 46 19 27 1 1 3 1, 47 0 2 1 1 3 2,
47 2 8 1 1 3 2, 47 8 12 1 1 3 2, 47 12 13 1 1 3 2, 48 0 1 0 2 3 1, 49 0 1 0 2 1 1, 50 0 5 1 2 1 8,
51 0 9 0 2 2 1, 52 0 10 0 2 1 1, 53 0 13 0 2 1 1, 54 0 3 1 2 6 2, 54 3 14 0 2 6 2, 55 0 1 1 2 3 5,
55 1 3 1 2 3 5, 55 3 5 1 2 3 5, 55 5 7 1 2 3 5, 56 0 18 0 2 1 5, 57 0 17 1 2 3 1, 57 17 18 0 2 3 1,
58 0 2 1 2 1 5, 58 2 19 0 2 1 5, 59 0 17 1 2 1 1, 59 17 19 1 2 1 1, 59 19 21 0 2 1 1, 60 0 22 0 2 1 1,
61 0 25 0 2 3 1, 62 0 25 0 2 5 1, 63 0 25 0 2 1 1, 64 0 6 1 2 1 1, 64 6 12 1 2 1 1, 64 12 13 1 2 1 1,
64 13 26 0 2 1 1, 65 0 6 1 2 1 1, 65 6 27 0 2 1 1, 66 0 2 1 2 1 2, 66 2 29 0 2 1 2, 67 0 26 1 2 3 8,
67 26 35 1 2 3 8, 67 35 36 0 2 3 8, 68 0 38 0 2 1 1, 69 0 22 1 2 1 1, 69 22 23 1 2 1 1, 69 23 27 1 2 1 1,
69 27 32 1 2 1 1, 70 0 4 1 2 1 6, 70 4 16 1 2 1 6, 70 16 23 1 2 1 6, 70 23 27 1 2 1 6, 71 0 24 1 2 1 3,
71 24 26 1 2 1 3, 71 26 29 1 2 1 3, 71 29 40 1 2 1 3, 72 0 41 0 2 2 3, 73 0 41 0 2 1 1, 74 0 1 1 2 1 1,
74 1 27 1 2 1 1, 74 27 43 0 2 1 1, 75 0 44 0 2 1 1, 76 0 2 1 2 1 6, 76 2 20 1 2 1 6, 76 20 23 1 2 1 6,
76 23 27 1 2 1 6, 77 0 45 0 2 2 1, 78 0 2 1 2 4 1, 78 2 46 0 2 4 1, 79 0 46 0 2 4 1, 80 0 49 0 2 3 3,
81 0 50 0 2 1 1, 82 0 4 1 2 1 4, 82 4 24 1 2 1 4, 82 24 47 1 2 1 4, 82 47 50 0 2 1 4, 83 0 54 0 2 4 3,
84 0 38 1 2 1 2, 84 38 54 0 2 1 2, 85 0 59 0 2 3 1
"""
# Case o27. Singer and Willett 2003, first intercourse by grade: parental transition, grade, at risk, events.
ALDA = [(0, 7, 72, 2), (0, 8, 70, 2), (0, 9, 68, 8), (0, 10, 60, 8), (0, 11, 52, 10), (0, 12, 42, 8),
        (1, 7, 108, 13), (1, 8, 95, 5), (1, 9, 90, 16), (1, 10, 74, 21), (1, 11, 53, 15), (1, 12, 38, 18)]  # fmt: skip
AS_OF = date(2024, 12, 31)


def risk_sets(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, ...]]:
    """A row per person at risk at each distinct event time: with a band for each, Poisson is Breslow's Cox model."""
    times = np.sort(rows.loc[rows["event"] == 1, "stop"].unique())
    parts = [
        rows[(rows["start"] < t) & (rows["stop"] >= t)].assign(
            clock=float(k), to=lambda r, t=t: np.where((r["stop"] == t) & (r["event"] == 1), "again", "")
        )
        for k, t in enumerate(times)
    ]
    return pd.concat(parts, ignore_index=True).assign(months=1.0), tuple(map(float, range(len(times))))


def cox(rows: pd.DataFrame, covariates: tuple[str, ...]) -> Hazard:
    sets, bands = risk_sets(rows)
    return fit(sets, Spec("", "again", bands, covariates, season=False, link="log", merge_bands=False))


def bladder() -> pd.DataFrame:
    rows = [[int(v) for v in r.split()] for r in BLADDER.replace("\n", " ").split(",")]
    return pd.DataFrame(rows, columns=["person", "start", "stop", "event", "rx", "size", "number"])


def test_repeated_events_give_the_published_coefficients_and_cluster_robust_errors():
    result = cox(bladder(), ("rx", "size", "number"))
    # R survival, tests/bladder.Rout.save: coefficient, model error, robust error by person.
    assert result.coefficients[-3:] == pytest.approx([-0.45979, -0.04256, 0.17164], abs=1e-5)
    assert np.sqrt(np.diag(result.model_covariance))[-3:] == pytest.approx(
        [0.19996, 0.06903, 0.04733], abs=1e-5
    )
    assert np.sqrt(np.diag(result.covariance))[-3:] == pytest.approx([0.25801, 0.07555, 0.06131], abs=1e-5)


def test_the_remission_trial_gives_the_published_hazard_ratio():
    # Case o02, Breslow: log hazard ratio 1.509 of control against 6-MP.
    treated = [10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10]
    event = [1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
    control = [1, 22, 3, 12, 8, 17, 2, 11, 8, 12, 2, 5, 4, 15, 8, 23, 5, 11, 4, 1, 8]
    rows = pd.DataFrame({"person": range(42), "start": 0, "stop": treated + control, "event": event + [1] * 21,
                         "control": [0] * 21 + [1] * 21})  # fmt: skip
    assert cox(rows, ("control",)).coefficients[-1] == pytest.approx(1.509, abs=0.006)


def alda(link: str) -> Hazard:
    rows = pd.DataFrame(ALDA, columns=["pt", "grade", "people", "events"]).assign(months=1.0)
    rows["clock"] = rows["grade"] - 7.0
    spec = Spec("", "", tuple(map(float, range(6))), ("pt",), season=False, link=link, merge_bands=False)
    return fit(rows, spec)


def test_discrete_time_logit_gives_the_textbook_table():
    result = alda("logit")
    # Singer and Willett, table 11.3 model B.
    expected = [-2.9943, -3.7001, -2.2811, -1.8226, -1.6542, -1.1791, 0.8736]
    assert result.coefficients == pytest.approx(expected, abs=0.0051)
    assert np.sqrt(result.covariance[-1, -1]) == pytest.approx(0.2174, abs=0.0051)
    assert -2 * result.diagnostics["log_likelihood"] == pytest.approx(634.66, abs=0.0051)


def test_discrete_time_complementary_log_log_of_the_same_rows():
    result = alda("cloglog")
    # Case o27's note, computed with statsmodels: 0.7854 (SE 0.1956), -2 log L 634.50.
    assert result.coefficients[-1] == pytest.approx(0.7854, abs=1e-4)
    assert np.sqrt(result.covariance[-1, -1]) == pytest.approx(0.1956, abs=5e-4)
    assert -2 * result.diagnostics["log_likelihood"] == pytest.approx(634.50, abs=0.0051)


@pytest.mark.parametrize(
    ("pt", "expected"),
    [
        (0, [0.9722, 0.9444, 0.8333, 0.7222, 0.5833, 0.4722]),
        (1, [0.8796, 0.8333, 0.6852, 0.4907, 0.3519, 0.1852]),
    ],
)
def test_bands_alone_reproduce_the_published_discrete_survival(pt, expected):
    rows = (
        pd.DataFrame(ALDA, columns=["pt", "grade", "people", "events"]).query("pt == @pt").assign(months=1.0)
    )
    rows["clock"] = rows["grade"] - 7.0
    spec = Spec("", "", tuple(map(float, range(6))), (), season=False, merge_bands=False)
    # Case o27 (a), ALDA chapter 11: survival is the product of exp(-rate).
    assert np.exp(-np.cumsum(fit(rows, spec).baseline()["rate"].to_numpy())) == pytest.approx(
        expected, abs=0.0051
    )


# ── Person-intervals ──────────────────────────────────────────────────────────────────────────────

SPELL = {"person_id": "a", "state": "connected", "started_on": "2024-01-21", "entered_on": "2024-01-21",
         "ended_on": "2024-04-05", "next_state": "reisolated", "exit": None, "district_code": "11010",
         "age_band": "40-64", "sex": "male", "lives_alone": True, "prior_reisolations": 1,
         "months_isolated_before": 12}  # fmt: skip
MONTH = 30.4375  # days, 365.25 / 12


def spells(*changes: dict) -> pd.DataFrame:
    return pd.DataFrame([{**SPELL, **c} for c in changes])


def test_a_spell_is_cut_at_month_ends_and_bands_and_keeps_all_its_days():
    rows = expand(spells({}), as_of=AS_OF)
    # By hand: the bands of 1 and 3 months end 31 and 92 days after 21 January, on 21 February and 22 April.
    assert (rows["months"] * MONTH).round().tolist() == [11, 20, 9, 31, 4]
    assert (rows["planned"] * MONTH).round().tolist() == [11, 20, 9, 31, 21]  # to the band's edge on 22 April
    assert (rows["clock"] * MONTH).round().tolist() == [0, 11, 31, 40, 71]
    assert rows["to"].tolist() == ["", "", "", "", "reisolated"]


def test_no_row_reaches_over_a_band_edge():
    long = spells({"ended_on": None, "started_on": "2021-01-21", "entered_on": "2021-01-21"})
    rows = expand(long, as_of=AS_OF)
    day = 1 / MONTH
    for edge in (1, 3, 6, 12, 24, 36):
        inside = rows[rows["clock"] < edge]
        assert (inside["clock"] + inside["months"]).max() < edge + day  # whole days: the edge's own at most
        assert rows.loc[rows["clock"] >= edge, "clock"].min() < edge + day


def test_delayed_entry_only_starts_the_rows_later():
    rows = expand(spells({"entered_on": "2024-03-15"}), as_of=AS_OF)
    assert (rows["months"] * MONTH).round().tolist() == [17, 4]
    assert (rows["clock"] * MONTH).round().tolist() == [54, 71]


def test_an_open_spell_is_seen_to_the_last_day_and_ends_in_nothing():
    rows = expand(spells({"ended_on": None, "next_state": None}), as_of=date(2024, 2, 10))
    assert (rows["months"] * MONTH).round().tolist() == [11, 10]
    assert rows["to"].eq("").all()


def test_what_happens_after_the_present_day_is_unknown():
    assert expand(spells({}), as_of=date(2024, 2, 10))["to"].eq("").all()


def test_support_counts_from_the_month_that_it_is_in_place_at_the_start_of():
    supports = pd.DataFrame({"person_id": ["a", "a"], "programme_id": ["care_corps", "peer_counselling"],
                             "starts_on": ["2024-02-01", "2024-02-10"], "ends_on": ["2024-03-01", None]})  # fmt: skip
    rows = expand(spells({}), supports, as_of=AS_OF).drop_duplicates("month")
    assert rows["aftercare"].tolist() == [0, 1, 0, 0]
    assert rows["aftercare_finished"].tolist() == [0, 0, 1, 1]
    assert rows["peer"].tolist() == [0, 0, 1, 1]  # from 10 February: in place when March begins
    assert (rows["aftercare_months"] * MONTH).round().tolist() == [0, 0, 29, 29]


def test_later_support_never_changes_an_earlier_row():
    later = pd.DataFrame({"person_id": ["a"], "programme_id": ["care_corps"], "starts_on": ["2024-04-01"],
                          "ends_on": [None]})  # fmt: skip
    none = later.assign(person_id="b")
    before = expand(spells({}), none, as_of=AS_OF)
    after = expand(spells({}), later, as_of=AS_OF)
    early = before["month"] < pd.Timestamp("2024-04-01")
    pd.testing.assert_frame_equal(before[early], after[early])


def test_ever_received_is_not_offered():
    rows = traits(expand(spells({}), pd.DataFrame(columns=["person_id", "programme_id", "starts_on", "ends_on"]),
                         as_of=AS_OF))  # fmt: skip
    assert not [c for c in rows if "ever" in c]
    with pytest.raises(ValueError, match="what happens later"):
        Spec("connected", "reisolated", covariates=("ever_aftercare",))


# ── Known truth ───────────────────────────────────────────────────────────────────────────────────


def histories(n: int, seed: int, months: int = 36, hr: float = 0.70) -> pd.DataFrame:
    """Person-intervals of monthly rate .02, aftercare from a random month for 6 months with a known hazard ratio."""
    rng = np.random.default_rng(seed)
    alone = rng.random(n) < 0.5
    start = np.full(n, 10**6)
    rows = []
    alive = np.ones(n, bool)
    for m in range(months):
        active = (m >= start) & (m < start + 6)
        rate = 0.02 * np.exp(0.35 * alone + np.log(hr) * active)
        gone = rng.random(n) < -np.expm1(-rate)
        who = np.flatnonzero(alive)
        rows.append(pd.DataFrame({"person": who, "clock": float(m), "months": 1.0, "alone": alone[who].astype(int),
                                  "aftercare": active[who].astype(int), "to": np.where(gone[who], "back", "")}))  # fmt: skip
        alive &= ~gone
        start = np.where(alive & (start == 10**6) & (rng.random(n) < 0.06), m + 1, start)
    frame = pd.concat(rows, ignore_index=True)
    return frame.assign(group=frame.groupby("person")["aftercare"].transform("max"))


def test_exposure_by_month_recovers_the_truth_and_received_at_any_time_does_not():
    frame = histories(6000, 3)
    spec = Spec("", "back", (0, 12, 24), ("alone", "aftercare"), season=False)
    table = fit(frame, spec).table()
    truth = np.log(0.70)  # statistics.md A1.3
    assert table.loc["aftercare", "lower"] < truth < table.loc["aftercare", "upper"]
    # The banned classification, built here by hand: .70 reads as about .4 (measured there: .38).
    biased = fit(frame, Spec("", "back", (0, 12, 24), ("alone", "group"), season=False)).table()
    assert biased.loc["group", "hazard_ratio"] < 0.55
    assert biased.loc["group", "upper"] < truth


def test_estimates_equal_statsmodels_own_fit_and_clustering():
    frame = histories(800, 5)
    spec = Spec("", "back", (0, 12, 24), ("alone", "aftercare"), season=False)
    result = fit(frame, spec)
    x, _ = design(frame, (0, 12, 24), spec)
    y = (frame["to"] == "back").to_numpy(float)
    family = sm.families.Binomial(sm.families.links.CLogLog())
    own = sm.GLM(y, x, family=family).fit(
        cov_type="cluster",
        cov_kwds={"groups": frame["person"].to_numpy(), "use_correction": False},
        tol=1e-12,
    )
    assert result.coefficients == pytest.approx(own.params, abs=1e-6)
    assert np.sqrt(np.diag(result.covariance)) == pytest.approx(own.bse, rel=0.01)
    assert result.diagnostics["poisson_twin_difference"] < 0.01


def test_rows_added_up_give_the_same_coefficients():
    frame = histories(800, 5)
    spec = Spec("", "back", (0, 12, 24), ("alone", "aftercare"), season=False)
    added = frame.assign(people=1, events=(frame["to"] == "back").astype(int)).groupby(
        ["clock", "months", "alone", "aftercare"], as_index=False)[["people", "events"]].sum()  # fmt: skip
    assert fit(added, spec).coefficients == pytest.approx(fit(frame, spec).coefficients, abs=1e-8)


def test_bands_with_few_events_join_their_neighbours_and_few_events_become_rates():
    frame = histories(400, 8)
    spec = Spec("", "back", (0, 1, 3, 6, 12, 24), ("alone",), season=False)
    merged = fit(frame, spec)
    edges = [*merged.bands, 99]
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (frame["clock"] >= low) & (frame["clock"] < high)
        assert (frame.loc[inside, "to"] == "back").sum() >= 10
    few = frame[frame["person"] < 20]
    sparse = fit(few, spec)
    events, months = int((few["to"] == "back").sum()), float(few["months"].sum())
    assert sparse.sparse[0] == (events, months)
    draws = np.exp(sparse.draws(4000, np.random.default_rng(1))[:, 0])
    assert draws.mean() == pytest.approx((events + 0.5) / months, rel=0.02)  # mean of a gamma


def test_nobody_in_the_state_and_unknown_columns_are_said():
    frame = histories(50, 1).assign(state="connected")
    with pytest.raises(ValueError, match="nobody was observed in the state 'reisolated'"):
        fit(frame, Spec("reisolated", "connected", season=False))
    with pytest.raises(ValueError, match="no column income"):
        fit(frame, Spec("connected", "back", covariates=("income",)))


def test_nobody_coming_back_is_a_rate_with_an_interval_not_a_zero():
    frame = histories(50, 1).assign(to="")
    result = fit(frame, Spec("", "back", covariates=("alone",), season=False))
    assert result.events == 0
    assert np.quantile(np.exp(result.draws(2000, np.random.default_rng(2))[:, 0]), 0.975) > 0


def test_district_effects_are_pooled_towards_their_mean():
    frame = histories(3000, 9)
    home = np.random.default_rng(4).integers(0, 10, 3000)
    code = home[frame["person"]]
    frame = frame.assign(district_code=np.char.mod("d%d", code))
    frame["to"] = np.where(
        (code < 3) & (frame["clock"] % 2 == 0), "", frame["to"]
    )  # three districts at half the rate
    result = fit(frame, Spec("", "back", (0, 12), ("alone",), season=False, districts=True))
    u = np.array([effect for effect, _ in result.district_effects.values()])
    assert u.sum() == pytest.approx(0, abs=1e-9)
    # Free effects from statsmodels: one column a district and none in common, as contrasts with their mean.
    y = (frame["to"] == "back").to_numpy(float)
    free = [(code == k).astype(float) for k in range(10)]
    x = np.column_stack([(frame["clock"] >= 12).to_numpy(float), frame["alone"], *free])
    own = sm.GLM(y, x, family=sm.families.Binomial(sm.families.links.CLogLog())).fit()
    centre = np.eye(10) - 0.1
    d, v = centre @ own.params[2:], np.diag(centre @ own.cov_params()[2:, 2:] @ centre.T)
    between = result.diagnostics["district_variance"]
    # statistics.md A1.2 shrinks each by itself: u = d t2 / (t2 + v). Pooling within the fit differs by little.
    assert u == pytest.approx(d * between / (between + v), abs=0.02)
    assert between > 0.02  # the three lie .7 below the others


def test_earlier_returns_keep_their_coefficient_beside_many_small_districts():
    """Free effects of 60 districts of some 15 events each pull it down; pooled ones do not (Nickell 1981)."""
    rng = np.random.default_rng(21)
    n, districts, runs = 1200, 60, 40
    spec = Spec("", "back", (0,), ("prior_any",), season=False, districts=True)
    family, found = sm.families.Binomial(sm.families.links.CLogLog()), []
    for _ in range(runs):
        home, u = rng.integers(0, districts, n), rng.normal(0, 0.2, districts)
        prior, people, events = np.zeros(n, int), np.zeros(2 * districts), np.zeros(2 * districts)
        for _month in range(24):
            hit = rng.random(n) < -np.expm1(-0.03 * np.exp(0.4 * (prior > 0) + u[home]))
            cell = home * 2 + (prior > 0)
            people += np.bincount(cell, minlength=2 * districts)
            events += np.bincount(cell, hit, minlength=2 * districts)
            prior += hit
        rows = pd.DataFrame({"people": people, "events": events, "clock": 0.0, "months": 1.0, "prior_any": [0, 1] * districts,
                             "district_code": np.char.mod("d%02d", np.arange(districts).repeat(2))})  # fmt: skip
        pooled = fit(rows[rows["people"] > 0], spec).table().loc["prior_any", "coefficient"]
        x = np.column_stack([rows["prior_any"], np.eye(districts).repeat(2, axis=0)])
        seen = people > 0
        free = (
            sm.GLM(np.column_stack([events, people - events])[seen], x[seen], family=family).fit().params[0]
        )
        found.append((pooled, free))
    pooled, free = np.array(found).T
    assert abs(pooled.mean() - 0.4) < 3 * pooled.std() / np.sqrt(runs)
    assert (pooled - free).mean() > 0.03  # of 1 / 15 at most


def test_one_district_gives_no_district_effects():
    frame = histories(400, 9).assign(district_code="11010")
    result = fit(frame, Spec("", "back", (0, 12), ("alone",), season=False, districts=True))
    assert result.district_effects == {}


def test_a_covariate_that_the_events_cannot_tell_about_is_dropped_and_named():
    frame = histories(600, 9).assign(always=1, rare=lambda f: (f["person"] == 3).astype(int))
    result = fit(frame, Spec("", "back", (0, 12), ("alone", "always", "rare"), season=False))
    assert result.diagnostics["dropped"] == ("always", "rare")
    assert result.spec.covariates == ("alone",)


def test_words_as_categories_are_the_same_words():
    rows = spells(
        {"sex": "male", "state": "reisolated", "next_state": "connected"}, {"person_id": "b", "sex": "female"}
    )
    listed = {"sex": ["female", "male", "unknown"], "state": ["connected", "isolated", "reisolated"],
              "next_state": ["connected", "isolated", "reisolated"], "exit": ["died", "moved"]}  # fmt: skip
    packed = rows.assign(**{c: pd.Categorical(rows[c], categories=words) for c, words in listed.items()})
    plain, other = expand(rows, as_of=AS_OF), expand(packed, as_of=AS_OF)
    for column in ("state", "to", "sex"):
        assert plain[column].astype(str).tolist() == other[column].astype(str).tolist()
    assert set(plain.loc[plain["person"] == 0, "sex"]) == {"male"}


def test_a_reference_class_without_events_joins_its_neighbour():
    frame = histories(1500, 9)
    age = np.random.default_rng(1).integers(0, 3, 1500)[frame["person"]]
    frame = frame.assign(age_40_64=(age == 1).astype(int), age_65=(age == 2).astype(int),
                         to=np.where(age == 0, "", frame["to"]))  # fmt: skip
    result = fit(frame, Spec("", "back", (0, 12), ("age_40_64", "age_65"), season=False))
    assert result.diagnostics["dropped"] == ("age_40_64",)
    assert np.isfinite(result.covariance).all()


def test_a_rate_from_few_events_leans_on_the_outside_range_of_coming_back():
    spec = next(s for s in SPECS if (s.state, s.to) == RETURN)
    draws = fit(spells_of(0), spec).draws(200_000, np.random.default_rng(1))[:, 1]
    # With nobody seen the draws are the prior's: log h ~ Normal(log .0126, .6), statistics.md A1.6.
    assert draws.mean() == pytest.approx(np.log(0.0126), abs=0.01)
    assert draws.std() == pytest.approx(0.6, abs=0.01)
    # 12 events in 1,000 person-months: (12 + 3.25) ÷ (1,000 + 220).
    rates = np.exp(fit(spells_of(12), spec).draws(20_000, np.random.default_rng(1))[:, 1])
    assert rates.mean() == pytest.approx(15.25 / 1220, rel=0.01)


def spells_of(events: int) -> pd.DataFrame:
    """Rows added up: 1,000 person-months of people of 40 to 64 with some events, or next to none."""
    rows = {"state": "connected", "clock": 0.0, "months": 1000.0 if events else 1e-9, "people": 1, "events": events,
            "age_group": 1, "month": pd.Timestamp("2024-01-01")}  # fmt: skip
    return pd.DataFrame([rows]).assign(**dict.fromkeys(SPECS[0].covariates, 0))


def test_sums_by_month_and_the_people_themselves_give_one_fit():
    rng = np.random.default_rng(3)
    rows = zoned(1.5, 1500).drop(columns="zone")
    n = len(rows)
    late = rng.random(n) < 0.2
    entered = rows["started_on"] + pd.to_timedelta(np.where(late, 40, 0), unit="D")
    rows = rows.assign(age_band=rng.choice(["19-39", "40-64", "65+"], n), sex=rng.choice(["male", "female"], n),
                       lives_alone=rng.random(n) < 0.5, prior_reisolations=rng.integers(0, 4, n), entered_on=entered)  # fmt: skip
    rows = rows[rows["ended_on"] > rows["entered_on"]].reset_index(drop=True)
    facts = monthly(rows, until=AS_OF)
    people = traits(expand(rows, as_of=AS_OF)).drop(columns="planned")  # exact times, as sums have them
    summed = traits(from_monthly(facts, "reisolated"))
    bands = tuple(map(float, BAND_EDGES))
    spec = Spec("connected", "reisolated", bands, link="log")
    one, other = fit(people, spec), fit(summed, spec)
    assert other.names == one.names
    assert other.events == one.events
    assert other.person_months == pytest.approx(one.person_months, rel=1e-12)
    assert other.coefficients == pytest.approx(one.coefficients, abs=1e-7)
    assert other.model_covariance == pytest.approx(one.model_covariance, abs=1e-9)


def test_both_ways_of_cutting_spells_have_the_same_edges():
    assert BANDS[: len(BAND_EDGES)] == BAND_EDGES
    long = spells({"ended_on": None, "started_on": "2020-03-10", "entered_on": "2020-03-10"})
    first = expand(long, as_of=AS_OF).assign(
        band=lambda r: np.searchsorted(BAND_EDGES, r["clock"] + 1e-9, side="right")
    )
    days = (first.groupby("band")["clock"].min() * MONTH).round().astype(int).tolist()
    assert (
        days == band_days().tolist() == [0, 31, 92, 183, 366, 731, 1096]
    )  # 30.4375 days a month, up to the next whole day


def zoned(rate_ratio: float, n: int = 4000) -> pd.DataFrame:
    """Open or re-isolated spells from January 2022 at .02 a month, in zone 1 times `rate_ratio`."""
    rng = np.random.default_rng(12)
    zone = rng.integers(0, 2, n)
    days = np.ceil(rng.exponential(MONTH / (0.02 * np.where(zone == 1, rate_ratio, 1.0)))).astype(int)
    start = np.datetime64("2022-01-01") + rng.integers(0, 700, n)
    rows = pd.DataFrame([SPELL] * n).assign(person_id=np.arange(n).astype(str), started_on=start, entered_on=start,
                                            ended_on=start + days, prior_reisolations=0, zone=zone)  # fmt: skip
    return rows


def test_a_zone_has_its_own_coefficient_and_none_where_all_are_in_one():
    rows = zoned(1.5)
    table = fit_model(traits(expand(rows, as_of=AS_OF))).hazards[RETURN].table()
    assert table.loc["zone", "lower"] < np.log(1.5) < table.loc["zone", "upper"]
    assert table.loc["zone", "se"] < 0.06
    for same in (rows.assign(zone=1), rows.drop(columns="zone")):
        hazard = fit_model(traits(expand(same, as_of=AS_OF))).hazards[RETURN]
        assert "zone" in hazard.diagnostics["dropped"]
        assert "zone" not in hazard.names


def falling(n: int = 6000) -> pd.DataFrame:
    """Spells begun in 2022, all watched until the end of 2023, that end at .06 (months + ½)^-.6 a month."""
    rng = np.random.default_rng(5)
    start = np.datetime64("2022-01-01") + rng.integers(0, 360, n)
    # The accumulated hazard is .15 ((t + ½)^.4 - ½^.4): its inverse at an exponential.
    months = (rng.exponential(1, n) / 0.15 + 0.5**0.4) ** 2.5 - 0.5
    days = np.ceil(np.minimum(months, 400) * MONTH).astype(int)
    return pd.DataFrame([SPELL] * n).assign(person_id=np.arange(n).astype(str), started_on=start, entered_on=start,
                                            ended_on=start + days, prior_reisolations=0)  # fmt: skip


def test_the_decline_of_the_bands_goes_on_beyond_the_data_and_changes_nothing_within():
    day = date(2023, 1, 31)  # nobody has been out for more than 13 months
    known = falling()
    over = pd.to_datetime(known["ended_on"]) > pd.Timestamp(day)
    known.loc[over, "ended_on"], known.loc[over, ["next_state"]] = pd.NaT, None
    hazard = fit_model(traits(expand(known, as_of=day))).hazards[RETURN]
    slope, centre = hazard.tail
    assert slope == pytest.approx(-0.6, abs=0.2) and 6 < centre < 13
    clock = np.arange(60.0)
    added, last = decline(hazard, clock), int(hazard.last_clock)
    assert (added[:last] == 0).all() and (np.diff(added[last:]) <= 0).all() and added[last] < 0
    assert len(set(added[last + 24 :])) == 1  # it stops at three years
    # Twice the duration, 2^-.6 of the rate: at 18 to 24 months the true rate is .06 × 21.5^-.6 = .0095.
    level = np.exp(hazard.coefficients[len(hazard.bands) - 1] + added[last + 8])
    flat = np.exp(hazard.coefficients[len(hazard.bands) - 1])
    assert abs(level - 0.0095) < abs(flat - 0.0095)


def test_rates_that_do_not_fall_and_too_few_bands_have_no_decline():
    steady = fit_model(traits(expand(zoned(1.0), as_of=AS_OF))).hazards[RETURN]
    assert -0.2 < steady.tail[0] <= 0
    two = replace(steady, tail=None)
    assert (decline(two, np.arange(80.0)) == 0).all()
    # Where three years and more were seen nothing is added: the rest is the assumed drift's.
    assert (decline(replace(steady, last_clock=36.0), np.arange(80.0)) == 0).all()


# ── How many are enough, from both sides ──────────────────────────────────────────────────────────


def times(events: int, rows: int = 100, **more: object) -> pd.DataFrame:
    """Months of one hundred people under observation, of whom so many come back; one band."""
    return pd.DataFrame(
        {"state": "", "to": ["back"] * events + [""] * (rows - events), "months": 1.0, "clock": 0.0, **more}
    )


@pytest.mark.parametrize(
    ("counts", "bands"),
    [((10, 10, 10), (0, 1, 3)), ((10, 9, 12), (0, 3)), ((9, 10, 10), (0, 3)), ((12, 12, 9), (0, 1))],
)
def test_a_band_of_nine_events_joins_its_neighbour_and_one_of_ten_stands(counts, bands):
    clock = np.repeat([0.5, 1.5, 3.5], counts)
    assert hazard._merged(clock, np.ones(len(clock)), Spec("", "back", (0, 1, 3))) == bands


def test_thirty_events_make_a_model_and_twenty_nine_a_rate():
    spec = Spec("", "back", (0,), (), season=False)
    assert fit(times(29), spec).sparse is not None and fit(times(30), spec).sparse is None


def test_a_covariate_needs_five_events_on_either_side():
    for few, dropped in ((5, ()), (4, ("alone",))):
        some = (np.arange(100) >= 40 - few) & (np.arange(100) < 60)  # so many of the forty, and twenty others
        for alone in (some, ~some):
            found = fit(times(40, alone=alone.astype(int)), Spec("", "back", (0,), ("alone",), season=False))
            assert found.diagnostics["dropped"] == dropped


def test_the_last_duration_is_that_of_twenty_people():
    rows = pd.DataFrame({"clock": np.repeat([0.0, 1.0, 2.0], [30, 20, 19]), "months": 1.0})
    assert hazard._last_clock(rows, np.ones(69)) == 2.0
    assert hazard._last_clock(rows, np.r_[np.ones(68), 2.0]) == 3.0
    assert hazard._last_clock(rows.iloc[:19], np.ones(19)) == 0.0


def test_a_season_needs_two_years_of_calendar_months():
    spec = Spec("", "back", season=True)
    for last, enough in (("2025-12-01", True), ("2025-11-01", False)):
        rows = pd.DataFrame({"month": pd.to_datetime(["2024-01-01", last])})
        assert hazard._with_season(rows, spec).season is enough
