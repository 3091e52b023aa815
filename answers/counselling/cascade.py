"""From referral to follow-up, on three denominators: a rate among those who stay says nothing of those who left."""

from __future__ import annotations

import pandas as pd

from answers import say
from answers.answer import Answer, Beside, Column, Figure, Heading, Note, Table
from answers.ask import Ask
from answers.counselling.common import PROGRAMME, SPAN, counselling, span, where
from answers.reader import Reader
from answers.registry import question
from charts.steps import Step, funnel
from locales import numbers, t

STEPS = ("referred", "started", "second", "completed", "reached_8", "followed_up")
BASES = ("referred", "started", "completed")


@question("counselling.cascade", choices=(SPAN, PROGRAMME), needs=("counselling_case",))
@counselling
def cascade(ask: Ask, read: Reader) -> Answer:
    """The steps of the cohorts referred in the period."""
    lang = ask.lang
    sums = read.total("case_course", columns=(*STEPS, "ended"), where=where(ask, read))
    evidence = read.whose
    started, interval = say.share_words(read, sums["started"], sums["referred"], lang)
    done, _ = say.share_words(read, sums["completed"], sums["referred"], lang)
    steps = [_step(read, sums, name, lang) for name in STEPS]
    alt = " · ".join(f"{step.label} {step.note}" for step in steps)
    left = (
        Heading(ask.t("counselling.cascade")),
        Figure(
            "course_funnel", funnel(steps, caption=ask.t(f"evidence.{evidence}")), alt, _counts(steps, lang)
        ),
    )
    still = say.counted(sums["referred"] - sums["ended"], lang, "cases")
    right = (
        Heading(ask.t("counselling.bases")),
        _bases(read, sums, lang),
        Note(ask.t("counselling.still_open", n=still)),
    )
    sentence = ask.t(
        "counselling.cascade_sentence",
        referred=say.counted(sums["referred"], lang, "cases"),
        started=started,
        interval=interval,
        completed=done,
    )
    blocks = (
        Beside((left, right), (5, 6)),
        say.source(evidence, lang, period=say.span_words(span(ask, read), lang)),
        say.how(lang, "counselling.how_cascade"),
    )
    return Answer("", sentence, blocks=blocks)


def _step(read: Reader, sums: pd.Series, name: str, lang: str) -> Step:
    label, value = t(f"counselling.step_{name}", lang), sums[name]
    if pd.isna(value):
        return Step(label, None, t("status.suppressed", lang))
    share = "" if name == "referred" else say.share_words(read, value, sums["referred"], lang)[0]
    return Step(label, float(value), share)


def _counts(steps: list[Step], lang: str) -> Table:
    columns = [
        Column(t("counselling.col_step", lang)),
        Column(t("counselling.outcome_value", lang), number=True),
    ]
    rows = [(s.label, s.note if s.value is None else numbers.number(s.value)) for s in steps]
    return Table(columns, rows, stacked=False, name="course_funnel")


def _bases(read: Reader, sums: pd.Series, lang: str) -> Table:
    """Each step of those referred, of those who started, and of those who completed, as far as it comes later."""
    rows = []
    for number, name in enumerate(STEPS[1:], 1):
        cells = [
            say.with_limits(say.share_cells(read, sums[name], sums[base], lang))
            if number > STEPS.index(base)
            else "–"
            for base in BASES
        ]
        rows.append((t(f"counselling.step_{name}", lang), *cells))
    columns = [
        *say.heads("counselling.col_", ("step",), lang, words=("step",)),
        *say.heads("counselling.base_", BASES, lang),
    ]
    return Table(columns, rows)
