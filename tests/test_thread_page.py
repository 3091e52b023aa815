"""The page of the thread on the demonstration city: what is said is what is counted, and an office without a step says which record to begin with."""

import numpy as np
import pandas as pd
import pytest

from answers import registry
from answers.answer import Figure, Note, Table
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from answers.thread import cohort, common, source
from data import grids
from locales import t
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
