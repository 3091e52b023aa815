"""What the overview says: five cards, what needs attention first, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from charts.trend import spark, spark_summary
from data.queries import Span
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from ui import access, blocks, periods, store, words

WATCHED = ("answer_rate", "service_level", "abandonment", "first_wait_42", "dna_rate", "dropout_rate", "recovery_rate",
           "reliable_improvement", "paired_completeness")  # fmt: skip
NOW_MONTHS, BEFORE_MONTHS = 3, 12
PLAN_YEARS = Span(2025, 2029)
_ARROWS = {"up": "trend_up", "down": "trend_down", "flat": "trend_flat", "unknown": "trend_unknown"}


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
    direction = "unknown"
    if benchmark is not None and pd.notna(now["value"]):
        low = now["lower"] if pd.notna(now["lower"]) else now["value"]
        high = now["upper"] if pd.notna(now["upper"]) else now["value"]
        direction = "up" if low > benchmark else "down" if high < benchmark else "flat"
    return Change(metric, now, before, direction, str(now["verdict"]))


def attention() -> list[Change]:
    """Watched metrics that are clearly worse than the twelve months before, clearest first."""
    worse = [c for c in map(change, WATCHED) if c.verdict == "worse"]
    return sorted(worse, key=lambda c: -c.distance)


def attention_html(found: list[Change], lang: str) -> str:
    """The attention box."""
    items = "".join(
        f"<li>{blocks.esc(_attention_line(c, lang))} {blocks.mark(str(c.now['evidence']), lang)}</li>"
        for c in found
    )
    body = f"<ol>{items}</ol>" if found else f"<p>{blocks.esc(t('overview.attention_none', lang))}</p>"
    quiet = "" if found else " quiet"
    rule = blocks.esc(t("overview.attention_rule", lang))
    return f'<h2>{blocks.esc(t("overview.attention", lang))}</h2><div class="ieum-attention{quiet}">{body}<p class="rule">{rule}</p></div>'


def _attention_line(c: Change, lang: str) -> str:
    return t("overview.attention_item", lang, name=c.metric.name(lang), now=words.value_of(c.now, c.metric, lang),
             interval=words.interval_of(c.now, c.metric, lang), before=words.value_of(c.before, c.metric, lang))  # fmt: skip


def _state(direction: str, verdict: str, lang: str) -> tuple[str, str]:
    text = t(f"overview.{_ARROWS[direction]}", lang)
    if verdict in ("better", "worse"):
        text = f"{text} · {t(f'overview.state_{verdict}', lang)}"
    return text, verdict


def _age(table: str, lang: str) -> str:
    fresh = access.freshness(table)
    return "" if fresh is None else t("overview.updated", lang, day=numbers.day(fresh["recorded_at"], lang))


def _spark(metric_id: str, lang: str, *, months: int = 18) -> str:
    span = periods.last(store.as_of(), months)
    monthly = access.frame(metric_id, keys=("month_key",), where={"month_key": span}, level="city")
    monthly = monthly.sort_values("month_key")
    return spark(
        monthly["value"].tolist(), label=blocks.esc(spark_summary(monthly, registry.get(metric_id), lang))
    )


def _value(metric_id: str, row: pd.Series, lang: str) -> str:
    return words.value_of(row, registry.get(metric_id), lang)


def cards(lang: str) -> list[str]:
    """The five cards: money, need, reach, services, re-isolation."""
    return [_money(lang), _need(lang), _reach(lang), _services(lang), _reisolation(lang)]


def _money(lang: str) -> str:
    year = store.as_of().year
    plan = access.city("plan_progress", where={"fiscal_year": PLAN_YEARS})
    spent = access.city("execution_rate", where={"fiscal_year": year})
    committed = access.city("commitment_rate", where={"fiscal_year": year})
    money = numbers.won(plan["numerator"], lang) if pd.notna(plan["numerator"]) else "–"
    return blocks.card(
        title=t("overview.money", lang), figure=_value("execution_rate", spent, lang),
        say=t("overview.money_line", lang, spent=money, progress=_value("plan_progress", plan, lang)),
        detail=t("overview.money_detail", lang, execution=_value("execution_rate", spent, lang),
                 commitment=_value("commitment_rate", committed, lang)),
        state=t("overview.trend_unknown", lang), state_kind="none", age=_age("ledger_entry", lang), spark="",
        evidence=str(spent["evidence"]), lang=lang,
    )  # fmt: skip


def _need(lang: str) -> str:
    waves = access.years("isolation_prevalence")
    year = waves[-1] if waves else store.as_of().year
    where = survey_where(year)
    isolation = access.city("isolation_prevalence", where=where)
    lonely = access.city("loneliness_prevalence", where=where)
    return blocks.card(
        title=t("overview.need", lang), figure=_value("isolation_prevalence", isolation, lang),
        say=t("overview.need_line", lang, value=words.interval_of(isolation, registry.get("isolation_prevalence"), lang),
              year=words.period_label(year, lang)),
        detail=t("overview.need_detail", lang, value=_value("loneliness_prevalence", lonely, lang)),
        state=t("overview.trend_unknown", lang), state_kind="none", age=_age("survey_response", lang), spark="",
        evidence=str(isolation["evidence"]), lang=lang,
    )  # fmt: skip


def survey_where(year: int) -> dict[str, Any]:
    """A survey year in the main instrument: two instruments never join into one series."""
    return {"year": year, "instrument_id": access.main_instrument()}


def _reach(lang: str) -> str:
    year = periods.last(store.as_of(), 12)
    answered = access.city("hotline_answered", where={"month_key": year})
    visits = access.city("mind_store_visits", where={"month_key": year})
    moved = change("hotline_answered")
    return blocks.card(
        title=t("overview.reach", lang), figure=_value("hotline_answered", answered, lang),
        say=t("overview.reach_line", lang, n=_value("hotline_answered", answered, lang)),
        detail=t("overview.reach_detail", lang, n=_value("mind_store_visits", visits, lang)),
        state=t("overview.trend_flat", lang) if moved.direction == "flat" else "",
        state_kind="none", age=_age("hotline_contact", lang), spark=_spark("hotline_answered", lang),
        evidence=str(answered["evidence"]), lang=lang,
    )  # fmt: skip


def _services(lang: str) -> str:
    moved = change("answer_rate")
    recent = {"month_key": periods.last(store.as_of(), NOW_MONTHS)}
    state, kind = _state(moved.direction, moved.verdict, lang)
    return blocks.card(
        title=t("overview.services", lang), figure=_value("answer_rate", moved.now, lang),
        say=t("overview.services_line", lang, value=words.interval_of(moved.now, moved.metric, lang)),
        detail=t("overview.services_detail", lang, sl=_value("service_level", access.city("service_level", where=recent), lang),
                 wait=_value("first_wait_42", access.city("first_wait_42", where=recent), lang)),
        state=state, state_kind=kind, age=_age("hotline_contact", lang), spark=_spark("answer_rate", lang),
        evidence=str(moved.now["evidence"]), lang=lang,
    )  # fmt: skip


def _reisolation(lang: str) -> str:
    day = store.as_of()
    before = access.city("reisolation_rate", where={"month_key": periods.last(day, 12, skip=12)})
    benchmark = None if pd.isna(before["value"]) else float(before["value"])
    now = access.city("reisolation_rate", where={"month_key": periods.last(day, 12)}, benchmark=benchmark)
    direction = "unknown"
    if benchmark is not None and pd.notna(now["lower"]):
        direction = "up" if now["lower"] > benchmark else "down" if now["upper"] < benchmark else "flat"
    state, kind = _state(direction, str(now["verdict"]), lang)
    return blocks.card(
        title=t("overview.reisolation", lang), figure=_value("reisolation_rate", now, lang),
        say=t("overview.reisolation_line", lang, value=words.interval_of(now, registry.get("reisolation_rate"), lang)),
        detail=t("overview.reisolation_detail", lang), state=state, state_kind=kind, age=_age("spell", lang), spark="",
        evidence=str(now["evidence"]), lang=lang,
    )  # fmt: skip


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
