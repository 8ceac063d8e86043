/** Slices to volumes: every way in which a series is not what it seems, each with its phantom (reference: the pitfalls of docs/images.md). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dicomUid } from '#src/case/ids.ts';
import type { Slice, Volume } from '#src/case/volume.ts';
import { assembleVolume } from '#src/measure/assemble-volume.ts';

const AXIAL = [1, 0, 0, 0, 1, 0] as const;
const uid = dicomUid('2.25.1')!;

function slice(change: Partial<Slice> = {}): Slice {
  const rows = change.rows ?? 3;
  const columns = change.columns ?? 4;
  const values = new Int16Array(rows * columns).fill(Math.round(10 * (change.position?.[2] ?? 0)));
  return {
    sopInstanceUid: uid,
    rows,
    columns,
    values,
    position: [0, 0, 0],
    orientation: AXIAL,
    spacing: [0.5, 0.8],
    spacingKind: 'patient',
    acquisitionNumber: 1,
    contentTime: '100000',
    ...change,
  };
}

const axial = (zs: readonly number[], change: Partial<Slice> = {}): Slice[] => zs.map((z) => slice({ ...change, position: [-20, -30, z] }));
const range = (count: number, step = 1, from = 0): number[] => Array.from({ length: count }, (_, k) => from + k * step);

function volumeOf(slices: readonly Slice[], modality = 'CT'): Volume {
  const result = assembleVolume(slices, modality);
  assert.ok(result.ok, result.ok ? '' : `${result.code}: ${result.text}`);
  return result.volume;
}

function codeOf(slices: readonly Slice[]): string {
  const result = assembleVolume(slices, 'CT');
  assert.ok(!result.ok, 'a volume came out');
  return result.code;
}

function worldOf(volume: Volume, i: number, j: number, k: number): number[] {
  return [0, 4, 8].map((at) => volume.affine[at]! * i + volume.affine[at + 1]! * j + volume.affine[at + 2]! * k + volume.affine[at + 3]!);
}

describe('order and place', () => {
  test('slices are ordered along the normal, whatever order they come in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(range(9, 2), { minLength: 9 }), (zs) => {
        const volume = volumeOf(axial(zs));
        assert.deepEqual(
          range(9).map((k) => volume.values[k * 12]),
          range(9).map((k) => 20 * k),
        );
        assert.deepEqual(worldOf(volume, 0, 0, 8), [-20, -30, 16]);
      }),
    );
  });

  test('every voxel lies where its slice says, for any orientation', () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    fc.assert(
      fc.property(angle, angle, angle, fc.double({ min: 0.3, max: 5, noNaN: true }), (a, b, c, step) => {
        const [row, column, normal] = frame(a, b, c);
        const slices = range(5).map((k) =>
          slice({
            position: normal.map((value, axis) => value * k * step + [3, -7, 11][axis]!) as [number, number, number],
            orientation: [...row, ...column] as unknown as Slice['orientation'],
          }),
        );
        const volume = volumeOf(slices.toReversed());
        assert.ok(Math.abs(volume.sliceSpacingMm - step) < 1e-6);
        const expected = [0, 1, 2].map((axis) => slices[4]!.position![axis]! + 2 * 0.8 * row[axis]! + 0.5 * column[axis]!);
        for (const [axis, value] of worldOf(volume, 2, 1, 4).entries()) assert.ok(Math.abs(value - expected[axis]!) < 1e-6);
      }),
    );
  });

  test('feet first and prone change nothing: only position and orientation count', () => {
    const prone = range(6).map((k) => slice({ position: [20, 30, -k], orientation: [-1, 0, 0, 0, -1, 0] }));
    const volume = volumeOf(prone);
    assert.deepEqual(worldOf(volume, 0, 0, 0), [20, 30, -5]);
    assert.deepEqual(worldOf(volume, 3, 2, 5), [20 - 3 * 0.8, 30 - 2 * 0.5, 0]);
  });

  test('spacing comes from positions: 3 mm slices every 2 mm are 2 mm apart', () => assert.equal(volumeOf(axial(range(8, 2))).sliceSpacingMm, 2));

  test('sagittal MR becomes a volume of signal', () => {
    const slices = range(11).map((k) => slice({ position: [-22 + 4.4 * k, 0, 0], orientation: [0, 1, 0, 0, 0, -1] }));
    const volume = volumeOf(slices, 'MR');
    assert.equal(volume.quantity, 'signal');
    assert.ok(Math.abs(volume.sliceSpacingMm - 4.4) < 1e-9);
    // The normal of this orientation points to the patient's right: the first slice is the leftmost.
    assert.ok(Math.abs(worldOf(volume, 0, 0, 0)[0]! - 22) < 1e-9);
  });
});

describe('tilted gantry', () => {
  const tilted = (degrees: number, step: number, count = 10): Slice[] => {
    const angle = (degrees * Math.PI) / 180;
    return range(count).map((k) => slice({ position: [0, 0, k * step], orientation: [1, 0, 0, 0, Math.cos(angle), -Math.sin(angle)] }));
  };
  test('18.5 degrees at a table step of 2.5 mm are 2.371 mm between slices, un-sheared by the affine', () => {
    const volume = volumeOf(tilted(18.5, 2.5));
    assert.ok(Math.abs(volume.sliceSpacingMm - 2.371) < 0.0005);
    assert.deepEqual(
      worldOf(volume, 0, 0, 9).map((value) => Math.round(value * 1e6) / 1e6),
      [0, 0, 22.5],
    );
    assert.match(volume.notes.join(), /tilt of 18\.5 degrees/);
  });
  test('the sign of the tilt does not matter, and no tag is asked', () =>
    assert.ok(Math.abs(volumeOf(tilted(-15.5, 3)).sliceSpacingMm - 3 * Math.cos((15.5 * Math.PI) / 180)) < 1e-9));
  test('less than half a degree is not worth a note', () => assert.deepEqual(volumeOf(tilted(0.3, 1)).notes, []));
  test('a shear that no gantry has is refused', () => assert.equal(codeOf(tilted(50, 1)), 'tilt-too-large'));
});

describe('gaps', () => {
  test('a missing slice is refused', () => assert.equal(codeOf(axial([0, 1, 2, 3, 5, 6, 7, 8, 9])), 'missing-slice'));
  test('two missing slices too', () => assert.equal(codeOf(axial(range(20).filter((z) => z !== 7 && z !== 8))), 'missing-slice'));
  test('rounded positions are still even', () => assert.deepEqual(volumeOf(axial(range(12, 1.25).map((z) => Math.round(z * 10) / 10))).notes, []));
  test('one uneven gap is resampled linearly', () => {
    const volume = volumeOf(axial([0, 1, 2, 3.3, 4.3, 5.3, 6.3, 7.3, 8.3]));
    assert.match(volume.notes.join(), /resampled/);
    assert.equal(volume.sliceSpacingMm, 1);
    assert.equal(volume.slices, 9);
    // Values are ten times z: linear interpolation gives them back at every place.
    assert.deepEqual(
      range(9).map((k) => volume.values[k * 12]),
      range(9).map((k) => 10 * k),
    );
  });
  test('two stacks of different spacing are not one volume', () =>
    assert.equal(codeOf(axial([...range(14, 4), 53, 60, 67, 74, 81, 88, 95, 102])), 'irregular-spacing'));
  test('slices that wander sideways are not a stack', () => {
    const wandering = range(8).map((k) => slice({ position: [k === 4 ? 3 : 0, 0, k] }));
    assert.equal(codeOf(wandering), 'not-a-stack');
  });
  test('a single slice is not a volume', () => assert.equal(codeOf(axial([0])), 'too-few-slices'));
  test('nothing is not a volume', () => assert.equal(codeOf([]), 'no-slices'));
});

describe('doubles and phases', () => {
  test('two acquisitions at the same places: the larger one', () => {
    const volume = volumeOf([...axial(range(8), { acquisitionNumber: 1 }), ...axial(range(9), { acquisitionNumber: 2 })]);
    assert.equal(volume.slices, 9);
    assert.match(volume.notes.join(), /2 phases told apart by acquisition/);
  });
  test('phases known only by their time', () => {
    const volume = volumeOf([
      ...axial(range(6), { contentTime: '100000' }),
      ...axial(range(6), { contentTime: '100130', values: new Int16Array(12).fill(7) }),
    ]);
    assert.equal(volume.slices, 6);
    assert.match(volume.notes.join(), /by time/);
  });
  test('numbers and times that differ from slice to slice are no phases', () => {
    const own = range(20).map((k) => slice({ position: [0, 0, k], acquisitionNumber: k, contentTime: String(100_000 + k) }));
    const doubled = slice({ position: [0, 0, 7], acquisitionNumber: 99, contentTime: '110000' });
    assert.equal(volumeOf([...own, doubled]).slices, 20);
  });
  test('the same picture twice is dropped once', () => {
    const volume = volumeOf([...axial(range(6)), ...axial([3])]);
    assert.equal(volume.slices, 6);
    assert.match(volume.notes.join(), /1 doubled/);
  });
  test('different pictures at one place that nothing tells apart are refused', () => {
    assert.equal(codeOf([...axial(range(6)), ...axial([3], { values: new Int16Array(12).fill(99) })]), 'duplicate-positions');
  });
});

describe('foreign slices', () => {
  test('one localizer in a long series is left out', () => {
    const localizer = slice({ orientation: [0, 1, 0, 0, 0, -1], position: [0, -100, 50] });
    const volume = volumeOf([...axial(range(20)), localizer]);
    assert.equal(volume.slices, 20);
    assert.match(volume.notes.join(), /1 slices of another size or direction/);
  });
  for (const [name, change] of [
    ['size', { rows: 6, columns: 8 }],
    ['pixel spacing', { spacing: [0.6, 0.8] }],
    ['direction', { orientation: [1, 0, 0, 0, 0, -1] }],
  ] as const satisfies readonly (readonly [string, Partial<Slice>])[])
    test(`half of the slices of another ${name}: refused`, () =>
      assert.equal(codeOf([...axial(range(6)), ...axial(range(6, 1, 6), change)]), 'mixed-geometry'));
  for (const [name, change] of [
    ['no position', { position: null }],
    ['no orientation', { orientation: null }],
    ['no pixel spacing', { spacing: null, spacingKind: 'none' }],
    ['spacing zero', { spacing: [0, 0] }],
    ['spacing of the detector', { spacingKind: 'detector' }],
    ['a crooked orientation', { orientation: [1, 0, 0, 0.5, 1, 0] }],
    ['an orientation of zeros', { orientation: [0, 0, 0, 0, 0, 0] }],
    ['a position that is no number', { position: [0, 0, Number.NaN] }],
    ['too few pixels', { values: new Int16Array(5) }],
  ] as const satisfies readonly (readonly [string, Partial<Slice>])[])
    test(`${name}: refused`, () => assert.equal(codeOf([...axial(range(6)), slice({ ...change })]), 'no-geometry'));
});

describe('memory', () => {
  test('slices that lie in order in one block become the volume without a copy', () => {
    const block = new Int16Array(5 * 12);
    const slices = range(5).map((k) => slice({ position: [0, 0, k], values: block.subarray(k * 12, (k + 1) * 12) }));
    assert.equal(volumeOf(slices).values.buffer, block.buffer);
    assert.notEqual(volumeOf(slices.map((one, k) => ({ ...one, position: [0, 0, -k] }))).values.buffer, block.buffer, 'reversed slices are copied');
  });
  test('a fraction in one slice makes the whole volume fractional', () => {
    const mixed = [...axial(range(4)), slice({ position: [-20, -30, 4], values: new Float32Array(12).fill(0.5) })];
    const { values } = volumeOf(mixed);
    assert.ok(values instanceof Float32Array);
    assert.equal(values[4 * 12], 0.5);
  });
});

type Triple = readonly [number, number, number];

/** Three perpendicular unit vectors from three turns. */
function frame(a: number, b: number, c: number): [Triple, Triple, Triple] {
  const row: Triple = [Math.cos(a) * Math.cos(b), Math.sin(a) * Math.cos(b), -Math.sin(b)];
  const column: Triple = [
    Math.cos(a) * Math.sin(b) * Math.sin(c) - Math.sin(a) * Math.cos(c),
    Math.sin(a) * Math.sin(b) * Math.sin(c) + Math.cos(a) * Math.cos(c),
    Math.cos(b) * Math.sin(c),
  ];
  const normal: Triple = [row[1] * column[2] - row[2] * column[1], row[2] * column[0] - row[0] * column[2], row[0] * column[1] - row[1] * column[0]];
  return [row, column, normal];
}
