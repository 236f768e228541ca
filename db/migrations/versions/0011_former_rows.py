"""Every table that a layer reads keeps its former rows."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = ("source report actor actor_name place place_name boundary region measure").split()
_CHANGES = {"insert": "NEW", "update": "NEW", "delete": "OLD"}

# As the second migration made it.
_SET_VERSIONS = """
CREATE OR REPLACE FUNCTION liptako.set_run_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.published_version IS NOT NULL AND (TG_OP = 'INSERT'
      OR NEW.published_version IS DISTINCT FROM OLD.published_version) THEN
    NEW.published_version := liptako.writing_version();
  END IF;
  IF NEW.replaced_version IS NOT NULL AND (TG_OP = 'INSERT'
      OR NEW.replaced_version IS DISTINCT FROM OLD.replaced_version) THEN
    NEW.replaced_version := liptako.writing_version();
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _run(Path(__file__).with_name("0011_former_rows.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take the former rows away; what is current stays, and so do summaries."""
    former = Path(__file__).with_name("0003_summaries.sql").read_text("utf-8")
    start = former.index("CREATE FUNCTION liptako.summaries_at(")
    end = former.index("$$;", start)
    _run(former[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1) + "$$")
    op.execute("DROP FUNCTION liptako.may_leave(bigint)")
    _former_rules_of_runs()
    # What is about incidents that are gone could not be kept by the schema before.
    op.execute(
        "DELETE FROM liptako.result WHERE incident_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM liptako.incident i WHERE i.incident_id = result.incident_id)"
    )
    op.create_foreign_key(
        "fk_result_incident_id",
        "result",
        "incident",
        ["incident_id"],
        ["incident_id"],
        source_schema="liptako",
        referent_schema="liptako",
    )
    op.execute("DROP INDEX liptako_history.claim_report_id_idx")
    for table in _TABLES:
        condition = "_if_current" if table == "measure" else ""
        for trigger in ("b_since", "c_former_update", "c_former_delete", "d_no_truncate"):
            op.execute(f"DROP TRIGGER {trigger} ON liptako.{table}")
        for change, rows in _CHANGES.items():
            op.execute(
                f"CREATE TRIGGER b_version_{change} AFTER {change} ON liptako.{table}"
                f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT"
                f" EXECUTE FUNCTION liptako.raise_version{condition}()"
            )
        op.drop_column(table, "since_version", schema="liptako")
        op.drop_table(table, schema="liptako_history")
    for function in ("set_since_version_if_current", "keep_former_if_current"):
        op.execute(f"DROP FUNCTION liptako.{function}()")


def _former_rules_of_runs() -> None:
    for trigger in ("b_published_insert", "b_published_delete", "only_added_to"):
        op.execute(f"DROP TRIGGER {trigger} ON liptako.result")
    op.execute("DROP FUNCTION liptako.refuse_if_published()")
    op.execute("DROP TRIGGER d_measures ON liptako.analysis_run")
    op.execute("DROP FUNCTION liptako.forget_measures()")
    op.execute("DROP TRIGGER b_versions ON liptako.analysis_run")
    op.execute(_SET_VERSIONS)
    op.execute(
        "CREATE TRIGGER b_versions BEFORE INSERT OR UPDATE ON liptako.analysis_run"
        " FOR EACH ROW EXECUTE FUNCTION liptako.set_run_versions()"
    )


def _run(script: str) -> None:
    # psycopg takes a script of many statements only without parameters, and as it is.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)
