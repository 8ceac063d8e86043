/** What goes to the health record after a radiologist changed a finding is the radiologist's; what the model measured stays in the case. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '#src/case/case.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { asReviewed } from '#src/rules/as-reviewed.ts';
import { makeAnswer, makeCase, makeFinding, makeReading } from '#test/fakes/make-case.ts';
import { picturedFinding } from '#test/web/invented-cases.ts';
import { SAMPLE_STUDIES } from '../../tools/samples/sample-studies.ts';

const finding = makeFinding({ L1: 2 });
const held = (...answers: readonly HumanAnswer[]): Case => makeCase({ reading: makeReading(), finding, answers });

function levels(subject: Case): Readonly<Record<string, { grade: number | null; loss: number | null }>> {
  const after = asReviewed(subject).facts.finding;
  assert.ok(after?.state === 'measured');
  return Object.fromEntries(after.vertebrae.map((one) => [one.level, { grade: one.grade, loss: one.loss?.percent ?? null }]));
}

test('nothing was changed, or it was confirmed or refuted: the case as it is', () => {
  for (const answers of [[], [makeAnswer('finding-confirmed')], [makeAnswer('finding-refuted')]]) {
    const subject = held(...answers);
    assert.equal(asReviewed(subject), subject);
  }
});

test('another grade takes the place of the measured one, and the loss that says otherwise goes', () => {
  const seen = levels(
    held(
      makeAnswer('finding-changed', {
        changes: [
          { level: 'L1', grade: 3 },
          { level: 'T12', grade: 0 },
        ],
      }),
    ),
  );
  assert.deepEqual(seen['L1'], { grade: 3, loss: null });
  assert.deepEqual(seen['T12'], { grade: 0, loss: 4 }, 'the same grade keeps its figures');
  assert.equal(seen['L2']?.grade, 0, 'what was not spoken of stays');
});

test('a vertebra that got another name stands under it alone', () => {
  const seen = levels(held(makeAnswer('finding-changed', { changes: [{ level: 'L5', grade: 2 }] })));
  assert.deepEqual(seen, { L5: { grade: 2, loss: null } });
});

test('one wrong name among the others: the same vertebra, its points and heights under the right one', () => {
  const all = finding.vertebrae.map((one) => ({ level: one.level, grade: one.grade ?? 0 }));
  const changes = all.map((one) => (one.level === 'L4' ? { level: 'L5' as const, grade: 2 as const } : one));
  const after = asReviewed(held(makeAnswer('finding-changed', { changes }))).facts.finding;
  assert.ok(after?.state === 'measured');
  const was = finding.vertebrae.find((one) => one.level === 'L4');
  const now = after.vertebrae.find((one) => one.level === 'L5');
  assert.deepEqual([now?.heights, now?.landmarks, now?.grade, now?.loss], [was?.heights, was?.landmarks, 2, null]);
  assert.equal(
    after.vertebrae.some((one) => one.level === 'L4'),
    false,
  );
  assert.equal(after.vertebrae.length, finding.vertebrae.length);
});

test('moved points are measured again; the worst grade follows; the case keeps what the model measured', async () => {
  const sample = SAMPLE_STUDIES[0];
  assert.ok(sample);
  const made = (await picturedFinding(sample.phantom)).finding;
  assert.ok(made.state === 'measured');
  const before = made.vertebrae.find((one) => one.level === 'T12');
  const at = before?.landmarks.find((one) => one.name === 'AS')?.picture;
  assert.ok(before?.loss && at);
  const moved = { level: 'T12', points: { AS: [at[0], at[1] + 6] } } as const;
  const subject = makeCase({
    reading: makeReading(),
    finding: made,
    answers: [makeAnswer('finding-changed', { moved, changes: [{ level: 'T12', grade: 3 }] })],
  });
  const after = asReviewed(subject).facts.finding;
  assert.ok(after?.state === 'measured');
  const now = after.vertebrae.find((one) => one.level === 'T12');
  assert.ok((now?.loss?.percent ?? 0) > before.loss.percent + 5);
  assert.equal(now?.grade, 3);
  assert.equal(after.worstGrade, 3);
  assert.equal(subject.facts.finding, made);
});
