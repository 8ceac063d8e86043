/** The localizer's grid (docs/model-contract.md): 4 mm, axis-aligned LPS, array order [z][y][x] growing superior, posterior, left. */
import type { Volume } from '../case/volume.ts';
import { applyAffine, type Vector } from './affine.ts';
import { isAligned, sampleAligned, slicesUnder } from './sample-aligned.ts';
import { makeSampler, outsideValue, type Sampler } from './sample-volume.ts';

export const GRID_MM = 4;
const PAD_TO = 8;

export interface GridFrame {
  readonly nx: number;
  readonly ny: number;
  readonly nz: number;
  /** LPS mm of the centre of voxel (0, 0, 0). */
  readonly origin: Vector;
  readonly mm: number;
}

export interface Grid extends GridFrame {
  readonly values: Float32Array;
}

/**
 * Adds `share` times the sums of `count` neighbouring runs of `size` voxels. Every voxel of the volume passes here: for the usual pixels (blocks of
 * four, five and six) the sum is written out, which takes half the time of a loop in the loop.
 */
function addBlocks(source: Volume['values'], from: number, size: number, into: Float32Array, to: number, count: number, share: number): void {
  const end = to + count;
  let at = from;
  if (size === 4) {
    for (let i = to; i < end; i += 1, at += 4) into[i]! += (source[at]! + source[at + 1]! + source[at + 2]! + source[at + 3]!) * share;
  } else if (size === 5) {
    for (let i = to; i < end; i += 1, at += 5)
      into[i]! += (source[at]! + source[at + 1]! + source[at + 2]! + source[at + 3]! + source[at + 4]!) * share;
  } else if (size === 6) {
    for (let i = to; i < end; i += 1, at += 6)
      into[i]! += (source[at]! + source[at + 1]! + source[at + 2]! + source[at + 3]! + source[at + 4]! + source[at + 5]!) * share;
  } else {
    for (let i = to; i < end; i += 1) {
      let sum = 0;
      for (const stop = at + size; at < stop; at += 1) sum += source[at]!;
      into[i]! += sum * share;
    }
  }
}

/** The geometry of the volume's means over blocks of whole voxels. */
function coarseFrame(volume: Volume, [fi, fj, fk]: Vector): Omit<Volume, 'values'> {
  const { values: _fine, ...rest } = volume;
  const columns = Math.max(1, Math.floor(volume.columns / fi));
  const rows = Math.max(1, Math.floor(volume.rows / fj));
  const slices = Math.max(1, Math.floor(volume.slices / fk));
  const a = volume.affine;
  const origin = applyAffine(a, (fi - 1) / 2, (fj - 1) / 2, (fk - 1) / 2);
  const affine = [0, 1, 2].flatMap((row) => [a[row * 4]! * fi, a[row * 4 + 1]! * fj, a[row * 4 + 2]! * fk, origin[row as 0 | 1 | 2]]);
  return { ...rest, columns, rows, slices, affine };
}

/**
 * Means over blocks of whole voxels, so that the coarse grid sees averages and not single samples. `from` and `until`: only these slices of the
 * result are filled, the others stay 0.
 */
export function averageDown(volume: Volume, factors: Vector, from = 0, until = Number.POSITIVE_INFINITY): Volume {
  const [fi, fj, fk] = factors;
  if (fi === 1 && fj === 1 && fk === 1) return volume;
  const frame = coarseFrame(volume, factors);
  const { columns, rows } = frame;
  const values = new Float32Array(columns * rows * frame.slices);
  const share = 1 / (fi * fj * fk);
  for (let k = from * fk; k < Math.min(until, frame.slices) * fk; k++) {
    for (let j = 0; j < rows * fj; j++) {
      const at = (k * volume.rows + j) * volume.columns;
      const to = (Math.floor(k / fk) * rows + Math.floor(j / fj)) * columns;
      addBlocks(volume.values, at, fi, values, to, columns, share);
    }
  }
  return { ...frame, values };
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

/** Where the grid's voxels lie. `gridMm` and `padTo`: other networks ask for a finer grid. */
export function gridFrame(volume: Volume, gridMm = GRID_MM, padTo = PAD_TO): GridFrame {
  const { low, high } = boundingBox(volume);
  const size = (axis: 0 | 1 | 2): number => Math.ceil((Math.floor((high[axis] - low[axis]) / gridMm) + 1) / padTo) * padTo;
  return { nx: size(0), ny: size(1), nz: size(2), origin: low, mm: gridMm };
}

/** The values of the grid's planes `from` <= z < `until`: parts of a grid are the same numbers as the whole. */
export function sampleGridPlanes(volume: Volume, frame: GridFrame, from = 0, until = frame.nz): Float32Array<ArrayBuffer> {
  const factor = (mm: number): number => Math.max(1, Math.round(frame.mm / mm));
  const [di, dj, dk] = voxelMm(volume.affine);
  const factors: Vector = [factor(di), factor(dj), factor(dk)];
  const outside = outsideValue(volume);
  const planes = { ...frame, nz: until - from, values: new Float32Array(frame.nx * frame.ny * (until - from)) };
  if (isAligned(volume)) {
    const [first, end] = slicesUnder(coarseFrame(volume, factors), frame, from, until);
    sampleAligned(averageDown(volume, factors, first, end), outside, planes, from);
  } else sampleLines(makeSampler(averageDown(volume, factors), outside), planes, from);
  return planes.values;
}

export function resampleToGrid(volume: Volume, gridMm = GRID_MM, padTo = PAD_TO): Grid {
  const frame = gridFrame(volume, gridMm, padTo);
  return { ...frame, values: sampleGridPlanes(volume, frame) };
}

function sampleLines(sample: Sampler, { nx, ny, nz, origin, mm, values }: Grid, from: number): void {
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++)
      sample.addLine(values, (z * ny + y) * nx, nx, [origin[0], origin[1] + y * mm, origin[2] + (from + z) * mm], [mm, 0, 0]);
  }
}
