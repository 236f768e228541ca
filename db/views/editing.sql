-- Incidents, estimates and claims as a person writes them in QGIS: moments and not ranges, lasting
-- names and not numbers. Whoever may write here needs no right on the tables below; the tables keep
-- the history, and who saved, by themselves.

CREATE SCHEMA IF NOT EXISTS editing;
COMMENT ON SCHEMA editing IS
  'What editors write: incidents, estimates, claims. Made by the program, and anew when it changes.';


CREATE OR REPLACE FUNCTION editing.refuse(field text, value text, rule text, hint text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  words text := format('%s %s is refused: %s', field,
                       coalesce(quote_literal(value), 'without a value'), rule);
BEGIN
  IF hint IS NULL THEN
    RAISE EXCEPTION '%', words USING ERRCODE = 'check_violation';
  END IF;
  RAISE EXCEPTION '%', words USING ERRCODE = 'check_violation', HINT = hint;
END $$;


-- Say in words what a table refused: the fields that its rule looks at, their values, the rule. The
-- rule is the remark on the constraint.
CREATE OR REPLACE FUNCTION editing.explain(refused text, rule_name text, empty text, written jsonb,
                                           said text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  looked_at text[];
  rule text;
  told text;
BEGIN
  IF coalesce(empty, '') <> '' THEN
    PERFORM editing.refuse(CASE empty WHEN 'source_id' THEN 'dataset' ELSE empty END, NULL,
                           'it is always known', NULL);
  END IF;
  SELECT array_agg(a.attname::text ORDER BY a.attnum), max(obj_description(c.oid, 'pg_constraint'))
    INTO looked_at, rule
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
   WHERE c.conrelid = to_regclass(format('liptako.%I', refused)) AND c.conname = rule_name;
  -- What the table calls otherwise: an interval, a name, a source.
  looked_at := looked_at
    || CASE WHEN 'occurred' = ANY (looked_at)
            THEN ARRAY['event_start', 'event_end', 'claimed_from', 'claimed_until'] ELSE '{}' END
    || CASE WHEN 'code' = ANY (looked_at) THEN ARRAY['incident', 'claim'] ELSE '{}' END
    || CASE WHEN 'incident_id' = ANY (looked_at) THEN ARRAY['incident'] ELSE '{}' END;
  SELECT string_agg(format('%s %L', field.key, field.value), ', '
                    ORDER BY array_position(looked_at, field.key))
         || CASE WHEN count(*) > 1 THEN ' are' ELSE ' is' END
    INTO told
    FROM jsonb_each_text(written) field
   WHERE field.key = ANY (looked_at) AND field.value IS NOT NULL;
  RAISE EXCEPTION '% refused: %',
      coalesce(told, array_to_string(looked_at, ', ') || ' without a value is', 'this is'),
      coalesce(rule, said)
    USING ERRCODE = 'check_violation';
END $$;


-- The number of what a lasting name stands for; nothing for no name.
CREATE OR REPLACE FUNCTION editing.number_of(refers_to text, field text, name text)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
  alike text;
BEGIN
  IF name IS NULL THEN
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT %I FROM liptako.%I WHERE code = $1', refers_to || '_id', refers_to)
    INTO found USING name;
  IF found IS NULL THEN
    EXECUTE format('SELECT string_agg(code, '', '') FROM (SELECT code FROM liptako.%I'
                   ' WHERE starts_with(code, left($1, 3)) ORDER BY code LIMIT 5) near', refers_to)
      INTO alike USING name;
    PERFORM editing.refuse(field, name, format('there is no %s of this name', refers_to),
                           'Names that begin like it: ' || alike);
  END IF;
  RETURN found;
END $$;


-- The interval that two moments stand for. An end belongs to its interval: 18:00 is its last
-- moment, a last second of a day its last second, and where no time of day is known, a midnight
-- is the day that it begins.
CREATE OR REPLACE FUNCTION editing.interval_of(first timestamp, last timestamp, first_name text,
                                               last_name text, by_time boolean)
RETURNS tsrange LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF first IS NULL AND last IS NULL THEN
    RETURN NULL;
  END IF;
  IF last < first THEN
    PERFORM editing.refuse(last_name, last::text, format('it is not before %s %L', first_name,
                           first::text), NULL);
  END IF;
  RETURN CASE
    WHEN NOT by_time AND last = date_trunc('day', last)
      THEN tsrange(first, last + interval '1 day')
    WHEN last = date_trunc('day', last) + interval '23:59:59'
      THEN tsrange(first, last + interval '1 second')
    WHEN last IS NULL THEN tsrange(first, NULL)
    ELSE tsrange(first, last, '[]') END;
END $$;


-- The last moment that belongs to an interval, to the second, as the layers show it.
CREATE OR REPLACE FUNCTION editing.last_of(period tsrange)
RETURNS timestamp LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN upper(period) IS NULL THEN NULL ELSE greatest(
    date_trunc('second', CASE WHEN upper_inc(period) THEN upper(period)
                         ELSE upper(period) - interval '1 microsecond' END), lower(period)) END
$$;


CREATE VIEW editing.incidents AS
SELECT incident.incident_id AS id, incident.geom, incident.code AS incident, incident.title,
  incident.kind, incident.status, incident.status_note, survivor.code AS merged_into,
  whole.code AS part_of, incident.event_type, incident.sub_type,
  lower(incident.occurred) AS event_start, editing.last_of(incident.occurred) AS event_end,
  incident.time_precision, incident.time_extent, incident.time_zone,
  place.code AS place, incident.place_name, incident.country, incident.adm1, incident.adm2,
  incident.place_precision, incident.radius_m, incident.note, source.code AS dataset,
  version.recorded_at, version.recorded_by
FROM liptako.incident
JOIN liptako.source USING (source_id)
LEFT JOIN liptako.place ON place.place_id = incident.place_id
LEFT JOIN liptako.incident survivor ON survivor.incident_id = incident.merged_into
LEFT JOIN liptako.incident whole ON whole.incident_id = incident.part_of
LEFT JOIN liptako.data_version version ON version.version = incident.since_version;


CREATE OR REPLACE FUNCTION editing.write_incident() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  compiler liptako.source;
  happened tsrange;
  refused text;
  rule_name text;
  empty text;
  said text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM editing.refuse('incident', OLD.incident, 'an incident keeps its name for good',
      'To withdraw it, set status to retracted and say why in status_note.');
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NEW IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
    IF (NEW.id, NEW.incident) IS DISTINCT FROM (OLD.id, OLD.incident) THEN
      PERFORM editing.refuse('incident', NEW.incident,
        format('an incident keeps its name for good, here %L', OLD.incident), NULL);
    END IF;
  END IF;
  IF NEW.dataset IS NULL THEN
    PERFORM editing.refuse('dataset', NULL, 'somebody compiled the row: name a source',
                           'Your own is liptako-curation.');
  END IF;
  SELECT * INTO compiler FROM liptako.source
   WHERE source_id = editing.number_of('source', 'dataset', NEW.dataset);
  IF compiler.kind = 'dataset' AND compiler.code <> 'liptako-curation'
     OR TG_OP = 'UPDATE' AND OLD.dataset <> NEW.dataset THEN
    PERFORM editing.refuse('dataset', NEW.dataset,
      'rows of a dataset stand as they were published, under its name',
      'What others say of the incident is a claim; your own account is an incident of your own.');
  END IF;
  happened := CASE
    WHEN TG_OP = 'UPDATE' AND (NEW.event_start, NEW.event_end)
         IS NOT DISTINCT FROM (OLD.event_start, OLD.event_end)
      THEN (SELECT occurred FROM liptako.incident WHERE incident_id = OLD.id)
    ELSE editing.interval_of(NEW.event_start, NEW.event_end, 'event_start', 'event_end',
                             coalesce(NEW.time_precision = 'time', false)) END;
  BEGIN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO liptako.incident (geom, code, title, kind, status, status_note, merged_into,
        part_of, event_type, sub_type, occurred, time_precision, time_extent, time_zone, place_id,
        place_name, country, adm1, adm2, place_precision, radius_m, note, source_id)
      VALUES (NEW.geom, NEW.incident, NEW.title, coalesce(NEW.kind, 'incident'),
        coalesce(NEW.status, 'active'), NEW.status_note,
        editing.number_of('incident', 'merged_into', NEW.merged_into),
        editing.number_of('incident', 'part_of', NEW.part_of), NEW.event_type, NEW.sub_type,
        happened, NEW.time_precision, NEW.time_extent, NEW.time_zone,
        editing.number_of('place', 'place', NEW.place), NEW.place_name, NEW.country, NEW.adm1,
        NEW.adm2, NEW.place_precision, NEW.radius_m, NEW.note, compiler.source_id)
      RETURNING incident_id INTO NEW.id;
    ELSE
      UPDATE liptako.incident SET geom = NEW.geom, title = NEW.title, kind = NEW.kind,
        status = NEW.status, status_note = NEW.status_note,
        merged_into = editing.number_of('incident', 'merged_into', NEW.merged_into),
        part_of = editing.number_of('incident', 'part_of', NEW.part_of),
        event_type = NEW.event_type, sub_type = NEW.sub_type, occurred = happened,
        time_precision = NEW.time_precision, time_extent = NEW.time_extent,
        time_zone = NEW.time_zone, place_id = editing.number_of('place', 'place', NEW.place),
        place_name = NEW.place_name, country = NEW.country, adm1 = NEW.adm1, adm2 = NEW.adm2,
        place_precision = NEW.place_precision, radius_m = NEW.radius_m, note = NEW.note
       WHERE incident_id = OLD.id;
    END IF;
  EXCEPTION WHEN integrity_constraint_violation THEN
    GET STACKED DIAGNOSTICS refused = TABLE_NAME, rule_name = CONSTRAINT_NAME,
      empty = COLUMN_NAME, said = MESSAGE_TEXT;
    IF rule_name = '' AND coalesce(empty, '') = '' THEN
      RAISE;  -- said in words already
    END IF;
    PERFORM editing.explain(refused, rule_name, empty, to_jsonb(NEW), said);
  END;
  RETURN NEW;
END $$;

CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON editing.incidents
  FOR EACH ROW EXECUTE FUNCTION editing.write_incident();


CREATE VIEW editing.estimates AS
SELECT estimate.estimate_id AS id, incident.code AS incident, estimate.harm,
  estimate.person_status, estimate.low, estimate.best, estimate.high, estimate.rule, estimate.note,
  version.recorded_at, version.recorded_by
FROM liptako.estimate
JOIN liptako.incident USING (incident_id)
LEFT JOIN liptako.data_version version ON version.version = estimate.since_version;


CREATE OR REPLACE FUNCTION editing.write_estimate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  refused text;
  rule_name text;
  empty text;
  said text;
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.rule = 'as_published' THEN
    PERFORM editing.refuse('rule', OLD.rule, 'a dataset''s own figure stands as it was published',
      'What you know of it is a claim.');
  END IF;
  BEGIN
    IF TG_OP = 'DELETE' THEN
      DELETE FROM liptako.estimate WHERE estimate_id = OLD.id;
      RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
      INSERT INTO liptako.estimate (incident_id, harm, person_status, low, best, high, rule, note)
      VALUES (editing.number_of('incident', 'incident', NEW.incident), NEW.harm, NEW.person_status,
        NEW.low, NEW.best, NEW.high, 'coder', NEW.note)
      RETURNING estimate_id, rule INTO NEW.id, NEW.rule;
    ELSIF NEW IS DISTINCT FROM OLD THEN
      IF (NEW.id, NEW.incident) IS DISTINCT FROM (OLD.id, OLD.incident) THEN
        PERFORM editing.refuse('incident', NEW.incident,
          format('an estimate belongs to its incident, %L', OLD.incident), NULL);
      END IF;
      UPDATE liptako.estimate SET harm = NEW.harm, person_status = NEW.person_status,
        low = NEW.low, best = NEW.best, high = NEW.high, rule = 'coder', note = NEW.note
       WHERE estimate_id = OLD.id RETURNING rule INTO NEW.rule;
    END IF;
  EXCEPTION WHEN integrity_constraint_violation THEN
    GET STACKED DIAGNOSTICS refused = TABLE_NAME, rule_name = CONSTRAINT_NAME,
      empty = COLUMN_NAME, said = MESSAGE_TEXT;
    IF rule_name = '' AND coalesce(empty, '') = '' THEN
      RAISE;
    END IF;
    PERFORM editing.explain(refused, rule_name, empty, to_jsonb(NEW), said);
  END;
  RETURN NEW;
END $$;

CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON editing.estimates
  FOR EACH ROW EXECUTE FUNCTION editing.write_estimate();


CREATE VIEW editing.claims AS
SELECT claim.claim_id AS id, claim.geom, claim.code AS claim, incident.code AS incident,
  report.code AS report, claim.kind, claim.claimant, claim.polarity, claim.qualifier,
  claim.statement, whole.code AS part_of, claim.harm, claim.person_status, claim.low, claim.best,
  claim.high, lower(claim.occurred) AS claimed_from,
  editing.last_of(claim.occurred) AS claimed_until, claim.time_precision, claim.time_extent,
  place.code AS place, claim.place_name, claim.place_precision, claim.radius_m, claim.distance,
  claim.distance_unit, claim.target_border, target.code AS target_place, claim.bearing,
  actor.code AS actor, claim.role, version.recorded_at, version.recorded_by
FROM liptako.claim
JOIN liptako.incident ON incident.incident_id = claim.incident_id
JOIN liptako.report ON report.report_id = claim.report_id
LEFT JOIN liptako.claim whole ON whole.claim_id = claim.part_of
LEFT JOIN liptako.place ON place.place_id = claim.place_id
LEFT JOIN liptako.place target ON target.place_id = claim.target_place_id
LEFT JOIN liptako.actor ON actor.actor_id = claim.actor_id
LEFT JOIN liptako.data_version version ON version.version = claim.since_version;


CREATE OR REPLACE FUNCTION editing.write_claim() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stated tsrange;
  metres double precision;
  refused text;
  rule_name text;
  empty text;
  said text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
    IF (NEW.id, NEW.claim) IS DISTINCT FROM (OLD.id, OLD.claim) THEN
      PERFORM editing.refuse('claim', NEW.claim,
        format('a claim keeps its name for good, here %L', OLD.claim), NULL);
    END IF;
  END IF;
  BEGIN
    IF TG_OP = 'DELETE' THEN
      DELETE FROM liptako.claim WHERE claim_id = OLD.id;
      RETURN OLD;
    END IF;
    stated := CASE
      WHEN TG_OP = 'UPDATE' AND (NEW.claimed_from, NEW.claimed_until)
           IS NOT DISTINCT FROM (OLD.claimed_from, OLD.claimed_until)
        THEN (SELECT occurred FROM liptako.claim WHERE claim_id = OLD.id)
      ELSE editing.interval_of(NEW.claimed_from, NEW.claimed_until, 'claimed_from',
                               'claimed_until', coalesce(NEW.time_precision = 'time', false)) END;
    metres := NEW.distance * CASE NEW.distance_unit WHEN 'm' THEN 1 WHEN 'km' THEN 1000
                                                    WHEN 'mi' THEN 1609.344 END;
    IF TG_OP = 'INSERT' THEN
      INSERT INTO liptako.claim (geom, code, incident_id, report_id, kind, claimant, polarity,
        qualifier, statement, part_of, harm, person_status, low, best, high, occurred,
        time_precision, time_extent, place_id, place_name, place_precision, radius_m, distance,
        distance_unit, distance_m, target_border, target_place_id, bearing, actor_id, role)
      VALUES (NEW.geom, NEW.claim, editing.number_of('incident', 'incident', NEW.incident),
        editing.number_of('report', 'report', NEW.report), NEW.kind, NEW.claimant,
        coalesce(NEW.polarity, 'asserts'), NEW.qualifier, NEW.statement,
        editing.number_of('claim', 'part_of', NEW.part_of), NEW.harm, NEW.person_status, NEW.low,
        NEW.best, NEW.high, stated, NEW.time_precision, NEW.time_extent,
        editing.number_of('place', 'place', NEW.place), NEW.place_name, NEW.place_precision,
        NEW.radius_m, NEW.distance, NEW.distance_unit, metres, NEW.target_border,
        editing.number_of('place', 'target_place', NEW.target_place), NEW.bearing,
        editing.number_of('actor', 'actor', NEW.actor), NEW.role)
      RETURNING claim_id INTO NEW.id;
    ELSE
      UPDATE liptako.claim SET geom = NEW.geom,
        incident_id = editing.number_of('incident', 'incident', NEW.incident),
        report_id = editing.number_of('report', 'report', NEW.report), kind = NEW.kind,
        claimant = NEW.claimant, polarity = NEW.polarity, qualifier = NEW.qualifier,
        statement = NEW.statement, part_of = editing.number_of('claim', 'part_of', NEW.part_of),
        harm = NEW.harm, person_status = NEW.person_status, low = NEW.low, best = NEW.best,
        high = NEW.high, occurred = stated, time_precision = NEW.time_precision,
        time_extent = NEW.time_extent, place_id = editing.number_of('place', 'place', NEW.place),
        place_name = NEW.place_name, place_precision = NEW.place_precision,
        radius_m = NEW.radius_m, distance = NEW.distance, distance_unit = NEW.distance_unit,
        distance_m = metres, target_border = NEW.target_border,
        target_place_id = editing.number_of('place', 'target_place', NEW.target_place),
        bearing = NEW.bearing, actor_id = editing.number_of('actor', 'actor', NEW.actor),
        role = NEW.role
       WHERE claim_id = OLD.id;
    END IF;
  EXCEPTION WHEN integrity_constraint_violation THEN
    GET STACKED DIAGNOSTICS refused = TABLE_NAME, rule_name = CONSTRAINT_NAME,
      empty = COLUMN_NAME, said = MESSAGE_TEXT;
    IF rule_name = '' AND coalesce(empty, '') = '' THEN
      RAISE;
    END IF;
    PERFORM editing.explain(refused, rule_name, empty, to_jsonb(coalesce(NEW, OLD)), said);
  END;
  RETURN NEW;
END $$;

CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON editing.claims
  FOR EACH ROW EXECUTE FUNCTION editing.write_claim();
