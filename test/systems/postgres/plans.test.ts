/** Every query that a person or a hook waits for finds its rows by an index: told by the plan, over a few thousand cases of a made year. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import * as sql from '#src/systems/postgres/queries.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { storeYear } from '../../../tools/year/store-year.ts';
import { DEFAULT_YEAR } from '../../../tools/year/year-options.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await storeYear(database.pool, { ...DEFAULT_YEAR, reports: 1500 });
});
after(() => database?.close());

/** Text of the plan, with sequential scans made expensive, so that a query which has an index path shows it on a small table too. */
async function planOf(query: string, values: readonly unknown[]): Promise<string> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off');
    const plan = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`, [...values]);
    return plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const QUERIES = new Map<string, string>(Object.entries(sql));
const ID = randomUUID();
const CASES: readonly (readonly [name: keyof typeof sql, values: readonly unknown[], index: string])[] = [
  ['cardRows', ['Patient/1'], 'cases_patient'],
  ['listCasesOfPatient', ['Patient/1', 20, 0], 'cases_patient'],
  ['listWorklist', [['refer'], ['proposed', 'accepted']], 'cases_outcome'],
  ['listReviews', [], 'cases_review'],
  ['listForAudit', ['2025-02-01', '2025-02-28'], 'cases_report_day'],
  ['countBacklog', [], 'cases_outcome'],
  ['listSummaries', [50, 0], 'cases_updated'],
  ['listCases', [50, 0], 'cases_updated'],
  ['listCasesInStates', [['parked'], 50, 0], 'cases_state'],
  ['standingCases', ['received', 60_000, '2026-01-01', ID], 'cases_state'],
  ['loadCase', [ID], 'cases_pkey'],
  ['listEvents', [ID], 'case_event_case'],
  ['findArtifact', [ID, 'key-image.png'], 'artifact_pkey'],
  ['caseOfCard', [ID], 'card_pkey'],
  ['findMessage', ['a', 'b', 'c', 'd', Buffer.alloc(32)], 'message_source'],
  ['findControlId', ['a', 'b', 'c', 'd', Buffer.alloc(32)], 'message_source'],
  ['storeBatch', ['[]', Buffer.alloc(1), '{}'], 'message_source'],
  ['findCaseByKey', ['a|accession|1'], 'cases_case_key_key'],
  ['nextOutbox', ['hl7'], 'outbox_waiting'],
];

for (const [name, values, index] of CASES) {
  test(`${name} goes by ${index}`, async () => {
    const plan = await planOf(QUERIES.get(name) ?? '', values);
    assert.match(plan, new RegExp(`Index (Only )?Scan (Backward )?(using|on) ${index}|Bitmap Index Scan on ${index}`), plan);
    assert.doesNotMatch(plan, /Seq Scan/, plan);
  });
}

test('what a card costs does not read the rows of others', async () => {
  const patient = (
    await database.pool.query<{ patient_reference: string }>(
      'SELECT patient_reference FROM backstop.cases WHERE patient_reference IS NOT NULL LIMIT 1',
    )
  ).rows[0]?.patient_reference;
  assert.ok(patient);
  const plan = await database.pool.query<{ 'QUERY PLAN': readonly { Plan: { 'Actual Rows': number } }[] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${sql.cardRows}`,
    [patient],
  );
  const rows = plan.rows[0]?.['QUERY PLAN'][0]?.Plan['Actual Rows'] ?? 0;
  assert.ok(rows >= 1 && rows <= 20, `${rows} rows`);
});
