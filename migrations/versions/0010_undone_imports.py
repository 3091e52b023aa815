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
    with op.batch_alter_table("batch") as table:
        table.add_column(sa.Column("undone_by", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_batch_undone_by_batch"), "batch", ["undone_by"], ["batch_id"])


def downgrade() -> None:
    """Which imports were undone is forgotten; their rows stay superseded."""
    with op.batch_alter_table("batch") as table:
        table.drop_constraint(op.f("fk_batch_undone_by_batch"), type_="foreignkey")
        table.drop_column("undone_by")
