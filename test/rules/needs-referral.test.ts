/** The decision table, row by row at its boundaries. Properties are in needs-referral.properties.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StudyFinding } from '#src/case/finding.ts';
import type { Decision } from '#src/case/referral.ts';
import { loadPolicy } from '#src/load-policy.ts';
import type { DecisionFacts } from '#src/rules/decision-facts.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import type { Policy } from '#src/rules/policy.ts';
import {
  known,
  makeAnswer,
  makeFinding,
  makeHistory,
  makeReading,
  makeStatement,
  makeVertebra,
  notKnown,
  statingReading,
} from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const policy = loadPolicy();
const TODAY = '2026-11-23';

/** A patient of 60 without very high risk, unless the test says more. */
function facts(changes: Partial<DecisionFacts> = {}): DecisionFacts {
  return { report: makeReport(), reading: makeReading(), finding: makeFinding(), history: aged(60), answers: [], today: TODAY, ...changes };
}

function aged(years: number, changes: Parameters<typeof makeHistory>[0] = {}) {
  return makeHistory({ birthDate: known(`${2026 - years}-11-23`), ...changes });
}

function decide(changes: Partial<DecisionFacts> = {}, by: Policy = policy): Decision {
  return needsReferral(facts(changes), by);
}

function says(decision: Decision, rule: string, outcome: string, priority: string | null = decision.priority): void {
  assert.deepEqual([decision.rule, decision.outcome, decision.priority], [rule, outcome, priority], JSON.stringify(decision.because));
}

const L1 = statingReading(['L1']);
const cannotSay = (reason: Extract<StudyFinding, { state: 'cannot-say' }>['reason']): StudyFinding => ({
  state: 'cannot-say',
  reason,
  detail: 'invented',
  vertebrae: [],
  models: [],
});

describe('R00 identity and scope', () => {
  for (const kind of ['none', 'many', 'mismatch'] as const) {
    test(`the patient is ${kind} in the health record`, () => {
      const decision = decide({ reading: L1, history: null, recordProblem: { kind, detail: 'the date of birth differs' } });
      says(decision, 'R00', 'exception', null);
      assert.match(decision.because[0]?.text ?? '', /the date of birth differs/);
    });
  }
  test('the images carry another patient, although the report states a fracture', () => {
    says(decide({ reading: L1, finding: cannotSay('patient-mismatch') }), 'R00', 'exception');
  });
  test('17 years and 364 days is out of scope, the 18th birthday is not', () => {
    says(decide({ reading: L1, history: makeHistory({ birthDate: known('2008-11-24') }) }), 'R00', 'exception');
    says(decide({ reading: L1, history: makeHistory({ birthDate: known('2008-11-23') }) }), 'R09', 'specialist-advice');
  });
  for (const status of ['preliminary', 'unknown'] as const) {
    test(`a ${status} report is not decided on`, () => says(decide({ reading: L1, report: makeReport({ status }) }), 'R00', 'exception'));
  }
  test('a cancelled report asks for nothing', () =>
    says(decide({ reading: L1, report: makeReport({ status: 'cancelled' }) }), 'R00', 'nothing', null));
});

describe('R01 and R02', () => {
  test('deceased by the health record or by the message', () => {
    says(decide({ reading: L1, history: aged(60, { deceased: known(true) }) }), 'R01', 'nothing', null);
    says(decide({ reading: L1, report: makeReport({ patient: { ...makeReport().patient, deceased: true } }) }), 'R01', 'nothing', null);
  });
  test('end-of-life care: information where a fracture is confirmed, else nothing', () => {
    const history = aged(60, { endOfLifeCare: known(true) });
    says(decide({ reading: L1, history }), 'R02', 'notify', null);
    says(decide({ finding: makeFinding({ L1: 3 }), history }), 'R02', 'nothing', null);
  });
  test('not knowing is not yes', () =>
    says(decide({ reading: L1, history: aged(60, { deceased: notKnown, endOfLifeCare: notKnown }) }), 'R14', 'refer'));
});

describe('R03 red flags', () => {
  const metastasis = { redFlag: true, statements: [makeStatement({ levels: ['L1'] }), makeStatement({ target: 'red-flag', concept: 'metastasis' })] };
  test('stated fracture and a red flag in the report', () => {
    const decision = decide({ reading: statingReading(['L1'], metastasis) });
    says(decision, 'R03', 'urgent-to-referrer', 'urgent');
    assert.match(decision.because[0]?.text ?? '', /metastasis/);
    assert.equal(decision.dueDate, '2026-11-24');
  });
  test('red flag on the problem list', () => {
    says(decide({ reading: L1, history: aged(60, { redFlagProblems: known(['Multiple myeloma']) }) }), 'R03', 'urgent-to-referrer');
  });
  test('an uncertain report with a red flag is urgent too', () => {
    says(decide({ reading: makeReading({ fracture: 'uncertain', redFlag: true }) }), 'R03', 'urgent-to-referrer', 'urgent');
  });
  test('the model alone: a radiologist looks first, urgently, unless the site lets the model speak', () => {
    const seen = { reading: makeReading({ redFlag: true }), finding: makeFinding({ L1: 2 }) };
    says(decide(seen), 'R03', 'radiologist-review', 'urgent');
    says(decide(seen, { ...policy, alertsFromModelAlone: true }), 'R03', 'urgent-to-referrer', 'urgent');
  });
  test('a red flag without any fracture in question is no business of ours', () => {
    says(decide({ reading: makeReading({ redFlag: true }) }), 'R99', 'nothing', null);
  });
  test('a red flag wins over trauma, age and treatment', () => {
    says(
      decide({ reading: statingReading(['L1'], { ...metastasis, trauma: true }), history: aged(40, { boneDrugs: known(['x']) }) }),
      'R03',
      'urgent-to-referrer',
    );
  });
  test('a cancer history alone asks for a person, and a person clears it', () => {
    const history = aged(60, { cancerHistory: known(true) });
    says(decide({ reading: L1, history }), 'R03', 'human-check', 'routine');
    says(decide({ reading: statingReading(['L1'], { cancerHistory: true }) }), 'R03', 'human-check');
    says(decide({ reading: L1, history, answers: [makeAnswer('finding-confirmed')] }), 'R14', 'refer');
    says(decide({ reading: L1, history, answers: [makeAnswer('card-accepted')] }), 'R14', 'refer');
  });
});

describe('R04 trauma', () => {
  const trauma = statingReading(['L1'], { trauma: true });
  test('not automatic, a person may override', () => {
    says(decide({ reading: trauma }), 'R04', 'human-check', 'routine');
    says(decide({ reading: trauma, answers: [makeAnswer('referral-accepted')] }), 'R14', 'refer');
  });
  test('confirming the fracture does not say that it is no trauma', () =>
    says(decide({ reading: trauma, answers: [makeAnswer('finding-confirmed')] }), 'R04', 'human-check'));
  test('trauma in the history of a report that is silent leaves the review', () => {
    says(decide({ reading: makeReading({ trauma: true }), finding: makeFinding({ L1: 2 }) }), 'R05', 'radiologist-review');
  });
});

describe('R05 to R07: what a radiologist looks at', () => {
  for (const fracture of ['silent', 'denied'] as const) {
    test(`report ${fracture}: grade 2 and 3 are reviewed, grade 1 with low priority`, () => {
      const reading = makeReading({ fracture });
      says(decide({ reading, finding: makeFinding({ L1: 3 }) }), 'R05', 'radiologist-review', 'routine');
      says(decide({ reading, finding: makeFinding({ L1: 2 }) }), 'R05', 'radiologist-review', 'routine');
      says(decide({ reading, finding: makeFinding({ L1: 1 }) }), 'R06', 'radiologist-review', 'low');
    });
  }
  test('no referral before it is confirmed, whatever the age', () => {
    const decision = decide({ finding: makeFinding({ L1: 3, T8: 3 }), history: aged(90) });
    says(decision, 'R05', 'radiologist-review');
    assert.equal(decision.confirmedBy, null);
    assert.match(decision.addendumText ?? '', /confirm or delete/);
  });
  test('a vertebra that may be grade 2 but is not sure: low priority, and a site may switch it off', () => {
    const vertebrae = [...makeFinding().vertebrae.slice(1), makeVertebra('T5', 2, { state: 'indeterminate', levelText: 'T5' })];
    const finding = makeFinding({}, { vertebrae });
    says(decide({ finding }), 'R06', 'radiologist-review', 'low');
    says(decide({ finding }, { ...policy, reviewIndeterminate: false }), 'R99', 'nothing');
    const mild = makeFinding({}, { vertebrae: [...makeFinding().vertebrae.slice(1), makeVertebra('T5', 1, { state: 'indeterminate' })] });
    says(decide({ finding: mild }), 'R99', 'nothing');
  });
  test('uncertain, or only ambiguous words: clarify', () => {
    says(decide({ reading: makeReading({ fracture: 'uncertain' }) }), 'R07', 'clarification', 'routine');
    says(decide({ reading: makeReading({ fracture: 'stated', ambiguousOnly: true }) }), 'R07', 'clarification');
    says(decide({ reading: makeReading({ fracture: 'uncertain' }), finding: makeFinding({ L1: 3 }) }), 'R07', 'clarification');
  });
  test('an uncertain report that the images cannot judge is still clarified', () => {
    says(decide({ reading: makeReading({ fracture: 'uncertain' }), finding: cannotSay('images-not-found') }), 'R07', 'clarification');
  });
  test('the answer settles it', () => {
    const reading = makeReading({ fracture: 'uncertain' });
    says(decide({ reading, answers: [makeAnswer('finding-confirmed')] }), 'R14', 'refer');
    says(decide({ reading, answers: [makeAnswer('finding-refuted')] }), 'R99', 'nothing');
    says(decide({ finding: makeFinding({ L1: 2 }), answers: [makeAnswer('finding-confirmed')] }), 'R14', 'refer');
    says(decide({ finding: makeFinding({ L1: 2 }), answers: [makeAnswer('finding-refuted')] }), 'R99', 'nothing');
  });
  test('refuted ends it also beside a red flag, and where the images could not say', () => {
    const refuted = [makeAnswer('finding-refuted')];
    says(decide({ finding: makeFinding({ L1: 2 }), reading: makeReading({ redFlag: true }), answers: refuted }), 'R99', 'nothing');
    says(decide({ reading: makeReading({ fracture: 'uncertain' }), finding: cannotSay('images-not-found'), answers: refuted }), 'R99', 'nothing');
  });
  test('the newest answer counts', () => {
    const finding = makeFinding({ L1: 2 });
    const no = makeAnswer('finding-refuted', { at: '2026-11-21T08:00:00Z' });
    const yes = makeAnswer('finding-confirmed', { at: '2026-11-22T08:00:00Z' });
    says(decide({ finding, answers: [yes, no] }), 'R14', 'refer');
    says(decide({ finding, answers: [{ ...no, at: '2026-11-23T08:00:00Z' }, yes] }), 'R99', 'nothing');
  });
  test('changed to grade 3 is very high risk; changed to nothing is a refusal', () => {
    const finding = makeFinding({ L1: 2 });
    says(decide({ finding, answers: [makeAnswer('finding-changed', { changes: [{ level: 'L1', grade: 3 }] })] }), 'R13', 'refer', 'urgent');
    says(decide({ finding, answers: [makeAnswer('finding-changed', { changes: [{ level: 'L1', grade: 0 }] })] }), 'R99', 'nothing');
  });
  test('a stated fracture that a radiologist refutes is a contradiction, not an end', () => {
    says(decide({ reading: L1, answers: [makeAnswer('finding-refuted')] }), 'R07', 'clarification');
  });
  test('a second radiologist settles it; the same one again, or a report from after their answers, does not', () => {
    const first = makeAnswer('finding-refuted', { at: '2026-11-21T08:00:00Z', by: 'Practitioner/rose' });
    const second = makeAnswer('finding-refuted', { at: '2026-11-22T08:00:00Z', by: 'Practitioner/ravi' });
    says(decide({ reading: L1, answers: [first, second] }), 'R99', 'nothing');
    says(decide({ reading: L1, answers: [first, { ...second, by: first.by }] }), 'R07', 'clarification');
    says(decide({ reading: L1, answers: [first, { ...second, kind: 'finding-confirmed' }] }), 'R14', 'refer');
    says(decide({ reading: L1, answers: [first, second], report: makeReport({ reportedAt: '2026-11-23T08:00:00Z' }) }), 'R07', 'clarification');
  });
});

describe('R08 look-alikes', () => {
  const mimic = (levels: readonly ('L1' | 'T10')[]) => makeStatement({ target: 'mimic', concept: 'Schmorl node', levels });
  test('at the very same level: nothing', () => {
    says(
      decide({ reading: statingReading(['L1'], { mimic: true, statements: [makeStatement({ levels: ['L1'] }), mimic(['L1'])] }) }),
      'R08',
      'nothing',
      null,
    );
  });
  test('at another level it takes nothing away', () => {
    says(
      decide({ reading: statingReading(['L1'], { mimic: true, statements: [makeStatement({ levels: ['L1'] }), mimic(['T10'])] }) }),
      'R14',
      'refer',
    );
  });
  test('one of two levels explained is not both', () => {
    const statements = [makeStatement({ levels: ['L1'] }), makeStatement({ levels: ['T10'] }), mimic(['T10'])];
    says(decide({ reading: statingReading(['L1', 'T10'], { mimic: true, statements }) }), 'R13', 'refer');
  });
  test('without a level it blocks nothing, and is told', () => {
    const decision = decide({ reading: statingReading(['L1'], { mimic: true, statements: [makeStatement({ levels: ['L1'] }), mimic([])] }) });
    says(decision, 'R14', 'refer');
    assert.ok(decision.because.some((reason) => reason.rule === 'R08'));
  });
  test('ambiguous words in one sentence with the look-alike are explained by it', () => {
    const wedging = makeStatement({ target: 'ambiguous-deformity', concept: 'wedging', certainty: 'affirmed' });
    const reading = makeReading({ fracture: 'uncertain', ambiguousOnly: true, mimic: true, statements: [wedging, mimic([])] });
    says(decide({ reading }), 'R08', 'nothing');
    const elsewhere = { ...mimic([]), sentence: { start: 100, end: 130 } };
    says(decide({ reading: { ...reading, statements: [wedging, elsewhere] } }), 'R07', 'clarification');
  });
});

describe('R09 young, or age not known', () => {
  test('the 50th birthday', () => {
    says(decide({ reading: L1, history: makeHistory({ birthDate: known('1976-11-24') }) }), 'R09', 'specialist-advice');
    says(decide({ reading: L1, history: makeHistory({ birthDate: known('1976-11-23') }) }), 'R14', 'refer', 'routine');
  });
  test('after the menopause a younger woman is eligible; not knowing is not yes, and is told', () => {
    says(decide({ reading: L1, history: aged(45, { postMenopausal: known(true) }) }), 'R14', 'refer');
    const decision = decide({ reading: L1, history: aged(45) });
    says(decision, 'R09', 'specialist-advice');
    assert.match(decision.because[0]?.text ?? '', /post-menopausal is not known/);
    assert.doesNotMatch(decide({ reading: L1, history: aged(45, { postMenopausal: known(false) }) }).because[0]?.text ?? '', /not known/);
  });
  test('DXA from 30', () => {
    const texts = (years: number) =>
      decide({ reading: L1, history: aged(years) })
        .because.map((reason) => reason.text)
        .join(' ');
    assert.doesNotMatch(texts(29), /DXA/);
    assert.match(texts(30), /DXA/);
  });
  test('age from the message when the record has none; from neither: a person', () => {
    const history = makeHistory({ birthDate: notKnown });
    says(decide({ reading: L1, history }), 'R13', 'refer');
    const report = makeReport({ patient: { ...makeReport().patient, birthDate: null } });
    says(decide({ reading: L1, history, report }), 'R09', 'human-check');
  });
  test('a year of birth alone is read as the oldest age that it allows', () => {
    says(decide({ reading: L1, history: makeHistory({ birthDate: known('1976') }) }), 'R14', 'refer');
    says(decide({ reading: L1, history: makeHistory({ birthDate: known('1977') }) }), 'R09', 'specialist-advice');
  });
});

describe('R10 to R12', () => {
  test('an open referral is linked; R10 goes before R11 before R12', () => {
    const all = { openReferral: known('ServiceRequest/7'), boneDrugs: known(['Alendronic acid']), declinedReferral: known('ServiceRequest/5') };
    says(decide({ reading: L1, history: aged(60, all) }), 'R10', 'link-to-referral');
    says(decide({ reading: L1, history: aged(60, { ...all, openReferral: known(null) }) }), 'R11', 'fracture-on-treatment');
    says(decide({ reading: L1, history: aged(60, { declinedReferral: all.declinedReferral }) }), 'R12', 'notify', 'low');
  });
  test('not knowing leads to a referral, and is told', () => {
    const decision = decide({ reading: L1, history: aged(60, { openReferral: notKnown, boneDrugs: notKnown, declinedReferral: notKnown }) });
    says(decision, 'R14', 'refer');
    assert.deepEqual(decision.because.map((reason) => reason.rule).slice(-2), ['R10', 'R11']);
  });
  test('declined before, but new or progressed: a new proposal', () => {
    const history = aged(60, { declinedReferral: known('ServiceRequest/5') });
    says(decide({ reading: statingReading(['L1'], { newOrProgressed: true }), history }), 'R14', 'refer');
    const acute = { statements: [makeStatement({ levels: ['L1'], acuity: 'acute' })] };
    says(decide({ reading: statingReading(['L1'], acute), history }), 'R14', 'refer');
    const old = { statements: [makeStatement({ levels: ['L1'], acuity: 'old' })] };
    says(decide({ reading: statingReading(['L1'], old), history }), 'R12', 'notify');
  });
  test('declined in this very case', () => says(decide({ reading: L1, answers: [makeAnswer('referral-declined')] }), 'R12', 'notify'));
});

describe('R13 very high risk and R14 routine', () => {
  test('age 74 and 75', () => {
    says(decide({ reading: L1, history: aged(74) }), 'R14', 'refer', 'routine');
    says(decide({ reading: L1, history: aged(75) }), 'R13', 'refer', 'urgent');
  });
  test('grade 2 and 3, by the words of the report, by its grade, or by the model at the stated level', () => {
    const graded = (changes: Parameters<typeof makeStatement>[0]) =>
      statingReading(['L1'], { statements: [makeStatement({ levels: ['L1'], ...changes })] });
    says(decide({ reading: graded({ severity: 'moderate' }) }), 'R14', 'refer');
    says(decide({ reading: graded({ severity: 'severe' }) }), 'R13', 'refer');
    says(decide({ reading: graded({ grade: 3 }) }), 'R13', 'refer');
    says(decide({ reading: L1, finding: makeFinding({ L1: 3 }) }), 'R13', 'refer');
    says(decide({ reading: L1, finding: makeFinding({ L1: 2 }) }), 'R14', 'refer');
  });
  test('what only the model sees elsewhere does not make it urgent, but is told', () => {
    const decision = decide({ reading: L1, finding: makeFinding({ L1: 1, T8: 3 }) });
    says(decision, 'R14', 'refer');
    assert.ok(decision.because.some((reason) => reason.rule === 'R05' && reason.text.includes('T8 grade 3')));
  });
  test('one and two fractures', () => {
    says(decide({ reading: L1 }), 'R14', 'refer');
    says(decide({ reading: statingReading(['L1', 'T8']) }), 'R13', 'refer');
    says(decide({ finding: makeFinding({ L1: 2, T8: 1 }), answers: [makeAnswer('finding-confirmed')] }), 'R13', 'refer');
  });
  test('new within 24 months of an earlier one; 24 months and a day is too late; an old one is not new', () => {
    const history = (prior: string) => aged(60, { priorVertebralFracture: known(prior) });
    const fresh = statingReading(['L1'], { newOrProgressed: true });
    says(decide({ reading: fresh, history: history('2024-11-20') }), 'R13', 'refer');
    says(decide({ reading: fresh, history: history('2024-11-19') }), 'R14', 'refer');
    says(decide({ reading: fresh, history: history('2026-11-20') }), 'R14', 'refer');
    says(decide({ reading: fresh, history: history('date not recorded') }), 'R14', 'refer');
    says(decide({ reading: L1, history: history('2025-11-20') }), 'R14', 'refer');
  });
  test('an old fracture counts', () => {
    says(decide({ reading: statingReading(['L1'], { statements: [makeStatement({ levels: ['L1'], acuity: 'old' })] }) }), 'R14', 'refer');
  });
  test('due dates: 90 days from the report, 42 when urgent, and never from a report of the future', () => {
    assert.equal(decide({ reading: L1 }).dueDate, '2027-02-18');
    assert.equal(decide({ reading: L1, history: aged(80) }).dueDate, '2027-01-01');
    assert.equal(decide({ reading: L1, report: makeReport({ reportedAt: '2027-05-01T00:00:00Z' }) }).dueDate, '2027-02-21');
    assert.equal(decide({ reading: L1, report: makeReport({ reportedAt: null }) }).dueDate, '2027-02-21');
  });
});

describe('R15 and R16 add to a row', () => {
  test('a care gap where the report gives no advice, with words for an addendum', () => {
    const decision = decide({ reading: L1, finding: makeFinding({ L1: 2 }) });
    assert.equal(decision.careGap, true);
    assert.match(decision.addendumText ?? '', /Vertebral fracture: L1 moderate \(grade 2, 31 % height loss\)\..*fracture liaison service/);
    const advised = decide({ reading: statingReading(['L1'], { advice: true }) });
    assert.deepEqual([advised.careGap, advised.addendumText], [false, null]);
  });
  test('no care gap where nothing is to be referred', () => assert.equal(decide({ reading: L1, history: aged(40) }).careGap, false));
  test('the model sees none: the report is followed', () => {
    const decision = decide({ reading: L1, finding: makeFinding() });
    says(decision, 'R14', 'refer');
    assert.equal(decision.modelDisagrees, true);
    assert.equal(decide({ reading: L1, finding: makeFinding({ L1: 1 }) }).modelDisagrees, false);
  });
  test('a level that was not assessed is no disagreement', () => {
    assert.equal(decide({ reading: statingReading(['T1']), finding: makeFinding() }).modelDisagrees, false);
    assert.equal(decide({ reading: L1, finding: cannotSay('no-usable-series') }).modelDisagrees, false);
  });
});

describe('R17 and R99: nothing, and "cannot say"', () => {
  test('low attenuation is nothing by default, and a suggestion where a site wants it: 110 HU yes, 111 no', () => {
    const finding = (hu: number) => makeFinding({}, { density: { level: 'L1', hu, sdHu: 10, areaMm2: 300, kvp: 120, contrast: false } });
    const on = { ...policy, suggestLowDensity: true };
    says(decide({ finding: finding(90) }), 'R99', 'nothing');
    says(decide({ finding: finding(110) }, on), 'R17', 'notify', 'low');
    says(decide({ finding: finding(111) }, on), 'R99', 'nothing');
  });
  for (const reason of [
    'images-not-found',
    'images-ambiguous',
    'no-usable-series',
    'volume-unusable',
    'archive-failed',
    'decode-failed',
    'too-few-vertebrae',
    'model-failed',
    'model-abstained',
  ] as const) {
    test(`${reason}: an exception, never nothing; a stated fracture is followed all the same`, () => {
      for (const fracture of ['silent', 'denied'] as const) {
        const decision = decide({ reading: makeReading({ fracture }), finding: cannotSay(reason) });
        says(decision, 'R99', 'exception', null);
        assert.match(decision.because[0]?.text ?? '', /the images cannot say: .{10}/);
      }
      says(decide({ reading: L1, finding: cannotSay(reason) }), 'R14', 'refer');
    });
  }
  test('images that nobody looked at, and images where nothing could be graded', () => {
    says(decide({ finding: null }), 'R99', 'exception');
    says(decide({ finding: makeFinding({}, { worstGrade: null }) }), 'R99', 'exception');
  });
  test('"nothing" names the range that was judged and what was not', () => {
    const vertebrae = makeFinding().vertebrae.map((v) => (v.level === 'T6' ? { ...v, state: 'not_evaluable' as const } : v));
    const texts = decide({ finding: makeFinding({}, { vertebrae }) }).because.map((reason) => reason.text);
    assert.deepEqual(texts, ['No vertebral fracture is stated, and the model sees none from T5 to L4.', 'It cannot judge T6.']);
  });
});

test('every decision keeps its policy, its inputs and a reason with its rule', () => {
  const decision = decide({ reading: L1, reportVersion: 2, answers: [makeAnswer('card-overridden', { key: 'k1' })] });
  assert.equal(decision.policyVersion, policy.version);
  assert.deepEqual([decision.inputs?.decidedOn, decision.inputs?.reportVersion, decision.inputs?.answerKeys], [TODAY, 2, ['k1']]);
  assert.equal(decision.because[0]?.rule, decision.rule);
  assert.match(decision.inputs?.seen['age'] ?? '', /^60 years \(health record\)$/);
});
