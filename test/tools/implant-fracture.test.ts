/** The implanted fracture: a drawn block loses just the height it was told to, and nothing beyond the discs moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PointLps } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { applyAffine } from '#src/measure/affine.ts';
import { implantFracture } from '../../tools/implant-fracture.ts';

const AFFINE = [1, 0, 0, -40, 0, 1, 0, -40, 0, 0, 1, -40];
const SIZE = 81;

/** Bone from z -12 to 12, y -15 to 15, x -20 to 20; soft tissue elsewhere. Bone above and below beyond 6 mm of disc. */
function block(): Volume {
  const values = new Int16Array(SIZE ** 3);
  for (let k = 0; k < SIZE; k++) {
    for (let j = 0; j < SIZE; j++) {
      for (let i = 0; i < SIZE; i++) {
        const [x, y, z] = applyAffine(AFFINE, i, j, k);
        const isWithin = Math.abs(x) <= 20 && Math.abs(y) <= 15;
        values[(k * SIZE + j) * SIZE + i] = isWithin && (Math.abs(z) <= 12 || Math.abs(z) >= 18) ? 300 : 50;
      }
    }
  }
  return { columns: SIZE, rows: SIZE, slices: SIZE, values, affine: AFFINE, modality: 'CT', quantity: 'HU', sliceSpacingMm: 1, notes: [] };
}

const NAMES = ['AS', 'S1', 'MS', 'S3', 'PS', 'AI', 'I1', 'MI', 'I3', 'PI'];
const SITE = {
  landmarksLps: Object.fromEntries(NAMES.map((name, i): [string, PointLps] => [name, [0, -15 + 7.5 * (i % 5), i < 5 ? 12.5 : -12.5]])),
  discAboveMm: 5,
  discBelowMm: 5,
};

/** Height of bone (300 HU, half-way counts half) between the discs in the column at (x, y). */
function boneHeight(volume: Volume, x: number, y: number): number {
  let sum = 0;
  for (let z = -16; z <= 16; z++) sum += (volume.values[((z + 40) * SIZE + (y + 40)) * SIZE + x + 40]! - 50) / 250;
  return sum;
}

test('each shape takes away what it says, where it says', () => {
  const before = block();
  const cases = [
    { shape: 'wedge', lossPercent: 40, front: 0.6, middle: 1 - 0.4 * 0.5 ** 1.2, back: 1 },
    { shape: 'biconcave', lossPercent: 50, front: 1, middle: 0.5, back: 1 },
    { shape: 'crush', lossPercent: 30, front: 0.7, middle: 0.7, back: 0.7 },
  ] as const;
  for (const { shape, lossPercent, front, middle, back } of cases) {
    const { volume, left } = implantFracture(before, SITE, { shape, lossPercent });
    const share = (y: number): number => boneHeight(volume, 0, y) / boneHeight(before, 0, y);
    assert.ok(
      Math.abs(share(-15) - front) < 0.03 && Math.abs(share(0) - middle) < 0.03 && Math.abs(share(15) - back) < 0.03,
      `${shape} ${share(-15)} ${share(0)} ${share(15)}`,
    );
    assert.ok(Math.abs(left.anterior - front) < 1e-9 && Math.abs(left.middle - middle) < 1e-9 && Math.abs(left.posterior - back) < 1e-9);
  }
});

test('beyond the discs, and far to the side, no voxel changes; the given volume is left alone', () => {
  const before = block();
  const copy = before.values.slice();
  const { volume } = implantFracture(before, SITE, { shape: 'crush', lossPercent: 60 });
  assert.deepEqual(before.values, copy);
  let moved = 0;
  for (let k = 0; k < SIZE; k++) {
    for (let j = 0; j < SIZE; j++) {
      for (let i = 0; i < SIZE; i++) {
        const at = (k * SIZE + j) * SIZE + i;
        if (volume.values[at] === before.values[at]) continue;
        moved++;
        const [x, y, z] = applyAffine(AFFINE, i, j, k);
        assert.ok(Math.abs(z) <= 18 && Math.abs(x) <= 35 && Math.abs(y) <= 30, `${x} ${y} ${z}`);
      }
    }
  }
  assert.ok(moved > 1000);
});

test('the endplates keep their thickness and only the marrow is squeezed; the first version thinned both', () => {
  const plain = block();
  // A shell of 900 HU, 2 mm thick, at roof and floor.
  for (let k = 0; k < SIZE; k++) {
    const z = Math.abs(applyAffine(AFFINE, 0, 0, k)[2]);
    if (z > 10 && z <= 12) for (let at = k * SIZE ** 2; at < (k + 1) * SIZE ** 2; at++) if (plain.values[at] === 300) plain.values[at] = 900;
  }
  const shell = (volume: Volume): number => {
    let sum = 0;
    for (let z = -16; z <= 16; z++) sum += Math.max(0, volume.values[((z + 40) * SIZE + 40) * SIZE + 40]! - 300) / 600;
    return sum;
  };
  const broken = (warp: 'rigid-endplates' | 'squeeze') => shell(implantFracture(plain, SITE, { shape: 'crush', lossPercent: 40, warp }).volume);
  assert.ok(Math.abs(shell(plain) - 4) < 1e-9);
  assert.ok(Math.abs(broken('rigid-endplates') - 4) < 0.6, String(broken('rigid-endplates')));
  assert.ok(broken('squeeze') < 3, String(broken('squeeze')));
});
