"""people are counted in the month in which they reach a step, beside what was paid in it

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more fact, rolled up from the rows that a store already holds."""
    op.create_table(
        "thread_reached",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("contacted", sa.BigInteger(), nullable=False),
        sa.Column("assessed", sa.BigInteger(), nullable=False),
        sa.Column("enrolled", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("connected", sa.BigInteger(), nullable=False),
        sa.Column("apart", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "year", "month", "district_code", "door", "programme_id", name=op.f("pk_thread_reached")
        ),
    )


def downgrade() -> None:
    """Drop it; it can be rolled up again."""
    op.drop_table("thread_reached")
