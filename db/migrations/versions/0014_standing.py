"""What decides how far a claim counts: who says it, what took its place, how its source is graded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_CLAIMANT_KINDS = "'official', 'armed_group', 'unnamed', 'other'"


def upgrade() -> None:
    for table, column, kind in (
        ("source", "grade", "text"),
        ("claim", "claimant_kind", "text"),
        ("claim", "superseded_by", "bigint"),
    ):
        # Former rows are kept by position: a column comes last in both tables, or in neither.
        op.execute(f"ALTER TABLE liptako.{table} ADD COLUMN {column} {kind}")
        op.execute(f"ALTER TABLE liptako_history.{table} ADD COLUMN {column} {kind}")
    rules = (
        ("source", "grade_is_a_word", "grade IN ('A', 'B', 'C', 'D', 'E')"),
        ("claim", "claimant_kind_is_a_word", f"claimant_kind IN ({_CLAIMANT_KINDS})"),
        ("claim", "superseded_by_another", "superseded_by <> claim_id"),
    )
    for table, name, rule in rules:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule, schema="liptako")
    op.create_foreign_key(
        op.f("fk_claim_superseded_by"),
        *("claim", "claim", ["superseded_by"], ["claim_id"]),
        source_schema="liptako",
        referent_schema="liptako",
    )
    op.create_index(
        "ix_claim_superseded_by",
        "claim",
        ["superseded_by"],
        schema="liptako",
        postgresql_where=sa.text("superseded_by IS NOT NULL"),
    )


def downgrade() -> None:
    for table, column in (
        ("claim", "superseded_by"),
        ("claim", "claimant_kind"),
        ("source", "grade"),
    ):
        for schema in ("liptako", "liptako_history"):
            op.execute(f"ALTER TABLE {schema}.{table} DROP COLUMN {column}")
