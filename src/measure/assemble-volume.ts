/** Decoded slices to one regular volume in the patient's frame (DICOM PS3.3 C.7.6.2.1.1), or the reason why they are not one. */
import type { Slice, Volume } from '#src/case/volume.ts';
import { type SpacingFault, spacingOf } from './volume-spacing.ts';
import { type PlacedSlice, type StackFault, stackSlices } from './volume-stack.ts';

type VolumeFault = StackFault | SpacingFault;
export type Assembled = { readonly ok: true; readonly volume: Volume } | { readonly ok: false; readonly code: VolumeFault; readonly text: string };

const TILT_WORTH_A_NOTE_DEG = 0.5;

/**
 * The affine takes (column, row, slice) to LPS mm. After a tilted gantry its third column is not perpendicular to the
 * first two: that is the exact un-shearing, without touching a pixel. Uneven spacing is resampled linearly along it.
 */
export function assembleVolume(slices: readonly Slice[], modality: string): Assembled {
  const stack = stackSlices(slices);
  if (!stack.ok) return stack;
  const spacing = spacingOf(stack.slices);
  if (!spacing.ok) return spacing;
  const first = stack.slices[0]!;
  const count = spacing.isEven ? stack.slices.length : Math.floor((last(stack.slices).along - first.along) / spacing.spacingMm + 1e-6) + 1;
  const notes = [...stack.notes];
  if (spacing.tiltDeg > TILT_WORTH_A_NOTE_DEG) notes.push(`gantry tilt of ${spacing.tiltDeg.toFixed(1)} degrees un-sheared`);
  if (!spacing.isEven) notes.push(`uneven slice distances resampled to ${spacing.spacingMm.toFixed(2)} mm`);
  const [rowMm, columnMm] = first.spacing;
  const affine = [0, 1, 2].flatMap((axis) => [first.row[axis]! * columnMm, first.column[axis]! * rowMm, spacing.step[axis]!, first.position[axis]!]);
  return {
    ok: true,
    volume: {
      columns: first.slice.columns,
      rows: first.slice.rows,
      slices: count,
      values: spacing.isEven ? joined(stack.slices) : resampled(stack.slices, spacing.spacingMm, count),
      affine,
      modality,
      quantity: modality === 'CT' ? 'HU' : 'signal',
      sliceSpacingMm: spacing.spacingMm,
      notes,
    },
  };
}

function last<T>(list: readonly T[]): T {
  return list[list.length - 1]!;
}

/** Slices that already lie behind one another in one block of memory are taken as they are: a large CT is never held twice. */
function joined(slices: readonly PlacedSlice[]): Int16Array | Float32Array {
  const size = slices[0]!.slice.values.length;
  const head = slices[0]!.slice.values;
  const isWhole = slices.every(({ slice: { values } }) => values instanceof Int16Array);
  const isInPlace =
    isWhole && slices.every(({ slice: { values } }, k) => values.buffer === head.buffer && values.byteOffset === head.byteOffset + 2 * k * size);
  if (isInPlace) return new Int16Array(head.buffer, head.byteOffset, size * slices.length);
  const out = isWhole ? new Int16Array(size * slices.length) : new Float32Array(size * slices.length);
  for (const [k, { slice }] of slices.entries()) out.set(slice.values, k * size);
  return out;
}

function resampled(slices: readonly PlacedSlice[], spacingMm: number, count: number): Int16Array | Float32Array {
  const size = slices[0]!.slice.values.length;
  const isWhole = slices.every(({ slice }) => slice.values instanceof Int16Array);
  const out = isWhole ? new Int16Array(size * count) : new Float32Array(size * count);
  for (let k = 0, below = 0; k < count; k += 1) {
    const target = slices[0]!.along + k * spacingMm;
    while (below + 2 < slices.length && slices[below + 1]!.along <= target) below += 1;
    const [low, high] = [slices[below]!, slices[below + 1]!];
    const weight = Math.min(1, Math.max(0, (target - low.along) / (high.along - low.along)));
    const [a, b] = [low.slice.values, high.slice.values];
    for (let index = 0; index < size; index += 1) {
      const value = a[index]! * (1 - weight) + b[index]! * weight;
      out[k * size + index] = isWhole ? Math.round(value) : value;
    }
  }
  return out;
}
