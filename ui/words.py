"""Generated sentences: what a view says in words, made from the same frame that the chart and the table show."""

from __future__ import annotations

import pandas as pd

from charts.dots import comparison
from locales import numbers, t
from metrics.spec import Metric


def value_of(row: pd.Series, metric: Metric, lang: str) -> str:
    """A row's value in words; its status when there is no figure."""
    if row["status"] in ("suppressed", "missing"):
        return absent(str(row["status"]), metric, lang)
    return numbers.value(
        row["value"], metric.unit, lang, counted=unit_of(metric, lang), digits=digits_of(row)
    )


def absent(status: str, metric: Metric, lang: str) -> str:
    """Why there is no figure: 'fewer than 10' is true of a count, of a ratio only that its cases are few."""
    return t("status.withheld" if status == "suppressed" and metric.is_ratio else f"status.{status}", lang)


def digits_of(row: pd.Series) -> int:
    """The decimals that a percentage may show: none where the publishing rule rounded it to whole points."""
    allowed = row.get("digits")
    return 1 if allowed is None or pd.isna(allowed) else int(allowed)


def unit_of(metric: Metric, lang: str) -> str:
    """'접촉(건)' counts in 건; English keeps the noun."""
    counted = metric.counted(lang)
    return counted[counted.index("(") + 1 : -1] if lang == "ko" and counted.endswith(")") else counted


def interval_of(row: pd.Series, metric: Metric, lang: str) -> str:
    """A row's interval in words, empty when it has none."""
    return numbers.interval(row["lower"], row["upper"], metric.unit, lang, digits=digits_of(row))


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
    unit = unit_of(metric, lang)
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
    side = "differs" if higher and lower else "higher_only" if higher else "lower_only" if lower else "same"
    parts = [t(f"map.sentence_{side}", lang, total=len(frame), higher=higher, lower=lower)]
    top, foot = known.loc[known["value"].idxmax()], known.loc[known["value"].idxmin()]
    if separate(frame):
        parts.append(t("map.sentence_extremes", lang, high=top["label"], high_value=value_of(top, metric, lang),
                       low=foot["label"], low_value=value_of(foot, metric, lang)))  # fmt: skip
    else:
        parts.append(t("map.sentence_no_rank", lang))
    hidden = int((frame["status"] == "suppressed").sum())
    if hidden:
        parts.append(t("map.sentence_missing", lang, n=hidden))
    return " ".join(parts)


def separate(areas: pd.DataFrame) -> bool:
    """Whether the highest and the lowest area may be named: every area has a figure and neither end overlaps another."""
    if len(areas) < 3 or areas["lower"].isna().any():
        return False
    top, foot = areas["value"].idxmax(), areas["value"].idxmin()
    above = areas.loc[top, "lower"] > areas["upper"].drop(top).max()
    below = areas.loc[foot, "upper"] < areas["lower"].drop(foot).min()
    return bool(above and below)


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
