"""Words and tables that the thread's questions share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from answers import say
from answers.answer import Block, Column, How, Note, Source, Table
from answers.reader import Reader
from answers.thread import source
from data import codes, thread
from data.tables import metadata
from locales import numbers, t
from metrics import thread as maths
from metrics.measure import share_limits


def people(value: float, lang: str) -> str:
    """A protected count of people."""
    return say.counted(value, lang, "people")


def span(value: tuple[float, float, float], unit: str, lang: str) -> str:
    """A figure with its limits: '48%(46–51%)', '21일(20–22일)'."""
    if unit == "percent":
        return say.with_limits(
            (numbers.percent(value[0], 0), numbers.limits(value[1], value[2], "percent", digits=0))
        )
    low, high = numbers.number(value[1]), numbers.number(value[2])
    return t("thread.days_limits", lang, n=numbers.number(value[0]), low=low, high=high)


def arrow(time: source.Time | None, lang: str) -> tuple[str, str]:
    """The share that goes on within a year and the days that half of those take; nothing of too few."""
    return ("", "") if time is None else (span(time.share, "percent", lang), span(time.half, "days", lang))


def isolated(found: tuple[float, float, float, int]) -> dict[str, str]:
    """Isolated residents by a survey with limits, in thousands, and its year, as words take them."""
    *people, wave = found
    said = (numbers.number(round(n, -3)) for n in people)
    return {**dict(zip(("n", "low", "high"), said, strict=True)), "year": str(wave)}


def edges(read: Reader, counts: Sequence[float]) -> tuple[float, float, float]:
    """People of whom something is so at the least and at the most, and how many there are at the most, whatever rounding and withholding hide.

    Args:
        counts: due, on record that it is so, on record that it is not; as shown.
    """
    due, got, not_got, slack = _told(read, counts)
    return max(got - slack, 0.0), due + slack - max(not_got - slack, 0.0), due + slack


def _told(read: Reader, counts: Sequence[float]) -> tuple[float, float, float, float]:
    """Due, on record so and not so, a withheld count of these as nothing, and how far each may lie from the true one."""
    due, yes, no = map(float, counts)
    if not np.isnan([yes, no]).any():
        return due, yes, no, read.slack
    # What is withheld may be any of 0 to 9, and what is shown half a step off.
    slack = max(read.slack, 0.0 if read.free else read.smallest - 1.0)
    return due, float(np.nan_to_num(yes)), float(np.nan_to_num(no)), slack


def between(read: Reader, counts: Sequence[float], lang: str) -> tuple[str, str]:
    """A share of which a part is on record neither way: the bounds, and their outer 95 % limits; why there is none where too few are due.

    Args:
        counts: as `edges`.
    """
    due, got, not_got, slack = _told(read, counts)
    if np.isnan(due) or due < source.FEWEST:
        return t("thread.not_due", lang), ""
    found = maths.bounds(due, got, min(not_got, due - min(got, due)), slack=slack)
    low, high, whole = edges(read, counts)
    said = numbers.limits(
        100 * low / whole, 100 * min(max(high / whole, found.upper), 1.0), "percent", digits=0
    )
    outer = numbers.limits(np.floor(100 * found.low), np.ceil(100 * found.high), "percent", digits=0)
    return said, outer


def of_told(read: Reader, yes: float, no: float, lang: str) -> str:
    """A share of those on record either way, with its limits."""
    if np.isnan([yes, no]).any() or yes + no < source.FEWEST:
        return t("status.withheld", lang)
    slack = read.slack
    low, high = share_limits(yes, yes + no, slack=slack)
    limits = numbers.limits(
        100 * np.floor(100 * low) / 100, 100 * np.ceil(100 * high) / 100, "percent", digits=0
    )
    return say.with_limits((numbers.percent(100 * yes / (yes + no), 0), limits))


def name_of(by: str, code: str, read: Reader, lang: str) -> str:
    """A group's name."""
    if by == "door":
        return (
            codes.label("referral_source", code, lang)
            if code in codes.CODES["referral_source"]
            else t(f"thread.door_{code}", lang)
        )
    if by == "district":
        return read.district_names(lang).get(code, t("thread.unknown", lang))
    if by == "programme":
        return read.programme_names(lang).get(code, t("thread.no_programme", lang))
    return codes.label("age_band" if by == "age" else "sex", code, lang)


def links(read: Reader, lang: str) -> list[Block]:
    """How far the tables could be put together: people of each, whom another has as well, and what is left open."""
    rows = read.totals("thread_link", columns=("people", "met"), keys=("table_name",)).set_index("table_name")
    titles = {name: str(metadata.tables[name].info[lang]) for name in thread.TABLES}
    found = [(titles[n], say.count_words(rows.loc[n, "people"], lang), say.count_words(rows.loc[n, "met"], lang))
             for n in thread.TABLES if n in rows.index]  # fmt: skip
    heads = [Column(t("thread.col_table", lang)), *say.heads("thread.col_", ("people", "met"), lang)]
    told = rows["people"].dropna()
    low, high = maths.distinct(told.to_numpy(float)) if len(told) else (np.nan, np.nan)
    return [
        Note(t("thread.links_note", lang, version=thread.rules()["version"], low=numbers.number(low), high=numbers.number(high))),
        Table(heads, found, name="thread_links", caption=t("thread.links", lang)),
        Note(t("thread.unlinked", lang)),
    ]  # fmt: skip


def source_line(read: Reader, lang: str, period: str) -> Source:
    """Where the counts come from."""
    return Source((read.whose,), f"{period} · {t('thread.source', lang, version=thread.rules()['version'])}")


def how(lang: str) -> How:
    """How steps, times and bounds are made."""
    return say.how(lang, "thread.how_steps", "thread.how_times", "thread.how_bounds", "thread.how_best")
