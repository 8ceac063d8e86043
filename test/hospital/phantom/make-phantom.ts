/** A CT of a phantom patient: a volume in HU with a known truth. The same parameters give the same voxels. */
import type { Volume } from '#src/case/volume.ts';
import { type Anatomy, makeAnatomy, paintAnatomy, truthOf } from './anatomy.ts';
import { addNoise, blur, sharpen } from './grain.ts';
import { ctBrightness } from './materials.ts';
import type { PhantomParameters, PhantomTruth } from './parameters.ts';
import { emptyGrid, type Grid } from './render.ts';

export interface Phantom {
  readonly volume: Volume;
  readonly truth: PhantomTruth;
}

/** LPS mm, HU from -1024 to 3071. Slices run upwards. Throws RangeError for a level that the phantom does not have. */
export function makePhantom(parameters: PhantomParameters): Phantom {
  const anatomy = makeAnatomy(parameters);
  const grid = emptyGrid(ctGrid(anatomy));
  paintAnatomy(anatomy, grid, ctBrightness(parameters));
  const sharpness = parameters.sharpness ?? 0;
  blur(grid.values, grid, 0.72 / grid.mm, 0.5);
  sharpen(grid.values, grid, 1.4 * sharpness);
  addNoise(grid.values, grid, parameters.seed, (parameters.noiseHu ?? 12) * (1 + 2.5 * sharpness), 0.95 - 0.55 * sharpness, 0.35);
  const values = Int16Array.from(grid.values, (hu) => Math.max(-1024, Math.min(3071, Math.round(hu))));
  return { volume: asVolume(grid, values), truth: truthOf(anatomy, (point) => isInside(grid, point)) };
}

/** The truth alone, without painting a voxel: what `makePhantom` would say. */
export function phantomTruth(parameters: PhantomParameters): PhantomTruth {
  const anatomy = makeAnatomy(parameters);
  const grid = ctGrid(anatomy);
  return truthOf(anatomy, (point) => isInside(grid, point));
}

/** A scout view: one coronal picture, the mean along the beam. It carries the spine and must not be taken for a series of the spine. */
export function scoutOf(volume: Volume): Volume {
  const { columns, rows, slices } = volume;
  const values = new Int16Array(columns * slices);
  for (let k = 0; k < slices; k++) {
    for (let i = 0; i < columns; i++) {
      let sum = 0;
      for (let j = 0; j < rows; j++) sum += volume.values[(k * rows + j) * columns + i] ?? 0;
      values[(slices - 1 - k) * columns + i] = Math.round(sum / rows);
    }
  }
  const [mm = 1, , , x0 = 0, , , , y0 = 0, , , , z0 = 0] = volume.affine;
  const top = z0 + (slices - 1) * volume.sliceSpacingMm;
  const affine = [mm, 0, 0, x0, 0, 0, mm, y0 + (rows / 2) * mm, 0, -volume.sliceSpacingMm, 0, top];
  return { ...volume, rows: slices, slices: 1, values, affine };
}

/** The field of view: the bodies lie 60 % of the way back, as when a spine is reconstructed from a body scan. */
function ctGrid({ parameters, low, high, middle }: Anatomy): Omit<Grid, 'values'> {
  const mm = parameters.pixelMm ?? 1.05;
  const sliceMm = parameters.sliceMm ?? 1.5;
  const columns = parameters.columns ?? 168;
  const rows = parameters.rows ?? 168;
  const [left, back] = parameters.offCentreMm ?? [0, 0];
  const slices = Math.max(1, Math.round((high - low) / sliceMm) + 1);
  const x0 = middle[0] + left - ((columns - 1) / 2) * mm;
  const y0 = middle[1] + back - (rows - 1) * 0.55 * mm;
  return { columns, rows, slices, x0, y0, z0: low, mm, sliceMm };
}

function isInside(grid: Omit<Grid, 'values'>, [x, y, z]: readonly [number, number, number]): boolean {
  const within = (value: number, from: number, step: number, count: number): boolean =>
    value >= from - step / 2 && value <= from + (count - 0.5) * step;
  return within(x, grid.x0, grid.mm, grid.columns) && within(y, grid.y0, grid.mm, grid.rows) && within(z, grid.z0, grid.sliceMm, grid.slices);
}

function asVolume(grid: Grid, values: Int16Array): Volume {
  const { columns, rows, slices, x0, y0, z0, mm, sliceMm } = grid;
  const affine = [mm, 0, 0, x0, 0, mm, 0, y0, 0, 0, sliceMm, z0];
  return { columns, rows, slices, values, affine, modality: 'CT', quantity: 'HU', sliceSpacingMm: sliceMm, notes: [] };
}
