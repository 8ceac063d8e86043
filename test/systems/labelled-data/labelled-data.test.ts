/** Labelled data: label files, NIfTI and MetaImage by files written here, both layouts, and an evaluation from end to end with a toy model. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import type { MeasuredBody } from '#src/case/model-output.ts';
import { LANDMARK_NAMES, type Level } from '#src/case/vertebra.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { applyAffine } from '#src/measure/affine.ts';
import { evaluationFigures, evaluationLines } from '#src/measure/evaluation-figures.ts';
import type { FractureModel } from '#src/ports.ts';
import { evaluateModel } from '#src/steps/evaluate-model.ts';
import { evaluationReport } from '#src/systems/labelled-data/evaluation-report.ts';
import { parseLabels } from '#src/systems/labelled-data/labels-csv.ts';
import { openLabelledData } from '#src/systems/labelled-data/open-labelled-data.ts';
import { parseMha } from '#src/systems/labelled-data/read-mha.ts';
import { parseNifti } from '#src/systems/labelled-data/read-nifti.ts';

/** A NIfTI of int16 with an sform of 2 mm voxels, RAS. */
function nifti(size: readonly [number, number, number], at: (i: number, j: number, k: number) => number): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  header.writeInt16LE(3, 40);
  size.forEach((n, axis) => header.writeInt16LE(n, 42 + 2 * axis));
  header.writeInt16LE(4, 70);
  [1, 2, 2, 2].forEach((mm, n) => header.writeFloatLE(mm, 76 + 4 * n));
  header.writeFloatLE(352, 108);
  header.writeInt16LE(1, 254);
  [2, 0, 0, -10, 0, 2, 0, -20, 0, 0, 2, 30].forEach((value, n) => header.writeFloatLE(value, 280 + 4 * n));
  const data = Buffer.alloc(2 * size[0] * size[1] * size[2]);
  let n = 0;
  for (let k = 0; k < size[2]; k++) for (let j = 0; j < size[1]; j++) for (let i = 0; i < size[0]; i++) data.writeInt16LE(at(i, j, k), 2 * n++);
  return Buffer.concat([header, data]);
}

test('NIfTI: values, scaling and the turn from RAS to LPS; damaged files are refused', () => {
  const bytes = nifti([3, 4, 5], (i, j, k) => 100 * k + 10 * j + i);
  const volume = parseNifti(bytes, 'CT');
  assert.equal(volume.values[(4 * 4 + 3) * 3 + 2], 432);
  assert.deepEqual(applyAffine(volume.affine, 1, 1, 1), [8, 18, 32]);
  for (const damaged of [bytes.subarray(0, 360), bytes.subarray(0, 10), Buffer.alloc(400)]) assert.throws(() => parseNifti(damaged, 'CT'), GiveUp);
});

test('MetaImage: plain and compressed, directions and offset', () => {
  const header = (more: string) =>
    `ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_SHORT\nElementSpacing = 1 2 3\nTransformMatrix = 0 1 0 0 0 -1 1 0 0\nOffset = 5 6 7\n${more}ElementDataFile = LOCAL\n`;
  const data = Buffer.from(Int16Array.of(0, 1, 2, 3, 4, 5, 6, 7).buffer);
  for (const file of [
    Buffer.concat([Buffer.from(header('')), data]),
    Buffer.concat([Buffer.from(header('CompressedData = True\n')), deflateSync(data)]),
  ]) {
    const volume = parseMha(file, 'MR');
    assert.equal(volume.values[5], 5);
    assert.deepEqual(
      applyAffine(volume.affine, 1, 1, 1).map((value) => value + 0),
      [8, 7, 5],
    );
  }
  assert.throws(() => parseMha(Buffer.from('nothing'), 'MR'), GiveUp);
});

test('label files: quotes, optional columns, every fault with its line', () => {
  const good = parseLabels('scan,level,grade,sex,age,scanner\ns1,t12,2,F,71,"Acme, big"\ns1,L1,,F,71,"Acme, big"\n');
  assert.ok(good.ok);
  assert.deepEqual(
    good.rows.map((row) => [row.level, row.grade, row.sex]),
    [
      ['T12', 2, 'female'],
      ['L1', null, 'female'],
    ],
  );
  assert.deepEqual(good.rows[0]!.groups, { sex: 'F', scanner: 'Acme, big', age: '65-79' });
  const bad = parseLabels('scan,level,grade\ns1,C7,2\n,L1,4\n');
  assert.deepEqual(bad, { ok: false, problems: ['line 2: level "C7" is not T1 to L5', 'line 3: grade "4" is not 0 to 3', 'line 3: no scan'] });
  assert.equal(parseLabels('level\n').ok, false);
});

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backstop-labels-'));
  await mkdir(join(folder, 'raw'));
  // Label map: voxel planes k 2-5 are L1 (20), 8-11 T12 (19), 14-17 T11 (18), 20-23 T10 (17).
  const level = (k: number): number => (k % 6 >= 2 ? 20 - Math.floor(k / 6) : 0);
  await writeFile(join(folder, 'raw', 'sub-1_ct.nii.gz'), gzipSync(nifti([10, 10, 24], () => 100)));
  await writeFile(join(folder, 'raw', 'sub-1_seg-vert_msk.nii.gz'), gzipSync(nifti([10, 10, 24], (_i, _j, k) => level(k))));
  await writeFile(join(folder, 'labels.csv'), 'scan,level,grade,sex\nsub-1,L1,0,M\nsub-1,T12,2,M\nsub-1,T11,0,M\nsub-1,T10,0,M\n');
});
after(() => rm(folder, { recursive: true }));

/** A toy that sees bodies at fixed places: T12 wedged by 40 %, T10 missed, one body outside every label. */
function toyModel(): FractureModel {
  const body = (name: Level, k: number, front: number): MeasuredBody => {
    const [x, y, z] = [0, 10, 30 + 2 * k];
    const landmarks = LANDMARK_NAMES.map((point, i) => {
      const share = (i % 5) / 4;
      const half = (24 * (front + share * (1 - front))) / 2;
      return {
        name: point,
        picture: [40 + 30 * share, 200 - 3 * k + (i < 5 ? -half : half)] as const,
        lps: [x, y - 15 + 30 * share, z + (i < 5 ? half : -half)] as const,
        sigma: 0.5,
      };
    });
    const rest = {
      levelText: name,
      complete: 1,
      quality: 0.9,
      tiltRad: 0,
      trabecular: null,
      denseShare: 0,
      centrePicture: [55, 200 - 3 * k] as const,
    };
    return { level: name, levelProbability: 0.9, landmarks, centreLps: [x, y, z], ...rest };
  };
  const bodies = [body('T9', 45, 0.93), body('T11', 15.5, 0.9), body('T12', 9.5, 0.5), body('L1', 3.5, 0.93)];
  return {
    identities: () => [{ id: 'toy', version: '1', sha256: 'f'.repeat(64), manifestSha256: '', clinicalData: false }],
    executionProvider: () => 'cpu',
    measure: async () => ({ bodies, picture: { columns: 128, rows: 300, values: new Float32Array(0), mmPerPixel: 1 }, notes: [] }),
  };
}

test('VerSe layout, end to end: found by the label at the measured centre, misses and strays counted, one page written', async () => {
  const scans = openLabelledData({ folder, labelsFile: join(folder, 'labels.csv'), layout: 'verse' });
  const model = toyModel();
  const result = await evaluateModel({ scans, model }, new AbortController().signal);
  assert.deepEqual(
    result.rows.map((row) => [row.truthLevel, row.measured?.grade ?? 'missed']),
    [
      ['L1', 0],
      ['T12', 3],
      ['T11', 0],
      ['T10', 'missed'],
    ],
  );
  assert.deepEqual([result.scores.found.count, result.scores.found.of, result.invented], [3, 4, 1]);
  assert.equal(result.scores.vertebraSensitivity.rate, 1);
  const figures = evaluationFigures(result);
  assert.deepEqual([figures.auc, figures.gradeTable[0]?.[0], figures.subgroups.length > 0, figures.landmarkMm], [1, 2, true, null]);
  const told = evaluationLines(figures);
  for (const words of ['sensitivity, grade 2-3', '1 of 1', 'kappa', 'no labelled points', 'sex M: specificity'])
    assert.ok(told.includes(words), words);
  const page = evaluationReport({ ...result, models: model.identities() });
  for (const words of ['toy 1', '3 of 4', 'sex: M', 'slice: 1.5-3 mm', '<svg', 'labelled 2']) assert.ok(page.includes(words), words);
});

test('a model that fails on a scan leaves its vertebrae missed, with the reason', async () => {
  const scans = openLabelledData({ folder, labelsFile: join(folder, 'labels.csv'), layout: 'verse' });
  const model = { ...toyModel(), measure: () => Promise.reject(new GiveUp('no answer', { code: 'MODEL_TIMEOUT', phase: 'compute' })) };
  const result = await evaluateModel({ scans, model }, new AbortController().signal);
  assert.deepEqual([result.scores.found.count, result.failed], [0, [{ scan: 'sub-1', because: 'no answer' }]]);
});

test('six points: raw loss and landmark distance against the labels', async () => {
  const names = ['AS', 'MS', 'PS', 'AI', 'MI', 'PI'];
  const columns = names.flatMap((name) => ['x', 'y', 'z'].map((axis) => `${name}_${axis}`));
  const body = toyModel().measure;
  const output = await body({} as never, new AbortController().signal);
  const t12 = output.bodies.find((each) => each.level === 'T12')!;
  const values = names.flatMap((name) =>
    t12.landmarks.find((landmark) => landmark.name === name)!.lps!.map((value, axis) => (axis === 0 ? value + 1 : value)),
  );
  await writeFile(join(folder, 'points.csv'), `scan,level,grade,${columns.join(',')}\nsub-1,T12,3,${values.join(',')}\n`);
  const scans = openLabelledData({ folder, labelsFile: join(folder, 'points.csv'), layout: 'points' });
  const result = await evaluateModel({ scans, model: toyModel() }, new AbortController().signal);
  assert.ok(result.landmarkMm.length === 6 && result.landmarkMm.every((mm) => Math.abs(mm - 1) < 1e-6));
  assert.ok(Math.abs(result.rows[0]!.truthLoss! - result.rows[0]!.measured!.loss!) < 0.5);
});

test('a modality column decides what the picture is, and an unknown one is a fault', async () => {
  await writeFile(join(folder, 'mr.csv'), 'scan,level,modality\nsub-1,T12,mr\n');
  const first = await openLabelledData({ folder, labelsFile: join(folder, 'mr.csv'), layout: 'points' }).next();
  assert.equal(first.value?.images.kind === 'volume' && first.value.images.volume.modality, 'MR');
  assert.equal(parseLabels('scan,level,modality\ns,L1,PET\n').ok, false);
});

test('what is not there is told', async () => {
  await writeFile(join(folder, 'other.csv'), 'scan,level\nsub-9,L1\n');
  const scans = openLabelledData({ folder, labelsFile: join(folder, 'other.csv'), layout: 'verse' });
  await assert.rejects(scans.next(), (error) => error instanceof GiveUp && /no image was found for scan sub-9/.test(error.message));
});
