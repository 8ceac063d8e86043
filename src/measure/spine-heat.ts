/** The localizer's answer as heat maps in the patient's frame, and a classical fallback that gives the same from bone and canal. */

import type { Vector } from './affine.ts';
import { GRID_MM, type Grid } from './localizer-grid.ts';

/** Heat maps 0-1 on a grid of half the localizer's resolution, arrays [z][y][x]. */
export interface SpineHeat {
  readonly nx: number;
  readonly ny: number;
  readonly nz: number;
  /** LPS mm of the centre of heat voxel (0, 0, 0). */
  readonly origin: Vector;
  readonly mm: number;
  readonly body: Float32Array;
  readonly canal: Float32Array;
  readonly sacrum: Float32Array;
  readonly lastRib: Float32Array;
}

/** Geometry of the heat grid that belongs to an input grid: voxel o covers input voxels 2o and 2o + 1. */
function heatGeometry(grid: Grid): { nx: number; ny: number; nz: number; origin: Vector; mm: number } {
  const half = grid.mm / 2;
  return {
    nx: grid.nx / 2,
    ny: grid.ny / 2,
    nz: grid.nz / 2,
    origin: [grid.origin[0] + half, grid.origin[1] + half, grid.origin[2] + half],
    mm: grid.mm * 2,
  };
}

/** Reads the network's tensor `heat [1, 4, z/2, y/2, x/2]`: bodyCentreLine, canal, sacrum, lastRib. */
export function heatFromTensor(grid: Grid, heat: Float32Array): SpineHeat {
  const geometry = heatGeometry(grid);
  const size = geometry.nx * geometry.ny * geometry.nz;
  if (heat.length !== 4 * size) throw new RangeError(`heat has ${heat.length} values, expected ${4 * size}`);
  const channel = (c: number): Float32Array => heat.subarray(c * size, (c + 1) * size);
  return { ...geometry, body: channel(0), canal: channel(1), sacrum: channel(2), lastRib: channel(3) };
}

const BODY_HALF = [3, 2, 2] as const; // 4 mm voxels: x, y, z half sizes of the body box (28 x 20 x 20 mm)
const ramp = (value: number, from: number, to: number): number => (value <= from ? 0 : value >= to ? 1 : (value - from) / (to - from));

/** Mean and maximum of HU (clamped to -200..600) in a box around a voxel; outside the grid counts as -200. */
function box(grid: Grid, x: number, y: number, z: number, hx: number, hy: number, hz: number): { mean: number; max: number } {
  let sum = 0;
  let max = -200;
  for (let k = z - hz; k <= z + hz; k++) {
    for (let j = y - hy; j <= y + hy; j++) {
      for (let i = x - hx; i <= x + hx; i++) {
        const inside = k >= 0 && j >= 0 && i >= 0 && k < grid.nz && j < grid.ny && i < grid.nx;
        const value = inside ? grid.values[(k * grid.ny + j) * grid.nx + i]! : -200;
        const clamped = value < -200 ? -200 : value > 600 ? 600 : value;
        sum += clamped;
        if (clamped > max) max = clamped;
      }
    }
  }
  return { mean: sum / ((2 * hx + 1) * (2 * hy + 1) * (2 * hz + 1)), max };
}

/** How much a place looks like the centre of a vertebral body: soft bone in front of a darker canal with a bony arch around it. */
function bodyScore(grid: Grid, x: number, y: number, z: number): { score: number; canalY: number } {
  const body = box(grid, x, y, z, ...BODY_HALF).mean;
  if (body < 70) return { score: 0, canalY: -1 };
  let best = { score: 0, canalY: -1 };
  for (let offset = 5; offset <= 8; offset++) {
    const canal = box(grid, x, y + offset, z, 1, 1, 2).mean;
    const behind = box(grid, x, y + offset + 4, z, 1, 1, 2).max;
    const left = box(grid, x + 4, y + offset, z, 1, 1, 2).max;
    const right = box(grid, x - 4, y + offset, z, 1, 1, 2).max;
    const arch = ramp(behind, 100, 260) * (1 + ramp(left, 100, 260) + ramp(right, 100, 260));
    const score = ramp(body, 70, 170) * ramp(body - canal, 10, 90) * ramp(canal, -120, -20) * (arch / 3) ** 2;
    if (score > best.score) best = { score, canalY: y + offset };
  }
  return best;
}

/** Body line and canal from bone alone, on CT. Sacrum and last rib stay empty: they are not told apart here. */
export function classicalHeat(grid: Grid): SpineHeat {
  if (grid.mm !== GRID_MM) throw new RangeError('the classical localizer wants the 4 mm grid');
  const geometry = heatGeometry(grid);
  const { nx, ny, nz } = geometry;
  const body = new Float32Array(nx * ny * nz);
  const canal = new Float32Array(nx * ny * nz);
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const { score, canalY } = bodyScore(grid, 2 * x, 2 * y, 2 * z);
        const at = (z * ny + y) * nx + x;
        body[at] = Math.sqrt(score);
        const canalRow = Math.floor(canalY / 2);
        if (score > 0 && canalRow < ny) canal[(z * ny + canalRow) * nx + x] = Math.max(canal[(z * ny + canalRow) * nx + x]!, Math.sqrt(score));
      }
    }
  }
  const empty = new Float32Array(nx * ny * nz);
  // Scores were taken at input voxel 2o itself, not between 2o and 2o + 1.
  return { ...geometry, origin: grid.origin, body, canal, sacrum: empty, lastRib: empty };
}
