/** The evaluation's figures on tables small enough to work out by hand, and the comparison of a shadow model. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StudyFinding } from '#src/case/finding.ts';
import type { Grade, Level, Vertebra } from '#src/case/vertebra.ts';
import { compareFindings } from '#src/measure/compare-findings.ts';
import {
  calibrationOf,
  gradeTable,
  lossAgreement,
  proportion,
  quadraticKappa,
  riskCoverage,
  rocOf,
  type ScoredVertebra,
} from '#src/measure/score-evaluation.ts';
import { frocOf, scoresOf, subgroupScores } from '#src/measure/score-patients.ts';

const row = (patient: string, truthGrade: Grade, grade: Grade | null | 'missed', more: Partial<ScoredVertebra> = {}): ScoredVertebra => ({
  patient,
  truthLevel: 'T12',
  truthGrade,
  truthLoss: truthGrade * 12,
  measured:
    grade === 'missed'
      ? null
      : {
          level: 'T12',
          grade,
          loss: grade === null ? null : grade * 12 + 1,
          probability: grade === null ? null : [0.02, 0.2, 0.8, 0.99][grade]!,
          sd: 5,
        },
  groups: { sex: patient < 'c' ? 'female' : 'male' },
  ...more,
});

const ROWS = [
  row('a', 3, 3),
  row('a', 0, 0),
  row('b', 2, 1),
  row('b', 0, 0),
  row('c', 0, 2),
  row('c', 0, null),
  row('d', 0, 0),
  row('d', 0, 'missed'),
];

test('Wilson’s interval: 8 of 10, none of 5, nothing of nothing', () => {
  const { rate, ci } = proportion(8, 10);
  assert.equal(rate, 0.8);
  assert.ok(Math.abs(ci![0] - 0.4902) < 1e-4 && Math.abs(ci![1] - 0.9433) < 1e-4);
  assert.equal(proportion(0, 5).ci![0], 0);
  assert.deepEqual(proportion(0, 0), { count: 0, of: 0, rate: null, ci: null });
});

test('rates by vertebra and by patient; missed and not evaluable count as not called', () => {
  const scores = scoresOf(ROWS);
  assert.deepEqual([scores.vertebraSensitivity.count, scores.vertebraSensitivity.of], [1, 2]);
  assert.deepEqual([scores.vertebraSpecificity.count, scores.vertebraSpecificity.of], [5, 6]);
  assert.deepEqual([scores.patientSensitivity.count, scores.patientSensitivity.of], [1, 2]);
  assert.deepEqual([scores.patientSpecificity.count, scores.patientSpecificity.of], [1, 2]);
  assert.deepEqual([scores.found.count, scores.found.of, scores.notEvaluable.count, scores.levelRate.count], [7, 8, 1, 7]);
});

test('ROC: perfect is 1, coin is 0.5, ties count half', () => {
  assert.equal(
    rocOf([
      { score: 0.9, positive: true },
      { score: 0.1, positive: false },
    ]).auc,
    1,
  );
  assert.equal(
    rocOf([
      { score: 0.5, positive: true },
      { score: 0.5, positive: false },
    ]).auc,
    0.5,
  );
  const { points, auc } = rocOf([0.9, 0.8, 0.4].map((score, i) => ({ score, positive: i !== 1 })));
  assert.equal(auc, 0.5);
  assert.deepEqual(
    points.map((point) => [point.falsePositiveRate, point.sensitivity]),
    [
      [0, 0],
      [0, 0.5],
      [1, 0.5],
      [1, 1],
    ],
  );
  assert.equal(rocOf([{ score: 1, positive: true }]).auc, null);
});

test('quadratic kappa: identity 1, Cohen’s worked form by hand, nothing to agree on is null', () => {
  assert.equal(
    quadraticKappa([
      [5, 0],
      [0, 5],
    ]),
    1,
  );
  assert.equal(
    quadraticKappa([
      [0, 5],
      [5, 0],
    ]),
    -1,
  );
  assert.equal(
    quadraticKappa([
      [25, 25],
      [25, 25],
    ]),
    0,
  );
  assert.equal(
    quadraticKappa([
      [5, 0],
      [0, 0],
    ]),
    null,
  );
  assert.deepEqual(gradeTable(ROWS), [
    [3, 0, 1, 0],
    [0, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 0, 1],
  ]);
});

test('agreement, calibration, risk against coverage, FROC', () => {
  const agreement = lossAgreement([row('a', 1, 1), row('a', 2, 2), row('a', 3, 3)])!;
  assert.ok(Math.abs(agreement.bias - 1) < 1e-9 && agreement.limits < 1e-9);
  const { bins, brier } = calibrationOf([row('a', 2, 2), row('a', 2, 2), row('a', 0, 2), row('b', 0, 0)]);
  assert.deepEqual(
    bins.map((bin) => [bin.came.count, bin.came.of]),
    [
      [0, 1],
      [2, 3],
    ],
  );
  assert.ok(Math.abs(brier! - (2 * 0.04 + 0.64 + 0.0004) / 4) < 1e-9);
  const sure = { ...row('a', 0, 0), measured: { ...row('a', 0, 0).measured!, sd: 2 } };
  assert.deepEqual(riskCoverage([row('b', 2, 0), sure]), [
    { coverage: 0.5, risk: 0 },
    { coverage: 1, risk: 0.5 },
  ]);
  assert.deepEqual(frocOf(ROWS)[0], { threshold: 0.99, sensitivity: 0.5, falsePerScan: 0 });
  assert.deepEqual(frocOf(ROWS)[1], { threshold: 0.8, sensitivity: 0.5, falsePerScan: 0.25 });
  assert.deepEqual(
    subgroupScores(ROWS).map(({ value, scores }) => [value, scores.vertebraSensitivity.of]),
    [
      ['female', 2],
      ['male', 0],
    ],
  );
});

test('a shadow model beside the live one: agreement, and what only one of them marks', () => {
  const vertebra = (level: Level, grade: Grade, percent: number) => ({ level, grade, state: 'graded', loss: { percent } }) as unknown as Vertebra;
  const finding = (vertebrae: Vertebra[], id: string) =>
    ({ state: 'measured', vertebrae, models: [{ id, version: '1' }] }) as unknown as StudyFinding;
  const live = finding([vertebra('T11', 0, 3), vertebra('T12', 2, 30), vertebra('L1', 0, 5)], 'old');
  const shadow = finding([vertebra('T11', 2, 26), vertebra('T12', 2, 33), vertebra('L2', 0, 1)], 'new');
  const result = compareFindings(live, shadow);
  assert.deepEqual([result.liveModels, result.shadowModels], [['old 1'], ['new 1']]);
  assert.deepEqual([result.agree, result.liveOnly, result.shadowOnly], [1, [], ['T11']]);
  assert.deepEqual(
    result.levels.map((each) => [each.level, each.lossDifference]),
    [
      ['T11', 23],
      ['T12', 3],
      ['L1', null],
      ['L2', null],
    ],
  );
});
