"""What the budget's answers read: cells, tree, lines, plan and forecasts, each made once per state of the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from answers.kept import kept
from answers.reader import Reader
from answers.studies import study
from data import ledger
from forecast import backtest, outturn, plan_end
from metrics import budget, execution
from metrics.intervals import wilson
from metrics.registry import PLAN_YEARS

SEED = 120  # of the simulations: the same store shows the same intervals
WHOLE = "plan"  # the scope of all plan years


@dataclass(frozen=True)
class Scope:
    """The chosen year, or the plan's five, with everything that is told of it. Shared: not to be changed.

    Attributes:
        year: the year whose months are looked at: the chosen one, for the plan the running one.
        month: its last month that the store speaks for.
        nodes: `metrics.budget.tree`; cells, lines: of these and (lines) all earlier years.
        breaks: what does not balance, over all years.
    """

    code: str
    years: tuple[int, ...]
    year: int
    month: int
    closed_before: int
    cells: pd.DataFrame
    nodes: pd.DataFrame
    lines: pd.DataFrame
    tree_breaks: list[tuple[str, str, int]]
    breaks: list[budget.Break]
    evidence: str

    @property
    def total(self) -> pd.Series:
        """The root of the tree."""
        return self.nodes.iloc[0]

    @property
    def whole(self) -> bool:
        """Whether all years of the plan are looked at."""
        return self.code == WHOLE

    @property
    def closed(self) -> bool:
        """Whether its books are closed: there is nothing left to decide."""
        return not self.whole and self.year < self.closed_before


@kept
def years(read: Reader) -> list[str]:
    """What can be chosen: years from the newest, then the plan as a whole."""
    now = read.end("ledger_entry").year
    found = sorted({int(y) for y in read.rows(ledger.cells)["fiscal_year"].unique()} | {now}, reverse=True)
    return [*(str(year) for year in found if year <= now), WHOLE]


@kept
def scope(read: Reader, code: str) -> Scope:
    """The scope of a year or of the plan."""
    day, cells = read.end("ledger_entry"), read.rows(ledger.cells)
    chosen = PLAN_YEARS if code == WHOLE else (int(code),)
    year = day.year if code == WHOLE else int(code)
    closed_before = day.year + (day.month == 12 and day.day == 31)
    own = cells[cells["fiscal_year"].isin(chosen)].reset_index(drop=True)
    own = budget.consolidated(own) if code == WHOLE else own
    nodes = budget.tree(
        own, read.rows(ledger.programmes), planned(read, tuple(chosen)), closed_before=closed_before
    )
    return Scope(
        code=code,
        years=tuple(chosen),
        year=year,
        month=12 if year < closed_before else day.month,
        closed_before=closed_before,
        cells=own,
        nodes=nodes,
        lines=lines(read),
        tree_breaks=budget.tree_breaks(nodes),
        breaks=breaks(read),
        evidence=read.whose,
    )


@kept
def breaks(read: Reader) -> list[budget.Break]:
    """What does not balance, over all years."""
    return budget.movement_breaks(read.rows(ledger.cells), read.rows(ledger.transfers))


def planned(read: Reader, chosen: tuple[int, ...]) -> pd.DataFrame:
    """Won by programme in the first and in the newest baseline version, over some years."""
    both = {
        name: plan(read, version, years=chosen).groupby("programme_id")["planned_krw"].sum()
        for name, version in zip(("plan_original", "plan_current"), ends(read), strict=True)
    }
    return pd.DataFrame(both).fillna(0).astype("int64").rename_axis("programme_id").reset_index()


@kept
def plan(read: Reader, version: int, *, years: tuple[int, ...] = PLAN_YEARS) -> pd.DataFrame:
    """The baseline as it stood at a version: a version may state only what it changes, the rest stands as before."""
    rows = read.rows(ledger.baselines)
    rows = rows[(rows["version"] <= version) & rows["fiscal_year"].isin(years)].sort_values("version")
    return rows.drop_duplicates(["programme_id", "fiscal_year"], keep="last")


def ends(read: Reader) -> tuple[int, int]:
    """The first and the newest baseline version; (1, 1) where there is none."""
    found = sorted({int(v) for v in read.rows(ledger.baselines)["version"]}) or [1]
    return found[0], found[-1]


@kept
def splits(read: Reader, version: int, years: tuple[int, ...]) -> dict[str, str]:
    """On what each programme's plan rests at a version, by id: illustrative if any of its years is."""
    rows = plan(read, version, years=years)
    ours = set(rows.loc[rows["split"] == "illustrative", "programme_id"])
    found = dict(zip(rows["programme_id"], rows["split"], strict=True))
    return {key: "illustrative" if key in ours else str(split) for key, split in found.items()}


@kept
def lines(read: Reader) -> pd.DataFrame:
    """Every line of every year by month, cumulative."""
    return execution.line_months(read.rows(ledger.cells))


@kept
def programmes(read: Reader) -> dict[str, dict[str, Any]]:
    """Every programme by id, in the plan's order."""
    rows = read.rows(ledger.programmes)
    return {str(row["programme_id"]): row for row in rows.to_dict("records")}


@kept
def names(read: Reader, lang: str) -> dict[str, str]:
    """Names of strategies, tasks and programmes by tree node."""
    rows = read.rows(ledger.programmes)
    found: dict[str, str] = {}
    for level, key, name in (
        ("strategy", "strategy_id", f"strategy_{lang}"),
        ("task", "task_id", f"task_{lang}"),
        ("programme", "programme_id", f"name_{lang}"),
    ):
        found.update({f"{level}:{k}": str(v) for k, v in zip(rows[key], rows[name], strict=True)})
    return found


def side(text: str | None, lang: str) -> str:
    """'한국어 / English' as the files of the plan write reasons: the reader's side."""
    halves = str(text or "").split(" / ")
    return halves[0] if lang == "ko" or len(halves) < 2 else halves[1]


# --- Forecasts ----------------------------------------------------------------------------------------------


def stops(read: Reader) -> dict[str, int]:
    """Programmes that no longer run, with the month (YYYYMM) from which that is known."""
    rows = read.rows(ledger.programmes)
    rows = rows[(rows["status"] != "active") & rows["status_on"].notna()]
    return {
        str(p): 100 * day.year + day.month
        for p, day in zip(rows["programme_id"], rows["status_on"], strict=True)
    }


@dataclass(frozen=True)
class Outlook:
    """The simulated end of the running year, and of the plan's five (None where past rates or later plans are missing)."""

    year: outturn.YearForecast
    plan: plan_end.PlanForecast | None


@study("budget.outlook", reads=("ledger_entry", "baseline"))
def _outlook(read: Reader) -> Outlook:
    day = read.end("ledger_entry")
    year, month = day.year, day.month
    running = outturn.forecast_year(lines(read), year=year, month=month, seed=SEED, stopped=stops(read))
    whole = plan_end.of_ledger(
        lines(read),
        plan(read, ends(read)[1]),
        running,
        year=year,
        years=PLAN_YEARS,
        total=budget.PLAN_TOTAL_KRW,
        seed=SEED,
    )
    none = np.zeros((0, 0))  # the draws have been summed up
    return Outlook(replace(running, spending=none, carried=none), whole)


def outlook(read: Reader) -> Outlook:
    """How the running year and the plan will end."""
    found: Outlook = read.study("budget.outlook")
    return found


@dataclass(frozen=True)
class Record:
    """The outturn's own backtest. Shared: not to be changed.

    Attributes:
        years: first and last that were forecast again; scores, totals: of `forecast.backtest`; scores with low_50 …
            high_95, Wilson's 95 % limits of each coverage with line-years as trials (percent), and agree_50 … agree_95:
            0 where the level lies within them, 1 where intervals are too wide, −1 too narrow.
        straight: error of the straight line where nothing holds it to the budget, in percent of the budget.
        ranged: line-years that were given a range; ranged_held: percent of their 95 % ranges that held the end.
    """

    years: tuple[int, int]
    scores: pd.DataFrame
    totals: pd.DataFrame
    straight: float
    ranged: int
    ranged_held: float


@study("budget.record", reads=("ledger_entry",))
def _record(read: Reader) -> Record | None:
    tested = backtest.backtest(
        lines(read), before=read.end("ledger_entry").year, seed=SEED, stopped=stops(read)
    )
    table = backtest.scores(tested)
    if table.empty:
        return None
    for level in outturn.LEVELS:
        low, high = wilson((table[f"cover_{level}"] / 100 * table["n"]).to_numpy(), table["n"].to_numpy())
        table[f"low_{level}"], table[f"high_{level}"] = 100 * low, 100 * high
        table[f"agree_{level}"] = (100 * low > level).astype(int) - (100 * high < level).astype(int)
    ranged = tested[tested["method"].isin(outturn.RANGES)]
    return Record(
        (int(tested["fiscal_year"].min()), int(tested["fiscal_year"].max())),
        table,
        backtest.totals(tested),
        backtest.rms_error(backtest.told(tested), "straight"),
        len(ranged.drop_duplicates(execution.LINE)),
        100 * float(backtest.inside(ranged, 95).mean()) if len(ranged) else 0.0,
    )


def record(read: Reader) -> Record | None:
    """How the outturn's forecast did on closed years, or None where too few are closed."""
    found: Record | None = read.study("budget.record")
    return found
