"""What the budget page reads: cells, tree, lines and forecasts of the chosen years, each made once per state of the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from data import ledger
from forecast import backtest, outturn
from forecast.plan_end import PlanForecast, five_years
from metrics import budget, execution
from metrics.intervals import wilson
from metrics.registry import PLAN_YEARS
from ui import store

SEED = 120  # of the simulations: the same store shows the same intervals
WHOLE = "plan"  # the scope of all plan years


@dataclass(frozen=True)
class Scope:
    """The chosen year, or the plan's five, with everything that the page draws of it. Shared: not to be changed.

    Attributes:
        year: the year whose months are looked at: the chosen one, for the plan the running one.
        month: its last month that the store speaks for.
        nodes: `metrics.budget.tree`; cells, lines: of these and (lines) all earlier years.
        breaks: what does not balance, over all years.
        mixed: recorded and synthetic rows stand side by side, so that a programme-year may not balance.
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
    mixed: bool

    @property
    def total(self) -> pd.Series:
        """The root of the tree."""
        return self.nodes.iloc[0]


def read(query: Callable[..., Any], **arguments: Any) -> Any:
    """The answer of one of `data.ledger`, cached until a batch lands. It is shared: do not change it."""
    return _read(query.__name__, tuple(arguments.items()), store.version(), store.url())


@st.cache_resource(max_entries=128, show_spinner=False)
def _read(name: str, arguments: tuple[tuple[str, Any], ...], version: int, address: str) -> Any:
    with store.connect() as connection:
        return getattr(ledger, name)(connection, **dict(arguments))


def years() -> list[str]:
    """What can be chosen: years from the newest, then the plan as a whole."""
    found = sorted({int(y) for y in read(ledger.cells)["fiscal_year"]} | {store.as_of().year}, reverse=True)
    return [*(str(year) for year in found if year <= store.as_of().year), WHOLE]


def scope(code: str) -> Scope:
    """The scope of a year or of the plan."""
    return _scope(code, store.version(), store.url())


@st.cache_resource(max_entries=32, show_spinner=False)
def _scope(code: str, version: int, address: str) -> Scope:
    day = store.as_of()
    cells, programmes = read(ledger.cells), read(ledger.programmes)
    chosen = PLAN_YEARS if code == WHOLE else (int(code),)
    year = day.year if code == WHOLE else int(code)
    closed_before = day.year + (day.month == 12 and day.day == 31)
    own = cells[cells["fiscal_year"].isin(chosen)].reset_index(drop=True)
    own = budget.consolidated(own) if code == WHOLE else own
    nodes = budget.tree(own, programmes, planned(chosen), closed_before=closed_before)
    kinds = set(own["synthetic"].astype(bool))
    return Scope(
        code=code, years=tuple(chosen), year=year, month=12 if year < closed_before else day.month,
        closed_before=closed_before, cells=own, nodes=nodes, lines=lines(), tree_breaks=budget.tree_breaks(nodes),
        breaks=budget.movement_breaks(cells, read(ledger.transfers)), evidence="synthetic" if True in kinds else "recorded",
        mixed=cells["synthetic"].nunique() > 1,
    )  # fmt: skip


def planned(chosen: tuple[int, ...]) -> pd.DataFrame:
    """Won by programme in the first and in the newest baseline version, over some years."""
    both = {
        name: plan(version, years=chosen).groupby("programme_id")["planned_krw"].sum()
        for name, version in zip(("plan_original", "plan_current"), ends(), strict=True)
    }
    return pd.DataFrame(both).fillna(0).astype("int64").rename_axis("programme_id").reset_index()


def plan(version: int, *, years: tuple[int, ...] = PLAN_YEARS) -> pd.DataFrame:
    """The baseline as it stood at a version: a version may state only what it changes, the rest stands as before."""
    rows = read(ledger.baselines)
    rows = rows[(rows["version"] <= version) & rows["fiscal_year"].isin(years)].sort_values("version")
    return rows.drop_duplicates(["programme_id", "fiscal_year"], keep="last")


def ends() -> tuple[int, int]:
    """The first and the newest baseline version; (1, 1) where there is none."""
    found = sorted({int(v) for v in read(ledger.baselines)["version"]}) or [1]
    return found[0], found[-1]


def splits(version: int, years: tuple[int, ...]) -> dict[str, str]:
    """On what each programme's plan rests at a version, by id: illustrative if any of its years is."""
    rows = plan(version, years=years)
    ours = set(rows.loc[rows["split"] == "illustrative", "programme_id"])
    found = dict(zip(rows["programme_id"], rows["split"], strict=True))
    return {key: "illustrative" if key in ours else str(split) for key, split in found.items()}


def lines() -> pd.DataFrame:
    """Every line of every year by month, cumulative."""
    return _lines(store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _lines(version: int, address: str) -> pd.DataFrame:
    return execution.line_months(read(ledger.cells))


def stops() -> dict[str, int]:
    """Programmes that no longer run, with the month (YYYYMM) from which that is known."""
    rows = read(ledger.programmes)
    rows = rows[(rows["status"] != "active") & rows["status_on"].notna()]
    return {
        str(p): 100 * day.year + day.month
        for p, day in zip(rows["programme_id"], rows["status_on"], strict=True)
    }


def year_end(year: int, month: int) -> outturn.YearForecast:
    """The simulated end of a year as known at a month."""
    return _year_end(year, month, store.version(), store.url())


@st.cache_resource(max_entries=32, show_spinner=False)
def _year_end(year: int, month: int, version: int, address: str) -> outturn.YearForecast:
    return outturn.forecast_year(lines(), year=year, month=month, seed=SEED, stopped=stops())


@dataclass(frozen=True)
class Record:
    """The outturn's own backtest. Shared: not to be changed.

    Attributes:
        years: first and last that were forecast again; scores, totals: of `forecast.backtest`; scores with low_50 …
            high_95, Wilson's 95 % limits of each coverage with line-years as trials (percent).
        straight: error of the straight line where nothing holds it to the budget, in percent of the budget.
        ranged: line-years that were given a range; ranged_held: percent of their 95 % ranges that held the end.
    """

    years: tuple[int, int]
    scores: pd.DataFrame
    totals: pd.DataFrame
    straight: float
    ranged: int
    ranged_held: float


def record() -> Record | None:
    """How the outturn's forecast did on closed years, or None where too few are closed."""
    return _record(store.as_of().year, store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _record(before: int, version: int, address: str) -> Record | None:
    tested = backtest.backtest(lines(), before=before, seed=SEED, stopped=stops())
    table = backtest.scores(tested)
    if table.empty:
        return None
    for level in outturn.LEVELS:
        low, high = wilson((table[f"cover_{level}"] / 100 * table["n"]).to_numpy(), table["n"].to_numpy())
        table[f"low_{level}"], table[f"high_{level}"] = 100 * low, 100 * high
    ranged = tested[tested["method"].isin(outturn.RANGES)]
    return Record(
        (int(tested["fiscal_year"].min()), int(tested["fiscal_year"].max())), table, backtest.totals(tested),
        backtest.rms_error(backtest.told(tested), "straight"), len(ranged.drop_duplicates(execution.LINE)),
        100 * float(backtest.inside(ranged, 95).mean()) if len(ranged) else 0.0,
    )  # fmt: skip


def plan_end() -> PlanForecast | None:
    """The five years' outturn, or None where past rates or later plans are missing."""
    return _plan_end(store.as_of().year, store.as_of().month, store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _plan_end(year: int, month: int, version: int, address: str) -> PlanForecast | None:
    every = lines()
    end = every[(every["month"] == 12) & (every["fiscal_year"] < year)]
    sums = end.groupby(["fiscal_year", "programme_id"])[["spent", "budget"]].sum()
    rates = (sums["spent"] / sums["budget"])[(sums["budget"] > 0) & (sums["spent"] > 0)]
    later = plan(ends()[1])
    later = later[later["fiscal_year"] > year]
    if len(rates) < 2 or later.empty or year not in PLAN_YEARS:
        return None
    table = later.pivot_table(
        index="programme_id", columns="fiscal_year", values="planned_krw", aggfunc="sum"
    )
    own = end[end["fiscal_year"].isin(PLAN_YEARS)]
    closed = own.pivot_table(index="programme_id", columns="fiscal_year", values="spent", aggfunc="sum")
    return five_years(closed, year_end(year, month), table, rates, total=budget.PLAN_TOTAL_KRW, seed=SEED)


def names(lang: str) -> dict[str, str]:
    """Names of strategies, tasks and programmes by tree node. Shared: not to be changed."""
    return _names(lang, store.version(), store.url())


@st.cache_resource(max_entries=8, show_spinner=False)
def _names(lang: str, version: int, address: str) -> dict[str, str]:
    rows = read(ledger.programmes)
    found: dict[str, str] = {}
    for level, key, name in (("strategy", "strategy_id", f"strategy_{lang}"), ("task", "task_id", f"task_{lang}"),
                             ("programme", "programme_id", f"name_{lang}")):  # fmt: skip
        found.update({f"{level}:{k}": str(v) for k, v in zip(rows[key], rows[name], strict=True)})
    return found


def side(text: str | None, lang: str) -> str:
    """'한국어 / English' as the files of the plan write reasons: the reader's side."""
    halves = str(text or "").split(" / ")
    return halves[0] if lang == "ko" or len(halves) < 2 else halves[1]
