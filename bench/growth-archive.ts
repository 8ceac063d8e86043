/**
 * The archive of the `growth` bench: a made quarter of 1,000 reports that went the whole way, and then the same quarter over and over, further and
 * further back, copied inside the database. Every copy has its own patients, numbers, days and identities, so that no list or index is fooled.
 */
import type { Pool } from '#src/systems/postgres/pool.ts';
import { storeYear } from '../tools/year/store-year.ts';
import { DEFAULT_YEAR } from '../tools/year/year-options.ts';

/** One hospital's quarter. */
export const QUARTER = { cases: 1_000, days: 91, from: '2025-10-01', to: '2025-12-31' } as const;

/** The first cases, at most a quarter of them. Their facts are made and read by the product's own code. */
export async function storeFirst(pool: Pool, reports: number): Promise<void> {
  await storeYear(pool, { ...DEFAULT_YEAR, reports, from: QUARTER.from, days: QUARTER.days, intervention: null });
}

/** Copies of the first quarter, so that there are so many in all. */
export async function copyQuarters(pool: Pool, quarters: number): Promise<void> {
  await pool.query('CREATE TABLE growth_first AS SELECT id FROM backstop.cases');
  for (const text of COPIES) await pool.query(text, [1, quarters - 1]);
  await pool.query('DROP TABLE growth_first');
}

/** $1 to $2: which quarters. Ids are made of the first one's and the quarter's number. */
const OF = 'FROM growth_first f CROSS JOIN generate_series($1::int, $2::int) k';
const id = (of: string): string => `md5(${of}::text || '/' || k)::uuid`;
const back = `(k * ${QUARTER.days} * interval '1 day')`;

const COPIES: readonly string[] = [
  `INSERT INTO backstop.message (id, source, received_at, sending_application, sending_facility, control_id, message_type, charset, remote_address, sha256, bytes, case_id)
   SELECT ${id('m.id')}, m.source, m.received_at - ${back}, m.sending_application, m.sending_facility, m.control_id || '/' || k, m.message_type, m.charset,
     m.remote_address, sha256(m.bytes || convert_to(k::text, 'UTF8')), m.bytes, ${id('m.case_id')}
   ${OF} JOIN backstop.message m ON m.case_id = f.id`,
  `INSERT INTO backstop.cases (id, case_key, source, patient_reference, source_patient, state, rule, outcome, version, facts, created_at, updated_at)
   SELECT ${id('c.id')}, c.case_key || '/' || k, c.source, c.patient_reference || '-' || k, c.source_patient || '-' || k, c.state, c.rule, c.outcome, c.version,
     jsonb_set(jsonb_set(c.facts, '{report,patient,id,value}', to_jsonb(c.source_patient || '-' || k)), '{report,reportedAt}',
       to_jsonb(to_char(((c.facts #>> '{report,reportedAt}')::timestamptz - ${back}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))),
     c.created_at - ${back}, c.updated_at - ${back}
   ${OF} JOIN backstop.cases c ON c.id = f.id`,
  `INSERT INTO backstop.case_report (case_id, report_version, message_id, report)
   SELECT ${id('r.case_id')}, r.report_version, ${id('r.message_id')}, r.report ${OF} JOIN backstop.case_report r ON r.case_id = f.id`,
  `INSERT INTO backstop.case_event (case_id, at, step, outcome, detail, ms)
   SELECT ${id('e.case_id')}, e.at - ${back}, e.step, e.outcome, e.detail, e.ms ${OF} JOIN backstop.case_event e ON e.case_id = f.id ORDER BY e.id, k`,
  `INSERT INTO backstop.answer (case_id, key, at, answer)
   SELECT ${id('a.case_id')}, a.key, a.at - ${back}, a.answer ${OF} JOIN backstop.answer a ON a.case_id = f.id`,
];
