"""a month of the ledger is rolled up without reading the other years

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

CURRENT = sa.text("superseded_by IS NULL")


def upgrade() -> None:
    """An index of the entries in force by month."""
    op.create_index(
        "ix_ledger_entry_month_key",
        "ledger_entry",
        ["month_key"],
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )


def downgrade() -> None:
    """Without it: a month is found by reading the whole ledger."""
    op.drop_index("ix_ledger_entry_month_key", table_name="ledger_entry")
