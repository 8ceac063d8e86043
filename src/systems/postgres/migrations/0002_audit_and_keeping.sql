-- Up Migration

-- Who did or saw what. Rows are only ever added; each holds the hash of the one before, so that a gap or a change shows.
CREATE TABLE backstop.audit_trail (
  id bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  action text NOT NULL,
  case_id uuid,
  detail text NOT NULL,
  previous bytea NOT NULL DEFAULT '',
  hash bytea NOT NULL DEFAULT ''
);

-- The end of the chain, so that a trail whose newest rows are gone shows too, and what was purged from its beginning. One row.
CREATE TABLE backstop.audit_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  last_id bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL DEFAULT '',
  purged_to bigint NOT NULL DEFAULT 0,
  purged_hash bytea NOT NULL DEFAULT ''
);
INSERT INTO backstop.audit_head DEFAULT VALUES;

CREATE FUNCTION backstop.audit_hash(previous bytea, id bigint, at timestamptz, actor text, action text, case_id uuid, detail text) RETURNS bytea
  LANGUAGE sql STABLE SET timezone = 'UTC'
  RETURN sha256(previous || convert_to(json_build_array(id, extract(epoch FROM at), actor, action, case_id, detail)::text, 'UTF8'));

-- The head's row is the lock: ids have no gaps and stand in the order of the chain, whoever writes at the same time. It runs with the owner's
-- rights, so that a role that adds rows can neither read nor move the head.
CREATE FUNCTION backstop.audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE head backstop.audit_head;
BEGIN
  IF TG_OP = 'DELETE' THEN
    SELECT * INTO head FROM backstop.audit_head;
    IF OLD.id <= head.purged_to THEN RETURN OLD; END IF;
  END IF;
  IF TG_OP <> 'INSERT' THEN RAISE EXCEPTION 'the audit trail is append-only'; END IF;
  SELECT * INTO head FROM backstop.audit_head FOR UPDATE;
  NEW.id := head.last_id + 1;
  NEW.at := clock_timestamp();
  NEW.previous := head.last_hash;
  NEW.hash := backstop.audit_hash(NEW.previous, NEW.id, NEW.at, NEW.actor, NEW.action, NEW.case_id, NEW.detail);
  UPDATE backstop.audit_head SET last_id = NEW.id, last_hash = NEW.hash;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_trail_chain BEFORE INSERT OR UPDATE OR DELETE ON backstop.audit_trail FOR EACH ROW EXECUTE FUNCTION backstop.audit_chain();
CREATE TRIGGER audit_trail_whole BEFORE TRUNCATE ON backstop.audit_trail FOR EACH STATEMENT EXECUTE FUNCTION backstop.audit_chain();
CREATE INDEX audit_trail_action ON backstop.audit_trail (action, id DESC);
CREATE INDEX audit_trail_case ON backstop.audit_trail (case_id) WHERE case_id IS NOT NULL;

-- When the bytes of a message were removed. Its row stays while its case does, so that a resent message is still known.
ALTER TABLE backstop.message ADD COLUMN purged_at timestamptz;
CREATE INDEX message_unpurged ON backstop.message (received_at) WHERE purged_at IS NULL;
CREATE INDEX outbox_unfinished ON backstop.outbox (state) WHERE state <> 'sent';
CREATE INDEX cases_ended ON backstop.cases (updated_at) WHERE state IN ('written', 'answered', 'closed');

-- A case is open while a step, a person or a receiver still has something to do with it. What is open is never purged.
CREATE FUNCTION backstop.case_is_open(one backstop.cases) RETURNS boolean LANGUAGE sql STABLE
  RETURN one.state NOT IN ('written', 'answered', 'closed')
    OR (one.state <> 'closed' AND coalesce(one.outcome, '') IN ('refer', 'fracture-on-treatment', 'link-to-referral', 'human-check')
      AND one.referral NOT IN ('declined', 'done'))
    OR (one.state <> 'closed' AND (coalesce(one.outcome, '') IN ('radiologist-review', 'clarification') OR one.summary #>> '{decision,modelDisagrees}' IS NOT DISTINCT FROM 'true')
      AND NOT jsonb_path_exists(one.summary, '$.answers[*] ? (@.kind == "finding-confirmed" || @.kind == "finding-changed" || @.kind == "finding-refuted")'))
    OR EXISTS (SELECT 1 FROM backstop.outbox o WHERE o.state <> 'sent' AND strpos(o.key, one.id::text) > 0)
    OR EXISTS (SELECT 1 FROM backstop.delivery d WHERE d.case_id = one.id AND d.state = 'failed');

-- Health by a synthetic report: the report of an invented patient that went in by the listener's own code. It has no case, so no list, chart or
-- health record can ever show it.
CREATE TABLE backstop.proof (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL,
  report jsonb,
  ended_at timestamptz,
  passed boolean,
  code text
);
CREATE INDEX proof_started ON backstop.proof (started_at DESC);

-- The three purges. Each runs with the owner's rights and by the owner's rule, so that a worker can purge what is due and delete nothing else.
-- `days` below 30 is refused (a slip of the keyboard is not a policy). At most `batch` rows in one transaction. `dry`: only counts.

-- Bytes of messages, and of what was sent to other systems. Messages of open cases stay, and so does a message that nobody could use.
CREATE FUNCTION backstop.purge_messages(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE due uuid[]; sent uuid[];
BEGIN
  IF days < 30 THEN RAISE EXCEPTION 'nothing younger than 30 days is purged'; END IF;
  SELECT coalesce(array_agg(id), '{}') INTO due FROM (
    SELECT m.id FROM backstop.message m
    WHERE m.purged_at IS NULL AND m.received_at < now() - make_interval(days => days)
      AND NOT (m.case_id IS NULL AND m.unusable_code IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM backstop.cases c WHERE c.id = m.case_id AND backstop.case_is_open(c))
      AND NOT EXISTS (SELECT 1 FROM backstop.case_report r JOIN backstop.cases c ON c.id = r.case_id WHERE r.message_id = m.id AND backstop.case_is_open(c))
    ORDER BY m.received_at LIMIT batch) old;
  SELECT coalesce(array_agg(id), '{}') INTO sent FROM (
    SELECT o.id FROM backstop.outbox o
    WHERE o.state = 'sent' AND o.bytes <> '' AND o.updated_at < now() - make_interval(days => days)
    ORDER BY o.updated_at LIMIT batch) old;
  IF NOT dry THEN
    UPDATE backstop.message SET bytes = '', purged_at = now() WHERE id = ANY (due);
    UPDATE backstop.outbox SET bytes = '' WHERE id = ANY (sent);
  END IF;
  RETURN cardinality(due) + cardinality(sent);
END $$;

-- Whole cases with all that hangs on them, and their messages.
CREATE FUNCTION backstop.purge_cases(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE due uuid[];
BEGIN
  IF days < 30 THEN RAISE EXCEPTION 'nothing younger than 30 days is purged'; END IF;
  SELECT coalesce(array_agg(id), '{}') INTO due FROM (
    SELECT c.id FROM backstop.cases c
    WHERE c.state IN ('written', 'answered', 'closed') AND c.updated_at < now() - make_interval(days => days) AND NOT backstop.case_is_open(c)
    ORDER BY c.updated_at LIMIT batch FOR UPDATE SKIP LOCKED) old;
  IF NOT dry THEN PERFORM backstop.forget_cases(due); END IF;
  RETURN cardinality(due);
END $$;

-- Removes cases with their messages, jobs and sent copies. A message that another case stands on too stays. Owner only.
CREATE FUNCTION backstop.forget_cases(gone uuid[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE letters uuid[];
BEGIN
  SELECT coalesce(array_agg(DISTINCT m), '{}') INTO letters FROM (
    SELECT message_id FROM backstop.case_report WHERE case_id = ANY (gone)
    UNION SELECT id FROM backstop.message WHERE case_id = ANY (gone)) of_cases (m);
  DELETE FROM backstop.outbox o USING unnest(gone) g (id) WHERE strpos(o.key, g.id::text) > 0;
  DELETE FROM backstop.cases WHERE id = ANY (gone);
  DELETE FROM backstop.message m WHERE m.id = ANY (letters) AND NOT EXISTS (SELECT 1 FROM backstop.case_report r WHERE r.message_id = m.id);
END $$;
REVOKE EXECUTE ON FUNCTION backstop.forget_cases(uuid[]) FROM PUBLIC;

-- The oldest rows of the audit trail. The hash of the last one that went is kept, so that what stays can still be proven.
CREATE FUNCTION backstop.purge_audit(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE upto bigint; count_of integer;
BEGIN
  IF days < 365 THEN RAISE EXCEPTION 'no audit row younger than 365 days is purged'; END IF;
  SELECT max(id), count(*) INTO upto, count_of FROM (
    SELECT id FROM backstop.audit_trail WHERE at < now() - make_interval(days => days) ORDER BY id LIMIT batch) old;
  IF dry OR count_of = 0 THEN RETURN count_of; END IF;
  UPDATE backstop.audit_head SET purged_to = upto, purged_hash = (SELECT hash FROM backstop.audit_trail WHERE id = upto);
  DELETE FROM backstop.audit_trail WHERE id <= upto;
  RETURN count_of;
END $$;
REVOKE EXECUTE ON FUNCTION backstop.purge_messages(integer, integer, boolean), backstop.purge_cases(integer, integer, boolean),
  backstop.purge_audit(integer, integer, boolean) FROM PUBLIC;

-- What the listener may do with cases that are there already. It takes in newer reports and patient merges, and never sees what was found: these run
-- with the owner's rights and give back the report alone.
CREATE FUNCTION backstop.door_lock_case(key text) RETURNS TABLE (id uuid, state text, report jsonb)
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.id, c.state, c.facts -> 'report' FROM backstop.cases c WHERE c.case_key = key FOR UPDATE
$$;

CREATE FUNCTION backstop.door_reopen_case(wanted uuid, new_state text, report jsonb, stopped jsonb) RETURNS TABLE (report_version integer, version integer)
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE backstop.cases c
  SET state = new_state, facts = c.facts || jsonb_build_object('report', report, 'reading', null, 'stopped', stopped),
    report_version = c.report_version + 1, version = c.version + 1, updated_at = now()
  WHERE c.id = wanted AND new_state IN ('received', 'parked')
  RETURNING c.report_version, c.version
$$;

CREATE FUNCTION backstop.door_lock_patient(of_source text, patient text) RETURNS TABLE (id uuid, state text, report jsonb, was_decided boolean)
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT c.id, c.state, c.facts -> 'report', coalesce(jsonb_typeof(c.facts -> 'reading') = 'object' AND jsonb_typeof(c.facts -> 'decision') = 'object', false)
  FROM backstop.cases c WHERE c.source = of_source AND c.source_patient = patient FOR UPDATE
$$;

CREATE FUNCTION backstop.door_move_case(wanted uuid, patient text, report jsonb, new_state text) RETURNS TABLE (version integer)
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE backstop.cases c
  SET source_patient = patient, facts = c.facts || jsonb_build_object('report', report), state = new_state, patient_reference = NULL,
    version = c.version + 1, updated_at = now()
  WHERE c.id = wanted AND new_state IN (c.state, 'measured')
  RETURNING c.version
$$;
REVOKE EXECUTE ON FUNCTION backstop.door_lock_case(text), backstop.door_reopen_case(uuid, text, jsonb, jsonb), backstop.door_lock_patient(text, text),
  backstop.door_move_case(uuid, text, jsonb, text) FROM PUBLIC;

-- Down Migration
DROP FUNCTION backstop.door_lock_case, backstop.door_reopen_case, backstop.door_lock_patient, backstop.door_move_case;
DROP FUNCTION backstop.purge_messages, backstop.purge_cases, backstop.purge_audit, backstop.forget_cases, backstop.case_is_open;
DROP TABLE backstop.audit_trail, backstop.audit_head, backstop.proof;
DROP FUNCTION backstop.audit_chain, backstop.audit_hash;
ALTER TABLE backstop.message DROP COLUMN purged_at;
DROP INDEX backstop.cases_ended, backstop.outbox_unfinished;
