"""a release keeps what is published as it stood, until the next one

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The list of releases, the cells of one, and which tables a kept study reads."""
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("remark", sa.String(length=400), nullable=False),
        sa.Column("data_version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("cells_sha256", sa.String(length=64), nullable=False),
        sa.Column("facts_sha256", sa.String(length=64), nullable=False),
        sa.Column("months", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_release")),
    )
    op.create_table(
        "release_cell",
        sa.Column("fact", sa.String(length=40), nullable=False),
        sa.Column("grid", sa.String(length=80), nullable=False),
        sa.Column("span", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("sum", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("fact", "grid", "span", "place", "sum", name=op.f("pk_release_cell")),
    )
    op.add_column("study", sa.Column("reads", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Releases stand in stores of their own, which are older or newer with the city's."""
    op.drop_column("study", "reads")
    op.drop_table("release_cell")
    op.drop_table("release")
