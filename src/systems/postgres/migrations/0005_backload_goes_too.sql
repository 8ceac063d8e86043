-- Up Migration
-- Rows of a backload hold a hash of a patient's number: that is a pseudonym and so personal data. They go with the site's days for cases.
CREATE FUNCTION backstop.purge_backload(days integer, batch integer, dry boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE due text[];
BEGIN
  IF days < 30 THEN RAISE EXCEPTION 'nothing younger than 30 days is purged'; END IF;
  SELECT coalesce(array_agg(report_key), '{}') INTO due FROM (
    SELECT b.report_key FROM backstop.backload b WHERE b.done_at < now() - make_interval(days => days)
    ORDER BY b.done_at LIMIT batch FOR UPDATE SKIP LOCKED) old;
  IF NOT dry THEN DELETE FROM backstop.backload WHERE report_key = ANY (due); END IF;
  RETURN cardinality(due);
END $$;
REVOKE EXECUTE ON FUNCTION backstop.purge_backload(integer, integer, boolean) FROM PUBLIC;
CREATE INDEX backload_done ON backstop.backload (done_at);

-- The hash of one patient as src/app/backload.ts makes it; a row says of which source and authority its number is.
CREATE FUNCTION backstop.backload_person(source text, authority text, number text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN left(encode(sha256(convert_to(source || '|' || authority || '|' || number, 'UTF8')), 'hex'), 24);
CREATE INDEX backload_of_person ON backstop.backload ((facts ->> 'person'));

-- A stated fracture that one radiologist refuted stays on the review list (R07): found without reading every clarification that ever was.
CREATE INDEX cases_review_second ON backstop.cases (created_at)
  WHERE outcome = 'clarification' AND summary #>> '{decision,confirmedBy}' = 'report' AND state NOT IN ('parked', 'closed');

-- Down Migration
DROP INDEX backstop.cases_review_second, backstop.backload_of_person, backstop.backload_done;
DROP FUNCTION backstop.backload_person, backstop.purge_backload;
