"""Completed courses have their first waits and carried-forward outcomes; first-time callers are counted; signals get names, scales a reliability.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTS = (
    "completed",
    "waited_42_d",
    "waited_126_d",
    "scored",
    "at_caseness",
    "recovered",
    "reliably_improved",
    "reliably_recovered",
    "reliably_deteriorated",
)


def upgrade() -> None:
    """Two facts, which `make data` fills, and two small tables that files fill."""
    op.create_table(
        "course_end",
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_course_end_programme_id")
        ),
        sa.PrimaryKeyConstraint("month_key", "programme_id", "synthetic", name=op.f("pk_course_end")),
    )
    op.create_table(
        "hotline_first",
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("callers", sa.BigInteger(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("month_key", "synthetic", name=op.f("pk_hotline_first")),
    )
    op.create_table(
        "scale_reliability",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("instrument", sa.String(length=12), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_scale_reliability_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_scale_reliability_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_scale_reliability")),
        info={
            "kind": "operational",
            "ko": "척도 신뢰도",
            "en": "Reliability of a scale",
            "key": ("instrument", "method", "measured_on"),
            "date": "measured_on",
        },
    )
    with op.batch_alter_table("scale_reliability", schema=None) as batch_op:
        batch_op.create_index(
            "uq_scale_reliability_current",
            ["instrument", "method", "measured_on"],
            unique=True,
            sqlite_where=sa.text("superseded_by IS NULL"),
            postgresql_where=sa.text("superseded_by IS NULL"),
        )

    op.create_table(
        "signal_name",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("signal", sa.Integer(), nullable=False),
        sa.Column("name_ko", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_signal_name_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_signal_name_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_signal_name")),
        info={
            "kind": "operational",
            "ko": "위기신호 이름",
            "en": "Names of crisis signals",
            "key": ("signal",),
        },
    )
    with op.batch_alter_table("signal_name", schema=None) as batch_op:
        batch_op.create_index(
            "uq_signal_name_current",
            ["signal"],
            unique=True,
            sqlite_where=sa.text("superseded_by IS NULL"),
            postgresql_where=sa.text("superseded_by IS NULL"),
        )


def downgrade() -> None:
    """Drop the facts, which can be rolled up again, and the two tables."""
    with op.batch_alter_table("signal_name", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_signal_name_current",
            sqlite_where=sa.text("superseded_by IS NULL"),
            postgresql_where=sa.text("superseded_by IS NULL"),
        )

    op.drop_table("signal_name")
    with op.batch_alter_table("scale_reliability", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_scale_reliability_current",
            sqlite_where=sa.text("superseded_by IS NULL"),
            postgresql_where=sa.text("superseded_by IS NULL"),
        )

    op.drop_table("scale_reliability")
    op.drop_table("hotline_first")
    op.drop_table("course_end")
