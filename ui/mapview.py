"""What a map shows: areas with their figures, the city, the sentence, the picked district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from charts import bins
from data import boundary_sets, queries
from data.census import MAP_VINTAGE
from data.sources import sources
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from ui import access, blocks, estimates, store, words

# What people live with, and how the services do: two lists, because one view asks one question.
NEED = (
    "isolation_prevalence",
    "loneliness_prevalence",
    "one_person_share",
    "basic_livelihood_rate",
    "reisolation_rate",
)
SERVICE = ("answer_rate", "referral_rate", "first_wait_42", "recovery_rate")
INDICATORS = (*NEED, *SERVICE)
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
    when: str  # the period (and group) in words
    sentence: str
    sure: str = ""  # how sure the sentence is
    method: str = estimates.DIRECT


def has_dong(metric: Metric) -> bool:
    """Whether a metric exists below the district: census household figures only."""
    return metric.source_id == "census"


def where(metric: Metric, period: int, group: str = "all") -> dict[str, Any]:
    """The filter of a period and a group; surveys stay within one instrument."""
    found = access.year_filter(metric, period) | estimates.GROUPS[group]
    if metric.interval == "wilson_effective":
        found["instrument_id"] = access.main_instrument()
    return found


def period_words(metric: Metric, period: int, lang: str) -> str:
    """A year in words; the running year of a monthly measure says how far it goes."""
    day = store.as_of()
    if "month_key" in metric.grains and period == day.year and day.month < 12:
        month = day.month if lang == "ko" else f"{day:%b}"
        return t("map.partial_year", lang, year=period, month=month)
    return words.period_label(period, lang)


def when_words(metric: Metric, period: int, group: str, lang: str) -> str:
    """A period and, in brackets, the group: '2026년(65세 이상)'."""
    when = period_words(metric, period, lang)
    if group == "all":
        return when
    return f"{when}({t(f'group.{group}', lang)})" if lang == "ko" else f"{when} ({t(f'group.{group}', lang)})"


def periods_of(metric: Metric) -> list[int]:
    """Years that the map can show, newest first."""
    return sorted(access.years(metric.metric_id), reverse=True)


def vintage_of(period: int, own: int = 0) -> int:
    """The boundaries of a period, or the reader's own set."""
    return own or MAP_VINTAGE.get(period, DISTRICT_VINTAGE)


def build(
    metric_id: str, *, period: int, level: str, district: str, lang: str, group: str = "all",
    estimate: str = estimates.DIRECT, own: int = 0,
) -> MapView:  # fmt: skip
    """Everything a map view needs; shared between visitors, so not to be changed.

    Args:
        district: a district code, or '' for the whole city; at dong level only that district's dong are drawn.
        group: one of `estimates.groups(metric)`.
        estimate: one of `estimates.kinds(metric)`.
        own: vintage of an imported boundary set, or 0 for the period's own boundaries.
    """
    # The picked district changes what is drawn at dong level only: one cached view serves all other picks.
    drawn = district if level == "dong" else ""
    return _build(metric_id, period, level, drawn, lang, group, estimate, own, estimates.version())


@st.cache_resource(max_entries=256, show_spinner=False)
def _build(metric_id: str, period: int, level: str, district: str, lang: str, group: str, estimate: str, own: int,
           version: tuple[bool, int, str]) -> MapView:  # fmt: skip
    metric = registry.get(metric_id)
    when = when_words(metric, period, group, lang)
    found = where(metric, period, group)
    vintage = vintage_of(period, own)
    known = estimates.areas(metric_id, where=found, estimate=estimate, year=period)
    city = known.city
    districts = placed(known.frame, access.polygons(DISTRICT_VINTAGE, "district"), metric, lang)
    # An imported set draws the areas that it has; the list, the counts and the table keep all 25.
    areas = (
        placed(known.frame, access.polygons(vintage, "district"), metric, lang)
        if own and level == "district"
        else districts
    )
    if level == "dong":
        places = access.polygons(vintage, "dong")
        # An imported set may carry the census year's own eight-digit codes: then its values are that year's rows.
        as_coded = bool(own) and places["area_code"].str.len().eq(8).any()
        rows = access.frame(metric_id, keys=("area_code",), where=found, level="dong",
                            vintage=None if as_coded else MAP_VINTAGE.get(period, DISTRICT_VINTAGE))  # fmt: skip
        if district:
            places = places[places["area_code"].str.startswith(district[:4])]
        areas = placed(rows, places, metric, lang)
        if not district:
            areas["label"] = _with_district(areas, access.district_names(lang))
    sentence = words.city_sentence(city, metric, when=when, lang=lang)
    more = (
        words.dong_sentence(areas, metric, lang=lang)
        if level == "dong"
        else words.areas_sentence(districts, city, metric, lang=lang)
    )
    sure = words.sure_sentence(districts, metric, lang=lang) if level == "district" else ""
    return MapView(
        metric, period, level, areas, districts, city, vintage, when, f"{sentence} {more}", sure, known.method
    )


def placed(rows: pd.DataFrame, places: pd.DataFrame, metric: Metric, lang: str) -> pd.DataFrame:
    """Every area of the layer, with a stated absence where there is no row."""
    out = places.join(rows.set_index("area_code"), on="area_code").reset_index(drop=True)
    out["status"] = out["status"].fillna("missing")
    out["evidence"] = out["evidence"].fillna(rows["evidence"].iloc[0] if len(rows) else "recorded")
    out["label"] = _labels(out, lang)
    out["short"] = [short(text) for text in out["label"]]
    out["class_index"] = bins.classes(out["value"], metric.breaks)
    out["note"] = _notes(out, lang)
    return out


def short(name: str) -> str:
    """'관악', 'Gwanak'; '중구' keeps its 구."""
    return name.removesuffix("구") if name.endswith("구") and len(name) > 2 else name.removesuffix("-gu")


def _with_district(areas: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """'관악 보라매동': some dong names exist in more than one district."""
    return [
        f"{short(names.get(code[:4] + '0', ''))} {name}".strip()
        for code, name in zip(areas["area_code"], areas["label"], strict=True)
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
    made = "" if shown.method == estimates.DIRECT else f" · {t(f'district.method_{shown.method}', lang)}"
    return f"{shown.when} · {entry[f'title_{lang}']} · {t(f'evidence.{evidence(shown)}', lang)}{made}"


def names(shown: MapView, district: str) -> pd.DataFrame:
    """What is written on the map: districts, or a picked district's dong; names over 425 dong would be a smear."""
    return shown.areas if shown.level == "district" or district else shown.areas.iloc[:0]


def ranked_areas(shown: MapView, district: str) -> pd.DataFrame:
    """What the ranked plot lists: districts, or the dong of the picked district."""
    return shown.areas if shown.level == "dong" and district else shown.districts


def tiles(areas: pd.DataFrame) -> pd.DataFrame:
    """The same districts with the label points of the tile map, where each is one equal square."""
    from geo.areas import tile_centres

    centres = tile_centres(access.read(queries.districts))
    place = [centres[code] for code in areas["area_code"]]
    return areas.assign(lon=[lon for lon, _ in place], lat=[lat for _, lat in place])


def boundary_titles() -> dict[int, str]:
    """Vintage -> title of every imported boundary set."""
    sets = access.read(boundary_sets.listing)
    return dict(zip(sets["vintage"], sets["title"], strict=True))


def table_of(metric: Metric) -> str | None:
    """The operational table that feeds a metric, for its data age."""
    feeds = {"survey_area": "survey_response", "hotline_monthly": "hotline_contact", "case_monthly": "counselling_case",
             "outcome_monthly": "outcome_measure", "session_daily": "counselling_session", "spell_monthly": "spell",
             "served_yearly": "referral"}  # fmt: skip
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
    blocks.pick(line, extra, against)
