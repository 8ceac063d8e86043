/** `backstop explain` and `backstop what-if`: why it was so, and what another policy would have done. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Case } from '#src/case/case.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { explain } from '#src/rules/explain.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import type { Policy } from '#src/rules/policy.ts';
import { addWhatIf, whatIf } from '#src/rules/what-if.ts';
import { known, makeAnswer, makeCase, makeFinding, makeHistory, makeReading, statingReading } from '#test/fakes/make-case.ts';

const policy = loadPolicy();

function decided(birthDate: string, today = '2026-11-23'): Case {
  const history = makeHistory({ birthDate: known(birthDate) });
  const base = makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }), history });
  const { report, reading, finding } = base.facts;
  const decision = needsReferral({ report, reading: reading ?? makeReading(), finding, history, answers: [], today, reportVersion: 1 }, policy);
  return { ...base, facts: { ...base.facts, decision } };
}

const threshold = (name: 'veryHighRiskAgeYears' | 'referralAgeYears' | 'dueDaysRoutine', value: number): Policy => ({
  ...policy,
  version: 'trial',
  thresholds: { ...policy.thresholds, [name]: { ...policy.thresholds[name], value } },
});

describe('explain', () => {
  test('rule, words of the rule, reasons, inputs with sources, policy, due date', () => {
    const lines = explain(decided('1966-01-01'));
    const text = lines.join('\n');
    assert.match(text, /Decided by R14: refer, routine/);
    assert.match(text, /R14: if confirmed, any grade/);
    assert.match(text, /age: 60 years \(health record\)/);
    assert.match(text, /images: L1 grade 2; T5 to L4 assessed \(model\)/);
    assert.match(text, new RegExp(`Policy ${policy.version}, on 2026-11-23, report version 1`));
    assert.match(text, /Due: 2027-02-18/);
  });
  test('no name and no date of birth', () => assert.doesNotMatch(explain(decided('1966-01-01')).join('\n'), /Ada|Example|1966|P-1001/));
  test('a case that stopped says why; answers and refusals are listed', () => {
    assert.deepEqual(explain(makeCase({ stopped: { code: 'PATIENT_NOT_FOUND', text: 'not there' } })).slice(1), [
      'Not decided yet.',
      'Stopped: PATIENT_NOT_FOUND: not there',
    ]);
    const subject = decided('1966-01-01');
    const facts = {
      ...subject.facts,
      answers: [makeAnswer('card-overridden', { reasonCode: 'patient-declined' })],
      resources: [{ resourceType: 'ServiceRequest', id: '', versionId: null, key: 'k', role: 'proposal', refused: '403' }],
    };
    assert.match(explain({ ...subject, facts }).join('\n'), /card-overridden \(patient-declined\)[\s\S]*proposal refused \(403\)/);
  });
});

describe('whatIf', () => {
  const cases = [decided('1966-01-01'), decided('1954-01-01'), decided('1985-01-01'), makeCase()];
  test('the policy itself changes nothing', () => {
    const same = whatIf(policy, cases);
    assert.deepEqual([same.tried, same.notTried, same.changed], [3, 1, []]);
  });
  test('another threshold changes the cases beyond it, and says which', () => {
    const trial = whatIf(threshold('veryHighRiskAgeYears', 70), cases);
    assert.deepEqual(
      trial.changed.map(({ caseId, was, becomes }) => [caseId, was, becomes]),
      [[cases[1]?.id, 'R14 refer routine', 'R13 refer urgent']],
    );
    assert.deepEqual(trial.counts, [
      { decision: 'R09 specialist-advice routine', was: 1, becomes: 1 },
      { decision: 'R13 refer urgent', was: 0, becomes: 1 },
      { decision: 'R14 refer routine', was: 2, becomes: 1 },
    ]);
  });
  test('a due date alone that moves is a change too', () => {
    const [first] = whatIf(threshold('dueDaysRoutine', 30), cases).changed;
    assert.deepEqual([first?.was, first?.becomes], ['R14 refer routine, due 2027-02-18', 'R14 refer routine, due 2026-12-20']);
  });
  test('page by page says the same as at once', () => {
    const trial = threshold('veryHighRiskAgeYears', 70);
    const pages = cases.map((one) => whatIf(trial, [one]));
    assert.deepEqual(pages.reduce(addWhatIf), whatIf(trial, cases));
  });
  test('each case is decided on its own day: nobody has grown older', () => {
    const then = decided('1976-11-24', '2026-11-23');
    assert.equal(then.facts.decision?.rule, 'R09');
    assert.deepEqual(whatIf(policy, [then]).changed, []);
  });
});
