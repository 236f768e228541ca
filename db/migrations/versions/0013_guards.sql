-- What nobody gets round who may edit the tables and does not own them: versions, history and
-- summaries are written by the triggers alone, and recorded time always grows.


-- The last recorded time, in microseconds. A sequence is seen by everybody at once: a transaction
-- with an old snapshot does not see the stamp of the version before its own in the table.
CREATE SEQUENCE liptako.last_stamp;
SELECT setval('liptako.last_stamp', greatest(1, (
  SELECT (extract(epoch FROM max(recorded_at)) * 1000000)::bigint FROM liptako.data_version)));


CREATE FUNCTION liptako.stamp(drawn bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stamp bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
BEGIN
  stamp := greatest(stamp, (SELECT last_value + 1 FROM liptako.last_stamp), (
    SELECT (extract(epoch FROM max(recorded_at)) * 1000000)::bigint + 1
      FROM liptako.data_version WHERE version < drawn));
  PERFORM setval('liptako.last_stamp', stamp);
  UPDATE liptako.data_version
     SET recorded_at = timestamptz '1970-01-01 00:00+00' + stamp * interval '1 microsecond'
   WHERE version = drawn;
END $$;


CREATE OR REPLACE FUNCTION liptako.stamp_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM liptako.stamp(NEW.version);
  RETURN NULL;
END $$;


CREATE OR REPLACE FUNCTION liptako.writing_version() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := current_setting('liptako.version', true);
  drawn bigint;
BEGIN
  IF split_part(known, '/', 2) = pg_current_xact_id()::text THEN
    RETURN split_part(known, '/', 1)::bigint;
  END IF;
  LOCK TABLE liptako.data_version IN SHARE ROW EXCLUSIVE MODE;
  -- Also in a session that has its constraints checked at once, the stamp is of the commit.
  SET CONSTRAINTS liptako.stamp_version DEFERRED;
  INSERT INTO liptako.data_version DEFAULT VALUES RETURNING version INTO drawn;
  PERFORM set_config('liptako.version', drawn || '/' || pg_current_xact_id(), true);
  RETURN drawn;
END $$;


-- The setting liptako.version spares a look into the table for each row, but anybody can set it. So
-- what a statement wrote is looked at when it is done.
CREATE FUNCTION liptako.check_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  least bigint;
  most bigint;
BEGIN
  IF TG_TABLE_NAME = 'measure' THEN
    SELECT min(since_version), max(since_version) INTO least, most FROM written WHERE is_current;
  ELSE
    SELECT min(since_version), max(since_version) INTO least, most FROM written;
  END IF;
  IF least <> most OR most IS NOT NULL AND NOT EXISTS (
      SELECT FROM liptako.data_version WHERE version = most
         AND transaction_id = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'the setting liptako.version is not yours to set';
  END IF;
  RETURN NULL;
END $$;


CREATE OR REPLACE FUNCTION liptako.note_summaries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := current_setting('liptako.version', true);
BEGIN
  -- A statement that changed nothing may be the first, and there is no version yet; or it may have
  -- been preceded by a forged one.
  IF split_part(known, '/', 2) = pg_current_xact_id_if_assigned()::text THEN
    INSERT INTO liptako.summary_due
    SELECT version FROM liptako.data_version WHERE version = split_part(known, '/', 1)::bigint
       AND transaction_id = pg_current_xact_id()::text::bigint
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;


-- As the third migration made it, but for the stamp.
CREATE OR REPLACE FUNCTION liptako.summarise_touched() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  drawn bigint := NEW.version;
BEGIN
  PERFORM liptako.summarise(array(
    SELECT incident_id FROM liptako.incident WHERE since_version = drawn
    UNION
    SELECT incident_id FROM liptako.estimate WHERE since_version = drawn
    UNION
    SELECT incident_id FROM liptako.claim WHERE since_version = drawn
    UNION
    SELECT incident_id FROM liptako.actor_role WHERE since_version = drawn
    UNION
    -- Summed up before in the same transaction, of rows that have left no trace since.
    SELECT incident_id FROM liptako.incident_summary WHERE since_version = drawn
    UNION
    SELECT incident_id FROM liptako_history.incident WHERE until_version = drawn
    UNION
    SELECT incident_id FROM liptako_history.estimate WHERE until_version = drawn
    UNION
    SELECT incident_id FROM liptako_history.claim WHERE until_version = drawn
    UNION
    SELECT incident_id FROM liptako_history.actor_role WHERE until_version = drawn
  ), drawn);
  DELETE FROM liptako.summary_due WHERE version = drawn;
  -- Summing up a large load takes seconds: the stamp is of the commit all the same.
  PERFORM liptako.stamp(drawn);
  RETURN NULL;
END $$;


-- A person's own trigger is deep, too: what writes must be the owner's, as our triggers are.
CREATE OR REPLACE FUNCTION liptako.refuse_by_hand() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF pg_trigger_depth() < 2 OR current_user <>
      (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RAISE EXCEPTION '% of %.% is refused: the database keeps it by itself',
      TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;


DO $$
DECLARE
  name text;
  event text;
  called regprocedure;
BEGIN
  FOREACH name IN ARRAY ARRAY['source', 'report', 'actor', 'actor_name', 'place', 'place_name',
      'boundary', 'region', 'incident', 'actor_role', 'estimate', 'claim', 'measure'] LOOP
    FOREACH event IN ARRAY ARRAY['insert', 'update'] LOOP
      EXECUTE format('CREATE TRIGGER c_written_%1$s AFTER %1$s ON liptako.%2$I'
                     '  REFERENCING NEW TABLE AS written'
                     '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.check_written()', event, name);
    END LOOP;
  END LOOP;
  -- These write what nobody else may, with the rights of the owner. A trigger needs no leave to
  -- call its function, but whoever makes one of his own does.
  FOR called IN
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'liptako'::regnamespace AND prosecdef
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', called);
  END LOOP;
END $$;
