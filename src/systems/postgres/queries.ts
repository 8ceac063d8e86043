/** All SQL that runs often, named, so that the plan test runs EXPLAIN on the very same text. */

export const findMessage = `
  SELECT id FROM backstop.message
  WHERE source = $1 AND sending_application = $2 AND sending_facility = $3 AND control_id = $4 AND sha256 = $5`;

/**
 * What the door commits before it acknowledges (keep-batch.ts): $1 rows as JSON, $2 the bytes of all messages one after another. A message that is there
 * already is left out. The same control id with other bytes is a new message, but flagged. LIMIT 1, and no EXISTS: the planner thinks of a hundred rows
 * and would read the whole table once instead of looking each up.
 */
export const keepBatch = `
  INSERT INTO backstop.message (id, source, sending_application, sending_facility, control_id, message_type, charset, remote_address, flags, sha256,
    bytes, unusable_code, unusable_text, unfiled)
  SELECT id, source, application, facility, control_id, message_type, charset, address,
    CASE WHEN control_id <> '' AND (
      SELECT true FROM backstop.message m WHERE m.source = given.source AND m.sending_application = application
        AND m.sending_facility = facility AND m.control_id = given.control_id LIMIT 1) THEN flags || 'control-id-reused'::text ELSE flags END,
    decode(sha256, 'hex'), substring($2::bytea FROM at FOR length), code, text, CASE WHEN waits THEN nextval('backstop.message_arrival') END
  FROM json_to_recordset($1::json) AS given (
    id uuid, source text, application text, facility text, control_id text, message_type text, charset text, address text, flags text[], sha256 text,
    at integer, length integer, code text, text text, waits boolean)
  ON CONFLICT (source, sending_application, sending_facility, control_id, sha256) DO NOTHING`;

/** Of the rows that were to be kept, those that were. */
export const keptMessages = `SELECT id FROM backstop.message WHERE id = ANY ($1::uuid[])`;

/** One listener at a time files, so that messages are filed in the order of their arrival. A listener that hangs loses its turn after a minute. */
export const beginFiling = `
  BEGIN; SET LOCAL idle_in_transaction_session_timeout = '60s'; SELECT pg_advisory_xact_lock(hashtextextended('backstop filing', 0))`;

/** A function that gives the listener the bytes of what waits and of nothing else (migrations/0009_messages_wait_to_be_filed.sql). */
export const unfiledMessages = `SELECT id, source, message_type, charset, flags, waited_ms, bytes FROM backstop.door_unfiled($1, $2, $3)`;

export const countUnfiled = `SELECT count(unfiled)::int AS count FROM backstop.message WHERE unfiled IS NOT NULL`;

export const oldestUnfiled = `
  SELECT extract(epoch FROM now() - received_at)::float AS seconds FROM backstop.message WHERE unfiled IS NOT NULL ORDER BY unfiled LIMIT 1`;

/** One by its id: "IS NOT NULL" would send the planner through the index of all that wait. */
export const setFiled = `
  UPDATE backstop.message SET unfiled = NULL, case_id = $2, unusable_code = $3, unusable_text = $4 WHERE id = $1 AND coalesce(unfiled, 0) > 0`;

export const isUnfiled = `SELECT 1 FROM backstop.message WHERE id = $1 AND coalesce(unfiled, 0) > 0`;

/**
 * $1 rows as JSON (file-batch.ts), $2 the facts that a new case does not know yet. A message whose case is there already is not filed here. Whatever breaks
 * a rule undoes all of it.
 */
export const fileBatch = `
  WITH given AS (
    SELECT row.* FROM jsonb_to_recordset($1::jsonb) AS row (
      id uuid, source text, unusable jsonb, case_id uuid, case_key text, patient text, state text, report jsonb, event text, job jsonb)
  ), new_case AS (
    INSERT INTO backstop.cases (id, case_key, source, source_patient, state, facts)
    SELECT case_id, case_key, source, patient, state, $2::jsonb || jsonb_build_object('report', report, 'stopped', unusable)
    FROM given WHERE case_id IS NOT NULL
    ON CONFLICT (case_key) DO NOTHING RETURNING id
  ), filed AS (
    UPDATE backstop.message m
    SET unfiled = NULL, case_id = given.case_id, unusable_code = given.unusable ->> 'code', unusable_text = given.unusable ->> 'text'
    FROM given WHERE m.id = given.id AND (given.case_id IS NULL OR given.case_id IN (SELECT id FROM new_case))
    RETURNING m.id
  ), new_report AS (
    INSERT INTO backstop.case_report (case_id, report_version, message_id, report)
    SELECT case_id, 1, given.id, report FROM given JOIN new_case ON new_case.id = case_id
  ), new_event AS (
    INSERT INTO backstop.case_event (case_id, step, outcome, detail)
    SELECT case_id, 'receive-report', state, event FROM given JOIN new_case ON new_case.id = case_id
  ), lock AS MATERIALIZED (
    SELECT bullmq.lock_producer_queues(jsonb_agg(DISTINCT jsonb_build_object('queue', job ->> 0))) FROM given WHERE job IS NOT NULL
  ), new_job AS (
    INSERT INTO bullmq.job (queue, id, seq, name, state, data, opts, priority, max_attempts, added_at_ms)
    SELECT job ->> 0, job ->> 1, nextval('bullmq.job_seq'), job ->> 2, 'waiting', (job ->> 3)::jsonb, (job ->> 4)::jsonb, (job ->> 5)::integer,
      (job ->> 8)::integer, (job ->> 7)::bigint
    FROM lock, given JOIN new_case ON new_case.id = case_id WHERE job IS NOT NULL
    ON CONFLICT (queue, id) DO NOTHING RETURNING queue, id, name
  ), new_job_event AS (
    INSERT INTO bullmq.event (queue, event, data, created_at_ms)
    SELECT queue, kind, CASE kind WHEN 'added' THEN jsonb_build_object('jobId', id, 'name', name) ELSE jsonb_build_object('jobId', id) END,
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    FROM new_job, (VALUES ('added'), ('waiting')) AS kinds (kind)
  )
  SELECT id FROM filed`;

/** What the listener asks of cases that are there: functions that show it the report and nothing that was found (0002_audit_and_keeping.sql). */
export const lockCasesOfPatient = `SELECT id, state, report, was_decided FROM backstop.door_lock_patient($1, $2)`;

export const moveCaseToPatient = `SELECT version FROM backstop.door_move_case($1, $2, $3, $4)`;

export const linkMessage = `UPDATE backstop.message SET case_id = $2 WHERE id = $1`;

export const insertCase = `
  INSERT INTO backstop.cases (id, case_key, source, source_patient, state, facts)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (case_key) DO NOTHING`;

export const lockCaseByKey = `SELECT id, state, report FROM backstop.door_lock_case($1)`;

export const newReportForCase = `SELECT report_version, version FROM backstop.door_reopen_case($1, $2, $3, $4)`;

export const insertCaseReport = `INSERT INTO backstop.case_report (case_id, report_version, message_id, report) VALUES ($1, $2, $3, $4)`;

export const loadCase = `SELECT * FROM backstop.cases WHERE id = $1`;

export const advanceCase = `
  UPDATE backstop.cases
  SET state = $3, facts = $4, rule = $5, outcome = $6, patient_reference = coalesce($7, patient_reference), version = version + 1, updated_at = now()
  WHERE id = $1 AND version = $2`;

export const reopenCase = `
  UPDATE backstop.cases
  SET state = $2, facts = $3, report_version = report_version + 1, version = version + 1, updated_at = now()
  WHERE id = $1
  RETURNING report_version, version`;

export const insertEvent = `INSERT INTO backstop.case_event (case_id, step, outcome, detail, ms) VALUES ($1, $2, $3, $4, $5)`;

export const listEvents = `SELECT at, step, outcome, detail, ms FROM backstop.case_event WHERE case_id = $1 ORDER BY id`;

export const upsertArtifact = `
  INSERT INTO backstop.artifact (case_id, name, content_type, bytes) VALUES ($1, $2, $3, $4)
  ON CONFLICT (case_id, name) DO UPDATE SET content_type = excluded.content_type, bytes = excluded.bytes`;

export const findArtifact = `SELECT name, content_type, bytes FROM backstop.artifact WHERE case_id = $1 AND name = $2`;

export const cardRows = `
  SELECT id, version, state, facts FROM backstop.cases
  WHERE patient_reference = $1 ORDER BY updated_at DESC LIMIT 20`;

export const insertAnswer = `INSERT INTO backstop.answer (case_id, key, at, answer) VALUES ($1, $2, $3, $4) ON CONFLICT (case_id, key) DO NOTHING`;

/** Cases that stand before a step and have not moved for a while, the next page after one that was seen: the sweep gives them their job again. */
export const standingCases = `
  SELECT id, state, version, updated_at::text AS moved FROM backstop.cases
  WHERE state = $1 AND updated_at < now() - ($2 * interval '1 millisecond') AND (updated_at, id) > ($3::timestamptz, $4::uuid)
  ORDER BY updated_at, id LIMIT 500`;

export const rememberJti = `
  INSERT INTO backstop.jti (issuer, jti, body_hash, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, jti) DO NOTHING`;

export const findJti = `SELECT body_hash FROM backstop.jti WHERE issuer = $1 AND jti = $2`;

export const purgeJti = `DELETE FROM backstop.jti WHERE expires_at < now()`;

export const rememberCard = `INSERT INTO backstop.card (uuid, case_id) VALUES ($1, $2) ON CONFLICT (uuid) DO NOTHING`;

export const caseOfCard = `SELECT case_id FROM backstop.card WHERE uuid = $1`;

export const listCases = `SELECT * FROM backstop.cases ORDER BY updated_at DESC LIMIT $1 OFFSET $2`;

export const listCasesInStates = `SELECT * FROM backstop.cases WHERE state = ANY ($1) ORDER BY updated_at DESC LIMIT $2 OFFSET $3`;

export const listCasesOfPatient = `SELECT * FROM backstop.cases WHERE patient_reference = $1 ORDER BY updated_at DESC LIMIT $2 OFFSET $3`;

export const countStates = `SELECT state, count(*) AS count FROM backstop.cases GROUP BY state`;

export const stoppedByCause = `
  SELECT coalesce(facts #>> '{stopped,code}', 'UNKNOWN') AS code, state, count(*) AS count, max(updated_at) AS newest
  FROM backstop.cases WHERE state IN ('parked', 'closed') GROUP BY 1, 2 ORDER BY newest DESC`;

/** Kept for weeks that are over, counted for the last days (migration 0008). */
export const feeds = `SELECT source, messages, unusable, newest FROM backstop.feeds()`;

export const insertOutbox = `
  INSERT INTO backstop.outbox (id, channel, key, control_id, bytes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (channel, key) DO NOTHING`;

export const outboxKeys = `SELECT key FROM backstop.outbox WHERE channel = $1 AND key LIKE $2 ORDER BY sequence`;

export const nextOutbox = `
  SELECT id, control_id, bytes, tries FROM backstop.outbox WHERE channel = $1 AND state = 'waiting' ORDER BY sequence LIMIT 1`;

export const triedOutbox = `UPDATE backstop.outbox SET tries = tries + 1, code = $2, updated_at = now() WHERE id = $1`;

export const endOutbox = `UPDATE backstop.outbox SET state = $2, code = $3, updated_at = now() WHERE id = $1`;

export const lockCase = `SELECT * FROM backstop.cases WHERE id = $1 FOR UPDATE`;

/** Only messages that the report of a case stands on, or that have no case and wait for none. Keyset over (received_at, id), so that a long replay never skips or repeats. */
export const messagesSince = `
  SELECT id, source, received_at, flags, bytes, case_id FROM backstop.message
  WHERE received_at >= $1 AND purged_at IS NULL AND unfiled IS NULL
    AND (case_id IS NULL OR EXISTS (
      SELECT 1 FROM backstop.case_report r WHERE r.message_id = message.id
        AND NOT EXISTS (SELECT 1 FROM backstop.case_report n WHERE n.case_id = r.case_id AND n.report_version > r.report_version)))
    AND ($2::uuid IS NULL OR (received_at, id) > (SELECT received_at, id FROM backstop.message WHERE id = $2))
  ORDER BY received_at, id LIMIT 500`;

export const casesOnMessage = `
  SELECT c.id, c.case_key FROM backstop.cases c JOIN backstop.case_report r ON r.case_id = c.id
  WHERE r.message_id = $1
    AND NOT EXISTS (SELECT 1 FROM backstop.case_report n WHERE n.case_id = r.case_id AND n.report_version > r.report_version)`;

export const findCaseByKey = `SELECT 1 FROM backstop.cases WHERE case_key = $1`;

export const earlierReports = `
  SELECT report FROM backstop.case_report WHERE case_id = $1 AND message_id <> $2 ORDER BY report_version`;

const summaryColumns = 'c.id, c.state, c.version, c.report_version, c.patient_reference, c.created_at, c.updated_at, c.referral, c.summary';

/** $1 outcomes, $2 referral states. */
export const listWorklist = `
  SELECT ${summaryColumns} FROM backstop.cases c
  WHERE c.outcome = ANY ($1) AND c.referral = ANY ($2) AND c.state NOT IN ('parked', 'closed')
  ORDER BY c.created_at LIMIT 5000`;

/**
 * Disagreements of text and images (R05-R07, R16) that no radiologist has answered; and those where the report states a fracture and one radiologist
 * refuted it, until a second one or a new report settles it.
 */
export const listReviews = `
  SELECT ${summaryColumns} FROM backstop.cases c
  WHERE (c.outcome IN ('radiologist-review', 'clarification') OR (c.outcome IS NOT NULL AND c.summary #>> '{decision,modelDisagrees}' = 'true'))
    AND c.state NOT IN ('parked', 'closed')
    AND ((c.outcome = 'clarification' AND c.summary #>> '{decision,confirmedBy}' = 'report')
      OR NOT jsonb_path_exists(c.summary, '$.answers[*] ? (@.kind == "finding-confirmed" || @.kind == "finding-changed" || @.kind == "finding-refuted")'))
  ORDER BY c.created_at LIMIT 2000`;

/** Every case whose report is of a span of days ($1 to $2, as text; both ends with a day to spare for time zones), with the moment its work first stood in the health record. */
export const listForAudit = `
  SELECT ${summaryColumns}, w.at AS written_at FROM backstop.cases c
  LEFT JOIN LATERAL (SELECT min(e.at) AS at FROM backstop.case_event e WHERE e.case_id = c.id AND e.outcome = 'written') w ON true
  WHERE c.report_day BETWEEN $1 AND $2
  ORDER BY c.created_at`;

export const countBacklog = `SELECT count(*) AS count FROM backstop.cases WHERE outcome = 'refer' AND referral IN ('proposed', 'accepted', 'scheduled') AND state NOT IN ('parked', 'closed')`;

export const listSummaries = `SELECT ${summaryColumns} FROM backstop.cases c ORDER BY c.updated_at DESC LIMIT $1 OFFSET $2`;

export const listSummariesByIds = `SELECT ${summaryColumns} FROM backstop.cases c WHERE c.id = ANY ($1) ORDER BY c.created_at DESC LIMIT 500`;

export const listSummariesByCause = `
  SELECT ${summaryColumns} FROM backstop.cases c
  WHERE c.state IN ('parked', 'closed') AND coalesce(c.facts #>> '{stopped,code}', 'UNKNOWN') = $1 ORDER BY c.updated_at DESC LIMIT 500`;

export const listNotes = `SELECT case_id, at, by_name, kind, text FROM backstop.case_note WHERE case_id = ANY ($1) ORDER BY id`;

export const insertNote = `INSERT INTO backstop.case_note (case_id, by_id, by_name, kind, text) VALUES ($1, $2, $3, $4, $5)`;

export const insertAudit = `INSERT INTO backstop.audit_trail (actor, action, case_id, detail) VALUES ($1, $2, $3, $4)`;

export const listAudit = `SELECT at, actor, action, case_id, detail FROM backstop.audit_trail WHERE action = ANY ($1) ORDER BY id DESC LIMIT $2`;

export const muteCause = `
  INSERT INTO backstop.cause_mute (code, until, by_name) VALUES ($1, $2, $3)
  ON CONFLICT (code) DO UPDATE SET until = excluded.until, by_name = excluded.by_name`;

export const listMutes = `SELECT code, until, by_name FROM backstop.cause_mute WHERE until > now()`;

/** Messages that were stored but could not be used and have no case, by cause. */
export const unusableByCause = `
  SELECT unusable_code AS code, count(*) AS count, max(received_at) AS newest
  FROM backstop.message WHERE unusable_code IS NOT NULL AND case_id IS NULL GROUP BY 1 ORDER BY newest DESC`;

/** The message that each stopped case stands on, and unusable messages without a case, of one cause. */
export const messagesOfCause = `
  SELECT m.id, m.source, m.received_at, m.flags, m.bytes, m.case_id FROM backstop.message m
  WHERE m.purged_at IS NULL AND ((m.case_id IS NULL AND m.unusable_code = $1)
    OR m.id IN (
      SELECT (SELECT r.message_id FROM backstop.case_report r WHERE r.case_id = c.id ORDER BY r.report_version DESC LIMIT 1)
      FROM backstop.cases c WHERE c.state IN ('parked', 'closed') AND coalesce(c.facts #>> '{stopped,code}', 'UNKNOWN') = $1))
  ORDER BY m.received_at, m.id LIMIT $2`;
