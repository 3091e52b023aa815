"""The outturn's own past errors: every closed year forecast anew from each month, with what was known then."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.outturn import LEVELS, intervals, line_draws

FIRST_MONTH = 1
LEAST_PAST_YEARS = 2


def backtest(lines: pd.DataFrame, *, before: int, seed: int, draws: int = 1000) -> pd.DataFrame:
    """Forecast every closed year at the end of each month from the years before it.

    Args:
        lines: as `forecast.outturn.reference`; `before` is the first year that is not closed.

    Returns: one row per year, origin month and line that had a budget then: fiscal_year, month, programme_id,
        line_type, method, budget (final, won), actual, naive (spent so far × 12 ÷ month, at most the budget known
        then), estimate and the limits of its intervals. A line without a past of its type (`range`) has no row.
    """
    years = sorted(int(year) for year in lines["fiscal_year"].unique() if year < before)
    ends = lines[lines["month"] == 12].set_index(["fiscal_year", "programme_id", "line_type"])
    rows = []
    for year in years[LEAST_PAST_YEARS:]:
        for month in range(FIRST_MONTH, 12):
            rng = np.random.default_rng((seed, year, month))
            found = line_draws(lines, year=year, month=month, draws=draws, rng=rng)
            now = lines[(lines["fiscal_year"] == year) & (lines["month"] == month)]
            known = now.set_index(["programme_id", "line_type"])
            for line, (method, drawn) in found.items():
                end = ends.loc[(year, *line)]
                if method == "range":
                    continue
                naive = min(known.at[line, "spent"] * 12 / month, known.at[line, "budget"])
                rows.append({
                    "fiscal_year": year, "month": month, "programme_id": line[0], "line_type": line[1], "method": method,
                    "budget": int(end["budget"]), "actual": int(end["spent"]), "naive": float(naive), **intervals(drawn[:, 0]),
                })  # fmt: skip
    return pd.DataFrame(rows)


def scores(tested: pd.DataFrame) -> pd.DataFrame:
    """Coverage and error by origin month.

    Returns: month, n (line-years), cover_50, cover_80, cover_95 (percent), error and naive_error (root mean square
        of the error in percent of the final budget).
    """
    if tested.empty:
        return pd.DataFrame(
            columns=["month", "n", *(f"cover_{level}" for level in LEVELS), "error", "naive_error"]
        )
    frame = pd.DataFrame({"month": tested["month"]})
    for level in LEVELS:
        inside = tested["actual"].between(tested[f"low_{level}"].round(), tested[f"high_{level}"].round())
        frame[f"cover_{level}"] = 100.0 * inside
    for name, column in (("error", "estimate"), ("naive_error", "naive")):
        frame[name] = (100 * (tested[column] - tested["actual"]) / tested["budget"]) ** 2
    grouped = frame.groupby("month")
    out = grouped.mean()
    out[["error", "naive_error"]] = np.sqrt(out[["error", "naive_error"]])
    out.insert(0, "n", grouped.size())
    return out.reset_index()
