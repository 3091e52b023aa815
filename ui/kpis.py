"""Every service measure on its control chart: what needs a decision, why, and what its target says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import queries
from locales import numbers, t
from metrics import alarms, registry, spc
from metrics.counselling import PAIRED_GATE
from metrics.spec import Metric
from ui import access, periods, store, view
from ui.targets import target_of

MONTHS = 24
GATED = ("recovery_rate", "reliable_improvement", "reliable_recovery", "reliable_deterioration")


@dataclass(frozen=True)
class Watched:
    """A measure, the table that feeds it, and months until a month's figure is final."""

    metric_id: str
    table: str
    lag: int = 0


WATCHED = (
    *(Watched(name, "hotline_contact") for name in ("answer_rate", "service_level", "abandonment", "average_wait")),
    Watched("recontact_30", "hotline_contact", 1), Watched("occupancy", "agent_interval"), Watched("shrinkage", "agent_interval"),
    Watched("linked_14", "referral", 1), Watched("hotline_answered", "hotline_contact"),
    Watched("first_wait_42", "counselling_case"), Watched("first_wait_126", "counselling_case"),
    *(Watched(name, "counselling_session") for name in ("dna_rate", "late_cancellation")),
    Watched("dropout_rate", "counselling_case"),
    *(Watched(name, "outcome_measure") for name in (*GATED, "paired_completeness")),
    # Assessment takes up to seven weeks: the last two months are not final.
    Watched("detection_contacted", "detection_monthly", 1), Watched("detection_confirmed", "detection_monthly", 2),
    Watched("detection_enrolled", "detection_monthly", 2), Watched("mind_store_visits", "attendance"),
)  # fmt: skip
# Where a measure's cause and remedy are shown, by the table that it is counted from.
REMEDIES = {
    "hotline_contact": ("hotline", {"part": "staffing"}), "agent_interval": ("hotline", {"part": "staffing"}),
    "referral": ("hotline", {"part": "flow"}), "counselling_case": ("counselling", {"course": "waits"}),
    "counselling_session": ("counselling", {"course": "attendance"}), "outcome_measure": ("counselling", {"course": "outcomes"}),
    "detection_monthly": ("detection", {}), "attendance": ("programmes", {}),
}  # fmt: skip
BY_ID = {w.metric_id: w for w in WATCHED}
# What comes first: (variation, assurance) from worst to calm.
_RANK = {"concerning": 0, "change": 3, "improving": 5, "common": 4, "trial": 6, "no_variation": 6, "none": 7}


@dataclass(frozen=True)
class Kpi:
    """One measure with its series, chart and verdicts."""

    watched: Watched
    metric: Metric
    series: pd.DataFrame  # metric frame by month, in order
    chart: pd.DataFrame  # spc.xmr of it
    target: float | None
    target_row: dict[str, Any] | None
    variation: str
    assurance: str
    gated: bool  # an outcome that too few paired scores stand behind
    gate: bool  # the paired scores themselves, below what outcomes need
    firm: bool  # the verdicts are the same whether or not extreme moving ranges are screened out

    @property
    def latest(self) -> pd.Series | None:
        """The last month that has a figure."""
        shown = self.series[self.series["value"].notna()]
        return None if shown.empty else shown.iloc[-1]

    @property
    def outgrown(self) -> bool:
        """Whether the target, a yearly one by month, is passed more than twofold and so says nothing."""
        if self.latest is None or self.target is None:
            return False
        return spc.uninformative(_centre(self), self.target / (12 if self.annual else 1), self.metric.better)

    @property
    def annual(self) -> bool:
        """Whether the target is one for a year: counts are set by the year and shown by the month."""
        return self.metric.unit == "count"

    @property
    def withheld(self) -> bool:
        """Whether the publishing rule, and not the record, leaves it without a figure."""
        return self.latest is None and bool((self.series["status"] == "suppressed").any())

    @property
    def decision(self) -> bool:
        """Whether somebody has to decide something; a figure that cannot be read asks for scores, not for itself.

        A yardstick from elsewhere is no target of the city: falling short of it alone decides nothing.
        """
        own = self.target_row is not None and self.target_row["group_key"] != "reference"
        misses = self.assurance == "misses" and own
        return not self.gated and (self.variation == "concerning" or misses or self.gate)

    @property
    def group(self) -> str:
        """decide, calm or unread."""
        return "decide" if self.decision else "unread" if self.gated or self.latest is None else "calm"

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts 'needs a decision' first; alike ones stand by service, as they are watched."""
        return (
            ("decide", "calm", "unread").index(self.group),
            _RANK[self.variation] + (0 if self.assurance == "misses" else 1),
            WATCHED.index(self.watched),
        )


def _centre(kpi: Kpi) -> float:
    return float(kpi.chart["centre"].iloc[-1]) if len(kpi.chart) else float("nan")


def closed_month(day: date, lag: int = 0) -> int:
    """The last month that is over on a day, less the months until it is final."""
    over = (pd.Timestamp(day) + pd.Timedelta(1, "D")).day == 1
    return periods.shifted(periods.key(day), -(lag if over else lag + 1))


def every(*, screen: bool = True) -> list[Kpi]:
    """All measures, those that need a decision first. Shared: not to be changed."""
    return _every(screen, view.analyst(), store.version(), store.url())


@st.cache_resource(max_entries=16, show_spinner=False)
def _every(screen: bool, analyst: bool, version: int, address: str) -> list[Kpi]:
    # D9 asks of the month whose outcomes are shown: pooled months would let a month through that fails.
    found = {w.metric_id: one(w.metric_id, screen=screen) for w in WATCHED}
    scores = found["paired_completeness"].latest
    low = scores is not None and bool(scores["value"] < 100 * PAIRED_GATE)
    marked = [
        replace(kpi, gated=low and name in GATED, gate=low and name == "paired_completeness")
        for name, kpi in found.items()
    ]
    return sorted(marked, key=lambda kpi: kpi.order)


def one(metric_id: str, *, screen: bool = True, rebase: tuple[spc.Rebase, ...] = ()) -> Kpi:
    """A measure's control chart over the last two years of final months, as if enough scores stood behind it."""
    watched, metric = BY_ID[metric_id], registry.get(metric_id)
    end = closed_month(store.as_of(), watched.lag)
    first = periods.shifted(end, 1 - MONTHS)
    found = access.frame(
        metric_id, keys=("month_key",), where={"month_key": queries.Span(first, end)}, level="city"
    )
    series = _every_month(found, first, end)
    chart = spc.xmr(series["value"], screen=screen, rebase=rebase)
    row = target_of(metric_id, end)
    target = None if row is None else float(row["value"])
    annual = metric.unit == "count"
    said = _verdicts(chart, target, metric, annual=annual)
    other = _verdicts(
        spc.xmr(series["value"], screen=not screen, rebase=rebase), target, metric, annual=annual
    )
    return Kpi(
        watched, metric, series, chart, target, row, *said, gated=False, gate=False, firm=said == other
    )


def _verdicts(chart: pd.DataFrame, target: float | None, metric: Metric, *, annual: bool) -> tuple[str, str]:
    """Variation and assurance of a chart."""
    last = chart.iloc[-1] if len(chart) else None
    sure = "none"
    if last is not None and last["state"] in ("ok", "no_variation") and not annual:
        sure = spc.assurance(float(last["lower"]), float(last["upper"]), target, metric.better)
    return spc.variation(chart, metric.better), sure


def _every_month(found: pd.DataFrame, first: int, end: int) -> pd.DataFrame:
    """One row per month from the first with a figure: a month without one stays visible as missing."""
    known = found.loc[found["status"] != "missing", "month_key"]
    start = int(known.min()) if len(known) else end + 1
    months = []
    month = max(first, start)
    while month <= end:
        months.append(month)
        month = periods.shifted(month, 1)
    out = pd.DataFrame({"month_key": pd.Series(months, dtype=int)}).merge(found, on="month_key", how="left")
    out["status"] = out["status"].fillna("missing").astype(object)
    out["evidence"] = (
        out["evidence"].fillna(found["evidence"].iloc[0] if len(found) else "recorded").astype(object)
    )
    return out


def false_alarm_share(kpis: list[Kpi]) -> tuple[float, int]:
    """Expected charts whose latest month signals falsely if all were stable and independent, and how many have limits.

    Simulated with screened moving ranges, as the table draws its limits.
    """
    lengths = sorted({len(k.chart) for k in kpis if len(k.chart) and k.chart["state"].iloc[-1] == "ok"})
    rates = {n: _alarm(n) for n in lengths}
    charts = [len(k.chart) for k in kpis if len(k.chart) and k.chart["state"].iloc[-1] == "ok"]
    return sum(rates[n] for n in charts), len(charts)


@st.cache_data(show_spinner=False)
def _alarm(points: int, lag1: float = 0.0, screen: bool = True) -> float:
    # A fixed seed: the same page says the same figure.
    return alarms.false_alarms(points, rng=np.random.default_rng(120), screen=screen, lag1=lag1)


def alarm_of(kpi: Kpi, *, screen: bool) -> tuple[float, float] | None:
    """Where neighbouring months resemble each other: their correlation, and how often a stable chart then signals."""
    r, marked = alarms.autocorrelation(kpi.chart) if len(kpi.chart) else (float("nan"), False)
    if not marked or kpi.chart["state"].iloc[-1] != "ok":
        return None
    return r, _alarm(int(kpi.chart["value"].notna().sum()), round(min(r, 0.9), 1), screen)


def events_of(kpi: Kpi, lang: str) -> dict[str, tuple[int, str]]:
    """Recorded events from which this measure's limits may be drawn anew: id -> (point, reason)."""
    rows = access.events()
    months = kpi.series["month_key"].tolist()
    mine = _PROGRAMMES.get(kpi.metric.topic, ())
    found = {}
    for row in rows[rows["programme_id"].isin(mine)].to_dict("records"):
        month = periods.key(row["happened_on"])
        if month in months[2:]:
            found[str(row["event_id"])] = (
                months.index(month),
                f"{numbers.month(month, lang)} {row[f'title_{lang}']}",
            )
    return found


_PROGRAMMES = {
    "hotline": ("hotline",), "counselling": ("mind_counselling", "counselling_voucher", "peer_counselling"),
    "services": ("mind_store",),
}  # fmt: skip


def age_words(kpi: Kpi, lang: str) -> str:
    """How old the figure is: days from the end of its month to the day that the screens speak for."""
    if kpi.latest is None:
        return "–"
    month = int(kpi.latest["month_key"])
    end = pd.Timestamp(month // 100, month % 100, 1) + pd.offsets.MonthEnd(0)
    days = (pd.Timestamp(store.as_of()) - end).days
    return t("kpi.age_now" if days == 0 else "kpi.age", lang, n=days)


def synthetic(found: list[Kpi]) -> bool:
    """Whether any figure holds synthetic rows."""
    return any((kpi.series["evidence"] == "synthetic").any() for kpi in found)
