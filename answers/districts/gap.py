"""Where is need high and reach low at once, and how sure is that?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from answers import say, words
from answers.answer import Answer, Beside, Block, Figure, Heading, Note, Picked
from answers.ask import Ask
from answers.districts import choices, figures, mapview, measures, reached, tables, verdict
from answers.districts.common import picked_or
from answers.districts.reached import Reach
from answers.reader import Reader
from charts import dots, intervals, quadrant
from charts.map import line_template
from locales import numbers, t
from metrics.reach import SURE

MOST_NAMED = 5


def gap(ask: Ask, read: Reader) -> Answer:
    """Need against reach."""
    c, lang = choices.wanted(ask), ask.lang
    found = reached.build(read, c.period, 0, lang)
    if found is None:
        return Answer("", ask.t("district.reach_none"))
    shown = found.view
    table = tables.table(rows(found, lang), f"need_reach_{c.period}")
    known = found.gap[found.gap["need"].notna() & found.gap["reach"].notna()]
    hover = [[row["label"], _line(row, lang), row["area_code"]] for row in known.to_dict("records")]
    figure = quadrant.need_by_reach(
        known,
        city=(found.city_need, float(shown.city["value"])),
        labels=(
            t("district.axis_need", lang, year=found.wave),
            t("district.axis_reach", lang, period=shown.when),
        ),
        corner=t("district.corner", lang),
        hover=np.array(hover, dtype=object).reshape(len(known), 3),
        named=set(named(found)["area_code"]),
        template=line_template(mapview.caption(shown, lang)),
        selected=c.district or None,
    )
    return Answer(
        "",
        sentence(found, lang),
        sure(found, lang),
        blocks=(
            *_chosen(read, found, c.district, c.period, lang),
            Note(t("district.gap_hint", lang)),
            Beside(
                (
                    [
                        Figure(
                            "gap",
                            figure,
                            sentence(found, lang),
                            table=tables.lean(table),
                            picks=figures.PICKS,
                        )
                    ],
                    _chances(found, lang),
                ),
                (6, 5),
                gap="medium",
            ),
            say.metric_source(shown.metric, shown.evidence, lang, period=shown.when, modelled=True),
            say.how_text(t("district.q_gap", lang), t("district.gap_how", lang)),
            tables.file(table),
        ),
        period=shown.when,
    )


def _chances(found: Reach, lang: str) -> list[Block]:
    """How likely each district is to be both, surest first, against the chance from which it is named."""
    rows = _surest_first(found)[lambda r: r["both"].notna()]
    chance = (100 * rows["both"]).tolist()
    said = [numbers.percent(v, 0) for v in chance]
    figure = intervals.interval_dots(
        rows["label"].tolist(),
        chance,
        chance,
        chance,
        side=["higher" if v >= 100 * SURE else "similar" for v in chance],
        hover=[f"{label}\n{v}" for label, v in zip(rows["label"], said, strict=True)],
        caption=found.view.when,
        yardstick=100 * SURE,
        yardstick_label=t("district.gap_from", lang, sure=numbers.number(100 * SURE)),
        title=t("district.axis_both", lang),
    )
    return [
        Heading(t("district.gap_ranked", lang)),
        Figure("gap_chances", figure, sentence(found, lang), shown=True),
    ]


def named(found: Reach) -> pd.DataFrame:
    """Districts that stand in the corner with at least 80 % probability, surest first."""
    return _surest_first(found)[lambda rows: rows["both"] >= SURE]


def _surest_first(found: Reach) -> pd.DataFrame:
    return found.gap.sort_values(["both", "area_code"], ascending=[False, True])


def sentence(found: Reach, lang: str) -> str:
    """Who surely has high need and low reach, and how sure; or that nobody can be named."""
    rows, level = named(found), numbers.number(100 * SURE)
    if rows.empty:
        best = _surest_first(found).iloc[0]
        if pd.isna(best["both"]):
            return t("district.reach_none", lang)
        chance = numbers.number(100 * best["both"])
        return t("district.gap_nobody", lang, sure=level, name=best["label"], chance=chance)
    each = [
        f"{label} {numbers.number(100 * both)}%"
        for label, both in zip(rows["label"], rows["both"], strict=True)
    ]
    return t(
        "district.gap_sentence",
        lang,
        sure=level,
        n=len(rows),
        names=words.listed(each, lang, most=MOST_NAMED),
    )


def sure(found: Reach, lang: str) -> str:
    """That need and reach move together, that many were looked at, and whether either differs at 95 % on its own."""
    differ = dots.comparison(found.view.districts, found.view.city["value"]).ne("similar").sum()
    return t("district.gap_sure", lang, total=len(found.gap), differ=words.places(int(differ), "stop", lang))


def rows(found: Reach, lang: str) -> pd.DataFrame:
    """What the view shows, as text, surest first."""
    rows = _surest_first(found)

    def numbered(column: str, digits: int, scale: float = 1.0) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v * scale, digits) for v in rows[column]]

    return pd.DataFrame(
        {
            t("map.col_code", lang): rows["area_code"].tolist(),
            t("map.col_area", lang): rows["label"].tolist(),
            t("district.col_both", lang): numbered("both", 0, 100),
            t("district.col_need", lang): numbered("need", 1),
            t("district.col_need_lower", lang): numbered("need_lower", 1),
            t("district.col_need_upper", lang): numbered("need_upper", 1),
            t("district.col_reach", lang): numbered("reach", 1),
            t("district.col_reach_lower", lang): numbered("reach_lower", 1),
            t("district.col_reach_upper", lang): numbered("reach_upper", 1),
            t("map.col_period", lang): [found.view.when] * len(rows),
            t("map.col_evidence", lang): [t(f"evidence.{found.view.evidence}", lang)] * len(rows),
        }
    )


def _chosen(read: Reader, found: Reach, code: str, period: int, lang: str) -> list[Block]:
    """The picked district: the one sentence that every view says of it, or of an earlier year its chance alone."""
    shown = _picked(found, code, lang)
    if shown is not None and verdict.speaks(read, measures.REACH, period):
        return verdict.blocks(read, code, lang)
    return [picked_or(shown, "district.dot_hint", lang)]


def _picked(found: Reach, code: str, lang: str) -> Picked | None:
    rows = found.gap[(found.gap["area_code"] == code) & found.gap["both"].notna()]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Picked(
        t("district.gap_picked", lang, name=row["label"], chance=numbers.number(100 * row["both"])),
        "",
        t(
            "district.gap_parts",
            lang,
            need=numbers.number(100 * row["need_above"]),
            reach=numbers.number(100 * row["reach_below"]),
        ),
    )


def _line(row: dict[str, float], lang: str) -> str:
    return t(
        "district.gap_line",
        lang,
        need=numbers.number(row["need"], 1),
        need_low=numbers.number(row["need_lower"], 1),
        need_high=numbers.number(row["need_upper"], 1),
        reach=numbers.number(row["reach"], 1),
        reach_low=numbers.number(row["reach_lower"], 1),
        reach_high=numbers.number(row["reach_upper"], 1),
        chance=numbers.number(100 * row["both"]),
    )
