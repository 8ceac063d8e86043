/** What a person changes is committed together with its row of the audit trail, and two who answer at the same moment lose nothing. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { peopleAnswers } from '#src/app/people-answers.ts';
import { caseId } from '#src/case/ids.ts';
import { recordAnswer } from '#src/steps/record-answer.ts';
import { makeCardIndex } from '#src/systems/postgres/card-index.ts';
import { makeCaseStore } from '#src/systems/postgres/case-store.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { storeCases } from './invented-cases.ts';
import { moreCases } from './invented-day.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

const enqueue = async () => {};
const answerOf = (key: string, kind: 'referral-accepted' | 'referral-declined' = 'referral-accepted') =>
  ({ kind, at: '2026-11-20T12:00:00Z', by: 'nora', reasonCode: null, reasonText: null, key }) as const;

async function freshCase(): Promise<string> {
  const [one] = moreCases(1, '2026-11-20');
  assert.ok(one);
  const id = randomUUID();
  await storeCases(database.pool, [{ ...one, id }]);
  return id;
}

async function count(table: string, id: string): Promise<number> {
  return (await database.pool.query(`SELECT 1 FROM backstop.${table} WHERE case_id = $1`, [id])).rowCount ?? 0;
}

test('without its row of the audit trail an answer is not stored, and a known answer adds no row', async () => {
  const id = await freshCase();
  const store = makeCaseStore({ pool: database.pool, enqueue });
  const answer = peopleAnswers(store);
  const trail = { actor: 'nora', action: 'worklist-accept', caseId: id, detail: '' };
  // Stands in for a trail that cannot be written: a column that may not be empty.
  await assert.rejects(answer(caseId(id), answerOf('k1'), { ...trail, actor: null as never }));
  assert.deepEqual([await count('answer', id), await count('audit_trail', id), (await store.load(caseId(id)))?.state], [0, 0, 'written']);
  assert.equal(await answer(caseId(id), answerOf('k1'), trail), 'recorded');
  assert.equal(await answer(caseId(id), answerOf('k1'), trail), 'known');
  assert.deepEqual([await count('answer', id), await count('audit_trail', id), (await store.load(caseId(id)))?.state], [1, 1, 'measured']);
});

test('twenty answers to one case at the same moment, on the page and by card, are all kept; none is refused', async () => {
  const id = await freshCase();
  const store = makeCaseStore({ pool: database.pool, enqueue });
  const cards = makeCardIndex(database.pool);
  const cardUuid = randomUUID();
  await cards.remember(cardUuid, caseId(id));
  const byPage = peopleAnswers(store);
  const both = Array.from({ length: 10 }, (_, n) => [
    byPage(caseId(id), answerOf(`page-${n}`, n % 2 === 0 ? 'referral-accepted' : 'referral-declined'), {
      actor: 'nora',
      action: 'worklist-accept',
      caseId: id,
      detail: '',
    }),
    recordAnswer(
      { store, cards },
      { cardUuid, outcome: 'accepted', accepted: 'refer', at: `2026-11-20T12:00:${10 + n}Z`, by: 'dr', reason: 'patient-refuses', reasonText: null },
    ),
  ]).flat();
  assert.deepEqual([...new Set(await Promise.all(both))], ['recorded']);
  const held = await store.load(caseId(id));
  assert.equal(held?.facts.answers.length, 20);
  assert.equal(await count('audit_trail', id), 10);
});

test('an answer that waited while a step moved its case is weighed by where the case stands then', async () => {
  const id = await freshCase();
  const store = makeCaseStore({ pool: database.pool, enqueue });
  await database.pool.query(`UPDATE backstop.cases SET state = 'decided' WHERE id = $1`, [id]);
  const step = await database.pool.connect();
  await step.query('BEGIN');
  await step.query(`UPDATE backstop.cases SET state = 'written', version = version + 1 WHERE id = $1`, [id]);
  const trail = { actor: 'nora', action: 'worklist-accept', caseId: id, detail: '' };
  const answering = peopleAnswers(store)(caseId(id), answerOf('late'), trail);
  await step.query('COMMIT');
  step.release();
  assert.equal(await answering, 'recorded');
  assert.equal((await store.load(caseId(id)))?.state, 'measured', 'the case goes on with the answer');
});
