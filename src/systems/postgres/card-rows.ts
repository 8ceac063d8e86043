/**
 * The rows of the CDS hook, fast: a case's facts are large and change rarely, so they are read once for each version and kept, without what no
 * card shows. What is current is asked of the database every time; questions of the same moment go in one query.
 */
import type { CaseFacts, CaseState } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import type { CardRow } from '#src/ports.ts';
import { toFacts } from './case-row.ts';
import type { Pool } from './pool.ts';

const HEADS = `
  SELECT patient_reference, id, version, state FROM backstop.cases
  WHERE patient_reference = ANY ($1) ORDER BY updated_at DESC`;
const FACTS = 'SELECT id, version, state, facts FROM backstop.cases WHERE id = ANY ($1)';
const ROWS_A_PATIENT = 20;

interface Head {
  readonly patient_reference: string;
  readonly id: string;
  readonly version: number;
  readonly state: CaseState;
}
interface Question {
  readonly reference: string;
  readonly answer: (rows: readonly CardRow[]) => void;
  readonly fail: (cause: unknown) => void;
}

/** `CaseStore.cardRows`: a patient's cases, newest first, at most 20. Keeps the facts of at most `keep` cases. */
export function makeCardRows(pool: Pool, keep = 2_000): (patientReference: string) => Promise<readonly CardRow[]> {
  const kept = new Map<string, CardRow>();
  let waiting: Question[] = [];
  const flush = async (): Promise<void> => {
    const questions = waiting;
    waiting = [];
    try {
      const heads = await pool.query<Head>({ name: 'card-heads', text: HEADS, values: [[...new Set(questions.map((q) => q.reference))]] });
      const byPatient = Map.groupBy(heads.rows, (head) => head.patient_reference);
      const shown = [...byPatient.values()].flatMap((rows) => rows.slice(0, ROWS_A_PATIENT));
      const rows = await rowsOf(pool, shown, kept);
      for (const row of rows.values()) remember(kept, row, keep);
      for (const { reference, answer } of questions) {
        answer((byPatient.get(reference) ?? []).slice(0, ROWS_A_PATIENT).flatMap(({ id }) => rows.get(id) ?? []));
      }
    } catch (cause) {
      for (const { fail } of questions) fail(cause);
    }
  };
  return (reference) =>
    new Promise((answer, fail) => {
      waiting.push({ reference, answer, fail });
      if (waiting.length === 1) setImmediate(() => void flush());
    });
}

/** One row a head: kept when it is of the same version, else read. */
async function rowsOf(pool: Pool, heads: readonly Head[], kept: ReadonlyMap<string, CardRow>): Promise<Map<string, CardRow>> {
  const rows = new Map<string, CardRow>();
  const missing: string[] = [];
  for (const { id, version, state } of heads) {
    const row = kept.get(id);
    if (row && row.version === version && row.state === state) rows.set(id, row);
    else missing.push(id);
  }
  if (missing.length === 0) return rows;
  const found = await pool.query<Head & { facts: unknown }>({ name: 'card-facts', text: FACTS, values: [missing] });
  for (const { id, version, state, facts } of found.rows) rows.set(id, { caseId: caseId(id), version, state, facts: withoutBulk(toFacts(facts)) });
  return rows;
}

/** Landmarks, instance lists and the report's text are most of a case's bytes, and none of them is on a card. */
function withoutBulk(facts: CaseFacts): CaseFacts {
  const { finding } = facts;
  const lean =
    finding?.state === 'measured'
      ? {
          ...finding,
          series: { ...finding.series, sopInstanceUids: [], rejected: [] },
          vertebrae: finding.vertebrae.map((v) => ({ ...v, landmarks: [] })),
        }
      : finding;
  return { ...facts, finding: lean, choice: null, resources: [], report: { ...facts.report, text: '' } };
}

/** The case that was asked for longest ago goes first. */
function remember(kept: Map<string, CardRow>, row: CardRow, keep: number): void {
  kept.delete(row.caseId);
  kept.set(row.caseId, row);
  for (const oldest of kept.keys()) {
    if (kept.size <= keep) break;
    kept.delete(oldest);
  }
}
