"""Jobs: what strangers ask to be computed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NOW = sa.text("clock_timestamp()")
_RULES = {
    "status_is_a_word": "status IN ('accepted', 'running', 'successful', 'failed', 'dismissed')",
    "progress_is_a_percentage": "progress BETWEEN 0 AND 100",
    "what_ended_has_end": "(status IN ('accepted', 'running')) = (finished_at IS NULL)",
    "what_failed_says_why": "(status = 'failed') = (fault IS NOT NULL)",
}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "job",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="accepted", nullable=False),
        sa.Column("progress", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", moment, server_default=_NOW, nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("updated_at", moment, server_default=_NOW, nullable=False),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("fault", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("expires_at", moment, nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_job_{name}")) for name, rule in _RULES.items()),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.analysis_run.run_id"], name="fk_job_run_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("job_id", name="pk_job"),
        schema="liptako",
    )
    unfinished = sa.text("status IN ('accepted', 'running')")
    op.create_index(
        "ix_job_unfinished", "job", ["created_at"], schema="liptako", postgresql_where=unfinished
    )
    op.create_index("ix_job_client", "job", ["client", "created_at"], schema="liptako")
    op.create_index("ix_job_run_id", "job", ["run_id"], schema="liptako")
    op.create_index("ix_job_expires_at", "job", ["expires_at"], schema="liptako")


def downgrade() -> None:
    op.drop_table("job", schema="liptako")
