/** All that is held of one patient: found, given out as JSON, and erased. The audit trail stays: it names no patient. */
import type { Identifier } from '#src/case/report.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { type Client, inTransaction, type Pool } from './pool.ts';

export interface PatientQuestion {
  /** A patient identifier as the messages have it, or the reference in the health record ("Patient/123"). */
  readonly id: string;
  readonly source: string | null;
  /** Assigning authority, where several give out the same numbers. */
  readonly authority: string | null;
  /** Identifiers of the people that a message without a case speaks of (ADT): HL7 is not this folder's business. */
  readonly identifiersIn: (bytes: Uint8Array) => readonly Identifier[];
}

export interface PatientFound {
  readonly cases: readonly string[];
  /** Messages of these cases, and messages without a case that name the patient. */
  readonly messages: readonly string[];
  /** Keys of past reports that went through the flow in the shadow: they hold a hash of the patient's number. */
  readonly backload: readonly string[];
}

const MEANT = '? (@.value == $id && ($authority == "" || @.authority == $authority))';
/** $3 names the identifier and, where given, its authority. */
const names = (patient: string): string =>
  `(jsonb_path_exists(${patient}, '$.id ${MEANT}', $3) OR jsonb_path_exists(${patient}, '$.otherIds[*] ${MEANT}', $3))`;

/** Also what the patient was called before a merge, in earlier versions of a report. */
const CASES = `
  SELECT c.id, c.source, c.facts #>> '{report,patient,id,value}' AS number, c.facts #>> '{report,patient,id,authority}' AS authority, c.facts #>> '{report,patient,birthDate}' AS born
  FROM backstop.cases c
  WHERE ($2::text IS NULL OR c.source = $2)
    AND (c.patient_reference = $1 OR ${names("c.facts #> '{report,patient}'")}
      OR EXISTS (SELECT 1 FROM backstop.case_report r WHERE r.case_id = c.id AND ${names("r.report -> 'patient'")}))`;

const MESSAGES_OF_CASES = `
  SELECT DISTINCT m.id FROM backstop.message m LEFT JOIN backstop.case_report r ON r.message_id = m.id
  WHERE m.case_id = ANY ($1) OR r.case_id = ANY ($1)`;

const MESSAGES_WITHOUT_CASE = `
  SELECT m.id, m.bytes FROM backstop.message m
  WHERE m.case_id IS NULL AND ($2::text IS NULL OR m.source = $2) AND position(convert_to($1, 'UTF8') IN m.bytes) > 0
    AND NOT EXISTS (SELECT 1 FROM backstop.case_report r WHERE r.message_id = m.id)`;

/** $1 numbers of the patient: the one asked for, and the ones of their cases. */
const BACKLOAD = `
  SELECT b.report_key, b.facts ->> 'source' AS source, nullif(b.facts ->> 'authority', '') AS authority FROM backstop.backload b
  WHERE b.facts ->> 'person' IN (
      SELECT backstop.backload_person(place.source, place.authority, number)
      FROM (SELECT DISTINCT facts ->> 'source' AS source, facts ->> 'authority' AS authority FROM backstop.backload) place, unnest($1::text[]) number
      WHERE ($2::text IS NULL OR place.source = $2) AND ($3::text IS NULL OR place.authority = $3))`;

/** Throws GiveUp PATIENT_NOT_ONE when the identifier stands for people who cannot be one and the same. */
export async function findPatientData(db: Pool | Client, question: PatientQuestion): Promise<PatientFound> {
  const path = JSON.stringify({ id: question.id, authority: question.authority ?? '' });
  const cases = await db.query<{ id: string; source: string; number: string; authority: string | null; born: string | null }>(CASES, [
    question.id,
    question.source,
    path,
  ]);
  const numbers = [...new Set([question.id, ...cases.rows.map((row) => row.number)])];
  const past = await db.query<{ report_key: string; source: string; authority: string | null }>(BACKLOAD, [
    numbers,
    question.source,
    question.authority,
  ]);
  const people = new Set(cases.rows.map((row) => `${row.source} / ${row.authority ?? 'no authority'} / born ${row.born === null ? '?' : 'known'}`));
  const births = new Set(cases.rows.flatMap((row) => row.born ?? []));
  const places = new Set([...cases.rows, ...past.rows].map((row) => `${row.source} / ${row.authority ?? 'no authority'}`));
  if (births.size > 1 || (places.size > 1 && question.source === null && question.authority === null))
    throw new GiveUp(`the identifier may stand for several people (${[...people].join('; ')}): say --source or --authority`, {
      code: 'PATIENT_NOT_ONE',
      phase: 'store',
    });
  const ids = cases.rows.map((row) => row.id);
  const linked = await db.query<{ id: string }>(MESSAGES_OF_CASES, [ids]);
  const loose = await db.query<{ id: string; bytes: Buffer }>(MESSAGES_WITHOUT_CASE, [question.id, question.source]);
  const isMeant = (one: Identifier): boolean => one.value === question.id && (question.authority === null || one.authority === question.authority);
  const named = loose.rows.filter((row) => question.identifiersIn(row.bytes).some(isMeant));
  return { cases: ids, messages: [...linked.rows, ...named].map((row) => row.id), backload: past.rows.map((row) => row.report_key) };
}

export type PatientExport = Readonly<Record<string, readonly Record<string, unknown>[]>>;

/** Every row of every table that hangs on the patient's cases, by table; bytes as base64. A table that is added later is found by its case_id. */
export async function exportPatientData(pool: Pool, question: PatientQuestion): Promise<PatientExport> {
  const found = await findPatientData(pool, question);
  const tables = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'backstop' AND column_name = 'case_id' AND table_name <> 'message' ORDER BY table_name`,
  );
  const held: Record<string, Record<string, unknown>[]> = {
    cases: await rowsOf(pool, 'SELECT * FROM backstop.cases WHERE id = ANY ($1)', found.cases),
    message: await rowsOf(pool, 'SELECT * FROM backstop.message WHERE id = ANY ($1)', found.messages),
    outbox: await rowsOf(
      pool,
      'SELECT o.* FROM backstop.outbox o WHERE EXISTS (SELECT 1 FROM unnest($1::uuid[]) g (id) WHERE strpos(o.key, g.id::text) > 0)',
      found.cases,
    ),
    backload: await rowsOf(pool, 'SELECT * FROM backstop.backload WHERE report_key = ANY ($1)', found.backload),
  };
  for (const { name } of tables.rows)
    held[name] = await rowsOf(pool, `SELECT * FROM backstop."${name.replaceAll('"', '""')}" WHERE case_id = ANY ($1)`, found.cases);
  return held;
}

async function rowsOf(pool: Pool, text: string, ids: readonly string[]): Promise<Record<string, unknown>[]> {
  const found = await pool.query<Record<string, unknown>>(text, [ids]);
  return found.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value])),
  );
}

export interface Erased {
  readonly cases: number;
  readonly messages: number;
  readonly backload: number;
}

/** All or nothing, with its row in the audit trail. Throws GiveUp PATIENT_BEING_SENT while a message about the patient waits to be sent. */
export async function erasePatientData(
  pool: Pool,
  question: PatientQuestion,
  because: { readonly actor: string; readonly reason: string },
): Promise<Erased> {
  return await inTransaction(pool, async (tx) => {
    const found = await findPatientData(tx, question);
    const counts = { cases: found.cases.length, messages: found.messages.length, backload: found.backload.length };
    if (counts.cases + counts.messages + counts.backload === 0) return counts;
    await tx.query('SELECT 1 FROM backstop.cases WHERE id = ANY ($1) FOR UPDATE', [found.cases]);
    const waiting = await tx.query(
      `SELECT 1 FROM backstop.outbox o WHERE o.state = 'waiting' AND EXISTS (SELECT 1 FROM unnest($1::uuid[]) g (id) WHERE strpos(o.key, g.id::text) > 0) LIMIT 1`,
      [found.cases],
    );
    if (waiting.rowCount !== 0)
      throw new GiveUp('a message about this patient waits to be sent: try again when it is out, or set it aside', {
        code: 'PATIENT_BEING_SENT',
        phase: 'store',
      });
    await tx.query('SELECT backstop.forget_cases($1)', [found.cases]);
    await tx.query('DELETE FROM backstop.message WHERE id = ANY ($1)', [found.messages]);
    await tx.query('DELETE FROM backstop.backload WHERE report_key = ANY ($1)', [found.backload]);
    const detail = `${counts.cases} cases, ${counts.messages} messages, ${counts.backload} past reports; reason: ${because.reason}`;
    await tx.query(`INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ($1, 'patient-erased', $2)`, [because.actor, detail]);
    return counts;
  });
}
