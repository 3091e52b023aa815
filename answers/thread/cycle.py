"""The thread as a cycle: of those who were connected, who returned to isolation, and who came back from there."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Column, Figure, Go, Heading, Note, Table
from answers.ask import Ask
from answers.reader import Reader
from answers.registry import question
from answers.thread import common, source
from charts.steps import Step, funnel
from locales import numbers, t

PARTS = ("ever_connected", "returned", "came_back")


@question("thread.cycle", needs=("spell",))
def cycle(ask: Ask, read: Reader) -> Answer:
    """Leaving and returning, over all years."""
    lang = ask.lang
    sums = read.total("thread_yearly", columns=PARTS, where={})
    if np.isnan(sums["ever_connected"]):
        return Answer(ask.t("thread.title"), ask.t("thread.cycle_none"))
    times = source.everybody(read, None)
    steps = []
    rows = []
    for before, name in zip(("", *PARTS), PARTS, strict=False):
        label, n = t(f"thread.{name}", lang), float(sums[name])
        share = say.share_cells(read, n, float(sums[before]), lang) if before else ("", "")
        steps.append(
            Step(
                label,
                None if np.isnan(n) else n,
                t("thread.of_before", lang, share=share[0]) if before else "",
                left=name == "returned",
            )
        )
        rows.append(
            (label, say.count_words(n, lang), say.with_limits(share), *common.arrow(times.get(name), lang))
        )
    alt = " · ".join(
        f"{s.label} {say.count_words(float('nan') if s.value is None else s.value, lang)} {s.note}"
        for s in steps
    )
    columns = [
        Column(t("thread.col_step", lang)),
        *say.heads("thread.col_", ("count", "share", "in_year", "half"), lang),
    ]
    said = {name: common.people(sums[name], lang) for name in PARTS}
    return Answer(
        ask.t("thread.title"),
        ask.t("thread.cycle_sentence", **said),
        _sure(times, lang),
        blocks=(
            Heading(ask.t("thread.cycle_title")),
            Figure("thread_cycle", funnel(steps, caption=ask.t(f"evidence.{read.whose}")), alt, shown=True),
            Table(columns, rows, name="thread_cycle", caption=ask.t("thread.cycle_title")),
            Note(ask.t("thread.cycle_note")),
            Go("reisolation", ask.t("thread.way_reisolation")),
            common.source_line(read, lang, numbers.day(read.as_of, lang)),
            common.how(lang),
        ),
        period=numbers.day(read.as_of, lang),
    )


def _sure(times: dict[str, source.Time], lang: str) -> str:
    found = times.get("returned")
    return (
        "" if found is None else t("thread.cycle_sure", lang, share=common.span(found.share, "percent", lang))
    )
