"""Two to four districts beside each other, measure by measure, each with its interval and the city's value."""

from __future__ import annotations

import pandas as pd

from answers import words
from answers.answer import Answer, Beside, Figure, Note
from answers.ask import Ask
from answers.districts import newest, tables
from answers.districts.mapview import MapView
from answers.reader import Reader
from charts import compare as charts
from locales import t


def compare(ask: Ask, read: Reader) -> Answer:
    """The comparison."""
    chosen, lang = ask.many("cmp"), ask.lang
    if len(chosen) < 2:
        return Answer("", ask.t("district.compare_pick"))
    names, views = read.district_names(lang), newest.views(read, lang)
    labels = {code: names[code] for code in chosen}
    said = sentence(views, labels, lang)
    half = -(-len(views) // 2)
    parts = [(part, rows(part, chosen, lang)) for part in (views[:half], views[half:])]
    name = "compare_" + "_".join(chosen)
    table = tables.table(tables.beneath([said_of for _, said_of in parts]), name)
    columns = []
    for number, (part, own) in enumerate(parts):
        panels = [_panel(v, chosen, lang) for v in part]
        figure = charts.measures(panels, labels=labels, hover=t("hover.interval", lang))
        beneath = tables.lean(tables.table(own, f"{name}_{number}"))
        columns.append([Figure(f"compare_{number}", figure, said, table=beneath)])
    return Answer(
        "",
        said,
        ask.t("district.compare_sure"),
        blocks=(Beside(columns), Note(ask.t("district.compare_hint")), tables.file(table)),
    )


def _panel(v: MapView, chosen: list[str], lang: str) -> tuple[str, pd.DataFrame, float | None, str]:
    mine = _of(v, chosen)
    said = [
        " · ".join(
            x for x in (words.value_of(row, v.metric, lang), words.interval_of(row, v.metric, lang)) if x
        )
        for row in mine.to_dict("records")
    ]
    city = None if pd.isna(v.city["value"]) else float(v.city["value"])
    name = f"{v.metric.name(lang)} · {v.when}"
    return (
        name,
        mine[["area_code", "value", "lower", "upper"]].assign(said=said),
        city,
        "%" if v.metric.unit == "percent" else "",
    )


def _of(v: MapView, chosen: list[str]) -> pd.DataFrame:
    return v.districts[v.districts["area_code"].isin(chosen)]


def apart(v: MapView, chosen: list[str]) -> bool:
    """Whether two of the chosen differ clearly: their intervals do not touch."""
    mine = _of(v, chosen)
    mine = mine[mine["lower"].notna()]
    return len(mine) > 1 and bool(mine["lower"].max() > mine["upper"].min())


def sentence(views: list[MapView], labels: dict[str, str], lang: str) -> str:
    """On how many measures the chosen differ clearly, on which, and who is highest there."""
    chosen = list(labels)
    different = [f"{v.metric.short(lang)} ▲{labels[_highest(v, chosen)]}" for v in views if apart(v, chosen)]
    who = words.listed(list(labels.values()), lang)
    if not different:
        return t("district.compare_same", lang, who=who, total=len(views))
    return t(
        "district.compare_sentence",
        lang,
        who=who,
        total=len(views),
        n=len(different),
        which=words.listed(different, lang, most=6),
    )


def _highest(v: MapView, chosen: list[str]) -> str:
    mine = _of(v, chosen)
    return str(mine.loc[mine["value"].idxmax(), "area_code"])


def rows(views: list[MapView], chosen: list[str], lang: str) -> pd.DataFrame:
    """What is compared, as text."""
    return tables.beneath([tables.shown_rows(v, lang, _of(v, chosen)) for v in views])
