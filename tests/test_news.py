"""What the bell tells: the decisions, verdicts and alerts that changed since a moment, and nothing where nothing did."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
from small import make

from answers import alerts, periods, registry
from answers.answer import Callout
from answers.meeting import changes
from answers.overview import news
from answers.reader import Reader
from answers.store import Store
from data import alerts as noted
from data import people
from locales import LANGUAGES, t

AT = datetime(2026, 11, 20, 9, 0)
BEFORE, AFTER = "2026-09-30T08:00", "2026-11-21T08:00"


@pytest.fixture(scope="module")
def kept(store_copy, tmp_path_factory):
    mine = Store(store_copy(tmp_path_factory.mktemp("news") / "ieum.db"))
    alerts.keep(mine, at=AT, patient=True)
    return mine


@pytest.fixture(scope="module")
def read(kept):
    return Reader(kept)


def told(read, since, lang="en"):
    found = registry.answer("overview.news", read, lang, {"since": since})
    return found, [item for block in found.every() if isinstance(block, Callout) for item in block.items]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_what_the_meetings_page_and_the_digest_say(read, lang):
    found, items = told(read, BEFORE, lang)
    page = registry.answer("meeting.changes", read, lang, {"since": "202609"})
    decisions = [item.text for block in page.every() if isinstance(block, Callout) for item in block.items]
    firing = [alerts.sentence(read, one, lang) for one in alerts.seen(read) if one.state == alerts.FIRES]
    turned = [one for one in changes.changed(read, 202609) if one.state == "turned"]
    said = [item.text for item in items if item.kind != t("news.kind_turned", lang)]
    assert said[: len(decisions)] == decisions and sorted(said[len(decisions) :]) == sorted(firing)
    assert len(items) == len(decisions) + len(firing) + len(turned) and decisions and firing
    assert str(len(items)) in found.sentence


def test_after_all_that_happened_there_is_nothing(read):
    found, items = told(read, AFTER)
    assert not items and found.sentence == t("news.lead_none", "en", day="21 Nov 2026")


def test_an_alert_is_told_after_it_fired_and_when_it_ended_and_not_twice(store_copy, tmp_path):
    mine = Store(store_copy(tmp_path / "ieum.db"))
    read = Reader(mine)
    sight = next(one for one in alerts.seen(read) if one.state == alerts.FIRES)
    gone = noted.Found("abandonment", "city", "above", 5.0, 202610, 9.0, 8.0, 10.0)

    def note(found, at):
        noted.record(mine.engine, found, batch=1, as_of=date(2026, 10, 31), at=at)
        mine.changed()

    def kinds(since):
        return [(i.kind, i.tone) for i in told(Reader(mine), since)[1]]

    note([gone], AT)
    note([sight.found], AT.replace(day=22))
    fires, ended = (t("news.kind_alert", "en"), "worse"), (t("news.kind_ended", "en"), "better")
    assert kinds("2026-11-21T00:00") == [fires, ended]
    assert kinds("2026-11-22T09:00") == []  # seen already
    assert kinds("2026-11-19T00:00")[-1] == fires  # what began and ended in between is no news


@pytest.mark.parametrize(
    ("given", "key"), [("", "no_visit"), ("yesterday", "no_moment"), ("2026-11-20T09:00Z", "no_moment")]
)
def test_what_is_no_moment_is_said_and_refused_by_name(read, given, key):
    found, items = told(read, given)
    given = given[: news.MOMENT]
    if news.moment(given) is None:
        assert not items and found.sentence == t(f"news.{key}", "en", given=given)


def test_the_month_of_then_is_the_last_that_was_closed_by_then(read):
    closed = pd.Timestamp(read.rows(news.coverage.states)["recorded_at"].min())
    assert news.known_then(read, closed.to_pydatetime() - pd.Timedelta(days=90)) < 202610
    assert news.known_then(read, datetime(2027, 1, 1)) == periods.closed(read.as_of) == 202610


def test_somebody_who_signs_in_was_here_when_their_session_before_was_last_seen(database_url):
    engine = make(database_url)
    day = datetime(2026, 11, 3, 9)

    def comes(sub, at):
        claims = {"iss": "https://id", "sub": sub, "email": f"{sub}@city.example", "email_verified": True}
        token, _ = people.arrived(engine, claims, role="manager", origin="", at=at)
        return people.hashed(token)

    first = comes("kim", day)
    people.touch(engine, first, day.replace(hour=10))
    comes("lee", day.replace(day=4))
    second = comes("kim", day.replace(day=5))
    with engine.connect() as connection:
        assert people.seen_before(connection, first) is None
        assert people.seen_before(connection, second) == day.replace(hour=10)
        assert people.seen_before(connection, "no session") is None
    engine.dispose()
