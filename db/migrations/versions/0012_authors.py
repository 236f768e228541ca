"""Who wrote a version, and the indexes by which what a span of versions touched is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A load learns the number of its run after its first write, and the version is drawn at that first
# write: so the author is noted at the commit, as the time is. Both settings are local to the
# transaction, and what is no number is passed over.
_NOTE = """
CREATE FUNCTION liptako.note_author() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stated text := nullif(btrim(current_setting('liptako.author', true)), '');
  run text := substring(current_setting('liptako.import_run', true) FROM '^[0-9]{1,18}$');
BEGIN
  IF stated IS NOT NULL OR run IS NOT NULL THEN
    UPDATE liptako.data_version SET author = stated, import_run = run::bigint
     WHERE version = NEW.version;
  END IF;
  RETURN NULL;
END $$
"""

_TRIGGER = """
CREATE CONSTRAINT TRIGGER note_author AFTER INSERT ON liptako.data_version
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION liptako.note_author()
"""

_INDEXES = """
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'liptako_history' LOOP
    EXECUTE format('CREATE INDEX %I ON liptako_history.%I (since_version)',
                   'ix_' || name || '_begun', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['incident', 'claim', 'report', 'place'] LOOP
    EXECUTE format('CREATE INDEX %I ON liptako_history.%I (code)', 'ix_' || name || '_code', name);
  END LOOP;
END $$
"""

# Runs that wrote before authors were noted: a run is loaded in one transaction, and one that wrote
# nothing names the version that it found.
_EARLIER = """
UPDATE liptako.data_version SET import_run = wrote.run_id
  FROM (SELECT data_version AS version, min(run_id) AS run_id FROM liptako.import_run
         WHERE data_version IS NOT NULL AND inserted + updated + gone > 0 GROUP BY 1) wrote
 WHERE wrote.version = data_version.version
"""


def upgrade() -> None:
    op.add_column("data_version", sa.Column("author", sa.Text()), schema="liptako")
    op.add_column("data_version", sa.Column("import_run", sa.BigInteger()), schema="liptako")
    op.execute("ALTER TABLE liptako.data_version DISABLE TRIGGER not_by_hand")
    op.execute(_EARLIER)
    op.execute("ALTER TABLE liptako.data_version ENABLE TRIGGER not_by_hand")
    op.execute(_NOTE)
    op.execute(_TRIGGER)
    op.execute(_INDEXES)


def downgrade() -> None:
    op.execute(
        "DO $$ DECLARE name text; BEGIN"
        " FOR name IN SELECT indexname FROM pg_indexes WHERE schemaname = 'liptako_history'"
        r" AND (indexname LIKE 'ix\_%\_begun' OR indexname LIKE 'ix\_%\_code') LOOP"
        " EXECUTE format('DROP INDEX liptako_history.%I', name); END LOOP; END $$"
    )
    op.execute("DROP TRIGGER note_author ON liptako.data_version")
    op.execute("DROP FUNCTION liptako.note_author()")
    op.drop_column("data_version", "import_run", schema="liptako")
    op.drop_column("data_version", "author", schema="liptako")
