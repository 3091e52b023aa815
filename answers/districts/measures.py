"""Which measures stand on a map, how a year and a group are asked of them, and how that is said."""

from __future__ import annotations

from typing import Any

from answers import words
from answers.reader import Reader
from data.census import MAP_VINTAGE
from data.coverage import with_summaries
from locales import t
from metrics import registry
from metrics.spec import Metric

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
REACH = registry.REACH.metric_id
DISTRICT_VINTAGE = 2020
# How a row was made; shrinkage shows the smoothed values beside the raw ones.
DIRECT, SMOOTHED, SHRINKAGE, STANDARDISED = "direct", "smoothed", "shrinkage", "standardised"
# A closed list of nested groups: no two of them differ by a handful of people (release rule).
GROUPS: dict[str, dict[str, str]] = {
    "all": {},
    "age-19-39": {"age_band": "19-39"},
    "age-40-64": {"age_band": "40-64"},
    "age-65": {"age_band": "65+"},
    "female": {"sex": "female"},
    "male": {"sex": "male"},
    "one-person": {"household_type": "one_person"},
    "two-or-more": {"household_type": "other"},
}


def metric_of(indicator: str) -> Metric:
    """A measure of the map by its code; reach is made apart from the registered ones."""
    return registry.REACH if indicator == REACH else registry.get(indicator)


def kinds(metric: Metric) -> tuple[str, ...]:
    """Which estimates a measure offers, the headline first. A full count needs no smoothing."""
    if metric.evidence is not None:
        return (DIRECT,)
    if metric.interval == "wilson_effective":
        return (SMOOTHED, DIRECT, SHRINKAGE)
    if metric.metric_id == "reisolation_rate":
        return (SMOOTHED, DIRECT, SHRINKAGE, STANDARDISED)
    return (DIRECT, SMOOTHED, SHRINKAGE)


def groups(metric: Metric) -> tuple[str, ...]:
    """Which groups a measure can be asked for: those whose columns are among its grains.

    Of what services count, women and men of a district are not told apart: with the district's own figure one would follow from the
    other (decision 17).
    """
    survey = metric.interval == "wilson_effective"
    return tuple(
        name
        for name, where in GROUPS.items()
        if set(where) <= set(metric.grains) and (survey or "sex" not in where)
    )


def has_dong(metric: Metric) -> bool:
    """Whether a measure exists below the district: census household figures only."""
    return metric.source_id == "census"


def periods_of(read: Reader, metric: Metric) -> list[int]:
    """Years that the map can show, newest first; reach needs a service year."""
    return sorted(read.years("people_served" if metric is registry.REACH else metric.metric_id), reverse=True)


def where(read: Reader, metric: Metric, period: int, group: str = "all") -> dict[str, Any]:
    """The filter of a period and a group; surveys stay within one instrument."""
    found = read.year_filter(metric, period) | GROUPS[group]
    if metric.interval == "wilson_effective":
        found["instrument_id"] = read.main_instrument()
    return found


def period_words(read: Reader, metric: Metric, period: int, lang: str) -> str:
    """A year in words; the running year of a monthly measure says how far it goes."""
    # Reach is said like any service measure: its running year goes as far.
    spoken = registry.get("answer_rate") if metric is registry.REACH else metric
    day = read.end(table_of(spoken) or "")
    if "month_key" in spoken.grains and period == day.year and day.month < 12:
        month = day.month if lang == "ko" else f"{day:%b}"
        return t("map.partial_year", lang, year=period, month=month)
    return words.period_label(period, lang)


def when_words(read: Reader, metric: Metric, period: int, group: str, lang: str) -> str:
    """A period and, in brackets, the group: '2026년(65세 이상)'."""
    when = period_words(read, metric, period, lang)
    if group == "all":
        return when
    return f"{when}({t(f'group.{group}', lang)})" if lang == "ko" else f"{when} ({t(f'group.{group}', lang)})"


def vintage_of(period: int, own: int = 0) -> int:
    """The boundaries of a period, or the reader's own set."""
    return own or MAP_VINTAGE.get(period, DISTRICT_VINTAGE)


def tables_of(indicator: str) -> tuple[str, ...]:
    """The tables that a measure of the map rests on, by its code; none for public statistics."""
    if indicator == REACH:
        return with_summaries(["survey_response"])
    table = table_of(metric_of(indicator))
    return () if table is None else with_summaries([table])


def table_of(metric: Metric) -> str | None:
    """The operational table that feeds a measure, for its data age."""
    feeds = {
        "survey_area": "survey_response",
        "hotline_monthly": "hotline_contact",
        "case_monthly": "counselling_case",
        "outcome_monthly": "outcome_measure",
        "session_monthly": "counselling_session",
        "return_monthly": "spell",
        "served_yearly": "referral",
    }
    return feeds.get(metric.numerator[0].fact)
