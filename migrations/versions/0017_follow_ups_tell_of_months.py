"""follow-ups tell of months, as the other records do

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: `python -m data build` then notes which months the follow-ups of an older store have come for."""


def downgrade() -> None:
    """What came can be read off the rows again."""
