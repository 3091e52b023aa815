"""One list of decisions over all domains; one verdict for a fact, wherever it is told."""

import re
from dataclasses import replace
from datetime import date, datetime

import pytest
from small import make
from sqlalchemy import update

from answers import decisions, registry, words
from answers.answer import Callout, Cards, Go, Item, Picked, Table
from answers.budget import decisions as budget
from answers.budget import source
from answers.decisions import BREACHES, DOMAINS, Decision, needed, ranked
from answers.kpi import measures, said
from answers.reader import Reader
from answers.reisolation import source as forecast
from answers.reisolation import trust
from answers.rights import VIEWS, Rights
from answers.store import Store
from data.engine import make_engine, writing
from data.tables import batch
from locales import numbers, t
from ui.shell import PAGES

LANGUAGES = ("ko", "en")


@pytest.fixture
def read(store):
    return Reader(Store.of(store))


def callouts(answer):
    return [b for b in answer.every() if isinstance(b, Callout)]


def test_the_pages_lists_are_the_one_list_by_domain(read):
    found = needed(read, "en")
    assert found == ranked(found) and {one.domain for one in found} <= set(DOMAINS)
    due = [k for k in measures.every(read) if k.decision]
    assert sorted(one.item.text for one in found if one.domain == "kpi") == sorted(
        said.sentence(k, "en") for k in due
    )
    items = budget.items(read, source.scope(read, str(read.as_of.year)), "en")
    assert sorted(one.item.text for one in found if one.domain == "budget") == sorted(i.text for i in items)
    ways = [b.label for b in registry.answer("kpi", read, "en").every() if isinstance(b, Go)]
    assert [one.item.go.label for one in found if one.domain == "kpi"] == ways


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_overview_says_how_many_in_all_and_leads_to_every_page(read, lang):
    found, answer = needed(read, lang), registry.answer("overview", read, lang)
    assert numbers.number(len(found)) in answer.sentence and found[0].name in answer.sentence
    (callout,) = callouts(answer)
    assert [i.text for i in callout.items] == [one.item.text for one in found]
    assert callout.rule == t("decide.rule", lang)
    assert all(one.item.go.page in PAGES for one in found)
    ways = {way.page for way in callout.ways}
    for domain in {one.domain for one in found}:
        n = sum(one.domain == domain for one in found)
        name = t(f"decide.domain_{domain}", lang)
        assert (
            t("decide.counted", lang, domain=name, n=n) in answer.sentence and decisions.PAGES[domain] in ways
        )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_map_reach_corner_and_profile_say_one_sentence_of_a_district(read, lang):
    listed = next(
        one
        for one in needed(read, lang)
        if one.item.go.page == "district_map" and ("q", "gap") in one.item.go.choices
    )
    names = read.district_names(lang)
    for code, name in ((code, names[code]) for code in ("11040", "11050", "11210", "11250")):
        said = {
            next(
                b
                for b in registry.answer(question, read, lang, {"gu": code, **more}).every()
                if isinstance(b, Picked)
            ).more
            for question, more in (
                ("district_map.need", {"indicator": "isolation_prevalence"}),
                ("district_map.reach", {"indicator": "reach_rate"}),
                ("district_map.gap", {}),
                ("district_profile", {}),
            )
        }
        (one,) = said
        # Named for both exactly where the list of decisions names it.
        named, chance = (
            name in listed.name,
            int(re.search(r"(\d+)%\w*\D*80%|(\d+)% likely", one)[0].partition("%")[0]),
        )
        assert (chance >= 80) == named and (
            ("not" in one.split("so the district")[-1]) if lang == "en" else "꼽지 않" in one
        ) == (not named)


def test_the_order_is_the_kind_of_breach_and_then_the_size():
    one = Decision("kpi", "answer_rate", "late", 9.0, "d", Item("d"))
    made = [one, replace(one, breach="outside", size=1.0, name="c"), replace(one, breach="outside", size=2.0, name="b"),
            replace(one, breach="missed", size=0.1, name="a")]  # fmt: skip
    assert [d.name for d in ranked(made)] == ["a", "b", "c", "d"]
    assert (
        BREACHES.index("missed")
        < BREACHES.index("outside")
        < BREACHES.index("money")
        < BREACHES.index("late")
    )


def test_a_measure_says_the_same_on_the_overview_as_in_the_table_of_measures(read):
    answer = registry.answer("overview", read, "en")
    kpi = measures.listed(read, "answer_rate")
    month = numbers.month(int(kpi.latest["month_key"]), "en")
    card = next(
        c
        for b in answer.every()
        if isinstance(b, Cards)
        for c in b.cards
        if c.title == t("overview.services", "en")
    )
    assert card.figure == words.value_of(kpi.latest, kpi.metric, "en")
    assert month in card.say and said.variation(kpi, "en") in card.state and month in card.state
    table = next(b for b in registry.answer("kpi", read, "en").blocks if isinstance(b, Table))
    row = next(r for r in table.rows if len(r) > 1 and r[0].text == kpi.metric.name("en"))
    assert row[1].text == card.figure and row[2].text == said.variation(kpi, "en")


def test_an_empty_store_needs_nothing_and_says_nothing_of_decisions(tmp_path):
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    make(url).dispose()
    empty = Reader(Store.of(url))
    assert needed(empty, "ko") == ()
    answer = registry.answer("overview", empty, "ko")
    assert (
        t("decide.lead_none", "ko", day=numbers.day(empty.as_of, "ko")) not in answer.sentence
    )  # it invites the first file
    assert not callouts(answer)


def test_data_that_are_late_or_were_refused_ask_for_a_decision(store, tmp_path):
    import shutil

    file = tmp_path / "s.db"
    shutil.copy(store.removeprefix("sqlite:///"), file)
    url = f"sqlite:///{file}"
    with writing(make_engine(url)) as connection:
        connection.execute(
            update(batch)
            .where(batch.c.table_name == "hotline_contact")
            .values(recorded_at=datetime(2026, 5, 1))
        )
        connection.execute(update(batch).where(batch.c.table_name == "attendance").values(rows_refused=3))
    read = Reader(Store.of(url))
    found = decisions.of(read, "en", "data")
    assert read.as_of == date(2026, 10, 31) and len(found) == 2
    assert "May 2026" in found[0].item.text and t("status.suppressed", "en") in found[1].item.text
    assert {one.breach for one in found} == {"late"}


def test_a_list_is_made_for_each_view_with_its_own_rights(store):
    by_view = {view: needed(Reader(Store.of(store), Rights(view)), "en") for view in VIEWS}
    assert all(by_view.values())


def test_a_forecast_that_its_record_withdraws_asks_for_a_decision(read, monkeypatch):
    record = forecast.record(read)
    assert record.verdict.published and decisions.of(read, "en", "reisolation") == []
    withdrawn = replace(record, verdict=replace(record.verdict, published=False, reasons=("total_off",)))
    monkeypatch.setattr(forecast, "record", lambda read: withdrawn)
    (one,) = decisions.of(read, "en", "reisolation")
    assert one.breach == "missed" and one.item.text == trust.verdict_words(withdrawn, "en")
    assert one.item.go.page == "reisolation"
