"""Indexes that counts of incidents go by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PARTIAL = {"ix_incident_unplaced": "geom IS NULL", "ix_incident_undated": "occurred IS NULL"}
_SHOWN = "ix_incident_shown"


def upgrade() -> None:
    for name, where in _PARTIAL.items():
        op.create_index(
            name,
            "incident",
            ["incident_id"],
            unique=False,
            schema="liptako",
            postgresql_where=sa.text(where),
        )
    op.create_index(
        _SHOWN, "incident", ["kind", "status", "source_id"], unique=False, schema="liptako"
    )


def downgrade() -> None:
    for name in (*_PARTIAL, _SHOWN):
        op.drop_index(name, "incident", schema="liptako")
