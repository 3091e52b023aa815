"""Do we reach it? People served over people estimated isolated; and where need is high and reach low at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import quadrant
from charts.map import line_template
from locales import numbers, t
from metrics import reach as reaching
from metrics import registry
from metrics.measure import rounded, verdicts
from ui import access, blocks, estimates, mapcharts, mapview, store, view, words
from ui.districts import frame, level
from ui.districts.choice import Choice

NEED = "isolation_prevalence"
DRAWS = 4000
MOST_NAMED = 5


@dataclass(frozen=True)
class Reach:
    """Reach by district, with the need behind it."""

    view: mapview.MapView
    gap: pd.DataFrame  # area_code, label, short, need and reach with limits, need_above, reach_below, both
    city_need: float
    wave: int  # the survey year behind the denominator


def draw(c: Choice, lang: str) -> bool:
    """Reach, or a service measure; returns whether it is synthetic."""
    if c.indicator != registry.REACH.metric_id:
        return level.draw(c, lang)
    found = build(c.period, c.own, lang)
    if found is None:
        blocks.lead(t("district.reach_none", lang))
        return False
    shown = found.view
    blocks.lead(shown.sentence, shown.sure)
    mapview.picked_block(shown, c.district, lang)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        mapcharts.choropleth(shown, c.district, lang, tile=c.shape == "tile")
    with right:
        mapcharts.ranked(shown, c.district, lang)
    synthetic = mapview.evidence(shown) == "synthetic"
    frame.foot(lambda: level.table(shown, lang), name=f"reach_{c.period}", synthetic=synthetic, lang=lang)
    return synthetic


def draw_gap(c: Choice, lang: str) -> bool:
    """Need against reach; returns whether it is synthetic."""
    found = build(c.period, 0, lang)
    if found is None:
        blocks.lead(t("district.reach_none", lang))
        return False
    shown = found.view
    blocks.lead(gap_sentence(found, lang), gap_sure(found, lang))
    rows = found.gap[found.gap["area_code"] == c.district]
    if len(rows) and pd.notna(rows.iloc[0]["both"]):
        row = rows.iloc[0]
        blocks.pick(
            t("district.gap_picked", lang, name=row["label"], chance=numbers.number(100 * row["both"])), "",
            t("district.gap_parts", lang, need=numbers.number(100 * row["need_above"]), reach=numbers.number(100 * row["reach_below"])),
        )  # fmt: skip
    else:
        blocks.note(t("district.dot_hint", lang))
    city = (found.city_need, float(shown.city["value"]))
    known = found.gap[found.gap["need"].notna() & found.gap["reach"].notna()]
    hover = np.array(
        [[row["label"], _gap_line(row, lang), row["area_code"]] for _, row in known.iterrows()], dtype=object
    )
    figure = quadrant.need_by_reach(
        known, city=city, labels=(t("district.axis_need", lang, year=found.wave), t("district.axis_reach", lang, period=shown.when)),
        corner=t("district.corner", lang), hover=hover.reshape(len(known), 3), named=set(sure(found)["area_code"]),
        template=line_template(mapview.caption(shown, lang)),
        selected=c.district or None,
    )  # fmt: skip
    blocks.note(t("district.gap_hint", lang))
    frame.clickable(figure, "gap", gap_sentence(found, lang))
    blocks.source_line(shown.metric, mapview.evidence(shown), lang, period=shown.when, modelled=True)
    blocks.how_text(t("district.q_gap", lang), t("district.gap_how", lang), lang)
    synthetic = mapview.evidence(shown) == "synthetic"
    frame.foot(lambda: gap_table(found, lang), name=f"need_reach_{c.period}", synthetic=synthetic, lang=lang)
    return synthetic


def build(period: int, own: int, lang: str) -> Reach | None:
    """Reach of a year; None without a survey. Shared, so not to be changed."""
    return _build(period, own, lang, estimates.version())


@st.cache_resource(max_entries=64, show_spinner=False)
def _build(period: int, own: int, lang: str, _version: Any) -> Reach | None:
    waves = [year for year in access.years(NEED) if year <= max(period, store.as_of().year)]
    if not waves:
        return None
    wave = min(waves, key=lambda year: (abs(year - period), -year))
    metric, survey = registry.REACH, registry.get(NEED)
    need = estimates.areas(NEED, where=mapview.where(survey, wave), estimate=estimates.SMOOTHED, year=wave)
    served = access.frame("people_served", keys=("area_code",), where={"year": period})
    codes = need.frame["area_code"]
    people = estimates.population(wave).reindex(codes)
    prevalence, low, high = (
        need.frame.set_index("area_code")[c].astype(float) for c in ("value", "lower", "upper")
    )
    by_code = served.set_index("area_code")
    parts = pd.DataFrame({
        "served": by_code["numerator"].reindex(codes).astype(float), "slack": 0.0 if view.analyst() else 2.5,
        "isolated": prevalence / 100 * people, "isolated_lower": low / 100 * people, "isolated_upper": high / 100 * people,
    })  # fmt: skip
    rows = reaching.reach(parts).rename_axis("area_code").reset_index()
    city = _city(period, need, people, metric)
    withheld = by_code["status"].reindex(codes).fillna("missing").to_numpy()
    out = (
        served.set_index("area_code").reindex(codes).reset_index()[["area_code"]].merge(rows, on="area_code")
    )
    out = out.assign(
        metric_id=metric.metric_id, numerator=parts["served"].to_numpy(), denominator=np.nan, n=parts["served"].to_numpy(),
        status=np.where(out["value"].isna(), np.where(withheld == "suppressed", "suppressed", "missing"), "ok"),
        target=np.nan, evidence=_evidence(need.frame, served), source_id=metric.source_id, estimate="modelled", digits=np.nan,
    )  # fmt: skip
    for name, how in (("value", "half_up"), ("lower", "down"), ("upper", "up")):
        out[name] = rounded(out[name], pd.Series(1.0, index=out.index), how)
    out["verdict"] = verdicts(metric, out, float(city["value"]))
    areas = mapview.placed(out, access.polygons(mapview.vintage_of(period, own), "district"), metric, lang)
    areas.loc[areas["impossible"].eq(True), "note"] = t("district.impossible", lang)
    when = mapview.period_words(registry.get("hotline_answered"), period, lang)
    shown = mapview.MapView(metric, period, "district", areas, areas, city, mapview.vintage_of(period, own), when,
                            _sentence(areas, city, when, wave, lang),
                            words.sure_sentence(areas, metric, lang=lang), "reach")  # fmt: skip
    return Reach(shown, _gap(areas, need, parts, people, city), float(need.city["value"]), wave)


def _city(period: int, need: estimates.Areas, people: pd.Series, metric: Any) -> pd.Series:
    """The city's reach: a ratio of sums, with the city's own survey interval."""
    served = access.city("people_served", where={"year": period})
    total, share = float(people.sum()), need.city
    parts = pd.DataFrame({
        "served": [served["numerator"]], "slack": [0.0 if view.analyst() else 2.5],
        "isolated": [share["value"] / 100 * total], "isolated_lower": [share["lower"] / 100 * total],
        "isolated_upper": [share["upper"] / 100 * total],
    }).astype(float)  # fmt: skip
    row = reaching.reach(parts).iloc[0]
    status = "missing" if pd.isna(row["value"]) else "ok"
    return pd.Series({
        **row, "metric_id": metric.metric_id, "numerator": served["numerator"], "denominator": np.nan, "n": served["numerator"],
        "status": status, "isolated": parts["isolated"].iloc[0], "evidence": _evidence(need.frame, served.to_frame().T),
    })  # fmt: skip


def _evidence(need: pd.DataFrame, served: pd.DataFrame) -> str:
    return "synthetic" if "synthetic" in {*need["evidence"], *served["evidence"]} else "modelled"


def _sentence(areas: pd.DataFrame, city: pd.Series, when: str, wave: int, lang: str) -> str:
    metric = registry.REACH
    if pd.isna(city["value"]):
        return t("district.reach_none", lang)
    first = t("district.reach_sentence", lang, when=when, served=numbers.number(city["n"]), year=wave,
              isolated=numbers.people(city["isolated"], lang), value=words.value_of(city, metric, lang),
              interval=words.interval_of(city, metric, lang))  # fmt: skip
    return f"{first} {words.areas_sentence(areas, city, metric, lang=lang)}"


def _gap(
    areas: pd.DataFrame, need: estimates.Areas, parts: pd.DataFrame, people: pd.Series, city: pd.Series
) -> pd.DataFrame:
    """Need and reach side by side with the chance of standing in the corner, drawn around the figures as shown."""
    around = pd.DataFrame(
        {"need": need.values, "need_se": need.se, "served": parts["served"], "population": people}
    )
    chance = reaching.gap(around, city_need=float(need.city["value"]), city_reach=float(city["value"]), draws=DRAWS,
                          rng=np.random.default_rng(estimates.SEED))  # fmt: skip
    shown = need.frame.set_index("area_code")[["value", "lower", "upper"]]
    shown.columns = ["need", "need_lower", "need_upper"]
    rows = areas[["area_code", "label", "short"]].copy()
    rows[["reach", "reach_lower", "reach_upper"]] = areas[["value", "lower", "upper"]]
    return rows.join(shown, on="area_code").join(chance, on="area_code")


def sure(found: Reach) -> pd.DataFrame:
    """Districts that stand in the corner with at least 80 % probability, surest first."""
    rows = found.gap[found.gap["both"] >= reaching.SURE]
    return rows.sort_values(["both", "area_code"], ascending=[False, True])


def gap_sentence(found: Reach, lang: str) -> str:
    """Who surely has high need and low reach, and how sure; or that nobody can be named."""
    named = sure(found)
    level_words = numbers.number(100 * reaching.SURE)
    if named.empty:
        best = found.gap.sort_values(["both", "area_code"], ascending=[False, True]).iloc[0]
        if pd.isna(best["both"]):
            return t("district.reach_none", lang)
        return t(
            "district.gap_nobody",
            lang,
            sure=level_words,
            name=best["label"],
            chance=numbers.number(100 * best["both"]),
        )
    each = [f"{row['label']} {numbers.number(100 * row['both'])}%" for _, row in named.iterrows()]
    return t(
        "district.gap_sentence",
        lang,
        sure=level_words,
        n=len(named),
        names=words.listed(each, lang, most=MOST_NAMED),
    )


def gap_sure(found: Reach, lang: str) -> str:
    """That need and reach move together, that many were looked at, and whether either differs at 95 % on its own."""
    differ = words.comparison(found.view.districts, found.view.city["value"]).ne("similar").sum()
    return t("district.gap_sure", lang, total=len(found.gap), differ=int(differ))


def _gap_line(row: pd.Series, lang: str) -> str:
    return t("district.gap_line", lang, need=numbers.number(row["need"], 1), need_low=numbers.number(row["need_lower"], 1),
             need_high=numbers.number(row["need_upper"], 1), reach=numbers.number(row["reach"], 1),
             reach_low=numbers.number(row["reach_lower"], 1), reach_high=numbers.number(row["reach_upper"], 1),
             chance=numbers.number(100 * row["both"]))  # fmt: skip


def gap_table(found: Reach, lang: str) -> pd.DataFrame:
    """What the view shows, as text, surest first."""
    rows = found.gap.sort_values(["both", "area_code"], ascending=[False, True])

    def figures(column: str, digits: int, scale: float = 1.0) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v * scale, digits) for v in rows[column]]

    return pd.DataFrame({
        t("map.col_code", lang): rows["area_code"].tolist(), t("map.col_area", lang): rows["label"].tolist(),
        t("district.col_both", lang): figures("both", 0, 100),
        t("district.col_need", lang): figures("need", 1), t("district.col_need_lower", lang): figures("need_lower", 1),
        t("district.col_need_upper", lang): figures("need_upper", 1), t("district.col_reach", lang): figures("reach", 1),
        t("district.col_reach_lower", lang): figures("reach_lower", 1), t("district.col_reach_upper", lang): figures("reach_upper", 1),
        t("map.col_period", lang): [found.view.when] * len(rows),
        t("map.col_evidence", lang): [t(f"evidence.{mapview.evidence(found.view)}", lang)] * len(rows),
    })  # fmt: skip
