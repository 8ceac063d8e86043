/** Who goes into a curated set: roles by the words, controls that match, splits by patient. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readReport } from '#src/reading/read-report.ts';
import { curationRole } from '#src/rules/curation-role.ts';
import { type Candidate, controlsToLookAt, matchControls, splitByPatient } from '#src/rules/match-controls.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const roleOf = (text: string, changes = {}) => {
  const report = makeReport({ text, ...changes });
  return curationRole(report, readReport(text));
};

const ROLES: readonly (readonly [text: string, role: string])[] = [
  ['FINDINGS: Moderate vertebral fracture of T8.', 'case'],
  ['FINDINGS: No vertebral fracture.', 'control'],
  ['FINDINGS: Clear lungs.', 'control'],
  ['FINDINGS: Wedging of T8.', 'ambiguous-words'],
  ['FINDINGS: Possible vertebral fracture of T8.', 'uncertain-words'],
  ['FINDINGS: Vertebral fracture of T8. Multiple bone metastases.', 'red-flag'],
  ['FINDINGS: Vertebral fracture.', 'no-level-in-T1-L5'],
];
for (const [text, expected] of ROLES) {
  test(`${expected}: ${text}`, () => {
    const role = roleOf(text);
    assert.equal(role.role === 'excluded' ? role.because : role.role, expected);
  });
}

test('the label holds levels and grades, and no word of the report', () => {
  const role = roleOf(
    'FINDINGS: Severe vertebral fracture of T8 and mild compression fracture of L1. Suggest referral to the fracture liaison service.',
  );
  assert.deepEqual(role.role === 'case' && role.label, { fracture: 'stated', levels: ['T8', 'L1'], grades: { T8: 3, L1: 1 }, advice: true });
});

test('unsigned reports, children and people of unknown age or sex stay out', () => {
  const patient = makeReport().patient;
  const text = 'FINDINGS: Vertebral fracture of T8.';
  const cases = [
    [{ status: 'preliminary' }, 'not-signed'],
    [{ patient: { ...patient, birthDate: '2010-01-01' } }, 'under-18'],
    [{ patient: { ...patient, birthDate: null } }, 'age-not-known'],
    [{ patient: { ...patient, sex: 'unknown' } }, 'sex-not-known'],
    [{ accession: null }, 'no-examination-named'],
    [{ text: '' }, 'no-report-text'],
    [{ text: 'See attached PDF.' }, 'no-report-text'],
  ] as const;
  for (const [changes, because] of cases) assert.deepEqual(roleOf(text, changes), { role: 'excluded', because });
});

const candidates = (kind: string) =>
  fc
    .array(
      fc.record({
        patient: fc.integer({ min: 0, max: 30 }).map((n) => `P${n}`),
        ageYears: fc.integer({ min: 18, max: 95 }),
        sex: fc.constantFrom('female', 'male'),
        modality: fc.constantFrom('CT', 'CR'),
        scanner: fc.constantFrom('A', 'B'),
        draw: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 25 },
    )
    .map((list) => list.map((one, index): Candidate => ({ ...one, study: `${kind}${index}` })));

test('every control fits its case, is used once, and is no patient among the cases', () => {
  fc.assert(
    fc.property(candidates('case'), candidates('control'), fc.integer({ min: 1, max: 3 }), (cases, controls, controlsPerCase) => {
      const settings = { controlsPerCase, ageWithinYears: 5 };
      const matched = matchControls(cases, controls, settings);
      const used = matched.flatMap((one) => one.controls);
      assert.equal(matched.length, cases.length);
      assert.equal(new Set(used.map((one) => one.study)).size, used.length);
      assert.equal(new Set(used.map((one) => one.patient)).size, used.length, 'a patient is a control once');
      for (const one of matched) {
        assert.ok(one.controls.length <= controlsPerCase);
        for (const control of one.controls) {
          assert.deepEqual([control.sex, control.modality, control.scanner], [one.case.sex, one.case.modality, one.case.scanner]);
          assert.ok(Math.abs(control.ageYears - one.case.ageYears) <= 5);
          assert.equal(
            cases.some((each) => each.patient === control.patient),
            false,
          );
        }
      }
      const splits = splitByPatient(matched, { train: 0.7, tune: 0.15 });
      for (const one of matched) for (const control of one.controls) assert.equal(splits.get(control.patient), splits.get(one.case.patient));
    }),
    { numRuns: 60 },
  );
});

test('the order in which reports came changes nothing', () => {
  const make = (n: number, kind: string): Candidate => ({
    study: `${kind}${n}`,
    patient: `${kind}P${n}`,
    ageYears: 60 + (n % 7),
    sex: 'female',
    modality: 'CT',
    scanner: 'A',
    draw: ((n * 37) % 100) / 100,
  });
  const cases = Array.from({ length: 6 }, (_, n) => make(n, 'case'));
  const controls = Array.from({ length: 20 }, (_, n) => make(n, 'control'));
  const settings = { controlsPerCase: 2, ageWithinYears: 3 };
  assert.deepEqual(matchControls(cases.toReversed(), controls.toReversed(), settings), matchControls(cases, controls, settings));
  assert.equal(controlsToLookAt(cases, controls, { ...settings, controlsPerCase: 1 }, 3).length, 18);
});

test('splits hold the asked shares of the cases', () => {
  const matched = Array.from({ length: 100 }, (_, n) => ({
    case: { study: `s${n}`, patient: `p${n}`, ageYears: 70, sex: 'female', modality: 'CT', scanner: '', draw: n / 100 },
    controls: [],
  }));
  const splits = [...splitByPatient(matched, { train: 0.7, tune: 0.15 }).values()];
  assert.deepEqual(
    ['train', 'tune', 'test'].map((name) => splits.filter((one) => one === name).length),
    [70, 15, 15],
  );
});
