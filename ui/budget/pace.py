"""How fast money is spent against what past years lead to expect, and where the year will end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from charts.scurve import scurve
from data import ledger
from locales import numbers, t
from metrics import budget, execution
from ui import blocks
from ui.budget import decisions, source, tree, won
from ui.budget.source import Scope

COMPARABLE = 0.8  # part of the budget that must have a past before its band is drawn for the whole


def show(scope: Scope, lang: str) -> None:
    """S-curve with fan, then the year-end burst, early execution and money parked with intermediaries."""
    lines = _own(scope.lines, scope.year)
    if lines.empty or not lines["budget"].sum():
        blocks.note(t("budget.no_year", lang))
        return
    months = lines.groupby("month")[["spent", "budget"]].sum()
    share = 100 * months["spent"] / months["budget"].where(months["budget"] > 0)
    paid = [float(share[m]) if m <= scope.month else None for m in range(1, 13)]
    band = _band(scope)
    fan = _fan(scope)
    stale = _stale(scope)
    said = _sentence(scope, paid, band, fan, stale, lang)
    blocks.lead(said)
    labels = {key: t(f"budget.curve_{key}", lang) for key in ("band", "median", "paid", "fan", "months")}
    caption = f"{scope.year} · {t(f'evidence.{scope.evidence}', lang)}"
    st.html(_legend(band is not None, fan is not None, stale, lang))
    figure = scurve(paid, band=band, fan=fan, labels=labels, stale=stale, caption=caption)
    blocks.chart(figure, key="budget_pace", alt=t("budget.curve_alt", lang, summary=said))
    blocks.note(t("budget.curve_method", lang))
    _lines_table(scope, lang)
    blocks.heading(t("budget.habits", lang))
    st.html(_habits(scope, lang))


def _own(lines: pd.DataFrame, year: int) -> pd.DataFrame:
    rows = lines[lines["fiscal_year"] == year]
    return rows[rows["programme_id"] == tree.picked()] if tree.picked() else rows


def _band(scope: Scope) -> tuple[list[float], list[float], list[float]] | None:
    """The expected band of the chosen lines: their types' bands, weighted by 예산현액."""
    weight = _own(scope.lines, scope.year)
    weight = weight[weight["month"] == scope.month].groupby("line_type")["budget"].sum()
    expected = execution.profile(scope.lines, before=scope.year)
    expected = expected[expected["n"] >= decisions.LEAST_PAST]
    known = weight[weight.index.isin(expected["line_type"])]
    if known.sum() < COMPARABLE * weight.sum() or not known.sum():
        return None
    weight = known
    found = []
    for name in ("low", "median", "high"):
        table = (
            expected.pivot(index="month", columns="line_type", values=name)
            .reindex(columns=weight.index)
            .fillna(0)
        )
        found.append(((table @ weight) / weight.sum()).tolist())
    return found[0], found[1], found[2]


def _fan(scope: Scope) -> dict[str, float] | None:
    if scope.year < scope.closed_before or scope.month >= 12:
        return None
    end = source.year_end(scope.year, scope.month)
    row = end.total
    if tree.picked():
        own = end.programmes[end.programmes["programme_id"] == tree.picked()]
        if own.empty:
            return None
        row = own.iloc[0].to_dict()
    names = ["estimate", *(f"{side}_{level}" for side in ("low", "high") for level in (50, 80, 95))]
    return {name: 100 * float(row[name]) / float(row["budget"]) for name in names}


def _stale(scope: Scope) -> bool:
    lines = decisions.standing(scope)
    lines = lines[lines["programme_id"] == tree.picked()] if tree.picked() else lines
    return bool(len(lines)) and bool((lines["stale"] >= decisions.STALE_MONTHS).all())


def _sentence(
    scope: Scope, paid: list[float | None], band: tuple | None, fan: dict | None, stale: bool, lang: str
) -> str:
    name = tree.name_of(f"programme:{tree.picked()}" if tree.picked() else "total", lang)
    now = paid[scope.month - 1] or 0.0
    parts = [
        t(
            "budget.pace_lead",
            lang,
            name=name,
            year=scope.year,
            month=month_name(scope.month, lang),
            share=numbers.percent(now),
        )
    ]
    if band is not None:
        low, middle, high = (column[scope.month - 1] for column in band)
        word = "above" if now > high else "below" if now < low else "within"
        parts.append(t(f"budget.pace_{word}", lang, low=numbers.number(low, 1), high=numbers.percent(high),
                       median=numbers.percent(middle)))  # fmt: skip
    else:
        parts.append(t("budget.pace_short", lang, least=decisions.LEAST_PAST))
    if stale:
        parts.append(t("budget.pace_stale", lang, months=decisions.STALE_MONTHS))
    if fan is not None:
        parts.append(t("budget.pace_end", lang, estimate=numbers.percent(fan["estimate"]), low=numbers.number(fan["low_95"], 1),
                       high=numbers.percent(fan["high_95"])))  # fmt: skip
    return " ".join(parts)


def month_name(month: int, lang: str) -> str:
    """10월 / Oct."""
    return f"{month}월" if lang == "ko" else numbers.month(200000 + month, lang).split()[0]


def _legend(band: bool, fan: bool, stale: bool, lang: str) -> str:
    keys = [
        (
            "@muted" if stale else "@accent",
            t("budget.curve_paid_stale" if stale else "budget.curve_paid", lang),
        )
    ]
    if band:
        keys.append(("var(--soft)", t("budget.curve_band", lang)))
    if fan:
        keys.append(("@band", t("budget.curve_fan", lang)))
    spans = "".join(
        f'<span class="key"><i style="background:{blocks.colour(role)}"></i>{blocks.esc(text)}</span>'
        for role, text in keys
    )
    return f'<div class="ieum-legend">{spans}</div>'


_STATES = {"over": "▲", "under": "▼", "within": "●", "stale": "■", "short": "–"}


def _lines_table(scope: Scope, lang: str) -> None:
    """Every line of the choice with its band, in words and shape."""
    lines = decisions.standing(scope)
    lines = lines[lines["programme_id"] == tree.picked()] if tree.picked() else lines
    names = source.names(lang)
    heads = [(t(f"budget.line_{name}", lang), name in ("current", "spent", "share", "band"))
             for name in ("name", "type", "current", "spent", "share", "band", "state")]  # fmt: skip
    unit = won.unit()
    rows = [
        (names[f"programme:{row['programme_id']}"], won.line_name(row["line_type"], lang), won.say(row["budget"], unit),
         won.say(row["spent"], unit), won.percent(row["spent"], row["budget"]),
         won.NO_FIGURE if pd.isna(row["low"]) else f"{row['low']:.1f}–{row['high']:.1f}%",
         f"{_STATES[row['state']]} {_state(row['state'], row['n'], lang)}")
        for row in lines.to_dict("records")
    ]  # fmt: skip
    with st.expander(f"{t('budget.lines_title', lang)} {won.caption(unit, lang)}"):
        blocks.table(heads, rows, classes=[f"line-{state}" for state in lines["state"]], stacked=True)


def _state(state: str, n: float, lang: str) -> str:
    return t(f"budget.state_{state}", lang, n=0 if pd.isna(n) else int(n))


def _habits(scope: Scope, lang: str) -> str:
    """Early execution, December's burst, and what intermediaries hold."""
    own = _own(scope.lines, scope.year)
    half = own[own["month"] == 6][["spent", "budget"]].sum() if scope.month >= 6 else None
    burst = execution.burst_index(
        scope.lines if not tree.picked() else scope.lines[scope.lines["programme_id"] == tree.picked()]
    )
    burst = burst[(burst["fiscal_year"] < scope.closed_before) & np.isfinite(burst["burst"])]
    goal = _early_target(scope.year)
    # One year, as everything on this view: rates over several years would mix closed books with running ones.
    cells = source.read(ledger.cells)
    cells = cells[cells["fiscal_year"] == scope.year]
    cells = cells[cells["programme_id"] == tree.picked()] if tree.picked() else cells
    staged = budget.staged(cells, closed_before=scope.closed_before)
    spent, final, given = (
        int(staged[name].sum()) for name in ("expenditure", "final_expenditure", "disbursed")
    )
    bodies = int(staged.loc[staged["line_type"] == "transfer", "final_expenditure"].sum())
    current = int(staged["current"].sum())
    unit = won.unit()
    rows = [
        (t("budget.early", lang, year=scope.year), won.percent(half["spent"], half["budget"]) if half is not None else won.NO_FIGURE,
         t("budget.early_note", lang) if goal is None else t("budget.early_target", lang, target=numbers.percent(goal))),
        (t("budget.burst", lang), " · ".join(f"{int(r.fiscal_year)} {r.burst:.1f}" for r in burst.tail(3).itertuples()) or won.NO_FIGURE,
         t("budget.burst_note", lang)),
        (t("budget.parked", lang, year=scope.year), f"{won.say(spent - final, unit)} {t(f'budget.unit_{unit}', lang)}",
         t("budget.parked_note", lang, rate=won.percent(spent, current), final=won.percent(final, current),
           gap=won.percent(spent - final, current).removesuffix("%"), of_given=won.percent(bodies, given))),
    ]  # fmt: skip
    body = "".join(
        f"<li><strong>{blocks.esc(name)} {blocks.esc(figure)}</strong> <span>{blocks.esc(note)}</span></li>"
        for name, figure, note in rows
    )
    return f'<ul class="ieum-checks ieum-habits">{body}</ul>'


def _early_target(year: int) -> float | None:
    """The year's official early-execution target, where an office has recorded one (table target)."""
    for row in source.read(ledger.targets, metric_id="early_execution_rate").to_dict("records"):
        if row["valid_from"].year == year:
            return float(row["value"])
    return None
