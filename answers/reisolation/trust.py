"""Can this be trusted: past forecasts over what happened, errors against simple rivals, other assumptions, the model itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from answers import say, terms
from answers.answer import Answer, Beside, Block, Column, Heading, Note, Table
from answers.ask import Ask
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import past, source
from answers.reisolation.common import reisolation, source_line
from answers.reisolation.source import Register
from answers.studies import Pending
from forecast.reisolation.backtest import Record
from forecast.reisolation.model import RETURN
from forecast.reisolation.outcome import Outcome
from locales import numbers, t
from metrics.intervals import wilson

SHOWN_HORIZONS = (12, 24, 60)
JUDGED = 12  # months of the totals on which the verdict rests
RIVALS = ("model", "last", "year")
SCORES = ("wis", "crps")


@question("reisolation.trust", needs=("spell",))
@reisolation
def trust(ask: Ask, read: Reader, found: Register) -> Answer:
    """The verdict, its grounds, sensitivities, and the model's coefficients."""
    lang, record, rows = ask.lang, source.record(read), past.kept_rows(read)
    sentence = t("reisolation.no_record", lang) if record is None else verdict_words(record, lang)
    return Answer(
        "",
        sentence,
        "" if record is None else _ground(record, lang),
        blocks=(
            *(() if record is None else _against_what_came(read, record, rows, found, lang)),
            Heading(t("reisolation.kept_title", lang)),
            *past.kept(rows, found, lang),
            Heading(t("reisolation.model", lang)),
            Note(t("reisolation.model_note", lang)),
            *_model(found, lang),
            Note(t("reisolation.frailty_note", lang)),
            source_line(read, found, lang),
            say.how_text(t("reisolation.trust_how_title", lang), t("reisolation.how_trust", lang)),
            Heading(t("reisolation.other", lang)),
            Note(t("reisolation.other_note", lang)),
            *_sensitivities(read, lang),
        ),
    )


def _against_what_came(
    read: Reader, record: Record, rows: pd.DataFrame, found: Register, lang: str
) -> list[Block]:
    left = (Heading(t("reisolation.coverage", lang), 3), *_coverage(record, lang))
    right = (Heading(t("reisolation.rivals", lang), 3), *_rivals(record, lang))
    base: Outcome = read.study("reisolation.baseline")
    return [
        Heading(t("reisolation.overlay", lang)),
        Note(t("reisolation.overlay_note", lang)),
        past.overlay(read, record, rows, found, lang),
        Beside((left, right)),
        Heading(t("reisolation.totals", lang), 3),
        *_totals(read, record, lang),
        Note(_split_words(base, lang)),
    ]


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
    ratio_limits = numbers.limits(total["lower"], total["upper"], "", digits=2)
    said = t(
        "reisolation.ground",
        lang,
        ratio=numbers.number(total["ratio"], 2),
        limits=ratio_limits,
        judged=numbers.limits(total["judged_lower"], total["judged_upper"], "", digits=2),
        inside=int(total["inside_80"]),
        months=int(total["band_months"]),
        index=numbers.signed(100 * whole["index"], 1),
    )
    _, low, high = record.slope
    if high < 1 or low > 1:
        said += " " + t("reisolation.slope_flat" if high < 1 else "reisolation.slope_steep", lang)
    return said


def _cover_limits(record: Record, share: float) -> str:
    """Limits of a coverage by the months that it rests on: a month forecast four times is one month."""
    months = record.months["month"].nunique()
    low, high = wilson(share * months, months)
    return numbers.limits(100 * low, 100 * high, "percent", digits=0)


def _coverage(record: Record, lang: str) -> list[Block]:
    rows = [
        (
            t("reisolation.band_n", lang, n=int(r["level"])),
            t("reisolation.of_points", lang, inside=int(r["inside"]), points=int(r["points"])),
            numbers.percent(100 * r["coverage"], 0),
            _cover_limits(record, r["coverage"]),
        )
        for r in record.coverage.to_dict("records")
    ]
    months, held = int(record.total["band_months"]), int(record.total["inside_80"])
    once = t("reisolation.of_points", lang, inside=held, points=months)
    share = numbers.percent(100 * held / months, 0)
    rows.append((t("reisolation.band_once", lang), once, share, _cover_limits(record, held / months)))
    columns = say.heads("reisolation.cover_", ("band", "inside", "share", "limits"), lang, words=("band",))
    slope, low, high = record.slope
    said = t(
        "reisolation.slope",
        lang,
        slope=numbers.number(slope, 2),
        limits=numbers.limits(low, high, "", digits=2),
    )
    return [Table(columns, rows), *((Note(said),) if pd.notna(slope) else ())]


def _rivals(record: Record, lang: str) -> list[Block]:
    """Mean scores of the model and of two simple rivals; lower is better."""
    rows = []
    for name in RIVALS:
        suffix = "" if name == "model" else f"_{name}"
        scores = (numbers.number(float(record.months[f"{score}{suffix}"].mean()), 2) for score in SCORES)
        rows.append((t(f"reisolation.rival_{name}", lang), *scores))
    columns = [
        Column(t("reisolation.rival", lang)),
        *(Column(t(f"term.{name}", lang), number=True) for name in SCORES),
    ]
    key = "reisolation.skill" if record.skill > 0 else "reisolation.no_skill"
    return [
        Table(columns, rows),
        terms.card(lang, *SCORES, "brier"),
        Note(t(key, lang, skill=numbers.percent(abs(100 * record.skill), 0))),
    ]


def _totals(read: Reader, record: Record, lang: str) -> list[Block]:
    """Observed against expected, in all and by group, with exact limits; small observed counts are withheld."""
    judged = record.total | {side: record.total[f"judged_{side}"] for side in ("lower", "upper")}
    rows = [
        _total(read, t("reisolation.ahead_all", lang, n=JUDGED), record.total, lang),
        _total(read, t("reisolation.ahead_judged", lang, n=JUDGED), judged, lang),
    ]
    for r in record.horizons.to_dict("records"):
        ahead = t("reisolation.ahead_n", lang, low=int(r["after"]) + 1, high=int(r["horizon"]))
        rows.append(_total(read, ahead, r, lang))
    if len(record.groups):
        for r in record.groups[record.groups["horizon"] == JUDGED].to_dict("records"):
            rows.append(_total(read, t(f"reisolation.group_{r['by']}_{r['value']}", lang, n=JUDGED), r, lang))
    names = ("what", "observed", "expected", "ratio", "limits")
    brier = [
        t(
            "reisolation.brier",
            lang,
            n=int(r["horizon"]),
            brier=numbers.number(r["brier"], 3),
            index=numbers.signed(100 * r["index"], 1),
        )
        for r in record.horizons.to_dict("records")
        if pd.notna(r["index"])
    ]
    return [
        Table(say.heads("reisolation.total_", names, lang, words=("what",)), rows),
        Note(t("reisolation.totals_note", lang)),
        Note(" ".join(brier)),
        say.figures(
            lang,
            *(
                (t("figures.index", lang, n=int(r["horizon"])), numbers.signed(100 * r["index"], 1))
                for r in record.horizons.to_dict("records")
                if pd.notna(r["index"])
            ),
        ),
    ]


def _total(read: Reader, name: str, r: dict[Any, Any], lang: str) -> tuple[str, ...]:
    safe = read.one(r["observed"])
    if pd.isna(safe):
        return name, t("status.suppressed", lang), "", "", ""
    expected = numbers.number(5 * np.floor(r["expected"] / 5 + 0.5))
    return (
        name,
        numbers.number(safe),
        expected,
        numbers.number(r["ratio"], 2),
        numbers.limits(r["lower"], r["upper"], "", digits=2),
    )


# --- Model ------------------------------------------------------------------------------------------------


def _sensitivities(read: Reader, lang: str) -> list[Block]:
    try:
        table: pd.DataFrame = read.study("reisolation.sensitivities")
    except Pending as problem:
        return [Note(problem.words(lang))]
    rows = []
    for name, part in table.groupby("name", sort=False):
        by = {row["month"]: row for row in part.to_dict("records")}
        cells = (_incidence(by.get(m), lang) for m in SHOWN_HORIZONS)
        rows.append((t(f"reisolation.variant_{name}", lang), *cells))
    months = (Column(t("reisolation.months_n", lang, n=m), number=True) for m in SHOWN_HORIZONS)
    return [Table([Column(t("reisolation.variant", lang)), *months], rows)]


def _incidence(row: dict[Any, Any] | None, lang: str) -> str:
    if row is None or pd.isna(row["incidence"]):
        return "–"
    limits = numbers.limits(100 * row["lower"], 100 * row["upper"], "percent")
    return t("services.with_limits", lang, value=numbers.percent(100 * row["incidence"]), limits=limits)


def _model(found: Register, lang: str) -> list[Block]:
    """Hazard ratios and monthly rates of coming back; too few events give rates by age."""
    assert found.model is not None
    hazard = found.model.hazards[RETURN]
    if hazard.sparse is not None:
        return [Note(t("reisolation.few_events", lang))]
    table = hazard.table()
    ratios = [
        (
            t(f"reisolation.covariate_{name}", lang),
            numbers.number(row["hazard_ratio"], 2),
            numbers.limits(np.exp(row["lower"]), np.exp(row["upper"]), "", digits=2),
        )
        for name, row in table.iloc[len(hazard.bands) :].iterrows()
        if not str(name).startswith("season")
    ]
    edges = [*hazard.bands, None]
    rates = [
        (
            _band(edges[k], edges[k + 1], lang),
            numbers.percent(100 * r["rate"], 2),
            numbers.limits(100 * r["lower"], 100 * r["upper"], "percent", digits=2),
        )
        for k, r in enumerate(hazard.baseline().to_dict("records"))
    ]
    interval = Column(t("reisolation.col_interval", lang), number=True)
    left = Table(
        [
            Column(t("reisolation.covariate", lang)),
            Column(t("reisolation.hazard_ratio", lang), number=True),
            interval,
        ],
        ratios,
    )
    right = Table(
        [
            Column(t("reisolation.since", lang)),
            Column(t("reisolation.monthly_rate", lang), number=True),
            interval,
        ],
        rates,
    )
    return [Beside(((left,), (right,)))]


def _band(low: float | None, high: float | None, lang: str) -> str:
    if high is None:
        return t("reisolation.band_from", lang, low=numbers.number(low or 0))
    return t("reisolation.band_between", lang, low=numbers.number(low or 0), high=numbers.number(high))
