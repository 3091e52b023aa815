"""As published then and as known now: what a release said of its last month, what is known of that month today, and why they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers import periods, say, words
from answers.answer import Answer, Block, Cell, Column, Heading, Note, Table
from answers.ask import Ask, Choice, Codes
from answers.budget import source, won
from answers.kept import kept
from answers.kpi import measures
from answers.meeting.changes import RECORDS, spent
from answers.reader import Reader
from answers.registry import question
from answers.store import Store, cities
from answers.written import frozen_words
from locales import numbers, t
from metrics.spec import Metric


@dataclass(frozen=True, eq=False)
class Then:
    """One measure in the last month that a release tells of it.

    Attributes:
        row: as published; now: the same month as it is known now, None where it is not; state: same, corrected (another figure), or gone
            (published then, withheld or missing now).
    """

    metric: Metric
    month: int
    row: pd.Series
    now: pd.Series | None
    state: str


def _numbers(read: Reader, codes: Codes) -> list[str]:
    """Releases that can be compared, the newest first: of a release the earlier ones."""
    latest = read.store.latest()
    last = (
        read.release.number - 1 if read.release else latest.release.number if latest and latest.release else 0
    )
    return [str(n) for n in range(last, 0, -1)]


def _named(code: str, lang: str, read: Reader) -> str:
    frozen = _store(read, int(code)).release
    return frozen_words(frozen, lang)


RELEASE = Choice(name="earlier", options=_numbers, label="meeting.release", say=_named)


def _store(read: Reader, number: int) -> Store:
    live = cities.address(read.whose) if read.release else read.store.url
    return Store.of(cities.of_release(live, number))


@kept
def compared(read: Reader, number: int) -> tuple[Then, ...]:
    """Every watched measure as a release published it, corrected ones first."""
    then = Reader(_store(read, number), read.rights, patient=read.patient)
    now = {kpi.watched.id: kpi for kpi in measures.every(read)}
    found = [_then(kpi, now[kpi.watched.id]) for kpi in measures.every(then) if kpi.latest is not None]
    return tuple(sorted(found, key=lambda one: ("gone", "corrected", "same").index(one.state)))


def _then(published: measures.Kpi, now: measures.Kpi) -> Then:
    row = published.latest
    assert row is not None
    month = int(row["month_key"])
    known = now.series[(now.series["month_key"] == month) & now.series["value"].notna()]
    found = None if known.empty else known.iloc[0]
    same = found is not None and bool(np.isclose(found["value"], row["value"], rtol=1e-9, atol=1e-9))
    return Then(
        published.metric, month, row, found, "gone" if found is None else "same" if same else "corrected"
    )


@question("meeting.published", choices=(RELEASE,), needs=RECORDS)
def published(ask: Ask, read: Reader) -> Answer:
    """What a release said, beside what is known of the same months now."""
    lang = ask.lang
    if not ask[RELEASE.name]:
        return Answer(ask.t("meeting.published_title"), ask.t("meeting.published_none"))
    number = int(ask[RELEASE.name])
    found, frozen = compared(read, number), _store(read, number).release
    assert frozen is not None
    changed = [one for one in found if one.state != "same"]
    key = "meeting.published_lead" if changed else "meeting.published_same"
    return Answer(
        ask.t("meeting.published_title"),
        ask.t(key, release=frozen_words(frozen, lang), n=len(changed), all=len(found)),
        ask.t("meeting.published_sure"),
        blocks=(
            Heading(ask.t("meeting.measures")),
            _table(found, lang),
            *_money(read, number, lang),
            say.how_text(ask.t("meeting.how_title"), ask.t("meeting.published_how")),
        ),
    )


def _table(found: Sequence[Then], lang: str) -> Table:
    names = ("measure", "month", "as_published", "as_known", "why")
    heads = [Column(t(f"meeting.col_{name}", lang), number=name.startswith("as_")) for name in names]
    return Table(heads, [_row(one, lang) for one in found], name="published")


def _row(one: Then, lang: str) -> tuple[str | Cell, ...]:
    now: str | Cell = t("status.missing", lang) if one.now is None else _figure(one.now, one.metric, lang)
    quiet = one.state == "same"
    return (
        Cell(one.metric.name(lang), strong=not quiet),
        numbers.month(one.month, lang),
        _figure(one.row, one.metric, lang),
        now,
        Cell(t(f"meeting.why_{one.state}", lang), quiet=quiet, tone="" if quiet else "steady"),
    )


def _figure(row: pd.Series, metric: Metric, lang: str) -> Cell:
    return Cell(
        words.value_of(row, metric, lang), float(row["value"]), more=words.interval_of(row, metric, lang)
    )


def _money(read: Reader, number: int, lang: str) -> list[Block]:
    """Executed won of the release's running year, as published and as the books stand now."""
    then = Reader(_store(read, number), read.rights, patient=read.patient)
    lines, now = source.lines(then), source.lines(read)
    if lines.empty:
        return []
    day = then.end("ledger_entry")
    both = [spent(books, day.year, (day.year, day.month)) for books in (lines, now)]
    heads = [
        Column(t("meeting.col_year", lang)),
        *(
            Column(t(f"meeting.col_{name}", lang), number=True)
            for name in ("as_published", "as_known", "gap")
        ),
    ]
    cells = [Cell(won.say(v, won.unit_of("eok", lang)), v) for v in (*both, both[1] - both[0])]
    label = t("meeting.year_to", lang, year=day.year, month=numbers.month(periods.key(day), lang))
    return [
        Heading(t("meeting.money_title", lang)),
        Note(won.caption(won.unit_of("eok", lang), lang)),
        Table(heads, [(label, *cells)], name="published_money"),
    ]
