-- How the database keeps the summaries of incidents. Like the history, no path into the data can
-- forget them: what a transaction touched is summed up once, at its commit, whoever wrote it.


-- The summaries of some incidents as they stood at a version: the one place that says how figures
-- and texts come about. Names and licences of sources, and names of actors, are those of the
-- present: these tables keep no former rows.
--
-- The sum of separate kinds of people is a lower bound of their total and nothing more: it has no
-- best figure and no upper end, and what nobody estimated is not 0. The sides of a dataset overlap
-- the kinds, so they are no parts.
--
-- Without a search path of its own PostgreSQL puts its text into the statement that asks.
CREATE FUNCTION liptako.summaries_at(ids bigint[], at bigint) RETURNS TABLE (
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
      JOIN liptako.report ON report.report_id = claim.report_id
      JOIN liptako.source ON source.source_id = report.source_id
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
    JOIN liptako.actor ON actor.actor_id = role.actor_id
    GROUP BY role.incident_id
  ) parties ON parties.incident_id = incident.incident_id
$$;


-- Sum up some incidents as they stand at a version, and write what differs. Nobody calls this by
-- hand: the table refuses it.
CREATE FUNCTION liptako.summarise(ids bigint[], at bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '64MB' AS $$
BEGIN
  DELETE FROM liptako.incident_summary kept
   WHERE kept.incident_id = ANY (ids)
     AND NOT EXISTS (SELECT FROM liptako.incident i
                      WHERE i.incident_id = kept.incident_id AND i.since_version <= at)
     AND NOT EXISTS (SELECT FROM liptako_history.incident i
                      WHERE i.incident_id = kept.incident_id AND i.since_version <= at
                        AND i.until_version > at);
  INSERT INTO liptako.incident_summary AS kept
  SELECT made.*, at FROM liptako.summaries_at(ids, at) made ORDER BY made.incident_id
  ON CONFLICT (incident_id) DO UPDATE SET
    (killed_low, killed_best, killed_high,
     killed_civilians_low, killed_civilians_best, killed_civilians_high,
     killed_forces_low, killed_forces_best, killed_forces_high,
     killed_militants_low, killed_militants_best, killed_militants_high,
     injured_low, injured_best, injured_high,
     killed_rule, killed_claims, harm_claims, actors, actor_names, claims, reports,
     since_version)
    = (excluded.killed_low, excluded.killed_best, excluded.killed_high,
       excluded.killed_civilians_low, excluded.killed_civilians_best,
       excluded.killed_civilians_high,
       excluded.killed_forces_low, excluded.killed_forces_best, excluded.killed_forces_high,
       excluded.killed_militants_low, excluded.killed_militants_best,
       excluded.killed_militants_high,
       excluded.injured_low, excluded.injured_best, excluded.injured_high,
       excluded.killed_rule, excluded.killed_claims, excluded.harm_claims, excluded.actors,
       excluded.actor_names, excluded.claims, excluded.reports, excluded.since_version)
  WHERE (kept.killed_low, kept.killed_best, kept.killed_high,
         kept.killed_civilians_low, kept.killed_civilians_best, kept.killed_civilians_high,
         kept.killed_forces_low, kept.killed_forces_best, kept.killed_forces_high,
         kept.killed_militants_low, kept.killed_militants_best, kept.killed_militants_high,
         kept.injured_low, kept.injured_best, kept.injured_high,
         kept.killed_rule, kept.killed_claims, kept.harm_claims, kept.actors,
         kept.actor_names, kept.claims, kept.reports)
    IS DISTINCT FROM
        (excluded.killed_low, excluded.killed_best, excluded.killed_high,
         excluded.killed_civilians_low, excluded.killed_civilians_best,
         excluded.killed_civilians_high,
         excluded.killed_forces_low, excluded.killed_forces_best, excluded.killed_forces_high,
         excluded.killed_militants_low, excluded.killed_militants_best,
         excluded.killed_militants_high,
         excluded.injured_low, excluded.injured_best, excluded.injured_high,
         excluded.killed_rule, excluded.killed_claims, excluded.harm_claims, excluded.actors,
         excluded.actor_names, excluded.claims, excluded.reports);
END $$;


-- Note, once, that this transaction has something to sum up at its commit. This is a statement
-- trigger that runs after the rows are written, so it is right also for a session that has its
-- constraints checked at once.
CREATE FUNCTION liptako.note_summaries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := current_setting('liptako.version', true);
BEGIN
  -- A statement that changed nothing may be the first, and there is no version yet.
  IF split_part(known, '/', 2) = pg_current_xact_id_if_assigned()::text THEN
    INSERT INTO liptako.summary_due VALUES (split_part(known, '/', 1)::bigint)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;


-- Sum up what the transaction touched: rows that it wrote, and rows that it ended.
CREATE FUNCTION liptako.summarise_touched() RETURNS trigger
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
  UPDATE liptako.data_version SET recorded_at = greatest(recorded_at, clock_timestamp())
   WHERE version = drawn;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER summarise AFTER INSERT ON liptako.summary_due
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION liptako.summarise_touched();


-- Tables without history that a summary quotes: sum up at once where the quoted part changed.
CREATE FUNCTION liptako.summarise_quoting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  ids bigint[];
BEGIN
  IF TG_TABLE_NAME = 'actor' THEN
    ids := array(
      SELECT DISTINCT part.incident_id FROM was JOIN became USING (actor_id)
        JOIN liptako.actor_role part USING (actor_id)
       WHERE was.name <> became.name);
  ELSIF TG_TABLE_NAME = 'report' THEN
    ids := array(
      SELECT DISTINCT claim.incident_id FROM was JOIN became USING (report_id)
        JOIN liptako.claim USING (report_id)
       WHERE was.source_id <> became.source_id);
  ELSE
    ids := array(
      SELECT DISTINCT claim.incident_id FROM was JOIN became USING (source_id)
        JOIN liptako.report ON report.source_id = became.source_id
        JOIN liptako.claim USING (report_id)
       WHERE (was.name, was.redistributable) <> (became.name, became.redistributable));
  END IF;
  IF cardinality(ids) > 0 THEN
    PERFORM liptako.summarise(ids, liptako.writing_version());
  END IF;
  RETURN NULL;
END $$;


CREATE TABLE liptako_history.incident_summary (
  until_version bigint NOT NULL, LIKE liptako.incident_summary,
  PRIMARY KEY (incident_id, since_version),
  CHECK (since_version < until_version));
CREATE INDEX ON liptako_history.incident_summary (until_version);


-- What stands in the database already, state by state: each version sums up what it touched, and
-- what stood before ends with it. The triggers come afterwards.
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
  SELECT since_version AS version, incident_id FROM liptako.incident
  UNION SELECT since_version, incident_id FROM liptako.estimate
  UNION SELECT since_version, incident_id FROM liptako.claim
  UNION SELECT since_version, incident_id FROM liptako.actor_role
  UNION SELECT unnest(ARRAY[since_version, until_version]), incident_id
          FROM liptako_history.incident
  UNION SELECT unnest(ARRAY[since_version, until_version]), incident_id
          FROM liptako_history.estimate
  UNION SELECT unnest(ARRAY[since_version, until_version]), incident_id
          FROM liptako_history.claim
  UNION SELECT unnest(ARRAY[since_version, until_version]), incident_id
          FROM liptako_history.actor_role;
CREATE INDEX ON touched (version);
CREATE TEMPORARY TABLE stood ON COMMIT DROP AS SELECT * FROM liptako.incident_summary WITH NO DATA;
DO $$
DECLARE
  drawn bigint;
  ids bigint[];
BEGIN
  FOR drawn IN SELECT DISTINCT version FROM touched ORDER BY version LOOP
    ids := array(SELECT incident_id FROM touched WHERE version = drawn);
    INSERT INTO stood SELECT * FROM liptako.incident_summary WHERE incident_id = ANY (ids);
    PERFORM liptako.summarise(ids, drawn);
    INSERT INTO liptako_history.incident_summary
    SELECT drawn, stood.* FROM stood
      LEFT JOIN liptako.incident_summary kept ON kept.incident_id = stood.incident_id
     WHERE kept.since_version IS DISTINCT FROM stood.since_version;
    DELETE FROM stood;
  END LOOP;
END $$;
DROP TABLE touched, stood;
ANALYZE liptako.incident_summary;


DO $$
DECLARE
  name text;
  event text;
BEGIN
  FOREACH name IN ARRAY ARRAY['incident', 'actor_role', 'estimate', 'claim'] LOOP
    EXECUTE format('CREATE TRIGGER e_summaries AFTER INSERT OR UPDATE OR DELETE ON liptako.%I'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.note_summaries()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['actor', 'report', 'source'] LOOP
    EXECUTE format('CREATE TRIGGER c_summaries AFTER UPDATE ON liptako.%I'
                   '  REFERENCING OLD TABLE AS was NEW TABLE AS became'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.summarise_quoting()', name);
  END LOOP;
  FOREACH event IN ARRAY ARRAY['update', 'delete'] LOOP
    EXECUTE format('CREATE TRIGGER c_former_%1$s AFTER %1$s ON liptako.incident_summary'
                   '  REFERENCING OLD TABLE AS former'
                   '  FOR EACH STATEMENT EXECUTE FUNCTION liptako.keep_former()', event);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['incident_summary', 'summary_due'] LOOP
    EXECUTE format('CREATE TRIGGER not_by_hand BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE'
                   '  ON liptako.%I FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_by_hand()',
                   name);
  END LOOP;
  CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE
    ON liptako_history.incident_summary
    FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse();
  CREATE TRIGGER not_by_hand BEFORE INSERT ON liptako_history.incident_summary
    FOR EACH STATEMENT EXECUTE FUNCTION liptako.refuse_by_hand();
END $$;
