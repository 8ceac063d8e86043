/** The fast rows of the hook say what the database says now. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { makeCardRows } from '#src/systems/postgres/card-rows.ts';
import { makeCaseStore } from '#src/systems/postgres/case-store.ts';
import { answer, facts } from '#test/systems/cds-hooks/cases.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

async function insert(patient: string, at: string): Promise<string> {
  const id = randomUUID();
  await database.pool.query(
    `INSERT INTO backstop.cases (id, case_key, source, patient_reference, source_patient, state, version, facts, updated_at)
     VALUES ($1::uuid, $1::uuid::text, 'test', $2, 'x', 'written', 1, $3, $4)`,
    [id, patient, JSON.stringify(facts()), at],
  );
  return id;
}

test('the same cases in the same order as the plain query, each question with its own patient', async () => {
  const rows = makeCardRows(database.pool);
  const plain = makeCaseStore({ pool: database.pool, enqueue: async () => undefined });
  for (const [n, patient] of ['Patient/a', 'Patient/b', 'Patient/a', 'Patient/c', 'Patient/a'].entries())
    await insert(patient, `2026-05-0${n + 1}T10:00:00Z`);
  for (let turn = 0; turn < 2; turn += 1) {
    const patients = ['Patient/a', 'Patient/b', 'Patient/nobody', 'Patient/a', 'Patient/c'];
    const got = await Promise.all(patients.map(rows));
    for (const [n, patient] of patients.entries()) {
      const wanted = await plain.cardRows(patient);
      assert.deepEqual(
        got[n]?.map(({ caseId, version, state }) => [caseId, version, state]),
        wanted.map(({ caseId, version, state }) => [caseId, version, state]),
        patient,
      );
      for (const [i, row] of (got[n] ?? []).entries()) {
        assert.deepEqual(row.facts.decision, wanted[i]?.facts.decision);
        assert.deepEqual(row.facts.reading, wanted[i]?.facts.reading);
        assert.deepEqual(row.facts.report.patient, wanted[i]?.facts.report.patient);
        assert.equal(row.facts.report.text, '');
      }
    }
  }
  assert.equal((await rows('Patient/a')).length, 3);
});

test('nothing old is told: an answer, a move to another patient, a deletion', async () => {
  const rows = makeCardRows(database.pool);
  const id = await insert('Patient/d', '2026-05-01T10:00:00Z');
  assert.equal((await rows('Patient/d'))[0]?.facts.answers.length, 0);
  const answered = { ...facts(), answers: [answer('card-accepted', '2026-05-04T10:00:00.000Z')] };
  await database.pool.query('UPDATE backstop.cases SET facts = $2, version = version + 1 WHERE id = $1', [id, JSON.stringify(answered)]);
  const [now] = await rows('Patient/d');
  assert.deepEqual([now?.version, now?.facts.answers.length], [2, 1]);
  await database.pool.query(`UPDATE backstop.cases SET patient_reference = 'Patient/e' WHERE id = $1`, [id]);
  assert.deepEqual(await rows('Patient/d'), []);
  assert.equal((await rows('Patient/e')).length, 1);
  await database.pool.query('DELETE FROM backstop.cases WHERE id = $1', [id]);
  assert.deepEqual(await rows('Patient/e'), []);
});

test('keeping few cases loses none', async () => {
  const rows = makeCardRows(database.pool, 2);
  for (let n = 0; n < 25; n += 1) await insert('Patient/f', `2026-04-${String(n + 1).padStart(2, '0')}T10:00:00Z`);
  const first = await rows('Patient/f');
  assert.equal(first.length, 20, 'the newest 20');
  assert.deepEqual(
    (await rows('Patient/f')).map(({ caseId }) => caseId),
    first.map(({ caseId }) => caseId),
  );
});

test('a database that is down fails every question, and the next ones are asked anew', async () => {
  let down = true;
  const query = (...args: Parameters<typeof database.pool.query>) => (down ? Promise.reject(new Error('down')) : database.pool.query(...args));
  const rows = makeCardRows({ query } as unknown as TestDatabase['pool']);
  const failed = await Promise.allSettled([rows('Patient/a'), rows('Patient/b')]);
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  down = false;
  assert.equal((await rows('Patient/a')).length, 3);
});
