"""rules of alerts, and what they found

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CURRENT = sa.text("superseded_by IS NULL")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Rules that the office sets, and a row for each time that one fired."""
    op.create_table(
        "alert_rule",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("metric_id", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("switched", sa.String(length=4), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_alert_rule_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_alert_rule_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_alert_rule")),
        sa.CheckConstraint("kind in ('decision', 'above', 'below')", name="kind_code"),
        sa.CheckConstraint("switched in ('on', 'off')", name="switched_code"),
    )
    op.create_index(
        "uq_alert_rule_current",
        "alert_rule",
        ["metric_id", "place", "kind"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_table(
        "alert",
        sa.Column("alert_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("metric_id", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("lower", sa.Float(), nullable=True),
        sa.Column("upper", sa.Float(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("fired_at", sa.DateTime(), nullable=False),
        sa.Column("ended_batch", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
    )


def downgrade() -> None:
    """Rules and what they found go with their tables."""
    op.drop_table("alert")
    op.drop_table("alert_rule")
