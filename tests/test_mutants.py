"""The command that changes the code and asks whether a test notices."""

from __future__ import annotations

import pytest

from metrics import waits
from tools.mutants import draw, page, run

CODE = """LEAST = 5

@cached
def plain(a, b=2):
    return a + b

class Table:
    width = 3

    def cells(self,
              n):
        def inner():
            return n
        return inner()
"""


@pytest.mark.parametrize(
    ("line", "function"),
    [(1, None), (3, None), (4, None), (5, "plain"), (8, None), (11, None), (13, "Table.cells"), (14, "Table.cells")],
)  # fmt: skip
def test_a_line_belongs_to_the_outermost_function_whose_body_holds_it(line, function):
    assert run.function_at(CODE, line) == function


def test_an_operator_is_exchanged_for_another_of_its_kind():
    like = ("ReplaceBinaryOperator_Mul_Div", "ReplaceComparisonOperator_Lt_GtE", "NumberReplacer", "AddNot")
    unlike = (
        "ReplaceBinaryOperator_Mul_LShift",
        "ReplaceComparisonOperator_Eq_Is",
        "ReplaceBinaryOperator_BitAnd_Mul",
    )
    assert all(draw.of_a_kind(f"core/{name}") for name in like)
    assert not any(draw.of_a_kind(f"core/{name}") for name in unlike)


def test_a_changed_function_is_changed_wherever_it_is_held():
    held = waits.service_levels.__wrapped__  # behind the guard
    before, path = held.__code__, "metrics/waits.py"
    text = (run.ROOT / path).read_text(encoding="utf-8").replace("fast + gone", "fast - gone")
    try:
        assert run.put({"path": path, "code": text}, "service_levels")
        assert held.__code__ != before
        assert not run.put({"path": path, "code": text}, "no_such_function")
    finally:
        held.__code__ = before


def test_the_page_counts_what_lives_and_leaves_out_what_changes_nothing(monkeypatch):
    row = {
        "path": "metrics/a.py",
        "line": 3,
        "operator": "core/NumberReplacer",
        "seconds": 30.0,
        "survives": False,
    }
    rows = [{**row, "shown": [f"-{n}", f"+{n + 1}"], "survives": n < 3} for n in range(20)]
    monkeypatch.setattr(page, "reasons", lambda: {("metrics/a.py", "-0\n+1"): "Because."})
    text = page.text(rows, 7, 20)
    assert "20 changes drawn with seed 7, 10 minutes" in text
    assert "Bar missed" in page.text(rows * 30, 7, 600)
    assert "20 changes of 30 drawn with seed 7" in page.text(rows, 7, 30)
    assert "**2 live (10.0 %)**, and 1 more" in text and "Bar open" in text and "3 lived when first" in text
    assert "| metrics | 20 | 2 | 10.0 | 1 |" in text and "`metrics/a.py:3` Because." in text


def test_a_fork_tells_its_status_and_one_that_does_not_end_is_ended():
    assert run.forked(lambda: 3, 60) == 3
    assert run.forked(lambda: 1 // 0, 60) == 1
    assert run.forked(lambda: run.signal.pause() or 0, 0.05) is None
