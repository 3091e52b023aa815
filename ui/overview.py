"""What the overview says: what needs attention first and why, the monthly series, published headlines."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from answers.answer import Answer
from answers.districts import figures, mapview
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from metrics.watched import OVERVIEW
from ui import access, blocks, draw, periods, store, view, words

NOW_MONTHS, BEFORE_MONTHS = 3, 12


@dataclass(frozen=True)
class Change:
    """A metric's last three months against the twelve before."""

    metric: Metric
    now: pd.Series
    before: pd.Series
    direction: str  # up, down, flat, unknown
    verdict: str

    @property
    def distance(self) -> float:
        """How far the two lie apart, in widths of the recent interval: what is clearest comes first."""
        width = float(self.now["upper"] - self.now["lower"]) or 1.0
        return abs(float(self.now["value"] - self.before["value"])) / width


def change(metric_id: str) -> Change:
    """Compare the last three months with the twelve before; different only if the interval says so."""
    metric = registry.get(metric_id)
    day = store.as_of()
    before = access.city(metric_id, where={"month_key": periods.last(day, BEFORE_MONTHS, skip=NOW_MONTHS)})
    benchmark = None if pd.isna(before["value"]) else float(before["value"])
    now = access.city(metric_id, where={"month_key": periods.last(day, NOW_MONTHS)}, benchmark=benchmark)
    return Change(metric, now, before, direction(now, benchmark), str(now["verdict"]))


def direction(now: pd.Series, benchmark: float | None) -> str:
    """up or down only where the whole recent interval lies on one side of the yardstick."""
    if benchmark is None or pd.isna(now["value"]):
        return "unknown"
    low = now["lower"] if pd.notna(now["lower"]) else now["value"]
    high = now["upper"] if pd.notna(now["upper"]) else now["value"]
    return "up" if low > benchmark else "down" if high < benchmark else "flat"


def watched() -> list[Change]:
    """Every watched metric against its twelve months before."""
    return [change(metric_id) for metric_id in OVERVIEW]


def attention(changes: list[Change]) -> list[Change]:
    """Those that are clearly worse, clearest first."""
    return sorted((c for c in changes if c.verdict == "worse"), key=lambda c: -c.distance)


def any_synthetic(changes: list[Change]) -> bool:
    """Whether any watched figure holds synthetic rows."""
    return any(c.now["evidence"] == "synthetic" for c in changes)


def lead_sentence(found: list[Change], lang: str) -> str:
    """The overview in one sentence: how many measures to look at first, and which."""
    day = numbers.day(store.as_of(), lang)
    if not found:
        return t("overview.lead_none", lang, day=day)
    names = ", ".join(c.metric.short(lang) for c in found[:3])
    return t(
        "overview.lead" if len(found) <= 3 else "overview.lead_more", lang, day=day, n=len(found), names=names
    )


def attention_html(found: list[Change], lang: str) -> str:
    """The attention box."""
    items = "".join(
        f"<li>{blocks.esc(_attention_line(c, lang))} {blocks.mark(str(c.now['evidence']), lang)}</li>"
        for c in found
    )
    body = f"<ol>{items}</ol>" if found else f"<p>{blocks.esc(t('overview.attention_none', lang))}</p>"
    quiet = "" if found else " quiet"
    rule = blocks.esc(t("overview.attention_rule", lang))
    return f'<h2 class="ieum-h2">{blocks.esc(t("overview.attention", lang))}</h2><div class="ieum-attention{quiet}">{body}<p class="rule">{rule}</p></div>'


def _attention_line(c: Change, lang: str) -> str:
    return t("overview.attention_item", lang, name=c.metric.name(lang), now=words.value_of(c.now, c.metric, lang),
             interval=words.interval_of(c.now, c.metric, lang), before=words.value_of(c.before, c.metric, lang))  # fmt: skip


def monthly(metric_id: str, *, months: int = 24) -> tuple[Metric, pd.DataFrame]:
    """A metric's city series by month."""
    span = periods.last(store.as_of(), months)
    series = access.frame(metric_id, keys=("month_key",), where={"month_key": span}, level="city")
    return registry.get(metric_id), series.sort_values("month_key")


def monthly_sentence(metric: Metric, series: pd.DataFrame, lang: str) -> str:
    """The latest month in words."""
    shown = series[series["value"].notna()]
    if shown.empty:
        return t("chart.no_figures", lang)
    last = shown.iloc[-1]
    return t("overview.hotline_sentence", lang, month=numbers.month(last["month_key"], lang),
             value=words.value_of(last, metric, lang), interval=words.interval_of(last, metric, lang))  # fmt: skip


def span_label(series: pd.DataFrame, lang: str) -> str:
    """First to last month of a series."""
    if series.empty:
        return ""
    ends = series["month_key"].iloc[[0, -1]]
    return " – ".join(numbers.month(key, lang) for key in ends)


def events(lang: str) -> pd.DataFrame:
    """Dated events that a service series should carry: suspensions and subsidy cuts within the span."""
    rows = access.events()
    start = periods.last(store.as_of(), 24).low
    day = pd.to_datetime(rows["happened_on"])
    keep = rows["kind"].isin(["launch", "suspension"]) & (day.dt.year * 100 + day.dt.month >= start)
    keep &= rows["programme_id"].eq("hotline")
    return rows[keep].assign(title=rows[f"title_{lang}"], happened_on=day)[["happened_on", "title"]]


HEADLINES = ("F050", "F066", "F069", "F071", "F072", "F227", "F229", "F113")


def published_headlines() -> pd.DataFrame:
    """The published figures that the overview sets beside the synthetic ones."""
    facts = access.published_facts()
    return facts[facts["fact_id"].isin(HEADLINES)]


def doorway(indicator: str, period: int, lang: str) -> None:
    """A measure's ranked districts: a click opens that district's profile."""
    shown = mapview.build(view.reader(), indicator, period=period, lang=lang)
    draw.answer(Answer("", shown.sentence, blocks=figures.doorway(view.reader(), shown, lang), lang=lang))


def opens_profile() -> bool:
    """Whether a district was just picked; true once."""
    return bool(st.session_state.pop("open_page", False))
