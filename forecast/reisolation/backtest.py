"""Rolling origin: forget what came after a day, forecast, compare with what came; the record a forecast stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from forecast.reisolation import evaluate as ev
from forecast.reisolation.hazard import expand, traits
from forecast.reisolation.model import (
    EXITS,
    RECORDED,
    RETURN,
    Model,
    fit_model,
    group_codes,
    groups,
    log_rates,
)
from forecast.reisolation.project import Projection, project, stock

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True)
class Record:
    """Result of `backtest`."""

    months: (
        pd.DataFrame
    )  # origin, ahead, month, observed, predicted, WIS of the model and of two naive rivals, PIT
    coverage: pd.DataFrame
    horizons: pd.DataFrame  # months ahead up to h: observed, expected, O ÷ E with exact limits, Brier index
    slope: tuple[float, float, float]
    skill: float  # 1 - WIS ÷ the better naive rival's
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
    spells: pd.DataFrame, *, as_of: date, first_origin: date, every_months: int = 3, horizon: int = 12,
    draws: int = 200, seed: int = 0,
) -> Record:  # fmt: skip
    """Forecast from the end of a month every three, each time from what was known then, and score what followed.

    Raises:
        ValueError: no origin lies a month or more before `as_of`.
    """
    history = onsets_by_month(known_on(spells, as_of))
    origins = pd.period_range(first_origin, as_of, freq="M")[::every_months]
    origins = [o for o in origins if o + 1 <= pd.Period(as_of, "M")]
    if not origins:
        raise ValueError(f"no month between {first_origin} and {as_of} has anything after it to compare with")
    tables, samples, people = [], [], []
    for place, origin in enumerate(origins):
        day = origin.end_time.date()
        before = known_on(spells, day)
        model = fit_model(traits(expand(before, as_of=day)), RECORDED)
        ahead = min(horizon, (pd.Period(as_of, "M") - origin).n)
        forecast = project(model, stock(before, as_of=day), months=ahead, draws=draws,
                           rng=np.random.default_rng([seed, place]))  # fmt: skip
        tables.append(_months(origin, forecast, history))
        samples.append(forecast.onsets)
        people.append(_people(model, before, spells, day, as_of, horizon))
    months = pd.concat(tables, ignore_index=True)
    return _record(
        months, np.concatenate(samples, axis=1), pd.concat(people, ignore_index=True), horizon, every_months
    )


def _months(origin: pd.Period, forecast: Projection, history: pd.Series) -> pd.DataFrame:
    draws = forecast.onsets
    ahead = np.arange(1, draws.shape[1] + 1)
    target = [origin + int(k) for k in ahead]
    observed = history.reindex(target, fill_value=0).to_numpy(float)
    past = history.reindex(pd.period_range(origin - 11, origin, freq="M"), fill_value=0).to_numpy(float)
    rivals = {"last": np.full(len(ahead), past[-1]), "year": past[(ahead - 1) % 12]}
    scores = {"wis": ev.wis(observed, np.quantile(draws, LEVELS, axis=0).T, LEVELS)}
    for name, mean in rivals.items():
        quantiles = ev.normal_quantiles(mean, np.sqrt(np.maximum(mean, 1)), LEVELS)
        scores[f"wis_{name}"] = ev.wis(observed, quantiles, LEVELS)
    return pd.DataFrame({"origin": str(origin), "ahead": ahead, "month": [str(m) for m in target], "observed": observed,
                         "predicted": forecast.city.onsets.sum(axis=2).mean(axis=0),
                         "pit": ev.pit(observed, draws), **scores})  # fmt: skip


def _people(
    model: Model, before: pd.DataFrame, spells: pd.DataFrame, day: date, as_of: date, horizon: int
) -> pd.DataFrame:
    """Those connected on `day`: the predicted chance of coming back within 6 and 12 months, and what happened."""
    here = before[(before["state"] == "connected") & before["ended_on"].isna()].reset_index(drop=True)
    later = known_on(spells, as_of).set_index("spell_id").loc[here["spell_id"]].reset_index()
    begun = ((pd.Timestamp(day) - here["started_on"]).dt.days / 30.4375).to_numpy()
    stop = later["ended_on"].fillna(pd.Timestamp(as_of) + pd.Timedelta(days=1))
    cause = np.select([later["next_state"] == "reisolated", later["exit"].isin(EXITS)], [1, 2], 0)
    result = pd.DataFrame(
        {"time": (stop - pd.Timestamp(day)).dt.days / 30.4375, "cause": cause, "age_band": here["age_band"]}
    )
    for h in sorted({min(6, horizon), horizon}):
        result[f"survival_{h}"] = _survival(model, here, begun.astype(int), h)
    return result[result["time"] > 0]


def _survival(model: Model, here: pd.DataFrame, begun: np.ndarray, horizon: int) -> np.ndarray:
    """(people,) chance of not having come back within `horizon` months, at the estimates."""
    depth = int(begun.max(initial=0)) + horizon + 1
    group, prior = group_codes(here), here["prior_reisolations"].clip(upper=2).to_numpy(int)
    rate = {}
    for key, hazard in model.hazards.items():
        if key[0] == "connected" and key[1] != "lost":
            rate[key] = np.exp(log_rates(hazard, hazard.coefficients[None], groups(), np.arange(depth))[0])[
                group, prior
            ]
    months = begun[:, None] + np.arange(horizon)
    back = np.take_along_axis(rate[RETURN], months, axis=1)
    total = sum(np.take_along_axis(r, months, axis=1) for r in rate.values())
    staying = np.exp(-np.cumsum(total, axis=1))
    before = np.column_stack([np.ones(len(begun)), staying[:, :-1]])
    return 1 - (before * back / total * -np.expm1(-total)).sum(axis=1)


def _record(
    months: pd.DataFrame, draws: np.ndarray, people: pd.DataFrame, horizon: int, every_months: int
) -> Record:
    rows: list[dict[str, Any]] = []
    for h in sorted({min(6, horizon), horizon}):
        apart = pd.unique(months["origin"])[:: -(-h // every_months)]  # no month is counted twice
        part = months[(months["ahead"] <= h) & months["origin"].isin(apart)]
        ratio, low, high = ev.observed_over_expected(part["observed"].sum(), part["predicted"].sum())
        brier = ev.ipcw_brier(people["time"], people["cause"], people[f"survival_{h}"], h)
        rows.append({"horizon": h, "observed": part["observed"].sum(), "expected": part["predicted"].sum(), "ratio": ratio,
                     "lower": low, "upper": high, "brier": brier.score, "index": brier.index})  # fmt: skip
    horizons = pd.DataFrame(rows)
    inside = ev.coverage(months["observed"], draws)
    last = f"survival_{horizon}"
    seen = people[(people["time"] > horizon) | (people["cause"] > 0)]
    hit = (seen["time"] <= horizon) & (seen["cause"] == 1)
    slope = ev.calibration_slope(hit, np.log(-np.log(seen[last])))
    rival = min(months["wis_last"].sum(), months["wis_year"].sum())
    final = horizons.iloc[-1]
    verdict = ev.publish(final["index"], (final["lower"], final["upper"]), inside.loc[1, "coverage"])
    return Record(months, inside, horizons, slope, float(1 - months["wis"].sum() / rival), verdict)


def regression_report(before: Record, after: Record) -> pd.DataFrame:
    """What a change of model did to its record: each measure before, after, and whether it is worse."""

    def measures(r: Record) -> dict[str, float]:
        off = {
            f"distance of O/E from 1, {h} months": abs(v - 1)
            for h, v in zip(r.horizons["horizon"], r.horizons["ratio"], strict=True)
        }
        cover = {
            f"distance of {k} % coverage": abs(c - k / 100)
            for k, c in zip(r.coverage["level"], r.coverage["coverage"], strict=True)
        }
        return {**off, **cover, "lost skill": 1 - r.skill, "distance of slope from 1": abs(r.slope[0] - 1)}

    table = pd.DataFrame({"before": measures(before), "after": measures(after)})
    return table.assign(worse=table["after"] > table["before"] + 1e-12)
