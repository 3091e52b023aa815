"""Can this be trusted: past forecasts over what happened, errors against simple rivals, other assumptions, the model itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from forecast.reisolation.backtest import Record
from forecast.reisolation.model import RETURN
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import BASELINE
from locales import numbers, t
from metrics.intervals import wilson
from ui import blocks, services
from ui.reisolation import past, seen, source
from ui.reisolation.source import Register

SHOWN_HORIZONS = (12, 24, 60)
JUDGED = 12  # months of the totals on which the verdict rests


def draw(found: Register, lang: str) -> None:
    """The verdict, its grounds, sensitivities, and the model's coefficients."""
    with st.spinner(t("reisolation.reckoning", lang)):
        record = source.record()
    kept = past.kept_rows()
    if record is None:
        blocks.lead(t("reisolation.no_record", lang))
    else:
        blocks.lead(verdict_words(record, lang), _ground(record, lang))
        blocks.heading(t("reisolation.overlay", lang))
        blocks.note(t("reisolation.overlay_note", lang))
        past.overlay(record, kept, found, lang)
        left, right = st.columns(2, gap="large")
        with left:
            blocks.heading(t("reisolation.coverage", lang), level=3)
            _coverage(record, lang)
        with right:
            blocks.heading(t("reisolation.rivals", lang), level=3)
            _rivals(record, lang)
        blocks.heading(t("reisolation.totals", lang), level=3)
        _totals(record, lang)
        blocks.note(_split_words(source.run(found, BASELINE, draws=source.FULL[0]), lang))
    blocks.heading(t("reisolation.kept_title", lang))
    past.kept(kept, found, lang)
    blocks.heading(t("reisolation.model", lang))
    blocks.note(t("reisolation.model_note", lang))
    _model(found, lang)
    seen.source_line(found, lang)
    blocks.how_text(t("reisolation.trust_how_title", lang), t("reisolation.how_trust", lang), lang)
    # Last, because nine other models take seconds: all else is there to read meanwhile.
    blocks.heading(t("reisolation.other", lang))
    blocks.note(t("reisolation.other_note", lang))
    with st.spinner(t("reisolation.reckoning", lang)):
        _sensitivities(source.sensitivities(), lang)


def _split_words(base: Outcome, lang: str) -> str:
    """What the uncertainty of the five years' total is made of."""
    split = base.variance_split(base.months)
    every = split["estimates"] + split["chance"]
    shares = {
        "drift": split["drift"],
        "estimates": split["estimates"] - split["drift"],
        "chance": split["chance"],
    }
    return t("reisolation.split", lang, **{k: numbers.percent(100 * v / every, 0) for k, v in shares.items()})


def verdict_words(record: Record, lang: str) -> str:
    """Whether the forecast may be shown, and what failed."""
    if record.verdict.published:
        return t("reisolation.verdict_ok", lang)
    reasons = "; ".join(t(f"reisolation.reason_{code}", lang) for code in record.verdict.reasons)
    return t("reisolation.verdict_failed", lang, reasons=reasons)


def _ground(record: Record, lang: str) -> str:
    total, whole = record.total, record.horizons.set_index("horizon").loc[JUDGED]
    band = record.coverage.set_index("level").loc[80]
    said = t("reisolation.ground", lang, ratio=numbers.number(total["ratio"], 2), limits=numbers.limits(total["lower"], total["upper"], "", digits=2),
             cover=numbers.percent(100 * band["coverage"], 0), cover_limits=_cover_limits(record, band["coverage"]), points=int(band["points"]),
             months=record.months["month"].nunique(), index=numbers.signed(100 * whole["index"], 1))  # fmt: skip
    _, low, high = record.slope
    if high < 1 or low > 1:
        said += " " + t("reisolation.slope_flat" if high < 1 else "reisolation.slope_steep", lang)
    return said


def _cover_limits(record: Record, share: float) -> str:
    """Limits of a coverage by the months that it rests on: a month forecast four times is one month."""
    months = record.months["month"].nunique()
    low, high = wilson(share * months, months)
    return numbers.limits(100 * low, 100 * high, "percent", digits=0)


def _coverage(record: Record, lang: str) -> None:
    rows = [
        (t("reisolation.band_n", lang, n=int(r["level"])), t("reisolation.of_points", lang, inside=int(r["inside"]), points=int(r["points"])),
         numbers.percent(100 * r["coverage"], 0), _cover_limits(record, r["coverage"]))
        for r in record.coverage.to_dict("records")
    ]  # fmt: skip
    blocks.table([(t(f"reisolation.cover_{c}", lang), c not in ("band",)) for c in ("band", "inside", "share", "limits")], rows, stacked=True)  # fmt: skip
    slope, low, high = record.slope
    if pd.notna(slope):
        blocks.note(t("reisolation.slope", lang, slope=numbers.number(slope, 2), limits=numbers.limits(low, high, "", digits=2)))  # fmt: skip


def _rivals(record: Record, lang: str) -> None:
    """Mean scores of the model and of two simple rivals; lower is better."""
    rows = []
    for name in ("model", "last", "year"):
        suffix = "" if name == "model" else f"_{name}"
        cells = [
            numbers.number(float(record.months[f"{score}{suffix}"].mean()), 2) for score in ("wis", "crps")
        ]
        rows.append((t(f"reisolation.rival_{name}", lang), *cells))
    blocks.table([(t("reisolation.rival", lang), False), ("WIS", True), ("CRPS", True)], rows, stacked=True)
    key = "reisolation.skill" if record.skill > 0 else "reisolation.no_skill"
    blocks.note(t(key, lang, skill=numbers.percent(abs(100 * record.skill), 0)))


def _totals(record: Record, lang: str) -> None:
    """Observed against expected, in all and by group, with exact limits; small observed counts are withheld."""
    heads = [(t(f"reisolation.total_{c}", lang), c not in ("what",)) for c in ("what", "observed", "expected", "ratio", "limits")]  # fmt: skip
    rows = [_total(t("reisolation.ahead_all", lang, n=JUDGED), record.total, lang)]
    for r in record.horizons.to_dict("records"):
        rows.append(
            _total(t("reisolation.ahead_n", lang, low=int(r["after"]) + 1, high=int(r["horizon"])), r, lang)
        )
    if len(record.groups):
        for r in record.groups[record.groups["horizon"] == JUDGED].to_dict("records"):
            rows.append(_total(t(f"reisolation.group_{r['by']}_{r['value']}", lang, n=JUDGED), r, lang))
    blocks.table(heads, rows, stacked=True)
    brier = [
        t("reisolation.brier", lang, n=int(r["horizon"]), brier=numbers.number(r["brier"], 3), index=numbers.signed(100 * r["index"], 1))
        for r in record.horizons.to_dict("records") if pd.notna(r["index"])
    ]  # fmt: skip
    blocks.note(" ".join(brier))


def _total(name: str, r: dict[str, float], lang: str) -> tuple[str, ...]:
    safe = services.protected(pd.Series([r["observed"]]))[0]
    if pd.isna(safe):
        return name, t("status.suppressed", lang), "", "", ""
    return (name, numbers.number(safe), numbers.number(5 * np.floor(r["expected"] / 5 + 0.5)), numbers.number(r["ratio"], 2),
            numbers.limits(r["lower"], r["upper"], "", digits=2))  # fmt: skip


# --- Model ----------------------------------------------------------------------------------------------


def _sensitivities(table: pd.DataFrame, lang: str) -> None:
    heads = [(t("reisolation.variant", lang), False), *((t("reisolation.months_n", lang, n=m), True) for m in SHOWN_HORIZONS)]  # fmt: skip
    rows = []
    for name, part in table.groupby("name", sort=False):
        by = part.set_index("month")
        cells = [
            t("services.with_limits", lang, value=numbers.percent(100 * by.loc[m, "incidence"]),
              limits=numbers.limits(100 * by.loc[m, "lower"], 100 * by.loc[m, "upper"], "percent"))
            if m in by.index and pd.notna(by.loc[m, "incidence"]) else "–" for m in SHOWN_HORIZONS
        ]  # fmt: skip
        rows.append((t(f"reisolation.variant_{name}", lang), *cells))
    blocks.table(heads, rows, stacked=True)


def _model(found: Register, lang: str) -> None:
    """Hazard ratios and monthly rates of coming back; too few events give rates by age."""
    assert found.model is not None
    hazard = found.model.hazards[RETURN]
    if hazard.sparse is not None:
        blocks.note(t("reisolation.few_events", lang))
        return
    table = hazard.table()
    left, right = st.columns(2, gap="large")
    with left:
        rows = []
        for name in table.index[len(hazard.bands) :]:
            row = table.loc[name]
            if name.startswith("season"):
                continue
            rows.append((t(f"reisolation.covariate_{name}", lang), numbers.number(row["hazard_ratio"], 2),
                         numbers.limits(np.exp(row["lower"]), np.exp(row["upper"]), "", digits=2)))  # fmt: skip
        blocks.table([(t("reisolation.covariate", lang), False), (t("reisolation.hazard_ratio", lang), True), (t("reisolation.col_interval", lang), True)], rows, stacked=True)  # fmt: skip
    with right:
        edges = [*hazard.bands, None]
        rows = [
            (_band(edges[k], edges[k + 1], lang), numbers.percent(100 * r["rate"], 2), numbers.limits(100 * r["lower"], 100 * r["upper"], "percent", digits=2))
            for k, r in enumerate(hazard.baseline().to_dict("records"))
        ]  # fmt: skip
        blocks.table([(t("reisolation.since", lang), False), (t("reisolation.monthly_rate", lang), True), (t("reisolation.col_interval", lang), True)], rows, stacked=True)  # fmt: skip


def _band(low: float | None, high: float | None, lang: str) -> str:
    if high is None:
        return t("reisolation.band_from", lang, low=numbers.number(low or 0))
    return t("reisolation.band_between", lang, low=numbers.number(low or 0), high=numbers.number(high))
