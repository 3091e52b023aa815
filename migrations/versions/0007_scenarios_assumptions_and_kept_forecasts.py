"""scenarios, edits of assumptions, kept forecasts

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What analysts keep on the re-isolation page; nothing that was recorded before changes."""
    op.create_table(
        "scenario",
        sa.Column("scenario_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("model_version", sa.String(length=12), nullable=False),
        sa.Column("data_version", sa.String(length=12), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("scenario_id", name=op.f("pk_scenario")),
    )
    op.create_table(
        "assumption_edit",
        sa.Column("edit_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("lever_id", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=24), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=False),
        sa.Column("new_value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("edit_id", name=op.f("pk_assumption_edit")),
    )
    limits = [f"{side}{level}" for level in (50, 80, 95) for side in ("lower", "upper")]
    op.create_table(
        "kept_forecast",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("model_version", sa.String(length=12), nullable=False),
        sa.Column("data_version", sa.String(length=12), nullable=False),
        sa.Column("month_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in limits),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "as_of", "model_version", "data_version", "month_key", name=op.f("pk_kept_forecast")
        ),
    )


def downgrade() -> None:
    """Scenarios, edits and kept forecasts leave with their tables."""
    for name in ("kept_forecast", "assumption_edit", "scenario"):
        op.drop_table(name)
