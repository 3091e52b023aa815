"""an audit trail that is only appended to, each entry chained to the one before

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_kept_update BEFORE UPDATE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END",
        "CREATE TRIGGER audit_entry_kept_delete BEFORE DELETE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END",
        "CREATE TRIGGER audit_entry_kept_insert BEFORE INSERT ON audit_entry "
        "WHEN NEW.entry_id <> (SELECT COALESCE(MAX(entry_id), 0) + 1 FROM audit_entry) "
        "BEGIN SELECT RAISE(ABORT, 'an audit entry follows the last one'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'an audit entry is never changed or deleted'; END $$",
        "CREATE TRIGGER audit_entry_kept_rows BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_kept()",
        "CREATE TRIGGER audit_entry_kept_whole BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_kept()",
        "CREATE FUNCTION audit_entry_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF NEW.entry_id <> (SELECT COALESCE(MAX(entry_id), 0) + 1 FROM audit_entry) THEN "
        "RAISE EXCEPTION 'an audit entry follows the last one'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER audit_entry_kept_insert BEFORE INSERT ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_in_turn()",
    ),
}


def upgrade() -> None:
    """The table, and what refuses to change, delete or insert out of turn."""
    op.create_table(
        "audit_entry",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entry")),
    )  # fmt: skip
    bind = op.get_bind()
    for statement in GUARDS[bind.dialect.name]:
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """The trail goes with its table."""
    op.drop_table("audit_entry")
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        bind.exec_driver_sql("DROP FUNCTION audit_entry_kept()")
        bind.exec_driver_sql("DROP FUNCTION audit_entry_in_turn()")
