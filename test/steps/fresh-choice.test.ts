/** A series that is not what the archive described is chosen again, and an archive that never tells the truth ends in "cannot say", not in a circle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TryLater } from '#src/lib/errors.ts';
import type { StepResult } from '#src/ports.ts';
import { MOST_CHOICES, withFreshChoice } from '#src/steps/fresh-choice.ts';
import { makeCase } from '#test/fakes/make-case.ts';

const stale = (code: string): Promise<StepResult> => Promise.reject(new TryLater('300 instances, 299 came', { code, phase: 'answer' }));

test('a stale choice is made again by all headers, and so often only', async () => {
  let facts: NonNullable<StepResult['facts']> = {};
  const went: string[] = [];
  for (let round = 0; round < MOST_CHOICES; round += 1) {
    const result = await withFreshChoice(makeCase(facts), stale('DICOMWEB_COUNT_MISMATCH'));
    facts = { ...facts, ...result.facts };
    went.push(result.to);
    if (result.to === 'read') assert.equal(facts.allHeaders, true);
  }
  assert.deepEqual(went, [...Array.from({ length: MOST_CHOICES - 1 }, () => 'read'), 'measured']);
  assert.ok(facts.finding?.state === 'cannot-say' && facts.finding.reason === 'archive-failed');
  assert.match(facts.finding.detail, /DICOMWEB_COUNT_MISMATCH/);
  assert.equal(facts.choice, null);
  assert.equal(facts.chosenAgain, 0, 'a later look begins anew');
});

test('a choice that held is counted no more; one that never failed is left as it is', async () => {
  const held: StepResult = { to: 'measured', facts: {}, detail: 'held' };
  assert.equal((await withFreshChoice(makeCase({ chosenAgain: 3 }), Promise.resolve(held))).facts?.chosenAgain, 0);
  assert.equal(await withFreshChoice(makeCase({}), Promise.resolve(held)), held);
});

test('other faults pass through', async () => {
  await assert.rejects(withFreshChoice(makeCase({}), stale('DICOMWEB_UNREACHABLE')), { code: 'DICOMWEB_UNREACHABLE' });
});
