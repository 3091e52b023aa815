"""Generated sentences: what a view says in words, made from the same frame that the chart and the table show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from answers.reader import Reader
from charts.dots import comparison
from data.imports import lookups
from locales import numbers, t
from metrics.spec import Metric


def owner(unit: str, lang: str, read: Reader) -> str:
    """An owner unit's name as it is set up; one whose English name is not known keeps its own."""
    known = {} if lang == "ko" else read.rows(lookups.read_lookups).owners
    return str(known[unit][1]) if unit in known else unit


def value_of(row: pd.Series, metric: Metric, lang: str) -> str:
    """A row's value in words; its status when there is no figure."""
    if row["status"] in ("suppressed", "missing"):
        return absent(str(row["status"]), metric, lang)
    digits = digits_of(row)
    if metric.unit == "percent" and digits == 1 and abs(row["value"]) < 1:
        digits = 2  # below one percent a tenth is coarser than its interval
    return numbers.value(row["value"], metric.unit, lang, counted=unit_of(metric, lang), digits=digits)


def absent(status: str, metric: Metric, lang: str) -> str:
    """Why there is no figure: 'fewer than 10' is true of a count, of a ratio only that its cases are few."""
    return t("status.withheld" if status == "suppressed" and metric.is_ratio else f"status.{status}", lang)


def digits_of(row: Any) -> int:
    """The decimals that a percentage may show: none where the publishing rule rounded it to whole points."""
    allowed = row.get("digits")
    return 1 if allowed is None or pd.isna(allowed) else int(allowed)


def unit_of(metric: Metric, lang: str) -> str:
    """'접촉(건)' counts in 건; English keeps the noun."""
    counted = metric.counted(lang)
    return counted[counted.index("(") + 1 : -1] if lang == "ko" and counted.endswith(")") else counted


def interval_of(row: pd.Series, metric: Metric, lang: str) -> str:
    """A row's interval in words, empty when it has none."""
    digits = digits_of(row)
    if metric.unit == "percent" and digits == 1 and pd.notna(row["value"]) and abs(row["value"]) < 1:
        digits = 2
    return numbers.interval(*outward(row), metric.unit, lang, digits=digits)


def outward(row: Any) -> tuple[float, float]:
    """A row's limits as they are printed: rounded outwards where only whole points are, so that they hold what they held."""
    low, high = float(row["lower"]), float(row["upper"])
    return (low, high) if digits_of(row) else (float(np.floor(low)), float(np.ceil(high)))


def between(low: str, high: str, lang: str) -> str:
    """From one to the other, where a dash could be read as a minus: '−30~250', '−30 to 250'."""
    return f"{low}~{high}" if lang == "ko" else f"{low} to {high}"


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
        return t(
            "map.sentence_city_weighted",
            lang,
            period=when,
            name=metric.name(lang),
            value=value,
            interval=interval_of(city, metric, lang),
            n=numbers.number(city["n"]),
        )
    unit = unit_of(metric, lang)
    if metric.unit == "per_100_person_years":
        return t(
            "map.sentence_city_time",
            lang,
            period=when,
            name=metric.name(lang),
            value=value,
            interval=interval_of(city, metric, lang),
            events=numbers.number(city["numerator"]),
            years=numbers.number(city["n"]),
        )
    return t(
        "map.sentence_city",
        lang,
        period=when,
        name=metric.name(lang),
        value=value,
        top=numbers.number(city["numerator"]),
        bottom=numbers.number(city["denominator"]),
        counted=unit if lang == "ko" else f" {unit}",
    )


def city_figures(city: pd.Series, metric: Metric, *, lang: str) -> tuple[tuple[str, str], ...]:
    """The figures of `city_sentence`, by name."""
    known = pd.notna(city["value"])
    return (
        (t("figures.city", lang, name=metric.name(lang)), value_of(city, metric, lang)),
        (t("figures.interval", lang), interval_of(city, metric, lang) if known else ""),
        (t("figures.top", lang), "" if pd.isna(city["numerator"]) else numbers.number(city["numerator"])),
        (
            t("figures.bottom", lang),
            "" if pd.isna(city["denominator"]) else numbers.number(city["denominator"]),
        ),
        (t("figures.n", lang), "" if pd.isna(city["n"]) else numbers.number(city["n"])),
    )


def areas_sentence(frame: pd.DataFrame, city: pd.Series, metric: Metric, *, lang: str) -> str:
    """How many areas differ from the city and which; the ends are named only where no interval touches theirs."""
    known = frame[frame["value"].notna()]
    if known.empty:
        return nothing_sentence(frame, lang)
    if _selected(frame):
        return t("map.sentence_selected", lang, total=len(frame), n=len(known))
    kinds = comparison(known, city["value"])
    higher, lower = known[kinds == "higher"], known[kinds == "lower"]
    differ = len(higher) + len(lower)
    text = t(
        "map.sentence_differs" if differ else "map.sentence_same",
        lang,
        total=len(known),
        higher=stated(counted_names(higher, lang), len(higher), "and", lang),
        lower=stated(counted_names(lower, lang), len(lower), "stop", lang),
    )
    if not separate(frame):
        return text
    top, foot = known.loc[known["value"].idxmax()], known.loc[known["value"].idxmin()]
    ends = t(
        "map.sentence_extremes",
        lang,
        high=top["label"],
        high_value=value_of(top, metric, lang),
        low=foot["label"],
        low_value=value_of(foot, metric, lang),
    )
    return f"{text} {ends}"


MOST_WITHHELD = 0.25


def _selected(frame: pd.DataFrame) -> bool:
    """Whether so many areas are withheld for few cases that the rest, the ones with more, are no picture of the whole."""
    return bool(frame["status"].eq("suppressed").sum() > MOST_WITHHELD * len(frame))


def nothing_sentence(frame: pd.DataFrame, lang: str) -> str:
    """Why there is no figure at all: every area withheld, or nothing recorded."""
    if len(frame) and frame["status"].eq("suppressed").all():
        return t("map.sentence_all_withheld", lang, total=len(frame))
    return t("map.sentence_empty", lang)


def sure_sentence(frame: pd.DataFrame, metric: Metric, *, lang: str) -> str:
    """How sure the comparison is: what chance alone would show, that there is no ranking, what is withheld."""
    known = frame[frame["value"].notna()]
    if known.empty:
        return ""
    parts = []
    if metric.evidence is None and not _selected(frame):
        parts.append(t("map.sentence_sure", lang, chance=numbers.number(0.05 * len(known), 1)))
    if not separate(frame):
        parts.append(t("map.sentence_no_rank", lang))
    hidden = int((frame["status"] == "suppressed").sum())
    if hidden:
        parts.append(t("map.sentence_missing", lang, n=hidden))
    return " ".join(parts)


def with_particle(word: str, pair: str, lang: str) -> str:
    """A Korean noun with the particle that its last syllable takes ('이/가', '은/는'); English stays as it is."""
    if lang != "ko":
        return word
    first, second = pair.split("/")
    last = ord(word[-1]) - 0xAC00 if word else -1
    if not 0 <= last < 11172:
        return f"{word}{first}({second})"
    return word + (first if last % 28 else second)


def counted_names(rows: pd.DataFrame, lang: str, *, most: int = 4) -> str:
    """'3곳(관악구·노원구·강북구)', 'none': a number and the names behind it, highest value first."""
    if rows.empty:
        return t("map.counted_none", lang)
    labels = rows.sort_values(["value", "area_code"], ascending=[False, True])["label"].tolist()
    return t("map.counted", lang, n=len(labels), names=listed(labels, lang, most=most))


def stated(said: str, n: int, end: str, lang: str) -> str:
    """A number of places as a Korean clause ends ('3곳입니다', '없고'); `end` is 'and' or 'stop'. English keeps the number."""
    return t(f"map.some_{end}", lang, said=said) if n else t(f"map.none_{end}", lang)


def places(n: int, end: str, lang: str) -> str:
    """A bare number of places as `stated` says it; without an end as a noun ('3곳', '없음')."""
    if not end:
        return t("map.places", lang, n=n) if n or lang != "ko" else t("map.counted_none", lang)
    return stated(t("map.places", lang, n=n), n, end, lang)


def listed(labels: list[str], lang: str, *, most: int = 4) -> str:
    """Names in a row; beyond `most` only how many more there are."""
    shown = ("·" if lang == "ko" else ", ").join(labels[:most])
    return shown if len(labels) <= most else t("map.and_more", lang, names=shown, n=len(labels) - most)


def separate(areas: pd.DataFrame) -> bool:
    """Whether the highest and the lowest area may be named: every area has a figure and neither end overlaps another."""
    if len(areas) < 3 or areas["lower"].isna().any():
        return False
    top, foot = areas["value"].idxmax(), areas["value"].idxmin()
    above = areas.loc[top, "lower"] > areas["upper"].drop(top).max()
    below = areas.loc[foot, "upper"] < areas["lower"].drop(foot).min()
    return bool(above and below)


def dong_sentence(frame: pd.DataFrame, metric: Metric, *, lang: str) -> str:
    """How many dong are drawn, the highest and the lowest of the full count, and how many have no value."""
    known = frame[frame["value"].notna()]
    if known.empty:
        return t("map.sentence_empty", lang)
    high, low = known.loc[known["value"].idxmax()], known.loc[known["value"].idxmin()]
    text = t(
        "map.sentence_dong",
        lang,
        n=len(known),
        high=high["label"],
        high_value=value_of(high, metric, lang),
        low=low["label"],
        low_value=value_of(low, metric, lang),
    )
    missing = len(frame) - len(known)
    return text if not missing else f"{text} {t('map.sentence_dong_missing', lang, missing=missing)}"


def against_city(row: pd.Series, city: pd.Series, metric: Metric, *, lang: str) -> str:
    """A selected area against the city, only as far as its interval allows."""
    if pd.isna(row["value"]) or pd.isna(city["value"]):
        return ""
    kind = comparison(pd.DataFrame([row]), city["value"]).iloc[0]
    word = t(f"map.{kind}", lang)
    return t("map.selected_vs", lang, city=value_of(city, metric, lang), word=word)
