"""Five cards: money, need, reach, services, re-isolation. What a card says of a measure is what the measure's own page says."""

from __future__ import annotations

import pandas as pd

from answers import periods, words
from answers.answer import Card, Go, Tone
from answers.districts import trends
from answers.kpi import measures, said
from answers.kpi.measures import Kpi
from answers.kpi.table import TONES
from answers.profile import standing
from answers.reader import Reader
from answers.studies import Pending
from charts.trend import spark_summary
from data.queries import Span
from locales import numbers, t
from metrics import registry

SPARK_MONTHS = 18
_TREND_TONES: dict[tuple[str, str], Tone] = {
    ("rising", "higher"): "better",
    ("falling", "higher"): "worse",
    ("rising", "lower"): "worse",
    ("falling", "lower"): "better",
}


def five(read: Reader, lang: str) -> list[Card]:
    """The cards in reading order."""
    return [
        _money(read, lang),
        _need(read, lang),
        _reach(read, lang),
        _services(read, lang),
        _reisolation(read, lang),
    ]


def _card(
    read: Reader,
    name: str,
    metric_id: str,
    row: pd.Series,
    lang: str,
    *,
    when: str,
    state: str,
    go: Go,
    tone: Tone = "",
    kpi: Kpi | None = None,
) -> Card:
    metric = registry.get(metric_id)
    interval = words.interval_of(row, metric, lang)
    label = t("overview.card_label", lang, name=metric.name(lang), when=when)
    shown = None if kpi is None else kpi.series.tail(SPARK_MONTHS)
    return Card(
        t(f"overview.{name}", lang),
        words.value_of(row, metric, lang),
        f"{label} · {interval}" if interval else label,
        state=state,
        tone=tone,
        spark=() if shown is None else tuple(shown["value"]),
        spark_alt="" if shown is None else spark_summary(shown, metric, lang),
        go=go,
    )


def _value(metric_id: str, row: pd.Series, lang: str) -> str:
    return words.value_of(row, registry.get(metric_id), lang)


def verdict(kpi: Kpi, lang: str) -> tuple[str, Tone]:
    """What the table of measures says of it, with the month that it says it of."""
    if kpi.latest is None:
        return said.variation(kpi, lang), ""
    month = numbers.month(int(kpi.latest["month_key"]), lang)
    return t("overview.state", lang, verdict=said.variation(kpi, lang), month=month), TONES.get(
        kpi.variation, ""
    )


def _money(read: Reader, lang: str) -> Card:
    day = read.end("ledger_entry")
    spent = read.city("execution_rate", where={"fiscal_year": day.year})
    # The same months of last year, its budget as it then stood: a full year would be no fair yardstick.
    same = Span(0, (day.year - 1) * 100 + day.month)
    before = read.city("execution_rate", where={"fiscal_year": day.year - 1, "month_key": same})
    return _card(
        read,
        "money",
        "execution_rate",
        spent,
        lang,
        go=Go("budget"),
        when=words.period_label(day.year, lang),
        state=t("overview.money_before", lang, value=_value("execution_rate", before, lang)),
    )


def _need(read: Reader, lang: str) -> Card:
    waves = read.years("isolation_prevalence")
    year = waves[-1] if waves else read.as_of.year
    where = {"year": year, "instrument_id": read.main_instrument()}
    isolation = read.city("isolation_prevalence", where=where)
    return _card(
        read,
        "need",
        "isolation_prevalence",
        isolation,
        lang,
        go=Go("district_map", choices=(("q", "need"), ("indicator", "isolation_prevalence"))),
        when=words.period_label(year, lang),
        state="",
    )


def _reach(read: Reader, lang: str) -> Card:
    """A year's contacts; more contacts are neither good nor bad, and the state is that of the latest month."""
    kpi = measures.one(read, "hotline_answered")
    months = periods.last(read.end("hotline_contact"), 12)
    answered = read.city("hotline_answered", where={"month_key": months})
    state, tone = verdict(kpi, lang)
    return _card(
        read,
        "reach",
        "hotline_answered",
        answered,
        lang,
        go=Go("kpi", choices=(("kpi", "hotline_answered"),)),
        when=t("overview.last_12", lang),
        state=state,
        tone=tone,
        kpi=kpi,
    )


def _services(read: Reader, lang: str) -> Card:
    """The latest month of the answer rate, as the table of measures has it (`measures.one`, which it is made of)."""
    kpi = measures.one(read, "answer_rate")
    state, tone = verdict(kpi, lang)
    if kpi.latest is None:
        when = periods.closed(read.end("hotline_contact"))
        row = read.city("answer_rate", where={"month_key": when})
    else:
        row, when = kpi.latest, int(kpi.latest["month_key"])
    return _card(
        read,
        "services",
        "answer_rate",
        row,
        lang,
        go=Go("kpi", choices=(("kpi", "answer_rate"),)),
        when=numbers.month(when, lang),
        state=state,
        tone=tone,
        kpi=kpi,
    )


def _reisolation(read: Reader, lang: str) -> Card:
    """Twelve months; the state is the map's trend test of the city."""
    now = read.city("reisolation_rate", where={"month_key": periods.last(read.end("spell"), 12)})
    state, tone = _trend(read, "reisolation_rate", lang)
    return _card(
        read,
        "reisolation",
        "reisolation_rate",
        now,
        lang,
        go=Go("reisolation"),
        when=t("overview.last_12", lang),
        state=state,
        tone=tone,
    )


def _trend(read: Reader, metric_id: str, lang: str) -> tuple[str, Tone]:
    try:
        found = standing.known(read).measures.get(metric_id)
    except Pending as problem:
        return problem.words(lang), ""
    verdict = "too_few" if found is None else found.city_change
    said = f"{trends.SIGNS[verdict].strip() or '●'} {t(f'district.trend_{verdict}', lang)}"
    return said, _TREND_TONES.get((verdict, registry.get(metric_id).better), "")
