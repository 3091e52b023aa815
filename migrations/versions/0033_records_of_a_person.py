"""an import looks up the records of the people whom it names by an index

Revision ID: 0033
Revises: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

SOMEBODY = {
    "hotline_contact": sa.text("person_id IS NOT NULL"),
    **dict.fromkeys(("referral", "counselling_case", "support_period", "follow_up")),
}


def upgrade() -> None:
    """One index each; spells have theirs."""
    for table, which in SOMEBODY.items():
        op.create_index(
            f"ix_{table}_person_id", table, ["person_id"], sqlite_where=which, postgresql_where=which
        )


def downgrade() -> None:
    """Without them: a person's records are found by reading the whole table."""
    for table in SOMEBODY:
        op.drop_index(f"ix_{table}_person_id", table_name=table)
