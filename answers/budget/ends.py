"""How the year and the five years will end, and how often this forecast was right before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from answers import say
from answers.answer import Block, Cell, Figure, Fold, Heading, Key, Lead, Legend, Note, Source, Table
from answers.budget import pieces, record, source, won
from answers.budget.seen import Seen
from answers.studies import Pending
from charts.scurve import year_bars
from forecast.outturn import LEVELS, RANGES, YearForecast
from forecast.plan_end import PlanForecast
from locales import numbers, t
from metrics import budget

Row = Mapping[Any, Any]


def blocks(seen: Seen) -> list[Block]:
    """This year by programme, the five years, and the record of past errors."""
    scope = seen.scope
    made: list[Block] = [Heading(seen.t("end_year", year=scope.year))]
    try:
        found = source.outlook(seen.read)
    except Pending as problem:
        return [*made, Note(problem.words(seen.lang)), *record.blocks(seen)]
    if scope.year < scope.closed_before:
        made.append(Note(seen.t("end_closed", year=scope.year)))
    elif found.year.programmes.empty:
        made.append(Note(seen.t("no_year")))
    else:
        made += _this_year(seen, found.year)
    made.append(Heading(seen.t("five_title")))
    made += _five_years(seen, found.plan) if found.plan else [Note(seen.t("five_short"))]
    return [*made, *record.blocks(seen)]


def _this_year(seen: Seen, end: YearForecast) -> list[Block]:
    total = end.total
    spans = {
        f"{name}_range": f"{seen.whole(total[f'{name}_low'])}–{seen.whole(total[f'{name}_high'])}"
        for name in ("carry", "lapse")
    }
    said = seen.t(
        "end_lead",
        estimate=seen.whole(total["estimate"]),
        rate=numbers.percent(100 * total["rate"]),
        low=seen.whole(total["low_95"]),
        high=seen.whole(total["high_95"]),
        carry=seen.whole(total["carry"]),
        lapse=seen.whole(total["lapse"]),
        **spans,
    )
    rows = [{"programme_id": "", "method": "sum", **total}, *end.programmes.to_dict("records")]
    names = ("name", "current", "spent", "estimate_rate", "50", "80", "95", "carry", "lapse", "how")
    table = Table(
        seen.heads("end_", names, words=("name", "how"), money=None),
        [_row(row, seen) for row in rows],
        classes=["total", *[""] * (len(rows) - 1)],
    )
    return [
        Lead(said),
        Source(("modelled",), seen.caption),
        pieces.rows(pieces.Rows("budget_ends", table, "stacked tight")),
        Note(seen.t("end_method")),
    ]


def _row(row: Row, seen: Seen) -> list[Cell]:
    """A programme's end; where only a range is known, the range alone."""
    node = f"programme:{row['programme_id']}" if row["programme_id"] else "total"
    ranged = row["method"] in RANGES
    estimate = (
        Cell(won.NO_FIGURE)
        if ranged
        else Cell(seen.say(row["estimate"]), more=numbers.percent(100 * row["rate"]))
    )
    spans = [
        # A phone shows the widest interval of a programme only; the total keeps all three.
        Cell(
            won.NO_FIGURE if ranged and level != 95 else seen.span(row[f"low_{level}"], row[f"high_{level}"]),
            kind="minor" if row["programme_id"] and level != 95 else "",
        )
        for level in LEVELS
    ]
    left = []
    for name in ("carry", "lapse"):
        span = seen.span(row[f"{name}_low"], row[f"{name}_high"])
        left.append(Cell(span) if ranged else Cell(seen.say(row[name]), more=span))
    return [
        Cell(seen.name_of(node), pick=node),
        Cell(seen.say(row["budget"])),
        Cell(seen.say(row["spent"])),
        estimate,
        *spans,
        *left,
        Cell(seen.t(f"method_{row['method']}")),
    ]


def _five_years(seen: Seen, found: PlanForecast) -> list[Block]:
    total, years = found.total, found.years.to_dict("records")
    rate = won.percent(total["estimate"], budget.PLAN_TOTAL_KRW)
    said = seen.t(
        "five_lead",
        estimate=seen.whole(total["estimate"]),
        low=seen.whole(total["low_95"]),
        high=seen.whole(total["high_95"]),
        rate=rate,
        above=chance(found.above, seen.lang),
        below=chance(found.below_85, seen.lang),
    )
    rows = source.plan(seen.read, source.ends(seen.read)[1])
    planned = rows.groupby("fiscal_year")["planned_krw"].sum()
    size = won.UNITS[seen.unit][0]
    bars = [{name: float(row[name]) / size for name in ("estimate", "low_95", "high_95")} for row in years]
    hover = [
        seen.t(
            "five_hover",
            year=int(row["fiscal_year"]),
            estimate=seen.say(row["estimate"]),
            low=seen.say(row["low_95"]),
            high=seen.say(row["high_95"]),
        )
        for row in years
    ]
    labels = [str(int(row["fiscal_year"])) for row in years]
    figure = year_bars(
        labels,
        bars,
        hover,
        planned=[float(planned.get(int(y), 0)) / size for y in labels],
        labels={"planned": seen.t("col_plan_current")},
    )
    twin = Table(
        seen.heads("", ("year", "col_plan_current", "end_estimate", "end_95"), words=("year",), money=None),
        [
            (
                str(int(row["fiscal_year"])),
                seen.say(float(planned.get(int(row["fiscal_year"]), 0))),
                seen.say(row["estimate"]),
                seen.span(row["low_95"], row["high_95"]),
            )
            for row in years
        ],
    )
    return [
        Lead(said),
        Legend(
            [
                Key("", seen.caption),
                Key("@missing", seen.t("five_planned")),
                Key("", f"◆ {seen.t('five_outturn')}"),
            ]
        ),
        Figure("budget_five", figure, seen.t("five_alt", summary=" ".join(hover)), twin),
        say.figures(
            seen.lang,
            (t("figures.plan_total", seen.lang), seen.whole(budget.PLAN_TOTAL_KRW)),
            (t("figures.five_rate", seen.lang), rate),
        ),
        Fold(f"{seen.t('five_programmes')} {seen.caption}", (_by_programme(seen, found, rows),)),
        Note(seen.t("five_method")),
    ]


def _by_programme(seen: Seen, found: PlanForecast, baselines: pd.DataFrame) -> Table:
    """Five years by programme beside its current plan."""
    plan = baselines.groupby("programme_id")["planned_krw"].sum()
    keys = ("end_name", "col_plan_current", "end_estimate", "end_50", "end_80", "end_95")
    rows = [_five_row(seen, seen.t("total"), int(plan.sum()), found.total)]
    for row in found.programmes.sort_values("estimate", ascending=False).to_dict("records"):
        key = str(row["programme_id"])
        rows.append(_five_row(seen, seen.names.get(f"programme:{key}", key), int(plan.get(key, 0)), row))
    return Table(seen.heads("", keys, words=("end_name",), money=None), rows)


def _five_row(seen: Seen, name: str, planned: int, row: Row) -> tuple[str, ...]:
    spans = (seen.span(row[f"low_{level}"], row[f"high_{level}"]) for level in LEVELS)
    return (name, seen.say(planned), seen.say(row["estimate"]), *spans)


def chance(share: float, lang: str) -> str:
    """A simulated probability; the ends are not certain."""
    if share < 0.01:
        return t("budget.chance_low", lang)
    if share > 0.99:
        return t("budget.chance_high", lang)
    return numbers.percent(100 * share, 0)
