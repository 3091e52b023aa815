"""The sixty kinds of file that offices send: each file as declared, and the printed table current."""

from __future__ import annotations

import pytest

from tools.catalogue.__main__ import FILE, page, table
from tools.catalogue.kinds import KINDS


@pytest.fixture(scope="module")
def made() -> tuple[str, list[str]]:
    return table()


def test_there_are_sixty_kinds_each_with_a_file():
    assert [kind.number for kind in KINDS] == list(range(1, 61)) and all(kind.cases for kind in KINDS)


def test_every_file_of_every_kind_is_dealt_with_as_declared(made):
    assert made[1] == []


def test_the_printed_table_is_current(made):
    text = FILE.read_text(encoding="utf-8")
    assert page(text, made[0]) == text, "run python -m tools.catalogue"


def test_a_file_that_is_not_as_declared_is_said():
    from dataclasses import replace

    from tools.catalogue.kind import run

    right = KINDS[0].cases[0]
    assert run(right).wrong == ()
    assert run(replace(right, outcome="F")).wrong and run(replace(right, values=(1,))).wrong
    assert run(replace(right, told="없는 말")).wrong and run(replace(right, change="corrected")).wrong
