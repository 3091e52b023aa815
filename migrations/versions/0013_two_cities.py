"""two cities: no row says any more whether it was made

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The facts with the keys that they keep.
FACTS = {
    "hotline_daily": ("day", "hour", "district_code", "age_band", "sex", "channel", "topic"),
    "hotline_monthly": ("month_key", "district_code", "age_band", "sex", "channel"),
    "hotline_wait": ("month_key", "district_code", "channel", "outcome", "wait_s"),
    "hotline_handle": ("month_key", "district_code", "channel", "handle_bin_s"),
    "agent_daily": ("day", "hour"),
    "case_monthly": ("month_key", "district_code", "programme_id", "age_band", "sex"),
    "session_daily": ("day", "district_code", "programme_id", "mode", "counsellor_type"),
    "outcome_monthly": ("month_key", "district_code", "programme_id", "age_band", "sex"),
    "attendance_daily": ("day", "district_code", "programme_id", "age_band", "sex"),
    "attendance_monthly": ("month_key", "district_code", "programme_id", "age_band", "sex"),
    "referral_monthly": ("month_key", "district_code", "programme_id", "source"),
    "ledger_monthly": ("month_key", "programme_id", "district_code", "kind", "funding", "line_type"),
    "spell_monthly": (
        *("month_key", "district_code", "state", "duration_band", "age_band", "sex", "lives_alone"),
        "prior_reisolations",
    ),
    "detection_monthly": ("month_key", "district_code", "signal"),
    "served_yearly": ("year", "district_code", "service"),
    "survey_area": ("year", "instrument_id", "district_code", "age_band", "sex", "household_type"),
    "hotline_hourly": ("day", "hour", "channel"),
    "hotline_topic": ("month_key", "channel", "topic", "age_band"),
    "hotline_caller": ("month_key",),
    "hotline_frequency": ("year", "contacts"),
    "hotline_first": ("month_key",),
    "case_course": ("month_key", "district_code", "provider_id", "programme_id"),
    "counselling_wait": ("month_key", "programme_id", "kind", "days"),
    "session_held": ("month_key", "programme_id", "held", "ending"),
    "score_pair": ("month_key", "instrument", "first", "last"),
    "course_end": ("month_key", "programme_id"),
    "detection_pair": ("month_key", "signal", "other"),
    "detection_count": ("month_key", "signals"),
}


def upgrade() -> None:
    """A store belongs to one city, which it notes. One that holds both kinds of rows is split before (`data split`)."""
    connection = op.get_bind()
    kinds = set(connection.execute(sa.text("SELECT DISTINCT evidence FROM batch")).scalars())
    if {"synthetic", "recorded"} <= kinds:
        raise RuntimeError("recorded and made rows stand in one store: python -m data split")
    if kinds:
        city = "demo" if "synthetic" in kinds else "office"
        connection.execute(
            sa.text("INSERT INTO store_state (name, value) VALUES ('city', :city)"), {"city": city}
        )
    connection.execute(sa.text("UPDATE batch SET kind = 'reference' WHERE evidence = 'published'"))
    # Rebuilding a table that others point to would fail on SQLite: its column is dropped in place.
    op.drop_column("batch", "evidence")
    for name, keys in FACTS.items():
        with op.batch_alter_table(name) as fact:
            fact.drop_constraint(op.f(f"pk_{name}"), type_="primary")
            fact.drop_column("synthetic")
            fact.create_primary_key(op.f(f"pk_{name}"), list(keys))


def downgrade() -> None:
    """What the city says of its rows is written into each of them again."""
    connection = op.get_bind()
    city = connection.execute(sa.text("SELECT value FROM store_state WHERE name = 'city'")).scalar()
    made = city == "demo"
    for name, keys in FACTS.items():
        with op.batch_alter_table(name) as fact:
            fact.drop_constraint(op.f(f"pk_{name}"), type_="primary")
            flag = sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.literal(made))
            fact.add_column(flag)
            fact.create_primary_key(op.f(f"pk_{name}"), [*keys, "synthetic"])
        with op.batch_alter_table(name) as fact:
            fact.alter_column("synthetic", server_default=None)
    evidence = sa.Column("evidence", sa.String(length=12), nullable=False, server_default="recorded")
    op.add_column("batch", evidence)
    connection.execute(
        sa.text(
            "UPDATE batch SET evidence = CASE kind WHEN 'reference' THEN 'published' WHEN 'demo' THEN 'synthetic' "
            "ELSE 'recorded' END"
        )
    )
    connection.execute(sa.text("DELETE FROM store_state WHERE name = 'city'"))
