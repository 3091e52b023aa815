"""What a map shows: areas with their figures, the city, the sentence, the picked district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from answers import words
from answers.districts import estimates, measures
from answers.districts.measures import DIRECT, DISTRICT_VINTAGE, STANDARDISED
from answers.kept import kept
from answers.reader import Reader, census_notes
from answers.say import source_title
from charts import bins
from data import boundary_sets, queries
from data.census import MAP_VINTAGE
from geo.areas import tile_centres
from locales import t
from metrics import registry
from metrics.spec import Metric

REACH = "reach"  # the method of people served over people estimated isolated


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
    sure: str  # how sure the sentence is
    evidence: str  # what the figures rest on (`Reader.mark`)
    method: str = DIRECT

    @property
    def modelled(self) -> bool:
        """Whether a model stands between the figures and what was counted."""
        return self.method not in (DIRECT, STANDARDISED)

    def marks(self, lang: str) -> str:
        """What the figures rest on, in words."""
        kinds = (self.evidence, "modelled") if self.modelled else (self.evidence,)
        return ", ".join(t(f"evidence.{kind}", lang) for kind in kinds)


def build(
    read: Reader,
    metric_id: str,
    *,
    period: int,
    level: str = "district",
    district: str = "",
    lang: str,
    group: str = "all",
    estimate: str = DIRECT,
    own: int = 0,
) -> MapView:
    """Everything a map view needs. Shared: not to be changed.

    Args:
        district: a district code, or '' for the whole city; at dong level only that district's dong are drawn.
        group: one of `measures.groups(metric)`.
        estimate: one of `measures.kinds(metric)`.
        own: vintage of an imported boundary set, or 0 for the period's own boundaries.
    """
    # The picked district changes what is drawn at dong level only: one kept view serves all other picks.
    drawn = district if level == "dong" else ""
    return _build(read, metric_id, period, level, drawn, lang, group, estimate, own)


@kept
def _build(
    read: Reader,
    metric_id: str,
    period: int,
    level: str,
    district: str,
    lang: str,
    group: str,
    estimate: str,
    own: int,
) -> MapView:
    metric = registry.get(metric_id)
    when, where = (
        measures.when_words(read, metric, period, group, lang),
        measures.where(read, metric, period, group),
    )
    vintage = measures.vintage_of(period, own)
    known = estimates.areas(read, metric_id, where=where, estimate=estimate, year=period)
    districts = placed(read, known.frame, DISTRICT_VINTAGE, metric, lang)
    said = words.city_sentence(known.city, metric, when=when, lang=lang)
    if remark := remark_of(known.city, lang):
        said = f"{said} {remark}"
    if level == "dong":
        areas = _dong(read, metric, period, district, own, lang)
        more, sure = dong_sentence(areas, metric, lang), ""
    else:
        # An imported set draws the areas that it has; the list, the counts and the table keep all 25.
        areas = placed(read, known.frame, vintage, metric, lang) if own else districts
        more = words.areas_sentence(districts, known.city, metric, lang=lang)
        sure = words.sure_sentence(districts, metric, lang=lang)
    return MapView(
        metric,
        period,
        level,
        areas,
        districts,
        known.city,
        vintage,
        when,
        f"{said} {more}",
        sure,
        read.mark(metric),
        known.method,
    )


def _dong(read: Reader, metric: Metric, period: int, district: str, own: int, lang: str) -> pd.DataFrame:
    vintage = measures.vintage_of(period, own)
    places = read.polygons(vintage, "dong")
    # An imported set may carry the census year's own eight-digit codes: then its values are that year's rows.
    as_coded = bool(own) and places["area_code"].str.len().eq(8).any()
    rows = read.frame(
        metric.metric_id,
        keys=("area_code",),
        where=measures.where(read, metric, period),
        level="dong",
        vintage=None if as_coded else MAP_VINTAGE.get(period, DISTRICT_VINTAGE),
    )
    if district:
        places = places[places["area_code"].str.startswith(district[:4])]
    areas = _placed(read, rows, places, metric, lang)
    if not district:
        areas["label"] = _with_district(areas, read.district_names(lang))
    return areas


def placed(read: Reader, rows: pd.DataFrame, vintage: int, metric: Metric, lang: str) -> pd.DataFrame:
    """Every district of a boundary vintage, with a stated absence where there is no row."""
    return _placed(read, rows, read.polygons(vintage, "district"), metric, lang)


def _placed(
    read: Reader, rows: pd.DataFrame, places: pd.DataFrame, metric: Metric, lang: str
) -> pd.DataFrame:
    out = places.join(rows.set_index("area_code"), on="area_code").reset_index(drop=True)
    out["status"] = out["status"].fillna("missing")
    out["label"] = _labels(read, out, lang)
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


def _labels(read: Reader, out: pd.DataFrame, lang: str) -> list[str]:
    names = read.district_names(lang)
    if lang != "ko" and not out["area_code"].str.len().eq(5).all():
        names = read.dong_names()
    return [str(names.get(code, ko)) for code, ko in zip(out["area_code"], out["name_ko"], strict=True)]


def _notes(out: pd.DataFrame, lang: str) -> list[str]:
    changed = t("map.redefined", lang)
    redefined = out["redefined"].eq(1).tolist() if "redefined" in out else [False] * len(out)
    remarks = [remark_of(row, lang) for row in out.to_dict("records")]
    return [
        " · ".join(filter(None, (changed if is_redefined else "", remark)))
        for remark, is_redefined in zip(remarks, redefined, strict=True)
    ]


def dong_sentence(areas: pd.DataFrame, metric: Metric, lang: str) -> str:
    """The dong that are drawn in words, and of each that is not simply one dong of its census, what it is."""
    told = [
        f"{row['label']}: {remark}." for row in areas.to_dict("records") if (remark := remark_of(row, lang))
    ]
    return " ".join([words.dong_sentence(areas, metric, lang=lang), *told])


def remark_of(row: Mapping[Any, Any] | pd.Series, lang: str) -> str:
    """What is to be known about a census figure: a dong that its sum lacks, a dong without a name; '' where nothing is."""
    note = row.get("note_id")
    return census_notes(lang).get(note, "") if isinstance(note, str) and note != "sum_of_dong" else ""


def picked(shown: MapView, code: str) -> pd.Series | None:
    """The picked district's row, or None for the whole city."""
    rows = shown.districts[shown.districts["area_code"] == code] if code else shown.districts.iloc[:0]
    return None if rows.empty else rows.iloc[0]


def caption(shown: MapView, lang: str) -> str:
    """Period, source and evidence for every hover."""
    title = source_title(shown.metric, shown.evidence, lang)
    made = "" if shown.method == DIRECT else f" · {t(f'district.method_{shown.method}', lang)}"
    return f"{shown.when} · {title} · {shown.marks(lang)}{made}"


def tiles(read: Reader, areas: pd.DataFrame) -> pd.DataFrame:
    """The same districts with the label points of the tile map, where each is one equal square."""
    centres = tile_centres(read.rows(queries.districts))
    place = [centres[code] for code in areas["area_code"]]
    return areas.assign(lon=[lon for lon, _ in place], lat=[lat for _, lat in place])


def boundary_words(read: Reader, vintage: int, tile: bool, lang: str) -> str:
    """Which boundaries a map stands on, and which districts they lack; a map never mixes two without saying so."""
    if tile:
        return t("district.boundary_tile", lang)
    sets = read.rows(boundary_sets.listing)
    title = dict(zip(sets["vintage"], sets["title"], strict=True)).get(vintage)
    if title is None:
        return t("district.boundary_year", lang, year=vintage)
    drawn = set(read.polygons(vintage, "district")["area_code"])
    absent = [name for code, name in read.district_names(lang).items() if drawn and code not in drawn]
    said = t("district.boundary_own", lang, title=title)
    if not absent:
        return said
    return f"{said} {t('district.boundary_lacks', lang, n=len(absent), names=words.listed(absent, lang))}"
