"""Who lies outside what chance allows? A funnel with 95 and 99.8 % limits, one's own district ringed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from answers import say, words
from answers.answer import Answer, Figure, Note, Picked
from answers.ask import Ask
from answers.districts import choices, estimates, figures, mapview, measures, tables
from answers.districts.common import picked_or
from answers.districts.measures import DIRECT
from answers.kept import kept
from answers.reader import Reader, Rule
from answers.verdicts import UNDECIDED, Question, told
from charts import funnel as charts
from charts.map import line_template
from geo import borrowing, small_area
from geo.rates import Funnel, standing
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric

# A full count has no chance in it for a funnel to show.
MEASURES = (*measures.SERVICE, "reisolation_rate", "isolation_prevalence", "loneliness_prevalence")
DAYS_A_YEAR = 365.25
# What may be said where the word at the 95 % limits would give a count away.
NEAR = "near"
COARSER = {"inside": NEAR, "high_95": NEAR, "low_95": NEAR}
STANDING = Rule(
    "inside or outside a funnel",
    "by place whether it lies beyond the limits: words that leave each of its counts five values",
    words=True,
)
EFFECTIVE = Rule(
    "effective sample size",
    "how many equal answers the weights leave, rounded like a count: equal weights would give the count",
)


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
    withheld: pd.DataFrame  # area_code and label of those with too few cases to be shown


def funnel(ask: Ask, read: Reader) -> Answer:
    """The funnel of one measure."""
    c, lang = choices.wanted(ask), ask.lang
    shown = build(read, c.indicator, c.period, c.group, ask["spread"], lang)
    if shown is None:
        rows = _direct(read, c.metric, c.period, c.group).frame
        return Answer("", words.nothing_sentence(rows, lang))
    table = tables.table(rows_of(shown, lang), c.named(f"funnel_{c.indicator}_{c.period}"))
    return Answer(
        "",
        sentence(shown, lang),
        blocks=(
            picked_or(
                _picked(shown, c.district, lang),
                "district.funnel_withheld" if c.district else "district.dot_hint",
                lang,
            ),
            Note(t("district.funnel_hint", lang)),
            Figure(
                "funnel",
                _figure(shown, c.district, lang),
                sentence(shown, lang),
                table=tables.lean(table),
                picks=figures.PICKS,
            ),
            say.metric_source(shown.metric, shown.evidence, lang, period=shown.when),
            say.how_text(t("district.q_funnel", lang), t("district.funnel_how", lang)),
            tables.file(table),
        ),
        period=shown.when,
    )


def _figure(shown: FunnelView, district: str, lang: str) -> dict[str, Any]:
    metric, known = shown.metric, shown.points
    rows = known.to_dict("records")
    hover = np.array(
        [[row["label"], _line(row, metric, lang), row["area_code"]] for row in rows], dtype=object
    )
    city = t("chart.city", lang, value=numbers.value(shown.target, metric.unit, lang))
    return charts.funnel(
        known,
        shown.curves,
        target=(shown.target, city),
        hover=hover.reshape(len(known), 3),
        size_label=t(_size_key(metric), lang),
        lang=lang,
        template=line_template(f"{shown.when} · {t(f'evidence.{shown.evidence}', lang)}"),
        suffix="%" if metric.unit == "percent" else "",
        selected=district or None,
    )


def _direct(read: Reader, metric: Metric, period: int, group: str) -> estimates.Areas:
    where = measures.where(read, metric, period, group)
    return estimates.areas(read, metric.metric_id, where=where, estimate=DIRECT, year=period)


@kept
def build(read: Reader, indicator: str, period: int, group: str, spread: str, lang: str) -> FunnelView | None:
    """A funnel of direct figures; None where no district has one. Shared: not to be changed."""
    metric = registry.get(indicator)
    known = _direct(read, metric, period, group)
    rows = known.frame[known.frame["value"].notna()].reset_index(drop=True)
    if rows.empty or pd.isna(known.city["value"]):
        return None
    size = _size(read, metric, rows, measures.where(read, metric, period, group))
    # The centre is the city itself: the districts with a figure are those with more cases, and their mean is not.
    city = float(known.city["value"]) / metric.scale
    found, expected, scale = _limits(metric, rows, size, city, spread)
    verdicts = _verdicts(
        read, metric, rows, size, measures.where(read, metric, period, group), city, found, spread
    )
    names = read.district_names(lang)
    labels = [names[code] for code in rows["area_code"]]
    sizes, bounds = _size_shown(metric, size), ("lower_95", "upper_95", "lower_998", "upper_998")
    points = pd.DataFrame(
        {
            "area_code": rows["area_code"],
            "label": labels,
            "short": [mapview.short(label) for label in labels],
            "n": sizes,
            "value": rows["value"],
            "verdict": verdicts,
            **{name: found.areas[name] * scale for name in bounds},
            "digits": rows.get("digits", np.nan),
            "status": "ok",
        }
    )
    withheld = known.frame[known.frame["status"].eq("suppressed")]
    factor = float(np.median(points["n"] / expected))
    curves = (found.curve.drop(columns="n") * scale).assign(n=found.curve["n"] * factor)
    return FunnelView(
        metric,
        points,
        curves,
        float(found.target) * scale,
        found.dispersion,
        found.widened,
        measures.when_words(read, metric, period, group, lang),
        read.mark(metric),
        withheld[["area_code"]].assign(label=withheld["area_code"].map(names)),
    )


def _limits(
    metric: Metric, rows: pd.DataFrame, size: np.ndarray, city: float, spread: str
) -> tuple[Funnel, np.ndarray, float]:
    """The funnel around the city's value, the size on which it stands, and what brings it to the metric's unit."""
    share = metric.unit == "percent"
    expected = size if share else size * city
    if share:
        observed = (rows["numerator"] / rows["denominator"]).clip(upper=1.0).to_numpy(dtype=float) * size
    else:
        observed = rows["numerator"].to_numpy(dtype=float)
    found = _drawn(metric, observed, expected, city, spread, grid=_grid(expected))
    return found, expected, metric.scale if share else metric.scale * city


def _drawn(
    metric: Metric, observed: np.ndarray, expected: np.ndarray, city: float, spread: str, grid: Any = None
) -> Funnel:
    wider: Any = None if spread == "none" else spread
    kind: Any
    kind, target = ("proportion", city) if metric.unit == "percent" else ("ratio", 1.0)
    found: Funnel = small_area.funnel_limits(
        observed, expected, kind, target=target, overdispersion=wider, grid=grid
    )
    return found


def _verdicts(
    read: Reader,
    metric: Metric,
    rows: pd.DataFrame,
    size: np.ndarray,
    where: Mapping[str, Any],
    city: float,
    found: Funnel,
    spread: str,
) -> list[str]:
    """Where each district stands by its true counts, within limits that chance leaves about the city as it is drawn."""
    raw = read.for_model(metric.metric_id, keys=("area_code",), where=where)
    if metric.interval == "wilson_effective":
        codes = rows["area_code"].tolist()
        said: list[str] = read.judged(STANDING, _weighted, raw, codes, metric, size, city, spread)
        return said
    share = metric.unit == "percent"

    def counts_of(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return counts[..., 0], counts[..., 1] if share else counts[..., 1] * city

    asked = Question(
        lambda counts: standing(*counts_of(counts), found),
        ("numerator", "denominator"),
        ("area_code",),
        apart=True,
        part=share,
        truth=lambda counts: (
            _drawn(metric, *counts_of(counts[0]), city, spread).areas["verdict"].to_numpy()[None]
        ),
        coarser=COARSER,
    )
    return told(read, STANDING, asked, raw, rows)


def _weighted(
    sums: pd.DataFrame, codes: list[str], metric: Metric, size: np.ndarray, city: float, spread: str
) -> list[str]:
    """Of a survey's weighted shares: no count of persons stands behind one that its word could be turned back into."""
    rows = sums.set_index("area_code").loc[codes]
    observed = (rows["numerator"] / rows["denominator"]).to_numpy(dtype=float) * size
    return [str(v) for v in _drawn(metric, observed, size, city, spread).areas["verdict"]]


def _size(read: Reader, metric: Metric, rows: pd.DataFrame, where: Mapping[str, Any]) -> np.ndarray:
    """Trials behind each figure; for a survey the effective sample size, protected like the count that it is near to."""
    if metric.interval != "wilson_effective":
        size: np.ndarray = rows["denominator"].to_numpy(dtype=float)
        return size
    sums = read.for_model(metric.metric_id, keys=("area_code",), where=where)
    exact = read.judged(EFFECTIVE, borrowing.effective_size, sums, rows["area_code"].tolist())
    size = read.protected(pd.Series(exact, dtype=float)).fillna(float(read.smallest)).to_numpy()
    return size


def _size_shown(metric: Metric, size: np.ndarray) -> np.ndarray:
    """What stands on the size axis: person-years for a rate over time, effective answers (whole) for a survey."""
    if metric.unit == "per_100_person_years":
        return size / DAYS_A_YEAR
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
    parts = [
        t(
            "district.funnel_sentence",
            lang,
            name=shown.metric.name(lang),
            when=shown.when,
            total=len(points),
            inner=words.places(int((~points["verdict"].isin(["inside", NEAR, UNDECIDED])).sum()), "", lang),
            chance=numbers.number(0.05 * len(points), 1),
            outer=words.stated(words.counted_names(outer, lang), len(outer), "stop", lang),
        )
    ]
    if shown.widened or shown.dispersion > 2:
        key = "district.funnel_widened" if shown.widened else "district.funnel_overdispersed"
        parts.append(t(key, lang, phi=numbers.number(shown.dispersion, 1)))
    for word in (NEAR, UNDECIDED):
        if unsure := int((points["verdict"] == word).sum()):
            parts.append(t(f"district.funnel_{word}", lang, n=unsure))
    if len(shown.withheld):
        parts.append(t("map.sentence_missing", lang, n=len(shown.withheld)))
    return " ".join(parts)


def _picked(shown: FunnelView, code: str, lang: str) -> Picked | None:
    rows = shown.points[shown.points["area_code"] == code]
    if rows.empty:
        return None
    row = rows.iloc[0]
    value = words.value_of(row, shown.metric, lang)
    line = t("map.selected_value", lang, name=row["label"], period=shown.when, value=value)
    return Picked(line, _standing(row, shown.metric, lang))


def _line(row: Any, metric: Metric, lang: str) -> str:
    return f"{words.value_of(row, metric, lang)} ({_standing(row, metric, lang)})"


def _standing(row: Any, metric: Metric, lang: str) -> str:
    limits = numbers.limits(row["lower_95"], row["upper_95"], metric.unit)
    return t(
        "district.funnel_line",
        lang,
        n=numbers.number(row["n"]),
        limits=limits,
        verdict=t(f"district.verdict_{row['verdict']}", lang),
    )


def rows_of(shown: FunnelView, lang: str) -> pd.DataFrame:
    """What is shown, as text, and after it those that are withheld."""
    points, metric, without = shown.points, shown.metric, shown.withheld

    def numbered(column: str) -> list[str]:
        return [*(numbers.number(v, 1) for v in points[column]), *[""] * len(without)]

    every = len(points) + len(without)
    return pd.DataFrame(
        {
            t("map.col_code", lang): [*points["area_code"], *without["area_code"]],
            t("map.col_area", lang): [*points["label"], *without["label"]],
            t("map.col_indicator", lang): [metric.name(lang)] * every,
            t("map.col_period", lang): [shown.when] * every,
            t("map.col_value", lang): [
                *(words.value_of(row, metric, lang) for row in points.to_dict("records")),
                *[""] * len(without),
            ],
            t(_size_key(metric), lang): [*(numbers.number(n) for n in points["n"]), *[""] * len(without)],
            t("district.col_lower_95", lang): numbered("lower_95"),
            t("district.col_upper_95", lang): numbered("upper_95"),
            t("district.col_lower_998", lang): numbered("lower_998"),
            t("district.col_upper_998", lang): numbered("upper_998"),
            t("district.col_verdict", lang): [
                *(t(f"district.verdict_{v}", lang) for v in points["verdict"]),
                *[words.absent("suppressed", metric, lang)] * len(without),
            ],
            t("map.col_evidence", lang): [t(f"evidence.{shown.evidence}", lang)] * every,
        }
    )
