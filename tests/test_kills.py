"""Killed at any moment: no batch in part, nothing lost that was acknowledged. All 200 by `python -m tools.kills` and in `make proof`."""

from __future__ import annotations

import pytest
from proof import size
from sqlalchemy import text

from data.engine import make_engine, writing
from tools.kills.__main__ import Told, kill_one, run, wrong


@pytest.mark.proof
def test_nothing_is_there_in_part_and_nothing_acknowledged_is_lost(small_url):
    things, found = run(small_url, size(4, 100), seed=120)
    assert found == []
    assert things > 0


def test_what_is_lost_or_there_in_part_is_seen(small_url):
    """The look that finds nothing above finds what it is there for."""
    told = Told()
    told.take(kill_one("import", small_url, 1, 1.0))
    told.take(kill_one("study", small_url, 1, 0.3))
    engine = make_engine(small_url)
    assert wrong(engine, told) == []
    number = max(told.imports)
    told.imports[number + 100] = 1
    told.study += 10**6
    told.release += 1
    with writing(engine) as connection:
        connection.execute(
            text(
                "DELETE FROM attendance WHERE row_id = (SELECT MIN(row_id) FROM attendance WHERE batch_id = :n)"
            ),
            {"n": number},
        )
    said = " ".join(wrong(engine, told))
    for one in (
        f"batch {number} is there in part",
        f"acknowledged import {number + 100} is lost",
        "acknowledged study",
        "acknowledged release 1 is lost",
    ):
        assert one in said
    engine.dispose()
