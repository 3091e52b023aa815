"""What has changed since a reader was here last: decisions, verdicts, alerts and releases, as the meeting's page and the digest say them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd

from answers import alerts, periods
from answers.answer import Answer, Callout, Go, Item
from answers.ask import Ask, Choice
from answers.meeting import changes
from answers.meeting.alerts import noted
from answers.reader import Reader
from answers.registry import question
from answers.store import Store
from data import coverage, queries
from data.alerts import listing
from locales import numbers, t

MOMENT = 16  # signs of 2026-11-20T09:30
SINCE = Choice(name="since", default="", label="news.since", kind="text", longest=MOMENT, place="link")


@question("overview.news", choices=(SINCE,), needs=changes.RECORDS)
def news(ask: Ask, read: Reader) -> Answer:
    """What has changed since a moment (UTC): one item each, with its way."""
    lang, title = ask.lang, ask.t("news.title")
    if not ask["since"]:
        return Answer(title, ask.t("news.no_visit"))
    since = moment(ask["since"])
    if since is None:
        return Answer(title, ask.t("news.no_moment", given=ask["since"]))
    month = known_then(read, since)
    items = [*_released(read, since, lang), *_decisions(read, month, lang), *_alerts(read, since, lang)]
    day = numbers.day(since, lang)
    files = _files(read, since)
    said = ask.t("news.lead" if items else "news.lead_none", day=day, n=len(items))
    if files:
        said = f"{said} {ask.t('news.files', n=files)}"
    if not items:
        return Answer(title, said)
    asked = (("part", "changes"), ("since", str(month))) if _compared(read, month) else (("part", "changes"),)
    ways = (Go("meeting", ask.t("news.more"), asked),)
    return Answer(title, said, blocks=(Callout(items, title=title, plain=True, ways=ways),))


def moment(said: str) -> datetime | None:
    """A moment as a face says it, naive UTC; None where it is none."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def known_then(read: Reader, since: datetime) -> int:
    """The last month that this reader's figures told of at a moment: closed by then, or of the release of then."""
    if read.release is not None:
        if read.release.made_at <= since:
            return periods.closed(read.as_of)
        former = [Store.of_release(read.whose, n) for n in range(read.release.number - 1, 0, -1)]
        shown = next((one for one in former if one.release and one.release.made_at <= since), None)
        return periods.closed(since.date() if shown is None else shown.as_of)
    cells = read.rows(coverage.states)
    day = coverage.day(cells[cells["recorded_at"] <= pd.Timestamp(since)])
    return periods.closed(since.date() if day is None else min(day, read.as_of))


def _compared(read: Reader, month: int) -> bool:
    """Whether there is a later month to hold against it."""
    end = periods.closed(read.as_of)
    return periods.shifted(end, -changes.BACK) <= month < end


def _released(read: Reader, since: datetime, lang: str) -> Iterator[Item]:
    made = read.release
    if made is not None and made.made_at > since:
        day = numbers.day(datetime.fromisoformat(made.day), lang)
        yield Item(t("release.shown", lang, n=made.number, day=day), t("news.kind_release", lang))


def _decisions(read: Reader, month: int, lang: str) -> Iterator[Item]:
    """Decisions that came and went, and measures with another verdict, since a month; nothing where no later one is known."""
    if not _compared(read, month):
        return
    new, settled = changes.moved(read, month, lang)
    yield from (changes.item(one, "new", lang) for one in new)
    yield from (changes.item(one, "settled", lang) for one in settled)
    for one in changes.changed(read, month):
        if one.state == "turned":
            name = one.now.metric.name(lang)
            go = Go("kpi", name, (("kpi", one.now.watched.id),))
            yield Item(f"{name}: {changes.verdict(one, lang)}", t("news.kind_turned", lang), "steady", go=go)


def _alerts(read: Reader, since: datetime, lang: str) -> Iterator[Item]:
    """Alerts that began and ended; of a release none, whose notes are of live figures."""
    rows = read.own(listing, "alert")
    if rows.empty:
        return
    now = {one.rule.key: one for one in alerts.seen(read) if one.state == alerts.FIRES}
    after = pd.Timestamp(since)
    for row in rows[(rows["fired_at"] > after) & rows["ended_at"].isna()].to_dict("records"):
        sight = now.get(noted(row).key)
        if sight is not None:
            text = alerts.sentence(read, sight, lang)
            yield Item(text, t("news.kind_alert", lang), "worse", go=alerts.way(read, sight.rule, lang))
    over = rows[(rows["ended_at"] > after) & (rows["fired_at"] <= after)]
    for row in over.to_dict("records"):
        yield Item(alerts.rule_words(read, noted(row), lang), t("news.kind_ended", lang), "better")


def _files(read: Reader, since: datetime) -> int:
    """How many files came since; a release tells of none."""
    if read.release is not None:
        return 0
    rows = read.rows(queries.batches)
    mine = (rows["kind"] == "import") & rows["undone_by"].isna() & (rows["recorded_at"] > pd.Timestamp(since))
    return int(mine.sum())
