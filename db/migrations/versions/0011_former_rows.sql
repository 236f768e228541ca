-- Every table that a layer reads keeps its former rows, so that a layer at a former version is what
-- it was then: sources, reports, actors, places, boundaries, regions, and published measures.


-- A measure of somebody's own run is no part of the data: it is of no version, which is written 0.
CREATE FUNCTION liptako.set_since_version_if_current() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.since_version := CASE WHEN NEW.is_current THEN liptako.writing_version() ELSE 0 END;
  RETURN NEW;
END $$;


-- And it leaves no trace. Otherwise this is liptako.keep_former().
CREATE FUNCTION liptako.keep_former_if_current() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  drawn bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM former WHERE is_current) THEN
    RETURN NULL;
  END IF;
  drawn := liptako.writing_version();
  IF NOT EXISTS (SELECT FROM liptako.data_version WHERE version = drawn
                    AND transaction_id = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'the setting liptako.version is not yours to set';
  END IF;
  EXECUTE format(
    'INSERT INTO liptako_history.%I SELECT $1, former.* FROM former'
    ' WHERE is_current AND since_version < $1', TG_TABLE_NAME) USING drawn;
  RETURN NULL;
END $$;


DO $$
DECLARE
  -- Nothing tells when rows came that are there already. A former state reads as it did before this
  -- migration, so they are taken to have been there from the first version on.
  first bigint := (SELECT coalesce(min(version), 0) FROM liptako.data_version);
  name text;
  event text;
  condition text;
BEGIN
  FOREACH name IN ARRAY ARRAY['source', 'report', 'actor', 'actor_name', 'place', 'place_name',
      'boundary', 'region', 'measure'] LOOP
    condition := CASE name WHEN 'measure' THEN '_if_current' ELSE '' END;
    -- A constant default touches no row, however many there are.
    EXECUTE format('ALTER TABLE liptako.%I ADD COLUMN since_version bigint NOT NULL DEFAULT %s',
                   name, first);
    EXECUTE format('ALTER TABLE liptako.%I ALTER COLUMN since_version DROP DEFAULT', name);
    IF name = 'measure' THEN
      ALTER TABLE liptako.measure DISABLE TRIGGER USER;
      UPDATE liptako.measure SET since_version =
        CASE WHEN is_current THEN
          (SELECT published_version FROM liptako.analysis_run run WHERE run.run_id = measure.run_id)
        ELSE 0 END;
      ALTER TABLE liptako.measure ENABLE TRIGGER USER;
    END IF;
    EXECUTE format('CREATE INDEX ix_%1$s_since_version ON liptako.%1$I (since_version)', name);

    EXECUTE format('CREATE TABLE liptako_history.%1$I ('
                   '  until_version bigint NOT NULL, LIKE liptako.%1$I,'
                   '  PRIMARY KEY (%2$I, since_version),'
                   '  CHECK (since_version < until_version))', name, name || '_id');
    EXECUTE format('CREATE INDEX ON liptako_history.%I (until_version)', name);

    FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
      EXECUTE format('DROP TRIGGER b_version_%s ON liptako.%I', event, name);
    END LOOP;
    EXECUTE format('CREATE TRIGGER b_since BEFORE INSERT OR UPDATE ON liptako.%I'
                   '  FOR EACH ROW EXECUTE FUNCTION liptako.set_since_version%s()', name, condition);
    FOREACH event IN ARRAY ARRAY['update', 'delete'] LOOP
      EXECUTE format('CREATE TRIGGER c_former_%1$s AFTER %1$s ON liptako.%2$I'
                     '  REFERENCING OLD TABLE AS former'
                     '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.keep_former%3$s()',
                     event, name, condition);
    END LOOP;
    EXECUTE format('CREATE TRIGGER d_no_truncate BEFORE TRUNCATE ON liptako.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse()', name);
    EXECUTE format('CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE'
                   '  ON liptako_history.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse()', name);
    EXECUTE format('CREATE TRIGGER not_by_hand BEFORE INSERT ON liptako_history.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_by_hand()', name);
  END LOOP;
END $$;

CREATE INDEX ON liptako_history.report (source_id);
CREATE INDEX ON liptako_history.actor_name (actor_id);
CREATE INDEX ON liptako_history.place USING gist (geom);
CREATE INDEX ON liptako_history.place (missing, place_id);
CREATE INDEX ON liptako_history.place_name (place_id);
CREATE INDEX ON liptako_history.boundary USING gist (geom);
CREATE INDEX ON liptako_history.boundary (kind, boundary_id);
CREATE INDEX ON liptako_history.region USING gist (geom);
CREATE INDEX ON liptako_history.measure USING gist (geom);
CREATE INDEX ON liptako_history.measure (run_id, measure_id);
CREATE INDEX ON liptako_history.measure (incident_id);
CREATE INDEX ON liptako_history.measure (claim_id);
-- The layer of reports counts the claims of each.
CREATE INDEX ON liptako_history.claim (report_id);

-- What a former run found about an incident stays when the incident goes.
ALTER TABLE liptako.result DROP CONSTRAINT fk_result_incident_id;


-- What is published is never changed: a run can be replaced, and one that is replaced be deleted.
CREATE OR REPLACE FUNCTION liptako.set_run_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.published_version IS NOT NULL AND OLD.replaced_version IS NULL THEN
      RAISE EXCEPTION 'DELETE of run % is refused: it is published; publish another first', OLD.run_id
        USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.published_version IS NOT NULL AND (OLD.replaced_version IS NOT NULL
      OR to_jsonb(OLD) - 'replaced_version' <> to_jsonb(NEW) - 'replaced_version') THEN
    RAISE EXCEPTION 'UPDATE of run % is refused: what is published is never changed', OLD.run_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.published_version IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.published_version IS NULL) THEN
    NEW.published_version := liptako.writing_version();
  END IF;
  IF NEW.replaced_version IS NOT NULL THEN
    NEW.replaced_version := liptako.writing_version();
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER b_versions ON liptako.analysis_run;
CREATE TRIGGER b_versions BEFORE INSERT OR UPDATE OR DELETE ON liptako.analysis_run
  FOR EACH ROW EXECUTE FUNCTION liptako.set_run_versions();


CREATE FUNCTION liptako.refuse_if_published() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  versions bigint[] := array(
    SELECT published_version FROM liptako.analysis_run
     WHERE published_version IS NOT NULL AND run_id IN (SELECT run_id FROM changed));
BEGIN
  -- Results come in the transaction that publishes their run, and go with their run.
  IF cardinality(versions) > 0 AND liptako.writing_version() <> ALL (versions) THEN
    RAISE EXCEPTION '% of %.% is refused: what is published is never changed',
      TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER b_published_insert AFTER INSERT ON liptako.result REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_if_published();
CREATE TRIGGER b_published_delete AFTER DELETE ON liptako.result REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_if_published();
CREATE TRIGGER only_added_to BEFORE UPDATE OR TRUNCATE ON liptako.result
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse();


-- With a run that is replaced and deleted go its measures, which are former rows by then.
CREATE FUNCTION liptako.forget_measures() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM liptako_history.measure WHERE run_id IN (
    SELECT run_id FROM gone WHERE published_version IS NOT NULL);
  RETURN NULL;
END $$;

CREATE TRIGGER d_measures AFTER DELETE ON liptako.analysis_run REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.forget_measures();
DROP TRIGGER only_added_to ON liptako_history.measure;
DROP TRIGGER not_by_hand ON liptako_history.measure;
CREATE TRIGGER not_by_hand BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON liptako_history.measure
  FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_by_hand();


-- Whether the licence of a source, as last stated, lets its rows out. A state of the past does not
-- show what was withdrawn since; of a source that is gone, the last word holds.
CREATE FUNCTION liptako.may_leave(asked bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT redistributable FROM liptako.source WHERE source_id = asked),
    (SELECT redistributable FROM liptako_history.source WHERE source_id = asked
      ORDER BY since_version DESC LIMIT 1))
$$;


-- The summaries of some incidents as they stood at a version, with the names and licences of that
-- version. See the third migration, which made this function, for what the figures and texts mean.
CREATE OR REPLACE FUNCTION liptako.summaries_at(ids bigint[], at bigint) RETURNS TABLE (
  incident_id bigint,
  killed_low bigint, killed_best bigint, killed_high bigint,
  killed_civilians_low bigint, killed_civilians_best bigint, killed_civilians_high bigint,
  killed_forces_low bigint, killed_forces_best bigint, killed_forces_high bigint,
  killed_militants_low bigint, killed_militants_best bigint, killed_militants_high bigint,
  injured_low bigint, injured_best bigint, injured_high bigint,
  killed_rule text, killed_claims text, harm_claims text, actors text, actor_names text[],
  claims integer, reports integer)
LANGUAGE sql STABLE AS $$
  SELECT incident.incident_id,
    CASE WHEN figures.killed_rule IS NOT NULL THEN figures.killed_low ELSE figures.killed_parts END,
    figures.killed_best, figures.killed_high,
    figures.civilians_low, figures.civilians_best, figures.civilians_high,
    figures.forces_low, figures.forces_best, figures.forces_high,
    figures.militants_low, figures.militants_best, figures.militants_high,
    CASE WHEN figures.injured_rule IS NOT NULL THEN figures.injured_low
         ELSE figures.injured_parts END,
    figures.injured_best, figures.injured_high,
    coalesce(figures.killed_rule,
             CASE WHEN figures.killed_parts IS NOT NULL THEN 'sum_of_parts' END),
    told.killed_claims, told.harm_claims, parties.actors, parties.actor_names,
    coalesce(told.claims, 0), coalesce(told.reports, 0)
  FROM (
    SELECT incident_id FROM liptako.incident
     WHERE incident_id = ANY (ids) AND since_version <= at
    UNION ALL
    SELECT incident_id FROM liptako_history.incident
     WHERE incident_id = ANY (ids) AND since_version <= at AND until_version > at
  ) incident
  LEFT JOIN (
    SELECT incident_id,
      max(low) FILTER (WHERE killed AND person_status = 'all') AS killed_low,
      max(best) FILTER (WHERE killed AND person_status = 'all') AS killed_best,
      max(high) FILTER (WHERE killed AND person_status = 'all') AS killed_high,
      max(rule) FILTER (WHERE killed AND person_status = 'all') AS killed_rule,
      sum(low) FILTER (WHERE killed AND is_part)::bigint AS killed_parts,
      max(low) FILTER (WHERE killed AND person_status = 'civilian') AS civilians_low,
      max(best) FILTER (WHERE killed AND person_status = 'civilian') AS civilians_best,
      max(high) FILTER (WHERE killed AND person_status = 'civilian') AS civilians_high,
      max(low) FILTER (WHERE killed AND person_status = 'state_forces') AS forces_low,
      max(best) FILTER (WHERE killed AND person_status = 'state_forces') AS forces_best,
      max(high) FILTER (WHERE killed AND person_status = 'state_forces') AS forces_high,
      max(low) FILTER (WHERE killed AND person_status = 'militant') AS militants_low,
      max(best) FILTER (WHERE killed AND person_status = 'militant') AS militants_best,
      max(high) FILTER (WHERE killed AND person_status = 'militant') AS militants_high,
      max(low) FILTER (WHERE NOT killed AND person_status = 'all') AS injured_low,
      max(best) FILTER (WHERE NOT killed AND person_status = 'all') AS injured_best,
      max(high) FILTER (WHERE NOT killed AND person_status = 'all') AS injured_high,
      max(rule) FILTER (WHERE NOT killed AND person_status = 'all') AS injured_rule,
      sum(low) FILTER (WHERE NOT killed AND is_part)::bigint AS injured_parts
    FROM (
      SELECT incident_id, person_status, low, best, high, harm = 'killed' AS killed,
        person_status IN ('civilian', 'state_forces', 'foreign_forces', 'peacekeeper', 'militant',
                          'unknown') AS is_part,
        CASE WHEN disordered THEN rule || ', out of order' ELSE rule END AS rule
      FROM (
        SELECT incident_id, harm, person_status, low, best, high, rule, disordered
          FROM liptako.estimate
         WHERE incident_id = ANY (ids) AND since_version <= at
        UNION ALL
        SELECT incident_id, harm, person_status, low, best, high, rule, disordered
          FROM liptako_history.estimate
         WHERE incident_id = ANY (ids) AND since_version <= at AND until_version > at
      ) estimate
      WHERE harm IN ('killed', 'injured')
    ) figure
    GROUP BY incident_id
  ) figures ON figures.incident_id = incident.incident_id
  LEFT JOIN (
    SELECT incident_id,
      string_agg(words, '; ' ORDER BY claim_id) FILTER (WHERE harm = 'killed') AS killed_claims,
      string_agg(words, '; ' ORDER BY claim_id) FILTER (WHERE harm <> 'killed') AS harm_claims,
      count(*)::integer AS claims,
      count(DISTINCT report_id)::integer AS reports
    FROM (
      SELECT claim.incident_id, claim.claim_id, claim.report_id, claim.harm,
        CASE WHEN claim.kind = 'casualties' AND source.redistributable THEN concat_ws(' ',
          CASE WHEN claim.polarity = 'denies' THEN 'denied:' END,
          nullif(claim.harm, 'killed'),
          replace(nullif(claim.qualifier, 'exact'), '_', ' '),
          CASE
            WHEN num_nonnulls(claim.low, claim.best, claim.high) = 0 THEN 'number not given'
            WHEN num_nonnulls(claim.low, claim.high) = 0 THEN claim.best::text
            WHEN claim.low IS NULL THEN 'up to ' || claim.high
            WHEN claim.high IS NULL AND claim.qualifier IN ('at_least', 'more_than')
              THEN claim.low::text
            WHEN claim.high IS NULL THEN claim.low || '+'
            WHEN claim.low = claim.high THEN claim.low::text
            ELSE claim.low || '-' || claim.high
          END,
          replace(claim.person_status, '_', ' '),
          '(' || concat_ws(', ', claim.claimant, source.name) || ')') END AS words
      FROM (
        SELECT incident_id, claim_id, report_id, kind, claimant, polarity, qualifier, harm,
          person_status, low, best, high
          FROM liptako.claim
         WHERE incident_id = ANY (ids) AND since_version <= at
        UNION ALL
        SELECT incident_id, claim_id, report_id, kind, claimant, polarity, qualifier, harm,
          person_status, low, best, high
          FROM liptako_history.claim
         WHERE incident_id = ANY (ids) AND since_version <= at AND until_version > at
      ) claim
      JOIN (
        SELECT report_id, source_id FROM liptako.report WHERE since_version <= at
        UNION ALL
        SELECT report_id, source_id FROM liptako_history.report
         WHERE since_version <= at AND until_version > at
      ) report ON report.report_id = claim.report_id
      JOIN (
        SELECT source_id, name, redistributable FROM liptako.source WHERE since_version <= at
        UNION ALL
        SELECT source_id, name, redistributable AND liptako.may_leave(source_id)
          FROM liptako_history.source
         WHERE since_version <= at AND until_version > at
      ) source ON source.source_id = report.source_id
    ) claim
    GROUP BY incident_id
  ) told ON told.incident_id = incident.incident_id
  LEFT JOIN (
    SELECT role.incident_id,
      string_agg(actor.name || ' (' || replace(role.role, '_', ' ') || ')', '; '
                 ORDER BY role.actor_role_id) AS actors,
      array_agg(DISTINCT actor.name COLLATE "C" ORDER BY actor.name COLLATE "C") AS actor_names
    FROM (
      SELECT incident_id, actor_role_id, actor_id, role
        FROM liptako.actor_role
       WHERE incident_id = ANY (ids) AND since_version <= at
      UNION ALL
      SELECT incident_id, actor_role_id, actor_id, role
        FROM liptako_history.actor_role
       WHERE incident_id = ANY (ids) AND since_version <= at AND until_version > at
    ) role
    JOIN (
      SELECT actor_id, name FROM liptako.actor WHERE since_version <= at
      UNION ALL
      SELECT actor_id, name FROM liptako_history.actor
       WHERE since_version <= at AND until_version > at
    ) actor ON actor.actor_id = role.actor_id
    GROUP BY role.incident_id
  ) parties ON parties.incident_id = incident.incident_id
$$;
