/** All SQL that runs often, named, so that the plan test runs EXPLAIN on the very same text. */

export const insertMessage = `
  INSERT INTO backstop.message (id, source, sending_application, sending_facility, control_id, message_type, charset, remote_address, flags, sha256, bytes, unusable_code, unusable_text)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT (source, sending_application, sending_facility, control_id, sha256) DO NOTHING`;

export const findMessage = `
  SELECT id FROM backstop.message
  WHERE source = $1 AND sending_application = $2 AND sending_facility = $3 AND control_id = $4 AND sha256 = $5`;

/** The same control id with other bytes: a new message, but flagged. */
export const findControlId = `
  SELECT 1 FROM backstop.message
  WHERE source = $1 AND sending_application = $2 AND sending_facility = $3 AND control_id = $4 AND sha256 <> $5 LIMIT 1`;

export const lockCasesOfPatient = `SELECT * FROM backstop.cases WHERE source = $1 AND source_patient = $2 FOR UPDATE`;

export const moveCaseToPatient = `
  UPDATE backstop.cases SET source_patient = $2, facts = $3, patient_reference = NULL, version = version + 1, updated_at = now() WHERE id = $1`;

export const linkMessage = `UPDATE backstop.message SET case_id = $2 WHERE id = $1`;

export const insertCase = `
  INSERT INTO backstop.cases (id, case_key, source, source_patient, state, facts)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (case_key) DO NOTHING`;

export const lockCaseByKey = `SELECT * FROM backstop.cases WHERE case_key = $1 FOR UPDATE`;

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

/** Cases that stand before a step and have not moved for a while: the sweep gives them their job again. */
export const standingCases = `
  SELECT id, state, version FROM backstop.cases
  WHERE state = ANY ($1) AND updated_at < now() - ($2 * interval '1 millisecond')
  ORDER BY updated_at LIMIT 500`;

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

export const feeds = `
  SELECT source, count(*) AS messages, count(unusable_code) AS unusable, max(received_at) AS newest
  FROM backstop.message GROUP BY source ORDER BY source`;

export const insertOutbox = `
  INSERT INTO backstop.outbox (id, channel, key, control_id, bytes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (channel, key) DO NOTHING`;

export const nextOutbox = `
  SELECT id, control_id, bytes, tries FROM backstop.outbox WHERE channel = $1 AND state = 'waiting' ORDER BY sequence LIMIT 1`;

export const triedOutbox = `UPDATE backstop.outbox SET tries = tries + 1, code = $2, updated_at = now() WHERE id = $1`;

export const endOutbox = `UPDATE backstop.outbox SET state = $2, code = $3, updated_at = now() WHERE id = $1`;

export const lockCase = `SELECT * FROM backstop.cases WHERE id = $1 FOR UPDATE`;

/** Of each case only the message that its report stands on. Keyset over (received_at, id), so that a long replay never skips or repeats. */
export const messagesSince = `
  SELECT id, source, received_at, flags, bytes, case_id FROM backstop.message
  WHERE received_at >= $1
    AND (case_id IS NULL OR id = (SELECT r.message_id FROM backstop.case_report r WHERE r.case_id = message.case_id ORDER BY r.report_version DESC LIMIT 1))
    AND ($2::uuid IS NULL OR (received_at, id) > (SELECT received_at, id FROM backstop.message WHERE id = $2))
  ORDER BY received_at, id LIMIT 500`;

export const earlierReports = `
  SELECT report FROM backstop.case_report WHERE case_id = $1 AND message_id <> $2 ORDER BY report_version`;
