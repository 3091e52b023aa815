"""people who sign in, their roles and sessions

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables: people, roles in force and former ones, sessions by the hash of what a browser keeps."""
    op.create_table(
        "person",
        sa.Column("person_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
    )
    op.create_index("uq_person_email", "person", ["email"], unique=True)
    op.create_index("uq_person_subject", "person", ["issuer", "subject"], unique=True)
    op.create_table(
        "person_role",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("districts", sa.Text(), nullable=False),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_person_role_person_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_person_role")),
    )  # fmt: skip
    op.create_table(
        "sign_in",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_why", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sign_in")),
    )


def downgrade() -> None:
    """People, roles and sessions go with their tables."""
    op.drop_table("sign_in")
    op.drop_table("person_role")
    op.drop_table("person")
