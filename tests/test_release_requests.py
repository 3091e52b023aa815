"""A release is asked for where the app's account may not make one, and made by who may, in the name of who asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Timer

import pytest
from screen import launched, words_of
from small import make
from sqlalchemy import update

from answers import studies
from data import audit, release_requests, releases
from data import tables as t
from data.engine import StoreProblem, make_engine, writing
from data.release_requests import answer, ask, newest, withdraw
from data.releases import NoRelease
from locales import t as t_

AT = datetime(2026, 11, 2, 3)
LATER = AT + timedelta(seconds=40)


@pytest.fixture
def engine(small_url: str):
    engine = make_engine(small_url)
    yield engine
    engine.dispose()


@pytest.fixture
def here(small_copy):
    return small_copy


def stands(engine):
    with engine.connect() as connection:
        return newest(connection)


def test_what_is_asked_for_is_made_in_the_name_of_who_asked(engine):
    assert answer(engine, lambda: AT) is None  # nobody asked
    asked = ask(engine, at=AT, remark=" for the council ", who="kim")
    assert asked == stands(engine) and asked.is_open and asked.remark == "for the council"
    with pytest.raises(NoRelease, match="busy"):
        ask(engine, at=AT, who="lee")
    made = answer(engine, lambda: LATER)
    assert (made.state, made.number, made.answered_at) == ("done", 1, LATER) and not made.is_open
    assert answer(engine, lambda: LATER) is None
    with engine.connect() as connection:
        (one,) = releases.listing(connection)
        assert (one.number, one.who, one.remark, one.made_at) == (1, "kim", "for the council", LATER)
        trail = audit.entries(connection, kinds=("release", "release_asked"))
        assert [(e.kind, e.who) for e in trail] == [
            ("release", "kim"),
            ("release_asked", "kim"),
        ]  # lee's was taken back
    assert ask(engine, at=LATER, who="lee").request_id == 2  # the next may be asked for


def test_a_request_is_withdrawn_until_it_is_taken_up(here):
    asked = ask(here, at=AT, who="kim")
    assert withdraw(here, asked, at=LATER, who="lee") and not withdraw(here, asked, at=LATER, who="park")
    assert (stands(here).state, stands(here).reason) == ("refused", "withdrawn")
    with here.connect() as connection:
        last, first = audit.entries(connection, kinds=("release_asked",))
    assert (last.who, last.facts["withdrawn"], first.who) == ("lee", True, "kim")
    assert answer(here, lambda: LATER) is None
    taken = ask(here, at=LATER)
    with writing(here) as connection:
        connection.execute(update(t.release_request).values(state="making"))
    assert not withdraw(here, taken, at=LATER)


def test_what_a_service_left_in_the_making_is_made_anew(here):
    ask(here, at=AT)
    with writing(here) as connection:
        connection.execute(update(t.release_request).values(state="making"))
    assert answer(here, lambda: LATER).number == 1


def test_studies_that_are_behind_are_waited_for_and_no_longer_than_a_quarter_of_an_hour(here, monkeypatch):
    behind = ["reisolation.record"]
    monkeypatch.setattr(releases, "behind", lambda _connection: behind)
    ask(here, at=AT)
    waiting = answer(here, lambda: LATER)
    assert (waiting.state, waiting.reason, waiting.detail) == ("waiting", "late", behind[0])
    monkeypatch.setattr(release_requests, "_note", lambda *_, **__: pytest.fail("nothing new to note"))
    assert answer(here, lambda: LATER) == waiting
    monkeypatch.undo()
    monkeypatch.setattr(releases, "behind", lambda _connection: behind)
    at = AT + release_requests.PATIENT
    assert answer(here, lambda: at - timedelta(seconds=1)).is_open
    given_up = answer(here, lambda: at)
    assert (given_up.state, given_up.reason, given_up.answered_at) == ("refused", "late", at)
    ask(here, at=at)
    behind.clear()
    made = answer(here, lambda: at)
    assert (made.state, made.reason, made.number) == ("done", None, 1)


def test_a_release_that_cannot_be_read_is_no_ground_for_the_next(here):
    ask(here, at=AT)
    answer(here, lambda: AT)
    Path(releases.url_of(here, 1).removeprefix("sqlite:///")).write_bytes(b"no store")
    ask(here, at=LATER)
    refused = answer(here, lambda: LATER)
    assert (refused.state, refused.reason) == ("refused", "former")


def test_the_service_goes_on_over_a_store_that_is_absent(here, tmp_path, caplog):
    ask(here, at=AT)
    ended = Event()
    Timer(30, ended.set).start()

    def now() -> datetime:
        ended.set()
        return LATER

    absent = f"sqlite:///{tmp_path / 'absent.db'}"
    release_requests.serve(
        [absent, here.url.render_as_string(hide_password=False)], now, ended=ended, every_s=0
    )
    assert stands(here).state == "done"
    assert [record.args[0] for record in caplog.records if "no release" in record.msg] == ["absent"]


def test_a_store_that_cannot_be_written_says_so(here):
    with pytest.raises(StoreProblem, match="readonly"):
        ask(make_engine(f"sqlite:///file:{here.url.database}?mode=ro&uri=true"), at=AT)


def test_what_fails_is_refused_and_a_store_that_cannot_be_written_is_tried_again_for_a_while(
    here, monkeypatch, caplog
):
    fails = [StoreProblem("full"), StoreProblem("full"), RuntimeError("김민수")]

    def broken(*_, **__):
        raise fails.pop(0)

    monkeypatch.setattr(releases, "make", broken)
    ask(here, at=AT)
    for _ in range(2):
        waiting = answer(here, lambda: LATER)
        assert (waiting.state, waiting.reason, waiting.answered_at) == ("waiting", "store", None)
    failed = answer(here, lambda: LATER)
    assert (failed.state, failed.reason, failed.answered_at) == ("refused", "failed", LATER)
    assert "김민수" not in " ".join(record.getMessage() for record in caplog.records)
    fails.append(StoreProblem("full"))
    ask(here, at=LATER)
    over = answer(here, lambda: LATER + release_requests.PATIENT)
    assert (over.state, over.reason) == ("refused", "failed")


def test_a_request_of_yesterday_is_not_made(here):
    ask(here, at=AT)
    late = AT + release_requests.VALID + timedelta(seconds=1)
    assert (answer(here, lambda: late).reason, stands(here).number) == ("stale", None)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_page_asks_and_says_how_it_stands(lang, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ieum-office.db'}"
    engine = make(url)
    monkeypatch.setattr(release_requests, "may_make", lambda _engine: False)
    monkeypatch.setattr(studies, "outstanding", lambda _reader: [])

    def page():
        return launched(monkeypatch, url, "admin", lang)

    app = page()
    assert t_("release.withdraw", lang) not in [b.label for b in app.button]
    app.text_input("release_remark").set_value("for the council")
    next(b for b in app.button if b.label == t_("release.make", lang)).click()
    app.run()
    asked = stands(engine)
    assert not app.exception and (asked.state, asked.remark) == ("waiting", "for the council")
    assert t_("release.withdraw", lang) in [b.label for b in app.button]
    assert "ieum-releases" in words_of(app)
    assert next(b for b in app.button if b.label == t_("release.make", lang)).disabled
    next(b for b in app.button if b.label == t_("release.withdraw", lang)).click()
    app.run()
    assert t_("release.no_withdrawn", lang) in words_of(app)
    assert t_("release.withdraw", lang) not in [b.label for b in app.button]
    ask(engine, at=AT, who="kim")
    answer(engine, lambda: LATER)
    done = t_("release.asked_done", lang, at="{at}", who="kim", n=1, detail="")
    assert all(part in words_of(page()) for part in done.split("{at}"))
    engine.dispose()
