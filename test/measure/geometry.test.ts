/** Affines, sampling, smoothing, normalisation and the strip's geometry: each against something that can be worked out without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Volume } from '#src/case/volume.ts';
import { applyAffine, invertAffine, norm, subtract, type Vector } from '#src/measure/affine.ts';
import { lpsToStrip, sampleStrip, stripFrames, stripToLps } from '#src/measure/curved-strip.ts';
import { averageDown, GRID_MM, gridFrame, resampleToGrid, sampleGridPlanes } from '#src/measure/localizer-grid.ts';
import { normalizeImage, paddedSize, padInto, percentile } from '#src/measure/normalize-image.ts';
import { makeSampler } from '#src/measure/sample-volume.ts';
import { lambdaFor, smoothLine } from '#src/measure/smooth-line.ts';
import { patchFrame, patchSpacingMm, patchToLps, samplePatch } from '#src/measure/vertebra-patch.ts';

/** A volume whose value at any LPS point is a known linear function: trilinear sampling must give it back exactly. */
function linearVolume(affine: readonly number[], size: readonly [number, number, number]): { volume: Volume; at: (p: Vector) => number } {
  const at = ([x, y, z]: Vector): number => 3 * x - 2 * y + 0.5 * z + 7;
  const [columns, rows, slices] = size;
  const values = new Float32Array(columns * rows * slices);
  for (let k = 0; k < slices; k++) {
    for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) values[(k * rows + j) * columns + i] = at(applyAffine(affine, i, j, k));
  }
  return { volume: { columns, rows, slices, values, affine, modality: 'CT', quantity: 'HU', sliceSpacingMm: 1, notes: [] }, at };
}

const OBLIQUE = [0.8, 0.1, -0.2, -20, 0.15, 0.9, 0.3, -30, 0.1, -0.25, 1.4, -60];

test('an affine and its inverse undo each other, for any affine that is not flat', () => {
  const entry = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 12, maxLength: 12 }), fc.tuple(entry, entry, entry), (affine, [i, j, k]) => {
      let inverse: readonly number[];
      try {
        inverse = invertAffine(affine);
      } catch {
        return;
      }
      const size = Math.max(...inverse.map(Math.abs));
      fc.pre(size < 1e3);
      const back = applyAffine(inverse, ...applyAffine(affine, i, j, k));
      assert.ok(norm(subtract(back, [i, j, k])) < 1e-6);
    }),
  );
  assert.throws(() => invertAffine([1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0]), RangeError);
});

test('sampling an oblique volume gives the linear function back, and air outside', () => {
  const { volume, at } = linearVolume(OBLIQUE, [30, 28, 26]);
  const sample = makeSampler(volume);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 29, noNaN: true }),
      fc.double({ min: 0, max: 27, noNaN: true }),
      fc.double({ min: 0, max: 25, noNaN: true }),
      (i, j, k) => {
        const p = applyAffine(OBLIQUE, i, j, k);
        assert.ok(Math.abs(sample(...p) - at(p)) < 1e-3);
      },
    ),
  );
  assert.equal(sample(...applyAffine(OBLIQUE, -2, 5, 5)), -1000);
  assert.equal(sample(Number.NaN, 0, 0), -1000);
});

test('averaging blocks keeps a linear function true at the new voxel centres', () => {
  const { volume, at } = linearVolume(OBLIQUE, [31, 28, 26]);
  const coarse = averageDown(volume, [4, 3, 2]);
  assert.deepEqual([coarse.columns, coarse.rows, coarse.slices], [7, 9, 13]);
  const value = coarse.values[(5 * 9 + 4) * 7 + 3]!;
  assert.ok(Math.abs(value - at(applyAffine(coarse.affine, 3, 4, 5))) < 1e-3);
});

test('the localizer grid is 4 mm, padded to multiples of 8, and true to the patient', () => {
  const { volume, at } = linearVolume([1.1, 0, 0, -40, 0, 1.1, 0, -50, 0, 0, 1.5, -70], [90, 80, 60]);
  const grid = resampleToGrid(volume);
  assert.ok([grid.nx, grid.ny, grid.nz].every((n) => n % 8 === 0));
  const [x, y, z] = [8, 9, 10];
  const lps: Vector = [grid.origin[0] + x * GRID_MM, grid.origin[1] + y * GRID_MM, grid.origin[2] + z * GRID_MM];
  assert.ok(Math.abs(grid.values[(z * grid.ny + y) * grid.nx + x]! - at(lps)) < 1e-2);
});

test('blocks of every size are summed whole: the mean of each is that of its voxels', () => {
  for (const size of [2, 3, 4, 5, 6, 7, 9]) {
    const columns = 3 * size + 1;
    const values = Int16Array.from({ length: columns * size * 2 }, (_, at) => ((at * 7919) % 4001) - 1000);
    const volume = { ...linearVolume([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], [columns, size, 2]).volume, values };
    const { values: means } = averageDown(volume, [size, size, 1]);
    for (const [at, mean] of means.entries()) {
      const [block, slice] = [at % 3, Math.floor(at / 3)];
      let sum = 0;
      for (let j = 0; j < size; j++) for (let i = 0; i < size; i++) sum += values[(slice * size + j) * columns + block * size + i]!;
      assert.ok(Math.abs(mean - sum / size ** 2) < 1e-3, `size ${size}, block ${at}`);
    }
  }
});

test('a grid sampled in parts is the grid, to the last bit: a second thread may do a part', () => {
  const turned = [1.1, 0, 0, -40, 0, 1.08, 0.2, -50, 0, -0.2, 1.47, -70];
  for (const affine of [[0.7, 0, 0, -40, 0, 0.7, 0, -50, 0, 0, 1.3, -70], [1.1, 0, 0, -40, 0, 1.1, 0, -50, 0, 0, -2.1, 70], turned]) {
    const { volume } = linearVolume(affine, [60, 50, 70]);
    const [whole, frame] = [resampleToGrid(volume), gridFrame(volume)];
    fc.assert(
      fc.property(fc.nat(frame.nz - 1), fc.nat(frame.nz), (a, b) => {
        const [from, until] = a < b ? [a, b] : [b, a];
        const plane = frame.nx * frame.ny;
        assert.deepEqual(sampleGridPlanes(volume, frame, from, until), whole.values.slice(from * plane, until * plane));
      }),
      { numRuns: 20 },
    );
  }
});

test('percentiles are numpy’s: linear between order statistics', () => {
  assert.equal(percentile([1, 2, 3, 4], 50), 2.5);
  assert.equal(percentile([10, 20, 30], 1), 10.2);
  assert.equal(percentile([5], 99), 5);
});

test('normalisation: clip, rescale and affine in order; a flat picture does not divide by zero', () => {
  const ops = [
    { op: 'clip', lo: -1000, hi: 1500 },
    { op: 'rescale', from: [-1000, 1500], to: [0, 1] },
    { op: 'affine', mean: 0.5, std: 0.25 },
  ] as const;
  assert.deepEqual([...normalizeImage(Float32Array.of(-2000, 250, 9000), ops)], [-2, 0, 2]);
  const flat = normalizeImage(Float32Array.of(7, 7, 7), [{ op: 'rescale', from: 'minmax', to: [0, 1] }]);
  assert.ok(flat.every((value) => value === 0));
});

test('clip and rescale at once are what they are one after the other, to the last bit', () => {
  const minmax = { op: 'rescale', from: 'minmax', to: [0, 1] } as const;
  const pairs = [
    [{ op: 'clipPercentile', lo: 1, hi: 99 }, minmax],
    [
      { op: 'clip', lo: -1000, hi: 1500 },
      { op: 'rescale', from: [-1000, 1500], to: [0, 1] },
    ],
    [{ op: 'clip', lo: -100.1, hi: 300.3 }, minmax],
    [
      { op: 'clipPercentile', lo: 5, hi: 90 },
      { op: 'rescale', from: [-300, 3000], to: [-1, 1] },
    ],
  ] as const;
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, maxLength: 700, noNaN: true, min: -2000, max: 5000 }), (values) => {
      for (const [clip, rescale] of pairs)
        assert.deepEqual(normalizeImage(values, [clip, rescale]), normalizeImage(normalizeImage(values, [clip]), [rescale]));
    }),
  );
});

test('padding repeats the edge', () => {
  const size = paddedSize(2, 2, 4);
  const padded = { ...size, values: new Float32Array(size.columns * size.rows) };
  padInto(Float32Array.of(1, 2, 3, 4), 2, 2, padded.values, size);
  assert.deepEqual([padded.columns, padded.rows], [4, 4]);
  assert.deepEqual([...padded.values], [1, 2, 2, 2, 3, 4, 4, 4, 3, 4, 4, 4, 3, 4, 4, 4]);
});

test('the smoother keeps straight lines, removes wobble and fills where there is no measurement', () => {
  const line = Array.from({ length: 40 }, (_, i) => 3 + 0.5 * i);
  const weights = line.map((_, i) => (i > 15 && i < 22 ? 0 : 1));
  const holed = line.map((value, i) => (i > 15 && i < 22 ? -999 : value));
  smoothLine(holed, weights, lambdaFor(100, 4)).forEach((value, i) => assert.ok(Math.abs(value - line[i]!) < 1e-3));
  const wobble = line.map((value, i) => value + (i % 2 ? 1 : -1));
  smoothLine(
    wobble,
    line.map(() => 1),
    lambdaFor(100, 4),
  )
    .slice(3, -3)
    .forEach((value, i) => assert.ok(Math.abs(value - line[i + 3]!) < 0.1));
});

/** A spine that bends in both planes, and turns: as in scoliosis. */
const BENT = {
  points: Array.from({ length: 40 }, (_, n): Vector => [18 * Math.sin(n / 9), 22 * Math.cos(n / 14), 200 - 8 * n]),
  rotation: Array.from({ length: 40 }, (_, n) => 0.25 * Math.sin(n / 12)),
  strength: 1,
  sacrumTopMm: null,
  lastRibMm: null,
};

test('strip pixels map to the patient and back within a thousandth of a pixel', () => {
  const strip = { frames: stripFrames(BENT, 20), centreColumn: 63.5, mmPerPixel: 1 };
  const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  fc.assert(
    fc.property(within(30, 100), within(5, 300), within(-10, 10), (column, row, left) => {
      const back = lpsToStrip(strip, stripToLps(strip, column, row, left));
      assert.ok(
        Math.abs(back.row - row) < 1e-3 && Math.abs(back.column - column) < 0.02 && Math.abs(back.leftMm - left) < 0.02,
        JSON.stringify([column, row, left, back]),
      );
    }),
  );
});

test('rows are perpendicular to the line, 1 mm apart, columns grow towards the back, and the strip shows what lies there', () => {
  const frames = stripFrames(BENT, 0);
  for (const [i, frame] of frames.entries()) {
    assert.ok(Math.abs(norm(frame.posterior) - 1) < 1e-9 && Math.abs(norm(frame.left) - 1) < 1e-9);
    assert.ok(frame.posterior[1] > 0.8 && frame.caudal[2] < 0 && frame.left[0] > 0.7);
    if (i > 0) assert.ok(Math.abs(norm(subtract(frame.origin, frames[i - 1]!.origin)) - 1) < 0.05);
  }
  const { volume, at } = linearVolume([2, 0, 0, -130, 0, 2, 0, -130, 0, 0, 2, -140], [130, 130, 190]);
  const strip = sampleStrip(makeSampler(volume), frames, [-2, -1, 0, 1, 2]);
  for (const [column, row] of [
    [63, 40],
    [20, 100],
    [110, 200],
  ] as const) {
    const seen = strip.channels[2][row * 128 + column]!;
    assert.ok(Math.abs(seen - at(stripToLps(strip, column, row, 6))) < 1e-2);
  }
});

test('a patch pixel shows the value at its place in the patient, tilted or not', () => {
  const { volume, at } = linearVolume([1, 0, 0, -60, 0, 1, 0, -60, 0, 0, 1, -60], [120, 120, 120]);
  const row = stripFrames({ ...BENT, points: BENT.points.slice(20, 30) }, 0)[10]!;
  const frame = patchFrame([2, 3, 4], row, 0.3, 0.8);
  const patch = new Float32Array(64 * 64);
  samplePatch(makeSampler(volume), frame, [0], patch);
  for (const [column, r] of [
    [0, 0],
    [31, 31],
    [63, 10],
  ] as const)
    assert.ok(Math.abs(patch[r * 64 + column]! - at(patchToLps(frame, column, r))) < 1e-2);
  // Positive tilt turns the anterior end caudal: the anterior edge of the mid-row lies lower than the posterior one.
  assert.ok(patchToLps(frame, 0, 31.5)[2] < patchToLps(patchFrame([2, 3, 4], row, 0, 0.8), 0, 31.5)[2]);
});

test('patch spacing follows the pitch and stays within its clamp', () => {
  assert.equal(patchSpacingMm(10), 0.7);
  assert.equal(patchSpacingMm(50), 1.15);
  assert.ok(Math.abs(patchSpacingMm(30) - 0.93) < 1e-12);
});
