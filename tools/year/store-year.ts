/** Fills the database with a made year as if every report had come in and gone the whole way: for the audit, the backload and the growth bench. */
import { createHash } from 'node:crypto';
import { inTransaction, type Pool } from '#src/systems/postgres/pool.ts';
import { type CopyCell, copyIn } from './copy-in.ts';
import { type YearCase, yearCase } from './year-case.ts';
import type { YearOptions, YearTruth } from './year-options.ts';
import { yearTruths } from './year-truth.ts';

const BATCH = 500;

/** Returns the truths that went in, in the order of the reports. Rows of an earlier call with the same seed are in the way: use a fresh database. */
export async function storeYear(
  pool: Pool,
  options: YearOptions,
  progress: (stored: number) => void = () => undefined,
): Promise<readonly YearTruth[]> {
  const truths: YearTruth[] = [];
  let batch: YearCase[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await storeBatch(pool, batch, options.lean ? LEAN_TABLES : TABLES);
    batch = [];
    progress(truths.length);
  };
  for (const truth of yearTruths(options)) {
    truths.push(truth);
    const one = yearCase(truth, options.seed);
    batch.push(options.lean ? onlyFigures(one) : one);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  await pool.query('ANALYZE backstop.cases, backstop.case_event, backstop.message');
  return truths;
}

function onlyFigures(one: YearCase): YearCase {
  const { finding, choice } = one.facts;
  const lean = <T extends { readonly sopInstanceUids: readonly unknown[] }>(series: T): T => ({ ...series, sopInstanceUids: [] });
  return {
    ...one,
    events: one.events.filter((event) => event.outcome === 'written'),
    facts: {
      ...one.facts,
      choice: choice && lean(choice),
      finding: finding?.state === 'measured' ? { ...finding, series: lean(finding.series) } : finding,
    },
  };
}

async function storeBatch(pool: Pool, batch: readonly YearCase[], tables: typeof TABLES): Promise<void> {
  await inTransaction(pool, async (tx) => {
    for (const [target, rows] of tables) await copyIn(tx, target, batch.flatMap(rows));
  });
}

type Rows = (one: YearCase) => readonly (readonly CopyCell[])[];

const TABLES: readonly (readonly [target: string, rows: Rows])[] = [
  [
    'backstop.message (id, source, received_at, sending_application, sending_facility, control_id, message_type, charset, remote_address, sha256, bytes, case_id)',
    ({ messageId, id, at, message, facts: { report } }) => [
      [
        messageId,
        report.source,
        at,
        'RADRIS',
        report.patient.id.authority ?? '',
        `RAD${report.accession?.slice(3) ?? ''}`,
        'ORU^R01',
        'utf-8',
        '127.0.0.1',
        createHash('sha256').update(message).digest(),
        message,
        id,
      ],
    ],
  ],
  [
    'backstop.cases (id, case_key, source, patient_reference, source_patient, state, rule, outcome, version, facts, created_at, updated_at)',
    ({ id, state, at, facts, events }) => [
      [
        id,
        `${facts.report.source}|accession|${facts.report.accession}`,
        facts.report.source,
        facts.history?.patientReference ?? null,
        facts.report.patient.id.value,
        state,
        facts.decision?.rule ?? null,
        facts.decision?.outcome ?? null,
        events.length + facts.answers.length,
        JSON.stringify(facts),
        at,
        facts.answers.at(-1)?.at ?? events.at(-1)?.at ?? at,
      ],
    ],
  ],
  [
    'backstop.case_report (case_id, report_version, message_id, report)',
    ({ id, messageId, facts }) => [[id, 1, messageId, JSON.stringify(facts.report)]],
  ],
  [
    'backstop.case_event (case_id, at, step, outcome, detail, ms)',
    ({ id, events }) => events.map((event) => [id, event.at, event.step, event.outcome, event.detail, event.ms]),
  ],
  [
    'backstop.answer (case_id, key, at, answer)',
    ({ id, facts }) => facts.answers.map((answer) => [id, answer.key, answer.at, JSON.stringify(answer)]),
  ],
];

const LEAN_TABLES: typeof TABLES = TABLES.filter(([target]) => !/^backstop\.(message|case_report) /.test(target));
