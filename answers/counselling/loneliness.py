"""Change on the loneliness scale: reliable change, no cut-off, and where its reliability comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Block, Control, Note, Table
from answers.ask import Ask, Choice
from answers.counselling.common import FEWEST, span
from answers.reader import Reader, Rule
from data import queries
from data.codes import label
from locales import numbers, t
from metrics.counselling import reliability_interval, smallest_reliable, spread

INSTRUMENT = "UCLA-20"
RELIABILITY = Choice(
    name="reliability",
    kind="number",
    low=50,
    high=99,
    default="90",
    decimals=2,
    label="counselling.reliability",
    place="inline",
    when=lambda read, codes: measured(read) is None,
)
SPREAD = Rule(
    "spread of first scores", "a standard deviation and a correlation of 30 pairs of scores or more"
)
CHANGE = Rule("reliable change", "counts of courses, which are rounded at once")


def measured(read: Reader) -> dict[str, Any] | None:
    """The newest usable reliability on record."""
    rows = read.rows(queries.reliabilities)
    usable = rows[
        (rows["instrument"] == INSTRUMENT) & rows["value"].between(0.01, 0.99) & (rows["people"] >= FEWEST)
    ]
    return None if usable.empty else usable.iloc[0].to_dict()


@dataclass(frozen=True)
class Scores:
    """Of first scores: their standard deviation, and their correlation with last ones."""

    sd: float
    stability: float


def _scores(pairs: pd.DataFrame) -> Scores | None:
    return None if pairs.empty or pairs["cases"].sum() < FEWEST else Scores(*spread(pairs))


def _changed(pairs: pd.DataFrame, needed: float) -> list[float]:
    """All courses, and those that fell, stayed and rose as far as the measurement can tell."""
    fall, cases = pairs["first"] - pairs["last"], pairs["cases"]
    counts = (
        cases.sum(),
        cases[fall > needed].sum(),
        cases[fall.abs() <= needed].sum(),
        cases[fall < -needed].sum(),
    )
    return [float(n) for n in counts]


def blocks(ask: Ask, read: Reader) -> list[Block]:
    """Reliable change with our own spread and the reliability on record, or an assumed one while there is none."""
    lang = ask.lang
    pairs = read.for_model(
        "score_pair",
        columns=("cases",),
        keys=("first", "last"),
        where={"month_key": span(ask, read), "instrument": INSTRUMENT},
    )
    scores = read.judged(SPREAD, _scores, pairs)
    if scores is None:
        return [Note(t("status.withheld", lang))]
    row = measured(read)
    reliability = ask.number("reliability") / 100 if row is None else float(row["value"])
    needed = smallest_reliable(scores.sd, reliability)
    every, *changed = read.protected(read.judged(CHANGE, _changed, pairs, needed))
    rows = [
        (t(f"counselling.change_{name}", lang), *say.share_cells(read, count, every, lang))
        for name, count in zip(("better", "same", "worse"), changed, strict=True)
    ]
    columns = say.heads("counselling.outcome_", ("name", "value", "interval"), lang, words=("name",))
    stability = numbers.number(scores.stability, 2)
    return [
        *(_assumed(scores, reliability, lang) if row is None else _recorded(row, scores.sd, lang)),
        Table(columns, rows),
        Note(t("counselling.loneliness_note", lang, r=stability)),
    ]


def _assumed(scores: Scores, reliability: float, lang: str) -> list[Block]:
    points = numbers.number(smallest_reliable(scores.sd, reliability), 1)
    return [
        Control("reliability"),
        Note(t("counselling.reliability_help", lang, r=numbers.number(scores.stability, 2))),
        Note(
            t(
                "counselling.loneliness_sentence",
                lang,
                sd=numbers.number(scores.sd, 1),
                r=numbers.number(reliability, 2),
                points=points,
            )
        ),
    ]


def _recorded(row: dict[str, Any], sd: float, lang: str) -> list[Block]:
    """The reliability on record with its method, people, limits, date and author, and what it asks of a change."""
    value = float(row["value"])
    items = None if pd.isna(row["items"]) else int(row["items"])
    low, high = reliability_interval(value, method=row["method"], people=int(row["people"]), items=items)
    limits, widest = "–", "–"
    if not np.isnan(low):
        limits = f"{numbers.number(low, 2)}–{numbers.number(high, 2)}"
        widest = "–".join(numbers.number(smallest_reliable(sd, r), 1) for r in (high, low))
    source = say.half(row["source"], lang) or t("counselling.no_source", lang)
    said = t(
        "counselling.reliability_measured",
        lang,
        sd=numbers.number(sd, 1),
        r=numbers.number(value, 2),
        limits=limits,
        method=label("reliability_method", row["method"], lang),
        n=numbers.number(row["people"]),
        day=numbers.day(row["measured_on"], lang),
        author=say.half(row["author"], lang),
        source=source,
        points=numbers.number(smallest_reliable(sd, value), 1),
        range=widest,
    )
    return [Note(said)]
