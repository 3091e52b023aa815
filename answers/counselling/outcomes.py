"""What scores say at the end: the recovery family with its gate, loneliness by reliable change, bulk closures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from answers import periods, say
from answers.answer import Answer, Beside, Block, Figure, Heading, Lead, Note, Table
from answers.ask import Ask
from answers.counselling import loneliness
from answers.counselling.common import PROGRAMME, SPAN, always, counselling, span, where
from answers.gate import CLOSED, gate
from answers.reader import Reader, Rule
from answers.registry import question
from answers.verdicts import UNDECIDED, Question, told
from charts.intervals import interval_dots
from data import queries
from locales import numbers, t
from metrics import spc
from metrics.counselling import bulk_closures

# Outcome -> its count and its denominator.
FAMILY = (
    ("recovery", "recovered", "at_caseness"),
    ("reliable_improvement", "reliably_improved", "completed"),
    ("reliable_recovery", "reliably_recovered", "at_caseness"),
    ("reliable_deterioration", "reliably_deteriorated", "completed"),
)
TOPS = tuple(top for _, top, _ in FAMILY)
BULK_COLUMNS = ("ended", "paired", "completed")
BULK = Rule(
    "bulk closures",
    "by month whether closures lie above and paired scores below their limits: words that leave every count five values",
    words=True,
)


@question(
    "counselling.outcomes",
    choices=(SPAN, PROGRAMME, loneliness.RELIABILITY),
    needs=("counselling_case", "counselling_summary"),
)
@counselling
def outcomes(ask: Ask, read: Reader) -> Answer:
    """Outcomes with Wilson limits; greyed while too few scores are paired."""
    lang, asked, months = ask.lang, where(ask, read), say.span_words(span(ask, read), ask.lang)
    sums = read.total("outcome_monthly", columns=("completed", "paired", "at_caseness", *TOPS), where=asked)
    paired, interval = say.share_words(read, sums["paired"], sums["completed"], lang)
    passed = gate(read, span(ask, read), ask["programme"])
    gated = passed.word == CLOSED
    recovery = say.share_said(read, sums["recovered"], sums["at_caseness"], lang)
    before, last = _year(ask, read, 1), periods.closed(read.end("counselling_case")) // 100 - 1
    carried = _carried(ask, read, sums)
    left = (
        Heading(ask.t("counselling.family")),
        Note(ask.t("counselling.ended_note", span=months)),
        *([] if gated else _against(ask, read, before)),
        _chart(read, sums, before, last, lang, gated=gated),
        *([Heading(ask.t("counselling.carried"), 3), *carried] if carried else []),
        Heading(ask.t("counselling.cohort"), 3),
        *_cohort(ask, read, months, gated=gated),
        Note(ask.t("counselling.no_control")),
        say.source(read.whose, lang, period=months),
    )
    right = (
        Heading(ask.t("counselling.loneliness")),
        Note(ask.t("counselling.loneliness_all")),
        *loneliness.blocks(ask, read),
    )
    key = f"counselling.gate_{'month' if gated and passed.whole != CLOSED else passed.word}"
    blocks = (
        Beside((left, right), (6, 5)),
        Heading(ask.t("counselling.bulk")),
        *_bulk(ask, read),
        say.how(
            lang,
            "counselling.how_outcomes",
            *(() if carried else ("counselling.carried_same",)),
            "counselling.how_bulk",
        ),
    )
    return Answer("", ask.t(key, paired=paired, interval=interval, recovery=recovery), blocks=blocks)


def _year(ask: Ask, read: Reader, back: int) -> pd.Series | None:
    """The sums of a calendar year, or of what is over of it; None where nothing is on record. `back` 0 is the running one."""
    end = periods.closed(read.end("counselling_case"))
    year = end // 100 - back
    asked = {"month_key": queries.Span(100 * year + 1, 100 * year + 12 if back else end)} | always(ask)
    if not read.has("outcome_monthly", asked):
        return None
    return read.total("outcome_monthly", columns=("completed", "paired", "at_caseness", *TOPS), where=asked)


def _against(ask: Ask, read: Reader, before: pd.Series | None) -> list[Block]:
    """Recovery of the year so far against last year's: a difference only where no interval touches the other."""
    these = _year(ask, read, 0)
    if before is None or these is None:
        return []
    now, then = (read.share(s["recovered"], s["at_caseness"]) for s in (these, before))
    if np.isnan(now[0]) or np.isnan(then[0]):
        return []
    side = "up" if now[1] > then[2] else "down" if now[2] < then[1] else "same"
    said = [say.share_said(read, s["recovered"], s["at_caseness"], ask.lang) for s in (before, these)]
    end = periods.closed(read.end("counselling_case"))
    words = {"last": end // 100 - 1, "month": numbers.month(end, ask.lang)}
    lead = Lead(ask.t(f"counselling.year_{side}", before=said[0], now=said[1], **words))
    years = zip((str(end // 100 - 1), words["month"]), said, strict=True)
    return [
        lead,
        say.figures(
            ask.lang,
            *(
                (ask.t("counselling.year_label", name=ask.t("counselling.recovery"), year=y), v)
                for y, v in years
            ),
        ),
    ]


def _chart(
    read: Reader, sums: pd.Series, before: pd.Series | None, year: int, lang: str, *, gated: bool
) -> Figure:
    """Each outcome with its interval, beneath it the same of last year; the table says the denominators."""
    rows = pd.DataFrame(columns=["label", "side", "value", "low", "high", "said"])
    for name, top, base in FAMILY:
        own = t(f"counselling.{name}", lang)
        for label, side, these in (
            (own, "similar", sums),
            (t("counselling.year_label", lang, name=own, year=year), "undecided", before),
        ):
            share = (np.nan,) * 3 if these is None else read.share(these[top], these[base])
            if these is not None and not np.isnan(share[0]):
                said = f"{label}\n{say.share_said(read, these[top], these[base], lang)}"
                rows.loc[len(rows)] = [label, side, *(100 * float(v) for v in share), said]
    figure = interval_dots(
        rows["label"].tolist(),
        rows["value"].tolist(),
        rows["low"].tolist(),
        rows["high"].tolist(),
        side=rows["side"].tolist(),
        hover=rows["said"].tolist(),
        caption=t(f"evidence.{read.whose}", lang),
        yardstick=None,
        yardstick_label="",
        title=t("counselling.axis_share", lang, year=year),
    )
    return Figure(
        "outcome_dots", figure, t("counselling.family", lang), _family(read, sums, lang, gated=gated)
    )


def _family(read: Reader, sums: pd.Series, lang: str, *, gated: bool) -> Table:
    """Each outcome of the ended, on its own denominator."""
    rows = [(t("counselling.funnel_paired", lang), sums["paired"], "completed", sums["completed"])]
    rows += [(t(f"counselling.{name}", lang), sums[top], base, sums[base]) for name, top, base in FAMILY]
    found = _table(read, rows, lang, gated=gated)
    return replace(found, classes=["", *found.classes[1:]])  # the share of paired scores itself is no outcome


def _carried(ask: Ask, read: Reader, paired: pd.Series) -> list[Block]:
    """The same outcomes with the last known score carried forward: a sensitivity, beside the paired ones.

    Where scales are always taken together and all have first scores, nothing can differ: a case without a last score stays in
    the base of the paired outcomes (D4) and counts as unchanged there too. Then there is nothing to show.
    """
    lang = ask.lang
    sums = read.total(
        "course_end", columns=("completed", "scored", "at_caseness", *TOPS), where=where(ask, read)
    )
    scored, interval = say.share_words(read, sums["scored"], sums["completed"], lang)
    names = ("completed", "at_caseness", *TOPS)
    before, after = (np.array(v, dtype=float) for v in (paired[[*names]], sums[["scored", *names[1:]]]))
    if np.array_equal(before, after, equal_nan=True):
        return []
    rows = []
    for name, top, bottom in FAMILY:
        base = "scored" if bottom == "completed" else bottom
        rows.append(
            (ask.t("counselling.carried_row", name=ask.t(f"counselling.{name}")), sums[top], base, sums[base])
        )
    note = ask.t("counselling.carried_note", scored=scored, interval=interval)
    return [Note(note), _table(read, rows, lang)]


def _cohort(ask: Ask, read: Reader, months: str, *, gated: bool) -> list[Block]:
    """Recovered, of all started and all referred in the period: the worst case, as a missing score counts as none."""
    lang, tops = ask.lang, (("recovery", "recovered"), ("reliable_recovery", "reliably_recovered"))
    columns = ("referred", "started", "ended", *(top for _, top in tops))
    sums = read.total("case_course", columns=columns, where=where(ask, read))
    rows = [
        (ask.t("counselling.worst_case", name=ask.t(f"counselling.{name}")), sums[top], base, sums[base])
        for name, top in tops
        for base in ("started", "referred")
    ]
    still = say.counted(sums["referred"] - sums["ended"], lang, "cases")
    return [
        Note(ask.t("counselling.cohort_note", span=months, open=still)),
        _table(read, rows, lang, gated=gated),
    ]


def _table(
    read: Reader, rows: Sequence[tuple[str, float, str, float]], lang: str, *, gated: bool = False
) -> Table:
    """Shares of (name, count, base, its count)."""
    said = [
        (
            name,
            t(
                "counselling.of_n",
                lang,
                base=t(f"counselling.base_{base}", lang),
                n=say.counted(bottom, lang, "cases"),
            ),
            *say.share_cells(read, top, bottom, lang),
        )
        for name, top, base, bottom in rows
    ]
    columns = say.heads(
        "counselling.outcome_", ("name", "base", "value", "interval"), lang, words=("name", "base")
    )
    return Table(columns, said, ["missing" if gated else ""] * len(said))


def _bulk(ask: Ask, read: Reader) -> list[Block]:
    """Months with more closures than usual and fewer paired scores than usual (D14)."""
    lang, keys = ask.lang, ("month_key",)
    rows = read.totals("outcome_monthly", columns=("completed", "paired"), keys=keys, where=always(ask))
    closed = read.totals("case_monthly", columns=("ended",), keys=keys, where=always(ask))
    both = closed.merge(rows[["month_key", "completed", "paired"]], on="month_key", how="left")
    both = both[both["month_key"] <= span(ask, read).high].reset_index(drop=True)
    if both["ended"].notna().sum() < spc.FEWEST:
        return [Note(ask.t("counselling.bulk_short"))]
    shown = both.dropna(subset=["ended", "paired", "completed"])
    raw = [
        read.for_model("case_monthly", columns=("ended",), keys=keys, where=always(ask)),
        read.for_model("outcome_monthly", columns=("paired", "completed"), keys=keys, where=always(ask)),
    ]
    words = partial(_bulk_months, list(shown.index), len(both))
    said = told(read, BULK, Question(words, BULK_COLUMNS, keys), raw, shown)
    found = shown[[word == "bulk" for word in said]]
    unsure = [
        numbers.month(int(m), lang) for m, w in zip(shown["month_key"], said, strict=True) if w == UNDECIDED
    ]
    notes: list[Block] = (
        [Note(ask.t("counselling.bulk_undecided", months=", ".join(unsure)))] if unsure else []
    )
    if found.empty:
        return [Note(ask.t("counselling.bulk_none")), *notes]
    for row in found.to_dict("records"):
        share, _ = say.share_cells(read, row["paired"], row["completed"], lang)
        n = say.counted(row["ended"], lang, "cases")
        notes.append(
            Note(
                ask.t(
                    "counselling.bulk_found",
                    month=numbers.month(int(row["month_key"]), lang),
                    n=n,
                    paired=share,
                )
            )
        )
    return notes


def _bulk_months(places: list[int], months: int, counts: np.ndarray) -> np.ndarray:
    """Of counts (draws, shown months, BULK_COLUMNS) by month 'bulk' or ''."""
    every = np.full((3, len(counts), months), np.nan)
    every[:, :, places] = np.moveaxis(counts, -1, 0)
    ended, paired, completed = every
    found = bulk_closures(ended, np.minimum(paired, completed), completed)[:, places]
    return np.where(found, "bulk", "").astype(object)
