/** Volumes that look like a CT and are not, or do not show enough of the spine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '#src/case/volume.ts';
import { isVolumeUsable } from '#src/rules/is-volume-usable.ts';

/** 60 x 60 x `slices` voxels of 4 x 4 x `step` mm: a body of `tissue` in a frame of `around`. */
function volume(change: { tissue?: number; around?: number; slices?: number; step?: number; modality?: string } = {}): Volume {
  const { tissue = 45, around = -1000, slices = 100, step = 1, modality = 'CT' } = change;
  const values = new Int16Array(60 * 60 * slices).map((_, index) => {
    const [i, j] = [index % 60, Math.floor(index / 60) % 60];
    return i > 8 && i < 52 && j > 8 && j < 52 ? tissue + (index % 7) : around;
  });
  const quantity = modality === 'CT' ? 'HU' : 'signal';
  return {
    columns: 60,
    rows: 60,
    slices,
    values,
    affine: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, step, 0],
    modality,
    quantity,
    sliceSpacingMm: step,
    notes: [],
  };
}

const CASES: readonly (readonly [name: string, volume: Volume, code: string | null])[] = [
  ['a CT in Hounsfield units', volume(), null],
  ['padding around the body instead of air', volume({ around: -1024 }), null],
  ['with contrast', volume({ tissue: 110 }), null],
  ['a forgotten intercept: water at 1024', volume({ tissue: 1069, around: 24 }), 'not-hounsfield'],
  ['a dose map', volume({ tissue: 20, around: 0 }), 'not-hounsfield'],
  ['air, but the body shifted by 200', volume({ tissue: 245 }), 'not-hounsfield'],
  ['one value everywhere', { ...volume(), values: new Int16Array(60 * 60 * 100) }, 'no-contrast'],
  ['slices 5.5 mm apart', volume({ slices: 40, step: 5.5 }), null],
  ['slices 6 mm apart', volume({ slices: 40, step: 6 }), 'slices-too-thick'],
  ['59 mm of the body', volume({ slices: 59 }), 'too-little-coverage'],
  ['60 mm of the body', volume({ slices: 60 }), null],
  ['MR has no Hounsfield units', volume({ tissue: 300, around: 5, modality: 'MR', step: 4 }), null],
  ['MR slices 8 mm apart', volume({ tissue: 300, around: 5, modality: 'MR', step: 8 }), 'slices-too-thick'],
];

for (const [name, given, code] of CASES) {
  test(name, () => {
    const answer = isVolumeUsable(given);
    assert.equal(answer.usable ? null : answer.code, code, answer.usable ? '' : answer.text);
  });
}

test('thick slices are usable but said to be thick', () => {
  const answer = isVolumeUsable(volume({ slices: 40, step: 5 }));
  assert.ok(answer.usable);
  assert.match(answer.notes.join(), /5\.0 mm apart/);
});
