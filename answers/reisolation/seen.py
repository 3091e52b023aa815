"""What has been seen so far: the curve, cohorts by quarter of leaving, bounds for people not seen again, and what cannot be known yet."""

from __future__ import annotations

from typing import Any

import numpy as np

from answers import say
from answers.answer import Answer, Block, Column, Figure, Heading, Note, Table
from answers.ask import Ask
from answers.facts import named, published_table
from answers.reader import Reader
from answers.registry import question
from answers.reisolation.common import cannot_know, how, reisolation, source_line
from answers.reisolation.source import Register
from charts import series
from forecast.reisolation import cohort
from forecast.reisolation.states import FEW_AT_RISK
from locales import numbers, t

HALF_WIDTH = 0.03  # how well a share has to be known


@question("reisolation.seen", needs=("spell",))
@reisolation
def seen(ask: Ask, read: Reader, found: Register) -> Answer:
    """The curve with its limits, then fixed horizons, cohorts, and limits of knowledge."""
    return Answer(
        "",
        sentence(read, found, ask.lang),
        t("reisolation.seen_sure", ask.lang),
        blocks=blocks(read, found, ask.lang),
    )


def blocks(read: Reader, found: Register, lang: str) -> list[Block]:
    """All beneath the sentence; a forecast that is withheld has it in its place."""
    facts = read.facts("reisolation")
    rules = found.rules
    text = t(
        "reisolation.how_seen", lang, gap=rules.gap_days, confirm=rules.confirm_days, version=rules.version
    )
    return [
        *cannot_know(read, found, lang),
        *_curve(read, found, lang),
        say.figures(
            lang,
            *((t(f"figures.followed_{name}", lang), v) for name, v in _followed(read, found, lang).items()),
        ),
        Heading(t("reisolation.horizons", lang)),
        Note(t("reisolation.horizons_note", lang)),
        _horizons(read, found, lang),
        Heading(t("reisolation.triangle", lang)),
        Note(t("reisolation.triangle_note", lang)),
        _triangle(read, found, lang),
        Heading(t("reisolation.anchors_title", lang)),
        Note(t("reisolation.anchors_note", lang)),
        published_table(facts[facts["fact_id"].isin(named("reisolation")["anchors"])], lang),
        source_line(read, found, lang),
        how(found, lang, t("reisolation.seen_how_title", lang), text),
    ]


def sentence(read: Reader, found: Register, lang: str) -> str:
    """How many left isolation, came back and were lost from sight, and for how long anybody was followed."""
    limits = found.limits
    if not limits.exits:
        return t("reisolation.nobody", lang)
    return t("reisolation.seen", lang, **_followed(read, found, lang))


def _followed(read: Reader, found: Register, lang: str) -> dict[str, str]:
    limits = found.limits
    counts = read.protected([limits.exits, limits.events, limits.lost])
    said = dict(zip(("left", "back", "lost"), (say.counted(v, lang, "people") for v in counts), strict=True))
    return said | {"months": numbers.number(limits.longest_months)}


def _curve(read: Reader, found: Register, lang: str) -> list[Block]:
    x, value, low, high = points(read, found, every=1)
    if not x:
        return []
    hover = [
        t(
            "reisolation.seen_hover",
            lang,
            months=numbers.number(m),
            share=numbers.percent(v, 0),
            limits=numbers.limits(lo, hi, "percent", digits=0),
        )
        for m, v, lo, hi in zip(x, value, low, high, strict=True)
    ]
    figure = series.lines(
        x,
        [series.Line(t("reisolation.number_first_incidence", lang), value, hover)],
        band=(low, high),
        caption=t(f"evidence.{found.evidence}", lang),
        suffix="%",
        height=300,
        x_title=t("reisolation.axis_left", lang),
    )
    return [
        Figure("reisolation_curve", figure, sentence(read, found, lang)),
        *few_said(found, int(x[-1]), lang),
    ]


def few_said(found: Register, last: int, lang: str) -> list[Block]:
    """From which month on fewer than five people at risk stand behind the curve, which is drawn to `last` whatever they are."""
    curve = found.curve
    if curve is None or not curve.few.any():
        return []
    month = numbers.number(np.ceil(curve.times[int(np.argmax(curve.few))]))
    return [Note(t("reisolation.seen_few", lang, month=month, few=FEW_AT_RISK, last=last))]


def points(
    read: Reader, found: Register, *, every: int = 3
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Months, and the share come back by then with limits in whole percent; nothing below ten events or twenty at risk."""
    if found.curve is None:
        return [], [], [], []
    x: list[float] = []
    rows: list[tuple[float, float, float]] = []
    last = int(found.model.last_clock) if found.model else int(found.limits.longest_months)
    for month in range(every, last + 1, every):
        if np.searchsorted(found.returns, month, side="right") >= read.smallest:
            p, low, high = found.curve.at(month, "reisolated")
            x.append(month)
            rows.append((np.floor(100 * p + 0.5), np.floor(100 * low), np.ceil(100 * high)))
    value, low_, high_ = (list(map(float, v)) for v in zip(*rows, strict=True)) if rows else ([], [], [])
    return x, value, low_, high_


def _horizons(read: Reader, found: Register, lang: str) -> Table:
    body = [_horizon(read, row, lang) for row in found.horizons.to_dict("records")]
    names = ("horizon", "rate", "interval", "exits", "bounds", "sample")
    return Table(say.heads("reisolation.col_", names, lang, words=("horizon", "sample")), body)


def _horizon(read: Reader, row: dict[Any, Any], lang: str) -> tuple[str, ...]:
    months = t("reisolation.months_n", lang, n=row["horizon_months"])
    if row["status"] != "ok":
        return months, t("reisolation.immature", lang), "", "", "", ""
    events, exits = read.protected([row["events"], row["exits"]])
    value, interval = say.share_cells(read, events, exits, lang)
    low, high = np.floor(100 * row["bound_low"]), np.ceil(100 * row["bound_high"])
    bounds = numbers.limits(low, high, "percent", digits=0) if interval else ""
    return months, value, interval, say.counted(exits, lang, "people"), bounds, _sample(read, row, lang)


def _sample(read: Reader, row: dict[Any, Any], lang: str) -> str:
    """How many of the people not seen again would have to be traced."""
    needed = cohort.follow_up_sample(int(row["unknown"]), int(row["exits"]), HALF_WIDTH)
    width = numbers.percent(100 * HALF_WIDTH, 0)
    if not needed:
        return t("reisolation.sample_none", lang)
    if needed < read.smallest:
        return t("reisolation.sample_few", lang, width=width)
    return t("reisolation.sample", lang, n=numbers.number(5 * np.ceil(needed / 5)), width=width)


def _triangle(read: Reader, found: Register, lang: str) -> Block:
    """Quarters of leaving by horizon; what is not mature is blank, never 0."""
    horizons = [h for h in found.rules.horizons_months if h in found.limits.mature]
    if not horizons:
        return Note(t("reisolation.triangle_none", lang))
    columns = [
        Column(t("reisolation.col_quarter", lang)),
        Column(t("reisolation.col_left", lang), number=True),
        *(Column(t("reisolation.months_n", lang, n=h), number=True) for h in horizons),
    ]
    rows = []
    for quarter, part in found.triangle.groupby("period", sort=True):
        by = {row["horizon_months"]: row for row in part.to_dict("records")}
        left = say.count_words(read.one(part["left"].iloc[0]), lang)
        rows.append((quarter_words(str(quarter), lang), left, *(_cell(read, by[h], lang) for h in horizons)))
    return Table(columns, rows)


def _cell(read: Reader, row: dict[Any, Any], lang: str) -> str:
    if row["status"] != "ok":
        return ""
    events, exits = read.protected([row["events"], row["exits"]])
    value, interval = say.share_cells(read, events, exits, lang)
    return f"{value} ({interval})" if interval else value


def quarter_words(label: str, lang: str) -> str:
    """'2024Q3' as people say it."""
    year, quarter = label.split("Q")
    return t("reisolation.quarter", lang, year=year, quarter=quarter)
