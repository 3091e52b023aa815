"""where the records end: months that came, and months closed by somebody's word

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables; `python -m data build` then fills the first from the rows that every batch has."""
    op.create_table(
        "arrival",
        sa.Column("batch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("month_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_arrival_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "district_code", "month_key", name=op.f("pk_arrival")),
    )
    op.create_table(
        "closing",
        sa.Column("closing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("closing_id", name=op.f("pk_closing")),
    )  # fmt: skip


def downgrade() -> None:
    """What was closed by word is forgotten; what came can be read off the rows again."""
    op.drop_table("closing")
    op.drop_table("arrival")
