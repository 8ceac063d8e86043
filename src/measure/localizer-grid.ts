/** The localizer's grid (docs/model-contract.md): 4 mm, axis-aligned LPS, array order [z][y][x] growing superior, posterior, left. */
import type { Volume } from '../case/volume.ts';
import { applyAffine, type Vector } from './affine.ts';
import { isAligned, sampleAligned } from './sample-aligned.ts';
import { makeSampler, outsideValue, type Sampler } from './sample-volume.ts';

export const GRID_MM = 4;
const PAD_TO = 8;

export interface Grid {
  readonly nx: number;
  readonly ny: number;
  readonly nz: number;
  /** LPS mm of the centre of voxel (0, 0, 0). */
  readonly origin: Vector;
  readonly mm: number;
  readonly values: Float32Array;
}

/**
 * Adds `share` times the sums of `count` neighbouring runs of `size` voxels. Every voxel of the volume passes here: for the usual pixels (blocks of
 * four and five) the sum is written out, which takes half the time of a loop in the loop.
 */
function addBlocks(source: Volume['values'], from: number, size: number, into: Float32Array, to: number, count: number, share: number): void {
  let at = from;
  if (size === 4) {
    for (let i = to; i < to + count; i += 1, at += 4) into[i]! += (source[at]! + source[at + 1]! + source[at + 2]! + source[at + 3]!) * share;
  } else if (size === 5) {
    for (let i = to; i < to + count; i += 1, at += 5)
      into[i]! += (source[at]! + source[at + 1]! + source[at + 2]! + source[at + 3]! + source[at + 4]!) * share;
  } else {
    for (let i = to; i < to + count; i += 1) {
      let sum = 0;
      for (const end = at + size; at < end; at += 1) sum += source[at]!;
      into[i]! += sum * share;
    }
  }
}

/** Means over blocks of whole voxels, so that the coarse grid sees averages and not single samples. */
export function averageDown(volume: Volume, factors: Vector): Volume {
  const [fi, fj, fk] = factors;
  if (fi === 1 && fj === 1 && fk === 1) return volume;
  const columns = Math.max(1, Math.floor(volume.columns / fi));
  const rows = Math.max(1, Math.floor(volume.rows / fj));
  const slices = Math.max(1, Math.floor(volume.slices / fk));
  const values = new Float32Array(columns * rows * slices);
  const source = volume.values;
  const share = 1 / (fi * fj * fk);
  for (let k = 0; k < slices * fk; k++) {
    for (let j = 0; j < rows * fj; j++) {
      const from = (k * volume.rows + j) * volume.columns;
      const to = (Math.floor(k / fk) * rows + Math.floor(j / fj)) * columns;
      addBlocks(source, from, fi, values, to, columns, share);
    }
  }
  const a = volume.affine;
  const origin = applyAffine(a, (fi - 1) / 2, (fj - 1) / 2, (fk - 1) / 2);
  const affine = [0, 1, 2].flatMap((row) => [a[row * 4]! * fi, a[row * 4 + 1]! * fj, a[row * 4 + 2]! * fk, origin[row as 0 | 1 | 2]]);
  return { ...volume, columns, rows, slices, values, affine };
}

/** Length in mm of one voxel step along i, j and k. */
export function voxelMm(affine: readonly number[]): Vector {
  const step = (axis: number): number => Math.hypot(affine[axis]!, affine[4 + axis]!, affine[8 + axis]!);
  return [step(0), step(1), step(2)];
}

/** The smallest LPS box that holds the volume's voxel centres. */
export function boundingBox(volume: Volume): { readonly low: Vector; readonly high: Vector } {
  const corners: Vector[] = [];
  for (const i of [0, volume.columns - 1]) {
    for (const j of [0, volume.rows - 1]) for (const k of [0, volume.slices - 1]) corners.push(applyAffine(volume.affine, i, j, k));
  }
  const pick = (choose: (...numbers: number[]) => number): Vector => [
    choose(...corners.map((c) => c[0])),
    choose(...corners.map((c) => c[1])),
    choose(...corners.map((c) => c[2])),
  ];
  return { low: pick(Math.min), high: pick(Math.max) };
}

/** `gridMm` and `padTo`: other networks ask for a finer grid. */
export function resampleToGrid(volume: Volume, gridMm = GRID_MM, padTo = PAD_TO): Grid {
  const factor = (mm: number): number => Math.max(1, Math.round(gridMm / mm));
  const [di, dj, dk] = voxelMm(volume.affine);
  const coarse = averageDown(volume, [factor(di), factor(dj), factor(dk)]);
  const outside = outsideValue(volume);
  const { low, high } = boundingBox(volume);
  const size = (axis: 0 | 1 | 2): number => Math.ceil((Math.floor((high[axis] - low[axis]) / gridMm) + 1) / padTo) * padTo;
  const [nx, ny, nz] = [size(0), size(1), size(2)];
  const grid: Grid = { nx, ny, nz, origin: low, mm: gridMm, values: new Float32Array(nx * ny * nz) };
  if (isAligned(coarse)) sampleAligned(coarse, outside, grid);
  else sampleLines(makeSampler(coarse, outside), grid);
  return grid;
}

function sampleLines(sample: Sampler, { nx, ny, nz, origin, mm, values }: Grid): void {
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) sample.addLine(values, (z * ny + y) * nx, nx, [origin[0], origin[1] + y * mm, origin[2] + z * mm], [mm, 0, 0]);
  }
}
