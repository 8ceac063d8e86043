/** The review list as the database answers it: who stands on it, and after which answer a case leaves it (R05, R07, R16). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { CaseState } from '#src/case/case.ts';
import type { Decision, HumanAnswer } from '#src/case/referral.ts';
import { makeCaseLists } from '#src/systems/postgres/case-lists.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { makeAnswer, makeFinding, makeReading } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database?.close());

interface Stored {
  readonly outcome: Decision['outcome'];
  readonly rule: Decision['rule'];
  readonly confirmedBy?: Decision['confirmedBy'];
  readonly modelDisagrees?: boolean;
  readonly answers?: readonly HumanAnswer[];
  readonly state?: CaseState;
}

/** Whether such a case stands on the list. */
async function isListed({ outcome, rule, confirmedBy = null, modelDisagrees = false, answers = [], state = 'written' }: Stored): Promise<boolean> {
  const id = randomUUID();
  const decision = { rule, outcome, priority: 'routine', confirmedBy, modelDisagrees, because: [] };
  const facts = { report: makeReport(), reading: makeReading(), finding: makeFinding({ L1: 2 }), history: null, decision, answers, stopped: null };
  await database.pool.query(
    `INSERT INTO backstop.cases (id, case_key, source, source_patient, state, rule, outcome, facts) VALUES ($1, $2, 'test', 'p', $3, $4, $5, $6)`,
    [id, `review|${id}`, state, rule, outcome, JSON.stringify(facts)],
  );
  const listed = await makeCaseLists(database.pool).reviews();
  await database.pool.query('DELETE FROM backstop.cases WHERE id = $1', [id]);
  return listed.some((one) => one.id === id);
}

const R07 = { outcome: 'clarification', rule: 'R07' } as const;
const REVIEWS = ['finding-confirmed', 'finding-changed', 'finding-refuted'] as const;

test('R07, an unsure report: on the list until a radiologist answers, whatever they answer', async () => {
  assert.equal(await isListed(R07), true);
  for (const kind of REVIEWS) assert.equal(await isListed({ ...R07, answers: [makeAnswer(kind)] }), false, kind);
  assert.equal(await isListed({ ...R07, answers: [makeAnswer('card-accepted')] }), true, 'an answer to a card is no review');
});

test('R07, a stated fracture that one radiologist refuted: it stays, until the decision is another', async () => {
  const refuted = { ...R07, confirmedBy: 'report' as const, answers: [makeAnswer('finding-refuted')] };
  assert.equal(await isListed(refuted), true, 'a second look is asked for');
  assert.equal(await isListed({ ...refuted, confirmedBy: 'radiologist' }), false, 'not: confirmed by a radiologist');
  assert.equal(await isListed({ ...refuted, outcome: 'nothing', rule: 'R01' }), false, 'a second radiologist agreed, or a new report settled it');
});

test('R05 and disagreements beside a referral (R16) are listed until they are answered; parked and closed cases are not', async () => {
  const review = { outcome: 'radiologist-review', rule: 'R05' } as const;
  const beside = { outcome: 'refer', rule: 'R13', modelDisagrees: true } as const;
  for (const one of [review, beside]) {
    assert.equal(await isListed(one), true, one.rule);
    assert.equal(await isListed({ ...one, answers: [makeAnswer('finding-confirmed')] }), false, one.rule);
    for (const state of ['parked', 'closed'] as const) assert.equal(await isListed({ ...one, state }), false, state);
  }
  for (const state of ['parked', 'closed'] as const) assert.equal(await isListed({ ...R07, confirmedBy: 'report', state }), false, state);
  assert.equal(await isListed({ outcome: 'refer', rule: 'R13' }), false, 'a referral that nothing speaks against');
});
