"""Versions, history and summaries are safe from who may edit and does not own the tables."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = (
    "source report actor actor_name place place_name boundary region incident actor_role estimate"
    " claim measure"
).split()
_FORMER = {
    "0001_versioning.sql": ("stamp_version", "writing_version", "refuse_by_hand"),
    "0003_summaries.sql": ("note_summaries", "summarise_touched"),
}
_FOLDER = Path(__file__).parent


def upgrade() -> None:
    _run((_FOLDER / "0013_guards.sql").read_text("utf-8"))


def downgrade() -> None:
    """Give the functions back as they were; no data are touched."""
    for file, names in _FORMER.items():
        script = (_FOLDER / file).read_text("utf-8")
        for name in names:
            start = script.index(f"CREATE FUNCTION liptako.{name}()")
            body = script[start : script.index("END $$;", start)]
            _run(body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1) + "END $$")
    for table in _TABLES:
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER c_written_{event} ON liptako.{table}")
    op.execute("DROP FUNCTION liptako.check_written()")
    op.execute("DROP FUNCTION liptako.stamp(bigint)")
    op.execute("DROP SEQUENCE liptako.last_stamp")
    op.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA liptako TO PUBLIC")


def _run(script: str) -> None:
    # psycopg takes a script of many statements only without parameters, and as it is.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)
