"""The table of service measures: what needs a decision first, verdicts by sign and word, a line that explains each."""

from __future__ import annotations

import pandas as pd

from answers import attainment, words
from answers.answer import Cell, Column, Line, Table, Tone
from answers.kpi import said
from answers.kpi.measures import Kpi
from answers.reader import Reader, Rule
from answers.targets import plan_words
from charts.trend import spark_summary
from locales import numbers, t
from metrics.waits import wait_summary

COLUMNS = ("name", "latest", "variation", "target", "spark", "age", "owner")
TONES: dict[str, Tone] = {"concerning": "worse", "improving": "better", "misses": "worse", "meets": "better"}
WAITS = Rule("a month's waits", "median of 30 waits or more and P90 of 40 or more, to the second")


def table(read: Reader, found: tuple[Kpi, ...], lang: str) -> Table:
    """All measures by group."""
    rows: list[tuple[str | Cell, ...]] = []
    classes: list[str] = []
    group = ""
    for kpi in found:
        if kpi.group != group:
            group = kpi.group
            rows.append((t(f"kpi.group_{group}", lang),))
            classes.append("group")
        rows.append(_row(read, kpi, lang))
        classes.append("gated" if kpi.gated else "")
    heads = [Column(t(f"kpi.col_{name}", lang), name=name) for name in COLUMNS]
    return Table(heads, rows, classes, look="kpi", name="measures")


def _row(read: Reader, kpi: Kpi, lang: str) -> tuple[str | Cell, ...]:
    return (
        Cell(kpi.metric.name(lang), strong=True, under=(Line(said.plain(kpi, lang)),)),
        _latest(read, kpi, lang),
        Cell(said.variation(kpi, lang), tone=TONES.get(kpi.variation, "steady")),
        _target(read, kpi, lang),
        Cell(spark_summary(kpi.series, kpi.metric, lang), spark=tuple(kpi.series["value"])),
        said.age(read, kpi, lang),
        kpi.metric.owner(lang),
    )


def _latest(read: Reader, kpi: Kpi, lang: str) -> Cell:
    last, metric = kpi.latest, kpi.metric
    if last is None:
        return Cell(t("status.withheld" if kpi.withheld else "status.missing", lang), strong=True)
    month = int(last["month_key"])
    beside = words.interval_of(last, metric, lang) or _beside(read, kpi, month, lang)
    under = (Line(numbers.month(month, lang)), *((Line(beside, whole=True),) if beside else ()))
    return Cell(words.value_of(last, metric, lang), float(last["value"]), strong=True, under=under)


def _beside(read: Reader, kpi: Kpi, month: int, lang: str) -> str:
    """Median and P90 beside a mean wait, which a few long waits move (C5)."""
    if kpi.watched.id != "average_wait":
        return ""
    waits = read.for_model(
        "hotline_wait", columns=("contacts",), keys=("outcome", "wait_s"), where={"month_key": month}
    )
    found = read.judged(WAITS, wait_summary, waits)
    if pd.isna(found.median):
        return ""
    return t(
        "kpi.beside_mean",
        lang,
        median=numbers.duration(found.median, lang),
        p90=t("status.withheld", lang) if pd.isna(found.p90) else numbers.duration(found.p90, lang),
    )


def _target(read: Reader, kpi: Kpi, lang: str) -> Cell:
    if kpi.target is None or kpi.target_row is None:
        return Cell(t("kpi.no_target", lang), quiet=True)
    outlook = attainment.of_kpi(read, kpi)
    expected = attainment.line(outlook, lang)
    if kpi.planned:
        return Cell(plan_words(read, kpi.target_row, lang), under=(expected,) if expected else ())
    verdict = said.assurance(kpi, lang)
    lines = [Line(verdict, TONES.get(kpi.assurance, "steady"))] if verdict else []
    if expected:
        lines.append(expected)
    if kpi.outgrown:
        lines.append(Line(t("kpi.outgrown", lang), "steady"))
    return Cell(said.target(kpi, lang), kpi.target, under=tuple(lines))
