"""What else is known of a measure: quantiles, probabilities, whether the sources agree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    detail = sa.Column("detail", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("measure", detail, schema="liptako")


def downgrade() -> None:
    op.drop_column("measure", "detail", schema="liptako")
