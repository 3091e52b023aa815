"""First waits and carried-forward outcomes of completed courses.

Revision ID: 0007
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTS = ("completed", "waited_42_d", "waited_126_d", "scored", "at_caseness", "recovered", "reliably_improved",
          "reliably_recovered", "reliably_deteriorated")  # fmt: skip


def upgrade() -> None:
    """The fact of completed courses; `make data` fills it from the rows that the store already holds."""
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


def downgrade() -> None:
    """Drop the fact; it can be rolled up again."""
    op.drop_table("course_end")
