"""Rolling origin: forget what came after a day, forecast, compare with what came; the record a forecast stands on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from forecast.reisolation import evaluate as ev
from forecast.reisolation.cohort import Rules, confirmed
from forecast.reisolation.hazard import expand, fit, traits
from forecast.reisolation.model import (
    DRIFT,
    EXITS,
    RECORDED,
    RETURN,
    SPECS,
    Model,
    fit_model,
    group_codes,
    groups,
    log_rates,
    season_factor,
)
from forecast.reisolation.project import Projection, project, stock

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
BANDS = {50: (2, 4), 80: (1, 5), 95: (0, 6)}  # places of each band's ends in LEVELS
YEAR = 12  # months after the first origin that share a coefficient in the test for change
LONG = 24  # months of the longest horizon that is scored where follow-up allows
CLASSES: dict[str, dict[Any, int]] = {"age_group": {"19-39": 0, "40-64": 1, "65+": 2}, "zone": {0: 0, 1: 1}}


@dataclass(frozen=True)
class Record:
    """Result of `backtest`.

    `months`: origin, ahead, month, observed, predicted, pit; low50, high50, … high95, the bands that were forecast;
        `wis` and `crps` of the model and, as `wis_last`, `wis_year`, …, of two naive rivals (last month; same month last year).
    `coverage`: share of the months inside each band. `horizons`: a row per window of months ahead (after < ahead <= horizon)
        with observed, expected, O ÷ E with 95 % limits that hold the forecast's own uncertainty; Brier score of the whole
        horizon (6 and 12 months, 24 where an origin is as old) and its index against telling everybody connected the one rate
        of coming back that was known at the origin. `total`: O ÷ E over the horizon asked for; `judged_lower` and
        `judged_upper` are its limits at `evaluate.TOTAL_CONFIDENCE`; `inside_80` of `band_months` months lay within the 80 %
        band, each forecast from the last origin before it; `change_p` is `steady`'s. On these and the index the verdict rests.
    `groups`: O ÷ E by horizon and class of people (by, value): age band as 19-39, 40-64, 65+, and zone where there are two.
    """

    months: pd.DataFrame
    coverage: pd.DataFrame
    horizons: pd.DataFrame
    total: dict[str, float]
    groups: pd.DataFrame
    slope: tuple[float, float, float]
    skill: float  # 1 - WIS ÷ the better naive rival's
    crps_skill: float  # the same of CRPS
    verdict: ev.Verdict


def known_on(spells: pd.DataFrame, day: date) -> pd.DataFrame:
    """The spells as they stood at the end of `day`: later ones absent, later endings open."""
    last = pd.Timestamp(day)
    frame = spells.copy()
    for column in ("started_on", "entered_on", "ended_on"):
        frame[column] = pd.to_datetime(frame[column])
    frame = frame[(frame["started_on"] <= last) & (frame["entered_on"] <= last)].reset_index(drop=True)
    later = frame["ended_on"] > last
    frame.loc[later, "ended_on"] = pd.NaT
    frame.loc[later, ["next_state", "exit"]] = None
    return frame


def onsets_by_month(spells: pd.DataFrame) -> pd.Series:
    """Re-isolations by month in which a connected spell ended with one."""
    ended = spells[(spells["state"] == "connected") & (spells["next_state"] == "reisolated")]["ended_on"]
    return pd.to_datetime(ended).dt.to_period("M").value_counts().sort_index()


def backtest(
    spells: pd.DataFrame,
    *,
    as_of: date,
    first_origin: date,
    every_months: int = 3,
    horizon: int = 12,
    draws: int = 200,
    seed: int = 0,
    rules: Rules | None = None,
) -> Record:
    """Forecast from the end of a month every three, each time from what was known then, and score what followed.

    Args:
        spells: as recorded. With `rules`, each origin applies them to what it knew (`confirmed` of `known_on`), and what
            followed is counted by them too: spells that the rules have already been applied to know their future.

    The forecast is of recorded re-isolations, so people are lost from sight in it as they are in the records.

    Raises:
        ValueError: no origin lies a month or more before `as_of`.
    """

    def seen(day: date) -> pd.DataFrame:
        known = known_on(spells, day)
        return confirmed(known, rules) if rules else known

    after = seen(as_of)
    origins = pd.period_range(first_origin, as_of, freq="M")[::every_months]
    origins = [o for o in origins if o + 1 <= pd.Period(as_of, "M")]
    if not origins:
        raise ValueError(f"no month between {first_origin} and {as_of} has anything after it to compare with")
    history = onsets_by_month(after)
    tables, samples, people, classes = [], [], [], []
    means: dict[
        str, np.ndarray
    ] = {}  # by origin: (draws, months, groups) expected re-isolations of each draw of the estimates
    for place, origin in enumerate(origins):
        day = origin.end_time.date()
        before = seen(day)
        rows = traits(expand(before, as_of=day))
        model = fit_model(rows, RECORDED)
        ahead = (pd.Period(as_of, "M") - origin).n
        asked = {min(6, horizon), horizon} | ({LONG} if ahead >= LONG else set())
        forecast = project(
            model,
            stock(before, as_of=day),
            months=min(ahead, max(asked)),
            draws=draws,
            rng=np.random.default_rng([seed, place]),
        )
        tables.append(_months(origin, forecast, history))
        samples.append(forecast.onsets[:, :horizon])
        classes.append(_classes(origin, forecast, after))
        means[str(origin)] = forecast.city.onsets
        one_rate = _one_rate(rows)
        people.append(
            _people(model, before, after, day, as_of, sorted(asked), one_rate).assign(origin=str(origin))
        )
    return _record(
        pd.concat(tables, ignore_index=True),
        np.concatenate(samples, axis=1),
        pd.concat(people, ignore_index=True),
        pd.concat(classes, ignore_index=True),
        means,
        horizon,
        every_months,
        steady(after, as_of=as_of, first_origin=origins[0]),
    )


def steady(spells: pd.DataFrame, *, as_of: date, first_origin: pd.Period) -> float:
    """p of the test that people came back at the same rates after the first origin as before it.

    The model of coming back over all that is known, with one more coefficient for each year after the first origin; their
    Wald test with errors clustered by person. NaN where there are too few events to tell.
    """
    rows = traits(expand(spells, as_of=as_of))
    months = np.asarray(rows["month"], dtype="datetime64[M]").astype(int)
    year = (months - first_origin.ordinal - 1) // YEAR
    added = [f"year_{k}" for k in range(max(int(year.max(initial=-1)), 0) + 1)]
    rows = rows.assign(**{name: (year == k).astype(np.int8) for k, name in enumerate(added)})
    spec = SPECS[0]
    found = fit(rows, replace(spec, covariates=(*spec.covariates, *added)))
    place = [found.names.index(name) for name in added if name in found.names]
    if not place:
        return float("nan")
    b = found.coefficients[place]
    return float(
        scipy.special.chdtrc(len(place), b @ np.linalg.solve(found.covariance[np.ix_(place, place)], b))
    )


def _one_rate(rows: pd.DataFrame) -> tuple[float, float]:
    """Monthly rates of coming back and of leaving the register for good, the same for everybody connected."""
    mine = rows[rows["state"] == "connected"]
    time = max(float(mine["months"].sum()), 1e-9)
    return float((mine["to"] == "reisolated").sum()) / time, float(mine["to"].isin(EXITS).sum()) / time


def _months(origin: pd.Period, forecast: Projection, history: pd.Series) -> pd.DataFrame:
    draws = forecast.onsets
    ahead = np.arange(1, draws.shape[1] + 1)
    target = [origin + int(k) for k in ahead]
    observed = history.reindex(target, fill_value=0).to_numpy(float)
    past = history.reindex(pd.period_range(origin - 11, origin, freq="M"), fill_value=0).to_numpy(float)
    rivals = {"last": np.full(len(ahead), past[-1]), "year": past[(ahead - 1) % 12]}
    quantiles = np.quantile(draws, LEVELS, axis=0).T
    scores = {"wis": ev.wis(observed, quantiles, LEVELS), "crps": ev.crps_ensemble(observed, draws.T)}
    for name, mean in rivals.items():
        spread = np.sqrt(np.maximum(mean, 1))
        scores[f"wis_{name}"] = ev.wis(observed, ev.normal_quantiles(mean, spread, LEVELS), LEVELS)
        scores[f"crps_{name}"] = ev.crps_normal(observed, mean, spread)
    bands = {
        f"{end}{level}": quantiles[:, place]
        for level, ends in BANDS.items()
        for end, place in zip(("low", "high"), ends, strict=True)
    }
    return pd.DataFrame(
        {
            "origin": str(origin),
            "ahead": ahead,
            "month": [str(m) for m in target],
            "observed": observed,
            "predicted": forecast.city.onsets.sum(axis=2).mean(axis=0),
            **bands,
            "pit": ev.pit(observed, draws),
            **scores,
        }
    )


def _classes(origin: pd.Period, forecast: Projection, after: pd.DataFrame) -> pd.DataFrame:
    """Observed and predicted re-isolations by month ahead and class of people."""
    mean, people = forecast.city.onsets.mean(axis=0), groups()
    parts = []
    for by, codes in CLASSES.items():
        column = "age_band" if by == "age_group" else by
        if column not in after or after[column].nunique() < 2:
            continue
        for value, code in codes.items():
            history = onsets_by_month(after[after[column] == value])
            target = [origin + k + 1 for k in range(len(mean))]
            parts.append(
                pd.DataFrame(
                    {
                        "origin": str(origin),
                        "ahead": np.arange(1, len(mean) + 1),
                        "by": column,
                        "value": str(value),
                        "observed": history.reindex(target, fill_value=0).to_numpy(float),
                        "predicted": mean[:, (people[by] == code).to_numpy()].sum(axis=1),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["by"])


def _people(
    model: Model,
    before: pd.DataFrame,
    after: pd.DataFrame,
    day: date,
    as_of: date,
    horizons: list[int],
    one_rate: tuple[float, float],
) -> pd.DataFrame:
    """Those connected on `day`: the predicted chance of not coming back within each horizon, that under one rate for
    everybody, and what happened."""
    there = (
        (before["state"] == "connected")
        & before["ended_on"].isna()
        & (before["entered_on"] <= pd.Timestamp(day))
    )
    here = before[there].reset_index(drop=True)
    later = after.set_index("spell_id").loc[here["spell_id"]].reset_index()
    begun = ((pd.Timestamp(day) - here["started_on"]).dt.days / 30.4375).to_numpy()
    stop = later["ended_on"].fillna(pd.Timestamp(as_of) + pd.Timedelta(days=1))
    cause = np.select([later["next_state"] == "reisolated", later["exit"].isin(EXITS)], [1, 2], 0)
    result = pd.DataFrame(
        {"time": (stop - pd.Timestamp(day)).dt.days / 30.4375, "cause": cause, "person": here["person_id"]}
    )
    survival = _survival(model, here, begun, day.month, max(horizons))
    for h in horizons:
        result[f"survival_{h}"] = survival[:, h - 1]
        back, total = one_rate[0], max(sum(one_rate), 1e-12)
        result[f"reference_{h}"] = 1 + back / total * np.expm1(-total * h)
    return result[result["time"] > 0]


def _survival(model: Model, here: pd.DataFrame, begun: np.ndarray, month: int, horizon: int) -> np.ndarray:
    """(people, horizon) chance of not having come back within each number of months, at the estimates and the drift's mean.

    Half-months of duration, so that nobody counts as having just begun a month.
    """
    half = np.round(2 * begun).astype(int)[:, None] + np.arange(2 * horizon)
    clock = np.arange(int(half.max(initial=0)) + 1) / 2
    group, prior = group_codes(here), here["prior_reisolations"].clip(upper=2).to_numpy(int)
    rate = {}
    for key, hazard in model.hazards.items():
        if key[0] == "connected" and key[1] != "lost":
            b = hazard.coefficients[None]
            season = [season_factor(hazard, b, (month + k) % 12 + 1)[0] for k in range(horizon)]
            beyond = DRIFT[0] * np.maximum(clock - model.last_clock, 0) / 12 if key == RETURN else 0.0
            steps = np.exp(log_rates(hazard, b, groups(), clock)[0] + beyond)[group, prior]
            rate[key] = np.take_along_axis(steps, half, axis=1) * np.repeat(season, 2) / 2
    back, total = rate[RETURN], sum(rate.values())
    staying = np.exp(-np.cumsum(total, axis=1))
    before = np.column_stack([np.ones(len(begun)), staying[:, :-1]])
    return 1 - np.cumsum(before * back / total * -np.expm1(-total), axis=1)[:, 1::2]


def _record(
    every: pd.DataFrame,
    draws: np.ndarray,
    people: pd.DataFrame,
    classes: pd.DataFrame,
    means: dict[str, np.ndarray],
    horizon: int,
    every_months: int,
    change_p: float,
) -> Record:
    rows: list[dict[str, Any]] = []
    parts = []
    months = every[every["ahead"] <= horizon].reset_index(drop=True)
    low = 0
    for h in sorted(int(c.removeprefix("survival_")) for c in people if c.startswith("survival_")):
        whole = every if h <= horizon else every[every.groupby("origin")["ahead"].transform("max") >= h]
        brier = _brier(people, h)
        window = whole["ahead"].between(low + 1, h) & whole["origin"].isin(
            _apart(whole, h - low, every_months)
        )
        rows.append(
            {
                "horizon": h,
                "after": low,
                **_ratio(whole[window], means),
                "brier": brier.score,
                "index": brier.index,
            }
        )
        if len(classes):
            mine = classes[
                classes["ahead"].between(1, h) & classes["origin"].isin(_apart(whole, h, every_months))
            ]
            parts += [
                {"horizon": h, "by": by, "value": value, **_ratio(part, means, _members(by, value))}
                for (by, value), part in mine.groupby(["by", "value"], sort=True)
            ]
        low = h
    horizons = pd.DataFrame(rows)
    whole = months[months["origin"].isin(_apart(months, horizon, every_months))]
    judged = _ratio(whole, means, confidence=ev.TOTAL_CONFIDENCE)
    newest = months.loc[months.groupby("month")["ahead"].idxmin()]
    held = newest["observed"].between(newest["low80"], newest["high80"])
    total = _ratio(whole, means) | {
        "judged_lower": judged["lower"],
        "judged_upper": judged["upper"],
        "inside_80": int(held.sum()),
        "band_months": len(held),
        "change_p": change_p,
    }
    inside = ev.coverage(months["observed"], draws)
    slope = _slope(people, every, horizon)
    skill = {
        s: 1 - months[s].sum() / min(months[f"{s}_last"].sum(), months[f"{s}_year"].sum())
        for s in ("wis", "crps")
    }
    final = horizons[horizons["horizon"] == horizon].iloc[0]
    verdict = ev.publish(
        final["index"], (judged["lower"], judged["upper"]), int(held.sum()), len(held), change_p
    )
    return Record(
        months,
        inside,
        horizons,
        total,
        pd.DataFrame(parts),
        slope,
        float(skill["wis"]),
        float(skill["crps"]),
        verdict,
    )


def _apart(rows: pd.DataFrame, window: int, every_months: int) -> np.ndarray:
    """Origins whose windows of so many months do not count a month twice."""
    return pd.unique(rows["origin"])[:: -(-window // every_months)]


def _slope(people: pd.DataFrame, every: pd.DataFrame, horizon: int) -> tuple[float, float, float]:
    """Calibration slope over origins as old as the horizon: in younger ones only those who left early have an outcome.

    People recur from origin to origin: errors are clustered by person. Missing where no origin is old enough.
    """
    reach = every.groupby("origin")["ahead"].max()
    old = people["origin"].isin(reach.index[reach >= horizon])
    seen = people[old & ((people["time"] > horizon) | (people["cause"] > 0))]
    hit = (seen["time"] <= horizon) & (seen["cause"] == 1)
    if not hit.any() or hit.all():
        return (float("nan"),) * 3
    return ev.calibration_slope(hit, np.log(-np.log(seen[f"survival_{horizon}"])), people=seen["person"])


def _brier(people: pd.DataFrame, horizon: int) -> ev.Brier:
    """Brier score of those whose origin made a prediction for the horizon, beside one rate for everybody."""
    mine = people[people[f"survival_{horizon}"].notna()]
    return ev.ipcw_brier(
        mine["time"],
        mine["cause"],
        mine[f"survival_{horizon}"],
        horizon,
        reference=mine[f"reference_{horizon}"],
    )


def _members(by: str, value: str) -> np.ndarray:
    """(groups,) which risk groups are of a class."""
    name = "age_group" if by == "age_band" else by
    code = {str(v): c for v, c in CLASSES[name].items()}[value]
    return (groups()[name] == code).to_numpy()


def _ratio(
    part: pd.DataFrame,
    means: dict[str, np.ndarray],
    members: np.ndarray | None = None,
    confidence: float = 0.95,
) -> dict[str, float]:
    """O ÷ E of some months of some origins; the uncertainty of E is that of its draws, origins taken as independent."""
    observed, expected = float(part["observed"].sum()), float(part["predicted"].sum())
    variance = 0.0
    for origin, months in part.groupby("origin")["ahead"]:
        drawn = means[str(origin)][:, months.to_numpy() - 1]
        chosen = drawn if members is None else drawn[:, :, members]
        variance += float(chosen.sum(axis=(1, 2)).var())
    ratio, low, high = ev.observed_over_expected(
        observed, expected, confidence, relative_variance=variance / expected**2
    )
    return {"observed": observed, "expected": expected, "ratio": ratio, "lower": low, "upper": high}


def measures(record: Record) -> pd.Series:
    """What a record is judged by, each a distance from the ideal: 0 is best."""
    off = {
        f"distance of O/E from 1, {h} months": abs(v - 1)
        for h, v in zip(record.horizons["horizon"], record.horizons["ratio"], strict=True)
    }
    cover = {
        f"distance of {k} % coverage": abs(c - k / 100)
        for k, c in zip(record.coverage["level"], record.coverage["coverage"], strict=True)
    }
    rest = {"lost skill": 1 - record.skill, "distance of slope from 1": abs(record.slope[0] - 1)}
    return pd.Series({**off, **cover, **rest}, dtype=float)


def regression_report(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """What a change of model did to its record: `measures` before and after, and whether each is worse."""
    table = pd.DataFrame({"before": before, "after": after})
    return table.assign(worse=table["after"] > table["before"] + 1e-12)
