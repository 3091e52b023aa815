"""people are followed over tables from being known to staying connected

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three facts, rolled up from the rows that a store already holds."""
    op.create_table(
        "thread_link",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("met", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", "table_name", name=op.f("pk_thread_link")),
    )
    op.create_table(
        "thread_time",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", "step", "kind", "days", name=op.f("pk_thread_time")),
    )
    op.create_table(
        "thread_yearly",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("age_band", sa.String(length=8), nullable=False),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("contacted", sa.BigInteger(), nullable=False),
        sa.Column("assessed", sa.BigInteger(), nullable=False),
        sa.Column("enrolled", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("ended_known", sa.BigInteger(), nullable=False),
        sa.Column("silent_known", sa.BigInteger(), nullable=False),
        sa.Column("ended_contacted", sa.BigInteger(), nullable=False),
        sa.Column("silent_contacted", sa.BigInteger(), nullable=False),
        sa.Column("ended_assessed", sa.BigInteger(), nullable=False),
        sa.Column("silent_assessed", sa.BigInteger(), nullable=False),
        sa.Column("ended_enrolled", sa.BigInteger(), nullable=False),
        sa.Column("silent_enrolled", sa.BigInteger(), nullable=False),
        sa.Column("scored", sa.BigInteger(), nullable=False),
        sa.Column("better", sa.BigInteger(), nullable=False),
        sa.Column("due_6", sa.BigInteger(), nullable=False),
        sa.Column("connected_6", sa.BigInteger(), nullable=False),
        sa.Column("apart_6", sa.BigInteger(), nullable=False),
        sa.Column("due_12", sa.BigInteger(), nullable=False),
        sa.Column("connected_12", sa.BigInteger(), nullable=False),
        sa.Column("apart_12", sa.BigInteger(), nullable=False),
        sa.Column("due_24", sa.BigInteger(), nullable=False),
        sa.Column("connected_24", sa.BigInteger(), nullable=False),
        sa.Column("apart_24", sa.BigInteger(), nullable=False),
        sa.Column("now_connected", sa.BigInteger(), nullable=False),
        sa.Column("now_apart", sa.BigInteger(), nullable=False),
        sa.Column("ever_connected", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("came_back", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "year", "district_code", "door", "programme_id", "age_band", "sex", name=op.f("pk_thread_yearly")
        ),
    )


def downgrade() -> None:
    """Drop them; they can be rolled up again."""
    op.drop_table("thread_yearly")
    op.drop_table("thread_time")
    op.drop_table("thread_link")
