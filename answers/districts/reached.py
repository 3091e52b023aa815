"""People served over people estimated isolated, by district; and the chance that need is high and reach low at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers import words
from answers.districts import estimates, mapview, measures
from answers.districts.estimates import Areas
from answers.districts.mapview import MapView
from answers.districts.measures import SMOOTHED
from answers.kept import kept
from answers.reader import Reader
from locales import numbers, t
from metrics import reach as reaching
from metrics import registry
from metrics.measure import rounded, verdicts

NEED = "isolation_prevalence"
DRAWS = 4000


@dataclass(frozen=True)
class Reach:
    """Reach by district, with the need behind it."""

    view: MapView
    gap: (
        pd.DataFrame
    )  # area_code, label, short, need (with digits) and reach with limits, need_above, reach_below, both
    city_need: float
    wave: int  # the survey year behind the denominator
    city_digits: int = 0  # decimals that the city's need may show


def newest(read: Reader, lang: str) -> Reach | None:
    """Need and reach of the newest year; None without a survey or a record of people served."""
    years = measures.periods_of(read, registry.REACH)
    return build(read, years[0], 0, lang) if years else None


@kept
def build(read: Reader, period: int, own: int, lang: str) -> Reach | None:
    """Reach of a year; None without a survey. Shared: not to be changed."""
    waves = [year for year in read.years(NEED) if year <= max(period, read.as_of.year)]
    if not waves:
        return None
    wave = min(waves, key=lambda year: (abs(year - period), -year))
    metric, survey = registry.REACH, registry.get(NEED)
    need = estimates.areas(read, NEED, where=measures.where(read, survey, wave), estimate=SMOOTHED, year=wave)
    codes = need.frame["area_code"]
    served = (
        read.frame("people_served", keys=("area_code",), where={"year": period})
        .set_index("area_code")
        .reindex(codes)
    )
    people = estimates.population(read, wave).reindex(codes)
    city = _city(read, period, need, people)
    rows = _rows(read, need, served, people)
    rows["verdict"] = verdicts(metric, rows, float(city["value"]))
    vintage = measures.vintage_of(period, own)
    areas = mapview.placed(read, rows, vintage, metric, lang)
    areas.loc[areas["impossible"].eq(True), "note"] = t("district.impossible", lang)
    when = measures.period_words(read, metric, period, lang)
    shown = MapView(
        metric,
        period,
        "district",
        areas,
        areas,
        city,
        vintage,
        when,
        _sentence(areas, city, when, wave, lang),
        words.sure_sentence(areas, metric, lang=lang),
        read.mark(metric),
        mapview.REACH,
    )
    gap = _gap(areas, need, served["numerator"].astype(float), people, city)
    return Reach(shown, gap, float(need.city["value"]), wave, words.digits_of(need.city))


def _parts(read: Reader, served: pd.Series, share: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """What reach is made of: people served, and people isolated with limits, from a share in percent."""
    return pd.DataFrame(
        {
            "served": served.astype(float),
            "slack": read.slack,
            "isolated": share["value"] / 100 * people,
            "isolated_lower": share["lower"] / 100 * people,
            "isolated_upper": share["upper"] / 100 * people,
        }
    )


def _rows(read: Reader, need: Areas, served: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """A metric frame of reach by district, to a tenth."""
    share = need.frame.set_index("area_code")[["value", "lower", "upper"]].astype(float)
    out = (
        reaching.reach(_parts(read, served["numerator"], share, people))
        .rename_axis("area_code")
        .reset_index()
    )
    withheld = served["status"].eq("suppressed").to_numpy()
    taken = served["numerator"].to_numpy(dtype=float)
    out = out.assign(
        metric_id=registry.REACH.metric_id,
        numerator=taken,
        denominator=np.nan,
        n=taken,
        status=np.where(out["value"].isna(), np.where(withheld, "suppressed", "missing"), "ok"),
        target=np.nan,
        source_id=registry.REACH.source_id,
        estimate="modelled",
        digits=np.nan,
    )
    tenths = pd.Series(1.0, index=out.index)
    for name, how in (("value", "half_up"), ("lower", "down"), ("upper", "up")):
        out[name] = rounded(out[name], tenths, how)
    return out


def _city(read: Reader, period: int, need: Areas, people: pd.Series) -> pd.Series:
    """The city's reach: a ratio of sums, with the city's own survey interval."""
    served = read.city("people_served", where={"year": period})
    share = need.city[["value", "lower", "upper"]].astype(float).to_frame().T.reset_index(drop=True)
    parts = _parts(read, pd.Series([served["numerator"]]), share, pd.Series([float(people.sum())]))
    row = reaching.reach(parts).iloc[0]
    return pd.Series(
        {
            **row,
            "metric_id": registry.REACH.metric_id,
            "numerator": served["numerator"],
            "denominator": np.nan,
            "n": served["numerator"],
            "status": "missing" if pd.isna(row["value"]) else "ok",
            "isolated": parts["isolated"].iloc[0],
        }
    )


def _sentence(areas: pd.DataFrame, city: pd.Series, when: str, wave: int, lang: str) -> str:
    metric = registry.REACH
    if pd.isna(city["value"]):
        return t("district.reach_none", lang)
    first = t(
        "district.reach_sentence",
        lang,
        when=when,
        served=numbers.number(city["n"]),
        year=wave,
        isolated=numbers.people(city["isolated"], lang),
        value=words.value_of(city, metric, lang),
        interval=words.interval_of(city, metric, lang),
    )
    return f"{first} {words.areas_sentence(areas, city, metric, lang=lang)}"


def _gap(
    areas: pd.DataFrame, need: Areas, served: pd.Series, people: pd.Series, city: pd.Series
) -> pd.DataFrame:
    """Need and reach side by side with the chance of standing in the corner, drawn around the figures as shown."""
    around = pd.DataFrame({"need": need.values, "need_se": need.se, "served": served, "population": people})
    chance = reaching.gap(
        around,
        city_need=float(need.city["value"]),
        city_reach=float(city["value"]),
        draws=DRAWS,
        rng=np.random.default_rng(estimates.SEED),
    )
    shown = need.frame.set_index("area_code")[["value", "lower", "upper", "digits"]]
    shown.columns = pd.Index(["need", "need_lower", "need_upper", "need_digits"])
    rows = areas[["area_code", "label", "short"]].copy()
    rows[["reach", "reach_lower", "reach_upper"]] = areas[["value", "lower", "upper"]]
    return rows.join(shown, on="area_code").join(chance, on="area_code")
