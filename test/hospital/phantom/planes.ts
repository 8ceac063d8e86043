/** Cuts a phantom's volume into the planes that a series stores, true to the fault asked for: a tilted gantry really cuts tilted planes. */
import type { PointLps } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';

export type SeriesFault =
  | 'tilt-without-tag'
  | 'tilt-with-tag'
  | 'oblique'
  | 'missing-slice'
  | 'duplicate-slice'
  | 'uneven-spacing'
  | 'two-phases'
  | 'one-slice'
  | 'mixed-sop-classes'
  | 'per-slice-rescale'
  | 'padding'
  | 'no-pixel-spacing'
  | 'zero-pixel-spacing'
  | 'no-orientation'
  | 'empty-uids';

/** One image plane in the patient: LPS mm of the first pixel's centre, unit directions, values in modality units. */
export interface Plane {
  readonly origin: PointLps;
  readonly row: PointLps;
  readonly column: PointLps;
  readonly values: Int16Array;
  readonly acquisition: number;
}

const TILT_DEGREES = 18.5;
const OBLIQUE_DEGREES = 20;

/** Planes in the volume's slice order. Values of a CT outside the volume are -1024. */
export function planesOf(volume: Volume, faults: ReadonlySet<SeriesFault>): Plane[] {
  const tilt = faults.has('tilt-without-tag') || faults.has('tilt-with-tag') ? (TILT_DEGREES * Math.PI) / 180 : 0;
  const turn = faults.has('oblique') ? (OBLIQUE_DEGREES * Math.PI) / 180 : 0;
  const indexes = Array.from({ length: volume.slices }, (_, k) => k);
  let planes = indexes.map((k) => (tilt || turn ? slantedPlane(volume, k, tilt, turn) : straightPlane(volume, k)));
  const middle = planes[Math.floor(planes.length / 2)] as Plane;
  if (faults.has('missing-slice')) planes = planes.filter((plane) => plane !== middle);
  if (faults.has('duplicate-slice')) planes.push(middle);
  if (faults.has('uneven-spacing')) planes = planes.filter((_, k) => k < planes.length / 2 || k % 2 === 0);
  if (faults.has('two-phases')) planes = [...planes, ...planes.map((plane) => ({ ...plane, acquisition: 2 }))];
  return faults.has('one-slice') ? [middle] : planes;
}

function axis(volume: Volume, column: 0 | 1 | 2 | 3): PointLps {
  return [volume.affine[column] ?? 0, volume.affine[4 + column] ?? 0, volume.affine[8 + column] ?? 0];
}

function unit([x, y, z]: PointLps): PointLps {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}

function straightPlane(volume: Volume, k: number): Plane {
  const size = volume.columns * volume.rows;
  const start = axis(volume, 3);
  const step = axis(volume, 2);
  const origin: PointLps = [start[0] + k * step[0], start[1] + k * step[1], start[2] + k * step[2]];
  const values = Int16Array.from(volume.values.subarray(k * size, (k + 1) * size));
  return { origin, row: unit(axis(volume, 0)), column: unit(axis(volume, 1)), values, acquisition: 1 };
}

/** A plane of an axial volume tilted about the left-right axis, or turned about the long axis; its first pixel stays on the table's line. */
function slantedPlane(volume: Volume, k: number, tilt: number, turn: number): Plane {
  const { origin } = straightPlane(volume, k);
  const row: PointLps = [Math.cos(turn), Math.sin(turn), 0];
  const column: PointLps = [-Math.sin(turn) * Math.cos(tilt), Math.cos(turn) * Math.cos(tilt), Math.sin(tilt)];
  const mm = volume.affine[0] ?? 1;
  const values = new Int16Array(volume.columns * volume.rows);
  let at = 0;
  for (let j = 0; j < volume.rows; j++) {
    for (let i = 0; i < volume.columns; i++) {
      const x = origin[0] + mm * (i * row[0] + j * column[0]);
      const y = origin[1] + mm * (i * row[1] + j * column[1]);
      values[at++] = Math.round(valueAt(volume, x, y, origin[2] + mm * j * column[2]));
    }
  }
  return { origin, row, column, values, acquisition: 1 };
}

/** Trilinear; for volumes along the patient's axes. */
function valueAt(volume: Volume, x: number, y: number, z: number): number {
  const [mm = 1, , , x0 = 0, , , , y0 = 0, , , , z0 = 0] = volume.affine;
  const [i, j, k] = [(x - x0) / mm, (y - y0) / mm, (z - z0) / volume.sliceSpacingMm];
  const [i0, j0, k0] = [Math.floor(i), Math.floor(j), Math.floor(k)];
  if (i0 < 0 || j0 < 0 || k0 < 0 || i0 + 1 >= volume.columns || j0 + 1 >= volume.rows || k0 + 1 >= volume.slices) return -1024;
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [di, dj, dk] = [corner & 1, (corner >> 1) & 1, corner >> 2];
    const weight = (di ? i - i0 : 1 - i + i0) * (dj ? j - j0 : 1 - j + j0) * (dk ? k - k0 : 1 - k + k0);
    sum += weight * (volume.values[((k0 + dk) * volume.rows + j0 + dj) * volume.columns + i0 + di] ?? -1024);
  }
  return sum;
}
