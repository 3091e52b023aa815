"""Counselling courses of up to eight sessions: cases, sessions, scores; new referrals stop in August 2025."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data.city.base import City, ids, months, optional, pick, pseudonym

OPENED = date(2024, 7, 1)
STOPPED = (
    date(2025, 8, 1),
    date(2025, 12, 31),
)  # published suspension; one district went on with its own money
CONTINUES = "11190"  # Yeongdeungpo-gu
TRUTH = {
    "referred_per_month": {"until_2025_07": 420, "suspended": 16, "from_2026": 270},
    "start_probability": 0.86, "wait_gamma_shape": 2.4, "wait_mean_days": 27.0, "wait_mean_days_from_2026_08": 36.0,
    "weekly_dropout_hazard": 0.055, "dna": 0.10, "cancel_client": 0.05, "cancel_service": 0.02, "paired": 0.93,
    "phq9_start": (13.5, 4.8), "gad7_start": (11.0, 4.2), "change_per_session": 1.12, "change_sd": 4.4,
    "instrument_reliability": 0.84,
}  # fmt: skip


def _referrals(city: City, month: int) -> int:
    truth = TRUTH["referred_per_month"]
    if month < 202508:
        mean = truth["until_2025_07"]
    elif month < 202601:
        mean = truth["suspended"]
    else:
        mean = truth["from_2026"]
    return int(city.rng(f"case-count-{month}").poisson(mean * city.scale))


def rows(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Month of referral by month: its cases, their sessions and their scores."""
    number = 0
    for month, first, last in months(OPENED, city.as_of):
        rng = city.rng(f"counselling-{month}")
        n = _referrals(city, month)
        cases = _cases(city, rng, n, month, first, last, number)
        sessions, cases = _sessions(city, rng, cases)
        number += n
        yield "counselling_case", cases.drop(columns=["attended", "last_on"])
        yield "counselling_session", sessions
        yield "outcome_measure", _measures(rng, cases)


def _cases(
    city: City, rng: np.random.Generator, n: int, month: int, first: date, last: date, number: int
) -> pd.DataFrame:
    referred = [first + timedelta(days=int(d)) for d in rng.integers(0, (last - first).days + 1, n)]
    mean = TRUTH["wait_mean_days_from_2026_08"] if month >= 202606 else TRUTH["wait_mean_days"]
    wait = np.maximum(1, rng.gamma(TRUTH["wait_gamma_shape"], mean / TRUTH["wait_gamma_shape"], n)).astype(
        int
    )
    starts = rng.random(n) < TRUTH["start_probability"]
    begun = [
        r + timedelta(days=int(w)) if s else None for r, w, s in zip(referred, wait, starts, strict=True)
    ]
    stopped = STOPPED[0] <= first <= STOPPED[1]
    district = (
        np.full(n, CONTINUES, dtype=object)
        if stopped
        else rng.choice(city.codes, n, p=city.weights("population"))
    )
    return pd.DataFrame({
        "case_id": ids("k", number, n),
        "person_id": pseudonym("k", np.arange(number, number + n)),
        "programme_id": "mind_counselling" if month < 202601 else "counselling_voucher",
        "district_code": district,
        "age_band": pick(rng, {"0-18": 0.06, "19-39": 0.46, "40-64": 0.36, "65+": 0.12}, n),
        "sex": pick(rng, {"female": 0.66, "male": 0.34}, n),
        "provider_id": [f"P{p:03d}" for p in rng.integers(1, 121, n)],
        "referred_on": referred,
        "first_session_on": [b if b is not None and b <= city.as_of else None for b in begun],
        "planned_sessions": 8,
    })  # fmt: skip


def _sessions(city: City, rng: np.random.Generator, cases: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weekly sessions until eight are attended, the person stops, or the day is today."""
    out: list[tuple[object, ...]] = []
    ended: list[date | None] = []
    reasons: list[str | None] = []
    counts: list[int] = []
    lasts: list[date | None] = []
    t = TRUTH
    for row in cases.itertuples():
        day, attended, number, last_on, reason = row.first_session_on, 0, 0, None, None
        peer = rng.random() < 0.12
        while day is not None and day <= city.as_of and attended < 8:
            draw = rng.random()
            status = "attended"
            if number and draw < t["dna"]:
                status = "dna"
            elif number and draw < t["dna"] + t["cancel_client"]:
                status = "cancelled_client"
            elif number and draw < t["dna"] + t["cancel_client"] + t["cancel_service"]:
                status = "cancelled_service"
            mode = ("face", "video", "phone")[int(np.searchsorted((0.72, 0.9), rng.random()))]
            out.append(
                (
                    f"{row.case_id}-{number:02d}",
                    row.case_id,
                    day,
                    status,
                    mode,
                    "peer" if peer else "professional",
                )
            )
            number += 1
            if status == "attended":
                attended, last_on = attended + 1, day
                if attended < 8 and rng.random() < t["weekly_dropout_hazard"]:
                    reason = "dropout"
                    break
            day = day + timedelta(days=7)
        if attended == 8:
            reason = "completed"
        elif row.first_session_on is None and (city.as_of - row.referred_on).days > 120:
            reason = "declined"
        end = None
        if reason in ("completed", "dropout"):
            end = last_on
        elif reason == "declined":
            end = row.referred_on + timedelta(days=120)
        ended.append(end)
        reasons.append(reason)
        counts.append(attended)
        lasts.append(last_on)
    columns = ["session_id", "case_id", "scheduled_on", "status", "mode", "counsellor_type"]
    done = cases.assign(ended_on=ended, end_reason=reasons, attended=counts, last_on=lasts)
    return pd.DataFrame(out, columns=columns), done


def _measures(rng: np.random.Generator, cases: pd.DataFrame) -> pd.DataFrame:
    """PHQ-9, GAD-7 and UCLA at the first and the last attended session; some last scores are missing."""
    started = cases[cases["attended"] > 0].reset_index(drop=True)
    n = len(started)
    severity = rng.normal(0, 1, n)
    change = started["attended"].to_numpy() * TRUTH["change_per_session"] + rng.normal(
        0, TRUTH["change_sd"], n
    )
    paired = (started["attended"] >= 2).to_numpy() & (rng.random(n) < TRUTH["paired"])
    scales = (
        ("PHQ-9", *TRUTH["phq9_start"], 0.95, 0, 27), ("GAD-7", *TRUTH["gad7_start"], 0.75, 0, 21),
        ("UCLA-20", 50.0, 9.0, 0.8, 20, 80),
    )  # fmt: skip
    frames = []
    for name, mean, sd, share, low, high in scales:
        pre = np.clip(np.round(mean + sd * (0.8 * severity + 0.6 * rng.normal(0, 1, n))), low, high)
        post = np.clip(np.round(pre - share * change + rng.normal(0, 1.6, n)), low, high)
        base = {
            "person_id": started["person_id"],
            "case_id": started["case_id"],
            "instrument": name,
            "instrument_version": "1",
        }
        frames.append(
            pd.DataFrame({**base, "measured_on": started["first_session_on"], "score": pre.astype(int)})
        )
        later = pd.DataFrame({**base, "measured_on": started["last_on"], "score": post.astype(int)})
        frames.append(later[paired])
    every = pd.concat(frames, ignore_index=True)
    return every.assign(case_id=optional(every["case_id"], every["case_id"].isna().to_numpy()))
