"""A district's measures in words: value, interval, against the city, place as an interval, change."""

from __future__ import annotations

import pandas as pd

from answers import words
from answers.answer import Block, Column, Heading, Note, Table
from answers.districts import measures as catalogue
from answers.districts import trends
from answers.profile.standing import All, Standing
from answers.reader import Reader
from charts.dots import comparison
from locales import numbers, t
from metrics import registry

ACCESS = ("answer_rate", "referral_rate")
OUTCOMES = ("first_wait_42", "recovery_rate", "reisolation_rate")
GROUPS = (
    ("profile.need", catalogue.NEED[:4]),
    ("profile.services", (registry.REACH.metric_id, *ACCESS)),
    ("profile.outcomes", OUTCOMES),
)
SIGNS = {"higher": "▲", "lower": "▼", "similar": "●"}
COLUMNS = ("measure", "value", "interval", "city", "against", "place", "change")


def when(read: Reader, one: Standing, lang: str) -> str:
    """The period of a measure in words."""
    return catalogue.period_words(read, one.metric, one.period, lang)


def lead(read: Reader, found: All, code: str, lang: str) -> str:
    """On which measures the district clearly differs from the city, which way, and where it cannot be told."""
    sides: dict[str, list[str]] = {"higher": [], "lower": [], "similar": [], "unknown": []}
    for one in found.measures.values():
        side, row, short = _side(one, code), one.of(code), one.metric.short(lang)
        sides[side].append(
            short if side == "unknown" or row is None else f"{short} {words.value_of(row, one.metric, lang)}"
        )
    parts = [
        t(f"profile.lead_{side}", lang, which=words.listed(sides[side], lang, most=6))
        for side in ("higher", "lower")
        if sides[side]
    ]
    rest = t("profile.lead_similar", lang, n=len(sides["similar"]))
    if sides["unknown"]:
        rest = f"{rest} {t('profile.lead_unknown', lang, n=len(sides['unknown']))}"
    return " ".join([t("profile.lead", lang, name=read.district_names(lang)[code]), *parts, rest])


def _side(one: Standing, code: str) -> str:
    """higher, lower or similar, as far as its interval allows; unknown without a figure."""
    row = one.of(code)
    if row is None or pd.isna(row["value"]) or pd.isna(one.city["value"]):
        return "unknown"
    return str(comparison(pd.DataFrame([row]), one.city["value"]).iloc[0])


def blocks(read: Reader, found: All, code: str, lang: str) -> list[Block]:
    """Need, access, reach and outcomes."""
    columns = [Column(t(f"profile.col_{c}", lang), number=c in ("value", "city")) for c in COLUMNS]
    out: list[Block] = []
    for title, names in GROUPS:
        rows = [_row(read, found.measures[name], code, lang) for name in names if name in found.measures]
        out.append(Heading(t(title, lang)))
        out.append(
            Table(columns, rows, name=title.partition(".")[2]) if rows else Note(t("chart.no_figures", lang))
        )
    return [*out, Note(t("profile.measures_note", lang))]


def _row(read: Reader, one: Standing, code: str, lang: str) -> tuple[str, ...]:
    row, metric = one.of(code), one.metric
    name = f"{metric.name(lang)} ({when(read, one, lang)})"
    city, change = words.value_of(one.city, metric, lang), _change(one, row, lang)
    if row is None or pd.isna(row["value"]):
        return name, _absent(one, row, lang), "", city, "", "", change
    side = str(comparison(pd.DataFrame([row]), one.city["value"]).iloc[0])
    interval = numbers.limits(*words.outward(row), metric.unit, digits=words.digits_of(row))
    return (
        name,
        words.value_of(row, metric, lang),
        interval,
        city,
        f"{SIGNS[side]} {t(f'profile.{side}', lang)}",
        _place(row, lang),
        change,
    )


def _absent(one: Standing, row: pd.Series | None, lang: str) -> str:
    return words.absent("missing" if row is None else str(row["status"]), one.metric, lang)


def _place(row: pd.Series, lang: str) -> str:
    if pd.isna(row["low"]):
        return ""
    low, high = int(row["low"]), int(row["high"])
    return (
        t("profile.place", lang, low=low, high=high) if low != high else t("profile.place_one", lang, low=low)
    )


def _change(one: Standing, row: pd.Series | None, lang: str) -> str:
    if one.metric_id not in catalogue.INDICATORS:
        return ""
    verdict = "too_few" if row is None else str(row["change"])
    return f"{trends.SIGNS[verdict].strip()} {t(f'district.trend_{verdict}', lang)}".strip()


def with_interval(one: Standing, code: str, lang: str) -> str:
    """A figure with its interval in brackets, or why there is none."""
    row = one.of(code)
    if row is None or pd.isna(row["value"]):
        return _absent(one, row, lang)
    interval = numbers.limits(*words.outward(row), one.metric.unit, digits=words.digits_of(row))
    value = words.value_of(row, one.metric, lang)
    return f"{value} ({interval})" if interval else value
