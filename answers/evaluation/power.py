"""What the office's own past lets a comparison detect, before anybody looks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from answers import say
from answers.answer import Answer, Column, How, Note, Table
from answers.ask import Ask, Choice
from answers.evaluation import panels, told
from answers.evaluation.panels import AFTER, MEASURE, TABLES
from answers.kept import kept
from answers.periods import shifted
from answers.reader import Reader
from answers.registry import question
from locales import t
from metrics import registry

if TYPE_CHECKING:
    from answers.evaluation.compared import Detects

DRAWINGS = 120  # made-up pasts: as many as an answer may wait for
STARTING = Choice(
    name="starting",
    options=("4", "8", "12", "16"),
    default="12",
    label="evaluation.starting",
    say=lambda code, lang, read: t("evaluation.starting_n", lang, n=code),
)


@question("evaluation.power", choices=(MEASURE, AFTER, STARTING), needs=TABLES)
def power(ask: Ask, read: Reader) -> Answer:
    """The smallest effect that a start in so many districts next month would show with 80 %, by months after it."""
    lang, metric = ask.lang, registry.get(ask["measure"])
    title, last = t("evaluation.power_title", lang), panels.closed_to(read, metric)
    if last is None:
        return told.cannot("none", title, lang)
    found = at(read, ask["measure"], ask.number("starting"), ask.number("after"), shifted(last, 1))
    if isinstance(found, str):
        return told.cannot(found, title, lang)
    rows = [
        (
            t("evaluation.power_causal", lang),
            _size(found.told, ask["measure"], lang),
            t("evaluation.power_causal_note", lang),
        ),
        (
            t("evaluation.power_apart", lang),
            _size(found.apart, ask["measure"], lang),
            t("evaluation.power_apart_note", lang),
        ),
    ]
    heads = [
        Column(t("evaluation.col_claim", lang)),
        Column(t("evaluation.col_smallest", lang), number=True),
        Column(t("evaluation.col_what", lang)),
    ]
    key = "evaluation.power_said" if math.isfinite(found.told) else "evaluation.power_said_never"
    return Answer(
        title,
        t(
            key,
            lang,
            districts=found.districts,
            starting=ask["starting"],
            n=ask["after"],
            measure=told.name_of(metric, lang),
            size=_size(found.told, ask["measure"], lang),
        ),
        t("evaluation.power_sure", lang, n=found.past, times=DRAWINGS),
        blocks=(
            Table(heads, rows, name="power"),
            say.figures(
                lang,
                (t("figures.eval_districts", lang), str(found.districts)),
                (t("figures.eval_starting", lang), ask["starting"]),
                (t("figures.eval_months", lang), ask["after"]),
                (t("figures.eval_chance", lang), "80%"),
                (t("figures.eval_past", lang), str(found.past)),
                (t("figures.eval_times", lang), str(DRAWINGS)),
            ),
            say.source(read.mark(metric), lang, period=metric.name(lang)),
            Note(t("evaluation.power_note", lang)),
            How(
                paragraphs=(t("evaluation.how_power", lang), t("evaluation.how_rule", lang)),
                note=t("how.release", lang),
            ),
        ),
    )


def _size(value: float, measure: str, lang: str) -> str:
    return (
        told.moved(value, registry.get(measure), lang, sign=False)
        if math.isfinite(value)
        else t("evaluation.never", lang)
    )


@kept
def at(read: Reader, measure: str, starting: int, after: int, month: int) -> Detects | str:
    """What a start in every so-manieth district at a month would let one detect, or the reason why that cannot be said."""
    from answers.evaluation import compared

    codes = panels.districts_of(read)
    chosen = codes[:starting]  # which ones does not matter: districts change places in every drawing
    return compared.detects(read, measure, dict.fromkeys(chosen, month), after, drawings=DRAWINGS)


def said(detects: float | None, measure: str, lang: str) -> str:
    """What a registration said of its power."""
    if detects is None:
        return t("evaluation.not_known", lang)
    return t("evaluation.detects", lang, size=told.moved(detects, registry.get(measure), lang, sign=False))
