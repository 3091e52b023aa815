"""Money by year and line: the baseline of 451.3 billion won, and what each budget line receives and spends.

Only the total is published (F050); its illustrative split is reference (`data.plan.split`), for fiscal years 2025 to
2029. Version 2, made here, moves the suspended counselling programme's later years elsewhere.
Final rates and months follow statistics.md Part C: logistic N(1.85, .28) and Dirichlet(60 x profile).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from data import plan
from data.demo.city import City, spread

PLAN_YEARS = (2025, 2026, 2027, 2028, 2029)
VERSION, DECIDED = 2, date(2025, 11, 14)
REASON = (
    "국비 감액으로 중단된 심리상담의 2026년 이후 재원을 옮김 / Money of the suspended counselling "
    "programme moved after the subsidy cut"
)
MOVED_TO = (
    ("counselling_voucher", 0.45),
    ("mind_store", 0.25),
    ("hotline", 0.20),
    ("connection_prescription", 0.10),
)
SUSPENDED = "mind_counselling"
FIRST_YEAR = 2020
# Programmes with predecessors, from which year, and their size against the 2025 baseline.
BEFORE = {
    "isolation_prevention_center": 2023,
    "care_corps": 2020,
    "smart_check_in": 2020,
    "crisis_detection": 2020,
    "youth_stretch_center": 2020,
    "ddokddok_24": 2023,
    "mind_counselling": 2024,
}
BEFORE_LEVEL = {2020: 0.35, 2021: 0.40, 2022: 0.45, 2023: 0.55, 2024: 0.70}
FINAL_MEAN, FINAL_SD, CONCENTRATION = 1.85, 0.28, 60.0
PROFILE = np.array([0.03, 0.05, 0.08, 0.07, 0.07, 0.10, 0.07, 0.07, 0.08, 0.07, 0.09, 0.22])
STOP_MONTH = (2025, 7)  # last month in which the suspended programme spends
CITY_RUN = (("personnel", "city", 0.45), ("operating", "city", 0.55))
ENTRUSTED = (("operating", "city", 0.25), ("transfer", "city", 0.75))
SHARED = (("transfer", "city", 0.70), ("transfer", "district", 0.30))
# programme -> its lines
PROGRAMMES: dict[str, tuple[tuple[str, str, float], ...]] = {
    "ddokddok_24": (("operating", "city", 1.0),),
    "hotline": CITY_RUN,
    "mind_counselling": (
        ("transfer", "national", 0.50),
        ("transfer", "city", 0.35),
        ("transfer", "district", 0.15),
    ),
    "counselling_voucher": (("transfer", "national", 0.50), ("transfer", "city", 0.50)),
    "peer_counselling": ENTRUSTED,
    "challenge_365": (("operating", "city", 1.0),),
    "isolation_prevention_center": (*CITY_RUN[:1], ("operating", "city", 0.25), ("transfer", "city", 0.30)),
    "crisis_detection": ENTRUSTED,
    "delivery_app_check": (("operating", "city", 1.0),),
    "local_bodies": SHARED,
    "youth_stretch_center": ENTRUSTED,
    "smart_check_in": ENTRUSTED,
    "care_corps": SHARED,
    "connection_prescription": ENTRUSTED,
    "outing_prescription": (("operating", "city", 1.0),),
    "contact_incentive": ENTRUSTED,
    "mind_store": (("transfer", "city", 0.60), ("facility", "city", 0.30), ("operating", "city", 0.10)),
    "itda_place": (("facility", "city", 0.80), ("operating", "city", 0.20)),
    "silver_car_rental": (("operating", "city", 1.0),),
    "middle_aged_channel": (("operating", "city", 1.0),),
}


@dataclass
class Line:
    """One budget line of one year, in won. Movements are (day, kind, signed effect on the budget, counterpart, document)."""

    programme: str
    line_type: str
    funding: str
    original: int
    moves: list[tuple[date, str, int, str | None, str]] = field(default_factory=list)
    carried_in: dict[str, int] = field(default_factory=dict)
    monthly: np.ndarray = field(default_factory=lambda: np.zeros(12, dtype=np.int64))
    carried_out: dict[str, int] = field(default_factory=dict)
    final_rate: float = 0.0

    @property
    def current(self) -> int:
        """예산현액: everything that may be spent this year."""
        return self.original + sum(move[2] for move in self.moves) + sum(self.carried_in.values())


def versions() -> dict[int, pd.DataFrame]:
    """Planned won by programme (rows) and plan year (columns), per version; each sums to the plan's total exactly."""
    split = plan.split()
    first = split.pivot(index="programme_id", columns="fiscal_year", values="planned_krw").loc[
        list(PROGRAMMES)
    ]
    second = first.copy()
    for year in PLAN_YEARS[1:]:
        freed = int(first.at[SUSPENDED, year])
        second.at[SUSPENDED, year] = 0
        parts = spread(freed // 1000, np.array([share for _, share in MOVED_TO])) * 1000
        for (programme, _), part in zip(MOVED_TO, parts, strict=True):
            second.at[programme, year] += int(part)
    return {1: first, VERSION: second}


def baseline(city: City) -> pd.DataFrame:
    """Columns of `baseline`: the version after the reference's own, where decided by `as_of`."""
    long = versions()[VERSION].reset_index().melt("programme_id", value_name="planned_krw")
    long = long.astype({"fiscal_year": int}).assign(
        version=VERSION, split="illustrative", author=plan.OFFICE, reason=REASON, decided_on=DECIDED
    )
    return long if city.as_of >= DECIDED else long.iloc[:0]


def years(city: City) -> dict[int, list[Line]]:
    """Every line of every year from 2020 to `as_of`'s year, with movements, spending and what is carried over."""
    found: dict[int, list[Line]] = {}
    carried: dict[tuple[str, str, str], dict[str, int]] = {}
    for year in range(FIRST_YEAR, city.as_of.year + 1):
        rng = city.rng("budget", year)
        lines = _opened(year, rng)
        for line in lines:
            line.carried_in = carried.pop((line.programme, line.line_type, line.funding), {})
        _moves(year, lines, rng)
        for line in lines:
            _spend(year, line, rng)
        carried = {(line.programme, line.line_type, line.funding): line.carried_out for line in lines}
        found[year] = lines
    return found


def _opened(year: int, rng: np.random.Generator) -> list[Line]:
    """Lines with their original appropriation: near the plan, in thousands of won."""
    planned = versions()[1 if year <= 2025 else VERSION]
    lines = []
    for programme, parts in PROGRAMMES.items():
        if year >= PLAN_YEARS[0]:
            level = int(planned.at[programme, min(year, PLAN_YEARS[-1])])
        else:
            level = (
                int(planned.at[programme, 2025] * BEFORE_LEVEL[year])
                if BEFORE.get(programme, 9999) <= year
                else 0
            )
        for line_type, funding, share in parts:
            original = int(level * share * rng.uniform(0.97, 1.03)) // 1000 * 1000
            if original:
                lines.append(Line(programme, line_type, funding, original))
    return lines


def _moves(year: int, lines: list[Line], rng: np.random.Generator) -> None:
    """Supplementary budget, reserve and transfers between lines (in place)."""
    for line in lines:
        if rng.random() < 0.3 and line.programme != SUSPENDED:
            amount = int(line.original * rng.uniform(-0.03, 0.10)) // 1000 * 1000
            line.moves.append(
                (date(year, 6, 20), "appropriation_supplementary", amount, None, f"{year}-추경1")
            )
    if year == 2025:
        _moves_of_2025(lines)
    local = [line for line in lines if line.funding == "city" and line.programme != SUSPENDED]
    for number in range(8):
        a, b = rng.choice(len(local), 2, replace=False)
        amount = int(local[a].original * rng.uniform(0.02, 0.06)) // 1000 * 1000
        _transfer(
            local[a],
            local[b],
            amount,
            date(year, int(rng.integers(4, 10)), int(rng.integers(1, 28))),
            f"{year}-전용{number + 1}",
        )


def _moves_of_2025(lines: list[Line]) -> None:
    """More for the hotline, less from the nation for counselling, and what the city then moves elsewhere."""
    by_name = {(line.programme, line.line_type, line.funding): line for line in lines}
    talk, pay = by_name["hotline", "operating", "city"], by_name["hotline", "personnel", "city"]
    for line in (talk, pay):  # the target was passed in six weeks
        line.moves.append(
            (
                date(2025, 6, 20),
                "appropriation_supplementary",
                line.original // 4000 * 1000,
                None,
                "2025-추경1",
            )
        )
    talk.moves.append((date(2025, 5, 20), "reserve", 400_000_000, None, "2025-예비비1"))
    national = by_name[SUSPENDED, "transfer", "national"]
    cut = -(int(national.original * 0.40) // 1000 * 1000)
    national.moves.append((date(2025, 8, 1), "appropriation_supplementary", cut, "국비 감액", "2025-감액1"))
    source = by_name[SUSPENDED, "transfer", "city"]
    amount = int(source.original * 0.12) // 1000 * 1000
    for number, name in enumerate(
        (
            ("hotline", "operating", "city"),
            ("connection_prescription", "transfer", "city"),
            ("mind_store", "transfer", "city"),
        )
    ):
        _transfer(source, by_name[name], amount, date(2025, 9, 15), f"2025-전용S{number + 1}")


def _transfer(source: Line, target: Line, amount: int, on: date, document: str) -> None:
    """Two sides of one movement: same day, amount and document."""
    source.moves.append((on, "transfer_out", -amount, target.programme, document))
    target.moves.append((on, "transfer_in", amount, source.programme, document))


def _spend(year: int, line: Line, rng: np.random.Generator) -> None:
    """Monthly expenditure, and what goes into the next year (in place)."""
    line.final_rate = float(1 / (1 + np.exp(-rng.normal(FINAL_MEAN, FINAL_SD))))
    months = rng.dirichlet(CONCENTRATION * PROFILE)
    split = rng.dirichlet((2.0, 2.0))
    goal = int(line.current * line.final_rate) // 1000
    if line.programme == SUSPENDED and year == STOP_MONTH[0]:
        months[STOP_MONTH[1] :] = 0
        goal = int(line.original * line.final_rate * months.sum()) // 1000
    line.monthly = spread(goal, months) * 1000
    left = line.current - int(line.monthly.sum())
    if line.programme == SUSPENDED or left <= 0:
        return
    if line.line_type == "facility":
        line.carried_out = {"continuing": int(left * 0.7) // 1000 * 1000}
    elif line.line_type != "personnel":
        parts = split * left * 0.35
        line.carried_out = {
            "approved": int(parts[0]) // 1000 * 1000,
            "accident": int(parts[1]) // 1000 * 1000,
        }
