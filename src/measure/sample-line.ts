/** Trilinear samples along straight lines through the inside of a volume: the loop in which the time of a measurement goes (decision 0013). */
import type { Volume } from '../case/volume.ts';
import type { Vector } from './affine.ts';

/** The volume's numbers, how its rows lie in memory, and the way from LPS to voxel coordinates. */
export interface VoxelGrid {
  readonly values: Volume['values'];
  readonly columns: number;
  readonly plane: number;
  /** Row-major 3 x 4: LPS mm to (i, j, k). */
  readonly inverse: Float64Array;
  /** Index of the last column, row and slice. */
  readonly last: Vector;
}

/** Rounding may not carry a sample over the volume's face: this far from it (voxels) the careful way is taken. */
const MARGIN = 1e-6;

function isInside({ inverse: m, last }: VoxelGrid, x: number, y: number, z: number): boolean {
  const i = m[0]! * x + m[1]! * y + m[2]! * z + m[3]!;
  const j = m[4]! * x + m[5]! * y + m[6]! * z + m[7]!;
  const k = m[8]! * x + m[9]! * y + m[10]! * z + m[11]!;
  return i >= MARGIN && j >= MARGIN && k >= MARGIN && i <= last[0] - MARGIN && j <= last[1] - MARGIN && k <= last[2] - MARGIN;
}

function isPointInside(grid: VoxelGrid, start: Vector, step: Vector, n: number): boolean {
  return isInside(grid, start[0] + n * step[0], start[1] + n * step[1], start[2] + n * step[2]);
}

/** A straight line whose ends have voxels on all sides stays inside: nearly always so. */
export function isLineInside(grid: VoxelGrid, count: number, start: Vector, step: Vector): boolean {
  return isPointInside(grid, start, step, 0) && isPointInside(grid, start, step, count - 1);
}

/** The run [from, until) of `count` points at `start + n * step` that have voxels on all sides. */
export function insideRun(grid: VoxelGrid, count: number, start: Vector, step: Vector): readonly [from: number, until: number] {
  let from = 0;
  while (from < count && !isPointInside(grid, start, step, from)) from += 1;
  let until = count;
  while (until > from && !isPointInside(grid, start, step, until - 1)) until -= 1;
  return [from, until];
}

/**
 * The same for a volume along the axes of the patient, as nearly every CT is: six numbers of the way to the voxels are zero, and without them the
 * loop's numbers fit into the registers.
 */
export function addInsideAligned(grid: VoxelGrid, into: Float32Array, at: number, from: number, until: number, start: Vector, step: Vector): void {
  const { values, columns, plane, inverse } = grid;
  const scaleI = inverse[0]!;
  const shiftI = inverse[3]!;
  const scaleJ = inverse[5]!;
  const shiftJ = inverse[7]!;
  const scaleK = inverse[10]!;
  const shiftK = inverse[11]!;
  const startX = start[0];
  const stepX = step[0];
  const startY = start[1];
  const stepY = step[1];
  const startZ = start[2];
  const stepZ = step[2];
  for (let n = from; n < until; n += 1) {
    const i = scaleI * (startX + n * stepX) + shiftI;
    const j = scaleJ * (startY + n * stepY) + shiftJ;
    const k = scaleK * (startZ + n * stepZ) + shiftK;
    const i0 = i | 0;
    const j0 = j | 0;
    const k0 = k | 0;
    const di = i - i0;
    const dj = j - j0;
    const dk = k - k0;
    const ei = 1 - di;
    const ej = 1 - dj;
    const here = k0 * plane + j0 * columns + i0;
    const up = here + plane;
    const near = (values[here]! * ei + values[here + 1]! * di) * ej + (values[here + columns]! * ei + values[here + columns + 1]! * di) * dj;
    const far = (values[up]! * ei + values[up + 1]! * di) * ej + (values[up + columns]! * ei + values[up + columns + 1]! * di) * dj;
    into[at + n]! += near * (1 - dk) + far * dk;
  }
}

/** Adds the samples at `start + n * step`, `from` <= n < `until`, to `into[at + n]`. All of them must be inside (`insideRun`). */
export function addInside(grid: VoxelGrid, into: Float32Array, at: number, from: number, until: number, start: Vector, step: Vector): void {
  const { values, columns, plane, inverse } = grid;
  const m0 = inverse[0]!;
  const m1 = inverse[1]!;
  const m2 = inverse[2]!;
  const m3 = inverse[3]!;
  const m4 = inverse[4]!;
  const m5 = inverse[5]!;
  const m6 = inverse[6]!;
  const m7 = inverse[7]!;
  const m8 = inverse[8]!;
  const m9 = inverse[9]!;
  const m10 = inverse[10]!;
  const m11 = inverse[11]!;
  const startX = start[0];
  const stepX = step[0];
  const startY = start[1];
  const stepY = step[1];
  const startZ = start[2];
  const stepZ = step[2];
  for (let n = from; n < until; n += 1) {
    const x = startX + n * stepX;
    const y = startY + n * stepY;
    const z = startZ + n * stepZ;
    const i = m0 * x + m1 * y + m2 * z + m3;
    const j = m4 * x + m5 * y + m6 * z + m7;
    const k = m8 * x + m9 * y + m10 * z + m11;
    // None is negative here: cutting off is rounding down.
    const i0 = i | 0;
    const j0 = j | 0;
    const k0 = k | 0;
    const di = i - i0;
    const dj = j - j0;
    const dk = k - k0;
    const ei = 1 - di;
    const ej = 1 - dj;
    const here = k0 * plane + j0 * columns + i0;
    const up = here + plane;
    const near = (values[here]! * ei + values[here + 1]! * di) * ej + (values[here + columns]! * ei + values[here + columns + 1]! * di) * dj;
    const far = (values[up]! * ei + values[up + 1]! * di) * ej + (values[up + columns]! * ei + values[up + columns + 1]! * di) * dj;
    into[at + n]! += near * (1 - dk) + far * dk;
  }
}
