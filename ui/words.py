"""Generated sentences: what a view says in words, made from the same frame that the chart and the table show."""

from __future__ import annotations

import pandas as pd

from charts.dots import comparison
from locales import numbers, t
from metrics.spec import Metric


def value_of(row: pd.Series, metric: Metric, lang: str) -> str:
    """A row's value in words; its status when there is no figure."""
    if row["status"] in ("suppressed", "missing"):
        return t(f"status.{row['status']}", lang)
    return numbers.value(row["value"], metric.unit, lang, counted=_unit(metric, lang))


def _unit(metric: Metric, lang: str) -> str:
    """'접촉(건)' counts in 건; English keeps the noun."""
    counted = metric.counted(lang)
    return counted[counted.index("(") + 1 : -1] if lang == "ko" and counted.endswith(")") else counted


def interval_of(row: pd.Series, metric: Metric, lang: str) -> str:
    """A row's interval in words, empty when it has none."""
    return numbers.interval(row["lower"], row["upper"], metric.unit, lang)


def period_label(period: int, lang: str) -> str:
    """A year or a month key as people say it."""
    if period > 9999:
        return numbers.month(period, lang)
    return f"{period}년" if lang == "ko" else str(period)


def city_sentence(city: pd.Series, metric: Metric, *, when: str, lang: str) -> str:
    """The city's figure with what stands behind it."""
    value = value_of(city, metric, lang)
    if city["status"] in ("suppressed", "missing"):
        return f"{when}: {value}."
    if metric.interval == "wilson_effective":
        return t("map.sentence_city_weighted", lang, period=when, name=metric.name(lang), value=value,
                 interval=interval_of(city, metric, lang), n=numbers.number(city["n"]))  # fmt: skip
    unit = _unit(metric, lang)
    return t("map.sentence_city", lang, period=when, name=metric.name(lang), value=value,
             top=numbers.number(city["numerator"]), bottom=numbers.number(city["denominator"]),
             counted=unit if lang == "ko" else f" {unit}")  # fmt: skip


def areas_sentence(frame: pd.DataFrame, city: pd.Series, metric: Metric, *, lang: str) -> str:
    """How many areas differ from the city, which stand at the ends, and when that cannot be said."""
    known = frame[frame["value"].notna()]
    if known.empty:
        return t("map.sentence_empty", lang)
    kinds = comparison(known, city["value"])
    higher, lower = int((kinds == "higher").sum()), int((kinds == "lower").sum())
    key = "map.sentence_differs" if higher or lower else "map.sentence_same"
    parts = [t(key, lang, total=len(frame), higher=higher, lower=lower)]
    top, foot = known.loc[known["value"].idxmax()], known.loc[known["value"].idxmin()]
    if separate(known):
        parts.append(t("map.sentence_extremes", lang, high=top["label"], high_value=value_of(top, metric, lang),
                       low=foot["label"], low_value=value_of(foot, metric, lang)))  # fmt: skip
    else:
        parts.append(t("map.sentence_no_rank", lang))
    hidden = int((frame["status"] == "suppressed").sum())
    if hidden:
        parts.append(t("map.sentence_missing", lang, n=hidden))
    return " ".join(parts)


def separate(known: pd.DataFrame) -> bool:
    """Whether the highest and the lowest area may be named: their intervals overlap no other area's."""
    if len(known) < 3 or known["lower"].isna().any():
        return False
    ordered = known.sort_values("value")
    first, second = ordered.iloc[0], ordered.iloc[1]
    last, before = ordered.iloc[-1], ordered.iloc[-2]
    return bool(first["upper"] < second["lower"] and last["lower"] > before["upper"])


def dong_sentence(frame: pd.DataFrame, *, lang: str) -> str:
    """How many dong are drawn and how many have no value."""
    missing = int(frame["value"].isna().sum())
    return t("map.sentence_dong" if missing else "map.sentence_dong_all", lang, n=len(frame), missing=missing)


def against_city(row: pd.Series, city: pd.Series, metric: Metric, *, lang: str) -> str:
    """A selected area against the city, only as far as its interval allows."""
    if pd.isna(row["value"]) or pd.isna(city["value"]):
        return ""
    kind = comparison(pd.DataFrame([row]), city["value"]).iloc[0]
    word = t(f"map.{kind}", lang)
    return t("map.selected_vs", lang, city=value_of(city, metric, lang), word=word)
