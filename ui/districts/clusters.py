"""Do high districts lie beside each other? Moran's I and local Moran; 'no reliable cluster' is an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import theme
from charts.map import line_template
from data import queries
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from ui import access, blocks, estimates, mapcharts, mapview, store, words
from ui.districts import frame
from ui.districts.choice import Choice

KINDS = ("HH", "LL", "HL", "LH", "none", "missing")
SIGNS = {"HH": " ▲▲", "LL": " ▼▼", "HL": " ▲▼", "LH": " ▼▲", "none": "", "missing": " ∅"}


@dataclass(frozen=True)
class Clusters:
    """Global and local Moran of one measure, placed."""

    metric: Metric
    areas: pd.DataFrame
    whole: Any  # geo.spatial.GlobalMoran
    local: Any  # geo.spatial.LocalMoran
    cut: int  # pairs across the Han that do not count
    joined: tuple[tuple[str, str], ...]  # names: area, the nearest that it was joined to
    vintage: int
    when: str
    evidence: str
    method: str
    withheld: int = 0  # districts left out for few cases, where they are too many to look for clusters


def draw(c: Choice, lang: str) -> bool:
    """Clusters of one measure; returns whether it is synthetic."""
    shown = build(c.indicator, c.period, c.group, c.estimate, c.banks, c.own, lang)
    blocks.lead(sentence(shown, lang), sure(shown, lang))
    rows = shown.areas[shown.areas["area_code"] == c.district]
    if len(rows):
        row = rows.iloc[0]
        blocks.pick(t("district.cluster_picked", lang, name=row["label"], kind=t(f"district.kind_{row['kind']}", lang)),
                    "", _line(row, lang))  # fmt: skip
    else:
        blocks.note(t("map.selected_hint", lang))
    left, right = st.columns([6, 5], gap="medium")
    with left:
        palette = theme.clusters()
        counts = shown.areas["kind"].value_counts()
        blocks.kinds_legend([(palette[k], t(f"district.kind_{k}", lang) + SIGNS[k], int(counts.get(k, 0)))
                             for k in KINDS if k != "missing" or counts.get(k, 0)])  # fmt: skip
        kinds = [t(f"district.kind_{kind}", lang) for kind in shown.areas["kind"]]
        lines = [
            f"{kind} · {_line(row, lang)}"
            for kind, (_, row) in zip(kinds, shown.areas.iterrows(), strict=True)
        ]
        hover = np.array(list(zip(shown.areas["label"], lines, strict=True)), dtype=object).reshape(
            len(lines), 2
        )
        caption = f"{shown.when} · {t(f'evidence.{shown.evidence}', lang)}"
        mapcharts.categories(shown.areas, shown.vintage, kinds=KINDS, palette=palette, hover=hover, template=line_template(caption),
                             selected=c.district, alt=sentence(shown, lang), tile=c.shape == "tile")  # fmt: skip
        blocks.source_line(shown.metric, shown.evidence, lang, period=shown.when, modelled=shown.method != estimates.DIRECT,
                           boundary=mapcharts.boundary_words(shown.vintage, c.shape == "tile", lang))  # fmt: skip
        blocks.how_text(t("district.q_cluster", lang), t("district.cluster_how", lang), lang)
    with right:
        named = shown.areas[shown.areas["kind"].isin(["HH", "LL", "HL", "LH"])]
        blocks.heading(t("district.cluster_table" if len(named) else "district.cluster_read", lang))
        blocks.note(t("district.cluster_hint", lang))
        blocks.note(
            t("district.cluster_river", lang, n=shown.cut) if shown.cut else t("district.cluster_touch", lang)
        )
        for area, nearest in shown.joined:
            blocks.note(
                t(
                    "district.cluster_joined",
                    lang,
                    area=words.with_particle(area, "은/는", lang),
                    nearest=nearest,
                )
            )
        if len(named):
            blocks.table(
                [(t("map.col_area", lang), False), (t("district.col_kind", lang), False), (t("district.col_q", lang), True)],
                ((row["label"], t(f"district.kind_{row['kind']}", lang), numbers.number(row["p_adjusted"], 3))
                 for _, row in named.sort_values(["p_adjusted", "area_code"]).iterrows()),
            )  # fmt: skip
    synthetic = shown.evidence == "synthetic"
    name = f"cluster_{c.indicator}_{c.period}{'' if c.group == 'all' else f'_{c.group}'}"
    frame.foot(lambda: table(shown, lang), name=name, synthetic=synthetic, lang=lang)
    return synthetic


def build(
    indicator: str, period: int, group: str, estimate: str, banks: str, own: int, lang: str
) -> Clusters:
    """Clusters of a measure; shared, so not to be changed."""
    return _build(indicator, period, group, estimate, banks, own, lang, estimates.version())


@st.cache_resource(max_entries=64, show_spinner=False)
def _build(indicator: str, period: int, group: str, estimate: str, banks: str, own: int, lang: str,
           _version: Any) -> Clusters:  # fmt: skip
    from geo import spatial

    metric = registry.get(indicator)
    known = estimates.areas(
        indicator, where=mapview.where(metric, period, group), estimate=estimate, year=period
    )
    vintage = mapview.vintage_of(period, own)
    neighbours = adjacency(vintage, banks)
    on_map = set(neighbours.codes)
    # Withheld districts are the ones with few cases: a cluster among the rest would be one of the selection.
    withheld = int(known.frame["status"].eq("suppressed").sum())
    selected = withheld > words.MOST_WITHHELD * max(len(known.frame), 1)
    if known.method == estimates.DIRECT and metric.interval != "wilson_effective":
        counts = known.frame.set_index("area_code")[["numerator", "denominator"]].astype(float)
        counts = counts[counts.index.isin(on_map)]
        pair = counts["numerator"], counts["denominator"]
        whole = spatial.moran_rate(*pair, neighbours, seed=estimates.SEED)
        local = spatial.local_moran_rate(*pair, neighbours, seed=estimates.SEED)
    else:
        values = known.values[known.values.index.isin(on_map)]
        whole = spatial.moran(values, neighbours, seed=estimates.SEED)
        local = spatial.local_moran(values, neighbours, seed=estimates.SEED)
    rows = local.table[["kind", "z", "lag", "p", "p_adjusted"]].reset_index()
    frame_ = known.frame.merge(rows, on="area_code", how="left")
    areas = mapview.placed(frame_, access.polygons(vintage, "district"), metric, lang)
    # Too few areas, or all alike: no class can be told, which is no missing value.
    areas["kind"] = areas["kind"].fillna("missing")
    if selected:
        areas["kind"] = areas["kind"].mask(areas["kind"] != "missing", "none")
    areas["sign"] = areas["kind"].map(SIGNS)
    names = access.district_names(lang)
    joined = tuple((names.get(a, a), names.get(b, b)) for a, b in local.joined)
    when = mapview.when_words(metric, period, group, lang)
    evidence = blocks.evidence_of(known.frame, default=metric.evidence or "recorded")
    return Clusters(metric, areas, whole, local, len(neighbours.cut), joined, vintage, when, evidence, known.method,
                    withheld if selected else 0)  # fmt: skip


def adjacency(vintage: int, banks: str) -> Any:
    """Neighbours of one vintage's districts: within the Han's banks, or wherever borders touch."""
    return _adjacency(vintage, banks, store.version(), store.url())


@st.cache_resource(max_entries=16, show_spinner=False)
def _adjacency(vintage: int, banks: str, version: int, address: str) -> Any:
    from geo import adjacency as neighbours

    shapes = access.read(queries.boundaries, vintage=vintage, level="district")
    if banks == "touch":
        return neighbours.queen(shapes)
    return neighbours.queen_within_banks(shapes, neighbours.banks(access.read(queries.districts)))


def sentence(shown: Clusters, lang: str) -> str:
    """Whether neighbours resemble each other, which districts surely cluster, or that none does; figures stand in `sure`."""
    name, whole = shown.metric.name(lang), shown.whole
    if shown.withheld:
        return t("district.cluster_withheld", lang, name=name, when=shown.when, n=shown.withheld)
    if whole.state != "ok":
        return t(f"district.cluster_{whole.state}", lang, name=name, when=shown.when)
    first = t(f"district.moran_{whole.verdict}", lang, name=name, when=shown.when)
    found = [
        t("district.cluster_named", lang, kind=t(f"district.kind_{kind}", lang),
          areas=words.counted_names(shown.areas[shown.areas["kind"] == kind], lang))
        for kind in ("HH", "LL", "HL", "LH") if (shown.areas["kind"] == kind).any()
    ]  # fmt: skip
    if not found:
        return f"{first} {t('district.cluster_nothing', lang)}"
    return f"{first} {t('district.cluster_reliable', lang, found=', '.join(found))}"


def sure(shown: Clusters, lang: str) -> str:
    """The figures behind the sentence, and that a smoothed map is smoothed."""
    whole = shown.whole
    if shown.withheld or whole.state != "ok":
        return ""
    figures = t("district.moran_figures", lang, i=numbers.signed(whole.index, 2), low=numbers.signed(whole.chance[0], 2),
                high=numbers.signed(whole.chance[1], 2), p=_p(whole.p))  # fmt: skip
    made = "" if shown.method == estimates.DIRECT else f" {t('district.cluster_modelled', lang)}"
    return figures + made


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {numbers.number(value, 3)}"


def _line(row: pd.Series, lang: str) -> str:
    if pd.isna(row["z"]):
        return t("status.missing", lang)
    return t("district.cluster_line", lang, own=_deviation(row["z"], lang), around=_deviation(row["lag"], lang),
             p=_p(row["p_adjusted"]))  # fmt: skip


def _deviation(z: float, lang: str) -> str:
    return numbers.signed(z, 1, plus=True)


def table(shown: Clusters, lang: str) -> pd.DataFrame:
    """What is shown, as text."""
    areas = shown.areas.sort_values("area_code")

    def figures(column: str, digits: int) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v, digits) for v in areas[column]]

    return pd.DataFrame({
        t("map.col_code", lang): areas["area_code"].tolist(), t("map.col_area", lang): areas["label"].tolist(),
        t("map.col_indicator", lang): [shown.metric.name(lang)] * len(areas), t("map.col_period", lang): [shown.when] * len(areas),
        t("district.col_kind", lang): [t(f"district.kind_{k}", lang) for k in areas["kind"]],
        t("district.col_own", lang): figures("z", 2), t("district.col_around", lang): figures("lag", 2),
        t("district.col_q", lang): figures("p_adjusted", 3),
        t("map.col_evidence", lang): [t(f"evidence.{shown.evidence}", lang)] * len(areas),
    })  # fmt: skip
