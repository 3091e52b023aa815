"""Two to four districts beside each other, measure by measure, each with its interval and the city's value."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts import compare as charts
from locales import t
from metrics import registry
from ui import access, blocks, estimates, mapview, view, words
from ui.districts import reach
from ui.districts.choice import MOST_COMPARED, Choice
from ui.districts.frame import foot


def draw(c: Choice, lang: str) -> bool:
    """The comparison; returns whether it holds synthetic figures."""
    chosen = _chosen(c, lang)
    names = access.district_names(lang)
    if len(chosen) < 2:
        blocks.lead(t("district.compare_pick", lang))
        return False
    views = newest(lang)
    labels = {code: names[code] for code in chosen}
    blocks.lead(sentence(views, labels, lang), t("district.compare_sure", lang))
    panels = [_panel(v, chosen, lang) for v in views]
    half = -(-len(panels) // 2)
    for number, column in enumerate(st.columns(2, gap="large")):
        figure = charts.measures(
            panels[number * half : (number + 1) * half],
            labels=labels,
            hover=t("hover.interval", lang),
        )
        with column:
            blocks.chart(figure, key=f"compare_{number}", alt=sentence(views, labels, lang))
    blocks.note(t("district.compare_hint", lang))
    synthetic = any(mapview.evidence(v) == "synthetic" for v in views)
    foot(
        lambda: table(views, chosen, lang), name="compare_" + "_".join(chosen), synthetic=synthetic, lang=lang
    )
    return synthetic


def _chosen(c: Choice, lang: str) -> list[str]:
    """The compared districts; the picked one first until the reader chooses."""
    names = access.district_names(lang)
    return view.choose_many("cmp", list(names), label=t("district.compare_which", lang), say=names.__getitem__,
                            most=MOST_COMPARED, default=[c.district] if c.district else [])  # fmt: skip


def newest(lang: str) -> list[mapview.MapView]:
    """Every measure in its newest year, as the level view would show it first."""
    return _newest(lang, estimates.version())


@st.cache_resource(max_entries=8, show_spinner=False)
def _newest(lang: str, _version: Any) -> list[mapview.MapView]:
    found = []
    for indicator in mapview.INDICATORS:
        metric = registry.get(indicator)
        years = mapview.periods_of(metric)
        if years:
            found.append(mapview.build(indicator, period=years[0], level="district", district="", lang=lang,
                                       estimate=estimates.kinds(metric)[0]))  # fmt: skip
    years = sorted(access.years("people_served"), reverse=True)
    reached = reach.build(years[0], 0, lang) if years else None
    return [*found, reached.view] if reached is not None else found


def _panel(v: mapview.MapView, chosen: list[str], lang: str) -> tuple[str, pd.DataFrame, float | None, str]:
    rows = v.districts[v.districts["area_code"].isin(chosen)]
    said = [
        " · ".join(
            x for x in (words.value_of(row, v.metric, lang), words.interval_of(row, v.metric, lang)) if x
        )
        for _, row in rows.iterrows()
    ]
    city = None if pd.isna(v.city["value"]) else float(v.city["value"])
    name = f"{v.metric.name(lang)} · {v.when}"
    return name, rows[["area_code", "value", "lower", "upper"]].assign(said=said), city, "%" if v.metric.unit == "percent" else ""  # fmt: skip


def apart(v: mapview.MapView, chosen: list[str]) -> bool:
    """Whether two of the chosen differ clearly: their intervals do not touch."""
    rows = v.districts[v.districts["area_code"].isin(chosen) & v.districts["lower"].notna()]
    return len(rows) > 1 and bool(rows["lower"].max() > rows["upper"].min())


def sentence(views: list[mapview.MapView], labels: dict[str, str], lang: str) -> str:
    """On how many measures the chosen differ clearly, on which, and who is highest there."""
    different = [
        f"{v.metric.short(lang)} ▲{labels[_highest(v, list(labels))]}"
        for v in views
        if apart(v, list(labels))
    ]
    who = words.listed(list(labels.values()), lang)
    if not different:
        return t("district.compare_same", lang, who=who, total=len(views))
    return t("district.compare_sentence", lang, who=who, total=len(views), n=len(different),
             which=words.listed(different, lang, most=6))  # fmt: skip


def _highest(v: mapview.MapView, chosen: list[str]) -> str:
    rows = v.districts[v.districts["area_code"].isin(chosen)]
    return str(rows.loc[rows["value"].idxmax(), "area_code"])


def table(views: list[mapview.MapView], chosen: list[str], lang: str) -> pd.DataFrame:
    """What is compared, as text."""
    return pd.concat(
        [blocks.shown_rows(v.districts[v.districts["area_code"].isin(chosen)], v.metric, lang, when=v.when) for v in views],
        ignore_index=True,
    )  # fmt: skip
