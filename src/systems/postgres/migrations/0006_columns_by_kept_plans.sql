-- Up Migration
-- The same columns, computed by PL/pgSQL: it keeps its plans for the session, while an SQL function that cannot be inlined is planned again at each
-- statement. A new report paid half a millisecond for that, and each step of its case again.

CREATE OR REPLACE FUNCTION backstop.case_summary(facts jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  finding jsonb := facts -> 'finding';
  vertebrae jsonb := '[]';
BEGIN
  IF jsonb_typeof(finding -> 'vertebrae') = 'array' THEN
    SELECT coalesce(jsonb_agg(jsonb_build_object('level', v -> 'level', 'levelText', v -> 'levelText', 'state', v -> 'state', 'grade', v -> 'grade',
        'gradeText', v -> 'gradeText', 'percent', v #> '{loss,percent}') ORDER BY place), '[]') INTO vertebrae
      FROM jsonb_array_elements(finding -> 'vertebrae') WITH ORDINALITY AS each (v, place);
  END IF;
  RETURN jsonb_build_object(
    'report', CASE WHEN jsonb_typeof(facts -> 'report') = 'object'
      THEN (facts -> 'report') - ARRAY['text', 'accessionCandidates', 'orderer', 'author', 'flags'] END,
    'reading', CASE WHEN jsonb_typeof(facts -> 'reading') = 'object' THEN (facts -> 'reading') - 'statements' END,
    'finding', CASE WHEN jsonb_typeof(finding) = 'object'
      THEN (finding - ARRAY['vertebrae', 'picture', 'notes', 'density', 'series', 'levelsAssessed'])
        || jsonb_build_object('scanner', finding #>> '{series,scanner}', 'vertebrae', vertebrae) END,
    'history', facts -> 'history',
    'decision', CASE WHEN jsonb_typeof(facts -> 'decision') = 'object' THEN (facts -> 'decision') - 'inputs' END,
    'answers', facts -> 'answers',
    'stopped', facts -> 'stopped');
END $$;

CREATE OR REPLACE FUNCTION backstop.referral_status(facts jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF jsonb_typeof(facts -> 'answers') IS DISTINCT FROM 'array' OR facts -> 'answers' = '[]' THEN RETURN 'proposed'; END IF;
  RETURN coalesce((
    SELECT CASE answer ->> 'kind' WHEN 'referral-declined' THEN 'declined' WHEN 'referral-done' THEN 'done' WHEN 'referral-scheduled' THEN 'scheduled' ELSE 'accepted' END
    FROM jsonb_array_elements(facts -> 'answers') WITH ORDINALITY AS each (answer, place)
    WHERE answer ->> 'kind' IN ('card-accepted', 'referral-accepted', 'referral-scheduled', 'referral-unattended', 'referral-declined', 'referral-done')
    ORDER BY answer ->> 'at' COLLATE "C" DESC, place DESC LIMIT 1), 'proposed');
END $$;

CREATE OR REPLACE FUNCTION backstop.report_day(facts jsonb, created_at timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN left(coalesce(facts #>> '{report,reportedAt}', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')), 10);
END $$;

-- Down Migration
CREATE OR REPLACE FUNCTION backstop.report_day(facts jsonb, created_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN left(coalesce(facts #>> '{report,reportedAt}', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')), 10);

CREATE OR REPLACE FUNCTION backstop.case_summary(facts jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN jsonb_build_object(
    'report', backstop.without(facts -> 'report', ARRAY['text', 'accessionCandidates', 'orderer', 'author', 'flags']),
    'reading', backstop.without(facts -> 'reading', ARRAY['statements']),
    'finding', backstop.without(facts -> 'finding', ARRAY['vertebrae', 'picture', 'notes', 'density', 'series', 'levelsAssessed'])
      || jsonb_build_object(
        'scanner', facts #>> '{finding,series,scanner}',
        'vertebrae', coalesce((
          SELECT jsonb_agg(jsonb_build_object('level', v -> 'level', 'levelText', v -> 'levelText', 'state', v -> 'state', 'grade', v -> 'grade',
            'gradeText', v -> 'gradeText', 'percent', v #> '{loss,percent}') ORDER BY place)
          FROM jsonb_array_elements(CASE WHEN jsonb_typeof(facts #> '{finding,vertebrae}') = 'array' THEN facts #> '{finding,vertebrae}' END)
            WITH ORDINALITY AS each (v, place)), '[]')),
    'history', facts -> 'history',
    'decision', backstop.without(facts -> 'decision', ARRAY['inputs']),
    'answers', facts -> 'answers',
    'stopped', facts -> 'stopped');

-- The same rule as src/case/referral-status.ts: the newest answer that speaks of the referral.
CREATE OR REPLACE FUNCTION backstop.referral_status(facts jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce((
    SELECT CASE answer ->> 'kind' WHEN 'referral-declined' THEN 'declined' WHEN 'referral-done' THEN 'done' WHEN 'referral-scheduled' THEN 'scheduled' ELSE 'accepted' END
    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(facts -> 'answers') = 'array' THEN facts -> 'answers' END) WITH ORDINALITY AS each (answer, place)
    WHERE answer ->> 'kind' IN ('card-accepted', 'referral-accepted', 'referral-scheduled', 'referral-unattended', 'referral-declined', 'referral-done')
    ORDER BY answer ->> 'at' COLLATE "C" DESC, place DESC LIMIT 1), 'proposed');
