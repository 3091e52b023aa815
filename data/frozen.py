"""What tells a release's store from a city's own, without pandas: a server that only asks who may do what must start at once."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from data.tables import release

# Notes of a release's store: its number, when it was made (naive UTC), and the tables that had rows which it does not hold.
NOTE, MADE, GONE = "release", "released_at", "held_tables"

PERSONS = (
    "hotline_contact",
    "referral",
    "counselling_case",
    "counselling_session",
    "outcome_measure",
    "spell",
    "support_period",
    "follow_up",
)


def latest(connection: Connection) -> int:
    """The number of a city's newest release; 0 where there is none."""
    return int(connection.execute(select(func.max(release.c.number))).scalar() or 0)
