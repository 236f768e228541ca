-- How the database keeps its own history. No path into the data can forget it: not an import, not
-- an analyst who edits through QGIS, not a person at psql.
--
-- A writing transaction takes its turn, draws one version at its first changed row, and is stamped
-- at its commit. Because writers take turns, versions are committed in the order of their numbers.

CREATE SCHEMA liptako_history;
COMMENT ON SCHEMA liptako_history IS
  'Former rows of the tables of the same names in liptako: current in [since_version, until_version).';


-- Wait until no other transaction writes. This is a statement trigger because the lock must be had
-- before any row is: two writers that each hold a row and wait for their turn would block for good.
CREATE FUNCTION liptako.take_turn() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOCK TABLE liptako.data_version IN SHARE ROW EXCLUSIVE MODE;
  RETURN NULL;
END $$;


-- The version of this transaction, drawn when first asked for. The session variable holds it as
-- 'version/transaction', so one left by an earlier transaction is never taken for ours.
CREATE FUNCTION liptako.writing_version() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := current_setting('liptako.version', true);
  drawn bigint;
BEGIN
  IF split_part(known, '/', 2) = pg_current_xact_id()::text THEN
    RETURN split_part(known, '/', 1)::bigint;
  END IF;
  LOCK TABLE liptako.data_version IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO liptako.data_version DEFAULT VALUES RETURNING version INTO drawn;
  PERFORM set_config('liptako.version', drawn || '/' || pg_current_xact_id(), true);
  RETURN drawn;
END $$;


-- Stamp the version at the commit. Recorded time always grows, also when the clock is set back.
CREATE FUNCTION liptako.stamp_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE liptako.data_version
     SET recorded_at = greatest(
           clock_timestamp(),
           (SELECT max(recorded_at) + interval '1 microsecond'
              FROM liptako.data_version WHERE version < NEW.version))
   WHERE version = NEW.version;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER stamp_version AFTER INSERT ON liptako.data_version
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION liptako.stamp_version();


-- Whatever a caller puts into since_version, it is the version of this transaction.
CREATE FUNCTION liptako.set_since_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.since_version := liptako.writing_version();
  RETURN NEW;
END $$;


-- Keep the former rows of a statement. A row that this same transaction wrote was never current to
-- anybody, so it leaves no trace. The version is checked against the transaction that drew it: the
-- session variable alone could be forged.
CREATE FUNCTION liptako.keep_former() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  drawn bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM former) THEN
    RETURN NULL;
  END IF;
  drawn := liptako.writing_version();
  IF NOT EXISTS (SELECT FROM liptako.data_version WHERE version = drawn
                    AND transaction_id = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'the setting liptako.version is not yours to set';
  END IF;
  EXECUTE format(
    'INSERT INTO liptako_history.%I SELECT $1, former.* FROM former WHERE since_version < $1',
    TG_TABLE_NAME) USING drawn;
  RETURN NULL;
END $$;


-- Raise the version for a changed row of a table without history of its own.
CREATE FUNCTION liptako.raise_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM changed) THEN
    PERFORM liptako.writing_version();
  END IF;
  RETURN NULL;
END $$;


CREATE FUNCTION liptako.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% of %.% is refused: history is only ever added to',
    TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;


-- What the triggers above write, nobody writes by hand.
CREATE FUNCTION liptako.refuse_by_hand() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION '% of %.% is refused: the database keeps it by itself',
      TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER not_by_hand BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON liptako.data_version
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_by_hand();

-- A raw row is evidence: what stood in the file.
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON liptako.raw_row
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse();


DO $$
DECLARE
  name text;
  key text;
  event text;
BEGIN
  FOREACH name IN ARRAY ARRAY['incident', 'actor_role', 'estimate', 'claim'] LOOP
    key := name || '_id';
    EXECUTE format('CREATE TABLE liptako_history.%1$I ('
                   '  until_version bigint NOT NULL, LIKE liptako.%1$I,'
                   '  PRIMARY KEY (%2$I, since_version),'
                   '  CHECK (since_version < until_version))', name, key);
    EXECUTE format('CREATE INDEX ON liptako_history.%I (until_version)', name);
    EXECUTE format('CREATE TRIGGER a_turn BEFORE INSERT OR UPDATE OR DELETE ON liptako.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.take_turn()', name);
    EXECUTE format('CREATE TRIGGER b_since BEFORE INSERT OR UPDATE ON liptako.%I'
                   '  FOR EACH ROW EXECUTE FUNCTION liptako.set_since_version()', name);
    FOREACH event IN ARRAY ARRAY['update', 'delete'] LOOP
      EXECUTE format('CREATE TRIGGER c_former_%1$s AFTER %1$s ON liptako.%2$I'
                     '  REFERENCING OLD TABLE AS former'
                     '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.keep_former()', event, name);
    END LOOP;
    EXECUTE format('CREATE TRIGGER d_no_truncate BEFORE TRUNCATE ON liptako.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse()', name);
    EXECUTE format('CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE'
                   '  ON liptako_history.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse()', name);
    EXECUTE format('CREATE TRIGGER not_by_hand BEFORE INSERT ON liptako_history.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_by_hand()', name);
  END LOOP;
  CREATE INDEX ON liptako_history.incident USING gist (geom);
  CREATE INDEX ON liptako_history.incident (missing, incident_id);
  CREATE INDEX ON liptako_history.claim (missing, claim_id);
  CREATE INDEX ON liptako_history.claim (incident_id);
  CREATE INDEX ON liptako_history.estimate (incident_id);
  CREATE INDEX ON liptako_history.actor_role (incident_id);

  FOREACH name IN ARRAY ARRAY['source', 'report', 'actor', 'actor_name', 'place', 'place_name',
      'boundary', 'region', 'analysis_run', 'measure', 'cluster', 'cluster_member'] LOOP
    EXECUTE format('CREATE TRIGGER a_turn BEFORE INSERT OR UPDATE OR DELETE ON liptako.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.take_turn()', name);
    EXECUTE format('CREATE TRIGGER b_version_insert AFTER INSERT ON liptako.%I'
                   '  REFERENCING NEW TABLE AS changed'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.raise_version()', name);
    EXECUTE format('CREATE TRIGGER b_version_update AFTER UPDATE ON liptako.%I'
                   '  REFERENCING NEW TABLE AS changed'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.raise_version()', name);
    EXECUTE format('CREATE TRIGGER b_version_delete AFTER DELETE ON liptako.%I'
                   '  REFERENCING OLD TABLE AS changed'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.raise_version()', name);
  END LOOP;
END $$;
