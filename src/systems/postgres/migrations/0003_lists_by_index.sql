-- Up Migration
-- Lists and charts read what they show and not every case that ever was: their cost must not grow with the years (bench/growth.ts).

-- The day of the report as the sender wrote it, else the day of the case (UTC). Immutable in truth: the zone and the format are fixed.
CREATE FUNCTION backstop.report_day(facts jsonb, created_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN left(coalesce(facts #>> '{report,reportedAt}', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')), 10);

ALTER TABLE backstop.cases ADD COLUMN report_day text NOT NULL GENERATED ALWAYS AS (backstop.report_day(facts, created_at)) STORED;
CREATE INDEX cases_report_day ON backstop.cases (report_day);

-- The same conditions as listReviews (queries.ts), word for word, or the planner does not see that they are the same.
CREATE INDEX cases_review ON backstop.cases (created_at)
  WHERE (outcome IN ('radiologist-review', 'clarification') OR (outcome IS NOT NULL AND summary #>> '{decision,modelDisagrees}' = 'true'))
    AND state NOT IN ('parked', 'closed')
    AND NOT jsonb_path_exists(summary, '$.answers[*] ? (@.kind == "finding-confirmed" || @.kind == "finding-changed" || @.kind == "finding-refuted")');

-- Down Migration
DROP INDEX backstop.cases_review;
ALTER TABLE backstop.cases DROP COLUMN report_day;
DROP FUNCTION backstop.report_day;
