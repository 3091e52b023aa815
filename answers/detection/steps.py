"""From households that show signals to those enrolled."""

from __future__ import annotations

from typing import Any

import pandas as pd

from answers import say, summaries
from answers.answer import Answer, Figure, Heading, Note
from answers.ask import Ask
from answers.detection.common import MONTHS, STEPS, detection, span
from answers.empty import LAKE
from answers.reader import Reader
from answers.registry import question
from charts.steps import Step, funnel
from locales import numbers, t

BASES = {"contacted": "flagged", "confirmed": "contacted", "enrolled": "confirmed"}


@question("detection.steps", choices=(MONTHS,), needs=(LAKE, "detection_summary"))
@detection
def steps(ask: Ask, read: Reader) -> Answer:
    """The funnel of flagged households."""
    lang, months = ask.lang, span(ask, read)
    sums = read.total("detection_monthly", columns=STEPS, where={"month_key": months, "signal": 0})
    evidence = read.whose
    missing = summaries.untold(read, "detection_monthly", STEPS, {"month_key": months})
    found = [_step(read, sums, name, missing, lang) for name in STEPS]
    alt = " · ".join(
        f"{s.label} {(s.note or say.count_words(float('nan'), lang)) if s.value is None else numbers.number(s.value)}"
        for s in found
    )
    return Answer(
        "",
        _sentence(read, sums, missing, lang),
        blocks=(
            Heading(t("detection.steps", lang)),
            _shown(read, {"month_key": months}, lang),
            *summaries.needs(read, "detection_monthly", STEPS, {"month_key": months}, LAKE, lang),
            Figure(
                "detection_funnel",
                funnel(found, caption=t(f"evidence.{evidence}", lang)),
                alt,
                say.steps_table(
                    read,
                    [_counts(sums, name, lang) for name in STEPS],
                    lang,
                    [t(f"detection.step_{n}", lang) for n in missing],
                ),
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


def _shown(read: Reader, where: dict[str, Any], lang: str) -> Note:
    """How many households showed a signal at all, which only the lake tells."""
    if not read.has("detection_count", where):
        return Note(t("summary.needs_lake", lang))
    shown = read.total("detection_count", columns=("households",), where=where)["households"]
    return Note(t("detection.shown_note", lang, n=say.counted(shown, lang, "households")))


def _sentence(read: Reader, sums: pd.Series, missing: frozenset[str], lang: str) -> str:
    """Every step with its count and its share of the step before, as far as records tell them."""
    counts = {name: say.counted(sums[name], lang, "households") for name in STEPS}
    shares = {name: say.share_words(read, sums[name], sums[base], lang) for name, base in BASES.items()}
    if "contacted" in missing:
        return t("detection.steps_sentence_flagged", lang, flagged=counts["flagged"])
    if missing:
        share, interval = shares["contacted"]
        told = {name: counts[name] for name in ("flagged", "contacted")}
        return t("detection.steps_sentence_contacted", lang, **told, share=share, interval=interval)
    return t(
        "detection.steps_sentence",
        lang,
        **counts,
        interval=shares["confirmed"][1],
        **{f"{name}_share": value for name, (value, _) in shares.items()},
    )


def _step(read: Reader, sums: pd.Series, name: str, missing: frozenset[str], lang: str) -> Step:
    """One step with its share of the step before."""
    base = BASES.get(name)
    value = None if pd.isna(sums[name]) else float(sums[name])
    label = t(f"detection.step_{name}", lang)
    if name in missing:
        return Step(label, None, t("summary.not_told", lang))
    if base is None:
        return Step(label, value, "")
    of = t("hotline.of", lang, base=t(f"detection.step_{base}", lang))
    return Step(label, value, say.share_words(read, sums[name], sums[base], lang)[0], detail=of)
