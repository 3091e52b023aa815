"""Providers and districts on a funnel plot: which differ by more than chance, without a league table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts.funnel import funnel
from charts.map import line_template
from data import queries
from locales import numbers, t
from ui import access, blocks, services, view

MEASURES = {"start": ("started", "referred"), "dropout": ("dropped_out", "ended"), "paired": ("paired", "completed"),
            "recovery": ("recovered", "at_caseness")}  # fmt: skip
MARKER = (0.011, 0.027)  # of the largest size and of the height: about a marker, so that none hides another
FEWEST = 30  # also the size below which a unit is not shown as 0 % or 100 %


def draw(lang: str, *, where: dict[str, Any], months: queries.Span) -> None:
    """One measure by provider or district."""
    left, right, _ = st.columns([4, 3, 3])
    with left:
        measure = view.choose("rate", list(MEASURES), label=t("counselling.funnel_measure", lang), say=lambda m: t(f"counselling.funnel_{m}", lang))  # fmt: skip
    with right:
        unit = view.choose("unit", ["provider", "district"], label=t("counselling.funnel_unit", lang), kind="segments", say=lambda u: t(f"counselling.unit_{u}", lang))  # fmt: skip
    top, bottom = MEASURES[measure]
    key = "provider_id" if unit == "provider" else "area_code"
    rows = services.totals("case_course", columns=(top, bottom), keys=(key,), where=where)
    whole = services.total("case_course", columns=(top, bottom), where=where)
    shown = rows[rows[top].notna() & (rows[bottom] >= FEWEST)].copy()
    if shown.empty or not whole[bottom] or pd.isna(whole[top]):
        blocks.lead(t("status.withheld", lang))
        return
    centre = float(whole[top] / whole[bottom])
    names = access.district_names(lang)
    points, curves = _limits(shown, top, bottom, centre)
    points["label"] = points["short"] = [names.get(c, c) for c in shown[key]]
    points["area_code"] = shown[key].tolist()
    above, below = (points.loc[points["verdict"] == f"{s}_998", "label"].tolist() for s in ("high", "low"))
    said = t("counselling.funnel_sentence" if above or below else "counselling.funnel_none", lang, n=len(shown),
             city=numbers.percent(100 * centre), above=len(above), below=len(below))  # fmt: skip
    outside = int(points["verdict"].str.endswith(("_95", "_998")).sum())
    blocks.lead(
        said, t("counselling.funnel_95", lang, n=outside, expected=numbers.number(0.05 * len(shown), 1))
    )
    named = ", ".join([*(f"▲ {n}" for n in above[:6]), *(f"▼ {n}" for n in below[:6])])
    blocks.note(t("counselling.funnel_key", lang) + (f" {named}" if named else ""))
    base = t(f"counselling.base_{bottom}", lang)
    hover = np.array([[row["label"], f"{numbers.percent(row['value'], 0)} · {base} {numbers.number(row['n'])}", row["area_code"]]
                      for row in points.to_dict("records")], dtype=object)  # fmt: skip
    evidence = "synthetic" if (rows["evidence"] == "synthetic").any() else "recorded"
    points[["n", "value"]] = apart(
        points, height=float(curves["upper_998"].max() - curves["lower_998"].min())
    )
    figure = funnel(points, curves, target=(100 * centre, t("chart.city", lang, value=numbers.percent(100 * centre))), hover=hover,
                    template=line_template(t(f"evidence.{evidence}", lang)), size_label=base, suffix="%", lang=lang)  # fmt: skip
    blocks.chart(figure, key="provider_funnel", alt=said)
    hidden = len(rows) - len(shown)
    if hidden:
        blocks.note(t("counselling.funnel_hidden", lang, n=hidden, least=FEWEST))
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "counselling.how_funnel")


def apart(points: pd.DataFrame, *, height: float) -> pd.DataFrame:
    """`n` and `value` to draw at: points in one place, as rounded counts make them, stand in a block around it.

    Args:
        height: of the value axis, so that neighbours in the block are about a marker apart.
    """
    place = [points["n"], points["value"].round()]
    number, many = points.groupby(place).cumcount(), points.groupby(place)["n"].transform("size")
    wide = np.ceil(np.sqrt(many))
    column, row = number % wide - (wide - 1) / 2, number // wide - (np.ceil(many / wide) - 1) / 2
    return pd.DataFrame({
        "n": points["n"] + MARKER[0] * float(points["n"].max()) * column,
        "value": points["value"] + MARKER[1] * height * row,
    })  # fmt: skip


def _limits(shown: pd.DataFrame, top: str, bottom: str, centre: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points and limits of the funnel, in percent."""
    from geo import small_area  # scipy.optimize: only when a funnel is asked for

    size = shown[bottom].to_numpy(dtype=float)
    grid = np.geomspace(size.min() * 0.6, size.max() * 1.08, 80)
    found = small_area.funnel_limits(
        np.minimum(shown[top].to_numpy(dtype=float), size), size, target=centre, grid=grid
    )
    points = found.areas[["n", "verdict"]].assign(value=100 * found.areas["value"])
    return points, (100 * found.curve).assign(n=found.curve["n"])
