/** A lateral X-ray, however it was exposed and stored, ends with anterior to the left and the head up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dicomUid } from '#src/case/ids.ts';
import type { Slice } from '#src/case/volume.ts';
import { assemblePicture } from '#src/measure/assemble-picture.ts';

/** 2 rows x 3 columns as they should be seen: anterior left, head up. */
const RIGHT = [1, 2, 3, 4, 5, 6];

function xray(change: Partial<Slice>): Slice {
  return {
    sopInstanceUid: dicomUid('2.25.1')!,
    rows: 2,
    columns: 3,
    values: Float32Array.from(RIGHT),
    position: null,
    orientation: null,
    spacing: [0.2, 0.1],
    spacingKind: 'detector',
    acquisitionNumber: null,
    contentTime: null,
    patientOrientation: ['P', 'F'],
    ...change,
  };
}

const CASES: readonly (readonly [orientation: readonly string[], stored: readonly number[], turned: boolean])[] = [
  [['P', 'F'], [1, 2, 3, 4, 5, 6], false],
  [['A', 'F'], [3, 2, 1, 6, 5, 4], false],
  [['P', 'H'], [4, 5, 6, 1, 2, 3], false],
  [['A', 'H'], [6, 5, 4, 3, 2, 1], false],
  [['F', 'P'], [1, 4, 2, 5, 3, 6], true],
  [['H', 'P'], [4, 1, 5, 2, 6, 3], true],
  [['F', 'A'], [3, 6, 2, 5, 1, 4], true],
  [['H', 'A'], [6, 3, 5, 2, 4, 1], true],
  [['PL', 'FA'], [1, 2, 3, 4, 5, 6], false],
];

for (const [orientation, stored, turned] of CASES) {
  test(`rows to ${orientation[0]}, columns to ${orientation[1]}`, () => {
    const size = turned ? { rows: 3, columns: 2 } : {};
    const result = assemblePicture(xray({ patientOrientation: orientation, values: Float32Array.from(stored), ...size }), 'DX');
    assert.ok(result.ok);
    assert.deepEqual([...result.picture.values], RIGHT);
    assert.deepEqual([result.picture.rows, result.picture.columns], [2, 3]);
    assert.deepEqual(result.picture.spacingMm, turned ? [0.1, 0.2] : [0.2, 0.1]);
  });
}

test('a frontal view is not lateral', () => {
  const result = assemblePicture(xray({ patientOrientation: ['L', 'F'] }), 'DX');
  assert.ok(!result.ok);
  assert.equal(result.code, 'not-lateral');
});

test('detector millimetres are magnified; calibrated ones are not; none means ratios only', () => {
  const pictures = (['detector', 'patient', 'none'] as const).map((spacingKind) => {
    const result = assemblePicture(xray({ spacingKind, spacing: spacingKind === 'none' ? null : [0.2, 0.1] }), 'CR');
    assert.ok(result.ok);
    return [result.picture.magnified, result.picture.spacingMm === null, result.picture.notes.join()];
  });
  assert.deepEqual(pictures, [
    [true, false, 'millimetres are of the detector plane (magnified)'],
    [false, false, ''],
    [false, true, 'no millimetres: ratios only'],
  ]);
});

test('an unstated orientation is taken as it lies, and said so', () => {
  for (const patientOrientation of [null, [], [''], ['P']]) {
    const result = assemblePicture(xray({ patientOrientation }), 'CR');
    assert.ok(result.ok);
    assert.deepEqual([...result.picture.values], RIGHT);
    assert.match(result.picture.notes.join(), /does not state its orientation/);
  }
});
