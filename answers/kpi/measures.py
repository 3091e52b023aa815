"""Every watched measure on its control chart, with its verdicts; whoever needs a verdict takes it from here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from answers import periods
from answers.gate import CLOSED, gate
from answers.kept import kept
from answers.kpi import signals
from answers.reader import Reader
from answers.targets import target_of
from answers.verdicts import UNDECIDED
from data import queries
from locales import numbers
from metrics import spc
from metrics.spec import Metric
from metrics.watched import BY_ID, WATCHED, Watched

MONTHS = 24
# Within a group: variation from worst to calm.
_RANK = {
    "concerning": 0,
    "change": 3,
    "improving": 5,
    "common": 4,
    UNDECIDED: 2,
    "trial": 6,
    "no_variation": 6,
    "none": 7,
}
_GROUPS = ("decide", "calm", "unread")
# Programmes whose events may move a measure, by its topic.
_PROGRAMMES = {
    "hotline": ("hotline",),
    "counselling": ("mind_counselling", "counselling_voucher", "peer_counselling"),
    "services": ("mind_store",),
}


@dataclass(frozen=True, eq=False)
class Kpi:
    """One measure with its series, chart and verdicts.

    Attributes:
        series: metric frame by month, in order; chart: `spc.xmr` of it, its signals worked out from true sums (a cause may be
            `verdicts.UNDECIDED`). target_row: as `targets.target_of`.
        variation, assurance: as `spc` names them, or `verdicts.UNDECIDED`, likewise from true sums.
        firm: the verdicts are the same whether or not extreme moving ranges are screened out.
        outgrown: the target, a yearly one by month, is passed more than twofold and so says nothing.
        gated: an outcome that too few paired scores stand behind; gate: those scores themselves, below what outcomes need.
        unsure: of both, that the published counts cannot decide whether enough scores stand behind it.
    """

    watched: Watched
    series: pd.DataFrame
    chart: pd.DataFrame
    target_row: dict[str, Any] | None
    target: float | None
    variation: str
    assurance: str
    firm: bool
    outgrown: bool = False
    gated: bool = False
    gate: bool = False
    unsure: bool = False

    @property
    def metric(self) -> Metric:
        """Its declaration."""
        return self.watched.metric

    @cached_property
    def latest(self) -> pd.Series | None:
        """The last month that has a figure."""
        shown = self.series[self.series["value"].notna()]
        return None if shown.empty else shown.iloc[-1]

    @property
    def months(self) -> list[int]:
        """The months of the series."""
        return [int(m) for m in self.series["month_key"]]

    @property
    def judged(self) -> bool:
        """Whether its latest limits stand on enough months for signals to be called."""
        return bool(len(self.chart) and self.chart["state"].iloc[-1] == "ok")

    @property
    def annual(self) -> bool:
        """Whether the target is one for a year: counts are set by the year and shown by the month."""
        return self.metric.unit == "count"

    @property
    def planned(self) -> bool:
        """Whether the target is the year's plan."""
        return self.target_row is not None and self.target_row["group_key"] == "plan"

    @property
    def yardstick(self) -> bool:
        """Whether the target is no target of the city, but a yardstick from elsewhere."""
        return self.target_row is not None and self.target_row["group_key"] == "reference"

    @property
    def withheld(self) -> bool:
        """Whether the publishing rule, and not the record, leaves it without a figure."""
        return self.latest is None and bool((self.series["status"] == "suppressed").any())

    @property
    def missing_its_target(self) -> bool:
        """Whether the process, left as it is, misses a target of the city. To fall short of a yardstick decides nothing."""
        return self.assurance == "misses" and self.target_row is not None and not self.yardstick

    @property
    def decision(self) -> bool:
        """Whether somebody has to decide something; a figure that cannot be read asks for scores, not for itself."""
        return not self.gated and (self.variation == "concerning" or self.missing_its_target or self.gate)

    @property
    def group(self) -> str:
        """decide, calm or unread."""
        return "decide" if self.decision else "unread" if self.gated or self.latest is None else "calm"

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts 'needs a decision' first; alike ones stand by service, as they are watched."""
        rank = _RANK[self.variation] + (0 if self.assurance == "misses" else 1)
        return _GROUPS.index(self.group), rank, WATCHED.index(self.watched)


@kept
def every(read: Reader) -> tuple[Kpi, ...]:
    """All measures, those that need a decision first."""
    found = [one(read, w.id) for w in WATCHED]
    marked = []
    for kpi in found:
        word, watched = _gate(read, kpi), kpi.watched
        low, unsure = word == CLOSED, word == UNDECIDED
        marked.append(
            replace(kpi, gated=low and watched.needs_pairs, gate=low and watched.pairs, unsure=unsure)
        )
    return tuple(sorted(marked, key=lambda kpi: kpi.order))


def _gate(read: Reader, kpi: Kpi) -> str:
    """What the gate of paired scores says of the month that a measure shows; '' where it asks nothing of it."""
    last = kpi.latest
    if last is None or not (kpi.watched.pairs or kpi.watched.needs_pairs):
        return ""
    return gate(read, queries.Span(int(last["month_key"]), int(last["month_key"]))).word


def listed(read: Reader, metric_id: str) -> Kpi:
    """A measure as the table of all has it."""
    return next(k for k in every(read) if k.watched.id == metric_id)


@kept
def one(read: Reader, metric_id: str, screen: bool = True, rebase: tuple[spc.Rebase, ...] = ()) -> Kpi:
    """A measure's control chart over the last two years of final months, as if enough scores stood behind it."""
    watched = BY_ID[metric_id]
    metric, end = watched.metric, periods.closed(read.end(watched.table), watched.lag)
    first = periods.shifted(end, 1 - MONTHS)
    where = {"month_key": queries.Span(first, end)}
    series = _every_month(read.frame(metric_id, keys=("month_key",), where=where, level="city"), first, end)
    row = target_of(read, metric_id, end)
    target = None if row is None else float(row["value"])
    monthly = None if metric.unit == "count" else target
    aim = None if target is None else target / (12 if metric.unit == "count" else 1)
    asked = signals.Asked.of(metric, series, screen=screen, rebase=rebase, target=monthly, aim=aim)
    said = signals.said(read, metric, series, queries.Span(first, end), asked)
    chart = signals.marked(spc.xmr(series["value"], screen=screen, rebase=rebase), said)
    last = chart[chart["value"].notna()].tail(1)["cause"].tolist()
    variation = UNDECIDED if last == [UNDECIDED] else spc.variation(chart, metric.better)
    return Kpi(watched, series, chart, row, target, variation, said.assurance, said.firm, said.outgrown)


def in_detail(read: Reader, metric_id: str, *, screen: bool, event: str = "") -> Kpi:
    """A measure with limits of the reader's choice; whether too few scores stand behind it is known of the table as a whole.

    Args:
        event: id of a recorded event from which limits are drawn anew, one of `events_of`.
    """
    kpi = listed(read, metric_id)
    if screen and not event:
        return kpi
    rebase = (events_of(read, metric_id)[event],) if event else ()
    return replace(one(read, metric_id, screen, rebase), gated=kpi.gated, gate=kpi.gate, unsure=kpi.unsure)


@kept
def events_of(read: Reader, metric_id: str) -> dict[str, spc.Rebase]:
    """Recorded events from which a measure's limits may be drawn anew, by id."""
    kpi, rows = one(read, metric_id), read.events()
    places = {month: place for place, month in enumerate(kpi.months) if place >= 2}
    found = {}
    for row in rows[rows["programme_id"].isin(_PROGRAMMES.get(kpi.metric.topic, ()))].to_dict("records"):
        place = places.get(periods.key(row["happened_on"]))
        if place is not None:
            found[str(row["event_id"])] = spc.Rebase(place, str(row["title_en"]))
    return found


def event_words(read: Reader, event: str, lang: str) -> str:
    """A recorded event with its month."""
    rows = read.events().set_index("event_id")
    return f"{numbers.month(periods.key(rows.loc[event, 'happened_on']), lang)} {rows.loc[event, f'title_{lang}']}"


def _every_month(found: pd.DataFrame, first: int, end: int) -> pd.DataFrame:
    """One row per month from the first with a figure: a month without one stays visible as missing."""
    known = found.loc[found["status"] != "missing", "month_key"]
    months, month = [], max(first, int(known.min())) if len(known) else end + 1
    while month <= end:
        months.append(month)
        month = periods.shifted(month, 1)
    out = found.set_index("month_key").reindex(pd.Index(months, name="month_key", dtype=int)).reset_index()
    return out.assign(status=out["status"].astype(object).fillna("missing"))
