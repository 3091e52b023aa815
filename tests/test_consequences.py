"""What a file would change is said before anything is written, and is what then happens; undo by click."""

from __future__ import annotations

from datetime import datetime

import pytest
from screen import launched, words_of
from small import make
from sqlalchemy import Engine, func, select

from actions import importing as acts
from answers.reader import Reader
from answers.store import Store
from data import coverage, facts
from data.engine import writing
from data.tables import attendance, batch, ledger_entry
from locales import t

NOVEMBER_20 = datetime(2026, 11, 20)
HEAD = "세부사업,자치구,이용일,연령대,성별,이용 건수"


@pytest.fixture
def office(database_url: str):
    """An office's store with three districts and no record."""
    engine = make(database_url)
    yield Store.of(database_url)
    engine.dispose()


def parsed(store: Store, *rows: str, name: str = "실적.csv"):
    content = "\r\n".join([HEAD, *rows, ""]).encode("cp949")
    return acts.read(store, name, content, None, None, at=NOVEMBER_20)


def visits(place: str, day: str, count: int) -> str:
    return f"서울마음편의점,{place},{day},19-39,여성,{count}"


def said(store: Store, found: acts.Consequences) -> set[tuple[str, str, str, str]]:
    return {acts.in_words(one, Reader(store), "en") for one in found.changes}


def everything(engine: Engine) -> tuple[int, int, dict[str, str]]:
    with writing(engine) as connection:
        rows, batches = (
            connection.execute(select(func.count()).select_from(table)).scalar()
            for table in (attendance, batch)
        )
        return rows, batches, facts.digest(connection)


def test_a_rehearsal_names_old_and_new_figures_and_months_and_writes_nothing(office):
    acts.bring(office, parsed(office, visits("종로구", "2026-09-01", 100)), at=NOVEMBER_20)
    before = everything(office.engine)
    file = parsed(
        office, visits("종로구", "2026-09-01", 130), visits("중구", "2026-10-05", 40), name="고침.csv"
    )
    found = acts.consequences(office, file, "en", at=NOVEMBER_20, closes=frozenset({202610}))
    assert everything(office.engine) == before
    assert (found.report.added, found.report.corrected) == (1, 1)
    told = {
        (where, old, new)
        for measure, where, old, new in said(office, found)
        if "Jongno" in where or "Jung" in where
    }
    assert told == {
        ("Jongno-gu · Sep 2026", "100 visits", "130 visits"),
        ("Jung-gu · Oct 2026", "none", "40 visits"),
    }
    assert set(found.closes) == {("attendance", "11020", 202610)}
    assert found.report.months == {202609: False, 202610: True}
    by_rule = acts.consequences(office, file, "en", at=NOVEMBER_20)
    assert not by_rule.closes and by_rule.report.months == {202609: False, 202610: False}


def test_what_was_rehearsed_is_what_happens(office):
    file = parsed(office, visits("종로구", "2026-09-01", 100), visits("중구", "2026-10-05", 40))
    found = acts.consequences(office, file, "ko", at=NOVEMBER_20)
    report = acts.bring(office, file, at=NOVEMBER_20)
    assert (report.added, report.corrected) == (found.report.added, found.report.corrected)
    again = acts.consequences(office, file, "ko", at=NOVEMBER_20)
    assert again.report.already and not again.changes
    with writing(office.engine) as connection:
        for month in (202609, 202610):
            facts.closed(
                connection,
                "attendance",
                month,
                district_code="11010",
                author="김",
                reason="확인",
                recorded_at=NOVEMBER_20,
            )
    office.forget()
    read = Reader(office)
    jongno = read.frame("programme_visits", keys=("programme_id",), where={"area_code": "11010"})
    assert float(jongno["value"].iloc[0]) == 100


def test_a_file_whose_books_do_not_balance_says_so_before_it_is_loaded(office):
    content = "\r\n".join(
        [
            "전표번호,집행일,사업명,구분,금액(원),재원,통계목",
            "1,2026-09-01,서울마음편의점,지출,1000000,시비,운영비",
            "",
        ]
    )
    file = acts.read(office, "원장.csv", content.encode("cp949"), None, None, at=NOVEMBER_20)
    found = acts.consequences(office, file, "ko", at=NOVEMBER_20)
    loaded = acts.bring(office, file, at=NOVEMBER_20)
    assert bool(found.report.unbalanced) == bool(loaded.unbalanced)
    assert found.report.lines("ko") == loaded.lines("ko")


def test_what_the_sender_says_closes_is_what_loading_closes_and_undoing_opens(office):
    file = parsed(office, visits("종로구", "2026-10-05", 40), visits("종로구", "2026-11-05", 40))
    october = frozenset({202610})
    found = acts.consequences(office, file, "ko", at=NOVEMBER_20, closes=october)
    report = acts.bring(office, file, at=NOVEMBER_20, closes=october)
    assert report.months == found.report.months == {202610: True}  # November is not over
    assert "마감한 달: 2026-10" in report.lines("ko")
    with office.connect() as connection:
        assert coverage.states(connection)[["month_key", "state"]].to_numpy().tolist() == [[202610, "closed"], [202611, "partial"]]  # fmt: skip
    acts.undo(office, report.batch_id, at=NOVEMBER_20)
    with office.connect() as connection:
        assert coverage.states(connection).empty
    again = acts.bring(office, file, at=NOVEMBER_20)
    assert "over, but left open: 2026-10" in again.lines("en")


LEDGER = "\r\n".join([
    "전표번호,집행일,사업명,자치구,구분,금액(원),재원,통계목{more}",
    "1,2026-09-01,서울마음편의점,종로구,본예산,1000,시비,운영비{said}",
    "",
])  # fmt: skip


def ledger_of(store: Store, books: str | None, **column: str):
    content = LEDGER.format(**{"more": "", "said": "", **column}).encode("cp949")
    return acts.read(store, "원장.csv", content, None, None, books, at=NOVEMBER_20)


def kept_books(store: Store) -> list[str]:
    with store.connect() as connection:
        standing = select(ledger_entry.c.managing_body).where(ledger_entry.c.superseded_by.is_(None))
        return list(connection.execute(standing).scalars())


@pytest.mark.parametrize("body", ["city", "district", "foundation"])
def test_whose_books_a_file_is_can_be_chosen_where_it_does_not_say_and_is_undone_with_it(office, body):
    unsaid = ledger_of(office, None)
    assert not unsaid.ok and not unsaid.books_stated  # a budget of a district, of nobody's books
    file = ledger_of(office, body)
    assert file.ok and not file.books_stated and file.books == body
    found = acts.consequences(office, file, "ko", at=NOVEMBER_20)
    assert bool(found.changes) == (body == "city")  # what is not the city's changes no figure of hers
    report = acts.bring(office, file, at=NOVEMBER_20)
    assert kept_books(office) == [body]
    acts.undo(office, report.batch_id, at=NOVEMBER_20)
    assert kept_books(office) == []


def test_what_the_file_says_of_whose_books_it_is_stands_against_the_choice(office):
    file = ledger_of(office, "foundation", more=",장부", said=",자치구")
    assert file.ok and file.books_stated and file.books is None
    acts.bring(office, file, at=NOVEMBER_20)
    assert kept_books(office) == ["district"]


def test_the_same_bytes_of_other_books_are_another_file(office):
    acts.bring(office, ledger_of(office, "foundation"), at=NOVEMBER_20)
    report = acts.bring(office, ledger_of(office, "district"), at=NOVEMBER_20)
    assert not report.already and kept_books(office) == ["district"]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_newest_import_is_taken_back_by_click(monkeypatch, office, lang):
    acts.bring(office, parsed(office, visits("종로구", "2026-09-01", 100)), at=NOVEMBER_20)
    acts.bring(office, parsed(office, visits("종로구", "2026-09-01", 130), name="고침.csv"), at=NOVEMBER_20)
    monkeypatch.setattr("data.cities.address", lambda city, at=None: office.url)
    app = launched(monkeypatch, office.url, "import_data", lang)
    assert app.button(key="import_undo").disabled
    app.checkbox[0].check().run()
    app.button(key="import_undo").click().run()
    assert not app.exception
    assert any("고침.csv" in s.value for s in app.success)
    assert t("import.undone_mark", lang) in words_of(app)
    with office.connect() as connection:
        left = (
            connection.execute(select(attendance.c.visits).where(attendance.c.superseded_by.is_(None)))
            .scalars()
            .all()
        )
    assert left == [100]
