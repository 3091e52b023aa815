"""What is said of one district, everywhere in the same words: need and reach against the city, and whether it is named for both."""

from __future__ import annotations

import pandas as pd

from answers import words
from answers.answer import Block, Column, Fold, Picked, Table
from answers.districts import measures, ranks, reached
from answers.districts.measures import SMOOTHED
from answers.districts.reached import NEED, Reach
from answers.reader import Reader
from charts.dots import comparison
from locales import numbers, t
from metrics import registry
from metrics.reach import SURE


def speaks(
    read: Reader, indicator: str, period: int, *, group: str = "all", estimate: str = SMOOTHED
) -> bool:
    """Whether the one sentence is about this view: isolation or reach as the map shows them first."""
    if indicator == measures.REACH:
        years = measures.periods_of(read, registry.REACH)
        return bool(years) and period == years[0]
    years = measures.periods_of(read, registry.get(NEED))
    return (
        indicator == NEED and group == "all" and estimate == SMOOTHED and bool(years) and period == years[0]
    )


def blocks(read: Reader, code: str, lang: str, figure: Picked | None = None) -> list[Block]:
    """The sentence on a district, and what it rests on behind it; nothing where need or reach has no figure.

    Args:
        figure: the district's figure in the view that the sentence stands in.
    """
    found = reached.newest(read, lang)
    rows = None if found is None else found.gap[found.gap["area_code"] == code]
    if found is None or rows is None or rows.empty or rows[["need", "reach", "both"]].isna().any(axis=None):
        return []
    row = rows.iloc[0]
    line, extra = (str(row["label"]), "") if figure is None else (figure.line, figure.extra)
    return [Picked(line, extra, sentence(found, row, lang)), _behind(read, found, row, lang)]


def sentence(found: Reach, row: pd.Series, lang: str) -> str:
    """Need and reach against the city, as far as their intervals allow, and whether the district is named for both."""
    survey, reach = registry.get(NEED), registry.REACH
    named = row["both"] >= SURE
    sides = {
        "need": _side(row, "need", found.city_need),
        "reach": _side(row, "reach", float(found.view.city["value"])),
    }
    own = words.digits_of({"digits": row["need_digits"]})
    said = [
        t(
            f"district.verdict_{which}_{sides[which]}",
            lang,
            name=row["label"],
            value=numbers.value(row[which], metric.unit, lang, digits=digits[0]),
            limits=numbers.limits(
                row[f"{which}_lower"], row[f"{which}_upper"], metric.unit, digits=digits[0]
            ),
            city=numbers.value(city, metric.unit, lang, digits=digits[1]),
        )
        for which, metric, city, digits in (
            ("need", survey, found.city_need, (own, found.city_digits)),
            ("reach", reach, float(found.view.city["value"]), (1, 1)),
        )
    ]
    last = t(
        "district.verdict_named" if named else "district.verdict_unnamed",
        lang,
        chance=numbers.number(100 * row["both"]),
        sure=numbers.number(100 * SURE),
    )
    return " ".join([*said, last])


def _side(row: pd.Series, which: str, city: float) -> str:
    one = pd.DataFrame(
        [{k: row[f"{which}{end}"] for k, end in (("value", ""), ("lower", "_lower"), ("upper", "_upper"))}]
    )
    return str(comparison(one, city).iloc[0])


def _behind(read: Reader, found: Reach, row: pd.Series, lang: str) -> Fold:
    """What the sentence rests on: chances and the place in the order, with the periods."""
    order = ranks.of(read, NEED, period=found.wave, estimate=SMOOTHED)
    rows = [
        (
            t("district.behind_periods", lang),
            t("district.behind_when", lang, wave=found.wave, when=found.view.when),
        ),
        (t("district.behind_need", lang), numbers.percent(100 * row["need_above"], 0)),
        (t("district.behind_reach", lang), numbers.percent(100 * row["reach_below"], 0)),
        (t("district.behind_both", lang), numbers.percent(100 * row["both"], 0)),
        (t("district.behind_place", lang), ranks.sentence(order, str(row["area_code"]), lang)),
    ]
    columns = [Column(t("figures.what", lang)), Column(t("figures.figure", lang))]
    return Fold(t("district.behind", lang), (Table(columns, rows, stacked=False),))
