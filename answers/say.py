"""Counts, shares and spans in words, and the blocks that every answer ends with: source line and 'how is this computed?'."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from answers import periods
from answers.answer import Column, Fold, How, Source, Table
from answers.ends import AFTERWARDS
from answers.reader import Reader
from data import queries
from data.sources import sources
from data.tables import metadata
from locales import numbers, t
from metrics.registry import RECORDS
from metrics.spec import Metric


def share_cells(read: Reader, top: float, bottom: float, lang: str) -> tuple[str, str]:
    """A share and its limits for a table; whole points below the size where the rule allows decimals."""
    value, low, high = read.share(top, bottom)
    if np.isnan(value):
        return t("status.withheld", lang), ""
    digits = read.share_digits(bottom)
    if digits == 0:
        low, high = np.floor(low * 100) / 100, np.ceil(high * 100) / 100
    return numbers.percent(100 * value, digits), numbers.limits(
        100 * low, 100 * high, "percent", digits=digits
    )


def with_limits(cells: tuple[str, str]) -> str:
    """A share with its limits in brackets, as `share_cells` gives them."""
    value, limits = cells
    return f"{value} ({limits})" if limits else value


def share_words(read: Reader, top: float, bottom: float, lang: str) -> tuple[str, str]:
    """A share and its 95 % interval in words."""
    value, limits = share_cells(read, top, bottom, lang)
    return value, t("services.interval", lang, limits=limits) if limits else ""


def share_said(read: Reader, top: float, bottom: float, lang: str) -> str:
    """A share with its 95 % interval behind it: '48.6%(95% 구간 46.0–51.2%)'."""
    value, interval = share_words(read, top, bottom, lang)
    return t("services.with_limits", lang, value=value, limits=interval) if interval else value


def count_words(value: float, lang: str) -> str:
    """A protected count, or why there is none."""
    return t("status.suppressed", lang) if pd.isna(value) else numbers.number(value)


def counted(value: float, lang: str, unit: str) -> str:
    """A protected count with its unit, or that there are fewer than ten: '1,235건', '10건 미만'.

    Args:
        unit: cases, people or households.
    """
    if pd.isna(value):
        return t(f"services.few_{unit}", lang)
    return t(f"services.n_{unit}", lang, n=numbers.number(value))


def span(read: Reader, months: int, *, of: str, skip: int = 0) -> queries.Span:
    """The last months of a table's records: up to the day on which they end, the month under way left out."""
    return periods.last(read.end(of), months, skip=skip + periods.running(read.end(of)))


def caveats(
    read: Reader,
    parts: Collection[tuple[tuple[str, ...], tuple[str, ...]]],
    gaps: Collection[int],
    lang: str,
) -> tuple[str, ...]:
    """What the records behind an answer leave out: whose they are where they are a part, and months that nobody has closed.

    Args:
        parts: tables with the districts whose records count. gaps: months.
    """
    found = []
    names = read.district_names(lang)
    by_districts: dict[tuple[str, ...], set[str]] = {}
    for tables, districts in parts:
        by_districts.setdefault(districts, set()).update(tables)
    if len(by_districts) == 1 and not AFTERWARDS.issuperset(*by_districts.values()):
        found.append(_part(next(iter(by_districts)), names, lang))
    elif by_districts:
        items = [
            f"{', '.join(str(metadata.tables[table].info[lang]) for table in sorted(tables))}: {_some(districts, names, lang)}"
            for districts, tables in sorted(by_districts.items(), key=lambda item: (len(item[0]), item[0]))
        ]
        found.append(t("coverage.parts", lang, all=numbers.number(len(names)), items="; ".join(items)))
    if gaps:
        found.append(t("coverage.gaps", lang, months=month_runs(sorted(gaps), lang)))
    return tuple(found)


def _part(districts: tuple[str, ...], names: dict[str, str], lang: str) -> str:
    mine = [names[d] for d in districts if d in names]
    if not mine:
        return t("coverage.part_none", lang)
    said = {"n": numbers.number(len(mine)), "all": numbers.number(len(names)), "names": ", ".join(mine)}
    return t("coverage.part", lang, **said)


def _some(districts: tuple[str, ...], names: dict[str, str], lang: str) -> str:
    mine = [names[d] for d in districts if d in names]
    return ", ".join(mine) or t("coverage.whole_city", lang)


def month_runs(months: Sequence[int], lang: str) -> str:
    """Months in words, runs of them from the first to the last."""
    runs: list[list[int]] = []
    for month in months:
        if runs and periods.shifted(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    dash = "~" if lang == "ko" else "–"
    ends = [[numbers.month(run[0], lang), numbers.month(run[-1], lang)] for run in runs]
    return ", ".join(first if first == last else f"{first}{dash}{last}" for first, last in ends)


def span_words(found: queries.Span, lang: str) -> str:
    """First to last month of a span."""
    return f"{numbers.month(found.low, lang)} – {numbers.month(found.high, lang)}"


def half(text: object, lang: str) -> str:
    """One language of a note kept as 'Korean / English'; '' of none."""
    ko, _, en = (text if isinstance(text, str) else "").partition(" / ")
    return ko if lang == "ko" or not en else en


def heads(prefix: str, names: Sequence[str], lang: str, *, words: Sequence[str] = ()) -> list[Column]:
    """Columns by key: `prefix` and a name give the header; all but `words` are figures."""
    return [Column(t(f"{prefix}{name}", lang), name not in words) for name in names]


def source(evidence: str, lang: str, *, period: str) -> Source:
    """Evidence, period and source beneath a chart of service facts."""
    return Source((evidence,), f"{period} · {t('services.source', lang)}")


def source_title(metric: Metric, evidence: str, lang: str) -> str:
    """Where a measure's figures come from: public statistics, or the records of the city that they rest on."""
    return str(sources()[evidence if metric.source_id == RECORDS else metric.source_id][f"title_{lang}"])


def figures(lang: str, *rows: tuple[str, str]) -> Fold:
    """The figures of a sentence that no table or chart beneath it shows, by name: the very words that the sentence holds."""
    columns = [Column(t("figures.what", lang)), Column(t("figures.figure", lang), number=True)]
    return Fold(t("figures.title", lang), (Table(columns, [row for row in rows if row[1]]),))


def steps_table(
    read: Reader,
    steps: Sequence[tuple[str, float, str, float]],
    lang: str,
    untold: Collection[str] = (),
) -> Table:
    """Steps of a funnel: each with its count, its share with limits, and what that is a share of.

    Args:
        steps: name, protected count, name of the base ('' for none), protected count of the base.
        untold: names of steps that no record tells, which are no count under ten.
    """
    rows = [
        (name, t("summary.not_told", lang), "", "")
        if name in untold
        else (
            name,
            count_words(value, lang),
            with_limits(share_cells(read, value, bottom, lang)) if base and base not in untold else "",
            f"{base} {count_words(bottom, lang)}" if base and base not in untold else "",
        )
        for name, value, base, bottom in steps
    ]
    return Table(
        heads("figures.step_", ("name", "count", "share", "of"), lang, words=("name", "of")),
        rows,
        stacked=False,
    )


def metric_source(
    metric: Metric, evidence: str, lang: str, *, period: str, boundary: str = "", modelled: bool = False
) -> Source:
    """Period, source, boundaries and evidence beneath a chart of a metric; a modelled figure carries that mark as well."""
    marks = (evidence, "modelled") if modelled and evidence != "modelled" else (evidence,)
    more = f" · {boundary}" if boundary else ""
    return Source(marks, f"{period} · {t('how.source', lang)}: {source_title(metric, evidence, lang)}{more}")


def how(lang: str, *keys: str) -> How:
    """'How is this computed?' for what is not one registered measure: named explanations."""
    return How(paragraphs=tuple(t(key, lang) for key in keys), note=t("how.release", lang))


def how_text(title: str, text: str) -> How:
    """'How is this computed?' of a view that is not one measure and counts no persons."""
    return How(paragraphs=(f"**{title}**", text))


def metric_how(
    read: Reader,
    metric: Metric,
    lang: str,
    *,
    period: str = "",
    table: str | None = None,
    method: str = "direct",
    label: str = "",
) -> How:
    """'How is this computed?' of a metric: formula, what is counted, interval, source, freshness, target, caveat."""
    fresh = read.freshness(table) if table else None
    target = metric.target
    facts = [
        ("how.formula", metric.formula(lang)),
        ("how.counted", metric.counted(lang)),
        ("how.interval", _interval_words(metric, method, lang)),
        ("how.method", "" if method == "direct" else t(f"how.method_{method}", lang)),
        ("how.direction", t(f"how.{metric.better}", lang)),
        ("how.period", period),
        ("how.source", source_title(metric, read.mark(metric), lang)),
        ("how.fresh", numbers.day(fresh["recorded_at"], lang) if fresh else ""),
        ("how.owner", metric.owner(lang)),
        (
            "how.target",
            target.basis(lang)
            if target
            else metric.no_target_reason(lang)
            if metric.no_target_reason
            else "",
        ),
        ("how.caveat", metric.caveat(lang)),
    ]
    return How(
        paragraphs=(f"**{metric.name(lang)}**: {metric.definition(lang)}",),
        facts=tuple((t(key, lang), text) for key, text in facts if text),
        label=label,
        note=t("how.release", lang) if metric.disclosure == "person" else "",
    )


def _interval_words(metric: Metric, method: str, lang: str) -> str:
    if method != "direct":
        return t(f"how.interval_{method}", lang)
    return metric.interval_reason(lang) if metric.interval_reason else t(f"how.{metric.interval}", lang)
