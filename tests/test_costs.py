"""What a page costs once it has been seen, by counts and not by time: no question to the database, few elements, few bytes.

The bounds stand a tenth above what was counted when they were set. Who raises one says why a reader should wait longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from screen import launched
from sqlalchemy import event
from sqlalchemy.engine import Engine
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

# Page: elements, and kilobytes on the wire of the whole page.
BOUNDS = {
    "overview": (26, 35), "district_map": (43, 37), "kpi": (26, 68), "hotline": (35, 53), "budget": (53, 60), "thread": (32, 43),
}  # fmt: skip


@dataclass
class Cost:
    """What was sent since the last look: statements to a database, elements and bytes to the browser."""

    statements: int = 0
    elements: int = 0
    size: int = 0

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.statements - other.statements, self.elements - other.elements, self.size - other.size
        )


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cost]:
    """What is spent as the test goes on."""
    total, enqueue = Cost(), ForwardMsgQueue.enqueue

    def counted(self: ForwardMsgQueue, message: object) -> None:
        total.elements += message.WhichOneof("type") == "delta"  # type: ignore[attr-defined]
        total.size += message.ByteSize()  # type: ignore[attr-defined]
        enqueue(self, message)  # type: ignore[arg-type]

    def asked(*_: object) -> None:
        total.statements += 1

    monkeypatch.setattr(ForwardMsgQueue, "enqueue", counted)
    event.listen(Engine, "before_cursor_execute", asked)
    yield total
    event.remove(Engine, "before_cursor_execute", asked)


def of_one_more_run(app: AppTest, spent: Cost) -> Cost:
    before = Cost(spent.statements, spent.elements, spent.size)
    app.run()
    assert not app.exception
    return spent - before


@pytest.mark.parametrize("page", BOUNDS)
def test_a_page_that_was_seen_asks_no_database_and_sends_little(monkeypatch, store, spent, page):
    app = launched(monkeypatch, store, page, "ko")
    app.run()
    cost = of_one_more_run(app, spent)
    elements, kilobytes = BOUNDS[page]
    assert cost.statements == 0
    assert 0 < cost.elements <= elements and cost.size <= 1000 * kilobytes


def test_what_is_counted_is_counted(store, spent):
    """An empty page costs next to nothing, and a question to the database is one."""
    app = AppTest.from_string("import streamlit as st\nst.write('x')").run()
    empty = of_one_more_run(app, spent)
    assert (empty.statements, empty.elements) == (0, 1) and empty.size < 1000
    app = AppTest.from_string(
        f"import streamlit as st\nfrom data.engine import make_engine\nst.write(make_engine({store!r}).connect().exec_driver_sql('SELECT 7').scalar())"
    ).run()
    assert of_one_more_run(app, spent).statements >= 1
