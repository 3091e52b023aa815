"""Prints docs/studies/outturn.md: whether the outturn's intervals hold where a programme was stopped in the year.

.venv/bin/python -m tools.outturn_study --write
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.outturn import NOTHING_MORE, forecast_year
from tools import study

NAME = "outturn"
# Months' shares of a year with a fifth in December, as Korean budgets have it (statistics.md C).
PROFILE = np.array([0.03, 0.05, 0.08, 0.07, 0.07, 0.10, 0.07, 0.07, 0.08, 0.07, 0.09, 0.22])
YEARS, PROGRAMMES, STOPPED = range(2020, 2026), 8, "p0"
MONTHS = (3, 6, 9)
SIZES = {"a twentieth": 0.05, "a quarter": 0.25}  # of the year's budget
ENDS = ("nothing more", "any part of the rest", "either")
HELD = (0.90, 0.98)


def books(rng: np.random.Generator, *, size: float, month: int, end: str) -> pd.DataFrame:
    """Ledger months of eight programmes in six years, the first of which stops in `month` of the last year.

    Args:
        size: the stopped programme's part of the budget.
        end: one of `ENDS`: what is still paid after the stop, in December.
    """
    rows = []
    for year in YEARS:
        common = rng.standard_normal()
        for k in range(PROGRAMMES):
            share = size if k == 0 else (1 - size) / (PROGRAMMES - 1)
            budget = np.full(12, 1e11 * share)
            budget[5:] *= 1 + (rng.random() < 0.3) * rng.uniform(
                -0.03, 0.10
            )  # a supplementary budget in June
            shock = np.sqrt(0.5) * common + np.sqrt(0.5) * rng.standard_normal()
            rate = 1 / (1 + np.exp(-(1.85 + 0.28 * shock)))
            spent = rate * budget[-1] * np.cumsum(rng.dirichlet(60 * PROFILE))
            if k == 0 and year == YEARS[-1]:
                budget[:] = budget[month - 1]
                spent[month:] = spent[month - 1]
                still = end == "any part of the rest" or (end == "either" and rng.random() < 0.5)
                spent[11] += still * rng.random() * (budget[11] - spent[month - 1])
            rows += [(year, f"p{k}", "operating", m + 1, spent[m], budget[m], 0.0) for m in range(12)]
    names = ["fiscal_year", "programme_id", "line_type", "month", "spent", "budget", "carry_out"]
    return pd.DataFrame(rows, columns=names)


def run(replications: int, seed: int, sizes: dict[str, float] = SIZES, draws: int = 1500) -> pd.DataFrame:
    """One row a simulated year-end: what was told, and whether the total's and the programme's 95 % limits held."""
    year, found = YEARS[-1], []
    for end in ENDS:
        for words, size in sizes.items():
            for number, rng in enumerate(study.generators(seed, replications)):
                month = MONTHS[number % len(MONTHS)]
                ledger = books(rng, size=size, month=month, end=end)
                ends = ledger[(ledger["fiscal_year"] == year) & (ledger["month"] == 12)].set_index(
                    "programme_id"
                )["spent"]
                told = forecast_year(
                    ledger,
                    year=year,
                    month=month,
                    seed=number,
                    draws=draws,
                    stopped={STOPPED: 100 * year + month},
                )
                own = told.programmes.set_index("programme_id").loc[STOPPED]
                found.append(
                    {
                        "end": end,
                        "size": words,
                        "month": month,
                        "total": told.total["low_95"] - 1 <= ends.sum() <= told.total["high_95"] + 1,
                        "own": own["low_95"] - 1 <= ends[STOPPED] <= own["high_95"] + 1,
                        "width": (told.total["high_95"] - told.total["low_95"]) / told.total["budget"],
                        "over": told.total["rate_high_95"],
                    }
                )
    return pd.DataFrame(found)


def text(replications: int, seed: int) -> str:
    """The whole page."""
    found = run(replications, seed)
    groups = found.groupby(["end", "size"], sort=False)
    rows = [
        (
            f"{end}; {size} of the budget",
            len(sets),
            f"{100 * sets['total'].mean():.1f}",
            f"{100 * sets['own'].mean():.1f}",
            f"{100 * sets['width'].mean():.1f}",
        )
        for (end, size), sets in groups
    ]
    each = groups["total"].mean()
    good = HELD[0] <= each.min() and each.max() <= HELD[1]
    return (
        "\n".join(
            [
                "# Year-ends with a stopped programme",
                "",
                f"Printed by `python -m tools.outturn_study --replications {replications} --seed {seed}`.",
                "",
                f"{replications} simulated year-ends a row: eight programmes over six years, final rates logit-normal with a correlation of .5",
                "within a year, a fifth of spending in December, supplementary budgets in June. One programme is stopped in March, June or",
                "September of the last year; the forecast is made in that month and knows it. Synthetic throughout.",
                "",
                *study.table(
                    (
                        "still paid after the stop; size",
                        "year-ends",
                        "total's 95 % holds, %",
                        "own 95 % holds, %",
                        "width of the total's, % of budget",
                    ),
                    rows,
                ),
                "",
                f"- Asked: the total's interval holds in 90 to 98 %. The rows lie between {100 * each.min():.1f} and {100 * each.max():.1f} %:"
                f" {study.kept(good)}.",
                f"- A stopped programme ends with a chance of {NOTHING_MORE:g} at exactly what is paid, else anywhere up to its budget. The chance is",
                "  assumed: with one half, either tail that is left out has 5 % where one of the two is sure to come. Nothing is refunded here.",
                f"- The part of the year-end budget that is spent never exceeds {100 * found['over'].max():.1f} %.",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=300, seed=12)
