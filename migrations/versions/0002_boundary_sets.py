"""boundary sets of one's own

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row for each boundary file that was brought in; its shapes join the built-in ones in `boundary`."""
    op.create_table(
        "boundary_set",
        sa.Column("vintage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("areas", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("vintage", name=op.f("pk_boundary_set")),
    )
    op.create_index("uq_boundary_set_file", "boundary_set", ["content_sha256", "level", "year"], unique=True)


def downgrade() -> None:
    """The shapes of own sets leave with their table: without it nothing names them."""
    op.execute("DELETE FROM boundary WHERE vintage > 9999")
    op.drop_index("uq_boundary_set_file", table_name="boundary_set")
    op.drop_table("boundary_set")
