"""Whether the money that the ledger places in districts goes where isolation is: won per isolated resident, curve and index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers import say, words
from answers.answer import Block, Column, Figure, Heading, Lead, Note, Table
from answers.budget.seen import Seen
from answers.districts import estimates
from answers.kept import kept
from answers.profile import standing
from answers.reader import Reader
from charts import series
from locales import numbers, t
from metrics import equity

NEED = "isolation_prevalence"
DRAWS, SEED = 2000, 120
GRID = np.linspace(0, 1, 21)  # shares of residents at which curves are said
LEAST = 10  # districts with both figures: of fewer no curve is drawn


@dataclass(frozen=True, eq=False)
class Found:
    """Districts with money and need.

    Attributes:
        rows: by district code: won, residents, rate with its limits, isolated (low, middle, high), per_isolated (low, middle, high),
            by_need (won by shares of need). index: concentration index of money by the rank of need, median of the draws with 95 % limits.
            kakwani: the same less need's own. money, need: (draws, grid) curves over `GRID`. placed: part of the year's won that a district is named for.
    """

    rows: pd.DataFrame
    index: tuple[float, float, float]
    kakwani: tuple[float, float, float]
    money: np.ndarray
    need: np.ndarray
    placed: float
    wave: int


@kept
def found(read: Reader, year: int) -> Found | None:
    """Money of a fiscal year against the newest modelled need; None where too few districts have both."""
    money = read.frame("expenditure", keys=("area_code", "fiscal_year"))
    money = money[(money["fiscal_year"] == year) & money["value"].notna()].set_index("area_code")["value"]
    need = standing.known(read).measures.get(NEED)
    people = estimates.population(read, year)
    if need is None or money.empty:
        return None
    rates = need.areas[["value", "lower", "upper"]].astype(float) / 100
    inside = money.index.intersection(people.index)
    rows = pd.DataFrame({"won": money.loc[inside].astype(float), "residents": people}).join(rates).dropna()
    rows = rows[(rows["won"] > 0) & (rows["lower"] > 0) & (rows["upper"] < 1)].sort_index()
    if len(rows) < LEAST:
        return None
    drawn = equity.rate_draws(rows["value"], rows["lower"], rows["upper"], DRAWS, np.random.default_rng(SEED))
    w, v = rows["residents"].to_numpy(), rows["won"].to_numpy()
    isolated = drawn * w
    rows["isolated"] = rows["value"] * w
    rows["per_isolated"] = v / rows["isolated"]
    for name, values in (("isolated", isolated), ("per_isolated", v / isolated)):
        rows[f"{name}_low"], rows[f"{name}_high"] = np.quantile(values, [0.025, 0.975], axis=0)
    rows["by_need"] = v.sum() * rows["isolated"] / rows["isolated"].sum()
    of_money = [equity.concentration_curve(w, v, rate) for rate in drawn]
    of_need = [equity.concentration_curve(w, rate * w, rate) for rate in drawn]
    index, needed = (np.array([equity.index_of(*one) for one in curves]) for curves in (of_money, of_need))
    return Found(
        rows,
        _limits(index),
        _limits(index - needed),
        np.array([np.interp(GRID, p, share) for p, share in of_money]),
        np.array([np.interp(GRID, p, share) for p, share in of_need]),
        float(v.sum() / money.sum()),
        need.period,
    )


def _limits(draws: np.ndarray) -> tuple[float, float, float]:
    """Median and 95 % limits: at the estimates themselves, which are drawn together, need would look more even than it is."""
    middle, low, high = np.quantile(draws, [0.5, 0.025, 0.975])
    return float(middle), float(low), float(high)


def blocks(seen: Seen) -> list[Block]:
    """One sentence, the curve, won per isolated resident by district, and what a split by need would be."""
    if seen.prog:
        return [Note(seen.t("need_all"))]
    have = found(seen.read, seen.scope.year)
    if have is None:
        return [Heading(seen.t("need_title")), Note(seen.t("need_none"))]
    value, low, high = have.index
    key = "need_more" if low > 0 else "need_less" if high < 0 else "need_same"
    said = {
        "year": str(seen.scope.year),
        "index": _signed(value),
        "limits": words.between(_signed(low), _signed(high), seen.lang),
        "placed": numbers.percent(100 * have.placed, 0),
    }
    far, near_to = have.kakwani[2] < 0, have.kakwani[1] > 0
    by = "need_behind" if far else "need_ahead" if near_to else "need_along"
    gap = [abs(v) for v in have.kakwani] if far or near_to else list(have.kakwani)
    apart = _signed(gap[0])
    limits = words.between(_signed(min(gap[1:])), _signed(max(gap[1:])), seen.lang)
    sure = seen.t(by, kakwani=apart, limits=limits)
    return [
        Heading(seen.t("need_title")),
        Lead(seen.t(key, **said), sure),
        _curve(seen, have),
        Heading(seen.t("need_table")),
        Note(seen.t("need_note", wave=have.wave)),
        _table(seen, have),
        say.figures(
            seen.lang,
            (t("figures.need_year", seen.lang), said["year"]),
            (t("figures.need_placed", seen.lang), said["placed"]),
            (t("figures.need_index", seen.lang), f"{said['index']} ({said['limits']})"),
            (t("figures.need_kakwani", seen.lang), f"{apart} ({limits})"),
        ),
        say.source("modelled", seen.lang, period=str(seen.scope.year)),
    ]


def _signed(value: float) -> str:
    return numbers.signed(value, 3)


def _curve(seen: Seen, have: Found) -> Figure:
    p, money, need = 100 * GRID, 100 * have.money.mean(axis=0), 100 * have.need.mean(axis=0)
    low, high = 100 * np.quantile(have.money, [0.025, 0.975], axis=0)

    def line(key: str, y: np.ndarray) -> series.Line:
        name = seen.t(f"need_{key}")
        hover = [
            seen.t("need_hover", name=name, people=numbers.percent(a, 0), share=numbers.percent(b, 0))
            for a, b in zip(p, y, strict=True)
        ]
        return series.Line(name, y.tolist(), hover)

    figure = series.lines(
        p.tolist(),
        [line("money", money), line("need", need), line("equal", p)],
        caption=t("evidence.modelled", seen.lang),
        band=(low.tolist(), high.tolist()),
        suffix="%",
        height=340,
        x_title=seen.t("need_axis"),
    )
    return Figure("budget_need", figure, seen.t("need_alt"))


def _table(seen: Seen, have: Found) -> Table:
    """By district in the order of their codes: no ranking, since the intervals overlap."""
    names = seen.read.district_names(seen.lang)
    rows = []
    for code, row in have.rows.iterrows():
        rows.append(
            (
                names[str(code)],
                seen.say(float(row["won"])),
                _with(row, "isolated", -2, seen.lang),
                _with(row, "per_isolated", -3, seen.lang),
                seen.say(float(row["by_need"])),
                numbers.signed(100 * (float(row["by_need"]) / float(row["won"]) - 1), 0) + "%",
            )
        )
    heads = ("area", "won", "isolated", "per", "by_need", "gap")
    columns = [
        Column(
            seen.t(f"need_col_{h}"),
            number=h != "area",
            said=seen.unit_name if h in ("won", "by_need") else "",
        )
        for h in heads
    ]
    return Table(columns, rows, name="budget_need", caption=seen.t("need_table"))


def _with(row: pd.Series, name: str, digits: int, lang: str) -> str:
    """A figure of a row with its limits, rounded to tens, hundreds …"""
    value, low, high = (
        numbers.number(round(float(row[column]), digits)) for column in (name, f"{name}_low", f"{name}_high")
    )
    return t("services.with_limits", lang, value=value, limits=f"{low}–{high}")
