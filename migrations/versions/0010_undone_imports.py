"""imports that were undone

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An import can say which batch took it back; none has been."""
    op.add_column("batch", sa.Column("undone_by", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Which imports were undone is forgotten; their rows stay superseded."""
    op.drop_column("batch", "undone_by")
