"""Where is it high? A measure by district: map and ranked intervals that share one selection; raw, smoothed, or both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from charts import dots, theme
from charts.map import line_template
from locales import numbers, t
from ui import blocks, estimates, mapcharts, mapview, words
from ui.districts import frame, ranks
from ui.districts.choice import Choice

DIFFERENCES = (-2.0, -0.5, 0.5, 2.0)  # points (or events per 100 person-years) between raw and smoothed


def draw(c: Choice, lang: str) -> bool:
    """The level of one measure; returns whether it is synthetic."""
    shown = mapview.build(c.indicator, period=c.period, level=c.level, district=c.district, lang=lang, group=c.group,
                          estimate=c.estimate, own=c.own)  # fmt: skip
    blocks.lead(shown.sentence, sure(shown, lang))
    picked(shown, c, lang)
    left, right = st.columns([6, 5], gap="medium")
    drawn = c.estimate == estimates.SHRINKAGE and "raw_value" in shown.districts
    with left:
        if drawn:
            _difference_map(shown, c, lang)
        else:
            mapcharts.choropleth(shown, c.district, lang, tile=c.shape == "tile")
    with right:
        if drawn:
            _shrinkage_plot(shown, c, lang)
        else:
            mapcharts.ranked(shown, c.district, lang)
    if c.level == "district" and shown.districts["value"].notna().any():
        inequality(c, lang)
    synthetic = mapview.evidence(shown) == "synthetic"
    made = "" if shown.method == estimates.DIRECT else f"_{shown.method}"
    name = f"{c.indicator}_{c.period}_{c.level}{'' if c.group == 'all' else f'_{c.group}'}{made}"
    frame.foot(lambda: table(shown, lang), name=name, synthetic=synthetic, lang=lang)
    return synthetic


def sure(shown: mapview.MapView, lang: str) -> str:
    """How sure the answer is; a smoothed one says what it borrowed from."""
    made = "" if shown.method == estimates.DIRECT else t(f"district.sentence_{shown.method}", lang)
    return " ".join(part for part in (made, shown.sure) if part)


def table(shown: mapview.MapView, lang: str) -> pd.DataFrame:
    """What is shown, as text; modelled rows carry the raw value and the weight that their own data kept."""
    rows = blocks.shown_rows(shown.areas, shown.metric, lang, when=shown.when)
    made = [t(f"district.method_{shown.method}", lang)] * len(rows)
    rows.insert(7, t("district.col_method", lang), made)
    if "raw_value" in shown.areas:
        raw = shown.areas["raw_value"]
        digits = [words.digits_of(row) for _, row in shown.areas.iterrows()]
        said = [
            t("status.withheld", lang) if pd.isna(v) else numbers.value(v, shown.metric.unit, lang, digits=d)
            for v, d in zip(raw, digits, strict=True)
        ]
        rows.insert(8, t("district.col_raw", lang), said)
    if "shrinkage" in shown.areas:
        kept = ["" if pd.isna(w) else numbers.number(w, 2) for w in shown.areas["shrinkage"]]
        rows.insert(9, t("district.col_weight", lang), kept)
    return rows


def picked(shown: mapview.MapView, c: Choice, lang: str) -> None:
    """The picked district: value, interval, against the city, and how sure its place in the order is."""
    row = mapview.picked(shown, c.district)
    if row is None:
        blocks.note(t("map.selected_hint", lang))
        return
    mapview.picked_block(shown, c.district, lang)
    order = ranks.of(c.indicator, period=c.period, group=c.group, estimate=c.estimate)
    blocks.note(ranks.sentence(order, c.district, lang))


def inequality(c: Choice, lang: str) -> None:
    """How the measure runs along deprivation: slope index and relative index, with intervals; nothing for others."""
    if c.indicator not in mapview.NEED or c.indicator == "basic_livelihood_rate":
        return
    found = estimates.slope(c.indicator, period=c.period, group=c.group)
    if found is None:
        return
    key = "district.slope" if found.sii_lower > 0 or found.sii_upper < 0 else "district.slope_none"
    points = "%p" if c.metric.unit == "percent" else ""
    blocks.note(t(
        key, lang, name=_subject(key, c.metric.short(lang), lang), sii=numbers.signed(found.sii, 1) + points,
        sii_limits=f"{numbers.signed(found.sii_lower, 1)} – {numbers.signed(found.sii_upper, 1)}",
        rii=numbers.number(found.rii, 2),
        rii_limits=f"{numbers.number(found.rii_lower, 2)} – {numbers.number(found.rii_upper, 2)}",
    ))  # fmt: skip


def _subject(key: str, name: str, lang: str) -> str:
    return words.with_particle(name, "이/가", lang) if key == "district.slope" else name


def _difference_map(shown: mapview.MapView, c: Choice, lang: str) -> None:
    """How far smoothing moved each district: the map of the shrinkage itself."""
    ramp = theme.diverging()
    names = [t(f"district.moved_{number}", lang) for number in range(5)]
    areas = shown.areas.copy()
    moved = (areas["value"] - areas["raw_value"]).to_numpy(dtype=float)
    areas["kind"] = [
        "withheld" if np.isnan(m) else names[int(np.searchsorted(DIFFERENCES, m, side="right"))]
        for m in moved
    ]
    areas["sign"] = ["" if np.isnan(m) else " ▲" if m >= 0.5 else " ▼" if m < -0.5 else "" for m in moved]
    palette = dict(zip(names, ramp, strict=True)) | {"withheld": "@missing"}
    counts = areas["kind"].value_counts()
    label = {"withheld": t("district.moved_withheld", lang)}
    blocks.kinds_legend([(palette[k], label.get(k, k), int(counts.get(k, 0))) for k in palette])
    mapcharts.categories(areas, shown.vintage, kinds=tuple(palette), palette=palette, hover=_moved_hover(areas, shown, lang),
                         template=line_template(mapview.caption(shown, lang)), selected=c.district, alt=shown.sentence, tile=c.shape == "tile")  # fmt: skip
    blocks.source_line(shown.metric, mapview.evidence(shown), lang, period=shown.when)
    blocks.how(
        shown.metric, lang, period=shown.when, table=mapview.table_of(shown.metric), method=shown.method
    )


def _moved_hover(areas: pd.DataFrame, shown: mapview.MapView, lang: str) -> np.ndarray:
    lines = [
        t(
            "district.moved_hover", lang, smoothed=words.value_of(row, shown.metric, lang),
            raw=t("status.withheld", lang) if pd.isna(row["raw_value"])
            else numbers.value(row["raw_value"], shown.metric.unit, lang, digits=words.digits_of(row)),
            weight=numbers.number(100 * row["shrinkage"]) if pd.notna(row["shrinkage"]) else "–",
        )
        for _, row in areas.iterrows()
    ]  # fmt: skip
    return np.array(list(zip(areas["label"], lines, strict=True)), dtype=object).reshape(len(areas), 2)


def _shrinkage_plot(shown: mapview.MapView, c: Choice, lang: str) -> None:
    metric = shown.metric
    blocks.heading(t("district.shrinkage_title", lang))
    blocks.note(t("district.shrinkage_hint", lang))
    known, _ = dots.in_order(shown.districts)
    city = float(shown.city["value"])
    figure = dots.shrinkage(
        shown.districts, hover=_moved_hover(known, shown, lang), selected=c.district or None,
        template=line_template(mapview.caption(shown, lang)),
        suffix="%" if metric.unit == "percent" else "",
        city=(city, t("chart.city", lang, value=numbers.value(city, metric.unit, lang))),
    )  # fmt: skip
    frame.clickable(figure, "dots", t("chart.dots_alt", lang, name=metric.name(lang), period=shown.when, summary=shown.sentence))  # fmt: skip
