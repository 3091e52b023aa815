"""Counselling as answers: no true count leaves a judgement, and an assumed reliability is a choice of the reader."""

import pandas as pd
import pytest
from small import make
from sqlalchemy import text

from answers import registry
from answers.answer import Control, Table
from answers.counselling import common, waits
from answers.kept import SHELF
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from data.engine import writing
from locales import t
from metrics import curve

PARTS = [q.id for q in registry.page("counselling")[1]]


@pytest.fixture
def read(store):
    return Reader(Store.of(store))


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("id", PARTS)
def test_every_question_answers_with_a_sentence_its_source_and_how(read, id, lang):
    found = registry.answer(id, read, lang)
    assert found.sentence and found.city == "demo" and found.period and found.evidence == ("demo",)
    assert all(figure.alt for figure in found.figures()) and found.tables()


def test_the_parts_stand_in_the_order_of_the_page():
    assert [id.partition(".")[2] for id in PARTS] == [
        "cascade",
        "waits",
        "attendance",
        "outcomes",
        "providers",
    ]


def test_without_a_course_only_that_is_said(tmp_path):
    make(url := f"sqlite:///{tmp_path / 'empty.db'}").dispose()
    for id in PARTS:
        found = registry.answer(id, Reader(Store.of(url)), "ko")
        assert found.sentence == t("empty.sentence_office", "ko") and found.title
        # The file that fills it is named, and no figure stands there.
        (files,) = found.tables()
        assert str(files.rows[0][0]) == "상담 사례" and not found.figures() and not found.evidence


def test_a_curve_that_may_stand_unrounded_is_the_estimate_in_whole_points(store):
    published, analyst = (Reader(Store.of(store), Rights(view)) for view in ("published", "analyst"))
    assert (
        analyst.step(200) == 0
        and published.step(200) == 10 / 200
        and published.step(3) == 10 / published.smallest
    )
    rows = pd.DataFrame({"days": [1, 2, 3], "kind": "first", "cases": [20, 21, 22]})
    found = curve.steps(rows, waits.COURSE, curve.Coarse(least=10))
    assert found["value"].tolist() == [32, 65, 100]  # 20/63, 41/63, 63/63


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_from_where_few_are_left_a_curve_says_so(store, lang):
    """63 courses: 43 are left when the second step begins and 7 at its end, fewer than ten, the least that is shown."""
    read = Reader(Store.of(store))
    rows = pd.DataFrame({"days": [1, 2, 5], "kind": "first", "cases": [20, 36, 7]})
    found = curve.steps(rows, waits.COURSE, curve.Coarse(least=read.smallest))
    assert found[["time", "few"]].to_numpy().tolist() == [[1, False], [5, True]]
    (said,) = common.few_said(found, "few_waiting", 180, read, lang)
    assert {"ko": "5일째", "en": "day 5"}[lang] in said.text and "10" in said.text
    assert common.few_said(found, "few_waiting", 4, read, lang) == []  # beyond what is drawn
    enough = rows.assign(cases=[20, 36, 17])
    assert (
        common.few_said(
            curve.steps(enough, waits.COURSE, curve.Coarse(least=10)), "few_waiting", 180, read, lang
        )
        == []
    )


def test_those_who_wait_have_waited_until_the_day_of_the_data():
    rows = pd.DataFrame(
        {"month_key": [202609, 202609], "kind": ["waiting", "first"], "days": [11, 4], "cases": [40, 9]}
    )
    found = waits.first_waits(rows, pd.Timestamp("2026-10-31").date())
    assert found["days"].tolist() == [50, 4]  # 11 September to 31 October
    counts, p90 = waits.waiting_now(rows.head(1), pd.Timestamp("2026-10-31").date())
    assert counts == [40, 40, 0] and p90 == 50


def test_an_assumed_reliability_is_a_choice_and_moves_the_smallest_reliable_change(store_copy, tmp_path):
    url = store_copy(tmp_path / "s.db")
    read = Reader(Store.of(url))
    recorded = registry.answer("counselling.outcomes", read, "en", {"reliability": "60"})
    assert dict(recorded.choices)["reliability"] == "90"  # not asked while one is on record
    assert not [b for b in recorded.every() if isinstance(b, Control)]
    with writing(read.store.engine) as connection:
        connection.execute(text("UPDATE scale_reliability SET superseded_by = batch_id"))
    SHELF.clear()
    said = [
        " ".join(getattr(b, "text", "") for b in registry.answer("counselling.outcomes", read, "en", {"reliability": r}).every())
        for r in ("90", "60")
    ]  # fmt: skip
    assert "0.90" in said[0] and "0.60" in said[1] and said[0] != said[1]


def test_the_funnel_has_a_table_by_name_without_a_ranking(read):
    table = next(
        t_ for t_ in registry.answer("counselling.providers", read, "ko", {"unit": "district"}).tables()
    )
    names = [row[0] for row in table.rows]
    assert isinstance(table, Table) and names == sorted(names) and t("counselling.limits_inside", "ko") in {row[3] for row in table.rows}  # fmt: skip
