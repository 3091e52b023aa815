"""programmes, owners, survey designs, staffing and unit costs are set up by file or on a page, with author and reason

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CURRENT = sa.text("superseded_by IS NULL")


def _code(column: str, *codes: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{code}'" for code in codes)
    return sa.CheckConstraint(f"{column} in ({listed})", name=f"{column}_code")


def upgrade() -> None:
    """Five tables, who changed what and why beside each batch, and which programmes are listed; `python -m data build` then
    enters the plan's programmes and owners as what is set up."""
    op.create_table(
        "owner_unit",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("name_ko", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=True),
        sa.Column("body", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_owner_unit_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_owner_unit_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_owner_unit")),
        _code("body", "city", "district", "foundation", "other"),
    )
    op.create_index(
        "uq_owner_unit_current",
        "owner_unit",
        ["name_ko"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_table(
        "programme_entry",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("name_ko", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=True),
        sa.Column("task_id", sa.String(length=20), nullable=False),
        sa.Column("owner_unit", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("status_on", sa.Date(), nullable=True),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_programme_entry_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_programme_entry_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_programme_entry")),
        _code("status", "active", "suspended", "merged", "dropped"),
    )
    op.create_index(
        "uq_programme_entry_current",
        "programme_entry",
        ["code"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_table(
        "survey_design",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("instrument_id", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("population", sa.Text(), nullable=False),
        sa.Column("sampling", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("weight_basis", sa.String(length=12), nullable=False),
        sa.Column("planned_n", sa.Integer(), nullable=False),
        sa.Column("answered_n", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_survey_design_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_survey_design_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_survey_design")),
        _code("mode", "face", "phone", "online", "post", "mixed"),
        _code("weight_basis", "population", "sample", "none"),
    )
    op.create_index(
        "uq_survey_design_current",
        "survey_design",
        ["instrument_id", "year"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_table(
        "staffing",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("planned_fte", sa.Float(), nullable=False),
        sa.Column("filled_fte", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_staffing_batch_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_staffing_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_staffing_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_staffing")),
    )
    op.create_index(
        "uq_staffing_current",
        "staffing",
        ["programme_id", "role", "valid_from"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.create_table(
        "unit_cost",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("output", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("unit_krw", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_unit_cost_batch_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_unit_cost_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_unit_cost_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_unit_cost")),
    )
    op.create_index(
        "uq_unit_cost_current",
        "unit_cost",
        ["programme_id", "output", "valid_from"],
        unique=True,
        sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )
    op.add_column("batch", sa.Column("author", sa.String(length=60), nullable=True))
    op.add_column("batch", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column(
        "programme", sa.Column("listed", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )


def downgrade() -> None:
    """What was set up by the office is forgotten, but for programmes that other rows point to."""
    op.drop_column("programme", "listed")
    op.drop_column("batch", "reason")
    op.drop_column("batch", "author")
    op.drop_table("unit_cost")
    op.drop_table("staffing")
    op.drop_table("survey_design")
    op.drop_table("programme_entry")
    op.drop_table("owner_unit")
