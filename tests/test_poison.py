"""Nothing shown comes from raw rows except through a named rule: with every raw number changed beyond recognition, and what
the rules made of the true ones put back in its place, each answer is the same to the letter.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from answers import registry, worker, written
from answers.answer import Answer, Cell
from answers.kept import SHELF, ground
from answers.reader import Raw, Reader
from answers.rights import Rights
from answers.store import Store

POISON = 987_654


@pytest.fixture(scope="module")
def worked(store_copy: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A copy of the demonstration store for which every study has been made; what was kept of it goes afterwards."""
    found = Store.of(store_copy(tmp_path_factory.mktemp("poison") / "s.db"))
    worker.make_all(found)
    yield found
    SHELF.clear()
    found.engine.dispose()


class Tape:
    """What every rule made of true figures, in the order of the calls; then played back."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Any]] = []
        self.at = 0

    def record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        true = Reader.judged

        def judged(read: Reader, rule: Any, make: Any, *args: Any, **named: Any) -> Any:
            place = len(self.made)
            self.made.append((rule.name, None))
            found = true(read, rule, make, *args, **named)
            self.made[place] = (rule.name, found)
            return found

        monkeypatch.setattr(Reader, "judged", judged)

    def play(self, monkeypatch: pytest.MonkeyPatch, *, words: bool = True) -> None:
        """From now on rules give what they gave; without `words`, those that give words alone judge what they are given."""
        true = Reader.judged

        def judged(read: Reader, rule: Any, make: Any, *args: Any, **named: Any) -> Any:
            ground().rules.add(rule.name)
            name, found = self.made[self.at]
            assert name == rule.name, f"{rule.name} is asked for where {name} was"
            self.at += 1
            return true(read, rule, make, *args, **named) if rule.words and not words else found

        monkeypatch.setattr(Reader, "judged", judged)


KEYS = ("month_key", "signal", "other")


def poisoned(frame: pd.DataFrame, but: tuple[str, ...] = ()) -> pd.DataFrame:
    """The frame with every number changed beyond recognition; whether a row is synthetic stays."""
    out = frame.copy()
    for name in set(out.columns) - set(but):
        if pd.api.types.is_numeric_dtype(out[name]) and not pd.api.types.is_bool_dtype(out[name]):
            out[name] = out[name] + POISON
    return out


def poison(monkeypatch: pytest.MonkeyPatch, but: tuple[str, ...] = ()) -> list[str]:
    """From now on what a model takes is poisoned; returns the list of what was asked for."""
    true, taken = Reader.for_model, []

    def for_model(read: Reader, fact: Any, **more: Any) -> Raw:
        taken.append(str(getattr(fact, "__name__", fact)))
        return Raw(poisoned(true(read, fact, **more)._frame, but))

    monkeypatch.setattr(Reader, "for_model", for_model)
    return taken


@pytest.mark.parametrize("view", ["published", "analyst"])
@pytest.mark.parametrize("id", [q.id for q in registry.every()])
def test_nothing_shown_comes_from_raw_rows_but_through_a_rule(worked, monkeypatch, id, view):
    def answered() -> str:
        SHELF.clear()
        found = registry.answer(id, Reader(worked, Rights(view), patient=False), "ko")
        assert not found.pending and not found.late and not found.awaited
        return written.as_json(found)

    tape = Tape()
    with monkeypatch.context() as patch:
        tape.record(patch)
        true = answered()
    with monkeypatch.context() as patch:
        poison(patch)
        tape.play(patch)
        again = answered()
    assert again == true
    assert tape.at == len(tape.made)


def numbers_of(answer: Answer) -> Counter[float]:
    """Every number in a column of figures, behind a cell, or drawn; of the signs the drawn ones: pairs are listed by word."""
    found: Counter[float] = Counter()
    for table in answer.tables() if answer.question != "detection.signs" else ():
        for row in table.rows:
            for column, cell in zip(table.columns, row, strict=False):
                if isinstance(cell, Cell) and cell.value is not None:
                    found[float(cell.value)] += 1
                elif column.number:
                    found.update(float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*", str(cell)))
    for figure in answer.figures():
        for trace in figure.spec["data"]:
            for axis in ("x", "y"):
                found.update(v for v in trace.get(axis) or () if isinstance(v, (int, float)))
    return found


@pytest.mark.parametrize(
    "id",
    [
        "kpi",
        "counselling.outcomes",
        "counselling.providers",
        "detection.signs",
        "district_map.funnel",
        "overview",
    ],
)
def test_where_only_words_are_judged_of_poisoned_counts_no_number_changes(worked, monkeypatch, id):
    """A verdict may follow the true counts; a figure may not."""

    def answered() -> Answer:
        SHELF.clear()
        return registry.answer(id, Reader(worked, patient=False), "ko")

    tape = Tape()
    with monkeypatch.context() as patch:
        tape.record(patch)
        true = answered()
    with monkeypatch.context() as patch:
        poison(patch, KEYS)
        tape.play(patch, words=False)
        again = answered()
    assert numbers_of(again) == numbers_of(true) and sum(numbers_of(true).values()) > 20
    if id in ("kpi", "detection.signs", "district_map.funnel"):
        assert written.as_json(again) != written.as_json(true)


def test_the_poison_works(worked, monkeypatch):
    """Without the rules' true outcomes back in place, an answer that rests on them is another."""
    read = Reader(worked, patient=False)
    SHELF.clear()
    true = written.as_json(registry.answer("counselling.waits", read, "ko"))
    SHELF.clear()
    taken = poison(monkeypatch)
    try:
        again = written.as_json(registry.answer("counselling.waits", read, "ko"))
    except (ValueError, KeyError, OverflowError):
        again = ""  # figures beyond any sense may not even be worked with
    assert taken and again != true
