"""constituencies are named lists of dong

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

CURRENT = sa.text("superseded_by IS NULL")


def upgrade() -> None:
    """A table: one row for each dong of a constituency."""
    op.create_table(
        "ward",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("dong", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_ward_batch_id")),
        sa.ForeignKeyConstraint(
            ["district_code"], ["district.district_code"], name=op.f("fk_ward_district_code")
        ),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.batch_id"], name=op.f("fk_ward_superseded_by")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_ward")),
    )
    op.create_index(
        "uq_ward_current",
        "ward",
        ["name", "district_code", "dong"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )


def downgrade() -> None:
    """The lists go with their table."""
    op.drop_table("ward")
