"""How fast money is spent against what past years lead to expect, and where the year will end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from answers import attainment
from answers.answer import Block, Check, Checks, Column, Figure, Fold, Heading, Key, Lead, Legend, Note, Table
from answers.budget import source, won
from answers.budget.decisions import standing
from answers.budget.seen import Seen
from answers.studies import Pending
from charts.scurve import scurve
from data import ledger
from locales import numbers, t
from metrics import execution
from metrics.execution import LEAST_PAST, STALE_MONTHS

STATES = {"over": "▲", "under": "▼", "within": "●", "stale": "■", "short": "–"}


def blocks(seen: Seen) -> list[Block]:
    """S-curve with fan, then the year-end burst, early execution and money parked with intermediaries."""
    scope = seen.scope
    lines = seen.own(scope.lines[scope.lines["fiscal_year"] == scope.year])
    if lines.empty or not lines["budget"].sum():
        return [Note(seen.t("no_year"))]
    months = lines.groupby("month")[["spent", "budget"]].sum()
    share = 100 * months["spent"] / months["budget"].where(months["budget"] > 0)
    paid = [float(share[m]) if m <= scope.month else None for m in range(1, 13)]
    budgets = lines[lines["month"] == scope.month].groupby("line_type")["budget"].sum()
    band = execution.band(scope.lines, budgets, before=scope.year)
    fan = _fan(seen)
    own = seen.own(standing(seen.read, scope.code))
    stale = bool(len(own)) and bool((own["stale"] >= STALE_MONTHS).all())
    said = _sentence(seen, paid, band, fan, stale=stale)
    labels = {key: seen.t(f"curve_{key}") for key in ("band", "median", "paid", "fan", "months")}
    caption = f"{scope.year} · {t(f'evidence.{scope.evidence}', seen.lang)}"
    return [
        Lead(said),
        _legend(seen, band is not None, fan is not None, stale),
        Figure(
            "budget_pace",
            scurve(paid, band=band, fan=fan, labels=labels, stale=stale, caption=caption),
            seen.t("curve_alt", summary=said),
            _months(seen, paid, band, fan),
        ),
        *_reached(seen, fan),
        Note(seen.t("curve_method")),
        Fold(f"{seen.t('lines_title')} {seen.caption}", (_lines(seen, own),)),
        Heading(seen.t("habits")),
        habits(seen),
    ]


def _fan(seen: Seen) -> dict[str, float] | None:
    """The simulated end of the running year in percent of the budget at its end; None where there is none, or not yet."""
    if seen.scope.year < seen.scope.closed_before or seen.scope.month >= 12:
        return None
    try:
        end = source.outlook(seen.read).year
    except Pending:
        return None
    row = end.total
    if seen.prog:
        own = [r for r in end.programmes.to_dict("records") if r["programme_id"] == seen.prog]
        if not own:
            return None
        row = own[0]
    names = [f"{side}_{level}" for side in ("low", "high") for level in (50, 80, 95)]
    return {"estimate": 100 * float(row["rate"])} | {n: 100 * float(row[f"rate_{n}"]) for n in names}


def _sentence(
    seen: Seen,
    paid: list[float | None],
    band: execution.Band | None,
    fan: dict[str, float] | None,
    *,
    stale: bool,
) -> str:
    at = seen.scope.month - 1
    now = paid[at] or 0.0
    month = month_name(seen.scope.month, seen.lang)
    parts = [
        seen.t("pace_lead", name=seen.name, year=seen.scope.year, month=month, share=numbers.percent(now))
    ]
    if band is not None:
        low, middle, high = band.low[at], band.median[at], band.high[at]
        word = "above" if now > high else "below" if now < low else "within"
        parts.append(
            seen.t(
                f"pace_{word}",
                low=numbers.number(low, 1),
                high=numbers.percent(high),
                median=numbers.percent(middle),
            )
        )
    else:
        parts.append(seen.t("pace_short", least=LEAST_PAST))
    if stale:
        parts.append(seen.t("pace_stale", months=STALE_MONTHS))
    if fan is not None:
        parts.append(
            seen.t(
                "pace_end",
                estimate=numbers.percent(fan["estimate"]),
                low=numbers.number(fan["low_95"], 1),
                high=numbers.percent(fan["high_95"]),
            )
        )
    return " ".join(parts)


def _months(
    seen: Seen, paid: list[float | None], band: execution.Band | None, fan: dict[str, float] | None
) -> Table:
    """What the curve draws: what was paid by each month, what past years lead to expect, and the simulated end."""
    names = ["curve_month", "curve_paid", *(("curve_median", "curve_band") if band else ())]
    rows = []
    for at, share in enumerate(paid):
        row = [month_name(at + 1, seen.lang), won.NO_FIGURE if share is None else numbers.percent(share)]
        if band is not None:
            row += [
                numbers.percent(band.median[at]),
                f"{numbers.number(band.low[at], 1)}–{numbers.percent(band.high[at])}",
            ]
        rows.append(row)
    notes = (
        ()
        if fan is None
        else (
            f"{seen.t('curve_fan')}: {numbers.percent(fan['estimate'])} · "
            + " · ".join(
                f"{numbers.number(fan[f'low_{level}'], 1)}–{numbers.percent(fan[f'high_{level}'])}"
                for level in (50, 80, 95)
            ),
        )
    )
    columns = [Column(seen.t(name), name != "curve_month") for name in names]
    return Table(columns, rows, footnotes=notes)


def month_name(month: int, lang: str) -> str:
    """10월 / Oct."""
    return f"{month}월" if lang == "ko" else numbers.month(200000 + month, lang).split()[0]


def _legend(seen: Seen, band: bool, fan: bool, stale: bool) -> Legend:
    keys = [Key("@muted" if stale else "@accent", seen.t("curve_paid_stale" if stale else "curve_paid"))]
    if band:
        keys.append(Key("var(--soft)", seen.t("curve_band")))
    if fan:
        keys.append(Key("@band", seen.t("curve_fan")))
    return Legend(keys)


def _lines(seen: Seen, lines: pd.DataFrame) -> Table:
    """Every line of the choice with its band, in words and shape."""
    names = ("name", "type", "current", "spent", "share", "band", "state")
    rows = [
        (
            seen.names[f"programme:{row['programme_id']}"],
            won.line_name(row["line_type"], seen.lang),
            seen.say(row["budget"]),
            seen.say(row["spent"]),
            won.percent(row["spent"], row["budget"]),
            won.NO_FIGURE if pd.isna(row["low"]) else f"{row['low']:.1f}–{row['high']:.1f}%",
            f"{STATES[row['state']]} {_state(row, seen)}",
        )
        for row in lines.to_dict("records")
    ]
    columns = seen.heads("line_", names, words=("name", "type", "state"), money=None)
    return Table(columns, rows, classes=[f"line-{state}" for state in lines["state"]])


def _state(row: Mapping[Any, Any], seen: Seen) -> str:
    return seen.t(f"state_{row['state']}", n=0 if pd.isna(row["n"]) else int(row["n"]))


def habits(seen: Seen) -> Checks:
    """Early execution, December's burst, and what intermediaries hold."""
    scope = seen.scope
    lines = seen.own(scope.lines)
    burst = execution.burst_index(lines)
    burst = burst[(burst["fiscal_year"] < scope.closed_before) & np.isfinite(burst["burst"])].tail(3)
    bursts = " · ".join(
        f"{int(y)} {b:.1f}" for y, b in zip(burst["fiscal_year"], burst["burst"], strict=True)
    )
    half, goal = won.NO_FIGURE, _target(seen, "early_execution_rate", scope.year)
    if scope.month >= 6:
        june = lines[(lines["fiscal_year"] == scope.year) & (lines["month"] == 6)]
        half = won.percent(june["spent"].sum(), june["budget"].sum())
    note = seen.t("early_note") if goal is None else seen.t("early_target", target=numbers.percent(goal))
    # One year, as everything on this view: rates over several years would mix closed books with running ones.
    cells = seen.read.rows(ledger.cells)
    held = execution.parked(
        seen.own(cells[cells["fiscal_year"] == scope.year]), closed_before=scope.closed_before
    )
    gap = held.spent - held.final
    rates = {
        "rate": won.percent(held.spent, held.current),
        "final": won.percent(held.final, held.current),
        "gap": won.percent(gap, held.current).removesuffix("%"),
        "of_given": won.percent(held.used, held.given),
    }
    return Checks(
        [
            Check(note, f"{seen.t('early', year=scope.year)} {half}"),
            Check(seen.t("burst_note"), f"{seen.t('burst')} {bursts or won.NO_FIGURE}"),
            Check(
                seen.t("parked_note", **rates),
                f"{seen.t('parked', year=scope.year)} {seen.say(gap)} {seen.unit_name}",
            ),
        ],
        wide=True,
    )


def _reached(seen: Seen, fan: Mapping[str, float] | None) -> list[Block]:
    """What the year's end is expected to be, the chance of its target where one is set, and which target would have which chance."""
    if fan is None:
        return []
    year, lang = seen.scope.year, seen.lang
    # The simulated rates at their stored quantiles; between two of them as on a straight line.
    at = [2.5, 10, 25, 50, 75, 90, 97.5]
    names = ("low_95", "low_80", "low_50", "estimate", "high_50", "high_80", "high_95")
    rates = [fan[name] for name in names]
    target = None if seen.prog else _target(seen, "execution_rate", year)
    told = []
    if target is not None:
        chance = 1 - float(np.interp(target, rates, at, left=2.5, right=97.5)) / 100
        said = attainment.verdict(chance, lang)
        told.append(t("budget.pace_target", lang, year=year, target=numbers.percent(target), said=said))
    by = numbers.month(year * 100 + 12, lang)
    low, high, even, safe = (
        numbers.percent(x) for x in (fan["low_80"], fan["high_80"], fan["estimate"], np.interp(20, at, rates))
    )
    told += [
        t("attain.expected", lang, by=by, low=low, high=high),
        t("attain.proposed", lang, even=even, safe=safe),
    ]
    past = seen.own(
        seen.scope.lines[(seen.scope.lines["fiscal_year"] == year - 1) & (seen.scope.lines["month"] == 12)]
    )
    if past["budget"].sum() > 0:
        rate = numbers.percent(100 * past["spent"].sum() / past["budget"].sum())
        told.append(t("attain.before", lang, said=t("budget.pace_before", lang, year=year - 1, rate=rate)))
    return [Note(" ".join(told))]


def _target(seen: Seen, metric_id: str, year: int) -> float | None:
    """The year's official target of a measure of spending, where an office has recorded one (table target)."""
    for row in seen.read.rows(ledger.targets, metric_id=metric_id).to_dict("records"):
        if row["valid_from"].year == year:
            return float(row["value"])
    return None
