/** What an answer does to a case: where it goes, whether the decision stands, what has become of the referral. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CaseState } from '#src/case/case.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { referralStatus } from '#src/case/referral-status.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { applyAnswer } from '#src/rules/apply-answer.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import { standsDecision } from '#src/rules/stands-decision.ts';
import { whoConfirmed } from '#src/rules/who-confirmed.ts';
import { makeAnswer, makeCase, makeHistory, makeReading, statingReading } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const policy = loadPolicy();
const KINDS: readonly HumanAnswer['kind'][] = [
  'card-accepted',
  'finding-confirmed',
  'finding-changed',
  'finding-refuted',
  'referral-accepted',
  'referral-scheduled',
  'referral-unattended',
  'referral-declined',
  'referral-done',
];

describe('applyAnswer', () => {
  const at = (state: CaseState, answers: readonly HumanAnswer[] = []) => makeCase({ answers }, { state });
  for (const kind of KINDS) {
    test(`${kind} goes back to measured, so that the record is written anew`, () => {
      for (const state of ['written', 'answered', 'closed', 'parked'] as const)
        assert.equal(applyAnswer(at(state), makeAnswer(kind)).to, 'measured', state);
    });
  }
  test('a card set aside changes nothing in the record', () =>
    assert.equal(applyAnswer(at('written'), makeAnswer('card-overridden')).to, 'answered'));
  test('a repeated answer moves nothing', () => {
    const answer = makeAnswer('referral-accepted');
    assert.equal(applyAnswer(at('written', [answer]), answer).to, null);
  });
  test('a case that is on its way is not moved: the answer waits in it', () => {
    for (const state of ['received', 'read', 'decided', 'measured'] as const)
      assert.equal(applyAnswer(at(state), makeAnswer('finding-confirmed')).to, null, state);
  });
});

describe('standsDecision', () => {
  function after(answers: readonly HumanAnswer[], trauma = false) {
    const base = makeCase({ reading: statingReading(['L1'], { trauma }), history: makeHistory() });
    const { report, reading, finding, history } = base.facts;
    const decision = needsReferral(
      { report, reading: reading ?? makeReading(), finding, history, answers: [], today: '2026-11-23', reportVersion: 1 },
      policy,
    );
    return { ...base, facts: { ...base.facts, decision, answers } };
  }
  test('answers about the referral leave it', () => {
    for (const kind of [
      'card-accepted',
      'card-overridden',
      'referral-accepted',
      'referral-scheduled',
      'referral-unattended',
      'referral-declined',
      'referral-done',
    ] as const)
      assert.equal(standsDecision(after([makeAnswer(kind)])), true, kind);
  });
  test('answers about the finding do not, nor a new report version, nor no answer at all', () => {
    assert.equal(standsDecision(after([makeAnswer('finding-confirmed')])), false);
    assert.equal(standsDecision(after([makeAnswer('referral-accepted'), makeAnswer('finding-refuted')])), false);
    assert.equal(standsDecision({ ...after([makeAnswer('referral-accepted')]), reportVersion: 2 }), false);
    assert.equal(standsDecision(after([])), false);
  });
  test('a check that waits for a person is decided anew when the person accepts', () => {
    assert.equal(standsDecision(after([makeAnswer('card-accepted')], true)), false);
    assert.equal(standsDecision(after([makeAnswer('card-overridden')], true)), true);
  });
  test('never decided: nothing stands', () => assert.equal(standsDecision(makeCase({ answers: [makeAnswer('card-accepted')] })), false));
});

describe('referralStatus', () => {
  test('the newest answer that speaks of it', () => {
    const accepted = makeAnswer('referral-accepted', { at: '2026-11-20T00:00:00Z' });
    const declined = makeAnswer('referral-declined', { at: '2026-11-21T00:00:00Z' });
    assert.equal(referralStatus([]), 'proposed');
    assert.equal(referralStatus([makeAnswer('card-overridden'), makeAnswer('finding-confirmed')]), 'proposed');
    assert.equal(referralStatus([declined, accepted]), 'declined');
    assert.equal(referralStatus([declined, { ...accepted, at: '2026-11-22T00:00:00Z' }]), 'accepted');
    const scheduled = makeAnswer('referral-scheduled', { at: '2026-11-23T00:00:00Z', scheduledFor: '2026-12-03' });
    assert.equal(referralStatus([accepted, scheduled]), 'scheduled');
    assert.equal(referralStatus([scheduled, makeAnswer('referral-unattended', { at: '2026-12-04T00:00:00Z' })]), 'accepted');
    assert.equal(referralStatus([accepted, makeAnswer('referral-done', { at: '2026-11-23T00:00:00Z' })]), 'done');
  });
});

describe('whoConfirmed', () => {
  test('ambiguous words confirm nothing', () => {
    assert.equal(whoConfirmed({ report: makeReport(), reading: makeReading({ fracture: 'stated', ambiguousOnly: true }), answers: [] }).by, null);
    assert.equal(whoConfirmed({ report: makeReport(), reading: statingReading(['L1']), answers: [] }).by, 'report');
  });
  test('a clinician who accepts a card is no radiologist', () =>
    assert.equal(whoConfirmed({ report: makeReport(), reading: makeReading(), answers: [makeAnswer('card-accepted')] }).by, null));
});
