"""Alerts: rules that the office sets, what each says of the figures now, and the note of what began or ended with a batch.

A rule looks at a figure as it is published, of whoever asks: so nothing that it says can tell more than the page of the measure does, a
withheld count never fires, and a month that nobody has closed is not seen at all. It fires where the measure needs a decision by the
rule that all pages have for that, or where all of the figure's interval lies beyond the threshold.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from answers import words
from answers.answer import Cell, Go, Tone
from answers.budget import decisions as budget
from answers.budget import source
from answers.districts import decisions as districts
from answers.districts import funnel, mapview
from answers.districts import measures as mapped
from answers.kept import kept
from answers.kpi import measures
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from answers.studies import Pending
from data import alerts
from data.alerts import Found, Key
from data.measures import ALERTS, GROUPS, place_kind
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from metrics.watched import BY_ID

_log = logging.getLogger("ieum.alerts")
FIRES, CALM, UNSURE, NONE, OFF = "fires", "calm", "unsure", "none", "off"
TONES: dict[str, Tone] = {FIRES: "worse", CALM: "better", UNSURE: "steady", NONE: "steady", OFF: ""}


@dataclass(frozen=True)
class Rule:
    """A rule as it is set: a measure (code), a place (city, a district's or a programme's code), decision, above or below."""

    metric_id: str
    place: str
    kind: str
    threshold: float | None
    on: bool
    author: str
    reason: str

    @property
    def key(self) -> Key:
        """What tells it from all others, its threshold among it: a rule that is set anew begins anew."""
        return self.metric_id, self.place, self.kind, self.threshold

    @property
    def metric(self) -> Metric:
        """Its measure."""
        return registry.get(self.metric_id)


@dataclass(frozen=True, eq=False)
class Sight:
    """What a rule says of the figures now.

    Attributes:
        state: fires, calm, unsure (the interval holds the threshold), none (there is no figure to be seen), off.
        row: the figure's row of a metric frame, of `period` (YYYYMM, or a year); None where there is none.
    """

    rule: Rule
    state: str
    row: pd.Series | None = None
    period: int = 0

    @property
    def found(self) -> Found:
        """It as the store keeps it."""
        assert self.row is not None
        low, high = words.outward(self.row)
        limits = (low, high) if math.isfinite(low) and math.isfinite(high) else (None, None)
        return Found(*self.rule.key, self.period, said(self.row, self.rule.metric), *limits)


def said(row: pd.Series, metric: Metric) -> float:
    """A figure as finely as it is said, and no finer."""
    digits = words.digits_of(row) if metric.unit == "percent" else 0 if metric.unit in ("count", "KRW") else 1
    return round(float(row["value"]), digits)


def rules(read: Reader) -> list[Rule]:
    """The rules in force, on and off."""
    return [
        Rule(
            row["metric_id"],
            row["place"],
            row["kind"],
            None if pd.isna(row["threshold"]) else float(row["threshold"]),
            row["switched"] == "on",
            row["author"],
            row["reason"],
        )
        for row in read.rows(alerts.rules).to_dict("records")
    ]


def seen(read: Reader) -> tuple[Sight, ...]:
    """What each rule says now, in published figures for whoever asks: live ones, or the release's for whom figures are released.

    Raises:
        Pending: a study that a rule rests on is being made for the first time, and the reader does not wait.
    """
    released = Rights(released=read.rights.released)
    return _seen(read if read.rights == released else Reader(read.store, released, patient=read.patient))


@kept
def _seen(read: Reader) -> tuple[Sight, ...]:
    return tuple(look(read, rule) for rule in rules(read))


def look(read: Reader, rule: Rule) -> Sight:
    """What one rule says of a reader's figures."""
    if not rule.on:
        return Sight(rule, OFF)
    kind = place_kind(rule.place)
    if kind not in ALERTS.get(rule.metric_id, {}):
        return Sight(rule, NONE)  # no file brings such a rule in; one that stands there sees nothing
    row, period, due = LOOK[kind](read, rule)
    if row is None or pd.isna(row["value"]):
        return Sight(rule, NONE)
    if rule.kind == "decision":
        return Sight(rule, FIRES if due() else CALM, row, period)
    return Sight(rule, _beside(rule, bounds(read, rule.metric, row)), row, period)


def _beside(rule: Rule, limits: tuple[float, float]) -> str:
    """Where an interval lies beside the threshold."""
    low, high = limits
    if rule.threshold is None or not (math.isfinite(low) and math.isfinite(high)):
        return NONE
    beyond, short = (low > rule.threshold, high <= rule.threshold)
    if rule.kind == "below":
        beyond, short = (high < rule.threshold, low >= rule.threshold)
    return FIRES if beyond else CALM if short else UNSURE


def bounds(read: Reader, metric: Metric, row: pd.Series) -> tuple[float, float]:
    """Between which values a figure lies: its interval; of a full count or the books, what rounding leaves open. NaN where neither is known."""
    # As they are printed: a threshold must not tell a finer figure than the page.
    low, high = words.outward(row)
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    if metric.interval != "none":
        return math.nan, math.nan
    slack = read.slack if metric.disclosure == "person" else 0.0
    top, bottom = float(row["numerator"]), float(row["denominator"])
    if not metric.is_ratio or not slack:
        return float(row["value"]) - slack, float(row["value"]) + slack
    if bottom <= slack:
        return math.nan, math.nan
    return metric.scale * (top - slack) / (bottom + slack), metric.scale * (top + slack) / (bottom - slack)


# --- Where a figure is looked for -------------------------------------------------------------------------

Looked = tuple[pd.Series | None, int, Callable[[], bool]]


def _never() -> bool:
    return False


def _city(read: Reader, rule: Rule) -> Looked:
    """The last final month of a watched measure, as the table of measures has it; else the newest year, of the map or of the books."""
    if rule.metric_id in BY_ID:
        kpi = measures.listed(read, rule.metric_id)
        if kpi.latest is None:
            return None, 0, _never
        return kpi.latest, int(kpi.latest["month_key"]), lambda: kpi.decision
    if rule.metric.topic == "budget":
        year = read.end("ledger_entry").year
        return read.city(rule.metric_id, where={"fiscal_year": year}), year, _never
    year, areas = _mapped(read, rule)
    return (None if areas is None else areas.city), year, _never


def _district(read: Reader, rule: Rule) -> Looked:
    """A district's figure on the map of the newest year; it needs a decision where it lies far outside chance on its bad side."""
    year, areas = _mapped(read, rule)
    mine = None if areas is None else areas.districts[areas.districts["area_code"] == rule.place]
    if mine is None or mine.empty:
        return None, year, _never

    def outside() -> bool:
        shown = funnel.build(read, rule.metric_id, year, "all", districts.SPREAD, "ko")
        if shown is None:
            return False
        side = "low" if rule.metric.better == "higher" else "high"
        points = shown.points
        return bool(((points["area_code"] == rule.place) & (points["verdict"] == f"{side}_998")).any())

    return mine.iloc[0], year, outside


def _programme(read: Reader, rule: Rule) -> Looked:
    """What a programme has executed of the running year's budget; it needs a decision where the budget page says so."""
    year = read.end("ledger_entry").year
    rows = read.frame(rule.metric_id, keys=("programme_id",), where={"fiscal_year": year}, level="city")
    mine = rows[rows["programme_id"] == rule.place]
    if mine.empty:
        return None, year, _never

    def due() -> bool:
        scope = source.scope(read, str(year))
        listed = [] if scope.closed else budget.items(read, scope, "ko")
        return any(one.opens.removeprefix("programme:").partition(".")[0] == rule.place for one in listed)

    return mine.iloc[0], year, due


LOOK: dict[str, Callable[[Reader, Rule], Looked]] = {
    "city": _city,
    "district": _district,
    "programme": _programme,
}


def _mapped(read: Reader, rule: Rule) -> tuple[int, mapview.MapView | None]:
    years = mapped.periods_of(read, rule.metric)
    if not years:
        return 0, None
    return years[0], mapview.build(read, rule.metric_id, period=years[0], lang="ko")


# --- Noting it down ---------------------------------------------------------------------------------------

_SEEN: dict[str, Any] = {}  # address -> the state of the data and of the rules that was noted last


def keep(store: Store, *, at: datetime, patient: bool = False) -> tuple[int, int]:
    """Note what began and what ended with the present state of a city's data; nothing where that was done.

    A rule that waits for a study is left for the next time.

    Args:
        at: naive UTC. patient: wait for studies.

    Returns: how many began and how many ended.

    Raises:
        ValueError: a release's store, in which nothing is noted.
        StoreProblem: the store cannot serve, or cannot be written.
    """
    if store.release is not None:
        raise ValueError("alerts are noted in a city's own store, not in a release")
    read = Reader(store, patient=patient)
    if _SEEN.get(store.url) == read.key:
        return 0, 0
    found, undecided, waits = [], set(), False
    for rule in rules(read):
        try:
            sight = look(read, rule)
        except Pending:
            waits, sight = True, Sight(rule, NONE)
        if sight.state == FIRES:
            found.append(sight.found)
        elif sight.state == NONE:
            undecided.add(rule.key)
    noted = alerts.record(
        store.engine, found, undecided=undecided, batch=read.version, as_of=read.as_of, at=at
    )
    if not waits:
        _SEEN[store.url] = read.key
    if any(noted):
        store.changed()
    return noted


# --- Words ------------------------------------------------------------------------------------------------


def place_words(read: Reader, place: str, lang: str) -> str:
    """The city, a district or a programme by name."""
    kind = place_kind(place)
    if kind == "city":
        return str(GROUPS[place][0 if lang == "ko" else 1])
    names = read.district_names(lang) if kind == "district" else read.programme_names(lang)
    return names.get(place, place)


def rule_words(read: Reader, rule: Rule | Found, lang: str) -> str:
    """A rule in few words: measure, place, and when it fires."""
    metric = registry.get(rule.metric_id)
    when = t(f"alerts.when_{rule.kind}", lang, threshold=value_words(rule.threshold, metric, lang))
    return f"{metric.name(lang)} · {place_words(read, rule.place, lang)} · {when}"


def value_words(value: float | None, metric: Metric, lang: str) -> str:
    """A threshold or a noted figure in its measure's unit."""
    if value is None:
        return ""
    digits = 0 if float(value).is_integer() else 1
    return numbers.value(value, metric.unit, lang, counted=words.unit_of(metric, lang), digits=digits)


def period_words(read: Reader, metric: Metric, period: int, lang: str) -> str:
    """A month, or a year: the running one of records with how far they go."""
    if period > 9999 or metric.evidence is not None:
        return words.period_label(period, lang)
    if metric.topic == "budget":
        day = read.end("ledger_entry")
        month = day.month if lang == "ko" else f"{day:%b}"
        return t("map.partial_year", lang, year=period, month=month)
    return mapped.period_words(read, metric, period, lang)


def figure_words(sight: Sight, lang: str) -> str:
    """The figure with its interval."""
    assert sight.row is not None
    metric = sight.rule.metric
    beside = words.interval_of(sight.row, metric, lang)
    value = words.value_of(sight.row, metric, lang)
    return f"{value} ({beside})" if beside else value


def sentence(read: Reader, sight: Sight, lang: str) -> str:
    """What a rule that fires says: measure, place, period, figure with its interval, and the threshold."""
    rule = sight.rule
    return t(
        f"alerts.said_{rule.kind}",
        lang,
        name=rule.metric.name(lang),
        place=place_words(read, rule.place, lang),
        period=period_words(read, rule.metric, sight.period, lang),
        figure=figure_words(sight, lang),
        threshold=value_words(rule.threshold, rule.metric, lang),
    )


def state(sight: Sight, lang: str) -> Cell:
    """What a rule says now, with the figure that it says it of."""
    figure = "" if sight.row is None else figure_words(sight, lang)
    quiet = sight.state in (OFF, NONE)
    return Cell(t(f"alerts.state_{sight.state}", lang), tone=TONES[sight.state], more=figure, quiet=quiet)


def way(read: Reader, rule: Rule, lang: str) -> Go:
    """The page on which the figure stands."""
    kind, name = place_kind(rule.place), rule.metric.name(lang)
    if kind == "programme":
        return Go("budget", t("budget.see_entries", lang), (("prog", rule.place),))
    if kind == "district":
        label = t("overview.home_open", lang, name=place_words(read, rule.place, lang))
        return Go("district_profile", label, (("gu", rule.place),))
    if rule.metric_id in BY_ID:
        return Go("kpi", name, (("kpi", rule.metric_id),))
    if rule.metric.topic == "budget":
        return Go("budget", name)
    return Go("district_map", t("decide.open_map", lang), (("q", "years"), ("indicator", rule.metric_id)))
