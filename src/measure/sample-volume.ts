/** Trilinear samples of a volume at points of the patient's frame (LPS, mm). */
import type { Volume } from '../case/volume.ts';
import { invertAffine, type Vector } from './affine.ts';
import { isAligned } from './sample-aligned.ts';
import { addInside, addInsideAligned, insideRun, isLineInside, type VoxelGrid } from './sample-line.ts';

export type SampleAt = (x: number, y: number, z: number) => number;

export interface Sampler {
  /** Value at an LPS point, mm. */
  (x: number, y: number, z: number): number;
  /**
   * Adds the values at `start + n * step` (LPS, mm; n = 0 ... count - 1) to `into` from index `at`: the very numbers that `sample` gives point
   * by point, in a fraction of the time (sample-line.ts).
   */
  addLine(into: Float32Array, at: number, count: number, start: Vector, step: Vector): void;
}

/** What stands for "no tissue here": air on CT, no signal elsewhere. */
export function outsideValue(volume: Pick<Volume, 'quantity'>): number {
  return volume.quantity === 'HU' ? -1000 : 0;
}

/** A sampler; points more than half a voxel outside give `outside`, or the nearest edge when that is 'edge'. */
export function makeSampler(volume: Volume, outside: number | 'edge' = outsideValue(volume)): Sampler {
  const inverse = invertAffine(volume.affine) as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const { columns, rows, slices, values } = volume;
  const plane = columns * rows;
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = inverse;
  const top = [columns - 1, rows - 1, slices - 1] as const;
  const value = (x: number, y: number, z: number): number => {
    let i = m0 * x + m1 * y + m2 * z + m3;
    let j = m4 * x + m5 * y + m6 * z + m7;
    let k = m8 * x + m9 * y + m10 * z + m11;
    if (outside !== 'edge' && !(i >= -0.5 && j >= -0.5 && k >= -0.5 && i <= columns - 0.5 && j <= rows - 0.5 && k <= slices - 0.5)) return outside;
    i = i < 0 ? 0 : i > columns - 1 ? columns - 1 : i;
    j = j < 0 ? 0 : j > rows - 1 ? rows - 1 : j;
    k = k < 0 ? 0 : k > slices - 1 ? slices - 1 : k;
    const i0 = Math.floor(i);
    const j0 = Math.floor(j);
    const k0 = Math.floor(k);
    const di = i - i0;
    const dj = j - j0;
    const dk = k - k0;
    const stepI = i0 < columns - 1 ? 1 : 0;
    const stepJ = j0 < rows - 1 ? columns : 0;
    const stepK = k0 < slices - 1 ? plane : 0;
    const at = k0 * plane + j0 * columns + i0;
    const near =
      (values[at]! * (1 - di) + values[at + stepI]! * di) * (1 - dj) + (values[at + stepJ]! * (1 - di) + values[at + stepJ + stepI]! * di) * dj;
    const up = at + stepK;
    const far =
      (values[up]! * (1 - di) + values[up + stepI]! * di) * (1 - dj) + (values[up + stepJ]! * (1 - di) + values[up + stepJ + stepI]! * di) * dj;
    return near * (1 - dk) + far * dk;
  };
  const grid: VoxelGrid = { values, columns, plane, inverse: Float64Array.from(inverse), last: top };
  const aligned = isAligned(volume);
  /** Inside, the same arithmetic as `value` without its questions; at the edges and outside `value` itself. */
  const addLine: Sampler['addLine'] = (into, at, count, start, step) => {
    let from = 0;
    let until = count;
    if (!isLineInside(grid, count, start, step)) {
      [from, until] = insideRun(grid, count, start, step);
      for (let n = 0; n < count; n += 1)
        if (n < from || n >= until) into[at + n]! += value(start[0] + n * step[0], start[1] + n * step[1], start[2] + n * step[2]);
    }
    if (aligned) addInsideAligned(grid, into, at, from, until, start, step);
    else addInside(grid, into, at, from, until, start, step);
  };
  return Object.assign(value, { addLine });
}
