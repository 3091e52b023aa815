"""days between steps are kept by door, age, sex, district and programme as well

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The fact anew, rolled up from the rows that a store already holds."""
    op.drop_table("thread_time")
    op.create_table(
        "thread_time",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("trait", sa.String(length=16), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "trait", "year", "group_code", "step", "kind", "days", name=op.f("pk_thread_time")
        ),
    )


def downgrade() -> None:
    """The fact as it was; it can be rolled up again."""
    op.drop_table("thread_time")
    op.create_table(
        "thread_time",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", "step", "kind", "days", name=op.f("pk_thread_time")),
    )
