"""Former rows are looked up as present ones are: by place, by time, in order, and counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_HISTORY = "liptako_history"
_PARTIAL = {"ix_former_unplaced": "geom IS NULL", "ix_former_undated": "occurred IS NULL"}


def upgrade() -> None:
    # What was shown at a version is counted in these, without looking at a row. A version bounds
    # them from the side that ends: few former rows are later than a late version.
    op.create_index(
        "ix_incident_shown_since",
        "incident",
        ["kind", "status", "since_version", "source_id"],
        schema="liptako",
    )
    op.drop_index("ix_incident_shown", "incident", schema="liptako")
    op.create_index(
        "ix_former_shown",
        "incident",
        ["kind", "status", "until_version", "since_version", "source_id"],
        schema=_HISTORY,
    )
    # As the fourth and fifth migrations made them for present rows.
    for name, where in _PARTIAL.items():
        op.create_index(
            name, "incident", ["incident_id"], schema=_HISTORY, postgresql_where=sa.text(where)
        )
    op.create_index(
        "ix_former_occurred", "incident", ["occurred"], schema=_HISTORY, postgresql_using="gist"
    )
    op.execute(
        f"CREATE STATISTICS {_HISTORY}.incident_position"
        f" ON ST_X(geom), ST_Y(geom) FROM {_HISTORY}.incident"
    )
    op.execute(f"ANALYZE {_HISTORY}.incident")


def downgrade() -> None:
    op.execute(f"DROP STATISTICS {_HISTORY}.incident_position")
    for name in ("ix_former_occurred", *_PARTIAL, "ix_former_shown"):
        op.drop_index(name, "incident", schema=_HISTORY)
    op.create_index(
        "ix_incident_shown", "incident", ["kind", "status", "source_id"], schema="liptako"
    )
    op.drop_index("ix_incident_shown_since", "incident", schema="liptako")
