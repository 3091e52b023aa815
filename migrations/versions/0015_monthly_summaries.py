"""monthly summaries, whose books a ledger is, and facts that may lack what a summary does not tell

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SUMMARIES = ("hotline_summary", "counselling_summary", "attendance_summary", "detection_summary", "budget_summary",
             "survey_estimate", "return_summary")  # fmt: skip
# Facts with the sums that may now be NULL.
MAY_LACK = {
    "hotline_monthly": ("attempts", "offered", "answered_in_20_s", "abandoned", "short_abandoned", "referred", "at_risk",
                        "wait_s", "handle_s"),
    "case_monthly": ("referred", "started", "started_in_42_d", "started_in_126_d", "ended", "completed", "reached_8",
                     "dropped_out", "suspended"),
    "outcome_monthly": ("completed", "paired", "at_caseness", "recovered", "reliably_improved", "reliably_recovered",
                        "reliably_deteriorated"),
    "detection_monthly": ("contacted", "confirmed", "enrolled"),
    "ledger_monthly": ("entries",),
    "survey_area": ("lonely_respondents", "isolated_respondents", "weight_lonely", "weight_isolated"),
}  # fmt: skip
WEIGHTS = ("weight_lonely", "weight_isolated")
SESSIONS = ("scheduled", "attended", "dna", "cancelled_client", "cancelled_service")
PLACE = ("district_code", "programme_id", "mode", "counsellor_type")


def upgrade() -> None:
    """The tables, the column, and the two facts that are made of others'."""
    _tables()
    op.add_column(
        "ledger_entry",
        sa.Column("managing_body", sa.String(length=12), nullable=False, server_default="city"),
    )
    for name, columns in MAY_LACK.items():
        with op.batch_alter_table(name) as fact:
            for column in columns:
                fact.alter_column(column, existing_type=_type(column), nullable=True)
    with op.batch_alter_table("detection_monthly") as fact:
        fact.drop_constraint(op.f("pk_detection_monthly"), type_="primary")
        fact.add_column(sa.Column("counted", sa.String(length=8), nullable=False, server_default="lake"))
        fact.create_primary_key(
            op.f("pk_detection_monthly"), ["month_key", "district_code", "signal", "counted"]
        )
    with op.batch_alter_table("detection_monthly") as fact:
        fact.alter_column("counted", existing_type=sa.String(length=8), server_default=None)
    keys, sums = ", ".join(PLACE), ", ".join(f"SUM({name})" for name in SESSIONS)
    op.execute(
        f"INSERT INTO session_monthly (month_key, {keys}, {', '.join(SESSIONS)}) "
        f"SELECT month_key, {keys}, {sums} FROM session_daily GROUP BY month_key, {keys}"
    )
    op.drop_table("session_daily")
    band = "month_key, district_code, duration_band, age_band, sex"
    op.execute(
        f"INSERT INTO return_monthly ({band}, person_days, to_reisolated) "
        f"SELECT {band}, SUM(person_days), SUM(to_reisolated) FROM spell_monthly WHERE state = 'connected' GROUP BY {band}"
    )


def _type(column: str) -> sa.types.TypeEngine:
    return sa.Float() if column in WEIGHTS else sa.BigInteger()


def downgrade() -> None:
    """Summaries go, and whatever stood on them: `facts.rebuild` is the rest."""
    for name in ("hotline_monthly", "case_monthly", "outcome_monthly", "survey_area", "ledger_monthly"):
        op.execute(
            f"DELETE FROM {name} WHERE " + " OR ".join(f"{column} IS NULL" for column in MAY_LACK[name])
        )
    op.execute("DELETE FROM detection_monthly WHERE counted <> 'lake'")
    op.create_table(
        "session_daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("counsellor_type", sa.String(length=16), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SESSIONS),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_session_daily_programme_id")
        ),
        sa.PrimaryKeyConstraint("day", *PLACE, name=op.f("pk_session_daily")),
    )
    with op.batch_alter_table("detection_monthly") as fact:
        fact.drop_constraint(op.f("pk_detection_monthly"), type_="primary")
        fact.drop_column("counted")
        fact.create_primary_key(op.f("pk_detection_monthly"), ["month_key", "district_code", "signal"])
    for name, columns in MAY_LACK.items():
        with op.batch_alter_table(name) as fact:
            for column in columns:
                fact.alter_column(column, existing_type=_type(column), nullable=False)
    op.drop_column("ledger_entry", "managing_body")
    for name in (*SUMMARIES, "session_monthly", "ledger_other", "return_monthly"):
        op.drop_table(name)


def _tables() -> None:
    op.create_table(
        "hotline_summary",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=21), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=True),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=True),
        sa.Column("offered", sa.BigInteger(), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("answered_in_20_s", sa.BigInteger(), nullable=True),
        sa.Column("abandoned", sa.BigInteger(), nullable=True),
        sa.Column("short_abandoned", sa.BigInteger(), nullable=True),
        sa.Column("mean_wait_s", sa.Float(), nullable=True),
        sa.Column("mean_handle_s", sa.Float(), nullable=True),
        sa.Column("referred", sa.BigInteger(), nullable=True),
        sa.Column("at_risk", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_hotline_summary_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_hotline_summary_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_hotline_summary")),
    )
    op.create_index(
        "uq_hotline_summary_current",
        "hotline_summary",
        ["period", "district_code", "channel"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "counselling_summary",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=21), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=True),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("age_band", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("referred", sa.BigInteger(), nullable=True),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("started_in_42_d", sa.BigInteger(), nullable=True),
        sa.Column("started_in_126_d", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("completed", sa.BigInteger(), nullable=True),
        sa.Column("reached_8", sa.BigInteger(), nullable=True),
        sa.Column("dropped_out", sa.BigInteger(), nullable=True),
        sa.Column("suspended", sa.BigInteger(), nullable=True),
        sa.Column("scheduled", sa.BigInteger(), nullable=True),
        sa.Column("attended", sa.BigInteger(), nullable=True),
        sa.Column("dna", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_client", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_service", sa.BigInteger(), nullable=True),
        sa.Column("paired", sa.BigInteger(), nullable=True),
        sa.Column("at_caseness", sa.BigInteger(), nullable=True),
        sa.Column("recovered", sa.BigInteger(), nullable=True),
        sa.Column("reliably_improved", sa.BigInteger(), nullable=True),
        sa.Column("reliably_recovered", sa.BigInteger(), nullable=True),
        sa.Column("reliably_deteriorated", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.batch_id"], name=op.f("fk_counselling_summary_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_counselling_summary_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_counselling_summary_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_counselling_summary")),
    )
    op.create_index(
        "uq_counselling_summary_current",
        "counselling_summary",
        ["period", "district_code", "programme_id", "age_band", "sex"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "attendance_summary",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=21), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("age_band", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.batch_id"], name=op.f("fk_attendance_summary_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_attendance_summary_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_attendance_summary_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_attendance_summary")),
    )
    op.create_index(
        "uq_attendance_summary_current",
        "attendance_summary",
        ["period", "programme_id", "district_code", "age_band", "sex"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "detection_summary",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=21), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=True),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("flagged", sa.BigInteger(), nullable=False),
        sa.Column("contacted", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.Column("enrolled", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_detection_summary_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_detection_summary_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_detection_summary")),
    )
    op.create_index(
        "uq_detection_summary_current",
        "detection_summary",
        ["period", "district_code"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "budget_summary",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=21), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("managing_body", sa.String(length=12), server_default="city", nullable=False),
        sa.Column("budget_krw", sa.BigInteger(), nullable=False),
        sa.Column("committed_krw", sa.BigInteger(), nullable=True),
        sa.Column("disbursed_krw", sa.BigInteger(), nullable=True),
        sa.Column("spent_krw", sa.BigInteger(), nullable=True),
        sa.Column("final_krw", sa.BigInteger(), nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_budget_summary_batch_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_budget_summary_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_budget_summary_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_budget_summary")),
    )
    op.create_index(
        "uq_budget_summary_current",
        "budget_summary",
        ["period", "programme_id", "managing_body"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "survey_estimate",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("instrument_id", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("age_band", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("household_type", sa.String(length=16), nullable=False),
        sa.Column("measure", sa.String(length=12), nullable=False),
        sa.Column("share_percent", sa.Float(), nullable=False),
        sa.Column("standard_error", sa.Float(), nullable=True),
        sa.Column("lower_percent", sa.Float(), nullable=True),
        sa.Column("upper_percent", sa.Float(), nullable=True),
        sa.Column("respondents", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("effective", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_survey_estimate_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_survey_estimate_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_survey_estimate")),
    )
    op.create_index(
        "uq_survey_estimate_current",
        "survey_estimate",
        ["instrument_id", "year", "district_code", "age_band", "sex", "household_type", "measure"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "return_summary",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=21), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("month_key", sa.Integer(), nullable=True),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("cohort", sa.String(length=7), nullable=False),
        sa.Column("connected", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.BigInteger(), nullable=True),
        sa.Column("moved", sa.BigInteger(), nullable=True),
        sa.Column("institution", sa.BigInteger(), nullable=True),
        sa.Column("lost", sa.BigInteger(), nullable=True),
        sa.Column("person_days", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("exposure_days", sa.BigInteger(), nullable=False),
        sa.Column("duration_band", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_return_summary_batch_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["batch.batch_id"], name=op.f("fk_return_summary_superseded_by")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_return_summary")),
    )
    op.create_index(
        "uq_return_summary_current",
        "return_summary",
        ["period", "district_code", "cohort"],
        unique=True,
        sqlite_where=sa.text("superseded_by IS NULL"),
        postgresql_where=sa.text("superseded_by IS NULL"),
    )
    op.create_table(
        "session_monthly",
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("counsellor_type", sa.String(length=16), nullable=False),
        sa.Column("scheduled", sa.BigInteger(), nullable=True),
        sa.Column("attended", sa.BigInteger(), nullable=True),
        sa.Column("dna", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_client", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_service", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_session_monthly_programme_id")
        ),
        sa.PrimaryKeyConstraint(
            "month_key",
            "district_code",
            "programme_id",
            "mode",
            "counsellor_type",
            name=op.f("pk_session_monthly"),
        ),
    )
    op.create_table(
        "ledger_other",
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("managing_body", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("amount_krw", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_ledger_other_programme_id")
        ),
        sa.PrimaryKeyConstraint(
            "month_key",
            "programme_id",
            "district_code",
            "managing_body",
            "kind",
            name=op.f("pk_ledger_other"),
        ),
    )
    op.create_table(
        "return_monthly",
        sa.Column("month_key", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("duration_band", sa.String(length=8), nullable=False),
        sa.Column("age_band", sa.String(length=8), nullable=False),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("person_days", sa.BigInteger(), nullable=False),
        sa.Column("to_reisolated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "month_key", "district_code", "duration_band", "age_band", "sex", name=op.f("pk_return_monthly")
        ),
    )
