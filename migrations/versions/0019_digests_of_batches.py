"""what a batch's rows add up to, so that a value changed by hand is found

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column; `python -m data build` fills it for the batches that stand."""
    op.add_column("batch", sa.Column("rows_digest", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Digests can be worked out again from the rows."""
    op.drop_column("batch", "rows_digest")
