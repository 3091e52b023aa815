"""A link that names a release shows it as it was published, to whoever may see the city, and says what became of its figures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from screen import html, launched
from starlette.applications import Starlette
from test_api import get
from test_releases import visits

from actions.changing import changing
from answers import links, registry, since
from answers.answer import Answer, Card, Cards, Cell, Column, Table
from answers.reader import Reader, Unreleased
from answers.store import Store
from answers.viewer import LOCAL, Viewer, rules
from data import releases
from data.cities import OFFICE, address
from data.engine import StoreProblem, make_engine
from locales import t
from reports import briefs, digest, offer, sheets
from reports.sheets import Sheet
from serve import api

AT = datetime(2026, 11, 2, 3)
PROGRAMMES = "/api/answers/programmes?city=office&lang=en"
MANAGER, COUNCIL = Viewer("manager"), Viewer("council")


@pytest.fixture(scope="module")
def base(small_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a small office stands: 24 visits when the first release was made, 40 at the second, 55 now, shown as 60."""
    folder = tmp_path_factory.mktemp("links")
    given = f"sqlite:///{folder / 'ieum.db'}"
    shutil.copy(small_file, folder / "ieum-office.db")
    engine = make_engine(address(OFFICE, given))
    for days in (range(24), range(24, 40), range(40, 55)):
        visits(engine, days)
        if days[0] < 40:
            releases.make(engine, at=AT)
    engine.dispose()
    yield given
    Store.of(address(OFFICE, given)).engine.dispose()


@pytest.fixture
def here(base: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The office's address, where everybody looks for it."""
    monkeypatch.setenv("DATABASE_URL", base)
    monkeypatch.setattr(api, "_limiter", None)
    return address(OFFICE, base)


def counted(found: Answer) -> set[float]:
    return {
        v
        for b in found.tables()
        for row in b.rows
        for c in row
        if isinstance(c, Cell)
        for v in c.spark
        if v == v
    }


# --- Who is shown what ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "live"), [(MANAGER, 60.0), (COUNCIL, 40.0), (LOCAL, 60.0)], ids=lambda x: getattr(x, "role", "")
)
def test_a_release_is_shown_as_it_was_published_to_whoever_sees_the_city(here, who, live):
    rights = who.rights(OFFICE)
    shown = {
        n: counted(registry.answer("programmes", Reader.shown(OFFICE, rights, release=n), "en"))
        for n in (0, 1, 2)
    }
    assert shown == {0: {live}, 1: {20.0}, 2: {40.0}}


def test_a_release_that_there_is_not_is_refused_by_its_number(here):
    for number in (3, -1, 10**6):
        with pytest.raises(Unreleased) as none:
            Reader.shown(OFFICE, MANAGER.rights(OFFICE), release=number)
        assert str(number) in none.value.words("ko") and str(number) in none.value.words("en")


def test_a_release_has_the_published_view_whatever_a_role_may_see_raw(here):
    analyst = Viewer("analyst", name="kim", districts=("11010",))
    read = Reader.shown(OFFICE, analyst.rights(OFFICE, "analyst"), release=1)
    assert (
        not read.analyst
        and not read.rights.districts
        and counted(registry.answer("programmes", read, "en")) == {20.0}
    )


# --- Links and the wire -----------------------------------------------------------------------------------


def test_a_link_and_a_sheet_name_their_release_and_live_ones_none(here):
    frozen = registry.answer("programmes", Reader.shown(OFFICE, COUNCIL.rights(OFFICE)), "en")
    live = registry.answer("programmes", Reader.shown(OFFICE, MANAGER.rights(OFFICE)), "en")
    assert "release=2" in links.path(frozen) and "release" not in links.path(live)
    assert links.query(frozen)["release"] == "2"
    assert offer.address("plan", "", frozen).endswith("lang=en&city=office&release=2")
    assert "release" not in offer.address("plan", "", live)


def test_the_wire_answers_as_published_and_names_the_releases_that_there_are(here):
    app = Starlette(routes=api.routes())
    for number, visited in ((1, 20.0), (2, 40.0)):
        status, _, body = get(app, f"{PROGRAMMES}&release={number}")
        found = json.loads(body)
        assert (status, found["release"]) == (200, number)
        assert f'"spark": [{visited}]' in json.dumps(found) and '"spark": [60.0]' not in json.dumps(found)
    status, headers, _ = get(app, f"{PROGRAMMES}&release=1&format=csv")
    assert status == 200 and "_office_r1.csv" in headers["content-disposition"]
    for wrong in ("3", "0", "-1", "x", "", "1e0"):
        status, _, body = get(app, f"{PROGRAMMES}&release={wrong}")
        assert status == 400 and json.loads(body)["offered"] == ["2", "1"]
    assert get(app, f"{PROGRAMMES}&release=1&view=analyst")[0] == 400
    listed = json.loads(get(app, "/api/questions?city=office&release=1")[2])["questions"]
    assert "meeting.published" in {one["id"] for one in listed}


def test_a_sheet_over_the_wire_is_of_the_release_that_is_asked_for(here, monkeypatch):
    made = []
    monkeypatch.setattr(
        briefs, "pdf", lambda desk, kind, code="": made.append(desk.read.release.number) or b"%PDF-"
    )
    status, headers, _ = get(Starlette(routes=api.routes()), "/api/briefs/plan?city=office&lang=en&release=1")
    assert status == 200 and made == [1] and "plan_en_office_r1.pdf" in headers["content-disposition"]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_sheet_says_its_release_and_day_and_its_address_names_it(here, lang):
    sheet = Sheet("A", "b", "c", [], [], "programmes", {"prog": "mind_store"})
    desk = briefs.desk(Reader.shown(OFFICE, COUNCIL.rights(OFFICE)), lang, "https://ieum.example")
    told = sheets.data(sheet, desk)
    said = t("release.shown", lang, n=2, day=sheets.numbers.day(AT, lang))
    assert said in told["foot"] and said in told["badge"]["text"]
    assert told["url"] == f"https://ieum.example/programmes?prog=mind_store&lang={lang}&city=office&release=2"
    assert told["qr_label"] == t("report.qr_released", lang)
    live = sheets.data(sheet, briefs.desk(Reader.shown(OFFICE, MANAGER.rights(OFFICE)), lang, ""))
    assert (
        said not in live["foot"] and "release" not in live["url"] and live["qr_label"] == t("report.qr", lang)
    )


def test_a_digest_for_a_council_member_is_of_the_latest_release(here):
    read = Reader.shown(OFFICE, COUNCIL.rights(OFFICE))
    found = digest.digest(
        read, "en", role="council", since=datetime(2026, 8, 15).date(), at="https://ieum.example"
    )
    assert "Release 2 (" in digest.text(found) and "release=2" in found.parts[0].link
    assert "Release 2 (" in digest.html(found) and json.loads(digest.as_json(found))["release"].startswith(
        "Release 2"
    )


# --- What became of it ------------------------------------------------------------------------------------


def table(*rows: tuple[str | Cell, ...]) -> Table:
    return Table([Column("month"), Column("n", number=True), Column("verdict")], rows, name="t")


def answered(*blocks: Table | Cards, day: str = "2026-10-31") -> Answer:
    return Answer("", blocks=blocks, as_of=day, lang="en")


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        ([("Aug", "20", "high"), ("Sep", "30", "")], [("Aug", "20", "low"), ("Sep", "30", "")], (2, 0)),  # a word is no figure
        ([("Aug", "20", ""), ("Sep", "30", "")], [("Aug", "20", ""), ("Sep", "40", "")], (2, 1)),
        ([("Aug", "20", "")], [("Sep", "20", ""), ("Aug", "20", "")], (1, 0)),  # a row more, in another order
        ([("Aug", "20", ""), ("Sep", "30", "")], [("Aug", "20", "")], (2, 1)),  # one is gone
        ([("Aug", "20", ""), ("Aug", "30", "")], [("Aug", "20", ""), ("Aug", "30", "")], (2, 0)),  # rows of one name
        ([("Aug", Cell("20", more="5–30"), "")], [("Aug", "20", "")], (1, 0)),
        ([("Aug", "", "")], [("Aug", "20", "")], (0, 0)),
    ],
)  # fmt: skip
def test_figures_are_compared_by_the_words_that_they_stand_beside(then, now, told):
    found = since.compared(answered(table(*then)), answered(table(*now)))
    assert (found.figures, found.changed, found.later) == (*told, False)


def test_cards_are_figures_too_and_a_later_day_is_told():
    before, after = (Cards([Card("Reach", n, "")]) for n in ("12%", "13%"))
    assert since.compared(answered(before), answered(after, day="2026-11-30")) == since.Since(1, 1, True)


# --- The screen -------------------------------------------------------------------------------------------


@pytest.fixture
def opened(here, monkeypatch) -> Callable[..., object]:
    return lambda page="programmes", **query: launched(monkeypatch, here, page, "en", city=OFFICE, **query)


def test_a_page_shows_the_release_that_its_link_names_says_what_was_corrected_and_leads_back(opened):
    app = opened(release="1")
    said = html(app)
    assert "published in Release 1 (" in said and " visits" in said
    assert "have been corrected since" in said and "earlier=1" in said
    app.button(key="release_leave").click().run()
    assert "Release 1 (" not in html(app) and "release" not in app.query_params


def test_the_latest_release_says_that_nothing_was_published_since(here, opened, monkeypatch):
    from ui import view

    monkeypatch.setattr(view, "viewer", lambda: COUNCIL)
    assert t("release.since_latest", "en") in html(opened(release="2"))
    assert "release_leave" not in [b.key for b in opened().button]


def test_a_release_that_there_is_not_is_told_with_a_way_back(opened):
    app = opened(release="7")
    assert any(t("release.no_such", "en", n=7) in one.value for one in app.info)
    app.button(key="release_leave").click().run()
    assert not app.info


def test_no_action_writes_into_a_release(here):
    with pytest.raises(StoreProblem, match="readonly"), changing(Store.of_release(OFFICE, 1)):
        pass
    with changing(Store.of_city(OFFICE)) as engine:
        assert engine.url.database


def test_nothing_is_changed_while_a_release_is_looked_at(opened, monkeypatch):
    keys = [{one.key for one in opened("coverage", **asked).text_input} for asked in ({}, {"release": "1"})]
    assert "close_author" in keys[0] and "close_author" not in keys[1]
    from ui import view

    said = []
    monkeypatch.setattr(view, "viewer", lambda: MANAGER)
    monkeypatch.setattr(view, "release", lambda: 1)
    monkeypatch.setattr(view, "language", lambda: "en")
    monkeypatch.setattr(view, "tell", lambda place, kind, text: said.append(text))
    of_view = {"set_up", "closing", "scenario", "assumption", "resolution", "registration"}
    assert set(rules().allowed["actions"]) - set(view.ELSEWHERE) == of_view
    assert [view.acting(action, "x") for action in of_view] == [None] * len(of_view)
    assert (
        t("release.frozen", "en") in said and t("signin.action", "en") in said
    )  # what a manager may not do anyway
    monkeypatch.setattr(view, "release", lambda: 0)
    assert view.acting("closing", "x") is MANAGER
