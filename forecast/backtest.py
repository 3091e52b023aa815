"""The outturn's own past errors: every closed year forecast anew from each month, with what was known then."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from forecast.outturn import LEVELS, LINES, NONE_STOPPED, RANGES, intervals, line_draws
from guards import number, numbers, table, takes

FIRST_MONTH = 1
LEAST_PAST_YEARS = 2


@takes(lines=LINES, before=number(whole=True), draws=number(low=1, whole=True))
def backtest(
    lines: pd.DataFrame,
    *,
    before: int,
    seed: int,
    draws: int = 4000,
    stopped: Mapping[str, int] = NONE_STOPPED,
) -> pd.DataFrame:
    """Forecast every closed year at the end of each month from the years before it.

    Args:
        lines: as `forecast.outturn.reference`; `before` is the first year that is not closed; `stopped` as
            `forecast.outturn.line_draws`, so that an origin knows of earlier stops only.

    Returns: one row per year, origin month and line that had a budget then, and one of method `total` (programme_id
        and line_type empty) for all lines together: fiscal_year, month, programme_id, line_type, method, budget
        (final, won), actual, straight (spent so far × 12 ÷ month), naive (the same, at most the budget known then),
        estimate and the limits of its intervals. Lines of a method in `forecast.outturn.RANGES` were given a range.
    """
    years = sorted(int(year) for year in lines["fiscal_year"].unique() if year < before)
    found = [
        _origin(lines, year=year, month=month, seed=seed, draws=draws, stopped=stopped)
        for year in years[LEAST_PAST_YEARS:]
        for month in range(FIRST_MONTH, 12)
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _origin(
    lines: pd.DataFrame, *, year: int, month: int, seed: int, draws: int, stopped: Mapping[str, int]
) -> pd.DataFrame:
    """One year as it was forecast at the end of one month."""
    key = ["programme_id", "line_type"]
    own = lines[lines["fiscal_year"] == year]
    known = own[own["month"] == month].set_index(key)
    ends = own[own["month"] == 12].set_index(key)
    rng = np.random.default_rng((seed, year, month))
    drawn = line_draws(lines, year=year, month=month, draws=draws, rng=rng, stopped=stopped)
    rows = []
    for line, (method, draw) in drawn.items():
        straight = float(known.at[line, "spent"]) * 12 / month
        rows.append(
            {
                "fiscal_year": year,
                "month": month,
                "programme_id": line[0],
                "line_type": line[1],
                "method": method,
                "budget": int(ends.at[line, "budget"]),
                "actual": int(ends.at[line, "spent"]),
                "straight": straight,
                "naive": min(straight, float(known.at[line, "budget"])),
                **intervals(draw[:, 0]),
            }
        )
    if not rows:
        return pd.DataFrame()
    whole = pd.DataFrame(rows)[["budget", "actual", "straight", "naive"]].sum()
    together = np.sum([draw[:, 0] for _, draw in drawn.values()], axis=0)
    rows.append(
        {
            "fiscal_year": year,
            "month": month,
            "programme_id": "",
            "line_type": "",
            "method": "total",
            **whole.to_dict(),
            **intervals(together),
        }
    )
    return pd.DataFrame(rows)


@takes(tested=table("actual"), level=number(above=0, below=100))
def inside(tested: pd.DataFrame, level: int) -> pd.Series:
    """Whether each outcome lay within its interval of a level, in whole won."""
    return tested["actual"].between(tested[f"low_{level}"].round(), tested[f"high_{level}"].round())


@takes(tested=table("method"))
def told(tested: pd.DataFrame) -> pd.DataFrame:
    """The lines that were given an interval: neither a range nor the total."""
    return tested[~tested["method"].isin([*RANGES, "total"])]


def scores(tested: pd.DataFrame) -> pd.DataFrame:
    """Coverage and error by origin month, of the lines that were given an interval.

    Returns: month, n (line-years), cover_50, cover_80, cover_95 (percent), error and naive_error (root mean square
        of the error in percent of the final budget). The last row, month 0, is of all origins together: its n counts
        line-years, since the origins of one line-year share its end.
    """
    columns = ["month", "n", *(f"cover_{level}" for level in LEVELS), "error", "naive_error"]
    if tested.empty:
        return pd.DataFrame(columns=columns)
    lines = told(tested)
    rows = [_score(own, month=int(month), n=len(own)) for month, own in lines.groupby("month")]
    line_years = len(lines.drop_duplicates(["fiscal_year", "programme_id", "line_type"]))
    return pd.DataFrame([*rows, _score(lines, month=0, n=line_years)] if rows else [], columns=columns)


def _score(tested: pd.DataFrame, *, month: int, n: int) -> dict[str, float]:
    covered = {f"cover_{level}": 100 * float(inside(tested, level).mean()) for level in LEVELS}
    errors = {"error": rms_error(tested, "estimate"), "naive_error": rms_error(tested, "naive")}
    return {"month": month, "n": n, **covered, **errors}


def totals(tested: pd.DataFrame) -> pd.DataFrame:
    """All lines together, by year: fiscal_year, months, in_50, in_80, in_95 (months whose interval held the end), error
    and naive_error as in `scores`. A year has one end, so its months are counted and not tested."""
    whole = tested[tested["method"] == "total"] if len(tested) else tested
    rows = []
    for year, own in whole.groupby("fiscal_year") if len(whole) else ():
        held = {f"in_{level}": int(inside(own, level).sum()) for level in LEVELS}
        rows.append(
            {
                "fiscal_year": int(year),
                "months": len(own),
                **held,
                "error": rms_error(own, "estimate"),
                "naive_error": rms_error(own, "naive"),
            }
        )
    return pd.DataFrame(rows)


@takes(tested=table(actual=numbers("n"), budget=numbers("n", above=0)))
def rms_error(tested: pd.DataFrame, column: str) -> float:
    """Root mean square of a forecast's error in percent of the final budget."""
    return float(np.sqrt(((tested[column] - tested["actual"]) / tested["budget"]).pow(2).mean()) * 100)
