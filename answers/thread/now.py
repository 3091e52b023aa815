"""Today's stock: where everybody is now who ever became known. A cross-section: no share of it is the fate of anybody."""

from __future__ import annotations

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Answer, Column, Figure, Heading, Note, Table
from answers.ask import Ask
from answers.reader import Reader
from answers.registry import question
from answers.thread import common, source
from answers.thread.source import LOST, STEPS
from charts.steps import Step, funnel
from data import thread
from locales import numbers, t

NOW = ("now_connected", "now_apart")


@question("thread.now", needs=thread.TABLES)
def now(ask: Ask, read: Reader) -> Answer:
    """Where people are today."""
    lang = ask.lang
    sums = read.total("thread_yearly", columns=(*STEPS, *LOST, *NOW), where={})
    if np.isnan(sums["known"]):
        return Answer(ask.t("thread.title"), ask.t("thread.few"))
    rows = _rows(read, sums, lang)
    day = numbers.day(read.as_of, lang)
    said = {name: common.people(sums[name], lang) for name in ("known", *NOW)}
    steps = [Step(name, None if np.isnan(n) else n, "" if not np.isnan(n) else t("services.few_people", lang), left=away)
             for name, n, away in rows]  # fmt: skip
    alt = " · ".join(f"{s.label} {s.note or numbers.number(s.value or 0)}" for s in steps)
    table = Table(
        [Column(t("thread.col_where", lang)), Column(t("thread.col_count", lang), number=True)],
        [(name, say.count_words(n, lang)) for name, n, _ in rows], stacked=False, name="thread_now",
    )  # fmt: skip
    isolated = source.isolated(read)
    need = [] if isolated is None else [Note(ask.t("thread.now_need", **common.isolated(isolated)))]
    return Answer(
        ask.t("thread.title"),
        ask.t("thread.now_sentence", day=day, **said),
        ask.t("thread.now_sure"),
        blocks=(
            Heading(ask.t("thread.now_title")),
            *need,
            Figure("thread_now", funnel(steps, caption=ask.t(f"evidence.{read.whose}")), alt, table),
            say.figures(lang, (ask.t("thread.step_known"), said["known"])),
            common.source_line(read, lang, day),
            common.how(lang),
        ),
        period=day,
    )


def _rows(read: Reader, sums: pd.Series, lang: str) -> list[tuple[str, float, bool]]:
    """Where people are, how many, and whether they have gone; each person in one row."""
    rows = [
        (t(f"thread.still_{step}", lang), read.one(source.staying(sums, step)), False) for step in STEPS[:-1]
    ]
    told = [float(sums[name]) for name in NOW]
    rows += [(t(f"thread.{name}", lang), n, False) for name, n in zip(NOW, told, strict=True)]
    rest = float(sums["completed"]) - np.nansum(told)
    rows.append((t("thread.now_unknown", lang), read.one(max(rest, 0.0)), False))
    for what in ("ended", "silent"):
        gone = np.nansum([sums[f"{what}_{step}"] for step in STEPS[:-1]])
        rows.append((t(f"thread.now_{what}", lang), read.one(float(gone)), True))
    return rows
