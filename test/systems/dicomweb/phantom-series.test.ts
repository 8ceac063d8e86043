/** Phantoms written with the faults of real archives, through archive, choice, decoding and assembly; values are compared at points of the patient. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { dicomUid } from '#src/case/ids.ts';
import type { Volume } from '#src/case/volume.ts';
import { makeLog } from '#src/lib/log.ts';
import { assemblePicture } from '#src/measure/assemble-picture.ts';
import { type Assembled, assembleVolume } from '#src/measure/assemble-volume.ts';
import { pickSeries } from '#src/rules/pick-series.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { startArchive } from '#test/hospital/archive.ts';
import { makeMrPhantom } from '#test/hospital/phantom/make-mr-phantom.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import { makeXrayPhantom } from '#test/hospital/phantom/make-xray-phantom.ts';
import type { SeriesFault } from '#test/hospital/phantom/planes.ts';
import type { DicomFile, SeriesOptions } from '#test/hospital/phantom/series-options.ts';
import { dicomSeries } from '#test/hospital/phantom/write-dicom.ts';
import { dicomEnhancedCt } from '#test/hospital/phantom/write-enhanced-ct.ts';
import { writeDicomXray } from '#test/hospital/phantom/write-xray.ts';

const SMALL = { seed: 31, sex: 'male', from: 'L1', to: 'L2', columns: 48, rows: 40, pixelMm: 2, sliceMm: 2.5 } as const;
const STUDY = dicomUid('2.25.1234567')!;
const OPTIONS: SeriesOptions = {
  patient: { id: 'P1', name: 'Phantom^Paula', birthDate: '19500101', sex: 'F' },
  study: { studyInstanceUid: STUDY, accession: 'ACC1', date: '20261101', time: '120000', description: 'CT' },
  series: { number: 2, description: 'soft' },
  transferSyntax: 'jpegls',
};
const { volume: truth } = makePhantom(SMALL);

async function archiveOf(t: TestContext, files: readonly DicomFile[]) {
  const server = await startArchive({ folders: [] });
  for (const file of files) server.index.add(file.name, file.bytes, file.bytes);
  const archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }) });
  t.after(async () => {
    await archive.close();
    await server.close();
  });
  return archive;
}

/** What becomes of the files: the volume, or the code of the refusal. */
async function read(t: TestContext, files: readonly DicomFile[]): Promise<Assembled | string> {
  const archive = await archiveOf(t, files);
  const [study] = await archive.findStudies({ studyInstanceUid: STUDY });
  if (!study) return 'no-study';
  const pick = pickSeries(await archive.describeSeries(STUDY), study);
  if (!pick.ok) return pick.rejected.map((one) => one.because).join();
  return assembleVolume(await archive.readSlices(STUDY, pick.choice), pick.choice.modality);
}

type Point = readonly [number, number, number];

/** Value at a point of the patient by trilinear interpolation; undefined outside and beside padding. */
function valueAt(volume: Volume, point: Point): number | undefined {
  const a = volume.affine;
  const [i, j, k] = solve([a[0]!, a[1]!, a[2]!, a[4]!, a[5]!, a[6]!, a[8]!, a[9]!, a[10]!], [point[0] - a[3]!, point[1] - a[7]!, point[2] - a[11]!]);
  const floor = [i, j, k].map(Math.floor) as [number, number, number];
  const size = [volume.columns, volume.rows, volume.slices];
  if (floor.some((at, axis) => at < 0 || at + 1 >= size[axis]!)) return undefined;
  let sum = 0;
  for (let corner = 0; corner < 8; corner += 1) {
    const at = floor.map((base, axis) => base + ((corner >> axis) & 1)) as [number, number, number];
    const weight = [i, j, k].reduce((product, value, axis) => product * (1 - Math.abs(value - at[axis]!)), 1);
    const value = volume.values[(at[2] * volume.rows + at[1]) * volume.columns + at[0]]!;
    if (value === -1024) return undefined;
    sum += weight * value;
  }
  return sum;
}

/** Solves the 3 x 3 system by Cramer's rule. */
function solve(m: readonly number[], v: Point): Point {
  const det = (p: readonly number[]) =>
    p[0]! * (p[4]! * p[8]! - p[5]! * p[7]!) - p[1]! * (p[3]! * p[8]! - p[5]! * p[6]!) + p[2]! * (p[3]! * p[7]! - p[4]! * p[6]!);
  const swapped = (column: number) => m.map((value, index) => (index % 3 === column ? v[Math.floor(index / 3)]! : value));
  return [det(swapped(0)) / det(m), det(swapped(1)) / det(m), det(swapped(2)) / det(m)];
}

/** Mean difference from the phantom over a grid of points well inside both volumes, HU. */
function meanDifference(volume: Volume, reference: Volume): { mean: number; points: number } {
  let sum = 0;
  let points = 0;
  const [x0, y0, z0] = [reference.affine[3]!, reference.affine[7]!, reference.affine[11]!];
  for (let x = 5; x < 90; x += 7) {
    for (let y = 5; y < 75; y += 7) {
      for (let z = 3; z < reference.slices * 2.5 - 3; z += 4) {
        const point: Point = [x0 + x, y0 + y, z0 + Math.sign(reference.affine[10]!) * z];
        const [ours, theirs] = [valueAt(volume, point), valueAt(reference, point)];
        if (ours === undefined || theirs === undefined) continue;
        sum += Math.abs(ours - theirs);
        points += 1;
      }
    }
  }
  return { mean: sum / points, points };
}

function volumeOf(result: Assembled | string): Volume {
  assert.ok(typeof result !== 'string' && result.ok, JSON.stringify(result).slice(0, 300));
  return result.volume;
}

test('a clean series is the phantom, value by value', async (t) => {
  const volume = volumeOf(await read(t, await dicomSeries(truth, OPTIONS)));
  assert.equal(volume.slices, truth.slices);
  const { mean, points } = meanDifference(volume, truth);
  assert.ok(points > 300 && mean < 0.01, `${mean} HU at ${points} points`);
});

for (const fault of ['per-slice-rescale', 'padding', 'duplicate-slice', 'two-phases', 'mixed-sop-classes'] as const) {
  test(`${fault}: still the phantom`, async (t) => {
    const volume = volumeOf(await read(t, await dicomSeries(truth, { ...OPTIONS, faults: [fault] })));
    const { mean, points } = meanDifference(volume, truth);
    assert.ok(points > 300 && mean < 1, `${mean} HU at ${points} points`);
  });
}

for (const fault of ['tilt-without-tag', 'tilt-with-tag', 'oblique'] as const) {
  test(`${fault}: every structure is where it is in the patient`, async (t) => {
    const volume = volumeOf(await read(t, await dicomSeries(truth, { ...OPTIONS, faults: [fault] })));
    const { mean, points } = meanDifference(volume, truth);
    const straightened: Volume = { ...volume, affine: truth.affine };
    const wrong = meanDifference(straightened, truth).mean;
    // Both are interpolated: small differences at edges remain, far below what the wrong geometry gives.
    assert.ok(points > 100 && mean < 40 && mean < wrong / 3, `${mean} HU at ${points} points, ${wrong} HU without the affine`);
  });
}

const REFUSED: readonly (readonly [SeriesFault, RegExp])[] = [
  ['missing-slice', /missing-slice/],
  ['one-slice', /only 1 slices/],
  ['no-pixel-spacing', /no sound position/],
  ['zero-pixel-spacing', /no sound position/],
  ['no-orientation', /no sound position/],
  ['empty-uids', /no-study/],
];
for (const [fault, expected] of REFUSED) {
  test(`${fault}: refused by name`, async (t) => {
    const result = await read(t, await dicomSeries(truth, { ...OPTIONS, faults: [fault] }));
    assert.match(typeof result === 'string' ? result : result.ok ? 'a volume' : result.code, expected);
  });
}

test('uneven spacing is either resampled where it is or refused, never taken as even', async (t) => {
  const result = await read(t, await dicomSeries(truth, { ...OPTIONS, faults: ['uneven-spacing'] }));
  assert.ok(typeof result !== 'string');
  if (!result.ok) return assert.match(result.code, /irregular-spacing|missing-slice/);
  assert.match(result.volume.notes.join(), /resampled/);
  assert.ok(meanDifference(result.volume, truth).mean < 40);
});

test('an enhanced CT, one file with frames and their own rescale', async (t) => {
  const file = await dicomEnhancedCt(truth, { ...OPTIONS, faults: ['per-slice-rescale'] });
  const volume = volumeOf(await read(t, [file]));
  assert.equal(volume.slices, truth.slices);
  assert.ok(meanDifference(volume, truth).mean < 1);
});

test('sagittal MR becomes a volume of signal with its true spacing', async (t) => {
  const { volume: mr } = makeMrPhantom({ seed: 5, sex: 'female', from: 'T12', to: 'L1', columns: 60, pixelMm: 3, weighting: 'T1', slices: 7 });
  const volume = volumeOf(
    await read(
      t,
      await dicomSeries(mr, { ...OPTIONS, series: { number: 3, description: 'sag T1', sequence: { name: 'tse', echoMs: 9, repetitionMs: 600 } } }),
    ),
  );
  assert.equal(volume.quantity, 'signal');
  assert.equal(volume.slices, 7);
  assert.ok(Math.abs(volume.sliceSpacingMm - 4.4) < 1e-6);
});

for (const [photometric, facesRight] of [
  ['MONOCHROME2', false],
  ['MONOCHROME1', false],
  ['MONOCHROME2', true],
  ['MONOCHROME1', true],
] as const) {
  test(`lateral X-ray, ${photometric}, ${facesRight ? 'facing right' : 'facing left'}: the same picture`, async (t) => {
    const { picture } = makeXrayPhantom({ ...SMALL, columns: 60, pixelMm: 3 });
    const folder = await mkdtemp(join(tmpdir(), 'backstop-xray-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const archive = await archiveOf(t, [
      await writeDicomXray(picture, { ...OPTIONS, transferSyntax: 'explicit-le', photometric, facesRight }, folder),
    ]);
    const [study] = await archive.findStudies({ studyInstanceUid: STUDY });
    const pick = pickSeries(await archive.describeSeries(STUDY), study!);
    assert.ok(pick.ok);
    const [slice] = await archive.readSlices(STUDY, pick.choice);
    const result = assemblePicture(slice!, pick.choice.modality);
    assert.ok(result.ok);
    assert.equal(result.picture.magnified, true);
    assert.deepEqual([result.picture.columns, result.picture.rows], [picture.columns, picture.rows]);
    const worst = Math.max(...result.picture.values.map((value, index) => Math.abs(value - Math.max(0, picture.values[index]!))));
    assert.ok(worst <= 1, `largest difference ${worst}`);
  });
}
