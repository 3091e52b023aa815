"""Where is it high? A measure by district: map and ranked intervals that share one selection; raw, smoothed, or both."""

from __future__ import annotations

import numpy as np
import pandas as pd

from answers import say, terms, words
from answers.answer import Answer, Beside, Block, Figure, Heading, Note, Picked, Table
from answers.ask import Ask
from answers.districts import choices, estimates, figures, mapview, measures, ranks, tables, verdict
from answers.districts.choices import Wanted
from answers.districts.common import picked_or
from answers.districts.mapview import MapView
from answers.districts.measures import DIRECT, SHRINKAGE
from answers.reader import Reader
from charts import dots, theme
from charts.map import line_template
from locales import numbers, t

DIFFERENCES = (-2.0, -0.5, 0.5, 2.0)  # points (or events per 100 person-years) between raw and smoothed


def need(ask: Ask, read: Reader) -> Answer:
    """Where a measure of need is high."""
    return level(choices.wanted(ask), read, ask.lang)


def level(c: Wanted, read: Reader, lang: str) -> Answer:
    """The level of one measure by district, or by dong."""
    shown = mapview.build(
        read,
        c.indicator,
        period=c.period,
        level=c.level,
        district=c.district,
        lang=lang,
        group=c.group,
        estimate=c.estimate,
        own=c.own,
    )
    name = c.named(c.indicator, str(c.period), c.level)
    name = name if shown.method == DIRECT else f"{name}_{shown.method}"
    table = tables.table(rows(shown, lang), name)
    if c.estimate == SHRINKAGE and "raw_value" in shown.districts:
        left, right = _moved(read, shown, c, table, lang), _shrinkage(shown, c, lang)
    else:
        left = figures.choropleth(read, shown, c.district, lang, tile=c.tile, table=tables.lean(table))
        right = figures.ranked(shown, c.district, lang)
    made = "" if shown.method == DIRECT else t(f"district.sentence_{shown.method}", lang)
    return Answer(
        "",
        shown.sentence,
        " ".join(part for part in (made, shown.sure) if part),
        blocks=(
            *_picked(read, shown, c, lang),
            Beside((left, right), (6, 5), gap="medium"),
            *_unequal(read, shown, c, lang),
            *([terms.card(lang, "fay_herriot")] if shown.method == "fay_herriot" else []),
            say.figures(lang, *words.city_figures(shown.city, shown.metric, lang=lang)),
            tables.file(table),
        ),
        period=shown.when,
        geography=mapview.boundary_words(read, shown.vintage, c.tile, lang),
    )


def rows(shown: MapView, lang: str) -> pd.DataFrame:
    """What is shown, as text; modelled rows carry the raw value and the weight that their own data kept."""
    found = tables.shown_rows(shown, lang)
    found.insert(7, t("district.col_method", lang), [t(f"district.method_{shown.method}", lang)] * len(found))
    if "raw_value" in shown.areas:
        raw = zip(shown.areas["raw_value"], shown.areas.to_dict("records"), strict=True)
        said = [
            t("status.withheld", lang)
            if pd.isna(v)
            else numbers.value(v, shown.metric.unit, lang, digits=words.digits_of(row))
            for v, row in raw
        ]
        found.insert(8, t("district.col_raw", lang), said)
    if "shrinkage" in shown.areas:
        kept = ["" if pd.isna(w) else numbers.number(w, 2) for w in shown.areas["shrinkage"]]
        found.insert(9, t("district.col_weight", lang), kept)
    return found


def picked(shown: MapView, code: str, lang: str) -> Picked | None:
    """The picked district: value, interval, what stands behind it, against the city; None for the whole city."""
    row = mapview.picked(shown, code)
    if row is None:
        return None
    value = words.value_of(row, shown.metric, lang)
    n = t("hover.n", lang, n=numbers.number(row["n"])) if pd.notna(row["n"]) else ""
    return Picked(
        t("map.selected_value", lang, name=row["label"], period=shown.when, value=value),
        " · ".join(part for part in (words.interval_of(row, shown.metric, lang), n, row["note"]) if part),
        words.against_city(row, shown.city, shown.metric, lang=lang),
    )


def _picked(read: Reader, shown: MapView, c: Wanted, lang: str) -> list[Block]:
    """The picked district, and how sure its place in the order is."""
    found = picked(shown, c.district, lang)
    if found is None:
        return [picked_or(None, "map.selected_hint", lang)]
    first = verdict.speaks(read, c.indicator, c.period, group=c.group, estimate=c.estimate)
    said = verdict.blocks(read, c.district, lang, figure=found) if first and c.level == "district" else []
    if said:
        return said
    order = ranks.of(read, c.indicator, period=c.period, group=c.group, estimate=c.estimate)
    return [found, Note(ranks.sentence(order, c.district, lang))]


def _unequal(read: Reader, shown: MapView, c: Wanted, lang: str) -> list[Block]:
    """How the measure runs along deprivation: slope index and relative index, with intervals; nothing for others."""
    asked = c.indicator in measures.NEED and c.indicator != "basic_livelihood_rate"
    if not asked or c.level != "district" or shown.districts["value"].isna().all():
        return []
    found = estimates.slope(read, c.indicator, c.period, c.group)
    if found is None:
        return []
    sure = found.sii_lower > 0 or found.sii_upper < 0
    name, points = shown.metric.short(lang), "%p" if shown.metric.unit == "percent" else ""
    return [
        Note(
            t(
                "district.slope" if sure else "district.slope_none",
                lang,
                name=words.with_particle(name, "이/가", lang) if sure else name,
                sii=numbers.signed(found.sii, 1) + points,
                sii_limits=f"{numbers.signed(found.sii_lower, 1)} – {numbers.signed(found.sii_upper, 1)}",
                rii=numbers.number(found.rii, 2),
                rii_limits=f"{numbers.number(found.rii_lower, 2)} – {numbers.number(found.rii_upper, 2)}",
            )
        )
    ]


def _moved(read: Reader, shown: MapView, c: Wanted, table: Table, lang: str) -> list[Block]:
    """How far smoothing moved each district: the map of the shrinkage itself."""
    names = [t(f"district.moved_{number}", lang) for number in range(5)]
    moved = (shown.areas["value"] - shown.areas["raw_value"]).to_numpy(dtype=float)
    areas = shown.areas.assign(
        kind=[
            "withheld" if np.isnan(m) else names[int(np.searchsorted(DIFFERENCES, m, side="right"))]
            for m in moved
        ],
        sign=["" if np.isnan(m) else " ▲" if m >= 0.5 else " ▼" if m < -0.5 else "" for m in moved],
    )
    palette = dict(zip(names, theme.diverging(), strict=True)) | {"withheld": "@missing"}
    counts = areas["kind"].value_counts()
    said = {"withheld": t("district.moved_withheld", lang)}
    metric = shown.metric
    return [
        figures.kinds_legend((palette[k], said.get(k, k), int(counts.get(k, 0))) for k in palette),
        figures.categories(
            read,
            areas,
            shown.vintage,
            kinds=tuple(palette),
            palette=palette,
            hover=_hover(areas, shown, lang),
            template=line_template(mapview.caption(shown, lang)),
            selected=c.district,
            alt=shown.sentence,
            tile=c.tile,
            table=tables.lean(table),
        ),
        say.metric_source(metric, shown.evidence, lang, period=shown.when),
        say.metric_how(
            read, metric, lang, period=shown.when, table=measures.table_of(metric), method=shown.method
        ),
    ]


def _hover(areas: pd.DataFrame, shown: MapView, lang: str) -> np.ndarray:
    lines = [
        t(
            "district.moved_hover",
            lang,
            smoothed=words.value_of(row, shown.metric, lang),
            raw=t("status.withheld", lang)
            if pd.isna(row["raw_value"])
            else numbers.value(row["raw_value"], shown.metric.unit, lang, digits=words.digits_of(row)),
            weight=numbers.number(100 * row["shrinkage"]) if pd.notna(row["shrinkage"]) else "–",
        )
        for row in areas.to_dict("records")
    ]
    return np.array(list(zip(areas["label"], lines, strict=True)), dtype=object).reshape(len(areas), 2)


def _shrinkage(shown: MapView, c: Wanted, lang: str) -> list[Block]:
    metric, city = shown.metric, float(shown.city["value"])
    known, _ = dots.in_order(shown.districts)
    figure = dots.shrinkage(
        shown.districts,
        hover=_hover(known, shown, lang),
        selected=c.district or None,
        template=line_template(mapview.caption(shown, lang)),
        suffix="%" if metric.unit == "percent" else "",
        city=(city, t("chart.city", lang, value=numbers.value(city, metric.unit, lang))),
    )
    return [
        Heading(t("district.shrinkage_title", lang)),
        Note(t("district.shrinkage_hint", lang)),
        Figure("dots", figure, figures.dots_alt(shown, lang), picks=figures.PICKS, shown=True),
    ]
