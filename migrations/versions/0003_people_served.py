"""people whose service began, by year

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The fact behind reach; `make data` fills it from the rows that the store already holds."""
    op.create_table(
        "served_yearly",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "year", "district_code", "service", "synthetic", name=op.f("pk_served_yearly")
        ),
    )


def downgrade() -> None:
    """Drop the fact; it can be rolled up again."""
    op.drop_table("served_yearly")
