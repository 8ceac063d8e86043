/** From measured bodies to a finding: gate, reasons, mimics, density. Bodies are drawn, so that the truth is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeasuredBody, ModelOutput } from '#src/case/model-output.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import { LANDMARK_NAMES, type Level } from '#src/case/vertebra.ts';
import { chooseDensity, isSharpKernel } from '#src/rules/choose-density.ts';
import { gradeStudy, type StudyContext } from '#src/rules/grade-study.ts';
import { normalAnteriorRatio } from '#src/rules/normal-shape.ts';
import { NORMAL_POSTERIOR_MM } from '#src/rules/thresholds.ts';

const LEVEL_LIST: readonly Level[] = ['T9', 'T10', 'T11', 'T12', 'L1', 'L2', 'L3', 'L4'];

interface Drawing {
  readonly front?: number;
  readonly roofPit?: number;
  readonly floorBack?: number;
  readonly wedgeRatio?: number;
  readonly body?: Partial<MeasuredBody>;
}

/** A body as the tables say (front cut by a share), standing 32 mm below the one above. */
function drawn(level: Level, index: number, drawing: Drawing = {}): MeasuredBody {
  const posterior = NORMAL_POSTERIOR_MM[level];
  const anterior = posterior * (drawing.wedgeRatio ?? normalAnteriorRatio(level, 'female')) * (1 - (drawing.front ?? 0));
  const centreRow = 30 + 36 * index;
  const landmarks = LANDMARK_NAMES.map((name, i) => {
    const share = (i % 5) / 4;
    const roof = i < 5;
    const half = (anterior + share * (posterior - anterior)) / 2;
    const hollow = 4 * share * (1 - share) * (roof ? 0.7 : 1.5);
    const pit = name === 'MS' ? (drawing.roofPit ?? 0) : name === 'I3' ? (drawing.floorBack ?? 0) : 0;
    const y = centreRow + (roof ? -half + hollow + pit : half - hollow - pit);
    const x = 48 + 31 * share;
    return { name, picture: [x, y] as const, lps: [0, x, -y] as const, sigma: 0.6 };
  });
  return {
    level,
    levelProbability: 0.97,
    levelText: level,
    complete: 0.98,
    quality: 0.9,
    tiltRad: 0,
    landmarks,
    centrePicture: [63.5, centreRow],
    centreLps: [0, 63.5, -centreRow],
    trabecular: { hu: 110, sdHu: 20, areaMm2: 250 },
    denseShare: 0,
    ...drawing.body,
  };
}

const spine = (changes: Partial<Record<Level, Drawing>> = {}): ModelOutput => ({
  bodies: LEVEL_LIST.map((level, i) => drawn(level, i, changes[level])),
  picture: { columns: 128, rows: 330, values: new Float32Array(0), mmPerPixel: 1 },
  notes: [],
});
const CHOICE = { modality: 'CT', kernel: ['B30f'], kvp: 120, contrast: false } as unknown as SeriesChoice;
const CONTEXT: StudyContext = {
  sex: 'female',
  choice: CHOICE,
  studyInstanceUid: '1.2.3',
  studyDate: '2026-01-02',
  models: [],
  executionProvider: 'cpu',
  sliceSpacingMm: 1,
};
const graded = (output: ModelOutput, context: Partial<StudyContext> = {}) => {
  const finding = gradeStudy(output, { ...CONTEXT, ...context });
  assert.equal(finding.state, 'measured');
  return finding as Extract<typeof finding, { state: 'measured' }>;
};

test('a healthy spine: every level assessed, grade 0, density of L1', () => {
  const finding = graded(spine());
  assert.deepEqual(finding.levelsAssessed, LEVEL_LIST);
  assert.equal(finding.worstGrade, 0);
  assert.deepEqual(finding.density, { level: 'L1', hu: 110, sdHu: 20, areaMm2: 250, kvp: 120, contrast: false });
});

test('a wedge fracture of T12 is grade 2, and the density is no longer hidden by it', () => {
  const finding = graded(spine({ T12: { front: 0.34 } }));
  const t12 = finding.vertebrae.find((vertebra) => vertebra.level === 'T12')!;
  assert.deepEqual([t12.state, t12.grade, t12.shape], ['graded', 2, 'wedge']);
  assert.ok(Math.abs(t12.loss!.percent - 34) < 3);
  assert.ok(t12.probability![1] > 0.8);
  assert.equal(finding.worstGrade, 2);
  assert.equal(finding.density?.level, 'L1');
});

test('a fractured L1 gives its density to T12', () => {
  assert.equal(graded(spine({ L1: { front: 0.34 } })).density?.level, 'T12');
});

test('fewer than four evaluable vertebrae: cannot say, with the reasons, and never "none"', () => {
  const cut = { body: { complete: 0.1 } };
  const finding = gradeStudy(spine({ T9: cut, T10: cut, T11: cut, T12: cut, L1: cut }), CONTEXT);
  assert.equal(finding.state, 'cannot-say');
  assert.equal(finding.state === 'cannot-say' && finding.reason, 'too-few-vertebrae');
  assert.match((finding as { detail: string }).detail, /3 of 8 .*cut-by-field-of-view/);
  assert.equal(gradeStudy({ ...spine(), bodies: [] }, CONTEXT).state, 'cannot-say');
  assert.equal(gradeStudy(spine({ T9: cut, T10: cut, T11: cut, T12: cut, L1: cut }), { ...CONTEXT, minVertebrae: 3 }).state, 'measured');
});

test('each reason for not evaluable', () => {
  const outside = drawn('T11', 2).landmarks.map((landmark) => ({ ...landmark, picture: [landmark.picture[0], landmark.picture[1] - 200] as const }));
  const cases: readonly [Partial<MeasuredBody>, string][] = [
    [{ complete: 0.2 }, 'cut-by-field-of-view'],
    [{ landmarks: outside }, 'cut-by-field-of-view'],
    [{ denseShare: 0.4 }, 'metal-or-cement'],
    [{ quality: 0.05 }, 'low-picture-quality'],
    [{ landmarks: drawn('T11', 2).landmarks.map((landmark) => ({ ...landmark, sigma: 3 })) }, 'landmarks-uncertain'],
    [{ landmarks: drawn('T11', 2, { front: 0.95 }).landmarks }, 'implausible-shape'],
    [{ landmarks: [] }, 'no-model-output'],
    [{ levelProbability: 0.05 }, 'level-uncertain'],
  ];
  for (const [body, reason] of cases) {
    const vertebra = graded(spine({ T11: { body } })).vertebrae.find((each) => each.level === 'T11')!;
    assert.deepEqual([vertebra.state, vertebra.reason, vertebra.grade, vertebra.loss], ['not_evaluable', reason, null, null]);
  }
  assert.equal(gradeStudy(spine(), { ...CONTEXT, sliceSpacingMm: 7 }).state, 'cannot-say');
});

test('a Schmorl node is flagged and is not a fracture', () => {
  const finding = graded(spine({ L2: { roofPit: 5 } }));
  const l2 = finding.vertebrae.find((vertebra) => vertebra.level === 'L2')!;
  assert.deepEqual([l2.grade, l2.flags], [0, ['schmorl-node']]);
});

test('a cupid’s bow of L4 is flagged', () => {
  const l4 = graded(spine({ L4: { floorBack: 4 } })).vertebrae.find((vertebra) => vertebra.level === 'L4')!;
  assert.ok(l4.flags.includes('cupids-bow'));
  assert.equal(l4.grade, 0);
});

test('three adjacent wedges of 5 degrees carry the Scheuermann flag; two do not', () => {
  const wedge = { wedgeRatio: 0.78 };
  const three = graded(spine({ T9: wedge, T10: wedge, T11: wedge, T12: { wedgeRatio: 0.95 } }));
  assert.deepEqual(
    three.vertebrae.map((vertebra) => vertebra.flags.includes('scheuermann-pattern')),
    [true, true, true, false, false, false, false, false],
  );
  const two = graded(spine({ T9: wedge, T10: wedge, T11: { wedgeRatio: 0.97 }, T12: { wedgeRatio: 0.97 } }));
  assert.ok(two.vertebrae.every((vertebra) => !vertebra.flags.includes('scheuermann-pattern')));
});

test('wide landmark errors make a grade indeterminate, not graded', () => {
  const landmarks = drawn('T12', 3, { front: 0.3 }).landmarks.map((landmark) => ({ ...landmark, sigma: 1.9 }));
  const finding = graded(spine({ T12: { body: { landmarks } } }));
  assert.equal(finding.vertebrae.find((vertebra) => vertebra.level === 'T12')!.state, 'indeterminate');
  assert.equal(finding.worstGrade, 0, 'only what is graded counts');
});

test('pictures without millimetres give ratios and pixels; magnified ones say so', () => {
  const flat = (mmPerPixel: number | null): ModelOutput => {
    const output = spine({ T12: { front: 0.34 } });
    return {
      ...output,
      picture: { ...output.picture, mmPerPixel },
      bodies: output.bodies.map((body) => ({
        ...body,
        trabecular: null,
        denseShare: null,
        centreLps: null,
        landmarks: body.landmarks.map((l) => ({ ...l, lps: null })),
      })),
    };
  };
  const xray = { choice: { ...CHOICE, modality: 'DX', kvp: null }, sliceSpacingMm: null };
  const t12 = (mm: number | null) => graded(flat(mm), xray).vertebrae.find((vertebra) => vertebra.level === 'T12')!;
  assert.equal(t12(null).heights!.unit, 'px');
  assert.equal(t12(1.15).heights!.unit, 'magnified mm');
  assert.ok(Math.abs(t12(1.15).heights!.posterior - 1.15 * NORMAL_POSTERIOR_MM.T12) < 1e-6);
  assert.equal(t12(null).grade, 2);
  assert.equal(graded(flat(null), xray).density, null);
});

test('one name is given to one body only', () => {
  const output = spine();
  const twin = { ...output.bodies[4]!, level: 'L2' as const, levelProbability: 0.5 };
  const finding = graded({ ...output, bodies: output.bodies.map((body, i) => (i === 4 ? twin : body)) });
  assert.equal(finding.vertebrae.filter((vertebra) => vertebra.level === 'L2').length, 1);
});

test('no density from sharp kernels, odd tube voltages, uneven or uncertain bone', () => {
  for (const kernel of ['B70f', 'Bl64', 'LUNG', 'BONEPLUS', 'FC52', 'D', 'YC', 'Hr68']) assert.ok(isSharpKernel([kernel]), kernel);
  for (const kernel of ['B30f', 'Br40', 'STANDARD', 'SOFT', 'FC08', 'B', 'I30f', 'Qr36']) assert.ok(!isSharpKernel([kernel]), kernel);
  assert.equal(graded(spine(), { choice: { ...CHOICE, kernel: ['B70f'] } }).density, null);
  assert.equal(graded(spine(), { choice: { ...CHOICE, kvp: 150 } }).density, null);
  const uneven = { body: { trabecular: { hu: 110, sdHu: 90, areaMm2: 250 } } };
  assert.equal(graded(spine({ L1: uneven, T12: uneven, L2: uneven })).density, null);
  assert.deepEqual(chooseDensity([], { modality: 'MR', kvp: null, kernel: [], contrast: false }), { density: null, note: null });
});
