"""Summaries of incidents, kept by triggers."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FIGURES = ("killed", "killed_civilians", "killed_forces", "killed_militants", "injured")


def upgrade() -> None:
    op.create_table(
        "incident_summary",
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(
            sa.Column(f"{figure}_{bound}", sa.BigInteger(), nullable=True)
            for figure in FIGURES
            for bound in ("low", "best", "high")
        ),
        sa.Column("killed_rule", sa.Text(), nullable=True),
        sa.Column("killed_claims", sa.Text(), nullable=True),
        sa.Column("harm_claims", sa.Text(), nullable=True),
        sa.Column("actors", sa.Text(), nullable=True),
        sa.Column("actor_names", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("since_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident_summary")),
        schema="liptako",
    )
    op.create_index(
        op.f("ix_incident_summary_since_version"),
        "incident_summary",
        ["since_version"],
        unique=False,
        schema="liptako",
    )
    op.create_table(
        "summary_due",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_summary_due")),
        schema="liptako",
    )
    # psycopg takes a script of many statements only without parameters, and as it is.
    script = Path(__file__).with_name("0003_summaries.sql").read_text("utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)


def downgrade() -> None:
    """Take the summaries away; they can be made again."""
    for table in ("incident", "actor_role", "estimate", "claim"):
        op.execute(f"DROP TRIGGER e_summaries ON liptako.{table}")
    for table in ("actor", "report", "source"):
        op.execute(f"DROP TRIGGER c_summaries ON liptako.{table}")
    op.execute("DROP TABLE liptako_history.incident_summary")
    op.drop_table("summary_due", schema="liptako")
    op.drop_table("incident_summary", schema="liptako")
    for function in (
        "summarise_quoting()",
        "summarise_touched()",
        "note_summaries()",
        "summarise(bigint[], bigint)",
        "summaries_at(bigint[], bigint)",
    ):
        op.execute(f"DROP FUNCTION liptako.{function}")
