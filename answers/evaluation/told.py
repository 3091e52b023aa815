"""How a comparison is told: a causal word only where the rule gives one, else words of association, with what speaks for and against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from answers import say
from answers.answer import Answer, Banner, Block, Column, Figure, Heading, How, Note, Table
from answers.reader import Reader
from charts import series
from locales import numbers, t
from metrics.spec import Metric

if TYPE_CHECKING:  # what fits models is imported where an answer is made
    from answers.evaluation.compared import Shown
    from evaluation.verdict import Verdict


def moved(value: float, metric: Metric, lang: str, *, sign: bool = True) -> str:
    """A difference of a measure in words: percentage points, or its own unit."""
    if not math.isfinite(value):
        return "–"
    figure = numbers.signed(value, 1, plus=True) if sign else numbers.number(abs(value), 1)
    return t(f"evaluation.unit_{metric.unit}", lang, n=figure)


def limits(lower: float, upper: float, metric: Metric, lang: str) -> str:
    """Limits of a difference in words."""
    return t("evaluation.limits", lang, lower=moved(lower, metric, lang), upper=moved(upper, metric, lang))


def between(lower: float, upper: float, metric: Metric, lang: str) -> str:
    """The same where a header says what they are."""
    return t("evaluation.between", lang, lower=moved(lower, metric, lang), upper=moved(upper, metric, lang))


def name_of(metric: Metric, lang: str) -> str:
    """A measure's name within a sentence."""
    name = metric.name(lang)
    return name if lang == "ko" else name[:1].lower() + name[1:]


def sentence(
    found: Shown,
    verdict: Verdict,
    metric: Metric,
    lang: str,
    *,
    what: str,
    after: int,
    smallest: float | None = None,
) -> str:
    """The result in one sentence: what the rule allows to be said of it.

    Args:
        what: what started, in words. smallest: the effect that matters, where one was registered.
    """
    side = "lower" if found.evidence.effect < 0 else "higher"
    key = f"evaluation.said_{verdict.word}"
    if verdict.word == "exploratory":
        told = not found.evidence.lower <= 0 <= found.evidence.upper
        key = f"evaluation.said_{'exploratory' if told else 'exploratory_none'}"
    text = t(
        key,
        lang,
        what=what,
        measure=name_of(metric, lang),
        n=after,
        size=moved(found.evidence.effect, metric, lang, sign=False),
        side=t(f"evaluation.{side}", lang),
        limits=limits(found.evidence.lower, found.evidence.upper, metric, lang),
        design=t(f"evaluation.design_{found.design}", lang),
        wanting=", ".join(t(f"evaluation.check_{name}", lang) for name in verdict.wanting),
    )
    if smallest is None or verdict.word != "causal":
        return text
    near = min(abs(found.evidence.lower), abs(found.evidence.upper))
    matters = (
        "surely" if near >= smallest else "perhaps" if abs(found.evidence.effect) >= smallest else "hardly"
    )
    return f"{text} {t(f'evaluation.matters_{matters}', lang, smallest=moved(smallest, metric, lang, sign=False))}"


def sure(found: Shown, lang: str) -> str:
    """What it rests on, in a quieter sentence."""
    parts = [t(f"evaluation.sure_{found.design}", lang, started=found.started, compared=found.compared)]
    if found.left_out:
        parts.append(t("evaluation.left_out", lang, n=found.left_out))
    if found.earlier:
        parts.append(t("evaluation.earlier", lang, n=found.earlier))
    return " ".join(parts)


def blocks(
    read: Reader, found: Shown, verdict: Verdict, metric: Metric, lang: str, *, after: int, start: int = 0
) -> list[Block]:
    """Chart, checks, other ways and what else could have done it."""
    return [
        _figure(read, found, metric, lang, after=after, start=start),
        *_source(read, metric, lang),
        *_warning(found, metric, lang),
        Heading(t("evaluation.checks", lang)),
        _checks(found, metric, lang),
        *_else(found, metric, lang),
        say.figures(
            lang,
            (t("figures.eval_started", lang), str(found.started)),
            (t("figures.eval_compared", lang), str(found.compared)),
            (t("figures.eval_left_out", lang), str(found.left_out or "")),
            (t("figures.eval_earlier", lang), str(found.earlier or "")),
        ),
        How(
            paragraphs=(
                t("evaluation.how_rule", lang),
                t(f"evaluation.how_{found.design}", lang),
                t("evaluation.how_checks", lang),
            ),
            note=t("how.release", lang),
        ),
    ]


def _source(read: Reader, metric: Metric, lang: str) -> list[Block]:
    return [say.source(read.mark(metric), lang, period=metric.name(lang))]


def _figure(read: Reader, found: Shown, metric: Metric, lang: str, *, after: int, start: int) -> Figure:
    caption = t(f"evidence.{read.mark(metric)}", lang)
    suffix = "%" if metric.unit == "percent" else ""
    if found.design == "rollout":
        when = [t("evaluation.months_since", lang, n=numbers.signed(e, plus=True)) for e in found.at]
        told = [moved(v, metric, lang) for v in found.curve]
        hover = [
            f"{w}\n\ue000{v}\ue001\n{limits(lo, hi, metric, lang)}"
            for w, v, lo, hi in zip(when, told, found.lower, found.upper, strict=True)
        ]
        spec = series.lines(
            list(found.at),
            [series.Line(t("evaluation.difference", lang), list(found.curve), hover)],
            caption=caption,
            band=(found.lower, found.upper),
            x_title=t("evaluation.axis_since", lang),
            suffix="%p" if metric.unit == "percent" and lang == "ko" else "",
        )
        spec["layout"]["shapes"] = [*spec["layout"].get("shapes", ()), *_marks()]
        heads = [
            Column(t("evaluation.axis_since", lang), number=True),
            Column(t("evaluation.difference", lang), number=True),
            Column(t("evaluation.band", lang), number=True),
        ]
        rows = [
            (numbers.signed(e, plus=True), v, between(lo, hi, metric, lang))
            for e, v, lo, hi in zip(found.at, told, found.lower, found.upper, strict=True)
        ]
        alt = t("evaluation.alt_rollout", lang, measure=metric.name(lang), n=after)
        return Figure("evaluation_curve", spec, alt, Table(heads, rows, name="event_study"))
    if found.design == "synthetic":
        return _windows(found, metric, lang, caption=caption, after=after)
    names = (t("evaluation.seen", lang), t("evaluation.without_series", lang))
    drawn = []
    for name, values in zip(names, (found.curve, found.other), strict=True):
        hover = [
            f"{numbers.month(m, lang)}\n{name} \ue000{numbers.value(v, metric.unit, lang)}\ue001"
            for m, v in zip(found.at, values, strict=True)
        ]
        drawn.append(series.Line(name, list(values), hover))
    spec = series.lines(
        series.month_starts(found.at),
        drawn,
        caption=caption,
        kind="date",
        tick=t("services.tick_month", lang),
        suffix=suffix,
        zero=False,
    )
    return Figure(
        "evaluation_curve",
        spec,
        t("evaluation.alt_series", lang, measure=metric.name(lang), month=numbers.month(start, lang)),
    )


def _windows(found: Shown, metric: Metric, lang: str, *, caption: str, after: int) -> Figure:
    """One district: its difference from the mix, by windows as long as the one after the start."""
    name = t("evaluation.difference", lang)
    when = [t("evaluation.window_from", lang, first=numbers.signed(e, plus=True), n=after) for e in found.at]
    told = [moved(v, metric, lang) for v in found.curve]
    hover = [f"{w}\n\ue000{v}\ue001" for w, v in zip(when, told, strict=True)]
    spec = series.lines(
        list(found.at),
        [series.Line(name, list(found.curve), hover)],
        caption=caption,
        x_title=t("evaluation.axis_window", lang),
        suffix="%p" if metric.unit == "percent" and lang == "ko" else "",
    )
    spec["layout"]["shapes"] = [*spec["layout"].get("shapes", ()), _marks()[0]]
    heads = [Column(t("evaluation.axis_window", lang)), Column(name, number=True)]
    table = Table(heads, list(zip(when, told, strict=True)), name="windows")
    return Figure(
        "evaluation_curve", spec, t("evaluation.alt_windows", lang, measure=name_of(metric, lang)), table
    )


def _marks() -> list[dict[str, object]]:
    """No difference, and the start."""
    line = {"color": "@muted", "width": 1}
    return [
        {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0, "y1": 0, "line": line},
        {
            "type": "line",
            "x0": -0.5,
            "x1": -0.5,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {**line, "dash": "dot"},
        },
    ]


def _warning(found: Shown, metric: Metric, lang: str) -> list[Block]:
    share = found.facts.get("forbidden", 0.0)
    if not share > 0:
        return []
    text = t(
        "evaluation.bacon",
        lang,
        share=numbers.percent(share * 100, 0),
        naive=moved(found.facts["two_way"], metric, lang),
        ours=moved(found.evidence.effect, metric, lang),
    )
    return [Banner(text, "warning")]


def _checks(found: Shown, metric: Metric, lang: str) -> Table:
    from evaluation.rollout import SIZE
    from evaluation.verdict import CHECKS

    rows = []
    nothing = found.evidence.lower <= 0 <= found.evidence.upper
    for name in CHECKS:
        passed = found.evidence.checks[name]
        state = {True: "passed", False: "failed", None: "cannot"}[passed]
        if nothing and passed is False and name != "pre_trends":
            state = "nothing"  # there is no difference that could have passed
        words = {
            "share": _percent(found.facts.get("placebo")),
            "robust": limits(found.facts["robust_lower"], found.facts["robust_upper"], metric, lang)
            if "robust_lower" in found.facts
            else "",
            "size": numbers.number(SIZE, 1),
            "breakdown": numbers.number(found.facts.get("breakdown", 0.0), 1),
            "step": moved(found.facts.get("step", 0.0), metric, lang, sign=False),
        }
        rows.append(
            (
                t(f"evaluation.check_{name}", lang),
                t(f"evaluation.{found.design}_{name}", lang, **words),
                t(f"evaluation.{state}", lang),
            )
        )
    heads = [Column(t(f"evaluation.col_{name}", lang)) for name in ("check", "shows", "state")]
    return Table(heads, rows, name="checks")


def _percent(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else numbers.percent(value * 100, 1)


def _else(found: Shown, metric: Metric, lang: str) -> list[Block]:
    """Other estimates, regression to the mean, and what something unmeasured would need."""
    facts, rows = found.facts, []
    if "simple" in facts:
        rows.append(
            (
                t("evaluation.other_simple", lang),
                moved(facts["simple"], metric, lang),
                between(facts["simple_lower"], facts["simple_upper"], metric, lang),
            )
        )
        rows.append((t("evaluation.other_two_way", lang), moved(facts["two_way"], metric, lang), ""))
        rows.append((t("evaluation.other_back", lang), moved(facts["back"], metric, lang), ""))
    if math.isfinite(facts.get("e_value", float("nan"))):
        rows.append(
            (
                t("evaluation.other_e", lang),
                numbers.number(facts["e_value"], 2),
                t("evaluation.e_limit", lang, n=numbers.number(facts["e_limit"], 2)),
            )
        )
    if not rows:
        return []
    heads = [
        Column(t("evaluation.col_way", lang)),
        Column(t("evaluation.col_figure", lang), number=True),
        Column(t("evaluation.col_limits", lang), number=True),
    ]
    notes = (
        [
            Note(
                t(
                    "evaluation.back_note",
                    lang,
                    apart=moved(facts["apart"], metric, lang),
                    back=moved(facts["back"], metric, lang),
                )
            )
        ]
        if "back" in facts
        else []
    )
    return [Heading(t("evaluation.others", lang)), Table(heads, rows, name="other_ways"), *notes]


def cannot(reason: str, title: str, lang: str, *more: Block) -> Answer:
    """An answer where the records do not carry the comparison, with what would."""
    return Answer(title, t(f"evaluation.cannot_{reason}", lang), blocks=more)
