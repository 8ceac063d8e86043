/**
 * A model that passes every check at the door and misbehaves on one study: NaN, no end, all the memory. The study is "not evaluable" with the
 * reason, the case goes to a person, and the same worker measures the next study.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { CannotSay, StudyFinding } from '#src/case/finding.ts';
import { dicomUid } from '#src/case/ids.ts';
import type { SeriesChoice, StudySummary } from '#src/case/study.ts';
import type { Slice } from '#src/case/volume.ts';
import { makeLog } from '#src/lib/log.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import { findFractures } from '#src/steps/find-fractures.ts';
import { loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { makeKeyImagePainter } from '#src/systems/fracture-model/key-image.ts';
import { makeCase, makeHistory } from '#test/fakes/make-case.ts';
import { node, tensor } from './toy-onnx.ts';
import { boxSlices, type Extra, segmentationToy, thresholdNetwork, toyWholeFolder } from './toy-whole.ts';

const METAL_HU = 2000;

/** The square root of a negative number where there is metal, times nothing. */
const NAN_AT_METAL: Extra = {
  nodes: [node('Sub', ['limit', 'volume'], ['room']), node('Sqrt', ['room'], ['root']), node('Mul', ['root', 'nothing'], ['extra'])],
  tensors: [tensor('limit', [1], Float32Array.of(1000)), tensor('nothing', [1], Float32Array.of(0))],
};

/** The network's grid of the usual study is 64 wide; that of the wide one is twice as wide. */
const USUAL = 64;

/** A matrix whose side grows by `perVoxel` for each voxel by which the grid is wider than usual, multiplied with itself again and again. */
function workByWidth(perVoxel: number, times: number): Extra {
  const pair = (name: string, value: number): Buffer => tensor(name, [2], BigInt64Array.of(BigInt(value), BigInt(value)));
  const nodes = [
    node('Shape', ['volume'], ['shape']),
    node('Gather', ['shape', 'width'], ['square']),
    node('Sub', ['square', 'usual'], ['wider']),
    node('Max', ['wider', 'none'], ['voxels']),
    node('Mul', ['voxels', 'perVoxel'], ['work']),
    node('Add', ['work', 'more'], ['side']),
    node('Expand', ['nothing', 'side'], ['m0']),
    ...Array.from({ length: times }, (_, n) => node('MatMul', [`m${n}`, `m${n}`], [`m${n + 1}`])),
    node('ReduceMean', [`m${times}`], ['mean']),
    node('Reshape', ['mean', 'one'], ['extra']),
  ];
  const tensors = [
    tensor('nothing', [1, 1], Float32Array.of(0)),
    pair('width', 4),
    pair('usual', USUAL),
    pair('none', 0),
    pair('perVoxel', perVoxel),
    pair('more', 1),
    tensor('one', [1], BigInt64Array.of(1n)),
  ];
  return { nodes, tensors };
}

const USUAL_STUDY = boxSlices({ L1: 40 });

/** The same with one voxel of metal. */
function withMetal(): readonly Slice[] {
  return USUAL_STUDY.map((slice, z): Slice => {
    const values = Int16Array.from(slice.values);
    if (z === 20) values[10] = METAL_HU;
    return { ...slice, values };
  });
}

/** The same with a margin of air to the right and below. */
function wide(): readonly Slice[] {
  const side = 2 * USUAL - 4;
  return USUAL_STUDY.map((slice): Slice => {
    const values = new Int16Array(side * side).fill(-1000);
    for (let row = 0; row < slice.rows; row += 1) values.set(slice.values.subarray(row * slice.columns, (row + 1) * slice.columns), row * side);
    return { ...slice, rows: side, columns: side, values };
  });
}

const CHOICE = {
  seriesInstanceUid: dicomUid('1.2.3.4'),
  kind: 'ct-volume',
  modality: 'CT',
  sopInstanceUids: [],
  kernel: ['B30f'],
  kvp: 120,
  contrast: false,
};
const SUBJECT = makeCase({
  choice: CHOICE as unknown as SeriesChoice,
  study: { studyInstanceUid: '1.2.3', studyDate: '2026-11-20' } as unknown as StudySummary,
});

/** What comes of the study on which the model goes wrong, and of the usual one that the same model measures after it. */
async function badThenGood(extra: Extra, study: readonly Slice[], limits: { timeLimitMs?: number; memoryLimitMb?: number }) {
  const folder = await toyWholeFolder({ ...segmentationToy(), model: thresholdNetwork(0, extra) });
  const model = await loadFractureModel({
    wholeDir: folder,
    localizerDir: '',
    detectorDir: '',
    landmarksDir: '',
    executionProviders: ['cpu'],
    intraOpThreads: 1,
    timeLimitMs: limits.timeLimitMs ?? 300_000,
    memoryLimitMb: limits.memoryLimitMb ?? 8192,
    log: makeLog({ level: 'silent' }),
  });
  const findingOf = async (slices: readonly Slice[]): Promise<StudyFinding> => {
    const result = await findFractures(SUBJECT, { archive: { readSlices: async () => slices }, model, painter: makeKeyImagePainter() });
    assert.equal(result.to, 'measured');
    return result.facts!.finding!;
  };
  try {
    return [await findingOf(study), await findingOf(USUAL_STUDY)] as const;
  } finally {
    await model.close();
    await rm(folder, { recursive: true });
  }
}

function refusedForModel(finding: StudyFinding, why: RegExp): void {
  const said = finding as CannotSay;
  assert.deepEqual([said.state, said.reason, said.vertebrae.length], ['cannot-say', 'model-failed', 0]);
  assert.match(said.detail, why);
  const { report, reading } = SUBJECT.facts;
  const facts = {
    report,
    reading: reading!,
    finding,
    history: makeHistory(),
    recordProblem: null,
    answers: [],
    today: '2026-11-30',
    reportVersion: 1,
  };
  const decision = needsReferral(facts, loadPolicy());
  assert.deepEqual([decision.rule, decision.outcome], ['R99', 'exception'], 'a person is asked; the case is not closed as clear');
}

/** The wedge that every study here has. */
function measuresAgain(finding: StudyFinding): void {
  assert.equal(finding.state, 'measured');
  const marked = finding.vertebrae.filter((one) => one.state === 'graded' && (one.grade ?? 0) >= 2);
  assert.deepEqual(
    marked.map((one) => one.level),
    ['L1'],
  );
}

test('a model whose output is NaN on one study', async () => {
  const [bad, good] = await badThenGood(NAN_AT_METAL, withMetal(), {});
  refusedForModel(bad, /output map holds NaN or infinity/);
  measuresAgain(good);
});

test('a model that does not come to an end on one study', async () => {
  const [bad, good] = await badThenGood(workByWidth(47, 600), wide(), { timeLimitMs: 10_000 });
  refusedForModel(bad, /gave no answer within 10000 ms/);
  measuresAgain(good);
});

test('a model that eats memory on one study', async () => {
  const [bad, good] = await badThenGood(workByWidth(250, 1), wide(), { memoryLimitMb: 800 });
  refusedForModel(bad, /MiB, more than 800/);
  measuresAgain(good);
});
