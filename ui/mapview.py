"""What the district map shows: areas with their figures, the city, the sentence, the picked district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from charts import bins
from data.census import MAP_VINTAGE
from data.sources import sources
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from ui import access, blocks, store, view, words

INDICATORS = ("one_person_share", "isolation_prevalence", "loneliness_prevalence", "basic_livelihood_rate", "answer_rate",
              "referral_rate", "first_wait_42", "recovery_rate")  # fmt: skip
DISTRICT_VINTAGE = 2020


@dataclass(frozen=True)
class MapView:
    """One view of the map, ready to draw."""

    metric: Metric
    period: int
    level: str
    areas: pd.DataFrame  # what is drawn: metric frame with label, short, lon, lat, note
    districts: pd.DataFrame  # the 25 districts, for names and the ranked plot
    city: pd.Series
    vintage: int
    when: str  # the period in words
    sentence: str


def has_dong(metric: Metric) -> bool:
    """Whether a metric exists below the district: census household figures only."""
    return metric.source_id == "census"


def where(metric: Metric, period: int) -> dict[str, Any]:
    """The filter of a period; surveys stay within one instrument."""
    found = access.year_filter(metric, period)
    if metric.interval == "wilson_effective":
        found["instrument_id"] = access.main_instrument()
    return found


def period_words(metric: Metric, period: int, lang: str) -> str:
    """A year in words; the running year of a monthly measure says how far it goes."""
    day = store.as_of()
    if "year" not in metric.grains and period == day.year and day.month < 12:
        month = day.month if lang == "ko" else f"{day:%b}"
        return t("map.partial_year", lang, year=period, month=month)
    return words.period_label(period, lang)


def periods_of(metric: Metric) -> list[int]:
    """Years that the map can show, newest first."""
    return sorted(access.years(metric.metric_id), reverse=True)


def build(metric_id: str, *, period: int, level: str, district: str, lang: str) -> MapView:
    """Everything a map view needs; shared between visitors, so not to be changed.

    Args:
        district: a district code, or '' for the whole city; at dong level only that district's dong are drawn.
    """
    # The picked district changes what is drawn at dong level only: one cached view serves all other picks.
    drawn = district if level == "dong" else ""
    return _build(metric_id, period, level, drawn, lang, view.analyst(), store.version(), store.url())


@st.cache_resource(max_entries=128, show_spinner=False)
def _build(metric_id: str, period: int, level: str, district: str, lang: str, analyst: bool, version: int,
           address: str) -> MapView:  # fmt: skip
    metric = registry.get(metric_id)
    when = period_words(metric, period, lang)
    found = where(metric, period)
    city = access.city(metric_id, where=found)
    benchmark = None if pd.isna(city["value"]) else float(city["value"])
    districts = _placed(
        access.frame(metric_id, keys=("area_code",), where=found, benchmark=benchmark),
        access.polygons(DISTRICT_VINTAGE, "district"), metric, lang,
    )  # fmt: skip
    vintage = MAP_VINTAGE.get(period, DISTRICT_VINTAGE)
    areas = districts
    if level == "dong":
        rows = access.frame(metric_id, keys=("area_code",), where=found, level="dong", vintage=vintage)
        places = access.polygons(vintage, "dong")
        if district:
            places = places[places["area_code"].str.startswith(district)]
        areas = _placed(rows, places, metric, lang)
        if not district:
            areas["label"] = _with_district(areas, districts)
    sentence = words.city_sentence(city, metric, when=when, lang=lang)
    more = (
        words.dong_sentence(areas, lang=lang)
        if level == "dong"
        else words.areas_sentence(districts, city, metric, lang=lang)
    )
    return MapView(metric, period, level, areas, districts, city, vintage, when, f"{sentence} {more}")


def _placed(rows: pd.DataFrame, places: pd.DataFrame, metric: Metric, lang: str) -> pd.DataFrame:
    """Every area of the layer, with a stated absence where there is no row."""
    out = places.join(rows.set_index("area_code"), on="area_code")
    out["status"] = out["status"].fillna("missing")
    out["evidence"] = out["evidence"].fillna(rows["evidence"].iloc[0] if len(rows) else "recorded")
    out["label"] = _labels(out, lang)
    out["short"] = [
        text.removesuffix("구") if text.endswith("구") and len(text) > 2 else text.removesuffix("-gu")
        for text in out["label"]
    ]
    out["class_index"] = bins.classes(out["value"], metric.breaks)
    out["note"] = _notes(out, lang)
    return out


def _with_district(areas: pd.DataFrame, districts: pd.DataFrame) -> list[str]:
    """'관악 보라매동': some dong names exist in more than one district."""
    short = dict(zip(districts["area_code"], districts["short"], strict=True))
    return [
        f"{short[code[:5]]} {name}" for code, name in zip(areas["area_code"], areas["label"], strict=True)
    ]


def _labels(out: pd.DataFrame, lang: str) -> list[str]:
    names = access.district_names(lang)
    if lang == "ko" or out["area_code"].str.len().eq(5).all():
        return [str(names.get(code, ko)) for code, ko in zip(out["area_code"], out["name_ko"], strict=True)]
    dong = access.dong_names()
    return [dong.get(code, ko) for code, ko in zip(out["area_code"], out["name_ko"], strict=True)]


def _notes(out: pd.DataFrame, lang: str) -> list[str]:
    say = access.notes(lang)
    remarks = out["note_id"] if "note_id" in out else pd.Series(None, index=out.index, dtype=object)
    redefined = out["redefined"].eq(1) if "redefined" in out else pd.Series(False, index=out.index)
    changed = t("map.redefined", lang)
    found = []
    for remark, is_redefined in zip(remarks, redefined, strict=True):
        parts = [changed] if is_redefined else []
        if isinstance(remark, str) and remark in say and remark != "sum_of_dong":
            parts.append(say[remark])
        found.append(" · ".join(parts))
    return found


def picked(shown: MapView, code: str) -> pd.Series | None:
    """The picked district's row, or None for the whole city."""
    rows = shown.districts[shown.districts["area_code"] == code]
    return None if rows.empty else rows.iloc[0]


def evidence(shown: MapView) -> str:
    """The evidence of what is drawn; one synthetic row makes the whole view synthetic."""
    known = shown.areas[shown.areas["value"].notna()]
    return blocks.evidence_of(
        known if len(known) else shown.areas, default=shown.metric.evidence or "recorded"
    )


def caption(shown: MapView, lang: str) -> str:
    """Period, source and evidence for every hover."""
    entry = sources()[shown.metric.source_id]
    when = shown.when
    return f"{when} · {entry[f'title_{lang}']} · {t(f'evidence.{evidence(shown)}', lang)}"


def names(shown: MapView, district: str) -> pd.DataFrame:
    """What is written on the map: districts, or a picked district's dong; names over 425 dong would be a smear."""
    return shown.areas if shown.level == "district" or district else shown.areas.iloc[:0]


def ranked_areas(shown: MapView, district: str) -> pd.DataFrame:
    """What the ranked plot lists: districts, or the dong of the picked district."""
    return shown.areas if shown.level == "dong" and district else shown.districts


def table_of(metric: Metric) -> str | None:
    """The operational table that feeds a metric, for its data age."""
    feeds = {"survey_area": "survey_response", "hotline_monthly": "hotline_contact", "case_monthly": "counselling_case",
             "outcome_monthly": "outcome_measure", "session_daily": "counselling_session"}  # fmt: skip
    return feeds.get(metric.numerator[0].fact)


def picked_block(shown: MapView, code: str, lang: str) -> None:
    """The picked district in words, or a hint how to pick one."""
    row = picked(shown, code)
    if row is None:
        blocks.note(t("map.selected_hint", lang))
        return
    value = words.value_of(row, shown.metric, lang)
    line = t("map.selected_value", lang, name=row["label"], period=shown.when, value=value)
    n = t("hover.n", lang, n=numbers.number(row["n"])) if pd.notna(row["n"]) else ""
    extra = " · ".join(part for part in (words.interval_of(row, shown.metric, lang), n, row["note"]) if part)
    against = words.against_city(row, shown.city, shown.metric, lang=lang)
    st.html(
        f'<div class="ieum-pick"><strong>{blocks.esc(line)}</strong> <span class="ieum-meta">{blocks.esc(extra)}</span>'
        f"<br>{blocks.esc(against)}</div>"
    )
