"""Rasters of runs: surfaces that no row of a layer can hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "raster",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["liptako.analysis_run.run_id"], name="fk_raster_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name="pk_raster"),
        schema="liptako",
    )


def downgrade() -> None:
    op.drop_table("raster", schema="liptako")
