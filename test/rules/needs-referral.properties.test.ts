/** What must hold for all facts, not only for the examples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StudyFinding } from '#src/case/finding.ts';
import { LEVELS, type Level } from '#src/case/vertebra.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { notRead } from '#src/reading/not-read.ts';
import type { DecisionFacts } from '#src/rules/decision-facts.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import { known, makeAnswer, makeFinding, makeHistory, makeReading, makeStatement, notKnown } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const policy = loadPolicy();
const level = fc.constantFrom<Level>(...LEVELS);
const flag = fc.boolean();
const knownFlag = fc.constantFrom(known(true), known(false), notKnown);
const knownText = fc.constantFrom(known(null), known('ServiceRequest/9'), notKnown);
const knownList = fc.constantFrom(known<readonly string[]>([]), known<readonly string[]>(['Alendronic acid']), notKnown);

const reading = fc
  .record({
    fracture: fc.constantFrom('stated', 'uncertain', 'denied', 'silent', 'not-read'),
    ambiguousOnly: flag,
    levels: fc.uniqueArray(level, { maxLength: 3 }),
    redFlag: flag,
  })
  .chain((base) =>
    fc.record({ advice: flag, cancerHistory: flag, trauma: flag, mimic: flag, treated: flag, newOrProgressed: flag }).map((more) => {
      const levels = base.fracture === 'stated' ? base.levels : [];
      const statements = base.fracture === 'stated' ? [makeStatement({ levels })] : [];
      return makeReading({
        ...base,
        ...more,
        fracture: base.fracture as 'stated',
        levels,
        statements,
        ambiguousOnly: base.ambiguousOnly && base.fracture !== 'denied' && base.fracture !== 'not-read',
      });
    }),
  );

const measured = fc.dictionary(level, fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<0 | 1 | 2 | 3>, { maxKeys: 4 }).map((grades): StudyFinding => {
  const assessed = Object.fromEntries(Object.entries(grades).filter(([name]) => LEVELS.indexOf(name as Level) >= 4 && name !== 'L5'));
  return makeFinding(assessed);
});
const unsayable = fc
  .constantFrom('images-not-found', 'too-few-vertebrae', 'model-abstained', 'decode-failed')
  .map((reason): StudyFinding => ({ state: 'cannot-say', reason: reason as 'images-not-found', detail: 'invented', vertebrae: [], models: [] }));

const history = fc
  .record({
    deceased: knownFlag,
    endOfLifeCare: knownFlag,
    postMenopausal: knownFlag,
    boneDrugs: knownList,
    redFlagProblems: knownList,
    cancerHistory: knownFlag,
  })
  .chain((one) => fc.record({ openReferral: knownText, declinedReferral: knownText }).map((two) => makeHistory({ ...one, ...two })));

const answers = fc.subarray([
  makeAnswer('finding-confirmed'),
  makeAnswer('finding-refuted'),
  makeAnswer('card-accepted'),
  makeAnswer('referral-declined'),
]);

const facts: fc.Arbitrary<DecisionFacts> = fc.record({
  report: fc.constantFrom('final', 'corrected', 'addendum').map((status) => makeReport({ status: status as 'final' })),
  reading,
  finding: fc.oneof(measured, unsayable, fc.constant(null)),
  history,
  answers,
  today: fc.constant('2026-11-23'),
});

const born = (years: number) => known(`${2026 - years}-06-01`);
const aged = (of: DecisionFacts, years: number): DecisionFacts => ({ ...of, history: { ...(of.history ?? makeHistory()), birthDate: born(years) } });

/** How much is done for the patient, among the outcomes that age decides between. */
const ELIGIBILITY: Readonly<Record<string, number>> = {
  exception: 0,
  nothing: 0,
  'specialist-advice': 1,
  notify: 2,
  'fracture-on-treatment': 2,
  'link-to-referral': 2,
  refer: 2,
};

test('a report that could not be read never ends as "nothing to do" unless a person has looked, and is charged with no gap', () => {
  fc.assert(
    fc.property(facts, (base) => {
      const decision = needsReferral({ ...base, reading: notRead() }, policy);
      if (decision.outcome === 'nothing') assert.ok(decision.rule !== 'R99' || base.answers.some((answer) => answer.kind === 'finding-refuted'));
      assert.ok(!decision.careGap && !decision.modelDisagrees && decision.outcome !== 'radiologist-review');
    }),
    { numRuns: 2000 },
  );
});

test('older is never less eligible', () => {
  fc.assert(
    fc.property(facts, fc.integer({ min: 18, max: 100 }), fc.integer({ min: 0, max: 25 }), (base, years, more) => {
      const [young, old] = [needsReferral(aged(base, years), policy), needsReferral(aged(base, years + more), policy)];
      const rank = (outcome: string) => ELIGIBILITY[outcome];
      if (rank(young.outcome) === undefined || rank(old.outcome) === undefined) return assert.equal(young.outcome, old.outcome);
      assert.ok((rank(old.outcome) ?? 0) >= (rank(young.outcome) ?? 0), `${years}: ${young.outcome}, ${years + more}: ${old.outcome}`);
      if (young.priority === 'urgent' && young.outcome === 'refer') assert.equal(old.priority, 'urgent');
    }),
    { numRuns: 2000 },
  );
});

test('a red flag that is added is never followed by an automatic referral, and takes nobody off an urgent route', () => {
  fc.assert(
    fc.property(facts, (base) => {
      const flagged = needsReferral({ ...base, reading: { ...base.reading, redFlag: true } }, policy);
      assert.notEqual(flagged.outcome, 'refer');
      const before = needsReferral(base, policy);
      if (before.outcome === 'urgent-to-referrer') assert.equal(flagged.outcome, 'urgent-to-referrer');
    }),
    { numRuns: 2000 },
  );
});

test('a fracture statement that is added never makes a case end with nothing', () => {
  fc.assert(
    fc.property(facts, level, (base, where) => {
      if (base.reading.mimic) return;
      const stating: DecisionFacts = {
        ...base,
        reading: {
          ...base.reading,
          fracture: 'stated',
          ambiguousOnly: false,
          levels: [...new Set([...base.reading.levels, where])],
          statements: [...base.reading.statements, makeStatement({ levels: [where] })],
        },
      };
      const after = needsReferral(stating, policy);
      if (after.outcome === 'nothing' || after.outcome === 'exception') assert.ok(['R00', 'R01', 'R02'].includes(after.rule), after.rule);
    }),
    { numRuns: 2000 },
  );
});

test('advice, trauma, cancer, treatment or a look-alike that is added never takes the urgent route away', () => {
  fc.assert(
    fc.property(facts, fc.constantFrom('advice', 'trauma', 'cancerHistory', 'treated', 'mimic', 'newOrProgressed'), (base, name) => {
      if (needsReferral(base, policy).outcome !== 'urgent-to-referrer') return;
      assert.equal(needsReferral({ ...base, reading: { ...base.reading, [name]: true } }, policy).outcome, 'urgent-to-referrer');
    }),
    { numRuns: 2000 },
  );
});

test('the model alone never refers', () => {
  fc.assert(
    fc.property(facts, fc.boolean(), (base, alerts) => {
      const quiet = { ...base, answers: [], reading: { ...base.reading, fracture: 'silent' as const, statements: [], levels: [] } };
      const { outcome, confirmedBy } = needsReferral(quiet, { ...policy, alertsFromModelAlone: alerts });
      assert.equal(confirmedBy, null);
      assert.ok(!['refer', 'link-to-referral', 'fracture-on-treatment', 'specialist-advice'].includes(outcome), outcome);
    }),
    { numRuns: 2000 },
  );
});

test('"cannot say" with a quiet report is never nothing, unless a person or the patient’s state ends it', () => {
  fc.assert(
    fc.property(facts, unsayable, (base, finding) => {
      const quiet = {
        ...base,
        finding,
        answers: [],
        reading: { ...base.reading, fracture: 'silent' as const, ambiguousOnly: false, statements: [], levels: [] },
      };
      const { outcome, rule } = needsReferral(quiet, policy);
      assert.ok(outcome === 'exception' || ['R01', 'R02'].includes(rule), `${rule} ${outcome}`);
    }),
    { numRuns: 1000 },
  );
});

test('the same facts give the same decision, each with a reason of its own rule, and no second referral beside an open one', () => {
  fc.assert(
    fc.property(facts, (base) => {
      const decision = needsReferral(base, policy);
      assert.deepEqual(needsReferral(structuredClone(base), policy), decision);
      assert.equal(decision.because[0]?.rule, decision.rule);
      if (base.history?.openReferral.known && base.history.openReferral.value !== null) assert.notEqual(decision.outcome, 'refer');
      if (decision.outcome === 'refer') assert.notEqual(decision.confirmedBy, null);
    }),
    { numRuns: 2000 },
  );
});
