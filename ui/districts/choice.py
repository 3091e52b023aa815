"""What the reader asks of the map: one question, then measure, period, group, district, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from data import boundary_sets
from locales import t
from metrics import registry
from metrics.spec import Metric
from ui import access, estimates, mapview, store, view

QUESTIONS = ("need", "change", "reach", "gap", "funnel", "cluster", "years", "compare")
# Measures that a question can be asked of; each question has its own list and keeps its own choice in the link.
MEASURES: dict[str, tuple[str, ...]] = {
    "need": mapview.NEED,
    "change": mapview.INDICATORS,
    "reach": (registry.REACH.metric_id, *mapview.SERVICE),
    "gap": (registry.REACH.metric_id,),
    # A full count has no chance in it for a funnel to show.
    "funnel": (*mapview.SERVICE, "reisolation_rate", "isolation_prevalence", "loneliness_prevalence"),
    "cluster": mapview.NEED,
    "years": mapview.INDICATORS,
    "compare": (),
}
# Questions that one period answers; the others look over all of them.
ONE_PERIOD = ("need", "reach", "gap", "funnel", "cluster")
SETTABLE = ("need", "change", "reach", "funnel", "cluster")
MOST_COMPARED = 4


@dataclass(frozen=True)
class Choice:
    """Codes only; every one of them stands in the link."""

    question: str
    indicator: str
    period: int
    group: str = "all"
    district: str = ""
    estimate: str = estimates.DIRECT
    level: str = "district"
    shape: str = "map"  # map or tile
    own: int = 0  # vintage of an imported boundary set
    banks: str = "banks"  # whether districts across the Han are neighbours: banks (no) or touch (yes)
    spread: str = "none"  # over-dispersion of the funnel

    @property
    def metric(self) -> Metric:
        return registry.REACH if self.indicator == registry.REACH.metric_id else registry.get(self.indicator)


def ask(lang: str) -> Choice:
    """Draw the question and its filters; returns what is asked."""
    question = view.choose("q", QUESTIONS, label=t("district.question", lang), kind="segments",
                           say=lambda code: t(f"district.q_{code}", lang), label_visibility="collapsed")  # fmt: skip
    offered = MEASURES[question]
    indicator = view.current("indicator", offered, offered[0]) if offered else ""
    metric = _metric(indicator)
    asked = {
        "indicator": (len(offered) > 1, 3.0), "period": (question in ONE_PERIOD, 2.0),
        "group": (len(_groups(question, metric)) > 1, 2.0), "district": (question != "compare", 3.0), "settings": (question in SETTABLE, 1.9),
    }  # fmt: skip
    columns = _columns({name: width for name, (wanted, width) in asked.items() if wanted})
    names = list(access.district_names(lang))
    found: dict[str, object] = {"period": _newest(metric), "district": view.current("gu", names, "")}
    if "indicator" in columns:
        with columns["indicator"]:
            view.choose(
                "indicator", offered, label=t("map.indicator", lang), say=lambda code: _name(code, lang)
            )
    if "period" in columns:
        with columns["period"]:
            found["period"] = _period(metric, lang)
    if "group" in columns:
        with columns["group"]:
            found["group"] = view.choose("group", _groups(question, metric), label=t("group.label", lang),
                                         say=lambda code: t(f"group.{code}", lang))  # fmt: skip
    if "district" in columns:
        with columns["district"]:
            found["district"] = pick_district(lang)
    if "settings" in columns:
        with (
            columns["settings"],
            st.popover(t("district.settings", lang), icon=":material/tune:", width="stretch"),
        ):
            found |= _settings(question, metric, lang)
    return Choice(question, indicator, **found)  # type: ignore[arg-type]


def _columns(widths: dict[str, float]) -> dict[str, Any]:
    """A column per filter; one that a question does without leaves no hole, the others move together."""
    with st.container(key="filters"):
        drawn = st.columns(
            [*widths.values(), max(12 - sum(widths.values()), 0.1)], vertical_alignment="bottom"
        )
    return dict(zip(widths, drawn, strict=False))


def _metric(indicator: str) -> Metric | None:
    return registry.REACH if indicator == registry.REACH.metric_id else registry.BY_ID.get(indicator)


def _name(code: str, lang: str) -> str:
    return (registry.REACH if code == registry.REACH.metric_id else registry.get(code)).name(lang)


def years_of(metric: Metric | None) -> list[int]:
    """Years that a measure can be asked for, newest first; reach needs a service year, a comparison any."""
    if metric is None or metric.metric_id == registry.REACH.metric_id:
        return sorted(access.years("people_served"), reverse=True)
    return mapview.periods_of(metric)


def _newest(metric: Metric | None) -> int:
    known = years_of(metric)
    return known[0] if known else store.as_of().year


def _period(metric: Metric | None, lang: str) -> int:
    known = years_of(metric) or [store.as_of().year]
    spoken = (
        registry.get("answer_rate") if metric is registry.REACH else metric
    )  # says how far the running year goes
    return int(view.choose("year", [str(year) for year in known], label=t("map.period", lang),
                           say=lambda year: mapview.period_words(spoken, int(year), lang)))  # fmt: skip


def _groups(question: str, metric: Metric | None) -> tuple[str, ...]:
    """Groups that the question can be asked for; who was served is not recorded by group, so reach has none."""
    return ("all",) if metric is None or metric is registry.REACH else estimates.groups(metric)


def pick_district(lang: str, *, label: str = "map.district") -> str:
    """The reader's district, or '' for the whole city."""
    names = access.district_names(lang)
    return view.choose("gu", ["", *names], label=t(label, lang), default="",
                       say=lambda code: names.get(code, t("map.whole_city", lang)))  # fmt: skip


def _settings(question: str, metric: Metric | None, lang: str) -> dict[str, object]:
    found: dict[str, object] = {}

    def radio(name: str, options: tuple[str, ...], **more: object) -> str:
        return view.choose(name, options, label=t(f"district.{name}", lang), kind="radio",
                           say=lambda code: t(f"district.{name}_{code}", lang), **more)  # fmt: skip

    if question in ("need", "reach", "cluster") and metric is not None and metric.metric_id in registry.BY_ID:
        kinds = estimates.kinds(metric)
        if question == "cluster":
            kinds = tuple(kind for kind in kinds if kind in (estimates.DIRECT, estimates.SMOOTHED))
        if len(kinds) > 1:
            found["estimate"] = radio(
                "estimate", kinds, captions=[t(f"district.estimate_{k}_why", lang) for k in kinds]
            )
        else:
            found["estimate"] = kinds[0]
    if question in ("need", "reach", "change", "cluster"):
        found["shape"] = radio("shape", ("map", "tile"))
    if (
        question == "need"
        and metric is not None
        and mapview.has_dong(metric)
        and found.get("shape") != "tile"
    ):
        found["level"] = view.choose("level", ("district", "dong"), label=t("map.level", lang), kind="radio",
                                     say=lambda code: t(f"map.level_{code}", lang))  # fmt: skip
    if question == "cluster":
        found["banks"] = radio("banks", ("banks", "touch"), help=t("district.banks_why", lang))
    if question == "funnel":
        found["spread"] = radio(
            "spread", ("none", "additive", "multiplicative"), help=t("district.spread_why", lang)
        )
    if question in ("need", "reach", "change", "cluster") and found.get("shape") != "tile":
        found["own"] = _own(str(found.get("level", "district")), lang)
    return found


def _own(level: str, lang: str) -> int:
    """An imported boundary set of the level, or 0; nothing is asked where there is none."""
    sets = access.read(boundary_sets.listing)
    sets = sets[sets["level"] == level]
    if sets.empty:
        return 0
    titles = {str(row["vintage"]): row["title"] for row in sets.to_dict("records")}
    return int(view.choose("boundary", ("0", *titles), label=t("district.boundary", lang), kind="radio",
                           say=lambda code: titles.get(code, t("district.boundary_0", lang))))  # fmt: skip
