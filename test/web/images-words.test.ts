/** What lists say of the images after a radiologist answered: what they left, and beside it what was measured. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FindingSummary } from '#src/case/case-summary.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { imagesWords } from '#src/web/words.ts';
import { makeAnswer } from '#test/fakes/make-case.ts';

const L1 = { level: 'L1', levelText: 'L1', state: 'graded', grade: 3, gradeText: '3', percent: 44 } as const;
const MEASURED: FindingSummary = { state: 'measured', worstGrade: 3, modality: 'CT', scanner: null, models: [], vertebrae: [L1] };
const words = (...answers: readonly HumanAnswer[]) => imagesWords({ finding: MEASURED, answers });
const measured = 'L1 grade 3 (44\u00a0%\u00a0loss)';

test('nobody answered, or a radiologist confirmed: as measured', () => {
  assert.equal(words(), measured);
  assert.equal(words(makeAnswer('finding-confirmed')), measured);
  assert.equal(words(makeAnswer('referral-accepted')), measured);
});

test("changed: the radiologist's grades and levels come first, the model's stand beside them as the model's", () => {
  const changed = makeAnswer('finding-changed', { changes: [{ level: 'T12', grade: 1 }] });
  assert.equal(words(changed), `T12 grade 1 by a radiologist (the software: ${measured})`);
  const moved = makeAnswer('finding-changed', { moved: { level: 'L1', points: {} } });
  assert.equal(words(moved), `points of L1 moved by a radiologist (the software: ${measured})`);
});

test('the newest answer counts; refuted is told as refuted and not as seen', () => {
  const changed = makeAnswer('finding-changed', { changes: [{ level: 'T12', grade: 1 }], key: 'a' });
  assert.equal(words(changed, makeAnswer('finding-refuted', { key: 'b' })), `refuted by a radiologist (the software: ${measured})`);
  assert.equal(words(makeAnswer('finding-refuted', { key: 'b' }), makeAnswer('finding-confirmed', { key: 'c' })), measured);
});

test('images that cannot say stay so, whatever a radiologist gave', () => {
  const finding: FindingSummary = { state: 'cannot-say', reason: 'images-not-found', scanner: null, models: [], vertebrae: [] };
  assert.match(imagesWords({ finding, answers: [] }), /^cannot say/);
  const changed = makeAnswer('finding-changed', { changes: [{ level: 'L1', grade: 2 }] });
  assert.match(imagesWords({ finding, answers: [changed] }), /^L1 grade 2 by a radiologist \(the software: cannot say/);
});
