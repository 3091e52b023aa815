"""Can this be trusted: past forecasts over what happened, errors against simple rivals, other assumptions, the model itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from sqlalchemy.exc import DBAPIError

from charts import series, theme
from data import scenarios
from data.engine import StoreProblem
from forecast.reisolation.backtest import Record, onsets_by_month
from forecast.reisolation.model import RETURN
from forecast.reisolation.outcome import Outcome
from locales import numbers, t
from ui import blocks, services, store
from ui.reisolation import seen, source
from ui.reisolation.source import Register

SHOWN_HORIZONS = (12, 24, 60)


def draw(found: Register, lang: str, *, dark: bool) -> None:
    """The verdict, its grounds, sensitivities, and the model's coefficients."""
    with st.spinner(t("reisolation.reckoning", lang)):
        record = source.record()
    if record is None:
        blocks.lead(t("reisolation.no_record", lang))
    else:
        blocks.lead(verdict_words(record, lang), _ground(record, lang))
        blocks.heading(t("reisolation.overlay", lang))
        blocks.note(t("reisolation.overlay_note", lang))
        _overlay(record, found, lang, dark=dark)
        left, right = st.columns(2, gap="large")
        with left:
            blocks.heading(t("reisolation.coverage", lang), level=3)
            _coverage(record, lang)
            blocks.heading(t("reisolation.rivals", lang), level=3)
            _rivals(record, lang)
        with right:
            blocks.heading(t("reisolation.totals", lang), level=3)
            _totals(record, lang)
    blocks.heading(t("reisolation.kept_title", lang))
    _kept(found, lang)
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


def verdict_words(record: Record, lang: str) -> str:
    """Whether the forecast may be shown, and what failed."""
    if record.verdict.published:
        return t("reisolation.verdict_ok", lang)
    reasons = "; ".join(t(f"reisolation.reason_{code}", lang) for code in record.verdict.reasons)
    return t("reisolation.verdict_failed", lang, reasons=reasons)


def _ground(record: Record, lang: str) -> str:
    last = record.horizons.iloc[-1]
    band = record.coverage.set_index("level").loc[80]
    return t("reisolation.ground", lang, ratio=numbers.number(last["ratio"], 2), limits=numbers.limits(last["lower"], last["upper"], "", digits=2),
             cover=numbers.percent(100 * band["coverage"], 0), cover_limits=numbers.limits(100 * band["lower"], 100 * band["upper"], "percent", digits=0),
             points=int(band["points"]), index=numbers.signed(100 * last["index"], 1))  # fmt: skip


def _overlay(record: Record, found: Register, lang: str, *, dark: bool) -> None:
    """Re-isolations by month as they came, and the forecasts that would have been made, each from its own month."""
    seen_by = onsets_by_month(found.spells)
    first = pd.Period(record.months["origin"].min(), "M") - 6
    span = pd.period_range(first, pd.Period(found.as_of, "M"), freq="M")
    counts = services.protected(seen_by.reindex(span, fill_value=0).reset_index(drop=True))
    x = [str(m.start_time.date()) for m in span]
    hover = [f"{numbers.month(m.year * 100 + m.month, lang)}: {services.counted(v, lang, 'people')}" for m, v in zip(span, counts, strict=True)]  # fmt: skip
    drawn = [series.Line(t("reisolation.came", lang), [None if pd.isna(v) else v for v in counts], hover)]
    rows = record.months
    chosen = list(dict.fromkeys(rows["origin"]))[::2]  # forecasts overlap: every second is enough to see
    extra = []
    part = rows[rows["origin"].isin(chosen) & (rows["ahead"] <= 6)]
    dates = [str(pd.Period(m, "M").start_time.date()) for m in part["month"]]
    said = [
        t("reisolation.forecast_hover", lang, origin=_month(row["origin"], lang), month=_month(row["month"], lang), n=numbers.number(row["predicted"]),
          limits=numbers.limits(row["low80"], row["high80"], "", digits=0))
        for row in part.to_dict("records")
    ]  # fmt: skip
    extra.append((dates, series.Line(t("reisolation.forecast_then", lang), part["predicted"].round(1).tolist(), said, points=True)))  # fmt: skip
    figure = series.lines(
        x, drawn, dark=dark, caption=t(f"evidence.{found.evidence}", lang), kind="date", tick=t("reisolation.tick", lang), extra=extra, height=320,
    )  # fmt: skip
    figure["data"][-1]["error_y"] = {
        "type": "data", "symmetric": False, "array": (part["high80"] - part["predicted"]).round(1).tolist(),
        "arrayminus": (part["predicted"] - part["low80"]).round(1).tolist(), "color": theme.colours(dark)["muted"], "thickness": 1.2, "width": 0,
    }  # fmt: skip
    figure["data"][-1]["marker"]["size"] = 8
    st.plotly_chart(figure, theme=None, config=theme.CONFIG, key="reisolation_overlay", alt=t("reisolation.overlay", lang))  # fmt: skip


def _month(label: str, lang: str) -> str:
    period = pd.Period(label, "M")
    return numbers.month(period.year * 100 + period.month, lang)


def _coverage(record: Record, lang: str) -> None:
    rows = [
        (t("reisolation.band_n", lang, n=int(r["level"])), t("reisolation.of_points", lang, inside=int(r["inside"]), points=int(r["points"])),
         numbers.percent(100 * r["coverage"], 0), numbers.limits(100 * r["lower"], 100 * r["upper"], "percent", digits=0))
        for r in record.coverage.to_dict("records")
    ]  # fmt: skip
    blocks.table([(t(f"reisolation.cover_{c}", lang), c not in ("band",)) for c in ("band", "inside", "share", "limits")], rows, stacked=True)  # fmt: skip
    low, slope, high = record.slope[1], record.slope[0], record.slope[2]
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
    rows = []
    for r in record.horizons.to_dict("records"):
        rows.append(_total(t("reisolation.ahead_n", lang, n=int(r["horizon"])), r, lang))
    if len(record.groups):
        last = record.groups["horizon"].max()
        for r in record.groups[record.groups["horizon"] == last].to_dict("records"):
            rows.append(_total(t(f"reisolation.group_{r['by']}_{r['value']}", lang, n=int(last)), r, lang))
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


# --- Kept forecasts -------------------------------------------------------------------------------------


def keep(found: Register) -> None:
    """Keep what the page forecasts today, once; a store that cannot be written keeps nothing and says nothing."""
    _kept_once(found.as_of.isoformat(), found.model_version, found.data_version, store.url())


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept_once(as_of: str, model: str, data: str, address: str) -> bool:
    found = source.register()
    base = source.recorded(found)
    try:
        scenarios.keep_forecast(store.engine(), by_month(base, found), as_of=found.as_of, model_version=model, data_version=data,
                                made_at=store.now())  # fmt: skip
    except (StoreProblem, DBAPIError):
        return False
    return True


def by_month(base: Outcome, found: Register) -> pd.DataFrame:
    """A forecast as rows: month_key, expected and the limits of three bands, with chance."""
    months = pd.period_range(found.start_month, periods=base.months, freq="M")
    rows: dict[str, object] = {"month_key": [int(m.year * 100 + m.month) for m in months], "expected": base.onsets.mean(axis=0)}  # fmt: skip
    for level in (50, 80, 95):
        low, high = np.quantile(base.onsets_seen, [0.5 - level / 200, 0.5 + level / 200], axis=0)
        rows |= {f"lower{level}": low, f"upper{level}": high}
    return pd.DataFrame(rows)


def _kept(found: Register, lang: str) -> None:
    """Forecasts that this page has shown, against what has come since."""
    with store.connect() as connection:
        rows = scenarios.kept(connection)
    counts = onsets_by_month(found.spells)
    past = []
    for keys, part in rows.groupby(["as_of", "model_version", "data_version"], sort=True):
        came = part[part["month_key"] <= found.as_of.year * 100 + found.as_of.month]
        inside = 0
        for r in came.to_dict("records"):
            n = int(counts.get(pd.Period(str(r["month_key"]), "M"), 0))
            inside += r["lower80"] <= n <= r["upper80"]
        past.append((numbers.day(keys[0], lang), keys[1], keys[2], numbers.number(part["expected"].head(12).sum()),
                     t("reisolation.of_points", lang, inside=inside, points=len(came)) if len(came) else t("reisolation.not_yet", lang)))  # fmt: skip
    if not past:
        blocks.note(t("reisolation.kept_none", lang))
        return
    blocks.note(t("reisolation.kept_note", lang))
    blocks.table([(t(f"reisolation.kept_{c}", lang), c in ("twelve",)) for c in ("day", "model", "data", "twelve", "inside")], past, stacked=True)  # fmt: skip


# --- Model ----------------------------------------------------------------------------------------------


def _sensitivities(table: pd.DataFrame, lang: str) -> None:
    heads = [(t("reisolation.variant", lang), False), *((t("reisolation.months_n", lang, n=m), True) for m in SHOWN_HORIZONS)]  # fmt: skip
    rows = []
    for name, part in table.groupby("name", sort=False):
        by = part.set_index("month")
        cells = [
            t("reisolation.with_limits", lang, value=numbers.percent(100 * by.loc[m, "incidence"]),
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
