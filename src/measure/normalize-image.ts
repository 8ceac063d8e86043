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

function limits(values: Float32Array, operation: NormalizeOp): { lo: number; hi: number; scale: number; shift: number } {
  switch (operation.op) {
    case 'clip':
      return { lo: operation.lo, hi: operation.hi, scale: 1, shift: 0 };
    case 'clipPercentile': {
      const reordered = values.slice();
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
  for (const operation of operations) {
    const { lo, hi, scale, shift } = limits(out, operation);
    scaleInto(out, lo, hi, scale, shift);
  }
  return out;
}

function scaleInto(values: Float32Array, lo: number, hi: number, scale: number, shift: number): void {
  const count = values.length;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    values[i] = (value < lo ? lo : value > hi ? hi : value) * scale + shift;
  }
}

/** Pads a picture by its edge (right and below) to multiples of `multiple`. */
export function padToMultiple(
  values: Float32Array,
  columns: number,
  rows: number,
  multiple: number,
): { values: Float32Array; columns: number; rows: number } {
  const wide = Math.ceil(columns / multiple) * multiple;
  const high = Math.ceil(rows / multiple) * multiple;
  const out = new Float32Array(wide * high);
  for (let row = 0; row < high; row++) {
    const from = Math.min(row, rows - 1) * columns;
    for (let column = 0; column < wide; column++) out[row * wide + column] = values[from + Math.min(column, columns - 1)]!;
  }
  return { values: out, columns: wide, rows: high };
}
