"""every dong counts: no census row stays out of the sums

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The mark for rows that the sums left out goes; `python -m data build` then puts today's census rows in place."""
    op.drop_column("census_fact", "counted")


def downgrade() -> None:
    """The mark comes back, true for every row."""
    op.add_column("census_fact", sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.true()))
