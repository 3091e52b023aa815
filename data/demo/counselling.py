"""Counselling: cases, sessions of a course of up to eight, and scores before and after.

Volumes, waits and outcomes are ours; the shape follows what is published: a national programme from July 2024 that
stopped in August 2025 when its subsidy was cut, with one district (Yeongdeungpo) going on alone (F062), and a
voucher for high-risk users from 2026 (F061). Scores start and end near the published 12.5 to 7.2 (PHQ-9) and 10.2
to 5.6 (GAD-7) of one district (F219 to F222).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from data.demo import scores
from data.demo.city import AGES, SEXES, City, coded, dates, month_span, months, on_weekday, pick, whole

FIRST_MONTH = date(2024, 7, 1)
CUT_ON = np.datetime64("2025-08-01")
STILL_OPEN = "11190"  # Yeongdeungpo-gu
PROGRAMMES = ("mind_counselling", "counselling_voucher", "peer_counselling")
PEER = 2
# Cases referred a month at scale 1: (from, to, programme, everywhere?, number)
VOLUMES = (
    (202407, 202407, 0, True, 350),
    (202408, 202507, 0, True, 640),
    (202508, 202512, 0, False, 25),
    (202601, 209912, 1, True, 230),
    (202509, 209912, 2, True, 60),
)
AGE_SHARE = (0.04, 0.44, 0.40, 0.12)
FEMALE = 0.66
WAIT_MEDIAN_D, WAIT_LOG_SD = 20.0, 0.62  # 88 % within 42 days
NEVER_START, RETURNING = 0.12, 0.05
PLANNED, SLOTS = 8, 18
STATUSES = ("attended", "dna", "cancelled_client", "cancelled_service")
STATUS_SHARE = (0.86, 0.07, 0.055, 0.015)
DROP_EARLY, DROP_LATE, DROP_AFTER_DNA, EARLY_END = 0.055, 0.03, 0.15, 0.06
SUSPENDED_SHARE = 0.35  # of the open courses, stopped by the cut; the others use up their vouchers
MODES, MODE_SHARE = ("face", "video", "phone"), (0.70, 0.18, 0.12)
ENDS = ("completed", "dropout", "declined", "suspended")
FOLLOW_UP_D, REACHED, STILL_CONNECTED = 90, 0.58, 0.85  # three months after a completed course
NONE = -1
NOTHING = np.datetime64("NaT", "D")


def generate(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Cases, sessions and measures month of referral by month of referral."""
    for month in months(FIRST_MONTH, city.as_of):
        cases = _refer(city, month)
        if len(cases["case_id"]):
            sessions = _course(city, month, cases)
            yield "counselling_case", _case_rows(city, cases)
            yield "counselling_session", sessions
            yield "outcome_measure", scores.rows(city, month, cases)
            yield "follow_up", _follow_ups(city, month, cases)


def _refer(city: City, month: int) -> dict[str, np.ndarray]:
    """Who is referred in a month, when, and the day of the first appointment."""
    rng = city.rng("cases", month)
    parts = []
    for first, last, kind, everywhere, monthly in VOLUMES:
        if first <= month <= last:
            n = int(rng.poisson(monthly * city.scale))
            home = pick(rng, city.living_alone, n) if everywhere else np.full(n, city.codes.index(STILL_OPEN))
            parts.append((np.full(n, kind), home))
    programme = np.concatenate([p for p, _ in parts])
    home = np.concatenate([h for _, h in parts])
    n = len(programme)
    start, after = month_span(month)
    referred = on_weekday(start + rng.integers(0, int((after - start).astype(int)) - 2, n))
    wait = np.exp(rng.normal(np.log(WAIT_MEDIAN_D), WAIT_LOG_SD, n)).astype(int) + 1
    keep = referred <= city.today
    number = np.arange(n)
    case = np.array([f"C{month}-{i:06d}" for i in number], dtype=object)
    # A few come back after a course 18 months before; everyone else is new.
    earlier = (month // 100 * 12 + month % 100 - 1) - 18
    old = earlier // 12 * 100 + earlier % 12 + 1
    back = (rng.random(n) < RETURNING) & (number < 0.8 * 350 * city.scale) & (old >= 202407) & (old < 202508)
    person = np.array(
        [f"m{old if b else month}-{i:06d}" for b, i in zip(back, number, strict=True)], dtype=object
    )
    found = {
        "case_id": case,
        "person_id": person,
        "programme": programme,
        "home": home,
        "age": pick(rng, AGE_SHARE, n),
        "male": (rng.random(n) >= FEMALE).astype(int),
        "provider": rng.integers(1, 5, n),
        "referred": referred,
        "appointment": on_weekday(referred + wait),
        "declines": rng.random(n) < NEVER_START,
        "cut": rng.random(n) < SUSPENDED_SHARE,
    }
    return {name: values[keep] for name, values in found.items()}


def _course(city: City, month: int, cases: dict[str, np.ndarray]) -> pd.DataFrame:
    """Walk every course through its weekly appointments; fills in first, last, ended, reason, attended."""
    rng = city.rng("sessions", month)
    n = len(cases["case_id"])
    exposed = (cases["programme"] == 0) & (cases["home"] != city.codes.index(STILL_OPEN))
    first, last, ended = (np.full(n, NOTHING) for _ in range(3))
    reason, attended = np.full(n, NONE), np.zeros(n, dtype=int)
    next_on = cases["appointment"].copy()
    mode = pick(rng, MODE_SHARE, n)
    _before_first(cases, exposed, next_on, ended, reason, rng)
    found: list[pd.DataFrame] = []
    for slot in range(1, SLOTS + 1):
        chance, leave, gap = rng.random(n), rng.random(n), rng.integers(0, 3, n)
        drawn, switched = pick(rng, STATUS_SHARE, n), rng.random(n) < 0.08
        active = (reason == NONE) & (next_on <= city.today)
        if not active.any():
            break
        stopped = active & exposed & cases["cut"] & (next_on >= CUT_ON)
        status = np.where(stopped, 3, drawn)
        came = active & (status == 0)
        attended += came
        first = np.where(came & np.isnat(first), next_on, first)
        last = np.where(came, next_on, last)
        how = np.where(switched, (mode + 1) % 3, mode)
        found.append(_session_rows(cases, active, slot, next_on, status, how))
        drops = np.where(attended <= 3, DROP_EARLY, DROP_LATE)
        drops = active & (np.where(came, drops, np.where(status == 1, DROP_AFTER_DNA, 0)) > leave)
        done = came & ((attended >= PLANNED) | ((attended >= 4) & (chance < EARLY_END)))
        for hit, code, on in (
            (stopped, 3, next_on),
            (done, 0, next_on),
            (drops, np.where(attended > 0, 1, 2), next_on + 21),
        ):
            hit = hit & (reason == NONE)
            ended, reason = np.where(hit, on, ended), np.where(hit, code, reason)
        next_on = np.where(active, on_weekday(next_on + 7 + gap), next_on)
    run_out = (reason == NONE) & (next_on <= city.today)  # every slot used
    ended, reason = np.where(run_out, next_on, ended), np.where(run_out, 1, reason)
    later = ended > city.today  # not known yet
    ended, reason = np.where(later, NOTHING, ended), np.where(later, NONE, reason)
    cases |= {"first": first, "last": last, "attended": attended, "ended": ended, "reason": reason}
    return (
        pd.concat(found, ignore_index=True)
        if found
        else _session_rows(cases, reason == 99, 0, next_on, reason, mode)
    )


def _before_first(
    cases: dict[str, np.ndarray],
    exposed: np.ndarray,
    next_on: np.ndarray,
    ended: np.ndarray,
    reason: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Ends that come before any session: declined, or waiting when the programme stopped (changed in place)."""
    n = len(ended)
    declined = cases["declines"]
    ended[declined] = (cases["referred"] + rng.integers(7, 40, n))[declined]
    reason[declined] = 2
    waiting = ~declined & exposed & (next_on >= CUT_ON) & (rng.random(n) < 0.8)
    ended[waiting] = (CUT_ON + rng.integers(0, 14, n))[waiting]
    reason[waiting] = 3


def _session_rows(
    cases: dict[str, np.ndarray],
    active: np.ndarray,
    slot: int,
    on: np.ndarray,
    status: np.ndarray,
    mode: np.ndarray,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "session_id": [f"{case}-{slot:02d}" for case in cases["case_id"][active]],
            "case_id": cases["case_id"][active],
            "scheduled_on": dates(on[active]),
            "status": coded(status[active], STATUSES),
            "mode": coded(mode[active], MODES),
            "counsellor_type": coded(
                (cases["programme"][active] == PEER).astype(int), ("professional", "peer")
            ),
        }
    )


def _case_rows(city: City, cases: dict[str, np.ndarray]) -> pd.DataFrame:
    codes = np.array(city.codes, dtype=object)[cases["home"]]
    return pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "person_id": cases["person_id"],
            "programme_id": coded(cases["programme"], PROGRAMMES),
            "district_code": codes,
            "age_band": coded(cases["age"], AGES),
            "sex": coded(cases["male"], SEXES),
            "provider_id": [f"P{code}-{k}" for code, k in zip(codes, cases["provider"], strict=True)],
            "referred_on": dates(cases["referred"]),
            "first_session_on": dates(cases["first"]),
            "ended_on": dates(cases["ended"]),
            "end_reason": coded(cases["reason"], ENDS),
            "planned_sessions": whole(np.full(len(codes), PLANNED)),
        }
    )


def _follow_ups(city: City, month: int, cases: dict[str, np.ndarray]) -> pd.DataFrame:
    """One contact three months after every course of at least two sessions, as far as known at `as_of`."""
    rng = city.rng("course-follow-up", month)
    n = len(cases["case_id"])
    scheduled = on_weekday(cases["ended"] + FOLLOW_UP_D)
    reached, late, well = rng.random(n) < REACHED, rng.integers(0, 15, n), rng.random(n) < STILL_CONNECTED
    due = ~np.isnat(scheduled) & (cases["attended"] >= 2) & (scheduled <= city.today)
    seen = reached & (scheduled + late <= city.today)
    result = np.where(seen, np.where(well, 0, 1), 2)
    return pd.DataFrame(
        {
            "person_id": cases["person_id"][due],
            "district_code": np.array(city.codes, dtype=object)[cases["home"][due]],
            "scheduled_on": dates(scheduled[due]),
            "achieved_on": dates(np.where(seen, scheduled + late, NOTHING)[due]),
            "result": coded(result[due], ("connected", "reisolated", "not_reached")),
        }
    )
