"""Is it changing? Cochran-Armitage on the last comparable periods: rising, falling, or no clear change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import dots, theme
from data.queries import Span
from locales import numbers, t
from metrics import registry, trend
from metrics.spec import Metric
from ui import access, blocks, estimates, mapcharts, mapview, periods, store, view, words
from ui.districts import frame
from ui.districts.choice import Choice

CITY = "11"
KINDS = ("rising", "falling", "none", "too_few", "withheld")
TESTED = ("rising", "falling", "none")
SIGNS = {"rising": " ▲", "falling": " ▼", "none": "", "too_few": " ∅", "withheld": " ×"}
QUARTERS = 5
# Another question of an earlier survey (F224, F225): shown as words, never joined to the line.
OTHER_QUESTION = "isolation_prevalence"


@dataclass(frozen=True)
class Change:
    """The trend of every district and of the city over the same periods."""

    metric: Metric
    areas: pd.DataFrame  # trend.of rows, placed
    city: pd.Series
    said: tuple[str, ...]  # the periods in words
    evidence: str
    per: str  # 'year' or 'quarter': what the slope is per
    steps: tuple[str, ...] = ()  # the city's value in each period, in words


def draw(c: Choice, lang: str) -> bool:
    """Change of one measure; returns whether it is synthetic."""
    shown = build(c.indicator, c.group, c.own, lang)
    blocks.lead(sentence(shown, lang), sure(shown, lang))
    if c.indicator == OTHER_QUESTION:
        blocks.note(t("district.other_question", lang))
    rows = shown.areas[shown.areas["area_code"] == c.district]
    if len(rows):
        row = rows.iloc[0]
        blocks.pick(t("district.change_picked", lang, name=row["label"], verdict=t(f"district.trend_{row['verdict']}", lang)),
                    _slope_words(row, shown, lang), t("district.change_city", lang, verdict=t(f"district.trend_{shown.city['verdict']}", lang),
                                                      slope=_slope_words(shown.city, shown, lang)))  # fmt: skip
    else:
        blocks.note(t("map.selected_hint", lang))
    left, right = st.columns([6, 5], gap="medium")
    caption = f"{' · '.join((shown.said[0], shown.said[-1])) if shown.said else ''} · {t(f'evidence.{shown.evidence}', lang)}"
    with left:
        palette = theme.trends(shown.metric.better)
        counts = shown.areas["kind"].value_counts()
        blocks.kinds_legend([(palette[k], t(f"district.trend_{k}", lang) + SIGNS[k], int(counts.get(k, 0)))
                             for k in KINDS if k in TESTED or counts.get(k, 0)])  # fmt: skip
        vintage = mapview.vintage_of(0, c.own)
        mapcharts.categories(shown.areas, vintage, kinds=KINDS, palette=palette, hover=_hover(shown.areas, shown, lang),
                             template=_template(shown, caption, lang), selected=c.district, alt=sentence(shown, lang), tile=c.shape == "tile")  # fmt: skip
        blocks.source_line(shown.metric, shown.evidence, lang, period=", ".join(shown.said),
                           boundary=mapcharts.boundary_words(vintage, c.shape == "tile", lang))  # fmt: skip
        blocks.how_text(
            t("district.change_how_title", lang), t(f"district.change_how_{shown.per}", lang), lang
        )
    with right:
        blocks.heading(t(f"district.change_plot_{shown.per}", lang))
        blocks.note(t("district.change_hint", lang))
        known, unknown = dots.in_order(shown.areas)
        side = known["verdict"].map({"rising": "higher", "falling": "lower"}).fillna("similar")
        figure = dots.intervals(
            known, unknown, kinds=side, hover=_hover(known, shown, lang), selected=c.district or None,
            template=_template(shown, caption, lang),
            absent=[t(f"district.trend_{v}", lang) for v in unknown["verdict"]], line=(0.0, t("district.no_change", lang)),
            suffix="%p" if shown.metric.unit == "percent" else "", inks=known["verdict"].map(theme.trends(shown.metric.better, ink=True)),
        )  # fmt: skip
        frame.clickable(figure, "dots", sentence(shown, lang))
    synthetic = shown.evidence == "synthetic"
    name = f"change_{c.indicator}{'' if c.group == 'all' else f'_{c.group}'}"
    frame.foot(lambda: table(shown, lang), name=name, synthetic=synthetic, lang=lang)
    return synthetic


def build(indicator: str, group: str, own: int, lang: str) -> Change:
    """The trends of a measure; shared, so not to be changed."""
    return _build(indicator, group, own, lang, estimates.version())


@st.cache_resource(max_entries=64, show_spinner=False)
def _build(indicator: str, group: str, own: int, lang: str, _version: Any) -> Change:
    metric = registry.get(indicator)
    series, said, per = observed(metric, group, lang)
    districts = list(access.district_names("ko"))
    found = trend.of(series[series["area_code"].isin(districts)], unit=metric.scale)
    city = observed(metric, group, lang, city=True)[0]
    whole = trend.of(city, unit=metric.scale)
    secret = set(series.loc[series["hidden"], "area_code"])
    found.loc[found["area_code"].isin(secret), ["value", "lower", "upper", "p_value", "q_value"]] = np.nan
    synthetic = bool(series["synthetic"].any()) if len(series) else False
    evidence = metric.evidence or ("synthetic" if synthetic else "recorded")
    found = found.assign(status=np.where(found["value"].isna(), "missing", "ok"), evidence=evidence)
    places = access.polygons(mapview.vintage_of(0, own), "district")
    areas = mapview.placed(found, places, metric, lang)
    areas["verdict"] = areas["verdict"].fillna("too_few")
    areas["kind"] = areas["verdict"]
    areas["sign"] = areas["kind"].map(SIGNS)
    nothing = pd.Series(
        {"verdict": "too_few", "value": np.nan, "lower": np.nan, "upper": np.nan, "q_value": np.nan}
    )
    return Change(metric, areas, whole.iloc[0] if len(whole) else nothing, tuple(said), evidence, per,
                  _steps(city, said, metric, lang))  # fmt: skip


def _steps(city: pd.DataFrame, said: list[str], metric: Metric, lang: str) -> tuple[str, ...]:
    """The city's values behind the trend: one slope can hide a single step."""
    rows = city.sort_values("period").tail(len(said))
    values = rows["events"] / rows["trials"] * metric.scale
    return tuple(
        f"{when} {numbers.value(v, metric.unit, lang)}" for when, v in zip(said, values, strict=False)
    )


def observed(
    metric: Metric, group: str, lang: str, *, city: bool = False
) -> tuple[pd.DataFrame, list[str], str]:
    """What was measured, by district and period: events, trials (effective ones for a survey), one instrument.

    `hidden` marks districts whose own figures the publishing rule withholds in some period. The verdict of a test is a
    word, not a count, and may rest on them; slopes and limits may not.
    """
    time = "year" if "year" in metric.grains else "month_key"
    where = {
        name: value
        for name, value in mapview.where(metric, store.as_of().year, group).items()
        if name != time
    }
    if time == "month_key":
        start, end = _whole_quarters()
        where["month_key"] = Span(start, end)
    sums = access.unprotected_sums(
        metric.metric_id, keys=(time,) if city else ("area_code", time), where=where
    )
    if city:
        sums["area_code"] = CITY
    sums = sums[sums["numerator"].notna() & sums["denominator"].gt(0)].copy()
    if time == "month_key":
        sums["period"] = (sums["month_key"] // 100) * 4 + (sums["month_key"] % 100 - 1) // 3
        columns = {"numerator": "sum", "denominator": "sum", "synthetic": "max", "pure": "min"}
        sums = sums.groupby(["area_code", "period"], as_index=False).agg(columns)
    else:
        sums = sums.rename(columns={"year": "period"})
    trials = sums["denominator"].astype(float)
    if "squares" in sums:
        trials = trials**2 / sums["squares"].astype(float)  # Kish's effective sample size
    share = (sums["numerator"].astype(float) / sums["denominator"].astype(float)).clip(0, 1)
    series = sums.assign(events=share * trials, trials=trials, estimate="direct", hidden=False)
    if metric.disclosure == "person" and len(sums):
        safe = access.published(sums, metric, keys=("area_code",), level="district", analyst=view.analyst())
        series["hidden"] = safe["status"].eq("suppressed").to_numpy()
    if "instrument_id" in where:
        series["instrument_id"] = where["instrument_id"]
    series = series[["area_code", "period", "events", "trials", "estimate", "synthetic", "hidden",
                     *(c for c in ("instrument_id",) if c in series)]]  # fmt: skip
    known = sorted(int(p) for p in series["period"].unique())[-trend.WINDOW :]
    quarterly = time == "month_key"
    said = [t("district.quarter", lang, year=p // 4, n=p % 4 + 1) if quarterly else words.period_label(p, lang) for p in known]  # fmt: skip
    return series, said, "quarter" if quarterly else "year"


def _whole_quarters() -> tuple[int, int]:
    """First and last month of the last five whole quarters."""
    day = store.as_of()
    end = periods.shifted(periods.key(day), 0 if day.month % 3 == 0 else -(day.month % 3))
    return periods.shifted(end, 1 - 3 * QUARTERS), end


def sentence(shown: Change, lang: str) -> str:
    """How many districts rose and fell and which; or why nothing can be said."""
    name = shown.metric.name(lang)
    if len(shown.said) < trend.FEWEST:
        return t(
            "district.change_too_few",
            lang,
            name=name,
            n=len(shown.said),
            said=", ".join(shown.said) or t("map.none", lang),
        )
    known = shown.areas[shown.areas["verdict"].isin(TESTED)]
    return t("district.change_sentence", lang, name=name, first=shown.said[0], last=shown.said[-1], n=len(shown.said),
               total=len(known), rising=words.counted_names(known[known["verdict"] == "rising"], lang),
               falling=words.counted_names(_steepest_first(known[known["verdict"] == "falling"]), lang))  # fmt: skip


def _steepest_first(falling: pd.DataFrame) -> pd.DataFrame:
    return falling.assign(value=-falling["value"])


def sure(shown: Change, lang: str) -> str:
    """How many of those called changing may be wrong, and who could not be tested."""
    if len(shown.said) < trend.FEWEST:
        return ""
    withheld = int((shown.areas["verdict"] == "withheld").sum())
    more = f" {t('district.change_withheld', lang, n=withheld)}" if withheld else ""
    steps = f"{t('district.change_steps', lang, steps=' → '.join(shown.steps))} " if shown.steps else ""
    return steps + t("district.change_sure", lang) + more


def _slope_words(row: pd.Series, shown: Change, lang: str) -> str:
    if pd.isna(row["value"]):
        return ""
    points = "%p" if shown.metric.unit == "percent" else ""
    return t(f"district.slope_{shown.per}", lang, slope=_signed(row["value"]) + points,
             lower=_signed(row["lower"]), upper=_signed(row["upper"]))  # fmt: skip


def _signed(value: float) -> str:
    return numbers.signed(value, 1 if abs(value) >= 0.1 else 2, plus=True)


def _hover(areas: pd.DataFrame, shown: Change, lang: str) -> np.ndarray:
    """Per area: name, verdict, slope with limits; the words around them travel once, in `_template`."""
    slopes = [
        "–"
        if pd.isna(row["value"])
        else f"{_signed(row['value'])} ({_signed(row['lower'])} ~ {_signed(row['upper'])})"
        for _, row in areas.iterrows()
    ]
    said = [t(f"district.trend_{v}", lang) for v in areas["verdict"]]
    return np.array(list(zip(areas["label"], said, slopes, strict=True)), dtype=object).reshape(len(areas), 3)


def _template(shown: Change, caption: str, lang: str) -> str:
    points = " (%p)" if shown.metric.unit == "percent" else ""
    slope = f"{t(f'district.col_slope_{shown.per}', lang)}{points}, {t('hover.interval', lang)}: %{{customdata[2]}}"
    return f"<b>%{{customdata[0]}}</b><br>%{{customdata[1]}}<br>{slope}<br>{caption}<extra></extra>"


def table(shown: Change, lang: str) -> pd.DataFrame:
    """What is shown, as text."""
    areas = shown.areas.sort_values("area_code")
    points = " (%p)" if shown.metric.unit == "percent" else ""

    def figures(column: str) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v, 2) for v in areas[column]]

    return pd.DataFrame({
        t("map.col_code", lang): areas["area_code"].tolist(), t("map.col_area", lang): areas["label"].tolist(),
        t("map.col_indicator", lang): [shown.metric.name(lang)] * len(areas),
        t("map.col_period", lang): [", ".join(shown.said)] * len(areas),
        t("district.col_verdict", lang): [t(f"district.trend_{v}", lang) for v in areas["verdict"]],
        t(f"district.col_slope_{shown.per}", lang) + points: figures("value"),
        t("map.col_lower", lang): figures("lower"), t("map.col_upper", lang): figures("upper"),
        t("district.col_q", lang): ["" if pd.isna(v) else numbers.number(v, 3) for v in areas["q_value"]],
        t("map.col_evidence", lang): [t(f"evidence.{shown.evidence}", lang)] * len(areas),
    })  # fmt: skip
