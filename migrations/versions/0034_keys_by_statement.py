"""PostgreSQL looks up what a row of the record names once for a statement: a file comes in in two thirds of the time

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

from alembic import op

from data import references

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Triggers in the place of foreign keys; SQLite keeps its own."""
    references.by_statement(op.get_bind())


def downgrade() -> None:
    """Foreign keys again."""
    references.by_row(op.get_bind())
