-- Up Migration
-- What is open, as a set that indexes find, in the place of a function that was asked for each case: that one was handed whole rows, so that every case
-- that was due was unpacked (some 16 kB each) to read four of its columns.

CREATE INDEX delivery_failed ON backstop.delivery (case_id) WHERE state = 'failed';

-- Inequalities are written as ranges, so that they are looked up and not filtered. The third arm has the conditions of the index cases_review, word for
-- word. A case has an outcome as soon as it has a decision, so that nobody can disagree with one that has none.
CREATE FUNCTION backstop.open_cases() RETURNS TABLE (id uuid) LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT c.id FROM backstop.cases c
    WHERE c.state < 'answered' OR (c.state > 'answered' AND c.state < 'closed') OR (c.state > 'closed' AND c.state < 'written') OR c.state > 'written'
  UNION
  SELECT c.id FROM backstop.cases c
    WHERE c.outcome IN ('refer', 'fracture-on-treatment', 'link-to-referral', 'human-check') AND c.state <> 'closed'
      AND (c.referral < 'declined' OR (c.referral > 'declined' AND c.referral < 'done') OR c.referral > 'done')
  UNION
  SELECT c.id FROM backstop.cases c
    WHERE (c.outcome IN ('radiologist-review', 'clarification') OR (c.outcome IS NOT NULL AND c.summary #>> '{decision,modelDisagrees}' = 'true'))
      AND c.state NOT IN ('parked', 'closed')
      AND NOT jsonb_path_exists(c.summary, '$.answers[*] ? (@.kind == "finding-confirmed" || @.kind == "finding-changed" || @.kind == "finding-refuted")')
  UNION
  -- The key of what is sent holds the id of its case.
  SELECT found[1]::uuid FROM backstop.outbox o, regexp_matches(o.key, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') AS each (found)
    WHERE o.state <> 'sent'
  UNION
  SELECT d.case_id FROM backstop.delivery d WHERE d.state = 'failed';
END;

-- NOT IN over the lists is one hash for the statement, and leaves the order of the index as it is: a batch ends as soon as it is full.
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

-- Counting alone locks nothing.
CREATE OR REPLACE FUNCTION backstop.purge_cases(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before timestamptz := now() - make_interval(days => days);
  open uuid[]; due uuid[];
BEGIN
  IF days < 30 THEN RAISE EXCEPTION 'nothing younger than 30 days is purged'; END IF;
  open := ARRAY(SELECT o.id FROM backstop.open_cases() o);
  IF dry THEN
    RETURN (SELECT count(*) FROM backstop.cases c
      WHERE c.state IN ('written', 'answered', 'closed') AND c.updated_at < before AND c.id NOT IN (SELECT unnest(open)));
  END IF;
  SELECT coalesce(array_agg(id), '{}') INTO due FROM (
    SELECT c.id FROM backstop.cases c
    WHERE c.state IN ('written', 'answered', 'closed') AND c.updated_at < before AND c.id NOT IN (SELECT unnest(open))
    ORDER BY c.updated_at LIMIT batch FOR UPDATE SKIP LOCKED) old;
  PERFORM backstop.forget_cases(due);
  RETURN cardinality(due);
END $$;

DROP FUNCTION backstop.case_is_open;

-- Down Migration
CREATE FUNCTION backstop.case_is_open(one backstop.cases) RETURNS boolean LANGUAGE sql STABLE
  RETURN one.state NOT IN ('written', 'answered', 'closed')
    OR (one.state <> 'closed' AND coalesce(one.outcome, '') IN ('refer', 'fracture-on-treatment', 'link-to-referral', 'human-check')
      AND one.referral NOT IN ('declined', 'done'))
    OR (one.state <> 'closed' AND (coalesce(one.outcome, '') IN ('radiologist-review', 'clarification') OR one.summary #>> '{decision,modelDisagrees}' IS NOT DISTINCT FROM 'true')
      AND NOT jsonb_path_exists(one.summary, '$.answers[*] ? (@.kind == "finding-confirmed" || @.kind == "finding-changed" || @.kind == "finding-refuted")'))
    OR EXISTS (SELECT 1 FROM backstop.outbox o WHERE o.state <> 'sent' AND strpos(o.key, one.id::text) > 0)
    OR EXISTS (SELECT 1 FROM backstop.delivery d WHERE d.case_id = one.id AND d.state = 'failed');

CREATE OR REPLACE FUNCTION backstop.purge_messages(days integer, batch integer, dry boolean) RETURNS integer
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

CREATE OR REPLACE FUNCTION backstop.purge_cases(days integer, batch integer, dry boolean) RETURNS integer
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

DROP FUNCTION backstop.open_cases;
DROP INDEX backstop.delivery_failed;
