"""Snapshots: states of the data that have a name, for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_RULES = {
    "name_is_a_word": "name ~ '^[A-Za-z][A-Za-z0-9._-]{0,63}$'",
    "what_is_signed_has_a_key": "(public_key IS NULL) = (signature IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("manifest", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        *(sa.CheckConstraint(r, name=op.f(f"ck_snapshot_{name}")) for name, r in _RULES.items()),
        sa.ForeignKeyConstraint(
            ["version"], ["liptako.data_version.version"], name="fk_snapshot_version"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_snapshot"),
        schema="liptako",
    )
    op.create_index("ix_snapshot_version", "snapshot", ["version"], schema="liptako")
    op.create_table(
        "snapshot_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["liptako.snapshot.name"], name="fk_snapshot_run_name"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.analysis_run.run_id"], name="fk_snapshot_run_run_id"
        ),
        sa.PrimaryKeyConstraint("name", "run_id", name="pk_snapshot_run"),
        schema="liptako",
    )
    op.create_index("ix_snapshot_run_run_id", "snapshot_run", ["run_id"], schema="liptako")
    for table in ("snapshot", "snapshot_run"):
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON liptako.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse()"
        )


def downgrade() -> None:
    op.drop_table("snapshot_run", schema="liptako")
    op.drop_table("snapshot", schema="liptako")
