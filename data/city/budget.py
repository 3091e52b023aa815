"""The plan's money: baseline versions that sum to 451.3 billion won, and a ledger whose movements balance to the won."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.city.base import City

PLAN_TOTAL_KRW = 451_300_000_000  # published (F050); every split of it below is ours and illustrative
PROGRAMME_SHARES = {
    "hotline": 0.085, "ddokddok_24": 0.04, "mind_counselling": 0.10, "counselling_voucher": 0.09, "peer_counselling": 0.025,
    "challenge_365": 0.05, "isolation_prevention_center": 0.11, "crisis_detection": 0.03, "delivery_app_check": 0.01,
    "local_bodies": 0.06, "youth_stretch_center": 0.11, "smart_check_in": 0.05, "connection_prescription": 0.055,
    "outing_prescription": 0.03, "contact_incentive": 0.025, "mind_store": 0.09, "itda_place": 0.015,
    "silver_car_rental": 0.01, "middle_aged_channel": 0.015,
}  # fmt: skip
YEAR_SHARES = {2025: 0.15, 2026: 0.19, 2027: 0.21, 2028: 0.22, 2029: 0.23}
MONTH_SHARES = np.array([0.03, 0.05, 0.08, 0.07, 0.07, 0.10, 0.07, 0.07, 0.08, 0.07, 0.09, 0.22])
TRUTH: dict[str, Any] = {
    "final_rate_logit": (1.85, 0.28), "month_shares": MONTH_SHARES.tolist(), "month_concentration": 60,
    "carry_over_share_of_unspent": 0.45, "committed_ahead": 0.05, "final_of_disbursed": 0.93,
    "predecessor_years": (2022, 2023, 2024), "entries_per_month": 4,
}  # fmt: skip
# Where money goes to executing bodies first, 실집행 follows a month behind the disbursement.
_TRANSFER = {"mind_counselling", "counselling_voucher", "mind_store", "isolation_prevention_center", "local_bodies",
             "youth_stretch_center", "connection_prescription"}  # fmt: skip
_MILLION = 1_000_000


def rows(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Baseline, then the ledger year by year, then outputs."""
    yield "baseline", _baseline()
    number = 0
    for year in range(2022, city.as_of.year + 1):
        frame = _ledger_year(city, year)
        frame.insert(0, "entry_id", [f"L{year}-{k:07d}" for k in range(number, number + len(frame))])
        number += len(frame)
        yield "ledger_entry", frame
    yield "output_target", _outputs(city)


def planned(version: int = 1) -> dict[tuple[str, int], int]:
    """Planned won by programme and year; version 2 moves the suspended voucher's later money to two programmes."""
    shares = np.array(list(PROGRAMME_SHARES.values()))
    found: dict[tuple[str, int], int] = {}
    for year, share in YEAR_SHARES.items():
        total = round(PLAN_TOTAL_KRW * share)
        raw = shares / shares.sum() * total
        amounts = (raw // _MILLION * _MILLION).astype(np.int64)
        amounts[-1] += (
            total - amounts.sum()
        )  # the last programme takes the remainder, so that years sum exactly
        found |= {(p, year): int(a) for p, a in zip(PROGRAMME_SHARES, amounts, strict=True)}
    if version == 2:
        for year in (2026, 2027, 2028, 2029):
            moved = found[("mind_counselling", year)] * 4 // 10
            found[("mind_counselling", year)] -= moved
            found[("isolation_prevention_center", year)] += moved // 2
            found[("peer_counselling", year)] += moved - moved // 2
    return found


def _baseline() -> pd.DataFrame:
    notes = {
        1: ("계획 수립", "연도·사업별 배분은 공표되지 않아 예시로 나눔", date(2024, 10, 21)),
        2: ("예산담당관", "심리상담 바우처 국비 감액(2025년 8월) 반영", date(2025, 10, 1)),
    }
    out = []
    for version, (author, reason, day) in notes.items():
        for (programme, year), amount in planned(version).items():
            out.append((programme, year, version, amount, "illustrative", author, reason, day))
    columns = [
        "programme_id",
        "fiscal_year",
        "version",
        "planned_krw",
        "split",
        "author",
        "reason",
        "decided_on",
    ]
    return pd.DataFrame(out, columns=columns)


def _appropriations(city: City, year: int) -> dict[str, int]:
    if year >= 2025:
        version = 1 if year == 2025 else 2
        return {p: a for (p, y), a in planned(version).items() if y == year}
    growth = {2022: 0.25, 2023: 0.8, 2024: 1.0}[year]
    return {"isolation_prevention_center": round(6_200 * growth) * _MILLION}


def _ledger_year(city: City, year: int) -> pd.DataFrame:
    entries: list[tuple[Any, ...]] = []
    money = _appropriations(city, year)
    if year == 2025:
        # Both sides of one transfer: the voucher's idle money goes to the centre and the peers.
        moved = money["mind_counselling"] * 22 // 100 // _MILLION * _MILLION
        for programme, kind, amount in (
            ("mind_counselling", "transfer_out", moved), ("isolation_prevention_center", "transfer_in", moved // 2),
            ("peer_counselling", "transfer_in", moved - moved // 2),
        ):  # fmt: skip
            entries.append(
                (
                    date(2025, 9, 15),
                    programme,
                    None,
                    kind,
                    amount,
                    "city",
                    "operating",
                    "예산과",
                    "전용-2025-09",
                )
            )
    for programme, amount in money.items():
        entries += _programme_year(city, programme, year, amount, entries)
    columns = ["booked_on", "programme_id", "district_code", "kind", "amount_krw", "funding", "line_type", "counterpart",
               "document_no"]  # fmt: skip
    frame = pd.DataFrame(entries, columns=columns)
    frame = (
        frame[frame["booked_on"] <= city.as_of]
        .sort_values(["booked_on", "programme_id", "kind"])
        .reset_index(drop=True)
    )
    return frame.assign(fiscal_year=year, month_key=[d.year * 100 + d.month for d in frame["booked_on"]])


def final_rate(city: City, programme: str, year: int) -> float:
    """The year's true execution rate, logistic-normal as in part C; the suspended voucher spends less."""
    mean, sd = TRUTH["final_rate_logit"]
    draw = city.rng(f"final-rate-{programme}-{year}").normal(mean, sd)
    rate = 1 / (1 + np.exp(-draw))
    return float(rate * (0.72 if programme == "mind_counselling" and year >= 2025 else 1.0))


def carried(city: City, programme: str, year: int) -> int:
    """What a programme carries out of a year (0 when it had no money): next year's carry-in by construction."""
    money = _appropriations(city, year).get(programme, 0) if year >= 2022 else 0
    unspent = money - round(money * final_rate(city, programme, year)) if money else 0
    return int(unspent * TRUTH["carry_over_share_of_unspent"]) // _MILLION * _MILLION


def _programme_year(
    city: City, programme: str, year: int, amount: int, moves: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """One programme's year: appropriation, carry-in, supplementary, then twelve months of spending."""
    rng = city.rng(f"ledger-{programme}-{year}")
    line = "transfer" if programme in _TRANSFER else "operating"
    supplementary = amount * 4 // 100 // _MILLION * _MILLION if rng.random() < 0.35 and year >= 2025 else 0
    base = amount - supplementary
    out: list[tuple[Any, ...]] = [
        (
            date(year, 1, 2),
            programme,
            None,
            "appropriation_original",
            base,
            "city",
            line,
            None,
            f"본예산-{year}",
        )
    ]
    if supplementary:
        out.append(
            (
                date(year, 6, 20),
                programme,
                None,
                "appropriation_supplementary",
                supplementary,
                "city",
                line,
                None,
                f"추경-{year}",
            )
        )
    brought = carried(city, programme, year - 1)
    if brought:
        out.append(
            (
                date(year, 1, 2),
                programme,
                None,
                "carry_in_accident",
                brought,
                "city",
                line,
                None,
                f"사고이월-{year - 1}",
            )
        )
    moved = sum(a if kind == "transfer_in" else -a for _, p, _, kind, a, *_ in moves if p == programme)
    spendable = amount + brought + moved
    spend = min(round(amount * final_rate(city, programme, year)) + brought, spendable)
    shares = rng.dirichlet(TRUTH["month_concentration"] * MONTH_SHARES)
    monthly = (spend * shares).astype(np.int64)
    monthly[-1] += spend - monthly.sum()
    districts = city.codes if programme in _TRANSFER else np.array([None], dtype=object)
    committed = 0
    for month in range(1, 13):
        parts = _split(rng, int(monthly[month - 1]), TRUTH["entries_per_month"] * city.scale)
        ahead = min(int(monthly[:month].sum() * (1 + TRUTH["committed_ahead"])), spendable) - committed
        committed += max(ahead, 0)
        if ahead > 0:
            out.append(
                (
                    date(year, month, 3),
                    programme,
                    None,
                    "commitment",
                    ahead,
                    "city",
                    line,
                    None,
                    f"원인-{year}-{month:02d}",
                )
            )
        for part in parts:
            where = rng.choice(districts)
            day = date(year, month, int(rng.integers(4, 28)))
            funding = "national" if programme == "mind_counselling" and rng.random() < 0.5 else "city"
            out.append(
                (
                    day,
                    programme,
                    where,
                    "expenditure",
                    part,
                    funding,
                    line,
                    "집행처",
                    f"지출-{year}-{month:02d}",
                )
            )
            if programme in _TRANSFER:
                out.append(
                    (
                        day,
                        programme,
                        where,
                        "disbursement",
                        part,
                        funding,
                        line,
                        "자치구·수탁기관",
                        f"교부-{year}-{month:02d}",
                    )
                )
                final, later = int(part * TRUTH["final_of_disbursed"]), min(month + 1, 12)
                out.append(
                    (
                        date(year, later, 28),
                        programme,
                        where,
                        "final_expenditure",
                        final,
                        funding,
                        line,
                        "수탁기관",
                        None,
                    )
                )
            else:
                out.append((day, programme, where, "final_expenditure", part, funding, line, "집행처", None))
    left = carried(city, programme, year)
    if left:
        out.append(
            (
                date(year, 12, 31),
                programme,
                None,
                "carry_out_accident",
                left,
                "city",
                line,
                None,
                f"사고이월-{year}",
            )
        )
    return out


def _split(rng: np.random.Generator, total: int, n: int) -> list[int]:
    """A month's money in n documents, to the won."""
    if total <= 0:
        return []
    parts = (rng.dirichlet(np.full(n, 4.0)) * total).astype(np.int64)
    parts[-1] += total - parts.sum()
    return [int(p) for p in parts if p > 0]


def _outputs(city: City) -> pd.DataFrame:
    """Verified outputs of programmes that have physical ones."""
    rng = city.rng("outputs")
    wanted = {"mind_store": ("방문", 60_000), "counselling_voucher": ("완료 과정", 4_000), "connection_prescription": ("참여", 8_000),
              "isolation_prevention_center": ("발굴 가구", 4_500), "youth_stretch_center": ("지원 청년", 1_700)}  # fmt: skip
    out = []
    for year in (2025, 2026):
        for programme, (name, goal) in wanted.items():
            done = (
                int(goal * rng.uniform(0.7, 1.15))
                if year < city.as_of.year
                else int(goal * rng.uniform(0.6, 0.95))
            )
            checked = date(year, 12, 31) if year < city.as_of.year else city.as_of
            out.append((programme, year, name, goal, done, checked))
    return pd.DataFrame(
        out, columns=["programme_id", "fiscal_year", "output", "planned", "delivered", "verified_on"]
    )
