"""A programme's entries and a document's sides are found at once, also among a million.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ledger_entry_programme_id", "ledger_entry", ["programme_id", "fiscal_year", "booked_on"]
    )
    op.create_index("ix_ledger_entry_document_no", "ledger_entry", ["document_no"])


def downgrade() -> None:
    op.drop_index("ix_ledger_entry_document_no", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_programme_id", table_name="ledger_entry")
