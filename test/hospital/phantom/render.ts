/** Paints soft tissue and solids into a grid of voxels along the patient's axes, edges weighed by how much of the voxel they fill. */
import type { Brightness } from './materials.ts';
import { smoothNoise } from './random.ts';
import type { Solid } from './solids.ts';

/** `values[(k * rows + j) * columns + i]` at LPS (x0 + i * xMm, y0 + j * mm, z0 + k * sliceMm). */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
  readonly x0: number;
  readonly y0: number;
  readonly z0: number;
  readonly mm: number;
  /** Left to right; the same as `mm` when not given. */
  readonly xMm?: number;
  readonly sliceMm: number;
  readonly values: Float32Array;
}

export function emptyGrid(size: Omit<Grid, 'values'>): Grid {
  return { ...size, values: new Float32Array(size.columns * size.rows * size.slices) };
}

export function paintSoftTissue(grid: Grid, planeAt: (z: number) => (x: number, y: number) => number): void {
  let index = 0;
  const xMm = grid.xMm ?? grid.mm;
  for (let k = 0; k < grid.slices; k++) {
    const tissue = planeAt(grid.z0 + k * grid.sliceMm);
    for (let j = 0; j < grid.rows; j++) {
      const y = grid.y0 + j * grid.mm;
      for (let i = 0; i < grid.columns; i++) grid.values[index++] = tissue(grid.x0 + i * xMm, y);
    }
  }
}

/** Marrow is not even: the trabecular net varies by this share of its brightness, with lumps of about 3 mm. */
const MARROW_TEXTURE = 0.24;

export function paintSolid(grid: Grid, solid: Solid, bright: Brightness, seed: number): void {
  const xMm = grid.xMm ?? grid.mm;
  const voxel = (grid.mm + grid.sliceMm) / 2;
  const range = (low: number, high: number, from: number, step: number, count: number): [number, number] => [
    Math.max(0, Math.floor((low - from) / step)),
    Math.min(count - 1, Math.ceil((high - from) / step)),
  ];
  const [x0, x1, y0, y1, z0, z1] = solid.box;
  const [i0, i1] = range(x0, x1, grid.x0, xMm, grid.columns);
  const [j0, j1] = range(y0, y1, grid.y0, grid.mm, grid.rows);
  const [k0, k1] = range(z0, z1, grid.z0, grid.sliceMm, grid.slices);
  const value = bright[solid.material];
  const textured = solid.material === 'spongy' || solid.material === 'archSpongy' || solid.material === 'ribMarrow';
  for (let k = k0; k <= k1; k++) {
    const z = grid.z0 + k * grid.sliceMm;
    for (let j = j0; j <= j1; j++) {
      const y = grid.y0 + j * grid.mm;
      for (let i = i0; i <= i1; i++) {
        const x = grid.x0 + i * xMm;
        const filled = 0.5 - solid.distance(x, y, z) / voxel;
        if (filled <= 0) continue;
        const at = (k * grid.rows + j) * grid.columns + i;
        const lumps = textured ? value * MARROW_TEXTURE * smoothNoise(x / 3.2, y / 3.2, z / 3.2, seed) : 0;
        const share = Math.min(1, filled);
        grid.values[at] = (grid.values[at] ?? 0) * (1 - share) + (value + lumps) * share;
      }
    }
  }
}
