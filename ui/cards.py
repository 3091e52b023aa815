"""The overview's five cards: money, need, reach, services, re-isolation. Each names what its figure is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from charts.trend import spark, spark_summary
from data.queries import Span
from locales import numbers, t
from metrics import registry
from ui import access, blocks, overview, periods, store, words

_ARROWS = {"up": "trend_up", "down": "trend_down", "flat": "trend_flat", "unknown": "trend_unknown"}


def all_five(lang: str) -> list[str]:
    """The cards in reading order, as HTML."""
    return [_money(lang), _need(lang), _reach(lang), _services(lang), _reisolation(lang)]


def _card(name: str, metric_id: str, row: pd.Series, lang: str, *, when: str, detail: str, state: str, kind: str,
          table: str, chart: str = "") -> str:  # fmt: skip
    metric = registry.get(metric_id)
    interval = words.interval_of(row, metric, lang)
    label = t("overview.card_label", lang, name=metric.name(lang), when=when)
    return blocks.card(
        title=t(f"overview.{name}", lang), figure=words.value_of(row, metric, lang),
        say=f"{label} · {interval}" if interval else label, detail=detail, state=state, state_kind=kind,
        age=_age(table, lang), spark=chart, evidence=str(row["evidence"]), lang=lang,
    )  # fmt: skip


def _state(direction: str, verdict: str, lang: str) -> tuple[str, str]:
    text = t(f"overview.{_ARROWS[direction]}", lang)
    if verdict in ("better", "worse"):
        text = f"{text} · {t(f'overview.state_{verdict}', lang)}"
    return text, verdict


def _age(table: str, lang: str) -> str:
    fresh = access.freshness(table)
    return "" if fresh is None else t("overview.updated", lang, day=numbers.day(fresh["recorded_at"], lang))


def _spark(metric_id: str, lang: str) -> str:
    metric, monthly = overview.monthly(metric_id, months=18)
    return spark(monthly["value"].tolist(), label=blocks.esc(spark_summary(monthly, metric, lang)))


def _value(metric_id: str, row: pd.Series, lang: str) -> str:
    return words.value_of(row, registry.get(metric_id), lang)


def _money(lang: str) -> str:
    day = store.as_of()
    plan = access.city("plan_progress")
    spent = access.city("execution_rate", where={"fiscal_year": day.year})
    # The same months of last year, its budget as it then stood: a full year would be no fair yardstick.
    same = Span(0, (day.year - 1) * 100 + day.month)
    before = access.city("execution_rate", where={"fiscal_year": day.year - 1, "month_key": same})
    money = numbers.won(plan["numerator"], lang) if pd.notna(plan["numerator"]) else "–"
    return _card(
        "money", "execution_rate", spent, lang, when=words.period_label(day.year, lang),
        detail=t("overview.money_line", lang, spent=money, progress=_value("plan_progress", plan, lang)),
        state=t("overview.money_before", lang, value=_value("execution_rate", before, lang)), kind="none",
        table="ledger_entry",
    )  # fmt: skip


def _need(lang: str) -> str:
    waves = access.years("isolation_prevalence")
    year = waves[-1] if waves else store.as_of().year
    where: dict[str, Any] = {"year": year, "instrument_id": access.main_instrument()}
    isolation = access.city("isolation_prevalence", where=where)
    lonely = access.city("loneliness_prevalence", where=where)
    return _card(
        "need", "isolation_prevalence", isolation, lang, when=words.period_label(year, lang),
        detail=t("overview.need_detail", lang, value=_value("loneliness_prevalence", lonely, lang)),
        state=t("map.trend_question", lang), kind="none", table="survey_response",
    )  # fmt: skip


def _reach(lang: str) -> str:
    day = store.as_of()
    year = {"month_key": periods.last(day, 12)}
    answered = access.city("hotline_answered", where=year)
    visits = access.city("mind_store_visits", where=year)
    now = access.city("hotline_answered", where={"month_key": periods.last(day, 3)})
    before = access.city("hotline_answered", where={"month_key": periods.last(day, 3, skip=12)})
    return _card(
        "reach", "hotline_answered", answered, lang, when=t("overview.last_12", lang),
        detail=t("overview.reach_detail", lang, n=_value("mind_store_visits", visits, lang)),
        state=_growth(now["value"], before["value"], lang), kind="none", table="hotline_contact",
        chart=_spark("hotline_answered", lang),
    )  # fmt: skip


def _growth(now: float, before: float, lang: str) -> str:
    """Volume against the same months of last year; more contacts are neither good nor bad."""
    if pd.isna(now) or pd.isna(before) or not before:
        return t("overview.trend_unknown", lang)
    arrow, word = ("▲", "more") if now > before else ("▼", "less") if now < before else ("●", "equal")
    change = numbers.percent(abs(now / before - 1) * 100, 0)
    return t("overview.reach_growth", lang, arrow=arrow, change=change, word=t(f"overview.{word}", lang))


def _services(lang: str) -> str:
    moved = overview.change("answer_rate")
    recent = {"month_key": periods.last(store.as_of(), overview.NOW_MONTHS)}
    state, kind = _state(moved.direction, moved.verdict, lang)
    quick, wait = (access.city(name, where=recent) for name in ("service_level", "first_wait_42"))
    return _card(
        "services", "answer_rate", moved.now, lang, when=t("overview.last_3", lang),
        detail=t("overview.services_detail", lang, sl=_value("service_level", quick, lang),
                 wait=_value("first_wait_42", wait, lang)),
        state=state, kind=kind, table="hotline_contact", chart=_spark("answer_rate", lang),
    )  # fmt: skip


def _reisolation(lang: str) -> str:
    day = store.as_of()
    before = access.city("reisolation_rate", where={"month_key": periods.last(day, 12, skip=12)})
    benchmark = None if pd.isna(before["value"]) else float(before["value"])
    now = access.city("reisolation_rate", where={"month_key": periods.last(day, 12)}, benchmark=benchmark)
    state, kind = _state(overview.direction(now, benchmark), str(now["verdict"]), lang)
    return _card(
        "reisolation", "reisolation_rate", now, lang, when=t("overview.last_12", lang),
        detail=t("overview.reisolation_detail", lang), state=state, kind=kind, table="spell",
    )  # fmt: skip
