/** Trilinear samples of a volume at points of the patient's frame (LPS, mm). */
import type { Volume } from '../case/volume.ts';
import { invertAffine, type Vector } from './affine.ts';

export type SampleAt = (x: number, y: number, z: number) => number;

export interface Sampler {
  /** Value at an LPS point, mm. */
  (x: number, y: number, z: number): number;
  /**
   * Adds the values at `start + n * step` (LPS, mm; n = 0 ... count - 1) to `into` from index `at`: what `sample` point by point adds, in a
   * third of the time, because no number has to leave its register (bench/model.ts).
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
  /** The same arithmetic as `value`, written out in the loop. */
  const addLine: Sampler['addLine'] = (into, at, count, start, step) => {
    const [lastI, lastJ, lastK] = top;
    const isEdge = outside === 'edge';
    const beyond = outside === 'edge' ? 0 : outside;
    for (let n = 0; n < count; n += 1) {
      const x = start[0] + n * step[0];
      const y = start[1] + n * step[1];
      const z = start[2] + n * step[2];
      let i = m0 * x + m1 * y + m2 * z + m3;
      let j = m4 * x + m5 * y + m6 * z + m7;
      let k = m8 * x + m9 * y + m10 * z + m11;
      if (!isEdge && !(i >= -0.5 && j >= -0.5 && k >= -0.5 && i <= lastI + 0.5 && j <= lastJ + 0.5 && k <= lastK + 0.5)) {
        into[at + n]! += beyond;
        continue;
      }
      i = i < 0 ? 0 : i > lastI ? lastI : i;
      j = j < 0 ? 0 : j > lastJ ? lastJ : j;
      k = k < 0 ? 0 : k > lastK ? lastK : k;
      const i0 = Math.floor(i);
      const j0 = Math.floor(j);
      const k0 = Math.floor(k);
      const di = i - i0;
      const dj = j - j0;
      const dk = k - k0;
      const stepI = i0 < lastI ? 1 : 0;
      const stepJ = j0 < lastJ ? columns : 0;
      const here = k0 * plane + j0 * columns + i0;
      const near =
        (values[here]! * (1 - di) + values[here + stepI]! * di) * (1 - dj) +
        (values[here + stepJ]! * (1 - di) + values[here + stepJ + stepI]! * di) * dj;
      const up = k0 < lastK ? here + plane : here;
      const far =
        (values[up]! * (1 - di) + values[up + stepI]! * di) * (1 - dj) + (values[up + stepJ]! * (1 - di) + values[up + stepJ + stepI]! * di) * dj;
      into[at + n]! += near * (1 - dk) + far * dk;
    }
  };
  return Object.assign(value, { addLine });
}
