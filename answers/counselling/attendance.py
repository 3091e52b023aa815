"""Who comes, who cancels, who stays away, by mode and counsellor; and at which session courses break off."""

from __future__ import annotations

from typing import Any

import pandas as pd

from answers import say, summaries
from answers.answer import Answer, Beside, Block, Figure, Heading, Note, Table
from answers.ask import Ask
from answers.counselling.common import FEWEST, PROGRAMME, SPAN, counselling, few_said, span, where
from answers.reader import Reader, Rule
from answers.registry import question
from charts import series
from data.codes import label
from locales import numbers, t
from metrics import curve

COLUMNS = ("scheduled", "attended", "dna", "cancelled_client", "cancelled_service")
PLANNED = 8  # sessions
THIRD = 3
COURSE = curve.Course(time="held", kind="ending", event="dropout", competing=("completed",))
SIZE = Rule("courses behind a curve", "their number, which is rounded at once")
DROPOUT = Rule(
    "broken off",
    "an incidence in whole points at steps of ten courses or more that broke off, and from which of them fewer than ten are at risk",
)


@question(
    "counselling.attendance", choices=(SPAN, PROGRAMME), needs=("counselling_case", "counselling_summary")
)
@counselling
def attendance(ask: Ask, read: Reader) -> Answer:
    """Did-not-attend and cancellations by mode and counsellor; the drop-out curve by session."""
    lang, asked = ask.lang, where(ask, read)
    whole = read.total("session_monthly", columns=COLUMNS, where=asked)
    dna, interval = say.share_words(read, whole["dna"], whole["attended"] + whole["dna"], lang)
    missing = summaries.untold(read, "session_monthly", COLUMNS, asked)
    cancelled = say.share_said(read, whole["cancelled_client"], whole["scheduled"], lang)
    cancelled = summaries.or_untold(missing, "cancelled_client", cancelled, lang)
    left = (
        Heading(ask.t("counselling.modes")),
        _modes(read, asked, whole, missing, lang),
        Note(ask.t("counselling.modes_note")),
        *summaries.needs(read, "session_monthly", COLUMNS, asked, "counselling_session", lang),
        say.source(read.whose, lang, period=say.span_words(span(ask, read), lang)),
    )
    right = (Heading(ask.t("counselling.dropout")), *_dropout(read, asked, lang))
    return Answer(
        "",
        ask.t("counselling.attendance_sentence", dna=dna, interval=interval, cancelled=cancelled),
        blocks=(Beside((left, right)), say.how(lang, "counselling.how_attendance")),
    )


def _modes(
    read: Reader, asked: dict[str, Any], whole: pd.Series, missing: frozenset[str], lang: str
) -> Table:
    """All sessions together, then by mode and by counsellor."""

    def row(name: str, sums: Any) -> tuple[str, ...]:
        dna = say.share_cells(read, sums["dna"], sums["attended"] + sums["dna"], lang)
        off = say.share_cells(read, sums["cancelled_client"], sums["scheduled"], lang)
        gone = summaries.or_untold(missing, "cancelled_client", say.with_limits(off), lang)
        return name, say.count_words(sums["scheduled"], lang), say.with_limits(dna), gone

    rows = [row(t("counselling.mode_all", lang), whole)]
    for key, codes in (("mode", "session_mode"), ("counsellor_type", "counsellor_type")):
        found = read.totals("session_monthly", columns=COLUMNS, keys=(key,), where=asked).to_dict("records")
        rows += [row(label(codes, one[key], lang), one) for one in found]
    names = ("name", "sessions", "dna", "cancelled")
    classes = ["total", *[""] * (len(rows) - 1)]
    return Table(say.heads("counselling.mode_", names, lang, words=("name",)), rows, classes)


def _cases(rows: pd.DataFrame) -> float:
    return float(rows["cases"].sum())


def _broken_off(rows: pd.DataFrame, coarse: curve.Coarse) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The curve, and its shares by the third and the last planned session; None of too few."""
    if _cases(rows) < FEWEST:
        return None
    steps = curve.steps(rows, COURSE, coarse)
    return None if steps.empty else (steps, curve.at(rows, (THIRD, PLANNED), COURSE, coarse))


def _dropout(read: Reader, asked: dict[str, Any], lang: str) -> list[Block]:
    """Share not yet broken off after each session; open and suspended courses are censored, completed ones compete."""
    if not read.has("session_held", asked):
        return [summaries.needs_record("counselling_session", lang)]
    rows = read.for_model("session_held", columns=("cases",), keys=("held", "ending"), where=asked)
    coarse = curve.Coarse(least=read.smallest, step=read.step(read.judged(SIZE, _cases, rows)))
    found = read.judged(DROPOUT, _broken_off, rows, coarse)
    if found is None:
        return [Note(t("status.withheld", lang))]
    steps, by = found
    third, all_ = (_share(row, lang) for row in by.to_dict("records"))
    return [
        Note(t("counselling.dropout_sentence", lang, third=third, all=all_)),
        _curve(steps, read.whose, lang),
        *few_said(steps, "few_staying", PLANNED, read, lang),
    ]


def _share(row: dict[str, Any], lang: str) -> str:
    if pd.isna(row["value"]):
        return t("status.withheld", lang)
    limits = numbers.interval(row["lower"], row["upper"], "percent", lang, digits=0)
    return t("services.with_limits", lang, value=numbers.percent(row["value"], 0), limits=limits)


def _curve(steps: pd.DataFrame, evidence: str, lang: str) -> Figure:
    shown = curve.drawn_to(steps, PLANNED)
    stay, low, high = ((100 - shown[name]).tolist() for name in ("value", "upper", "lower"))
    hover = [
        t("counselling.hover_stay", lang, k=numbers.number(k), share=numbers.percent(v, 0))
        for k, v in zip(shown["time"], stay, strict=True)
    ]
    figure = series.lines(
        shown["time"].tolist(),
        [series.Line(t("counselling.line_stay", lang), stay, hover)],
        caption=t(f"evidence.{evidence}", lang),
        suffix="%",
        height=300,
        x_title=t("counselling.axis_sessions", lang),
        band=(low, high),
    )
    said = [
        (
            numbers.number(k),
            say.with_limits((numbers.percent(v, 0), numbers.limits(lo, hi, "percent", digits=0))),
        )
        for k, v, lo, hi in zip(shown["time"], stay, low, high, strict=True)
    ]
    table = Table(
        say.heads("counselling.", ("axis_sessions", "line_stay"), lang),
        said,
        stacked=False,
        name="dropout_curve",
    )
    return Figure("dropout_curve", figure, t("counselling.dropout", lang), table)
