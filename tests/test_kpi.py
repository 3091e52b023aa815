"""Service measures as answers: one list says what is watched, one what needs a decision; false alarms are a kept study."""

from dataclasses import replace

import numpy as np
import pytest

from answers import gate, registry, studies
from answers.answer import Answer, Cell, Figure, Fold, Table
from answers.kept import SHELF
from answers.kpi import alarms as kept_alarms
from answers.kpi import decisions, measures
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from locales import t
from metrics import registry as metrics
from metrics import spc
from metrics.alarms import false_alarms
from metrics.watched import WATCHED
from ui import draw


@pytest.fixture
def read(store):
    return Reader(Store.of(store))


def test_what_is_watched_is_declared_once_and_its_remedy_is_a_page_with_a_question_of_its_own():
    assert len({w.id for w in WATCHED}) == len(WATCHED)
    assert all(metrics.get(w.id).better for w in WATCHED)
    for page, choices in {w.remedy for w in WATCHED}:
        assert page in registry.PAGES
        if choices:
            ((parameter, part),) = choices
            found, questions = registry.page(page)
            assert parameter == found.parameter and part in [q.part for q in questions]


def measures_of(answer):
    """The table that stands open, if any, and the folded one."""
    (fold,) = (b for b in answer.blocks if isinstance(b, Fold))
    return next((b for b in answer.blocks if isinstance(b, Table)), None), fold.blocks[0]


def test_measures_that_say_nothing_are_folded_and_the_others_stand_open(read):
    open_, folded = measures_of(registry.answer("kpi", read, "ko"))
    loud = {k.metric.name("ko") for k in measures.every(read) if k.decision or k.variation in ("concerning", "improving", "change") or k.assurance == "misses"}  # fmt: skip
    assert loud == {row[0].text for row in open_.rows if len(row) > 1}
    assert not loud & {row[0].text for row in folded.rows if len(row) > 1}


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_table_holds_every_measure_and_what_needs_a_decision_first(read, lang):
    answer = registry.answer("kpi", read, lang)
    open_, folded = measures_of(answer)
    table = open_ or folded
    names = [row[0].text for shown in (open_, folded) if shown for row in shown.rows if len(row) > 1]
    assert sorted(names) == sorted(w.metric.name(lang) for w in WATCHED)
    due = [k.metric.name(lang) for k in measures.every(read) if k.decision]
    assert names[: len(due)] == due and all(name in answer.sentence for name in due[:3])
    # A row of a single cell heads a group; on a screen it spans the table.
    groups = [row[0] for row in table.rows if len(row) == 1]
    assert groups[0] == t("kpi.group_decide" if due else "kpi.group_calm", lang)
    assert f'<th colspan="7" scope="colgroup">{groups[0]}</th>' in draw.table_html(
        table, Answer("", lang=lang, city="demo")
    )


def test_each_decision_says_what_why_whose_and_leads_to_its_remedy(read, monkeypatch):
    monkeypatch.setattr(gate, "PAIRED_GATE", 1.01)
    SHELF.clear()
    due = [k for k in measures.every(read) if k.decision]
    items = decisions.items(read, "ko")
    assert len(items) == len(due) > 0
    for kpi, item in zip(due, items, strict=True):
        assert kpi.metric.name("ko") in item.text and item.meta == kpi.metric.owner("ko")
        assert item.go.page == kpi.watched.remedy[0]
    SHELF.clear()


def test_a_yardstick_from_elsewhere_decides_nothing(read):
    kpi = next(k for k in measures.every(read) if k.yardstick and not k.gated)
    missed = replace(kpi, variation="common", assurance="misses", gate=False)
    assert not missed.decision
    assert replace(missed, target_row={**missed.target_row, "group_key": "city"}).decision


def test_false_alarms_are_simulated_for_every_chart_that_can_be_drawn(read):
    rates = read.study("kpi.alarms")
    for points, r, screen in ((spc.FEWEST, 0.0, True), (measures.MONTHS, 0.5, False)):
        rng = np.random.default_rng(kept_alarms.SEED)
        assert rates[points, r, screen] == false_alarms(points, rng=rng, screen=screen, lag1=r)
    for kpi in measures.every(read):
        if kpi.judged:
            assert (len(kpi.chart), 0.0, True) in rates
            assert 0 < kept_alarms.alarm_of(read, kpi, 0.97, screen=True) < 1
    expected, charts = kept_alarms.false_alarm_share(read, measures.every(read))
    assert charts == sum(k.judged for k in measures.every(read)) and 0 < expected < charts


def test_no_reader_waits_for_the_simulation_and_the_rest_is_shown(store_copy, tmp_path):
    store = Store.of(store_copy(tmp_path / "s.db"))
    studies.drop(store, ["kpi.alarms"])
    SHELF.clear()
    before = registry.answer("kpi", Reader(store, patient=False), "en")
    said = [b.text for b in before.blocks if hasattr(b, "text")]
    assert t("studies.pending", "en") in said and before.figures()
    assert "kpi.alarms" in before.awaited and not before.late
    studies.result(Reader(store), "kpi.alarms")
    after = registry.answer("kpi", Reader(store, patient=False), "en")
    assert not after.awaited and t("studies.pending", "en") not in [
        b.text for b in after.blocks if hasattr(b, "text")
    ]


def test_limits_follow_the_choices_and_the_link_with_an_event_of_another_measure_still_opens(read):
    def chart(**choices):
        answer = registry.answer("kpi", read, "en", choices)
        return next(b for b in answer.blocks if isinstance(b, Figure)), dict(answer.choices)

    (event, *_) = measures.events_of(read, "answer_rate")
    anew, codes = chart(kpi="answer_rate", rebase=event)
    plain, _ = chart(kpi="answer_rate")
    assert codes["rebase"] == event and len(anew.spec["data"]) > len(plain.spec["data"])
    _, codes = chart(kpi="mind_store_visits", rebase=event)
    assert codes["rebase"] == ""
    months = registry.answer("kpi", read, "en", {"kpi": "answer_rate"}).figures()[0].table
    assert len(months.rows) == len(plain.spec["data"][-1]["y"])


def test_median_and_p90_beside_the_mean_wait_are_a_judgement_that_the_answer_names(read):
    answer = registry.answer("kpi", read, "en")
    assert answer.judged == ("a month's waits", "enough paired scores", "signals of a control chart")
    rows = {row[0].text: row for table in measures_of(answer) for row in table.rows if len(row) > 1}
    latest = rows[metrics.get("average_wait").name("en")][1]
    assert isinstance(latest, Cell) and "P90" in str(latest)


def test_the_published_view_rounds_what_the_analyst_sees(store):
    published, analyst = (
        measures.one(Reader(Store.of(store), Rights(view)), "hotline_answered").series["value"] for view in ("published", "analyst")
    )  # fmt: skip
    assert (published % 10 == 0).all() and (analyst % 10 != 0).any() and (abs(published - analyst) <= 5).all()
