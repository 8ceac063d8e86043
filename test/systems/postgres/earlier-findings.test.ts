/** Our own measurement of an earlier study: of the same source and patient, of that study, of another case, and by the index. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { caseId, dicomUid } from '#src/case/ids.ts';
import { earlierFinding, makeEarlierFindings } from '#src/systems/postgres/earlier-findings.ts';
import * as sql from '#src/systems/postgres/queries.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { makeCase, makeFinding } from '#test/fakes/make-case.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

async function add(source: string, patient: string, finding: Parameters<typeof makeCase>[0] = {}) {
  const id = caseId(randomUUID());
  await database.pool.query(sql.insertCase, [id, id, source, patient, 'written', JSON.stringify(makeCase(finding).facts)]);
  return id;
}

test('of this source, patient and study alone, never of the case that asks', async () => {
  const finding = makeFinding({ L1: 2 });
  const study = dicomUid(finding.studyInstanceUid)!;
  const mine = await add('a', 'P-1', { finding });
  const earlier = makeEarlierFindings(database.pool);
  const except = caseId(randomUUID());
  assert.deepEqual(await earlier.measured({ source: 'a', patientId: 'P-1', study, except }), finding);
  assert.equal(await earlier.measured({ source: 'a', patientId: 'P-1', study, except: mine }), undefined);
  assert.equal(await earlier.measured({ source: 'b', patientId: 'P-1', study, except }), undefined);
  assert.equal(await earlier.measured({ source: 'a', patientId: 'P-10', study, except }), undefined);
  assert.equal(await earlier.measured({ source: 'a', patientId: 'P-1', study: dicomUid('2.25.9')!, except }), undefined);
  await add('a', 'P-2', { finding: { state: 'cannot-say', reason: 'model-failed', detail: '', vertebrae: [], models: [] } });
  await add('a', 'P-2', { finding: null });
  assert.equal(await earlier.measured({ source: 'a', patientId: 'P-2', study, except }), undefined);
});

test('one read by the index', async () => {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off');
    const plan = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${earlierFinding}`, ['a', 'P-1', randomUUID(), '2.25.9']);
    assert.match(plan.rows.map((row) => row['QUERY PLAN']).join('\n'), /Index Scan using cases_source_patient/);
    await client.query('ROLLBACK');
  } finally {
    client.release();
  }
});
