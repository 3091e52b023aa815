"""comparisons that are registered before looking

Revision ID: 0025
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table: which measure is compared how, from when, and what would matter, with the digest by which nobody can change it unseen."""
    op.create_table(
        "registration",
        sa.Column(
            "registration_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=64), server_default="", nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("design", sa.String(length=12), nullable=False),
        sa.Column("programme", sa.String(length=40), server_default="", nullable=False),
        sa.Column("known_to", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_registration")),
    )


def downgrade() -> None:
    """What was registered goes with its table."""
    op.drop_table("registration")
