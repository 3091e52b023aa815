"""follow-ups tell of months, as the other records do

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: `python -m data build` then notes which months the follow-ups of an older store have come for."""


def downgrade() -> None:
    """What came can be read off the rows again."""
