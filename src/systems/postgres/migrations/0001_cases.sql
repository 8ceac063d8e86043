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
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX cases_patient ON backstop.cases (patient_reference, updated_at DESC) WHERE patient_reference IS NOT NULL;
CREATE INDEX cases_source_patient ON backstop.cases (source, source_patient);
CREATE INDEX cases_updated ON backstop.cases (updated_at DESC);
CREATE INDEX cases_state ON backstop.cases (state, updated_at DESC);

-- Each version of a report that a case has had (corrections, addenda).
CREATE TABLE backstop.case_report (
  case_id uuid NOT NULL REFERENCES backstop.cases (id) ON DELETE CASCADE,
  report_version integer NOT NULL,
  message_id uuid NOT NULL REFERENCES backstop.message (id),
  report jsonb NOT NULL,
  PRIMARY KEY (case_id, report_version)
);

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
CREATE INDEX outbox_waiting ON backstop.outbox (channel, sequence) WHERE state = 'waiting';

-- Sessions of the pages (connect-pg-simple's shape).
CREATE TABLE backstop.session (
  sid varchar NOT NULL PRIMARY KEY,
  sess json NOT NULL,
  expire timestamp(6) NOT NULL
);
CREATE INDEX session_expire ON backstop.session (expire);

-- Down Migration
DROP SCHEMA backstop CASCADE;
