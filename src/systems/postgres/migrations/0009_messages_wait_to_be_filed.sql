-- Up Migration
-- A message is acknowledged when its bytes are committed; its case, report, event and job are made afterwards ("filing", src/systems/postgres/filing.ts).
-- `unfiled` is the place in the order of arrival while it waits for that, and NULL from then on. Messages of earlier versions are filed.
ALTER TABLE backstop.message ADD COLUMN unfiled bigint;
CREATE SEQUENCE backstop.message_arrival;
CREATE INDEX message_unfiled ON backstop.message (unfiled) WHERE unfiled IS NOT NULL;
-- The bytes lie beside the row as they are: compressing 3 kB costs more than all else of the insert, on the way to the acknowledgement.
ALTER TABLE backstop.message ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The oldest messages that wait, for the listener: bytes of what is filed are not its business. Of other sources than its own only what nobody has filed
-- for ten minutes. At least one, then as many as `most` and `most_bytes` allow. Flags as JSON.
CREATE FUNCTION backstop.door_unfiled(sources text[], most integer, most_bytes bigint)
  RETURNS TABLE (id text, source text, message_type text, charset text, flags text, waited_ms text, bytes bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT m.id::text, m.source, m.message_type, m.charset, to_json(m.flags)::text,
    greatest(0, extract(epoch FROM clock_timestamp() - m.received_at) * 1000)::bigint::text, m.bytes
  FROM (
    SELECT u.*, sum(octet_length(u.bytes)) OVER (ORDER BY u.unfiled) - octet_length(u.bytes) AS bytes_before
    FROM (
      SELECT * FROM backstop.message w
      WHERE w.unfiled IS NOT NULL AND (w.source = ANY (sources) OR w.received_at < now() - interval '10 minutes')
      ORDER BY w.unfiled LIMIT most) u) m
  WHERE m.bytes_before = 0 OR m.bytes_before < most_bytes
  ORDER BY m.unfiled
$$;
REVOKE EXECUTE ON FUNCTION backstop.door_unfiled(text[], integer, bigint) FROM PUBLIC;

-- As in 0007, but a message that waits to be filed is never purged.
CREATE OR REPLACE FUNCTION backstop.purge_messages(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before timestamptz := now() - make_interval(days => days);
  open uuid[]; of_open uuid[]; due uuid[]; sent uuid[];
BEGIN
  IF days < 30 THEN RAISE EXCEPTION 'nothing younger than 30 days is purged'; END IF;
  open := ARRAY(SELECT o.id FROM backstop.open_cases() o);
  of_open := ARRAY(SELECT r.message_id FROM backstop.case_report r WHERE r.case_id = ANY (open));
  SELECT coalesce(array_agg(id), '{}') INTO due FROM (
    SELECT m.id FROM backstop.message m
    WHERE m.purged_at IS NULL AND m.unfiled IS NULL AND m.received_at < before AND NOT (m.case_id IS NULL AND m.unusable_code IS NOT NULL)
      AND (m.case_id IS NULL OR m.case_id NOT IN (SELECT unnest(open))) AND m.id NOT IN (SELECT unnest(of_open))
    ORDER BY m.received_at LIMIT batch) old;
  SELECT coalesce(array_agg(id), '{}') INTO sent FROM (
    SELECT o.id FROM backstop.outbox o WHERE o.state = 'sent' AND o.bytes <> '' AND o.updated_at < before
    ORDER BY o.updated_at LIMIT batch) old;
  IF NOT dry THEN
    UPDATE backstop.message SET bytes = '', purged_at = now() WHERE id = ANY (due);
    UPDATE backstop.outbox SET bytes = '' WHERE id = ANY (sent);
  END IF;
  RETURN cardinality(due) + cardinality(sent);
END $$;

-- As in 0008, but only where the count of a week that may be kept changes: filing writes the column of every message.
DROP TRIGGER message_other ON backstop.message;
CREATE TRIGGER message_other AFTER UPDATE OF unusable_code ON backstop.message FOR EACH ROW
  WHEN (NEW.unusable_code IS DISTINCT FROM OLD.unusable_code AND NEW.received_at < now() - interval '1 day') EXECUTE FUNCTION backstop.forget_week();

-- Down Migration
-- Run it when nothing waits: earlier versions do not file.
CREATE OR REPLACE FUNCTION backstop.purge_messages(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before timestamptz := now() - make_interval(days => days);
  open uuid[]; of_open uuid[]; due uuid[]; sent uuid[];
BEGIN
  IF days < 30 THEN RAISE EXCEPTION 'nothing younger than 30 days is purged'; END IF;
  open := ARRAY(SELECT o.id FROM backstop.open_cases() o);
  of_open := ARRAY(SELECT r.message_id FROM backstop.case_report r WHERE r.case_id = ANY (open));
  SELECT coalesce(array_agg(id), '{}') INTO due FROM (
    SELECT m.id FROM backstop.message m
    WHERE m.purged_at IS NULL AND m.received_at < before AND NOT (m.case_id IS NULL AND m.unusable_code IS NOT NULL)
      AND (m.case_id IS NULL OR m.case_id NOT IN (SELECT unnest(open))) AND m.id NOT IN (SELECT unnest(of_open))
    ORDER BY m.received_at LIMIT batch) old;
  SELECT coalesce(array_agg(id), '{}') INTO sent FROM (
    SELECT o.id FROM backstop.outbox o WHERE o.state = 'sent' AND o.bytes <> '' AND o.updated_at < before
    ORDER BY o.updated_at LIMIT batch) old;
  IF NOT dry THEN
    UPDATE backstop.message SET bytes = '', purged_at = now() WHERE id = ANY (due);
    UPDATE backstop.outbox SET bytes = '' WHERE id = ANY (sent);
  END IF;
  RETURN cardinality(due) + cardinality(sent);
END $$;

DROP TRIGGER message_other ON backstop.message;
CREATE TRIGGER message_other AFTER UPDATE OF unusable_code ON backstop.message FOR EACH ROW EXECUTE FUNCTION backstop.forget_week();
DROP FUNCTION backstop.door_unfiled;
ALTER TABLE backstop.message ALTER COLUMN bytes SET STORAGE EXTENDED;
ALTER TABLE backstop.message DROP COLUMN unfiled;
DROP SEQUENCE backstop.message_arrival;
