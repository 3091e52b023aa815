"""The true parameters of the demonstration city, so that recovering them can be tested."""

from __future__ import annotations

from typing import Any

import numpy as np

from data import plan
from data.demo import (
    attendance,
    budget,
    calls,
    counselling,
    detection,
    hotline,
    identity,
    people,
    referral,
    scores,
    spells,
    survey,
)
from data.demo.city import DAYS_PER_MONTH, City


def truth(city: City) -> dict[str, Any]:
    """Everything that the generators drew from, JSON-serialisable; districts by code."""
    return {
        "seed": city.seed, "scale": city.scale, "as_of": city.as_of.isoformat(),
        "seeds": "numpy SeedSequence(seed, spawn_key=(crc32(part name), part numbers…)) per part and month",
        "note": "synthetic; `anchors` are published totals that the rows meet (times scale), all else is ours",
        "hotline": _hotline(city), "people": _people(city), "survey": _survey(city),
        "counselling": _counselling(), "budget": _budget(city), "services": _services(city),
        "detection": _detection(city), "links": identity.truth(),
    }  # fmt: skip


def _by_district(city: City, values: np.ndarray) -> dict[str, float]:
    return {code: round(float(value), 6) for code, value in zip(city.codes, values, strict=True)}


def _hotline(city: City) -> dict[str, Any]:
    return {
        "anchors_answered_cumulative": [[day.isoformat(), total * city.scale] for day, total in hotline.ANCHORS],
        "first_38_days_topics": dict(zip(calls.TOPICS, (k * city.scale for k in hotline.FIRST_TOPICS), strict=True)),
        "answered_per_day_from_2026": hotline.PER_DAY_AFTER * city.scale,
        "offered_per_hour": "Poisson(scale × level × gamma(k)/k): negative binomial at scale 1",
        "dispersion_k": hotline.DISPERSION, "daily_log_amplitude": hotline.DAILY_AMPLITUDE,
        "half_day_log_amplitude": hotline.HALF_DAY_AMPLITUDE, "peak_hour": hotline.PEAK_HOUR,
        "weekend_log": hotline.WEEKEND, "weekly_walk_sd": hotline.WEEKLY_STEP, "later_topics": list(hotline.LATER_TOPICS),
        "queue": {"model": "M/M/c+M (Erlang A) by hour at scale 1", "handle_s": hotline.HANDLE_S,
                  "patience_s": hotline.PATIENCE_S, "engaged_when_waiting_more_than": hotline.QUEUE_LIMIT},
        "ages_first": list(calls.FIRST_AGES), "ages_later": list(calls.LATER_AGES), "chat_share": calls.CHAT_SHARE,
        "frequent_callers": calls.FREQUENT * city.scale, "share_of_frequent": calls.FREQUENT_SHARE,
        "caller_known": calls.KNOWN_CALLER, "home_noted_if_known": calls.HOME_NOTED,
        "referral_by_topic": list(calls.REFER), "risk_by_topic": list(calls.RISK), "shrinkage": calls.SHRINKAGE,
    }  # fmt: skip


def _people(city: City) -> dict[str, Any]:
    return {
        "leavers": people.LEAVERS * min(city.scale, people.LARGEST_SCALE), "months": people.WINDOW_MONTHS,
        "window_start": str(people.window_start(city.as_of)), "days_per_month": DAYS_PER_MONTH,
        "connected_to_reisolated_monthly": dict(zip(["0-1", "1-3", "3-6", "6-12", "12-24", "24+"], people.RATE_N.tolist(), strict=True)),
        "reisolated_to_connected_monthly": dict(zip(["0-3", "3-12", "12+"], people.RATE_R.tolist(), strict=True)),
        "log_hazard_ratios": {"age_40-64": people.LOG_HR_AGE[1], "age_65+": people.LOG_HR_AGE[2], **people.LOG_HR},
        "season": "× cos(2π × calendar month / 12), January = 1", "district_log_effects_sd": people.DISTRICT_SD,
        "district_log_effects": _by_district(city, people.district_effects(city)), "frailty_log_sd": people.FRAILTY_SD,
        "death_monthly_by_age": (people.DEATH * people.DEATH_AGE).tolist(), "move_monthly": people.MOVE,
        "lost_monthly": people.LOST,
        "aftercare": {"monthly_chance": people.AFTERCARE_START, "log_odds_alone": people.AFTERCARE_ALONE,
                      "months": people.AFTERCARE_MONTHS, "programme_id": "care_corps", "ends_with_spell": True},
        "peer": {"monthly_chance": people.PEER_START, "programme_id": "peer_counselling", "until": "end of spell"},
        "age_shares": list(people.AGE_SHARE), "male": people.MALE, "alone": people.ALONE,
        "late_entry_share": spells.LATE_SHARE, "late_entry_months": list(spells.LATE_MONTHS),
        "others_in_register": {name: n * min(city.scale, people.LARGEST_SCALE) for name, n in spells.OTHERS},
        "ends": "exclusive: the first day outside the spell or support",
    }  # fmt: skip


def _survey(city: City) -> dict[str, Any]:
    waves = []
    for instrument, year, isolated, lonely, published in survey.WAVES:
        by_isolated, by_lonely = survey.prevalence(city, isolated, lonely)
        waves.append({
            "instrument_id": instrument, "year": year, "isolated": isolated, "lonely": lonely, "published": published,
            "district_isolated": _by_district(city, by_isolated), "district_lonely": _by_district(city, by_lonely),
        })  # fmt: skip
    return {"waves": waves, "covariate": "2025 share of one-person households moved onto 0.3 to 0.5",
            "intercept": survey.INTERCEPT, "slope": survey.SLOPE, "district_sd": survey.DISTRICT_SD,
            "design_effect": survey.DESIGN_EFFECT, "respondents_per_district": [survey.LOWEST_N, survey.HIGHEST_N]}  # fmt: skip


def _counselling() -> dict[str, Any]:
    return {
        "volumes": [list(row) for row in counselling.VOLUMES], "wait_median_d": counselling.WAIT_MEDIAN_D,
        "wait_log_sd": counselling.WAIT_LOG_SD, "never_start": counselling.NEVER_START,
        "status_share": dict(zip(counselling.STATUSES, counselling.STATUS_SHARE, strict=True)),
        "dropout_after_session": {"1-3": counselling.DROP_EARLY, "4+": counselling.DROP_LATE},
        "dropout_after_dna": counselling.DROP_AFTER_DNA, "suspended_on": str(counselling.CUT_ON),
        "suspended_share_of_open": counselling.SUSPENDED_SHARE,
        "retest": {"reliability": scores.RETEST_R, "people": scores.RETEST_PEOPLE},
        "scores": {name: {"mean": scores.MEAN[k], "sd": scores.SD[k], "fall": scores.FALL[k],
                          "fall_per_point": scores.FALL_PER_POINT[k], "fall_sd": scores.FALL_SD[k]}
                   for k, name in enumerate(scores.INSTRUMENTS)},
    }  # fmt: skip


def _budget(city: City) -> dict[str, Any]:
    lines = budget.years(city)
    return {
        "anchor_total_krw": plan.TOTAL_KRW, "plan_years": list(budget.PLAN_YEARS), "split": "illustrative",
        "final_rate_logit": [budget.FINAL_MEAN, budget.FINAL_SD],
        "month_dirichlet": {"concentration": budget.CONCENTRATION, "profile": budget.PROFILE.tolist()},
        "final_rates": {f"{year}/{line.programme}/{line.line_type}/{line.funding}": round(line.final_rate, 4)
                        for year, rows in lines.items() for line in rows},
    }  # fmt: skip


def _services(city: City) -> dict[str, Any]:
    counted = [
        [c.programme, c.first.isoformat(), c.last.isoformat(), c.total * city.scale]
        for c in attendance.COUNTS
    ]
    opened = {city.codes[place]: str(on) for place, on in attendance.openings(city).items()}
    referred = [[name, first.isoformat(), last.isoformat(), total * city.scale, None if taken is None else taken * city.scale]
                for name, first, last, total, taken in referral.COUNTED]  # fmt: skip
    return {"attendance_totals": counted, "mind_storeopenings": opened, "referral_totals": referred,
            "referral_accepted": referral.ACCEPTED}  # fmt: skip


def _detection(city: City) -> dict[str, Any]:
    chance, ratio = detection.rates(city)
    households = detection.size(city)
    return {
        "panel_households": households, "sampling_fraction": households / float(city.one_person.sum()),
        "flag_at_signals": detection.FLAG_AT, "pause_months": detection.PAUSE_MONTHS,
        "monthly_chance": {str(k + 1): round(float(v), 6) for k, v in enumerate(chance)},
        "ratio_isolated": {str(k + 1): round(float(v), 4) for k, v in enumerate(ratio)},
        "contacted": detection.CONTACTED, "assessed": detection.ASSESSED, "sensitivity": detection.SENSITIVITY,
        "false_alarm": detection.FALSE_ALARM, "enrolled": detection.ENROLLED,
    }  # fmt: skip
