-- Up Migration
CREATE SCHEMA IF NOT EXISTS backstop;

-- Every HL7 message as it came, byte for byte. Committed before its acknowledgement.
CREATE TABLE backstop.message (
  id uuid PRIMARY KEY,
  source text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  sending_application text NOT NULL,
  sending_facility text NOT NULL,
  control_id text NOT NULL,
  message_type text NOT NULL,
  charset text NOT NULL,
  remote_address text NOT NULL,
  flags text[] NOT NULL DEFAULT '{}',
  sha256 bytea NOT NULL,
  bytes bytea NOT NULL,
  case_id uuid,
  unusable_code text,
  unusable_text text,
  UNIQUE (source, sending_application, sending_facility, control_id, sha256)
);
CREATE INDEX message_received ON backstop.message (received_at);
CREATE INDEX message_case ON backstop.message (case_id);
CREATE INDEX message_unusable ON backstop.message (unusable_code, received_at) WHERE unusable_code IS NOT NULL;

-- What lists and charts need of a case, without the report's text, landmarks and spans: kept beside the facts, so that a list never opens them.
CREATE FUNCTION backstop.without(value jsonb, keys text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN jsonb_typeof(value) = 'object' THEN value - keys END;

CREATE FUNCTION backstop.case_summary(facts jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
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
CREATE FUNCTION backstop.referral_status(facts jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce((
    SELECT CASE answer ->> 'kind' WHEN 'referral-declined' THEN 'declined' WHEN 'referral-done' THEN 'done' WHEN 'referral-scheduled' THEN 'scheduled' ELSE 'accepted' END
    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(facts -> 'answers') = 'array' THEN facts -> 'answers' END) WITH ORDINALITY AS each (answer, place)
    WHERE answer ->> 'kind' IN ('card-accepted', 'referral-accepted', 'referral-scheduled', 'referral-unattended', 'referral-declined', 'referral-done')
    ORDER BY answer ->> 'at' COLLATE "C" DESC, place DESC LIMIT 1), 'proposed');

-- One report and what became of it. `facts` is the Case's facts as JSON; the columns beside it are what queries need.
CREATE TABLE backstop.cases (
  id uuid PRIMARY KEY,
  case_key text NOT NULL UNIQUE,
  source text NOT NULL,
  patient_reference text,
  source_patient text NOT NULL,
  state text NOT NULL,
  rule text,
  outcome text,
  version integer NOT NULL DEFAULT 1,
  report_version integer NOT NULL DEFAULT 1,
  facts jsonb NOT NULL,
  summary jsonb NOT NULL GENERATED ALWAYS AS (backstop.case_summary(facts)) STORED,
  referral text NOT NULL GENERATED ALWAYS AS (backstop.referral_status(facts)) STORED,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX cases_patient ON backstop.cases (patient_reference, updated_at DESC) WHERE patient_reference IS NOT NULL;
CREATE INDEX cases_source_patient ON backstop.cases (source, source_patient);
CREATE INDEX cases_updated ON backstop.cases (updated_at DESC);
CREATE INDEX cases_state ON backstop.cases (state, updated_at DESC);
CREATE INDEX cases_outcome ON backstop.cases (outcome, referral, created_at) WHERE outcome IS NOT NULL;
CREATE INDEX cases_created ON backstop.cases (created_at);

-- Each version of a report that a case has had (corrections, addenda).
CREATE TABLE backstop.case_report (
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  report_version integer NOT NULL,
  message_id uuid NOT NULL REFERENCES backstop.message (id),
  report jsonb NOT NULL,
  PRIMARY KEY (case_id, report_version)
);
CREATE INDEX case_report_message ON backstop.case_report (message_id);

-- The time line: what each step did. No patient data in `detail`.
CREATE TABLE backstop.case_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  step text NOT NULL,
  outcome text NOT NULL,
  detail text NOT NULL,
  ms integer
);
CREATE INDEX case_event_case ON backstop.case_event (case_id, id);
CREATE INDEX case_event_measured ON backstop.case_event (at) WHERE step = 'find-fractures' AND outcome = 'measured';

-- What a second set of models says of the same images, beside what was live then. For comparing only: no page, card or resource reads it.
CREATE TABLE backstop.shadow_finding (
  -- The event of the live measurement.
  event_id bigint NOT NULL,
  -- Digest of the second set's identities.
  model_set text NOT NULL,
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  live_set text NOT NULL,
  finding jsonb NOT NULL,
  -- src/measure/compare-findings.ts; live less shadow, by level.
  comparison jsonb NOT NULL,
  ms integer NOT NULL,
  PRIMARY KEY (event_id, model_set)
);
CREATE INDEX shadow_finding_case ON backstop.shadow_finding (case_id);
CREATE INDEX shadow_finding_set ON backstop.shadow_finding (model_set, at);

-- Key pictures and letters. Never the original pixels.
CREATE TABLE backstop.artifact (
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  name text NOT NULL,
  content_type text NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (case_id, name)
);

-- People's answers, each once by its key.
CREATE TABLE backstop.answer (
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  key text NOT NULL,
  at timestamptz NOT NULL,
  answer jsonb NOT NULL,
  PRIMARY KEY (case_id, key)
);

-- Cards that were shown: feedback names only the card's uuid.
CREATE TABLE backstop.card (
  uuid uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  shown_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX card_case ON backstop.card (case_id);

-- JWT ids that CDS clients have used (replay guard).
CREATE TABLE backstop.jti (
  issuer text NOT NULL,
  jti text NOT NULL,
  body_hash text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (issuer, jti)
);
CREATE INDEX jti_expires ON backstop.jti (expires_at);

-- What people write beside a case on the worklist: notes, and who looks after it now.
CREATE TABLE backstop.case_note (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  by_id text NOT NULL,
  by_name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('note', 'handed-over')),
  -- The note, or the name of who takes over (empty: nobody).
  text text NOT NULL
);
CREATE INDEX case_note_case ON backstop.case_note (case_id, id);

-- Causes that the operations page does not count as news until then.
CREATE TABLE backstop.cause_mute (
  code text PRIMARY KEY,
  until timestamptz NOT NULL,
  by_name text NOT NULL
);

-- HL7 messages that wait to be sent, by channel.
CREATE TABLE backstop.outbox (
  id uuid PRIMARY KEY,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  channel text NOT NULL,
  key text NOT NULL,
  control_id text NOT NULL,
  bytes bytea NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'aside')),
  code text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (channel, key)
);
-- All messages of one case, whose keys begin alike.
CREATE INDEX outbox_key ON backstop.outbox (channel, key text_pattern_ops);
CREATE INDEX outbox_waiting ON backstop.outbox (channel, sequence) WHERE state = 'waiting';

-- How far each channel of a written case has come. `case_version` tells a repeated try from a case that was decided anew; `result` is what a
-- channel that is through gave, so that a try of another channel need not ask it again.
CREATE TABLE backstop.delivery (
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  report_version integer NOT NULL,
  channel text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'sent', 'refused', 'failed')),
  tries integer NOT NULL DEFAULT 0,
  code text,
  case_version integer NOT NULL,
  result jsonb NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (case_id, report_version, channel)
);

-- Sessions of the pages (connect-pg-simple's shape).
CREATE TABLE backstop.session (
  sid varchar NOT NULL PRIMARY KEY,
  sess json NOT NULL,
  expire timestamp(6) NOT NULL
);
CREATE INDEX session_expire ON backstop.session (expire);

-- Down Migration
DROP SCHEMA backstop CASCADE;
