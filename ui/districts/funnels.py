"""Who lies outside what chance allows? A funnel with 95 and 99.8 % limits, one's own district ringed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import funnel as charts
from charts.map import line_template
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from ui import access, blocks, estimates, mapview, words
from ui.districts import frame
from ui.districts.choice import Choice

WIDEN = {"none": None, "additive": "additive", "multiplicative": "multiplicative"}


@dataclass(frozen=True)
class FunnelView:
    """One funnel, ready to draw; figures in the metric's unit."""

    metric: Metric
    points: pd.DataFrame
    curves: pd.DataFrame
    target: float
    dispersion: float
    widened: bool
    when: str
    evidence: str
    withheld: int = 0


def draw(c: Choice, lang: str) -> bool:
    """The funnel of one measure; returns whether it is synthetic."""
    shown = build(c.indicator, c.period, c.group, c.spread, lang)
    if shown is None:
        where = mapview.where(c.metric, c.period, c.group)
        frame_ = estimates.areas(c.indicator, where=where, estimate=estimates.DIRECT, year=c.period).frame
        blocks.lead(words.nothing_sentence(frame_, lang))
        return bool(frame_["evidence"].eq("synthetic").any())
    metric = shown.metric
    blocks.lead(sentence(shown, lang))
    _picked(shown, c.district, lang)
    blocks.note(t("district.funnel_hint", lang))
    caption = f"{shown.when} · {t(f'evidence.{shown.evidence}', lang)}"
    known = shown.points
    hover = np.array(
        [[row["label"], _line(row, metric, lang), row["area_code"]] for _, row in known.iterrows()],
        dtype=object,
    )
    figure = charts.funnel(
        known, shown.curves, target=(shown.target, t("chart.city", lang, value=numbers.value(shown.target, metric.unit, lang))),
        hover=hover.reshape(len(known), 3), size_label=t(_size_key(metric), lang), lang=lang,
        template=line_template(caption),
        suffix="%" if metric.unit == "percent" else "", selected=c.district or None,
    )  # fmt: skip
    frame.clickable(figure, "funnel", sentence(shown, lang))
    blocks.source_line(metric, shown.evidence, lang, period=shown.when)
    blocks.how_text(t("district.q_funnel", lang), t("district.funnel_how", lang), lang)
    synthetic = shown.evidence == "synthetic"
    name = f"funnel_{c.indicator}_{c.period}{'' if c.group == 'all' else f'_{c.group}'}"
    frame.foot(lambda: table(shown, lang), name=name, synthetic=synthetic, lang=lang)
    return synthetic


def build(indicator: str, period: int, group: str, spread: str, lang: str) -> FunnelView | None:
    """A funnel of direct figures; None where no district has one. Shared, so not to be changed."""
    return _build(indicator, period, group, spread, lang, estimates.version())


@st.cache_resource(max_entries=128, show_spinner=False)
def _build(
    indicator: str, period: int, group: str, spread: str, lang: str, _version: Any
) -> FunnelView | None:
    from geo import small_area

    metric = registry.get(indicator)
    where = mapview.where(metric, period, group)
    known = estimates.areas(indicator, where=where, estimate=estimates.DIRECT, year=period)
    raw = known.frame[known.frame["value"].notna()].reset_index(drop=True)
    if raw.empty or pd.isna(known.city["value"]):
        return None
    size, kind = _size(metric, raw, where), "proportion" if metric.unit == "percent" else "ratio"
    observed = (
        raw["value"].to_numpy(dtype=float) / 100 * size
        if kind == "proportion"
        else raw["numerator"].to_numpy(dtype=float)
    )
    # The centre is the city itself: the districts with a figure are those with more cases, and their mean is not.
    city = float(known.city["value"]) / metric.scale
    expected, target, scale = (
        (size, city, metric.scale) if kind == "proportion" else (size * city, 1.0, metric.scale * city)
    )
    found = small_area.funnel_limits(
        observed, expected, kind, target=target, overdispersion=WIDEN[spread], grid=_grid(expected)
    )
    names = access.district_names(lang)
    labels = [names[code] for code in raw["area_code"]]
    points = pd.DataFrame({
        "area_code": raw["area_code"], "label": labels, "short": [mapview.short(label) for label in labels],
        "n": _size_shown(metric, raw, size), "value": raw["value"], "verdict": found.areas["verdict"],
        "lower_95": found.areas["lower_95"] * scale, "upper_95": found.areas["upper_95"] * scale,
        "lower_998": found.areas["lower_998"] * scale, "upper_998": found.areas["upper_998"] * scale,
        "digits": raw.get("digits", np.nan),
    })  # fmt: skip
    factor = float(np.median(points["n"] / expected))
    curves = (found.curve.drop(columns="n") * scale).assign(n=found.curve["n"] * factor)
    when = mapview.when_words(metric, period, group, lang)
    return FunnelView(metric, points, curves, float(found.target) * scale, found.dispersion, found.widened, when,
                      blocks.evidence_of(raw, default=metric.evidence or "recorded"),
                      int(known.frame["status"].eq("suppressed").sum()))  # fmt: skip


def _size(metric: Metric, raw: pd.DataFrame, where: dict[str, Any]) -> np.ndarray:
    """Trials behind each figure; for a survey the effective sample size."""
    if metric.interval != "wilson_effective":
        return raw["denominator"].to_numpy(dtype=float)
    sums = access.unprotected_sums(metric.metric_id, keys=("area_code",), where=where).set_index("area_code")
    effective = sums["denominator"].astype(float) ** 2 / sums["squares"].astype(float)
    return effective.reindex(raw["area_code"]).to_numpy(dtype=float)


def _size_shown(metric: Metric, raw: pd.DataFrame, size: np.ndarray) -> np.ndarray:
    """What stands on the size axis: person-years for a rate over time, effective answers (whole) for a survey."""
    if metric.unit == "per_100_person_years":
        return size / 365.25
    return np.round(size) if metric.interval == "wilson_effective" else size


def _size_key(metric: Metric) -> str:
    if metric.interval == "wilson_effective":
        return "district.size_effective"
    return "district.size_person_years" if metric.unit == "per_100_person_years" else "district.size_cases"


def _grid(expected: np.ndarray) -> np.ndarray:
    return np.geomspace(max(expected.min() * 0.6, 1.0), expected.max() * 1.08, 80)


def sentence(shown: FunnelView, lang: str) -> str:
    """How many lie beyond each limit, who beyond the outer one, how many chance would put there, and whether it was widened."""
    points = shown.points
    outer = points[points["verdict"].str.endswith("998")]
    inner = points[points["verdict"] != "inside"]
    parts = [
        t("district.funnel_sentence", lang, name=shown.metric.name(lang), when=shown.when, total=len(points),
          inner=len(inner), chance=numbers.number(0.05 * len(points), 1),
          outer=words.counted_names(outer, lang))
    ]  # fmt: skip
    if shown.widened:
        parts.append(t("district.funnel_widened", lang, phi=numbers.number(shown.dispersion, 1)))
    elif shown.dispersion > 2:
        parts.append(t("district.funnel_overdispersed", lang, phi=numbers.number(shown.dispersion, 1)))
    if shown.withheld:
        parts.append(t("map.sentence_missing", lang, n=shown.withheld))
    return " ".join(parts)


def _picked(shown: FunnelView, code: str, lang: str) -> None:
    rows = shown.points[shown.points["area_code"] == code]
    if rows.empty:
        blocks.note(t("district.funnel_withheld" if code else "district.dot_hint", lang))
        return
    row = rows.iloc[0]
    blocks.pick(
        t("map.selected_value", lang, name=row["label"], period=shown.when, value=words.value_of(_as_row(row), shown.metric, lang)),
        _standing(row, shown.metric, lang), "",
    )  # fmt: skip


def _as_row(row: pd.Series) -> pd.Series:
    return pd.Series({**row, "status": "ok"})


def _line(row: pd.Series, metric: Metric, lang: str) -> str:
    return f"{words.value_of(_as_row(row), metric, lang)} ({_standing(row, metric, lang)})"


def _standing(row: pd.Series, metric: Metric, lang: str) -> str:
    limits = numbers.limits(row["lower_95"], row["upper_95"], metric.unit)
    return t("district.funnel_line", lang, n=numbers.number(row["n"]), limits=limits,
             verdict=t(f"district.verdict_{row['verdict']}", lang))  # fmt: skip


def table(shown: FunnelView, lang: str) -> pd.DataFrame:
    """What is shown, as text."""
    points = shown.points

    def figures(column: str) -> list[str]:
        return [numbers.number(v, 1) for v in points[column]]

    return pd.DataFrame({
        t("map.col_code", lang): points["area_code"].tolist(), t("map.col_area", lang): points["label"].tolist(),
        t("map.col_indicator", lang): [shown.metric.name(lang)] * len(points), t("map.col_period", lang): [shown.when] * len(points),
        t("map.col_value", lang): [words.value_of(_as_row(row), shown.metric, lang) for _, row in points.iterrows()],
        t(_size_key(shown.metric), lang): [numbers.number(n) for n in points["n"]],
        t("district.col_lower_95", lang): figures("lower_95"), t("district.col_upper_95", lang): figures("upper_95"),
        t("district.col_lower_998", lang): figures("lower_998"), t("district.col_upper_998", lang): figures("upper_998"),
        t("district.col_verdict", lang): [t(f"district.verdict_{v}", lang) for v in points["verdict"]],
        t("map.col_evidence", lang): [t(f"evidence.{shown.evidence}", lang)] * len(points),
    })  # fmt: skip
