"""What answers stand on: choices, what is kept, studies, the store's state, the door to figures, tables and files."""

import csv
import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import make_dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from screen import place
from small import add, make
from sqlalchemy import Engine, text

from answers import __main__ as command
from answers import ahead, packing, registry, studies, twin, worker, written
from answers.answer import Answer, Cell, Column, Download, Figure, Fold, Note, Piece, Table
from answers.ask import EMPTY, Ask, Choice, resolved
from answers.kept import SHELF, Shelf, kept, noted
from answers.reader import Raw, Reader, Rule
from answers.rights import Rights
from answers.store import Store
from answers.studies import Pending
from charts.words import BOLD, PLAIN
from data import cities, facts, queries
from data.alone import alone as one_alone
from data.engine import StoreProblem, make_engine, set_state, writing
from locales import t

VISIT = {"programme_id": "mind_store", "attended_on": date(2026, 9, 1), "age_band": "65+", "sex": "female"}


@pytest.fixture
def small(database_url: str) -> Iterator[Store]:
    """A small store, made anew, on SQLite and on PostgreSQL; `Store.of` knows it by its address."""
    make(database_url).dispose()
    found = Store.of(database_url)
    yield found
    found.engine.dispose()


@pytest.fixture
def entered() -> Iterator[Callable[..., list[Any]]]:
    """`entered(name, make, …)` enters a study for one test and returns the list of what it was made of, call by call."""
    names = []

    def enter(name: str, make: Callable[..., Any] = lambda read, *args: 1, **more: Any) -> list[Any]:
        calls: list[Any] = []

        def counted(read: Any, *args: Any) -> Any:
            calls.append(args)
            return make(read, *args)

        studies.study(name, **{"reads": ("attendance",), **more})(counted)
        names.append(name)
        return calls

    registry.every()
    yield enter
    for name in names:
        del studies._STUDIES[name]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No studies but those that the test enters, and no answers ahead."""
    registry.every()
    monkeypatch.setattr(studies, "_STUDIES", {})
    monkeypatch.setattr(ahead, "make_all", lambda store, said: 0)


def visit(store: Store, sha: str, visits: int = 30, district: str = "11010") -> None:
    """A batch of attendance, on a day of its own."""
    day = date(2026, 9, 1 + int(hashlib.sha256(sha.encode()).hexdigest(), 16) % 28)
    rows = [{**VISIT, "attended_on": day, "district_code": district, "visits": visits}]
    with writing(store.engine) as connection:
        facts.refresh(connection, "attendance", batch_id=add(connection, "attendance", rows, sha=sha))
    store.changed()


# ── What is asked ─────────────────────────────────────────────────────────────────────────────────

CHOICES = (
    Choice(name="city", options=("a", "b"), label="x"),
    Choice(name="area", options=lambda read, codes: [f"{codes['city']}{n}" for n in (1, 2)], label="x",
           default=lambda read, codes: f"{codes['city']}2"),
    Choice(name="more", options=("p", "q", "r"), kind="many", most=2, label="x"),
    Choice(name="n", kind="number", low=3, high=9, default="5", label="x"),
    Choice(name="only_b", options=("u", "v"), label="x", when=lambda read, codes: codes["city"] == "b"),
    Choice(name="words", kind="text", default="", label="x"),
)  # fmt: skip


def codes(**given: str) -> dict[str, str]:
    return resolved(CHOICES, None, given)  # type: ignore[arg-type]


def test_a_question_may_be_entered_while_a_page_looks_for_its_own(monkeypatch):
    """Two threads import pages at once after a start."""
    registry.every()
    known: dict[str, Any] = {}

    class Meanwhile:
        @property
        def page(self) -> str:
            known["another"] = registry.get("about")
            return "another"

    known |= {"this": Meanwhile(), **registry._QUESTIONS}
    monkeypatch.setattr(registry, "_QUESTIONS", known)
    assert [one.id for one in registry.page.__wrapped__("about")[1]] == ["about"]
    assert "another" in known


def test_unknown_codes_give_way_to_the_default():
    assert codes(city="zz", area="b1", n="x") == {
        "city": "a",
        "area": "a2",
        "more": EMPTY,
        "n": "5",
        "only_b": "u",
        "words": "",
    }


def test_options_follow_the_choices_made_before():
    assert codes(city="b", area="b1")["area"] == "b1"
    assert codes(area="b1")["area"] == "a2"


def test_of_many_those_on_offer_hold_once_and_at_most_so_many():
    assert codes(more="q.zz.q.p.r")["more"] == "q.p"
    assert codes(more="zz")["more"] == EMPTY and codes(more=EMPTY)["more"] == EMPTY
    ask = Ask("q", "ko", (("more", "q.p"), ("none", EMPTY)))
    assert ask.many("more") == ["q", "p"] and ask.many("none") == []


@pytest.mark.parametrize(("given", "held"), [("3", "3"), ("9", "9"), ("2", "5"), ("10", "5"), ("-4", "5"), ("٤", "5"), ("4.0", "5"),
                                             ("9" * 30, "5"), ("", "5")])  # fmt: skip
def test_a_number_stays_within_its_bounds(given, held):
    assert codes(n=given)["n"] == held


def test_a_choice_that_is_not_asked_holds_its_default():
    assert codes(only_b="v")["only_b"] == "u" and codes(city="b", only_b="v")["only_b"] == "v"


def test_text_is_cut_and_an_ask_names_what_it_lacks():
    assert len(codes(words="x" * 999)["words"]) == 200
    with pytest.raises(KeyError, match="no choice 'nope'"):
        Ask("q", "ko")["nope"]


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────


class Asker:
    """What a shelf knows of a reader."""

    def __init__(
        self, version: int = 1, rights: str = "published", stamps: dict[str, str] | None = None
    ) -> None:
        self.key = ("address", version, date(2026, 10, 31), rights, True)
        self.stamps = {} if stamps is None else stamps
        self.store = self

    def stamp(self, name: str) -> str:
        return self.stamps.get(name, "")


def test_the_same_ask_gets_the_same_object_and_another_its_own(store):
    read, ask = Reader(Store.of(store)), ("hotline.flow", "ko")
    first = registry.answer("hotline.flow", read, "ko")
    assert registry.answer("hotline.flow", Reader(Store.of(store)), "ko", {"months": "no such code"}) is first
    others = [
        registry.answer("hotline.flow", read, "en"),
        registry.answer("hotline.flow", read, "ko", {"months": "3"}),
        registry.answer("hotline.flow", Reader(Store.of(store), Rights("analyst")), "ko"),
    ]
    assert len({id(a) for a in [first, *others]}) == 4 and first.question == ask[0]


def test_a_newer_state_of_the_data_drops_what_was_kept_of_the_older():
    shelf, made = Shelf(), []
    for version in (1, 1, 2, 2):
        shelf.get(Asker(version), "f", (), lambda: made.append(1))
    assert len(made) == 2 and [key[0][1] for key in shelf._entries] == [2]


def test_a_summary_that_tells_of_the_same_makes_a_study_anew(entered, alone, tmp_path):
    """Its months are those of the table that it stands for."""
    calls = entered("seen", reads=("attendance",))
    engine = make(f"sqlite:///{tmp_path / 's.db'}")
    store = Store.of(f"sqlite:///{tmp_path / 's.db'}")
    worker.make_all(store)
    assert len(calls) == 1
    row = {"period": "2026-05", "from_on": date(2026, 5, 1), "to_on": date(2026, 5, 31), "month_key": 202605,
           "programme_id": "mind_store", "district_code": "11010", "age_band": "all", "sex": "all", "visits": 5}  # fmt: skip
    with writing(engine) as connection:
        add(connection, "attendance_summary", [row], sha="z")
    store.changed()
    worker.make_all(store)
    assert len(calls) == 2


def test_a_study_made_anew_drops_what_rests_on_it():
    shelf, made, read = Shelf(), [], Asker(stamps={"s": "1"})

    def inner() -> int:
        from answers.kept import ground

        ground().studies["s"] = read.stamp("s")
        return len(made)

    def outer() -> int:
        made.append(1)
        return int(shelf.get(read, "inner", (), inner))

    assert [shelf.get(read, "outer", (), outer) for _ in range(2)] == [1, 1]
    read.stamps["s"] = "2"  # the outer one rests on the study through the inner one alone
    assert shelf.get(read, "outer", (), outer) == 2


def test_readers_who_ask_for_the_same_at_once_wait_for_one_making():
    shelf, made, gate = Shelf(), [], threading.Barrier(6)

    def slowly() -> object:
        made.append(1)
        threading.Event().wait(0.1)
        return object()

    found: list[object] = []

    def ask() -> None:
        gate.wait()
        found.append(shelf.get(Asker(), "f", (), slowly))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len({id(f) for f in found}) == 1


def test_a_making_that_fails_is_tried_again_and_nothing_is_kept_of_it():
    shelf, read = Shelf(), Asker()
    with pytest.raises(ZeroDivisionError):
        shelf.get(read, "f", (), lambda: 1 / 0)
    assert shelf.get(read, "f", (), lambda: 7) == 7


def test_the_least_lately_used_goes_first():
    shelf, read = Shelf(most=2), Asker()
    for name in ("a", "b", "a", "c"):
        shelf.get(read, name, (), lambda: 1)
    assert [key[1] for key in shelf._entries] == ["a", "c"]


# ── Studies ───────────────────────────────────────────────────────────────────────────────────────


def test_a_fingerprint_follows_what_the_study_reads_and_the_day(small, entered):
    entered("t.f")
    one = studies._STUDIES["t.f"]
    seen = [studies.fingerprint(one, (), small)]
    with writing(small.engine) as connection:
        add(connection, "event", [], sha="e")
    small.changed()
    assert studies.fingerprint(one, (), small) == seen[0] != studies.fingerprint(one, (1,), small)
    visit(small, "a")
    seen.append(studies.fingerprint(one, (), small))
    with writing(small.engine) as connection:
        set_state(connection, as_of="2026-11-30")
    small.forget()
    seen.append(studies.fingerprint(one, (), small))
    assert len(set(seen)) == 3


def test_a_patient_reader_makes_it_and_the_next_one_takes_it(small, entered):
    made = entered("t.patient", lambda read, n: {"n": np.arange(n)})
    for _ in range(2):
        assert Reader(small).study("t.patient", 3)["n"].tolist() == [0, 1, 2]
    assert made == [(3,)]
    studies._LOADED.clear()  # as after a restart
    small.forget()
    assert Reader(small, patient=False).study("t.patient", 3)["n"].tolist() == [0, 1, 2]
    assert made == [(3,)]


def test_who_does_not_wait_is_told_and_gets_the_last_one_with_its_mark(small, entered):
    made = entered("t.late", lambda read: f"batch {read.version}")

    @kept
    def shown(read: Any) -> str:
        return str(read.study("t.late"))

    with pytest.raises(Pending, match=r"t\.late"):
        shown(Reader(small, patient=False))
    first = shown(Reader(small))
    visit(small, "b")
    with noted() as rested:
        assert shown(Reader(small, patient=False)) == first and rested.late == {"t.late"}
    assert len(made) == 1
    assert shown(Reader(small)) != first
    with noted() as rested:
        assert shown(Reader(small, patient=False)) != first and not rested.late


def test_make_all_makes_what_is_missing_and_what_fails_only_once(small, alone, entered, caplog):
    good = entered("t.good", over=lambda read: [(1,), (2,)])
    bad = entered("t.bad", lambda read: 1 / 0)
    failed: dict[str, str] = {}
    assert worker.make_all(small, failed=failed) == 2
    assert worker.make_all(small, failed=failed) == 0
    assert (good, bad) == ([(1,), (2,)], [()])
    visit(small, "c")
    assert worker.make_all(small, failed=failed) == 2 and len(bad) == 2


def test_a_study_that_fails_is_said_to_have_failed_and_why_until_it_can_be_made(
    small, alone, entered, caplog, capsys, monkeypatch
):
    def divided(read: Any) -> float:
        if broken:
            raise ValueError("nobody came in August")
        return 1.0

    broken = ["yes"]
    entered("t.fails", divided)
    hasty = Reader(small, patient=False)
    with pytest.raises(Pending) as problem:
        hasty.study("t.fails")
    assert problem.value.words("en") == t("studies.pending", "en")
    worker.make_all(small)
    with noted() as rested, pytest.raises(Pending) as problem:
        hasty.study("t.fails")
    assert problem.value.words("ko") == t("studies.failed", "ko")
    assert rested.failed == {"t.fails"} and not rested.late
    assert studies.failures(small) == {"t.fails": "ValueError: nobody came in August"}
    assert studies.kept(small) == []
    monkeypatch.setattr("data.cities.address", lambda city, at=None: small.url)
    assert command.main(["studies"]) == 0
    assert "failed  t.fails  ValueError: nobody came in August" in capsys.readouterr().out
    # Newer data: it is tried again, and meanwhile it is being worked out; made, its failure is forgotten.
    visit(small, "d")
    with noted() as rested, pytest.raises(Pending) as problem:
        Reader(small, patient=False).study("t.fails")
    assert not problem.value.failed and rested.awaited == {"t.fails"} and not rested.late
    broken.clear()
    assert worker.make_all(small) == 1 and studies.failures(small) == {}
    assert Reader(small, patient=False).study("t.fails") == 1.0
    # One that has an older result keeps showing it, and says that the newer could not be worked out.
    broken.append("yes")
    visit(small, "e")
    worker.make_all(small)
    with noted() as rested:
        assert Reader(small, patient=False).study("t.fails") == 1.0
    assert rested.failed == {"t.fails"} and not rested.late


def test_what_takes_long_is_made_in_a_process_of_its_own_and_what_rests_on_it_waits(
    small, alone, entered, monkeypatch
):
    """The real study of charts' false alarms, which needs no record; the process knows nothing that a test entered."""
    from answers.kpi.alarms import simulated

    here: list[str] = []

    def one(name: str, **more: Any) -> studies.Study:
        def make(read: Any) -> str:
            here.append(name)
            return str(len(read.study("kpi.alarms"))) if more else name

        return studies.Study(name, (), make, lambda read: ((),), **more)

    def no(read: Any) -> None:
        raise AssertionError("it was made in this process")

    alarms = studies.Study("kpi.alarms", (), no, lambda read: ((),), apart=True)
    entered_now = {
        each.name: each for each in (one("t.rests", rests_on=("kpi.alarms",)), alarms, one("t.first"))
    }
    monkeypatch.setattr(studies, "_STUDIES", entered_now)
    monkeypatch.setattr(studies, "every", lambda: list(entered_now.values()))
    monkeypatch.setattr(worker, "CORES", 2)
    said: list[str] = []
    assert worker.make_all(small, said=said.append) == 3
    assert here == ["t.first", "t.rests"] and [line.partition(":")[0] for line in said] == [
        "t.first",
        "kpi.alarms",
        "t.rests",
    ]
    read = Reader(small)
    assert read.study("kpi.alarms") == simulated(read) and read.study("t.rests") == str(len(simulated(read)))


def test_what_could_not_be_made_beside_is_made_here(small, alone, entered, monkeypatch):
    """The other process does not know a study that a test entered, and ends."""
    made = entered("t.apart", lambda read: "here")
    entered("t.other", lambda read: 1)
    monkeypatch.setattr(worker, "CORES", 2)
    known = dict(studies._STUDIES)
    apart = replace(known["t.apart"], apart=True)
    monkeypatch.setattr(studies, "_STUDIES", known | {"t.apart": apart})
    assert worker.make_all(small) == 2 and Reader(small).study("t.apart") == "here" and len(made) == 1


def test_a_damaged_result_is_made_again(small, alone, entered, caplog):
    made = entered("t.damaged")
    worker.make_all(small)
    with writing(small.engine) as connection:
        connection.execute(
            text("UPDATE study SET content = :c, made_at = '2026-01-01'"), {"c": b"\x00broken"}
        )
    small.forget()
    with pytest.raises(Pending):
        Reader(small, patient=False).study("t.damaged")
    assert worker.make_all(small) == 1 and len(made) == 2
    assert Reader(small, patient=False).study("t.damaged") == 1


def test_readers_who_want_a_study_at_once_make_it_once(tmp_path, entered):
    url = f"sqlite:///{tmp_path / 's.db'}"
    make(url).dispose()
    made = entered("t.once", lambda read: threading.Event().wait(0.1))
    threads = [threading.Thread(target=lambda: Reader(Store.of(url)).study("t.once")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_second_worker_does_not_get_the_lock_until_the_first_lets_go(small):
    other = Store(small.url)
    with one_alone(small.engine, "studies") as first, one_alone(other.engine, "studies") as second:
        assert (first, second) == (True, False)
    with one_alone(other.engine, "studies") as second:
        assert second
    with pytest.raises(ZeroDivisionError), one_alone(small.engine, "studies"):
        raise ZeroDivisionError
    with one_alone(other.engine, "studies") as second:
        assert second
    other.engine.dispose()


class _Evil:
    def __init__(self, *what: Any) -> None:
        self.what = what

    def __reduce__(self) -> Any:
        return self.what


def _function() -> None: ...


@pytest.mark.parametrize(
    "content",
    [
        _Evil(os.system, ("true",)), _Evil(eval, ("1",)), _Evil(getattr, (date, "today")), _Evil(__import__, ("os",)), np.load, _function,
        _Evil(studies.every, ()), _Evil(pd.read_pickle, ("x",)), _Evil(np.fromfile, ("x",)), _Evil(make_engine, ("sqlite://",)),
    ],
    ids=["system", "eval", "getattr", "import", "load", "function", "every", "read_pickle", "fromfile", "make_engine"],
)  # fmt: skip
def test_a_kept_result_that_names_a_function_is_refused(content):
    for outer in (content, ({}, pickle.dumps(content))):
        with pytest.raises(pickle.UnpicklingError, match="holds"):
            packing.unpacked(zlib.compress(pickle.dumps(outer)))


def test_a_result_whose_data_class_has_other_fields_by_now_is_none(monkeypatch):
    packed = packing.packed([Note("x")])
    assert packing.unpacked(packed) == [Note("x")]
    grown = make_dataclass("Note", [("text", str), ("loud", bool)], frozen=True)
    monkeypatch.setattr("answers.answer.Note", grown)
    with pytest.raises(pickle.UnpicklingError, match=r"answers\.answer\.Note had other fields"):
        packing.unpacked(packed)


def test_frames_arrays_dates_and_our_own_data_classes_are_read_again():
    frame = pd.DataFrame({
        "a": [1.5, None], "s": ["가", "b"], "d": pd.to_datetime(["2026-01-01", "2026-02-01"]), "c": pd.Categorical(["x", "y"]),
    })  # fmt: skip
    made = {
        "f": frame,
        "p": pd.period_range("2026-01", periods=2, freq="M"),
        "n": np.float64(2),
        "w": Note("x"),
        "day": date(2026, 1, 1),
    }
    again = packing.unpacked(packing.packed(made))
    pd.testing.assert_frame_equal(again["f"], frame)
    assert again["p"].equals(made["p"]) and (again["n"], again["w"], again["day"]) == (
        2,
        Note("x"),
        date(2026, 1, 1),
    )


def read_only(url: str) -> Store:
    return Store(f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true")


def test_a_store_that_cannot_be_written_keeps_studies_in_memory_for_its_readers(tmp_path, entered):
    url = f"sqlite:///{tmp_path / 's.db'}"
    make(url).dispose()
    made, shut = entered("t.memory"), read_only(url)
    assert [Reader(shut).study("t.memory") for _ in range(3)] == [1, 1, 1] and len(made) == 1
    assert Reader(shut, patient=False).study("t.memory") == 1
    assert studies.kept(shut) == []
    visit(Store.of(url), "d")
    shut.changed()
    Reader(shut).study("t.memory")
    assert len(made) == 2
    with pytest.raises(StoreProblem, match="readonly"):
        worker.make_all(shut)


def watched(store: Store, monkeypatch: pytest.MonkeyPatch, rounds: int = 3) -> list[str]:
    """What a worker says in so many rounds, without waiting."""
    said: list[str] = []
    left = iter(range(rounds * 2))
    monkeypatch.setattr(worker, "_rest", lambda wanted: None)
    monkeypatch.setattr(worker, "WATCH_EVERY_S", 0.0)
    worker.watch(store, wanted=lambda: next(left, None) is not None, said=said.append)
    return said


def test_the_worker_says_once_that_it_cannot_keep_and_works_nothing_out(
    tmp_path, alone, entered, monkeypatch
):
    made = entered("t.w")
    absent = tmp_path / "none.db"
    assert watched(Store(f"sqlite:///{absent}"), monkeypatch) == [f"{studies.OFF_DUTY}: absent"]
    assert list(tmp_path.iterdir()) == []
    url = f"sqlite:///{tmp_path / 's.db'}"
    make(url).dispose()
    assert watched(read_only(url), monkeypatch) == [f"{studies.OFF_DUTY}: readonly"] and made == []
    with writing(make_engine(url)) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert watched(Store(url), monkeypatch) == [f"{studies.OFF_DUTY}: old"]


def test_the_worker_makes_what_is_outstanding_and_waits_where_another_has_the_store(
    small, alone, entered, monkeypatch
):
    made = entered("t.work")
    with one_alone(small.engine, "studies") as mine:
        assert mine and watched(Store(small.url), monkeypatch) == [studies.ON_DUTY] and made == []
    said = watched(small, monkeypatch)
    assert said[0] == studies.ON_DUTY and said[1].startswith("t.work: ") and len(said) == 2 and made == [()]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One question alone, which counts the rows of attendance by a study; the languages in which it was really made."""
    made: list[str] = []

    def count(ask: Ask, read: Reader) -> Answer:
        made.append(ask.lang)
        return Answer("T", f"{studies.result(read, 't.ahead')} {ask['year']}")

    year = Choice(name="year", options=("2025", "2026"), label="x", default="2026")
    one = registry.Question("about", (year,), count)
    monkeypatch.setattr(registry, "every", lambda: (one,))
    monkeypatch.setattr(registry, "get", lambda id: one)
    return made


def restarted(store: Store) -> None:
    """This process forgets what it knows of a store, as another one that starts."""
    store.forget()
    SHELF.clear()
    studies._LOADED.clear()


def test_what_is_answered_before_anything_is_chosen_is_there_after_a_start(small, entered, only):
    entered("t.ahead", lambda read: int(read.store.batches().get("attendance", 0)))
    visit(small, "a")
    worker.make_all(small)
    assert ahead.make_all(small) == 2 and sorted(only) == ["en", "ko"]  # a question in two languages
    assert ahead.make_all(small) == 0

    restarted(small)
    read = Reader(small, patient=False)
    with noted() as rested:
        found = registry.answer("about", read, "ko")
    assert found.sentence == "1 2026" and found.data_version == 1 and "t.ahead" in rested.studies
    assert sorted(only) == ["en", "ko"]  # nothing was made again
    registry.answer("about", read, "ko", {"year": "2025"})  # something is chosen
    registry.answer(
        "about", Reader(small, Rights("analyst", named=True), patient=False), "ko"
    )  # more is seen
    assert sorted(only) == ["en", "ko", "ko", "ko"]


def test_each_code_of_a_choice_named_ahead_is_there_after_a_start(small, entered, only, monkeypatch):
    entered("t.ahead", lambda read: int(read.store.batches().get("attendance", 0)))
    visit(small, "a")
    worker.make_all(small)
    one = registry.get("about")
    every = replace(one, ahead=one.choices[0])
    monkeypatch.setattr(registry, "every", lambda: (every,))
    assert ahead.make_all(small) == 4  # two years in two languages
    made = len(only)
    restarted(small)
    found = registry.answer("about", Reader(small, patient=False), "ko", {"year": "2025"})
    assert found.sentence == "1 2025" and len(only) == made


def test_an_answer_that_could_not_be_read_again_is_left_to_be_made_when_asked_for(
    small, entered, monkeypatch
):
    plain = registry.Question("about", (), lambda ask, read: Answer("T", "plain"))
    odd = registry.Question("kpi", (), lambda ask, read: Answer("T", "odd", blocks=(make_engine,)))
    by_id = {"about": plain, "kpi": odd}
    monkeypatch.setattr(registry, "every", lambda: (plain, odd))
    monkeypatch.setattr(registry, "get", by_id.__getitem__)
    assert ahead.make_all(small) == 2  # the plain one in two languages
    restarted(small)
    assert registry.answer("kpi", Reader(small, patient=False), "en").sentence == "odd"


def test_an_answer_made_ahead_falls_with_the_data_its_studies_and_the_code(small, entered, only, monkeypatch):
    entered("t.ahead", lambda read: int(read.store.batches().get("attendance", 0)))
    visit(small, "a")
    worker.make_all(small)
    ahead.make_all(small)
    visit(small, "b")
    restarted(small)
    made = len(only)
    late = registry.answer("about", Reader(small, patient=False), "ko")
    assert late.data_version == 2 and late.late and len(only) == made + 1  # of the present data, study behind
    assert ahead.make_all(small) == 0  # what is late is shown, not kept
    worker.make_all(small)
    restarted(small)
    assert registry.answer("about", Reader(small, patient=False), "ko").sentence == "2 2026"
    assert len(only) == made + 3 and ahead.make_all(small) == 2
    made = len(only)
    studies.drop(small, ["t.ahead"])
    worker.make_all(small)  # the same result, another stamp
    restarted(small)
    registry.answer("about", Reader(small, patient=False), "ko")
    assert len(only) == made + 1
    ahead.make_all(small)
    made = len(only)
    monkeypatch.setattr(studies, "code_version", lambda folders=studies.CODE: "other")
    restarted(small)
    registry.answer("about", Reader(small, patient=False), "ko")
    assert len(only) == made + 1


# ── The store's state ─────────────────────────────────────────────────────────────────────────────


def test_the_version_is_asked_for_now_and_then_and_at_once_after_a_write(small, monkeypatch):
    before = small.version()
    with writing(small.engine) as connection:
        add(connection, "attendance", [{**VISIT, "district_code": "11010", "visits": 3}], sha="v")
    assert small.version() == before  # within the second
    small.changed()
    after = small.version()
    assert after > before and small.batches()["attendance"] == after
    monkeypatch.setattr("answers.store.VERSION_EVERY_S", -1.0)
    with writing(small.engine) as connection:
        add(
            connection,
            "attendance",
            [{**VISIT, "district_code": "11010", "visits": 4, "sex": "male"}],
            sha="w",
        )
    assert small.version() > after


def test_a_store_that_is_absent_says_so_and_is_not_made(tmp_path):
    with pytest.raises(StoreProblem, match="absent"):
        Reader(Store(f"sqlite:///{tmp_path / 'none.db'}"))
    assert list(tmp_path.iterdir()) == []


# ── The door to figures ───────────────────────────────────────────────────────────────────────────


def test_a_query_with_counts_of_persons_does_not_pass_as_a_list(small):
    read = Reader(small)
    for query in (queries.spells, queries.totals, queries.sums, queries.supports):
        with pytest.raises(ValueError, match="for_model"):
            read.rows(query)
    assert list(read.rows(queries.districts)["district_code"]) == ["11010", "11020", "11210"]


def test_totals_are_the_sums_of_the_rows_under_the_rule(small):
    for sha, visits, district in (("a", 33, "11010"), ("b", 4, "11020"), ("c", 8, "11020")):
        visit(small, sha, visits, district)
    visit(small, "d", 9, "11210")
    with small.connect() as connection:
        rows = connection.execute(
            text("SELECT district_code, SUM(visits) FROM attendance WHERE superseded_by IS NULL GROUP BY 1")
        )
        true = {str(code): float(n) for code, n in rows}
    assert true == {"11010": 33, "11020": 12, "11210": 9}

    def shown(view: str) -> dict[str, float]:
        read = Reader(small, Rights(view))
        return {
            code: read.totals(
                "attendance_monthly", columns=("visits",), keys=("programme_id",), where={"area_code": code}
            )["visits"].sum(skipna=False)
            for code in true
        }

    published = shown("published")
    assert published["11010"] == 30 and published["11020"] == 10 and np.isnan(published["11210"])
    assert Reader(small).total("attendance_monthly", columns=("visits",))["visits"] == 50
    with pytest.raises(ValueError, match="analyst"):  # the office's records are never shown raw
        Reader(small, Rights("analyst"))
    with writing(small.engine) as connection:
        set_state(connection, city="demo")
    small.forget()
    assert shown("analyst") == true and shown("published")["11010"] == 30


def test_what_a_model_takes_is_closed_and_only_a_named_rule_opens_it(small):
    visit(small, "m", 34)
    read = Reader(small)
    raw = read.for_model("attendance_monthly", columns=("visits",))
    assert not raw.empty
    assert [n for n in dir(raw) if not n.startswith("_")] == ["empty"]
    for use in (
        str,
        repr,
        float,
        len,
        iter,
        list,
        lambda r: r["visits"],
        lambda r: r.visits,
        lambda r: vars(r),
    ):
        try:
            said = str(use(raw))
        except (TypeError, AttributeError):
            continue
        assert "34" not in said.replace(hex(id(raw))[2:], "")
    rule = Rule("visits.true", "everything")
    with noted() as rested:
        found = read.judged(rule, lambda frame, many, by: float(frame["visits"].sum() + many[0]["visits"].sum() + by["x"]["visits"].sum()),
                            raw, [raw], by={"x": raw})  # fmt: skip
    assert found == 3 * 34 and rested.rules == {"visits.true"}


def test_an_answer_of_raw_rows_cannot_be_written(small):
    visit(small, "n", 34)
    raw = Reader(small).for_model("attendance_monthly", columns=("visits",))
    told = written.as_json(Answer("t", blocks=[Table([Column("a")], [[raw]])])) + written.as_text(
        Answer("t", blocks=[Note(f"{raw}")])
    )
    assert "34" not in told.replace(hex(id(raw))[2:], "") and isinstance(raw, Raw)


# ── Tables behind figures ─────────────────────────────────────────────────────────────────────────


def table(*traces: dict[str, Any], **layout: Any) -> Table:
    found = twin.table_of(Figure("f", {"data": list(traces), "layout": layout}, "alt"), "ko")
    assert found is not None
    return found


def test_bars_become_a_row_per_place_and_a_column_per_series():
    found = table(
        {"type": "bar", "name": f"{BOLD}A{PLAIN}", "x": ["가", "나\n다"], "y": np.array([1200.0, np.nan])},
        {"type": "bar", "name": "A", "x": ["나\n다"], "y": [0.25]},
        {"type": "bar", "name": "guide", "x": ["가"], "y": [9], "hoverinfo": "skip"},
        xaxis={"title": {"text": "구"}}, yaxis={"ticksuffix": "%"},
    )  # fmt: skip
    assert [c.label for c in found.columns] == ["구", "A", "A (2)"]
    assert [list(r) for r in found.rows] == [["가", "1,200%", ""], ["나 · 다", "", "0.25%"]]


def test_lines_are_told_along_their_axis_and_dots_lying_down_across_it():
    line = table(
        {"mode": "lines", "name": "rate", "x": ["2025-01", "2025-02"], "y": [84.25, 83]},
        xaxis={"title": "month"},
    )
    assert [list(r) for r in line.rows] == [["2025-01", "84.3"], ["2025-02", "83"]] and line.columns[
        0
    ].label == "month"
    unnamed = {"type": "bar", "orientation": "h", "y": ["a"], "x": [1]}
    assert [c.label for c in table(unnamed).columns] == [t("chart.place", "ko"), t("chart.value", "ko")]
    assert table(unnamed, xaxis={"title": {"text": "calls"}}).columns[1].label == "calls"
    dots = table(
        {"mode": "markers", "orientation": "h", "y": ["Jongno", "Jung"], "x": [3, 4]},
        yaxis={"title": "district"},
    )
    assert [list(r) for r in dots.rows] == [["Jongno", "3"], ["Jung", "4"]]


def test_a_figure_without_marks_or_with_too_many_has_no_table_and_its_own_comes_first():
    assert twin.table_of(Figure("f", {"data": []}, "alt"), "ko") is None
    many = {"type": "bar", "x": list(range(twin.MOST_ROWS + 1)), "y": [1] * (twin.MOST_ROWS + 1)}
    assert twin.table_of(Figure("f", {"data": [many]}, "alt"), "ko") is None
    own = Table([Column("a")], [["1"]])
    assert twin.table_of(Figure("f", {"data": [many]}, "alt", table=own), "ko") is own


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────

ROWS = Table(
    [Column("name"), Column("n", number=True, unit="%")],
    [("=SUM(A1)", "-3.5"), ("@x", "+1,200"), ("-", "12%"), (Cell("a", value=1, under=()), float("nan")), ("\tx", "−4")], name="rows",
)  # fmt: skip


def test_a_cell_that_looks_like_a_formula_is_text_and_a_number_stays_one():
    lines = list(csv.reader(io.StringIO(written.csv_bytes(ROWS, "en").decode("utf-8-sig"))))
    assert lines[0] == ["name", "n (%)"]
    assert lines[1:4] == [["'=SUM(A1)", "-3.5"], ["'@x", "1200"], ["'-", "12"]] and lines[5] == ["'\tx", "-4"]


def test_json_is_valid_and_names_the_type_of_every_block():
    found = Answer("t", "s", blocks=[
        ROWS, Fold("more", [Figure("f", {"data": [{"type": "bar", "x": ["a"], "y": np.array([1.0])}], "z": float("inf")}, "alt")]),
        Piece("p", data=object(), blocks=[Note("n")]), Download("d", ROWS),
    ])  # fmt: skip
    told = json.loads(written.as_json(found), parse_constant=lambda name: pytest.fail(name))
    assert [b["type"] for b in told["blocks"]] == ["table", "fold", "piece", "download"]
    figure = told["blocks"][1]["blocks"][0]
    assert (
        figure["spec"]["data"][0]["y"] == [1.0]
        and figure["table"]["rows"] == [["a", "1"]]
        and figure["spec"]["z"] is None
    )
    assert "data" not in told["blocks"][2] and told["blocks"][0]["rows"][3][1] is None
    assert found.tables()[0] is ROWS and len(found.tables()) == 2


def test_text_holds_the_sentence_every_table_and_what_folds_hide(store):
    for id in ("hotline.flow", "programmes"):
        found = registry.answer(id, Reader(Store.of(store)), "en")
        said = written.as_text(found)
        assert found.title in said and found.sentence in said and all(f.alt in said for f in found.figures())


# ── On the command line ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def engine(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A small store behind DATABASE_URL."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 's.db'}")
    made = make(cities.address(cities.DEMO), city=cities.DEMO)
    yield made
    made.dispose()


def test_the_list_names_every_question_and_its_codes(monkeypatch, store, capsys):
    monkeypatch.setenv("DATABASE_URL", place(store))
    assert command.main(["list"]) == 0
    said = capsys.readouterr().out
    assert all(f"{q.id}\n" in said for q in registry.every()) and "  --months 3 12 24" in said


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["nope"], "hotline.flow"), (["hotline.flow", "--month", "3"], "months, channel"), (["hotline.flow", "--months", "7"], "3, 12, 24"),
        (["hotline.flow", "months"], "--name code"), (["hotline.flow", "--city", "busan"], "demo"), (["hotline.flow", "--format", "csv", "--table", "99"], "tables, from 0"),
    ],
)  # fmt: skip
def test_what_is_not_on_offer_is_an_error_that_names_what_is(monkeypatch, store, capsys, words, named):
    monkeypatch.setenv("DATABASE_URL", place(store))
    with pytest.raises(SystemExit) as ended:
        command.main(["show", *words])
    assert ended.value.code == 2 and named in capsys.readouterr().err


def test_an_answer_is_shown_as_text_and_json(monkeypatch, store, capsys):
    monkeypatch.setenv("DATABASE_URL", place(store))
    assert command.main(["show", "hotline.flow", "--months=3", "--lang", "en"]) == 0
    own = registry.answer("hotline.flow", Reader(Store.of(store)), "en", {"months": "3"})
    assert capsys.readouterr().out.strip() == written.as_text(own).strip()
    assert command.main(["show", "hotline.flow", "--months", "3", "--lang", "en", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(written.as_json(own))


def test_studies_are_made_listed_and_dropped(engine, alone, entered, capsys):
    entered("t.cli", over=lambda read: [(1,), (2,)])
    for words, said in (
        ([], "none  t.cli(1)"), (["--make"], "2 made"), ([], "kept  t.cli(1)"), (["--make"], "0 made"), (["--drop", "t.cli(1)"], "1 dropped"),
        ([], "none  t.cli(1)"), (["--drop"], "1 dropped"),
    ):  # fmt: skip
        assert command.main(["studies", *words]) == 0
        assert said in capsys.readouterr().out


def test_a_store_problem_is_said_in_words(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert command.main(["list"]) == 1
    assert "no data store" in capsys.readouterr().err


def test_importing_every_question_brings_no_screen_no_fit_no_map_reader_and_no_workbook():
    """Pages stand on kept studies: what only fits, files and migrations need would add a second to the first page."""
    heavy = {"streamlit", "statsmodels", "scipy.stats", "scipy.optimize", "scipy.sparse", "geopandas", "openpyxl", "alembic"}  # fmt: skip
    script = (
        f"import sys; from answers import registry; registry.every(); print(*({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
