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

LAST = "followed_up"  # is told by other records than the steps before
STEPS = ("referred", "started", "second", "completed", "reached_8", LAST)
BASES = ("referred", "started", "completed")


@question("counselling.cascade", choices=(SPAN, PROGRAMME), needs=("counselling_case",))
@counselling
def cascade(ask: Ask, read: Reader) -> Answer:
    """The steps of the cohorts referred in the period."""
    lang = ask.lang
    sums = read.total("case_course", columns=(*STEPS[:-1], "ended"), where=where(ask, read))
    after = _after(ask, read)
    evidence = read.whose
    started, interval = say.share_words(read, sums["started"], sums["referred"], lang)
    done, _ = say.share_words(read, sums["completed"], sums["referred"], lang)
    steps = [*(_step(read, sums, name, lang) for name in STEPS[:-1]), _last(read, sums, after, lang)]
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
        _bases(read, sums, after, lang),
        *_told(sums, after, lang),
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


def _after(ask: Ask, read: Reader) -> pd.Series | None:
    """Who was followed up, and of whom: cases of the districts and months whose follow-ups are on record; None where none are."""
    if not read.records("case_course", LAST, where(ask, read)):
        return None
    return read.total("case_course", columns=(*BASES, LAST), where=where(ask, read))


def _of_all(sums: pd.Series, after: pd.Series) -> bool:
    """Whether follow-ups are on record of everybody whom the other steps count."""
    return bool(sums[list(BASES)].equals(after[list(BASES)]))


def _last(read: Reader, sums: pd.Series, after: pd.Series | None, lang: str) -> Step:
    """The step of follow-ups: without a bar where they are on record of nobody, or of a part of those before."""
    label = t(f"counselling.step_{LAST}", lang)
    if after is None:
        return Step(label, None, t("counselling.not_recorded", lang))
    if _of_all(sums, after):
        return _step(read, after, LAST, lang)
    share = say.share_words(read, after[LAST], after["referred"], lang)[0]
    of = say.counted(after["referred"], lang, "cases")
    return Step(label, None, t("counselling.of_recorded", lang, share=share, n=of))


def _told(sums: pd.Series, after: pd.Series | None, lang: str) -> list[Note]:
    """Of whom follow-ups are on record, where not of everybody."""
    if after is None:
        return [Note(t("counselling.followed_none", lang))]
    if _of_all(sums, after):
        return []
    bases = {name: say.counted(after[name], lang, "cases") for name in ("referred", "completed")}
    return [Note(t("counselling.followed_part", lang, **bases)), Note(t("counselling.followed_none", lang))]


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


def _bases(read: Reader, sums: pd.Series, after: pd.Series | None, lang: str) -> Table:
    """Each step of those referred, of those who started, and of those who completed, as far as it comes later."""
    rows: list[tuple[str, ...]] = []
    for number, name in enumerate(STEPS[1:], 1):
        of = after if name == LAST else sums
        if of is None:
            unknown = t("counselling.not_recorded", lang)
            rows.append((t(f"counselling.step_{name}", lang), *[unknown] * len(BASES)))
            continue
        cells = [
            say.with_limits(say.share_cells(read, of[name], of[base], lang))
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
