/** The named normalisation operations of a manifest (docs/model-contract.md). */
import { percentileOf } from './select-rank.ts';

export type NormalizeOp =
  | { readonly op: 'clip'; readonly lo: number; readonly hi: number }
  | { readonly op: 'clipPercentile'; readonly lo: number; readonly hi: number }
  | { readonly op: 'rescale'; readonly from: 'minmax' | readonly [number, number]; readonly to: readonly [number, number] }
  | { readonly op: 'affine'; readonly mean: number; readonly std: number };

/** Percentiles by linear interpolation between order statistics (numpy's default). `sorted` must be ascending. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const low = Math.floor(place);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}

function limits(values: Float32Array, operation: NormalizeOp, scratch?: Float32Array): { lo: number; hi: number; scale: number; shift: number } {
  switch (operation.op) {
    case 'clip':
      return { lo: operation.lo, hi: operation.hi, scale: 1, shift: 0 };
    case 'clipPercentile': {
      const reordered = (scratch ?? new Float32Array(values.length)).subarray(0, values.length);
      reordered.set(values);
      return { lo: percentileOf(reordered, operation.lo), hi: percentileOf(reordered, operation.hi), scale: 1, shift: 0 };
    }
    case 'rescale': {
      let [from, until] = [Infinity, -Infinity];
      if (operation.from === 'minmax') {
        const count = values.length;
        for (let index = 0; index < count; index += 1) {
          const value = values[index]!;
          if (value < from) from = value;
          if (value > until) until = value;
        }
      } else [from, until] = operation.from;
      const scale = until > from ? (operation.to[1] - operation.to[0]) / (until - from) : 0;
      return { lo: -Infinity, hi: Infinity, scale, shift: operation.to[0] - from * scale };
    }
    case 'affine':
      return { lo: -Infinity, hi: Infinity, scale: 1 / operation.std, shift: -operation.mean / operation.std };
  }
}

/** A new array; a flat picture becomes the low end of `rescale`. */
export function normalizeImage(values: Float32Array, operations: readonly NormalizeOp[]): Float32Array {
  const out = values.slice();
  normalizeInPlace(out, operations);
  return out;
}

/** The same where the values are. `scratch` (as long at least) spares the memory of a copy for each picture of many. */
export function normalizeInPlace(values: Float32Array, operations: readonly NormalizeOp[], scratch?: Float32Array): void {
  for (let at = 0; at < operations.length; at += 1) {
    const operation = operations[at]!;
    const next = operations[at + 1];
    const { lo, hi, scale, shift } = limits(values, operation, scratch);
    const range = next?.op === 'rescale' ? rangeAfter(operation, lo, hi, next.from) : null;
    if (range && next?.op === 'rescale') {
      clipAndRescale(values, lo, hi, range, next.to);
      at += 1;
    } else scaleInto(values, lo, hi, scale, shift);
  }
}

/**
 * From what a rescale after this clip starts, if that is known without a look at the clipped values. After a clip at percentiles the least and the
 * largest are its limits, as 32-bit numbers, because values lie on or beyond both.
 */
function rangeAfter(clip: NormalizeOp, lo: number, hi: number, from: 'minmax' | readonly [number, number]): readonly [number, number] | null {
  if (clip.op !== 'clip' && clip.op !== 'clipPercentile') return null;
  if (from !== 'minmax') return from;
  return clip.op === 'clipPercentile' ? [Math.fround(lo), Math.fround(hi)] : null;
}

/** Clip, then rescale, in one pass. */
function clipAndRescale(values: Float32Array, lo: number, hi: number, from: readonly [number, number], to: readonly [number, number]): void {
  const scale = from[1] > from[0] ? (to[1] - to[0]) / (from[1] - from[0]) : 0;
  const shift = to[0] - from[0] * scale;
  const low = Math.fround(lo);
  const high = Math.fround(hi);
  const count = values.length;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    values[i] = (value < lo ? low : value > hi ? high : value) * scale + shift;
  }
}

function scaleInto(values: Float32Array, lo: number, hi: number, scale: number, shift: number): void {
  const count = values.length;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    values[i] = (value < lo ? lo : value > hi ? hi : value) * scale + shift;
  }
}

/** Columns and rows of a picture padded to multiples of `multiple`. */
export function paddedSize(columns: number, rows: number, multiple: number): { readonly columns: number; readonly rows: number } {
  return { columns: Math.ceil(columns / multiple) * multiple, rows: Math.ceil(rows / multiple) * multiple };
}

/** Pads a picture by its edge (right and below) into `out`, which has the size `to`. */
export function padInto(
  values: Float32Array,
  columns: number,
  rows: number,
  out: Float32Array,
  to: { readonly columns: number; readonly rows: number },
): void {
  for (let row = 0; row < to.rows; row++) {
    const from = Math.min(row, rows - 1) * columns;
    const at = row * to.columns;
    out.set(values.subarray(from, from + columns), at);
    out.fill(values[from + columns - 1]!, at + columns, at + to.columns);
  }
}
