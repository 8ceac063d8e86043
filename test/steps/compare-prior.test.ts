/** The measurement beside the earlier one: when there is one, and when there is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dicomUid } from '#src/case/ids.ts';
import type { PriorStudy } from '#src/case/prior.ts';
import type { EarlierFindings, StepResult } from '#src/ports.ts';
import { comparePrior } from '#src/steps/compare-prior.ts';
import { makeCase, makeFinding } from '#test/fakes/make-case.ts';

const PRIOR: PriorStudy = { studyInstanceUid: dicomUid('2.25.7')!, studyDate: '2024-05-02', modality: 'CT', because: [] };
const MEASURED: StepResult = { to: 'measured', facts: { finding: makeFinding({ L1: 2, T12: 1 }) }, detail: 'measured' };
const never: EarlierFindings = { measured: async () => assert.fail('nothing to ask for') };

test('what changed since our own measurement of the earlier study is a fact and a line', async () => {
  const subject = makeCase({ prior: PRIOR });
  const { source, patient } = subject.facts.report;
  const earlier: EarlierFindings = {
    measured: async (query) => {
      assert.deepEqual(query, { source, patientId: patient.id.value, study: PRIOR.studyInstanceUid, except: subject.id });
      return makeFinding({ T12: 1 });
    },
  };
  const result = await comparePrior(subject, MEASURED, { earlier });
  assert.equal(result.facts?.sincePrior?.find((one) => one.level === 'L1')?.change, 'new');
  assert.equal(result.detail, 'measured; compare with the CT of 2024-05-02: T12 unchanged, L1 new');
  assert.equal(result.facts?.finding, MEASURED.facts?.finding);
});

test('without an earlier study, without our measurement of it, or with nothing said now: no claim, and an old one is taken back', async () => {
  const none: EarlierFindings = { measured: async () => undefined };
  assert.deepEqual(await comparePrior(makeCase({ prior: null }), MEASURED, { earlier: never }), {
    ...MEASURED,
    facts: { ...MEASURED.facts, sincePrior: null },
  });
  assert.equal((await comparePrior(makeCase({ prior: PRIOR }), MEASURED, { earlier: none })).facts?.sincePrior, null);
  const silent: StepResult = {
    to: 'measured',
    facts: { finding: { state: 'cannot-say', reason: 'model-failed', detail: '', vertebrae: [], models: [] } },
    detail: 'cannot say',
  };
  assert.equal((await comparePrior(makeCase({ prior: PRIOR, sincePrior: [] }), silent, { earlier: never })).facts?.sincePrior, null);
});

test('a case that goes back to have its series chosen again is left as it is', async () => {
  const back: StepResult = { to: 'read', facts: { choice: null }, detail: 'again' };
  assert.equal(await comparePrior(makeCase({ prior: PRIOR }), back, { earlier: never }), back);
});
