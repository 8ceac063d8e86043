/** The spine's line from heat maps and, as a fallback, from bone and canal; trabecular density by a body of known HU. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '#src/case/volume.ts';
import { applyAffine, type Vector } from '#src/measure/affine.ts';
import { resampleToGrid } from '#src/measure/localizer-grid.ts';
import { classicalHeat, heatFromTensor, type SpineHeat } from '#src/measure/spine-heat.ts';
import { denseShare, trabecularHu } from '#src/measure/trabecular-hu.ts';
import { traceSpine } from '#src/measure/trace-spine.ts';

/** Bodies 24 mm high with 6 mm discs, a canal with a bony arch behind them, along a leaning line; a dense table below the patient. */
function drawnSpine(lean: number): { volume: Volume; lineAt: (z: number) => readonly [number, number] } {
  const affine = [2, 0, 0, -80, 0, 2, 0, -100, 0, 0, 2, 0];
  const [columns, rows, slices] = [80, 100, 120];
  const lineAt = (z: number): readonly [number, number] => [lean * (z - 120), 6 * Math.cos(z / 60)];
  const values = new Int16Array(columns * rows * slices);
  let at = 0;
  for (let k = 0; k < slices; k++) {
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const [x, y, z] = applyAffine(affine, i, j, k);
        const [cx, cy] = lineAt(z);
        const [dx, dy] = [x - cx, y - cy];
        let hu = Math.hypot(dx / 75, dy / 90) < 1 ? 30 : -900;
        const rim = Math.hypot(dx / 20, dy / 15);
        if (rim < 1) hu = z % 30 < 24 ? (rim > 0.85 ? 350 : 170) : 80;
        const canal = Math.hypot(dx, dy - 25);
        if (canal < 15 && dy > 12) hu = canal < 8 ? 20 : 320;
        if (y > 88) hu = 900;
        values[at++] = hu;
      }
    }
  }
  return { volume: { columns, rows, slices, values, affine, modality: 'CT', quantity: 'HU', sliceSpacingMm: 2, notes: [] }, lineAt };
}

for (const lean of [0, 0.12, -0.2]) {
  test(`bone and canal give the line of a spine that leans by ${lean}`, () => {
    const { volume, lineAt } = drawnSpine(lean);
    const line = traceSpine(classicalHeat(resampleToGrid(volume)));
    assert.ok(line && line.points.length >= 22, 'most of the 240 mm');
    for (const [x, y, z] of line.points) {
      const [cx, cy] = lineAt(z);
      assert.ok(Math.hypot(x - cx, y - cy) < 5, `${x.toFixed(1)} ${y.toFixed(1)} for ${cx.toFixed(1)} ${cy.toFixed(1)} at ${z}`);
    }
    assert.ok(line.points[0]![2] > line.points.at(-1)![2], 'from cranial to caudal');
    assert.equal(line.sacrumTopMm, null);
  });
}

test('air, and a block of bone without a canal, are no spine', () => {
  const { volume } = drawnSpine(0);
  const air = { ...volume, values: new Int16Array(volume.values.length).fill(-1000) };
  assert.equal(traceSpine(classicalHeat(resampleToGrid(air))), null);
  const block = { ...volume, values: new Int16Array(volume.values.length).fill(300) };
  assert.equal(traceSpine(classicalHeat(resampleToGrid(block))), null);
});

/** Heat drawn straight down the middle of a 16 x 16 x 30 grid; the sacrum below slab 6, the last rib at slab 14. */
function drawnHeat(sacrum: number, rib: number): SpineHeat {
  const [nx, ny, nz] = [16, 16, 30];
  const map = (value: (x: number, y: number, z: number) => number): Float32Array => {
    const values = new Float32Array(nx * ny * nz);
    for (let z = 0; z < nz; z++) for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) values[(z * ny + y) * nx + x] = value(x, y, z);
    return values;
  };
  const near = (x: number, y: number): number => Math.exp(-((x - 8) ** 2 + (y - 7) ** 2) / 2);
  return {
    nx,
    ny,
    nz,
    origin: [0, 0, 100],
    mm: 8,
    body: map((x, y, z) => (z >= 6 ? 0.8 : 0.2) * near(x, y)),
    canal: map((x, y) => near(x - 1, y - 3)),
    sacrum: map((x, y, z) => (z < 6 ? sacrum * near(x, y) : 0)),
    lastRib: map((x, y, z) => rib * near(x, y) * Math.exp(-((z - 14) ** 2))),
  };
}

test('sacrum and last rib become anchors in mm, weak ones do not; the line ends where the heat falls off', () => {
  const line = traceSpine(drawnHeat(0.5, 0.7))!;
  assert.equal(line.sacrumTopMm, 100 + 5 * 8);
  // The heat of the rib is exp(-1) of its peak one slab below, exp(-4) two slabs below: it falls to a fifth between them.
  assert.ok(line.lastRibMm! > 100 + 12 * 8 && line.lastRibMm! < 100 + 13 * 8, String(line.lastRibMm));
  assert.ok(Math.abs(line.points.at(-1)![2] - (100 + 6 * 8)) <= 8, 'the heat of 0.2 below is not spine');
  const weak = traceSpine(drawnHeat(0.05, 0.02))!;
  assert.deepEqual([weak.sacrumTopMm, weak.lastRibMm], [null, null]);
  // The canal lies one voxel to the left over three voxels back.
  assert.ok(Math.abs(line.rotation[10]! - Math.atan2(1, 3)) < 0.05);
});

test('a heat tensor of another size is refused', () => {
  const grid = { nx: 8, ny: 8, nz: 8, origin: [0, 0, 0] as Vector, mm: 4, values: new Float32Array(512) };
  assert.throws(() => heatFromTensor(grid, new Float32Array(10)), RangeError);
  const heat = heatFromTensor(
    grid,
    Float32Array.from({ length: 256 }, (_, i) => i),
  );
  assert.deepEqual([heat.canal[0], heat.sacrum[0], heat.origin[0], heat.mm], [64, 128, 2, 8]);
});

test('trabecular HU is that of the inside, not of the cortex; metal shows as dense share; a flat body gives none', () => {
  const inside = (metal: number) => (x: number, y: number, z: number) => {
    if (Math.hypot(x, y, z) < metal) return 2500;
    return Math.abs(y) > 13 || Math.abs(z) > 10 || Math.abs(x) > 18 ? 400 : 120;
  };
  const box = { centre: [0, 0, 0], posterior: [0, 1, 0], left: [1, 0, 0], caudal: [0, 0, -1], depthMm: 30, heightMm: 24 } as const;
  const found = trabecularHu(inside(0), box)!;
  assert.equal(found.hu, 120);
  assert.ok(found.sdHu < 1e-6 && found.areaMm2 > 200);
  assert.equal(denseShare(inside(0), box), 0);
  assert.ok(denseShare(inside(8), box) > 0.1);
  assert.equal(trabecularHu(inside(0), { ...box, heightMm: 8 }), null);
});
