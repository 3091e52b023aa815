"""From households that show signals to those enrolled."""

from __future__ import annotations

import pandas as pd

from answers import say
from answers.answer import Answer, Figure, Heading, Note
from answers.ask import Ask
from answers.detection.common import MONTHS, STEPS, detection, span
from answers.empty import LAKE
from answers.reader import Reader
from answers.registry import question
from charts.steps import Step, funnel
from locales import t

BASES = {"contacted": "flagged", "confirmed": "contacted", "enrolled": "confirmed"}


@question("detection.steps", choices=(MONTHS,), needs=(LAKE,))
@detection
def steps(ask: Ask, read: Reader) -> Answer:
    """The funnel of flagged households."""
    lang, months = ask.lang, span(ask, read)
    sums = read.total("detection_monthly", columns=STEPS, where={"month_key": months, "signal": 0})
    shown = read.total("detection_count", columns=("households",), where={"month_key": months})["households"]
    evidence = read.whose
    found = [_step(read, sums, name, lang) for name in STEPS]
    alt = " · ".join(
        f"{s.label} {say.count_words(float('nan') if s.value is None else s.value, lang)}" for s in found
    )
    return Answer(
        "",
        _sentence(read, sums, lang),
        blocks=(
            Heading(t("detection.steps", lang)),
            Note(t("detection.shown_note", lang, n=say.counted(shown, lang, "households"))),
            Figure(
                "detection_funnel",
                funnel(found, caption=t(f"evidence.{evidence}", lang)),
                alt,
                say.steps_table(read, [_counts(sums, name, lang) for name in STEPS], lang),
            ),
            say.source(evidence, lang, period=say.span_words(months, lang)),
            say.how(lang, "detection.how_steps"),
        ),
        period=say.span_words(months, lang),
    )


def _counts(sums: pd.Series, name: str, lang: str) -> tuple[str, float, str, float]:
    base = BASES.get(name, "")
    of = t(f"detection.step_{base}", lang) if base else ""
    return t(f"detection.step_{name}", lang), sums[name], of, sums[base] if base else float("nan")


def _sentence(read: Reader, sums: pd.Series, lang: str) -> str:
    """Every step with its count and its share of the step before."""
    counts = {name: say.counted(sums[name], lang, "households") for name in STEPS}
    shares = {name: say.share_words(read, sums[name], sums[base], lang) for name, base in BASES.items()}
    return t(
        "detection.steps_sentence",
        lang,
        **counts,
        interval=shares["confirmed"][1],
        **{f"{name}_share": value for name, (value, _) in shares.items()},
    )


def _step(read: Reader, sums: pd.Series, name: str, lang: str) -> Step:
    """One step with its share of the step before."""
    base = BASES.get(name)
    value = None if pd.isna(sums[name]) else float(sums[name])
    label = t(f"detection.step_{name}", lang)
    if base is None:
        return Step(label, value, "")
    of = t("hotline.of", lang, base=t(f"detection.step_{base}", lang))
    return Step(label, value, say.share_words(read, sums[name], sums[base], lang)[0], detail=of)
