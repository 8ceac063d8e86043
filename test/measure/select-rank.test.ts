/** Selection finds what a sort finds, and a line of samples is what its points are one by one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Volume } from '#src/case/volume.ts';
import { percentile } from '#src/measure/normalize-image.ts';
import { isAligned, sampleAligned } from '#src/measure/sample-aligned.ts';
import { makeSampler } from '#src/measure/sample-volume.ts';
import { percentileOf, selectRank } from '#src/measure/select-rank.ts';

// Without -0, which a sort puts before 0 and no comparison tells from it.
const numbers = fc
  .float32Array({ minLength: 1, maxLength: 300, noNaN: true, noDefaultInfinity: true })
  .map((values) => values.map((value) => value + 0));
/** Few different values, as pictures have. */
const greys = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 300 }).map((values) => Float32Array.from(values));
/** So many that a sample of them is searched first; some of few different values. */
const many = fc
  .tuple(fc.integer({ min: 601, max: 5000 }), fc.integer({ min: 2, max: 10_007 }), fc.integer({ min: 1, max: 1_000_003 }))
  .map(([count, kinds, step]) => Float32Array.from({ length: count }, (_, n) => ((n * step) % kinds) / 7));

test('every rank, and every percentile, as after a sort', () => {
  fc.assert(
    fc.property(
      fc.oneof(numbers, greys, many),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (values, share, percent) => {
        const sorted = values.slice().sort();
        const rank = Math.floor(share * (values.length - 1));
        const split = values.slice();
        assert.equal(selectRank(split, rank), sorted[rank]);
        assert.ok(split.every((value, at) => (at < rank ? value <= sorted[rank]! : value >= sorted[rank]!)));
        assert.equal(percentileOf(values.slice(), percent), percentile(sorted, percent));
      },
    ),
    { numRuns: 500 },
  );
});

test('a hundred thousand numbers in order, in reverse and all alike do not take the square of their number', () => {
  const count = 100_000;
  for (const make of [(i: number) => i, (i: number) => count - i, () => 7]) {
    const values = Float32Array.from({ length: count }, (_, index) => make(index));
    assert.equal(selectRank(values.slice(), 500), values.slice().sort()[500]);
  }
});

test("a grid along the volume's own axes is sampled to the same numbers as point by point, whichever way the slices run", () => {
  const [columns, rows, slices] = [9, 8, 7];
  for (const [sign, value] of [
    [1, 1.5],
    [-1, 2.25],
  ] as const) {
    const volume: Volume = {
      columns,
      rows,
      slices,
      values: Int16Array.from({ length: columns * rows * slices }, (_, index) => (index * 37) % 91),
      affine: [1.1, 0, 0, -4, 0, sign * 1.2, 0, -5, 0, 0, sign * value, -6],
      modality: 'CT',
      quantity: 'HU',
      sliceSpacingMm: value,
      notes: [],
    };
    const [nx, ny, nz] = [8, 16, 16];
    const grid = { nx, ny, nz, origin: [-6, -14, -16] as const, mm: 1.3, values: new Float32Array(nx * ny * nz) };
    assert.ok(isAligned(volume));
    sampleAligned(volume, -1000, grid);
    const sample = makeSampler(volume, -1000);
    const one = Float32Array.from(grid.values, (_, at) => {
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)];
      return sample(-6 + x * 1.3, -14 + y * 1.3, -16 + z * 1.3);
    });
    assert.deepEqual(grid.values, one);
    assert.ok(grid.values.includes(-1000) && new Set(grid.values).size > 100, 'both inside and outside were looked at');
  }
  assert.ok(!isAligned({ affine: [1, 0.01, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }));
});

test('samples along a line are the samples of its points, inside, at the edge and outside', () => {
  const [columns, rows, slices] = [7, 6, 5];
  const shapes = [
    [1.1, 0.1, 0, -4, -0.1, 1.2, 0, -5, 0, 0, 1.5, -6],
    [1.1, 0, 0, -4, 0, 1.2, 0, -5, 0, 0, -1.5, 3],
  ];
  const volume: Volume = {
    columns,
    rows,
    slices,
    values: Int16Array.from({ length: columns * rows * slices }, (_, index) => (index * 37) % 91),
    affine: [],
    modality: 'CT',
    quantity: 'HU',
    sliceSpacingMm: 1.5,
    notes: [],
  };
  const coordinate = fc.double({ min: -12, max: 12, noNaN: true });
  const point = fc.tuple(coordinate, coordinate, coordinate);
  for (const [affine, outside] of shapes.flatMap((shape) => [[shape, -1000] as const, [shape, 'edge'] as const])) {
    const sample = makeSampler({ ...volume, affine }, outside);
    fc.assert(
      fc.property(point, point, (start, step) => {
        const into = new Float32Array(12).fill(1);
        sample.addLine(into, 1, 10, start, step);
        const one = Float32Array.from({ length: 10 }, (_, n) => 1 + sample(start[0] + n * step[0], start[1] + n * step[1], start[2] + n * step[2]));
        assert.deepEqual(into.subarray(1, 11), one);
        assert.deepEqual([into[0], into[11]], [1, 1]);
      }),
    );
  }
});
