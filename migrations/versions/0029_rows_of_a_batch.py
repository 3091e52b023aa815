"""an import looks up the rows of a batch by an index, however many rows stand

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = (
    "agent_interval",
    "alert_rule",
    "attendance",
    "attendance_summary",
    "baseline",
    "budget_summary",
    "counselling_case",
    "counselling_session",
    "counselling_summary",
    "detection_summary",
    "event",
    "follow_up",
    "hotline_contact",
    "hotline_summary",
    "ledger_entry",
    "outcome_measure",
    "output_target",
    "owner_unit",
    "programme_entry",
    "referral",
    "return_summary",
    "scale_reliability",
    "signal_name",
    "spell",
    "staffing",
    "support_period",
    "survey_design",
    "survey_estimate",
    "survey_response",
    "target",
    "unit_cost",
    "ward",
)
FORMER = sa.text("superseded_by IS NOT NULL")


def upgrade() -> None:
    """Two indexes for each table of the record: the rows that a batch brought, and those that it took the place of."""
    for table in TABLES:
        op.create_index(f"ix_{table}_batch_id", table, ["batch_id"])
        op.create_index(
            f"ix_{table}_superseded_by",
            table,
            ["superseded_by"],
            sqlite_where=FORMER,
            postgresql_where=FORMER,
        )


def downgrade() -> None:
    """Without them: such rows are found by reading the whole table."""
    for table in TABLES:
        op.drop_index(f"ix_{table}_superseded_by", table_name=table)
        op.drop_index(f"ix_{table}_batch_id", table_name=table)
