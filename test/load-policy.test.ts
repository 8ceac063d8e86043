/** The policy file: the default is sound, and a bad one stops the start with every fault at once. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DEFAULT_POLICY_FILE, loadPolicy } from '#src/load-policy.ts';
import { THRESHOLD_NAMES } from '#src/rules/policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstop-policy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// oxlint-disable-next-line typescript/no-explicit-any -- the file is spoilt on purpose
function spoilt(spoil: (policy: any) => void): string {
  const policy = JSON.parse(readFileSync(DEFAULT_POLICY_FILE, 'utf8'));
  spoil(policy);
  const file = join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify(policy));
  return file;
}

test('the default: every threshold has a unit and a source, nothing is signed off, the model alone alerts nobody', () => {
  const policy = loadPolicy();
  assert.deepEqual(Object.keys(policy.thresholds).toSorted(), [...THRESHOLD_NAMES].toSorted());
  for (const name of THRESHOLD_NAMES) assert.ok(policy.thresholds[name].unit !== '' && policy.thresholds[name].source !== '', name);
  assert.deepEqual([policy.signedOff.by, policy.alertsFromModelAlone, policy.suggestLowDensity], [null, false, false]);
});

for (const [what, spoil, fault] of [
  ['a missing threshold', (p) => delete p.thresholds.reviewGrade, /thresholds\.reviewGrade/],
  ['a misspelt switch', (p) => (p.alertFromModelAlone = true), /alertFromModelAlone/],
  ['a threshold without a source', (p) => (p.thresholds.reviewGrade.source = ''), /thresholds\.reviewGrade\.source/],
  ['a negative number', (p) => (p.thresholds.dueDaysRoutine.value = -1), /dueDaysRoutine/],
  ['urgent from an age below eligibility', (p) => (p.thresholds.veryHighRiskAgeYears.value = 49), /lies below referralAgeYears/],
  ['eligible before scope', (p) => (p.thresholds.referralAgeYears.value = 17), /lies below minimumAgeYears/],
  ['a grade of 0', (p) => (p.thresholds.reviewGrade.value = 0), /no Genant grade/],
  ['signed by nobody', (p) => (p.signedOff.on = '2026-11-01'), /both a person and a day/],
] as const satisfies readonly (readonly [string, (policy: ReturnType<typeof JSON.parse>) => void, RegExp])[]) {
  test(`refused: ${what}`, () => assert.throws(() => loadPolicy(spoilt(spoil)), fault));
}

test('all faults at once', () => {
  const file = spoilt((p) => {
    delete p.version;
    p.thresholds.reviewGrade.unit = 5;
  });
  assert.throws(
    () => loadPolicy(file),
    (error: Error) => /version/.test(error.message) && /reviewGrade\.unit/.test(error.message),
  );
});
