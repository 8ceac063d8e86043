/** A sagittal spin-echo MR of a phantom patient: thick slices, a surface coil's shading, signal without units. */
import type { PointLps } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { makeAnatomy, paintAnatomy, truthOf } from './anatomy.ts';
import { addNoise, blur } from './grain.ts';
import type { Phantom } from './make-phantom.ts';
import { mrBrightness } from './materials.ts';
import type { PhantomParameters } from './parameters.ts';
import { emptyGrid, type Grid } from './render.ts';

export interface MrPhantomParameters extends PhantomParameters {
  readonly weighting: 'T1' | 'T2';
  /** Slices from the patient's left to the right. */
  readonly slices?: number;
  readonly sliceThicknessMm?: number;
  readonly gapMm?: number;
}

/** Columns grow to the back, rows to the feet, slices to the patient's right. `rows` of the parameters is ignored: the levels decide. */
export function makeMrPhantom(parameters: MrPhantomParameters): Phantom {
  const anatomy = makeAnatomy({ ...parameters, table: false });
  const thickness = parameters.sliceThicknessMm ?? 4;
  const count = parameters.slices ?? 15;
  const apart = thickness + (parameters.gapMm ?? 0.4);
  const mm = parameters.pixelMm ?? 0.9;
  const half = ((count - 1) / 2) * apart + thickness / 2;
  const columns = parameters.columns ?? 232;
  const [left, back] = parameters.offCentreMm ?? [0, 0];
  const fine = emptyGrid({
    columns: Math.ceil(2 * half) + 1,
    rows: columns,
    slices: Math.round((anatomy.high - anatomy.low) / mm) + 1,
    x0: anatomy.middle[0] + left - half,
    y0: anatomy.middle[1] + back - columns * 0.55 * mm,
    z0: anatomy.low,
    mm,
    xMm: 1,
    sliceMm: mm,
  });
  paintAnatomy(anatomy, fine, mrBrightness(parameters.weighting));
  const centres = Array.from({ length: count }, (_, k) => 2 * half - thickness / 2 - k * apart);
  const values = slabs(fine, centres, thickness);
  const size = { columns, rows: fine.slices, slices: count };
  blur(values, size, 0.55, 0);
  shade(values, size);
  addNoise(values, size, parameters.seed, parameters.noiseHu ?? 14, 0.4, 0);
  const first = fine.x0 + (centres[0] ?? 0);
  const affine = [0, 0, -apart, first, mm, 0, 0, fine.y0, 0, -mm, 0, fine.z0 + (fine.slices - 1) * mm];
  const volume: Volume = {
    ...size,
    values: Int16Array.from(values, (signal) => Math.max(0, Math.min(4095, Math.round(signal)))),
    affine,
    modality: 'MR',
    quantity: 'signal',
    sliceSpacingMm: apart,
    notes: [],
  };
  const inside = ([x, y, z]: PointLps): boolean =>
    Math.abs(x - anatomy.middle[0] - left) <= half && y >= fine.y0 && y <= fine.y0 + columns * mm && z >= anatomy.low && z <= anatomy.high;
  return { volume, truth: truthOf(anatomy, inside) };
}

/** Means over the thickness of each slice, turned so that rows run down and columns run back. */
function slabs(fine: Grid, centres: readonly number[], thickness: number): Float32Array {
  const out = new Float32Array(centres.length * fine.slices * fine.rows);
  centres.forEach((centre, s) => {
    const first = Math.max(0, Math.round(centre - thickness / 2));
    const last = Math.min(fine.columns - 1, Math.round(centre + thickness / 2) - 1);
    for (let k = 0; k < fine.slices; k++) {
      for (let j = 0; j < fine.rows; j++) {
        let sum = 0;
        for (let i = first; i <= last; i++) sum += fine.values[(k * fine.rows + j) * fine.columns + i] ?? 0;
        out[(s * fine.slices + fine.slices - 1 - k) * fine.rows + j] = sum / (last - first + 1);
      }
    }
  });
  return out;
}

/** The coil lies under the back: brighter there, darker in front and at both ends. */
function shade(values: Float32Array, { columns, rows, slices }: { columns: number; rows: number; slices: number }): void {
  let at = 0;
  for (let k = 0; k < slices; k++) {
    for (let j = 0; j < rows; j++) {
      const end = 1 - 0.28 * ((2 * j) / rows - 1) ** 4;
      for (let i = 0; i < columns; i++, at++) values[at] = (values[at] ?? 0) * end * (0.55 + 0.75 * (i / columns) ** 1.5);
    }
  }
}
