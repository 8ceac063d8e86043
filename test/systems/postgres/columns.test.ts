/** The computed columns of a case by today's functions and by those of the first migrations: the same, whatever the facts hold. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { storeYear } from '../../../tools/year/store-year.ts';
import { DEFAULT_YEAR } from '../../../tools/year/year-options.ts';

const MIGRATIONS = new URL('../../../src/systems/postgres/migrations/', import.meta.url);

/** The functions as they were first made, under other names. */
function firstFunctions(): string {
  const text = ['0001_cases.sql', '0003_lists_by_index.sql'].map((name) => readFileSync(new URL(name, MIGRATIONS), 'utf8')).join('\n');
  const found = [...text.matchAll(/CREATE FUNCTION backstop\.(case_summary|referral_status|report_day)\([\s\S]*?;\n/g)].map((match) => match[0]);
  assert.equal(found.length, 3);
  return found.join('\n').replace(/FUNCTION backstop\.(\w+)/g, 'FUNCTION backstop.first_$1');
}

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await storeYear(database.pool, { ...DEFAULT_YEAR, reports: 250 });
  await database.pool.query(firstFunctions());
});
after(() => database?.close());

const DIFFERENT = `
  SELECT facts FROM given WHERE backstop.case_summary(facts) IS DISTINCT FROM backstop.first_case_summary(facts)
    OR backstop.referral_status(facts) IS DISTINCT FROM backstop.first_referral_status(facts)
    OR backstop.report_day(facts, '2026-03-01T23:30:00-05:00') IS DISTINCT FROM backstop.first_report_day(facts, '2026-03-01T23:30:00-05:00')`;

test('over a made year', async () => {
  const found = await database.pool.query(`WITH given AS (SELECT facts FROM backstop.cases) ${DIFFERENT}`);
  assert.deepEqual(found.rows, []);
  const rich = await database.pool.query(
    `SELECT 1 FROM backstop.cases WHERE jsonb_array_length(summary #> '{finding,vertebrae}') > 5 AND referral <> 'proposed'`,
  );
  assert.ok((rich.rowCount ?? 0) > 0, 'the year holds findings and answers');
});

const answer = (kind: string, at: string) => ({ kind, at });
const ODD: readonly unknown[] = [
  null,
  {},
  [],
  'text',
  { report: null, reading: [], finding: 'x', decision: 3, answers: null, stopped: null },
  {
    report: { text: 'a', flags: [], source: 's', reportedAt: '2026-03-02T10:14:00+00:00' },
    finding: { vertebrae: [], series: { scanner: 'S' } },
    answers: [],
  },
  { finding: { vertebrae: null, series: null }, answers: {} },
  { finding: { vertebrae: {} }, answers: 'x' },
  { finding: { vertebrae: [{ level: 'T12', loss: { percent: 31 } }, {}, null, 7] }, answers: [null, 7, {}] },
  { answers: [answer('card-accepted', '2026-01-02'), answer('referral-declined', '2026-01-03')] },
  { answers: [answer('referral-done', '2026-01-03'), answer('referral-scheduled', '2026-01-03')] },
  { answers: [answer('finding-confirmed', '2026-01-03')] },
  { answers: [answer('referral-unattended', '2026-01-03'), { kind: 'referral-done' }] },
];

for (const facts of ODD)
  test(`of ${JSON.stringify(facts).slice(0, 70)}`, async () => {
    const found = await database.pool.query(`WITH given AS (SELECT $1::jsonb AS facts) ${DIFFERENT}`, [JSON.stringify(facts)]);
    assert.deepEqual(found.rows, []);
  });
