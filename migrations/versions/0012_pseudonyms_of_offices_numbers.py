"""offices' numbers of cases, contacts, sessions and payees become pseudonyms; a refused row keeps no value

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import hmac
import os
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = {
    "hotline_contact": (("contact_id", "contact"),),
    "referral": (("referral_id", "referral"),),
    "counselling_case": (("case_id", "case"),),
    "counselling_session": (("session_id", "session"), ("case_id", "case")),
    "outcome_measure": (("case_id", "case"),),
    "spell": (("spell_id", "spell"),),
    "survey_response": (("respondent_id", "respondent"),),
    "ledger_entry": (("counterpart", "counterpart"),),
}


def upgrade() -> None:
    """Rows of imported files only: what the demonstration made names nobody."""
    bind = op.get_bind()
    with op.batch_alter_table("refused_row") as table:
        table.drop_column("shown_value")
    imported = "batch_id IN (SELECT batch_id FROM batch WHERE kind = 'import')"
    programmes = set(bind.execute(sa.text("SELECT programme_id FROM programme")).scalars())
    found = bind.execute(sa.text("SELECT name_ko, programme_id FROM programme"))
    named = {str(one[0]): str(one[1]) for one in found}
    for table_name, columns in COLUMNS.items():
        for column, kind in columns:
            found = bind.execute(
                sa.text(
                    f"SELECT DISTINCT {column} FROM {table_name} WHERE {column} IS NOT NULL AND {imported}"
                )
            ).scalars()
            change = [
                {"old": value, "new": named.get(value) or _pseudonym(bind, kind, value)}
                for value in found
                if column != "counterpart" or value not in programmes
            ]
            if change:
                bind.execute(
                    sa.text(f"UPDATE {table_name} SET {column} = :new WHERE {column} = :old AND {imported}"),
                    change,
                )


def downgrade() -> None:
    """A pseudonym cannot be turned back: the numbers stay as they are."""
    with op.batch_alter_table("refused_row") as table:
        table.add_column(sa.Column("shown_value", sa.Text(), nullable=True))


def _pseudonym(bind: sa.Connection, kind: str, value: str) -> str:
    return hmac.digest(_key(bind).encode(), f"{kind}\x1f{value}".encode(), "sha256")[:8].hex()


def _key(bind: sa.Connection) -> str:
    """The key of the store, as `data.engine.pseudonym_key` finds or makes it."""
    kept = (
        os.environ.get("IEUM_SECRET")
        or bind.execute(sa.text("SELECT value FROM store_state WHERE name = 'pseudonym_key'")).scalar()
    )
    if kept is None:
        kept = secrets.token_hex(32)
        bind.execute(
            sa.text("INSERT INTO store_state (name, value) VALUES ('pseudonym_key', :v)"), {"v": kept}
        )
    return str(kept)
