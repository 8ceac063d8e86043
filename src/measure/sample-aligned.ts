/** Trilinear samples on a grid along the axes of the volume itself: places and weights are worked out once an axis, not once a point. */
import type { Volume } from '../case/volume.ts';
import { invertAffine, type Vector } from './affine.ts';

/** Columns run along x, rows along y, slices along z (either way): every axial CT without tilt. */
export function isAligned({ affine: a }: Pick<Volume, 'affine'>): boolean {
  return [1, 2, 4, 6, 8, 9].every((at) => a[at] === 0);
}

/** For each place along one axis: the offset of the voxel before it (-1: outside), the way to the next one, and its share. */
interface AxisTable {
  readonly at: Int32Array;
  readonly next: Int32Array;
  readonly share: Float64Array;
}

function axisTable(count: number, start: number, step: number, scale: number, shift: number, voxels: number, stride: number): AxisTable {
  const table = { at: new Int32Array(count), next: new Int32Array(count), share: new Float64Array(count) };
  for (let n = 0; n < count; n += 1) {
    const place = scale * (start + n * step) + shift;
    if (!(place >= -0.5 && place <= voxels - 0.5)) {
      table.at[n] = -1;
      continue;
    }
    const kept = Math.max(0, Math.min(voxels - 1, place));
    const low = Math.floor(kept);
    table.at[n] = low * stride;
    table.next[n] = low < voxels - 1 ? stride : 0;
    table.share[n] = kept - low;
  }
  return table;
}

interface AlignedGrid {
  readonly nx: number;
  readonly ny: number;
  readonly nz: number;
  readonly origin: Vector;
  readonly mm: number;
}

/** The run of slices [first, end) that the grid's planes `from` <= z < `until` are sampled from; empty where all of them lie outside. */
export function slicesUnder(
  volume: Pick<Volume, 'affine' | 'slices'>,
  grid: Pick<AlignedGrid, 'origin' | 'mm'>,
  from: number,
  until: number,
): readonly [first: number, end: number] {
  const m = invertAffine(volume.affine);
  const { at } = axisTable(until, grid.origin[2], grid.mm, m[10]!, m[11]!, volume.slices, 1);
  const inside = at.subarray(from).filter((slice) => slice >= 0);
  return inside.length === 0
    ? [0, 0]
    : [inside.reduce((a, b) => Math.min(a, b)), Math.min(volume.slices, inside.reduce((a, b) => Math.max(a, b)) + 2)];
}

/** What `makeSampler(volume, outside)` gives at the points `origin + mm * (x, y, first + z)`, for an aligned volume. */
export function sampleAligned(volume: Volume, outside: number, grid: AlignedGrid & { readonly values: Float32Array }, first = 0): void {
  const { nx, ny, nz, origin, mm } = grid;
  const { columns, rows, slices } = volume;
  const m = invertAffine(volume.affine);
  const x = axisTable(nx, origin[0], mm, m[0]!, m[3]!, columns, 1);
  const y = axisTable(ny, origin[1], mm, m[5]!, m[7]!, rows, columns);
  const z = axisTable(first + nz, origin[2], mm, m[10]!, m[11]!, slices, columns * rows);
  grid.values.fill(outside);
  for (let k = first; k < first + nz; k += 1) {
    for (let j = 0; j < ny; j += 1) {
      if (z.at[k]! < 0 || y.at[j]! < 0) continue;
      const row = { at: z.at[k]! + y.at[j]!, nextRow: y.next[j]!, nextSlice: z.next[k]!, rowShare: y.share[j]!, sliceShare: z.share[k]! };
      sampleRow(volume.values, row, x, grid.values, ((k - first) * ny + j) * nx);
    }
  }
}

interface Row {
  readonly at: number;
  readonly nextRow: number;
  readonly nextSlice: number;
  readonly rowShare: number;
  readonly sliceShare: number;
}

function sampleRow(
  source: Volume['values'],
  { at, nextRow, nextSlice, rowShare: dj, sliceShare: dk }: Row,
  x: AxisTable,
  into: Float32Array,
  to: number,
): void {
  for (let n = 0; n < x.at.length; n += 1) {
    const column = x.at[n]!;
    if (column < 0) continue;
    const di = x.share[n]!;
    const ei = 1 - di;
    const here = at + column;
    const next = here + x.next[n]!;
    const near = (source[here]! * ei + source[next]! * di) * (1 - dj) + (source[here + nextRow]! * ei + source[next + nextRow]! * di) * dj;
    const up = here + nextSlice;
    const upNext = next + nextSlice;
    const far = (source[up]! * ei + source[upNext]! * di) * (1 - dj) + (source[up + nextRow]! * ei + source[upNext + nextRow]! * di) * dj;
    into[to + n] = near * (1 - dk) + far * dk;
  }
}
