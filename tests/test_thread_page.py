"""The page of the thread on the demonstration city: what is said is what is counted, and an office without a step says which record to begin with."""

from datetime import date, timedelta
from itertools import product

import numpy as np
import pandas as pd
import pytest
from small import add, make

from answers import registry, studies
from answers.answer import Figure, Note, Table
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from answers.thread import cohort, common, money, source
from data import facts, grids
from data.engine import writing
from locales import LANGUAGES, t
from metrics import thread as maths


@pytest.fixture(scope="module")
def read(store):
    return Reader(Store.of(store))


def table(answer, name):
    return next(b for b in answer.every() if isinstance(b, Table) and b.name == name)


def test_the_steps_lie_in_each_other_and_everybody_is_somewhere(read):
    """Counts as shown: what came is what went on, ended, fell silent or is there, within the rounding of four counts."""
    sums = read.total("thread_yearly", columns=(*source.STEPS, *source.LOST), where={"year": 2025})
    for step, after in zip(source.STEPS, source.STEPS[1:], strict=False):
        assert sums[step] >= sums[after]
        still = source.staying(sums, step)
        gone = sums[[after, f"ended_{step}", f"silent_{step}"]].fillna(0).sum()
        assert still == pytest.approx(sums[step] - gone) and still >= 0


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_each_part_speaks_in_its_sentence_of_what_its_table_shows(read, lang):
    for part in ("cohort", "now", "cycle"):
        answer = registry.answer(f"thread.{part}", read, lang)
        assert answer.sentence and any(isinstance(b, Figure) for b in answer.every())
    answer = registry.answer("thread.cohort", read, lang, {"year": "2025"})
    rows = {str(row[0]): row for row in table(answer, "thread_steps").rows}
    for step in ("known", "contacted", "enrolled", "completed"):
        assert str(rows[t(f"thread.step_{step}", lang)][1]) in answer.sentence


def test_the_bounds_of_connection_hold_every_share_that_silence_leaves(read):
    sums = read.total("thread_yearly", columns=source.YEAR_ON, where={"year": 2025})
    due, yes, no = (float(sums[f"{what}_12"]) for what in ("due", "connected", "apart"))
    answer = registry.answer("thread.cohort", read, "en", {"year": "2025"})
    edges = str(table(answer, "thread_after").rows[1][5]).partition(" ")[0].rstrip("%").split("–")
    assert float(edges[0]) <= 100 * yes / due < 100 * (1 - no / due) <= float(edges[1]) + 0.5


def test_the_largest_loss_is_the_largest_of_its_table_and_no_cause(read):
    best = source.avoidable(read, 2025)
    step = max(best, key=lambda one: best[one].people)
    answer = registry.answer("thread.cohort", read, "en", {"year": "2025"})
    assert t(f"thread.step_{step}", "en") in answer.sure and "arithmetic" in answer.sure
    assert all(one.low <= one.people <= one.high for one in best.values())


def test_groups_are_on_the_list_of_what_is_published(read):
    for by, key in source.BY.items():
        grids.check("thread_yearly", (key,), {"year": 2025}, ())
        answer = registry.answer("thread.cohort", read, "ko", {"by": by, "year": "2025"})
        assert len(table(answer, "thread_groups").rows) > 1
    with pytest.raises(grids.GrainError):
        read.totals("thread_yearly", columns=("known",), keys=("district_code", "door"), where={"year": 2025})


def test_each_step_is_told_by_every_group_with_its_time_and_who_is_lost(read):
    """The programmes' people of a step, as shown, go on, end, fall silent or are there; days stand where thirty and more are."""
    for by, key in source.BY.items():
        times = source.times(read, 2025, key)
        for step, after in zip(source.STEPS, source.STEPS[1:], strict=False):
            answer = registry.answer("thread.cohort", read, "ko", {"by": by, "step": step, "year": "2025"})
            found = table(answer, "thread_onward")
            assert found.caption == source.arrow(step, "ko")
            told = {str(row[0]): str(row[3]) for row in found.rows}
            timed = {common.name_of(by, code, read, "ko") for code, steps in times.items() if after in steps}
            assert timed and {name for name, days in told.items() if days} == timed


def test_times_of_a_group_are_those_of_its_own_rows(store):
    """Half of the hotline's people who are reached within a year, worked out from its rows of the fact alone."""
    read = Reader(Store.of(store), Rights("analyst"))
    rows = pd.read_sql(
        "SELECT kind, days, people FROM thread_time WHERE trait = 'door' AND group_code = 'hotline' AND step = 'assessed' AND year = 2025",
        read.store.engine,
    )
    mine = maths.arrival(rows["days"], rows["kind"], rows["people"])
    assert source.times(read, 2025, "door")["hotline"]["assessed"].half == (
        mine.half,
        mine.half_low,
        mine.half_high,
    )
    assert source.everybody(read, 2025)["assessed"].half != (mine.half, mine.half_low, mine.half_high)


def test_a_release_without_times_shows_its_counts_and_a_reader_of_live_figures_waits(read, monkeypatch):
    def gone(frozen):
        def study(self, name, *args):
            raise studies.Pending(name, frozen=frozen)

        return study

    monkeypatch.setattr(Reader, "study", gone(frozen=True))
    assert source.times(read, 2025, "door") == {} == source.everybody(read, 2025)
    monkeypatch.setattr(Reader, "study", gone(frozen=False))
    with pytest.raises(studies.Pending):
        source.times(read, 2025, "door")


def test_times_are_of_thirty_people_or_more_and_in_whole_points():
    rows = pd.DataFrame({"step": "contacted", "kind": "reached", "days": [3.0, 9.0], "people": [20, 9]})
    assert source._times(rows, 1.0) == {}
    more = pd.DataFrame(
        {"step": "contacted", "kind": ["reached", "open"], "days": [3.0, 400.0], "people": [40, 60]}
    )
    found = source._times(more, 1.0)["contacted"]
    assert found.share[0] == 40 and all(n == round(n) for n in found.share) and found.half[0] == 3


def test_the_overview_says_the_thread_in_one_line(read):
    line = cohort.line(read, "ko")
    answer = registry.answer("overview", read, "ko")
    assert line and any(isinstance(b, Note) and b.text == line for b in answer.every())


def test_an_empty_office_says_which_files_fill_it(office):
    read = Reader(Store.of(office))
    for part in ("cohort", "now", "cycle"):
        answer = registry.answer(f"thread.{part}", read, "ko")
        assert table(answer, "files").rows and not any(isinstance(b, Figure) for b in answer.every())


def test_a_step_without_a_record_is_said_to_have_none_and_where_to_begin(read, monkeypatch):
    """An office of referrals alone: the assessment is not recorded, and the page names the record to begin with."""
    monkeypatch.setattr(source, "recorded", lambda read, step: step in ("known", "contacted", "enrolled"))
    sums = read.total(
        "thread_yearly",
        columns=(*source.STEPS, *source.LOST, "scored", "better", *source.YEAR_ON),
        where={"year": 2025},
    )
    rows = {row[0]: row for row in cohort._steps(read, sums, {}, "en").rows}
    assert rows[t("thread.step_assessed", "en")][1] == t("thread.not_recorded", "en")
    assert cohort._start(read, "en") == [Note(t("thread.begin_assessed", "en"))]
    drawn = cohort._figure(read, sums, "en")
    assert t("thread.not_recorded", "en") in drawn.alt and np.isfinite(float(sums["known"]))


def _tiny(url):
    """One district and forty people: all referred, thirty seen, twenty completed, fifteen on record as connected."""
    engine, day = make(url), date(2025, 3, 1)
    someone = {"district_code": "11210", "age_band": "40_64", "sex": "female"}
    people = [(f"p{n}", day + timedelta(days=3 * n)) for n in range(40)]
    referrals = [
        {"referral_id": who, "source": "family_neighbour", "received_on": on, "district_code": "11210", "person_id": who,
         "programme_id": "mind_counselling", "accepted_on": on + timedelta(days=5) if n < 34 else None}
        for n, (who, on) in enumerate(people)
    ]  # fmt: skip
    cases = [
        {"case_id": who, "person_id": who, "programme_id": "mind_counselling", "provider_id": "v", "planned_sessions": 8, **someone,
         "referred_on": on, "first_session_on": on + timedelta(days=20),
         "ended_on": on + timedelta(days=90) if n < 20 else None, "end_reason": "completed" if n < 20 else None}
        for n, (who, on) in enumerate(people[:30])
    ]  # fmt: skip
    spells = [
        {"spell_id": who, "person_id": who, "state": "connected", "started_on": date(2025, 9, 1), "entered_on": date(2025, 9, 1),
         "ended_on": None, "next_state": None, "exit": None, "lives_alone": True, "prior_reisolations": 0,
         "months_isolated_before": 3, **someone}
        for who, _ in people[:15]
    ]  # fmt: skip
    with writing(engine) as connection:
        for name, rows in (("referral", referrals), ("counselling_case", cases), ("spell", spells)):
            add(connection, name, rows, sha=name)
        facts.rebuild(connection)
    return Reader(Store.of(url))


def _summaries(url):
    """An office that has its months in sums alone."""
    engine = make(url)
    call = {"period": "2026-10", "month_key": 202610, "from_on": date(2026, 10, 1), "to_on": date(2026, 10, 31),
            "district_code": "all", "channel": "all", "offered": 90, "answered": 80, "source": None}  # fmt: skip
    paid = {"period": "2026-10", "month_key": 202610, "from_on": date(2026, 1, 1), "to_on": date(2026, 10, 31),
            "programme_id": "mind_store", "managing_body": "city", "fiscal_year": 2026, "budget_krw": 8_800, "spent_krw": 5_270}  # fmt: skip
    with writing(engine) as connection:
        add(connection, "hotline_summary", [call], sha="a")
        add(connection, "budget_summary", [paid], sha="b")
        facts.rebuild(connection)
    return Reader(Store.of(url))


DECIDE = ("thread", "choice", "evaluation")


@pytest.mark.parametrize("office_of", [_tiny, _summaries])
def test_every_page_of_a_tiny_and_of_a_summarised_office_says_what_can_be_known(tmp_path, office_of):
    """Each question has its sentence, and either figures of its own, files that fill it, or the first record to keep."""
    read = office_of(f"sqlite:///{tmp_path / 'office.db'}")
    keys = (
        "thread.money_none",
        "evaluation.cannot_none",
        "evaluation.cannot_starts",
        "evaluation.cannot_registration",
        "evaluation.starts_none",
    )
    for one, lang in product(registry.every(), LANGUAGES):  # what was studied for one is there for the other
        if one.page not in DECIDE:
            continue
        answer = registry.answer(one.id, read, lang)
        assert answer.sentence and not answer.pending, one.id
        told = any(isinstance(b, Table) and b.rows for b in answer.every())
        notes = {b.text for b in answer.every() if isinstance(b, Note)}
        first = {t(key, lang) for key in keys}
        assert told or first & {answer.sentence, *notes}, (one.id, lang)


def test_a_district_of_forty_people_has_its_steps_and_no_district_is_said_to_do_best(tmp_path):
    read = _tiny(f"sqlite:///{tmp_path / 'office.db'}")
    answer = registry.answer("thread.cohort", read, "en", {"year": "2025"})
    assert answer.sentence.startswith("Of 40 who became known in 2025, 30 were contacted (75%)")
    said = [b.text for b in answer.every() if isinstance(b, Note)]
    assert t("thread.loss_none", "en") in said and t("thread.begin_better", "en") in said and not answer.sure


def test_what_a_study_made_names_its_rules_and_leaves_the_counts_to_the_reader(read):
    """Times and costs come from a kept study: the answer says by which rules, as if it had made them; people are those the reader may see."""
    assert source.TIMES.name in registry.answer("thread.cohort", read, "ko", {"year": "2024"}).judged
    assert money.COSTS.name in registry.answer("thread.money", read, "ko", {"paid": "2024"}).judged
    scoped = Reader(read.store, Rights("analyst", districts=("11210",)))
    own = scoped.total("thread_reached", columns=(*source.STEPS, *money.AFTER), where={"year": 2025})
    assert money.found(scoped, 2025).people.equals(own)
