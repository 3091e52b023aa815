"""Which signals, alone and together, find isolated households more often than the rest: yield, lift, cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts.intervals import interval_dots
from data import queries
from data.release import BASE
from locales import numbers, t
from metrics.lift import yields
from ui import blocks, services
from ui.detection.names import naming, note, pair
from ui.detection.steps import won

FDR = 0.05
FEWEST = 30
SHOWN_PAIRS = 15


def draw(lang: str, *, months: queries.Span) -> None:
    """Signals one by one with intervals, then the pairs that differ."""
    cost = st.number_input(t("detection.unit_cost", lang), min_value=0, max_value=2_000_000, value=50_000, step=5_000, key="contact_cost", help=t("detection.unit_cost_help", lang))  # fmt: skip
    columns = ("flagged", "contacted", "confirmed", "enrolled")
    every = services.totals(
        "detection_monthly", columns=columns, keys=("signal",), where={"month_key": months}
    )
    if every.empty:
        blocks.lead(t("chart.no_figures", lang))
        return
    whole = every[every["signal"] == 0].iloc[0]
    single = measured(every[every["signal"] > 0], whole, cost)
    evidence = "synthetic" if (every["evidence"] == "synthetic").any() else "recorded"
    above, below = int((single["side"] == "higher").sum()), int((single["side"] == "lower").sum())
    base, _ = services.share_words(whole["confirmed"], whole["contacted"], lang)
    blocks.lead(t("detection.signs_sentence", lang, n=len(single), base=base, above=above, below=below))
    few = int((every["signal"] > 0).sum()) - len(single)
    if few:
        blocks.note(t("detection.signs_few", lang, all=len(single) + few, few=few, least=FEWEST))
    left, right = st.columns([4, 7], gap="large")
    with left:
        blocks.heading(t("detection.by_signal", lang))
        blocks.note(t("detection.by_signal_note", lang, n=int(single["q"].notna().sum())))
        blocks.note(note(lang, [int(s) for s in every["signal"] if s > 0]))
        _dots(single, float(whole["confirmed"] / whole["contacted"]), evidence, lang)
    with right:
        blocks.heading(t("detection.by_pair", lang))
        _pairs(months, whole, cost, lang)
    label = naming(lang)
    with st.expander(t("detection.signs_table", lang)):
        _table(single, [label(int(s)) for s in single["signal"]], "sign", lang)
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "detection.how_signs")


def measured(rows: pd.DataFrame, whole: pd.Series, cost: float) -> pd.DataFrame:
    """Rows with enough contacts, their yields, and whether they differ after the correction for many."""
    kept = rows[rows["confirmed"].notna() & (rows["contacted"] >= FEWEST)].reset_index(drop=True)
    found = yields(kept["confirmed"].clip(upper=kept["contacted"]), kept["contacted"], all_found=whole["confirmed"], all_tried=whole["contacted"], unit_cost=cost,
                   slack=0.0 if services.exact() else BASE / 2)  # fmt: skip
    out = pd.concat([kept, found], axis=1)
    out["side"] = "similar"
    differs = out["q"] < FDR
    out.loc[differs & (out["lift"] > 1), "side"] = "higher"
    out.loc[differs & (out["lift"] < 1), "side"] = "lower"
    return out.sort_values("yield", ascending=False, ignore_index=True)


def _dots(single: pd.DataFrame, base: float, evidence: str, lang: str) -> None:
    label = naming(lang)
    labels = [label(int(s)) for s in single["signal"]]
    hover = [_hover(label, row, lang) for label, row in zip(labels, single.to_dict("records"), strict=True)]
    figure = interval_dots(
        labels, (100 * single["yield"]).tolist(), (100 * single["lower"]).tolist(), (100 * single["upper"]).tolist(), side=single["side"].tolist(),
        hover=hover, caption=t(f"evidence.{evidence}", lang), yardstick=100 * base,
        yardstick_label=t("detection.all_flagged", lang, value=numbers.percent(100 * base, 0)),
    )  # fmt: skip
    blocks.chart(figure, key="signal_dots", alt=t("detection.by_signal", lang))


def _hover(label: str, row: dict, lang: str) -> str:
    return t("detection.hover_signal", lang, name=label, value=numbers.percent(100 * row["yield"], 0),
             limits=numbers.limits(100 * row["lower"], 100 * row["upper"], "percent", digits=0), lift=numbers.number(row["lift"], 2),
             n=numbers.number(row["contacted"]), cost=_cost(row, lang))  # fmt: skip


def _cost(row: dict, lang: str, *, unit: bool = True) -> str:
    """Cost of one confirmed household with the limits that its yield leaves; none where nobody was confirmed."""
    if pd.isna(row["cost"]):
        return "–"
    most = "…" if pd.isna(row["cost_upper"]) else won(row["cost_upper"])
    limits = f"{won(row['cost_lower'])}–{most}"
    return t("detection.won", lang, n=won(row["cost"]), limits=limits) if unit else f"{won(row['cost'])} ({limits})"  # fmt: skip


def _pairs(months: queries.Span, whole: pd.Series, cost: float, lang: str) -> None:
    rows = services.totals(
        "detection_pair",
        columns=("contacted", "confirmed"),
        keys=("signal", "other"),
        where={"month_key": months},
    )
    if rows.empty:
        blocks.note(t("detection.missing_lake", lang))
        return
    found = measured(rows, whole, cost)
    # By the lower limit: the highest estimates of many are mostly the luckiest.
    above = found[found["side"] == "higher"].sort_values("lower", ascending=False).head(SHOWN_PAIRS)
    blocks.note(
        t(
            "detection.pairs_sentence",
            lang,
            all=len(rows),
            n=len(found),
            above=int((found["side"] == "higher").sum()),
            shown=len(above),
        )
    )
    label = naming(lang)
    _table(
        above,
        [pair(label, int(r["signal"]), int(r["other"]), lang) for r in above.to_dict("records")],
        "pair",
        lang,
    )


def _table(found: pd.DataFrame, named: list[str], kind: str, lang: str) -> None:
    """Contacted, yield, lift and cost per confirmed household of each row, with their limits."""
    table = [
        (name, numbers.number(row["contacted"]),
         f"{numbers.percent(100 * row['yield'], 0)} ({numbers.limits(100 * row['lower'], 100 * row['upper'], 'percent', digits=0)})",
         f"{numbers.number(row['lift'], 2)} ({numbers.number(row['lift_lower'], 2)}–{numbers.number(row['lift_upper'], 2)})",
         _cost(row, lang, unit=False))
        for name, row in zip(named, found.to_dict("records"), strict=True)
    ]  # fmt: skip
    heads = [(t(f"detection.{kind if c == 'name' else 'pair'}_{c}", lang), c != "name") for c in ("name", "n", "yield", "lift", "cost")]  # fmt: skip
    blocks.table(heads, table, stacked=True)
