"""What every district's profile is made of, for all districts at once: a kept study, so that opening one costs no model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers.districts import estimates, newest, ranks, trends
from answers.districts import measures as catalogue
from answers.districts.mapview import MapView
from answers.reader import Reader
from answers.rights import views
from answers.studies import study
from locales import LANGUAGES
from metrics import registry
from metrics.spec import Metric

CHARTED = ("isolation_prevalence", "loneliness_prevalence", "one_person_share")
FIGURES = ["value", "lower", "upper", "status", "digits", "numerator", "denominator", "n", "note_id"]
FEEDS = (
    "survey_response",
    "hotline_contact",
    "referral",
    "counselling_case",
    "counselling_session",
    "outcome_measure",
    "spell",
    "support_period",
)


@dataclass(frozen=True, eq=False)
class Standing:
    """A measure in its newest year.

    Attributes:
        areas: by district code: figures, place (low, high; missing where it has none), change (a verdict, '' where none is
            tested). city: its figures. city_change: its verdict; tested: the periods of the test in words, by language.
    """

    metric_id: str
    period: int
    evidence: str
    areas: pd.DataFrame
    city: pd.Series
    city_change: str
    tested: dict[str, tuple[str, ...]]

    @property
    def metric(self) -> Metric:
        """Its declaration."""
        return catalogue.metric_of(self.metric_id)

    def of(self, code: str) -> pd.Series | None:
        """A district's row, or None where it has none."""
        return self.areas.loc[code] if code in self.areas.index else None


@dataclass(frozen=True, eq=False)
class All:
    """Every measure of every district, its measured values over the years, and what districts are compared by."""

    measures: dict[str, Standing]
    waves: pd.DataFrame  # metric_id, area_code ('' is the city), period, instrument_id and figures
    covariates: pd.DataFrame


def known(read: Reader) -> All:
    """What all profiles stand on.

    Raises:
        Pending: it is being made for the first time, and the reader does not wait.
    """
    found: All = read.study("districts.standing", read.study_view)
    return found


@study(
    "districts.standing",
    reads=FEEDS,
    over=lambda read: [(view,) for view in views(read.whose)],
    of_facts=True,
)
def _known(read: Reader, view: str) -> All:
    theirs = read.seen_in(view)
    found = {v.metric.metric_id: _standing(theirs, v) for v in newest.views(theirs, "ko")}
    return All(found, _waves(theirs), _covariates(theirs))


def _standing(read: Reader, v: MapView) -> Standing:
    metric_id = v.metric.metric_id
    areas = v.districts.set_index("area_code").reindex(columns=FIGURES)
    areas["low"] = areas["high"] = np.nan
    if metric_id != registry.REACH.metric_id:  # reach is not ranked: its two parts already are a comparison
        order = ranks.of(read, metric_id, period=v.period, estimate=catalogue.kinds(v.metric)[0])
        placed = order[order["median"].notna()].reindex(areas.index)
        areas["low"], areas["high"] = placed["lower"], placed["upper"]
    areas["change"], change, tested = "", "", {}
    if metric_id in catalogue.INDICATORS:
        by_lang = {lang: trends.build(read, metric_id, "all", 0, lang) for lang in LANGUAGES}
        one = by_lang["ko"]
        areas["change"] = one.areas.set_index("area_code")["verdict"].reindex(areas.index).fillna("too_few")
        change, tested = str(one.city["verdict"]), {lang: found.said for lang, found in by_lang.items()}
    return Standing(metric_id, v.period, v.evidence, areas, v.city.reindex(FIGURES), change, tested)


def _waves(read: Reader) -> pd.DataFrame:
    """Direct values by year, of districts and of the city: nothing smoothed stands in a series."""
    parts = []
    for metric_id in CHARTED:
        metric = registry.get(metric_id)
        for year in sorted(catalogue.periods_of(read, metric)):
            where = catalogue.where(read, metric, year)
            found = estimates.areas(read, metric_id, where=where, estimate=catalogue.DIRECT, year=year)
            city = found.city.to_frame().T.assign(area_code="")
            rows = pd.concat([found.frame, city], ignore_index=True).reindex(columns=["area_code", *FIGURES])
            parts.append(
                rows.assign(metric_id=metric_id, period=year, instrument_id=where.get("instrument_id", ""))
            )
    columns = ["metric_id", "area_code", "period", "instrument_id", *FIGURES]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _covariates(read: Reader) -> pd.DataFrame:
    year = read.as_of.year
    people = estimates.population(read, year)
    area = read.polygons(catalogue.DISTRICT_VINTAGE, "district").set_index("area_code")["area_km2"]
    return pd.DataFrame(
        {
            **{name: estimates.covariate(read, name, year) for name in estimates.COVARIATES},
            "population": people,
            "density": people / area,
        }
    )
