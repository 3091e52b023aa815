"""Providers and districts on a funnel plot: which differ by more than chance, without a league table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from answers import say, words
from answers.answer import Answer, Column, Figure, Note, Table
from answers.ask import Ask, Choice
from answers.counselling.common import FEWEST, PROGRAMME, SPAN, counselling, span, where
from answers.districts.funnel import COARSER, NEAR, STANDING
from answers.reader import Reader
from answers.registry import question
from answers.verdicts import UNDECIDED, Question, told
from charts.funnel import apart, funnel
from charts.map import line_template
from locales import numbers, t

MEASURES = {
    "start": ("started", "referred"),
    "dropout": ("dropped_out", "ended"),
    "paired": ("paired", "completed"),
    "recovery": ("recovered", "at_caseness"),
}
KEYS = {"provider": "provider_id", "district": "area_code"}
MOST_NAMED = 6
RATE = Choice(
    name="rate",
    options=tuple(MEASURES),
    label="counselling.funnel_measure",
    say="counselling.funnel_",
    width=3.4,
)
UNIT = Choice(
    name="unit",
    options=tuple(KEYS),
    label="counselling.funnel_unit",
    say="counselling.unit_",
    kind="segments",
    width=2.4,
)


# One window and all programmes: of several at this grain some counts could be worked out (decision 17).
YEAR, ALL = replace(SPAN, options=("12",)), replace(PROGRAMME, options=("",))


@question("counselling.providers", choices=(YEAR, ALL, RATE, UNIT), needs=("counselling_case",))
@counselling
def providers(ask: Ask, read: Reader) -> Answer:
    """One measure by provider or district."""
    lang, key, (top, bottom) = ask.lang, KEYS[ask["unit"]], MEASURES[ask["rate"]]
    rows = read.totals("case_course", columns=(top, bottom), keys=(key,), where=where(ask, read))
    whole = read.total("case_course", columns=(top, bottom), where=where(ask, read))
    shown = rows[rows[top].notna() & (rows[bottom] >= FEWEST)]
    if shown.empty or not whole[bottom] or pd.isna(whole[top]):
        return Answer("", ask.t("status.withheld"))
    centre = float(whole[top] / whole[bottom])
    points, curves = _limits(read, ask, shown, top, bottom, centre)
    names = read.district_names(lang)
    points["area_code"] = shown[key].tolist()
    points["label"] = points["short"] = [names.get(code, code) for code in points["area_code"]]
    above, below = (points.loc[points["verdict"] == f"{s}_998", "label"].tolist() for s in ("high", "low"))
    near, unsure = (int(points["verdict"].eq(word).sum()) for word in (NEAR, UNDECIDED))
    said = t(
        "counselling.funnel_sentence" if above or below else "counselling.funnel_none",
        lang,
        n=len(shown) - unsure,
        city=numbers.percent(100 * centre),
        above=words.places(len(above), "and", lang),
        below=words.places(len(below), "stop", lang),
    )
    outside = int(points["verdict"].str.endswith(("_95", "_998")).sum())
    chance = numbers.number(0.05 * len(shown), 1)
    named = ", ".join([*(f"▲ {n}" for n in above[:MOST_NAMED]), *(f"▼ {n}" for n in below[:MOST_NAMED])])
    base, evidence, hidden = ask.t(f"counselling.base_{bottom}"), read.whose, len(rows) - len(shown)
    blocks = (
        Note(ask.t("counselling.funnel_key") + (f" {named}" if named else "")),
        _figure(points, curves, centre, evidence, said, base, lang),
        Note(ask.t("counselling.funnel_hidden", n=hidden, least=FEWEST) if hidden else ""),
        Note(ask.t("counselling.funnel_near", n=near) if near else ""),
        Note(ask.t("counselling.funnel_undecided", n=unsure) if unsure else ""),
        say.figures(lang, (t("figures.yardstick", lang), numbers.percent(100 * centre))),
        say.source(evidence, lang, period=say.span_words(span(ask, read), lang)),
        say.how(lang, "counselling.how_funnel"),
    )
    return Answer("", said, ask.t("counselling.funnel_95", n=outside, expected=chance), blocks)


def _figure(
    points: pd.DataFrame, curves: pd.DataFrame, centre: float, evidence: str, said: str, base: str, lang: str
) -> Figure:
    listed = points.to_dict("records")
    values = [(row["label"], numbers.percent(row["value"], 0), numbers.number(row["n"])) for row in listed]
    hover = np.array(
        [
            [name, f"{value} · {base} {n}", row["area_code"]]
            for (name, value, n), row in zip(values, listed, strict=True)
        ],
        dtype=object,
    )
    height = float(curves["upper_998"].max() - curves["lower_998"].min())
    drawn = points.assign(**apart(points, height=height))
    city = t("chart.city", lang, value=numbers.percent(100 * centre))
    spec = funnel(
        drawn,
        curves,
        target=(100 * centre, city),
        hover=hover,
        template=line_template(t(f"evidence.{evidence}", lang)),
        size_label=base,
        suffix="%",
        lang=lang,
    )
    return Figure("provider_funnel", spec, said, _table(points, values, base, lang))


def _table(points: pd.DataFrame, values: list[tuple[str, str, str]], base: str, lang: str) -> Table:
    """What the plot draws, by name: no ranking."""
    columns = [
        Column(t("counselling.mode_name", lang)),
        Column(t("counselling.outcome_value", lang), number=True),
        Column(base, number=True),
        Column(t("counselling.funnel_limits", lang)),
    ]
    rows = sorted(
        (name, value, n, t(f"counselling.limits_{verdict}", lang))
        for (name, value, n), verdict in zip(values, points["verdict"], strict=True)
    )
    return Table(columns, rows, name="provider_funnel")


def _limits(
    read: Reader, ask: Ask, shown: pd.DataFrame, top: str, bottom: str, centre: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points and limits of the funnel, in percent; where a point stands is worked out from its true counts."""
    from geo import small_area  # scipy.optimize: only when a funnel is asked for
    from geo.rates import standing

    size = shown[bottom].to_numpy(dtype=float)
    grid = np.geomspace(size.min() * 0.6, size.max() * 1.08, 80)
    tops = np.minimum(shown[top].to_numpy(dtype=float), size)
    found = small_area.funnel_limits(tops, size, target=centre, grid=grid)
    key = KEYS[ask["unit"]]
    asked = Question(
        lambda counts: standing(counts[..., 0], counts[..., 1], found),
        (top, bottom),
        (key,),
        apart=True,
        part=True,
        coarser=COARSER,
    )
    raw = read.for_model("case_course", columns=(top, bottom), keys=(key,), where=where(ask, read))
    verdict = told(read, STANDING, asked, raw, shown)
    points = found.areas[["n"]].assign(value=100 * found.areas["value"], verdict=verdict)
    return points, (100 * found.curve).assign(n=found.curve["n"])
