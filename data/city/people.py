"""People who left isolation and what came after: the multi-state process whose truth is written down.

Specification: statistics.md part C (monthly rates by months since leaving, covariates, aftercare confounded by living
alone, left truncation, independent loss). Exits compete within the month in proportion to their rates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data.city.base import City, pick, pseudonym

MONTHS = 36
TRUTH: dict[str, Any] = {
    "people": 3000, "months": MONTHS,
    "relapse_bands": [(0, 1, 0.030), (1, 3, 0.024), (3, 6, 0.018), (6, 12, 0.012), (12, 24, 0.008), (24, 999, 0.005)],
    "log_hr": {"age_40_64": 0.25, "age_65": -0.10, "male": 0.15, "alone": 0.35, "any_prior": 0.40, "aftercare": -0.35,
               "peer": -0.25, "season_cos": 0.15},
    "district_sd": 0.20, "frailty_sd": 0.0,
    "leave_again_bands": [(0, 3, 0.06), (3, 12, 0.09), (12, 999, 0.05)],
    "death_monthly": 0.0010, "death_age": {"19-39": 0.3, "40-64": 1.0, "65+": 4.0}, "move_monthly": 0.0025,
    "institution_monthly": 0.0006, "lost_monthly": 0.006, "late_entry_share": 0.15,
    "aftercare_start": 0.06, "aftercare_alone_log": 0.5, "aftercare_months": 6, "peer_start": 0.03,
}  # fmt: skip
_EXITS = ("died", "moved", "institution", "lost")


def district_effects(city: City) -> dict[str, float]:
    """The true log hazard of each district."""
    effects = city.rng("people-district").normal(0, TRUTH["district_sd"], len(city.codes))
    return {str(code): float(e) for code, e in zip(city.codes, effects, strict=True)}


def _band(bands: list[tuple[int, int, float]], duration: np.ndarray) -> np.ndarray:
    rate = np.zeros(len(duration))
    for low, high, value in bands:
        rate[(duration >= low) & (duration < high)] = value
    return rate


def rows(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Spells, support periods, follow-ups and referrals."""
    people = _people(city)
    spells, support = _simulate(city, people)
    yield "spell", _spell_rows(city, people, spells)
    yield "support_period", support
    yield "follow_up", _follow_ups(city, people, spells)
    yield "referral", _referrals(city)


def _people(city: City) -> pd.DataFrame:
    rng = city.rng("people")
    n = TRUTH["people"] * min(city.scale, 10)
    first = (np.datetime64(city.as_of, "M") - MONTHS + 1).astype("datetime64[M]")
    return pd.DataFrame({
        "person_id": pseudonym("s", np.arange(n)), "month": rng.integers(0, MONTHS, n), "day": rng.integers(0, 28, n),
        "origin": first, "age_band": pick(rng, {"19-39": 0.30, "40-64": 0.45, "65+": 0.25}, n),
        "sex": pick(rng, {"male": 0.5, "female": 0.5}, n), "lives_alone": rng.random(n) < 0.55,
        "district_code": rng.choice(city.codes, n, p=city.weights()),
        "months_isolated_before": np.clip(rng.lognormal(2.6, 0.9, n), 1, 180).astype(int),
        "late": np.where(rng.random(n) < TRUTH["late_entry_share"], rng.integers(1, 7, n), 0),
    })  # fmt: skip


def _simulate(city: City, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the months; returns spells (person, state, start, end, outcome) in months and support periods."""
    rng = city.rng("people-run")
    b, n = TRUTH["log_hr"], len(people)
    age, alone = people["age_band"].to_numpy(), people["lives_alone"].to_numpy()
    effects = district_effects(city)
    base = (
        b["age_40_64"] * (age == "40-64") + b["age_65"] * (age == "65+") + b["male"] * (people["sex"] == "male").to_numpy()
        + b["alone"] * alone + np.array([effects[c] for c in people["district_code"]])
        + rng.normal(0, TRUTH["frailty_sd"], n)
    )  # fmt: skip
    death = TRUTH["death_monthly"] * np.array([TRUTH["death_age"][a] for a in age])
    state = np.full(n, "", dtype=object)  # "", connected, reisolated, out
    since = np.zeros(n)
    prior = np.zeros(n, dtype=int)
    care_left, peer = np.zeros(n, dtype=int), np.zeros(n, dtype=bool)
    spells: list[tuple[Any, ...]] = []
    support: list[tuple[Any, ...]] = []
    offset = people["day"].to_numpy() / 30.0
    for month in range(MONTHS):
        entering = people["month"].to_numpy() == month
        state[entering], since[entering] = "connected", month + offset[entering]
        season = b["season_cos"] * np.cos(
            2 * np.pi * ((people["origin"].iloc[0].month - 1 + month) % 12 + 1) / 12
        )
        connected, reisolated = state == "connected", state == "reisolated"
        duration = np.maximum(0, month - since)
        effect = (
            base + season + b["any_prior"] * (prior > 0) + b["aftercare"] * (care_left > 0) + b["peer"] * peer
        )
        change = np.where(connected, _band(TRUTH["relapse_bands"], duration) * np.exp(effect), 0.0)
        change = np.where(reisolated, _band(TRUTH["leave_again_bands"], duration), change)
        rates = np.stack(
            [change, death, *(np.full(n, TRUTH[f"{e}_monthly"]) for e in ("move", "institution", "lost"))]
        )
        open_share = np.where(entering, 1 - offset, 1.0)
        total = rates.sum(axis=0)
        happens = (connected | reisolated) & (rng.random(n) < 1 - np.exp(-total * open_share))
        which = (rng.random(n) * total < np.cumsum(rates, axis=0)).argmax(axis=0)
        at = month + np.where(entering, offset, 0) + rng.random(n) * open_share
        for i in np.flatnonzero(happens):
            moved_on = which[i] == 0
            following = ("reisolated" if state[i] == "connected" else "connected") if moved_on else None
            spells.append(
                (
                    i,
                    state[i],
                    since[i],
                    at[i],
                    following,
                    None if moved_on else _EXITS[which[i] - 1],
                    prior[i],
                )
            )
            if moved_on:
                prior[i] += state[i] == "connected"
                state[i], since[i] = following, at[i]
            else:
                state[i] = "out"
        # Support offered this month acts from the next month on: nobody is helped by what has not begun.
        care_left = np.maximum(0, care_left - 1) * (state == "connected")
        peer &= state == "connected"
        chance = TRUTH["aftercare_start"] * np.exp(TRUTH["aftercare_alone_log"] * (alone - 0.55))
        starts = (state == "connected") & (care_left == 0) & (rng.random(n) < chance)
        care_left[starts] = TRUTH["aftercare_months"]
        joins = (state == "connected") & ~peer & (rng.random(n) < TRUTH["peer_start"])
        peer |= joins
        support += [
            (i, "isolation_prevention_center", month + 1, month + 1 + TRUTH["aftercare_months"])
            for i in np.flatnonzero(starts)
        ]
        support += [(i, "peer_counselling", month + 1, None) for i in np.flatnonzero(joins)]
    for i in np.flatnonzero((state == "connected") | (state == "reisolated")):
        spells.append((i, state[i], since[i], None, None, None, prior[i]))
    frame = pd.DataFrame(
        spells, columns=["i", "state", "start", "end", "next_state", "exit", "prior_reisolations"]
    )
    return frame, _support_rows(city, people, support)


def _day(people: pd.DataFrame, months: float) -> date:
    whole = int(months)
    first = (np.datetime64(people["origin"].iloc[0], "M") + whole).astype("datetime64[D]").astype(date)
    return first + timedelta(days=int((months - whole) * 28))


def _support_rows(city: City, people: pd.DataFrame, support: list[tuple[Any, ...]]) -> pd.DataFrame:
    rows = []
    for i, programme, start, end in support:
        begins = _day(people, start)
        if begins > city.as_of:
            continue
        ends = _day(people, end) if end is not None else None
        rows.append(
            (people["person_id"].iloc[i], programme, begins, ends if ends and ends <= city.as_of else None)
        )
    return pd.DataFrame(rows, columns=["person_id", "programme_id", "starts_on", "ends_on"])


def _spell_rows(city: City, people: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Spells as dates; a spell that ended before the person entered the register is not seen."""
    who = people.iloc[spells["i"]].reset_index(drop=True)
    out = pd.DataFrame({
        "person_id": who["person_id"], "state": spells["state"], "started_on": [_day(people, m) for m in spells["start"]],
        "ended_on": [None if pd.isna(m) else _day(people, m) for m in spells["end"]],
        "next_state": spells["next_state"], "exit": spells["exit"], "district_code": who["district_code"],
        "age_band": who["age_band"], "sex": who["sex"], "lives_alone": who["lives_alone"],
        "prior_reisolations": spells["prior_reisolations"], "months_isolated_before": who["months_isolated_before"],
        "spell_id": [f"s{n:08d}" for n in range(len(spells))],
    })  # fmt: skip
    registered = [_day(people, m + late) for m, late in zip(who["month"], who["late"], strict=True)]
    out["entered_on"] = [max(s, r) if late else s for s, r, late in
                         zip(out["started_on"], registered, who["late"], strict=True)]  # fmt: skip
    # Same-day changes of state take one day, so that every spell has a length.
    out["ended_on"] = [None if e is None else max(e, s + timedelta(days=1)) for s, e in
                       zip(out["started_on"], out["ended_on"], strict=True)]  # fmt: skip
    seen = [e is None or e > first for e, first in zip(out["ended_on"], out["entered_on"], strict=True)]
    within = [first <= city.as_of for first in out["entered_on"]]
    return out[np.array(seen) & np.array(within)].reset_index(drop=True)


def _follow_ups(city: City, people: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """Checks at 3, 6, 12 and 24 months after leaving; four in five are achieved."""
    rng = city.rng("people-follow-up")
    rows = []
    by_person = spells.groupby("i")
    for i, own in by_person:
        left = own["start"].min()
        for after in (3, 6, 12, 24):
            day = _day(people, left + after)
            at = own[(own["start"] <= left + after) & (own["end"].isna() | (own["end"] > left + after))]
            if day > city.as_of or at.empty:
                break
            reached = rng.random() < 0.8
            result = (
                {"connected": "connected", "reisolated": "reisolated"}[at["state"].iloc[0]]
                if reached
                else "not_reached"
            )
            rows.append(
                (
                    people["person_id"].iloc[i],
                    people["district_code"].iloc[i],
                    day,
                    day if reached else None,
                    result,
                )
            )
    return pd.DataFrame(rows, columns=["person_id", "district_code", "scheduled_on", "achieved_on", "result"])


def _referrals(city: City) -> pd.DataFrame:
    """Referrals by source; the Connection Prescription meets its published 799 counselled and 478 joined."""
    rng = city.rng("referrals")
    start, end = date(2025, 3, 25), city.as_of
    n = 9_000 * city.scale
    span = (end - start).days + 1
    received = rng.integers(0, span, n)
    programme = pick(
        rng,
        {
            "isolation_prevention_center": 0.55,
            "peer_counselling": 0.15,
            "mind_store": 0.18,
            "outing_prescription": 0.12,
        },
        n,
    )
    accepted = rng.random(n) < 0.68
    known = 799 * city.scale
    early = (min(date(2025, 7, 31), end) - start).days + 1
    received = np.concatenate([received, rng.integers(0, early, known)])
    programme = np.concatenate([programme, np.full(known, "connection_prescription", dtype=object)])
    accepted = np.concatenate([accepted, np.arange(known) < 478 * city.scale])
    total = n + known
    delay = rng.geometric(0.12, total)
    day = [start + timedelta(days=int(d)) for d in received]
    taken = [d + timedelta(days=int(w)) if a else None for d, w, a in zip(day, delay, accepted, strict=True)]
    mix = {
        "hotline": 0.34,
        "detection": 0.26,
        "mind_store": 0.14,
        "family_neighbour": 0.12,
        "delivery_app": 0.04,
        "outreach": 0.10,
    }
    return pd.DataFrame({
        "referral_id": [f"r{k:08d}" for k in range(total)], "source": pick(rng, mix, total),
        "person_id": pseudonym("r", np.arange(total)), "district_code": rng.choice(city.codes, total, p=city.weights()),
        "programme_id": programme, "received_on": day, "accepted_on": [d if d and d <= end else None for d in taken],
        "closed_on": None,
    })  # fmt: skip
