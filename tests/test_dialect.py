"""Where SQLite and PostgreSQL differ for us, the answer is the same."""

from datetime import date, datetime

import pytest
from small import add
from sqlalchemy import select

from data import tables as t
from data.dialect import among
from data.engine import make_engine, writing

DAYS = [date(2026, 5, day) for day in (1, 2, 3)]


@pytest.fixture
def engine(small_url):
    """Three contacts, one a day."""
    engine = make_engine(small_url)
    rows = [
        {
            "contact_id": f"c{n}", "channel": "phone", "attempted_at": datetime(2026, 5, n + 1, 1, 2, 3), "outcome": "answered",
            "district_code": "11010" if n else None, "age_band": "40-64", "sex": "female", "risk": False, "referred": False,
            "local_date": day, "month_key": 202605, "hour": 9,
        }
        for n, day in enumerate(DAYS)
    ]  # fmt: skip
    with writing(engine) as connection:
        add(connection, "hotline_contact", rows)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("column", "wanted", "found"),
    [
        ("contact_id", ["c0", "c2", "none"], ["c0", "c2"]),
        ("contact_id", [], []),
        (
            "contact_id",
            ["c1", *("x" * 60 + str(n) for n in range(40_000))],
            ["c1"],
        ),  # more than a statement has places
        ("contact_id", ["c1" + " " * 80], []),  # a value that is too long is another one
        ("contact_id", ['a"b', "c\\1", "이음", "c2"], ["c2"]),
        ("contact_id", ["", "c1"], ["c1"]),
        ("contact_id", [""], []),
        ("contact_id", ["x\x1fc1", "c2"], ["c2"]),  # what stands between values is in none
        ("contact_id", ["c0", None], ["c0"]),
        ("month_key", [202604, 202605], ["c0", "c1", "c2"]),
        ("local_date", [DAYS[0], DAYS[2], date(2020, 1, 1)], ["c0", "c2"]),
        ("attempted_at", [datetime(2026, 5, 2, 1, 2, 3)], ["c1"]),
        ("district_code", [None, "11020"], []),  # no value is no value, also among values
    ],
)
def test_a_column_is_held_against_many_values(engine, column, wanted, found):
    c = t.hotline_contact.c
    with engine.connect() as connection:
        asked = select(c.contact_id).where(among(connection, c[column], wanted)).order_by(c.contact_id)
        assert list(connection.execute(asked).scalars()) == found
