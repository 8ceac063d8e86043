/** Distances between the slices of a stack: regular, a little uneven (to be resampled), or not one volume. */
import type { PlacedSlice } from './volume-stack.ts';
import { dot, median, minus, norm, plus, times, type Vector } from './volume-vectors.ts';

export type SpacingFault = 'too-few-slices' | 'missing-slice' | 'irregular-spacing' | 'not-a-stack' | 'tilt-too-large';
export type Spacing =
  | {
      readonly ok: true;
      /** Distance of neighbours along the normal, mm: the true slice spacing, whatever SliceThickness says. */
      readonly spacingMm: number;
      /** From one slice's first pixel to the next one's: leaves the normal when the gantry was tilted. */
      readonly step: Vector;
      /** Angle between step and normal, degrees. */
      readonly tiltDeg: number;
      readonly isEven: boolean;
    }
  | { readonly ok: false; readonly code: SpacingFault; readonly text: string };

/** Gaps within 10 % of the median count as even. */
const EVEN_SHARE = 0.1;
/** A gap this much larger than the median lacks a slice. */
const MISSING_FACTOR = 1.5;
/** Uneven gaps above this share of all gaps: the series is several stacks. */
const UNEVEN_SHARE = 0.25;
const MAX_TILT_DEG = 35;
/** Slices further than this from the straight line through the stack do not belong to one volume. */
const MAX_OFF_LINE_MM = 0.5;

/** `slices` ordered along the normal, no place twice. */
export function spacingOf(slices: readonly PlacedSlice[]): Spacing {
  if (slices.length < 2) return fault('too-few-slices', 'a volume needs at least two slices');
  const gaps = slices.slice(1).map((entry, index) => entry.along - slices[index]!.along);
  const typical = median(gaps);
  const uneven = gaps.filter((gap) => Math.abs(gap - typical) > EVEN_SHARE * typical);
  const largest = Math.max(...gaps);
  if (uneven.length > UNEVEN_SHARE * gaps.length)
    return fault('irregular-spacing', `slice distances run from ${Math.min(...gaps).toFixed(2)} to ${largest.toFixed(2)} mm`);
  if (largest > MISSING_FACTOR * typical)
    return fault('missing-slice', `a gap of ${largest.toFixed(2)} mm where slices are ${typical.toFixed(2)} mm apart`);
  return straightLine(slices, typical, uneven.length === 0);
}

function fault(code: SpacingFault, text: string): Spacing {
  return { ok: false, code, text };
}

function straightLine(slices: readonly PlacedSlice[], typical: number, isEven: boolean): Spacing {
  const first = slices[0]!;
  const last = slices[slices.length - 1]!;
  const span = last.along - first.along;
  const perMm = times(minus(last.position, first.position), 1 / span);
  const offLine = Math.max(...slices.map((entry) => norm(minus(entry.position, plus(first.position, times(perMm, entry.along - first.along))))));
  if (offLine > MAX_OFF_LINE_MM) return fault('not-a-stack', `slice corners leave the straight line by ${offLine.toFixed(1)} mm`);
  const cosine = Math.min(1, Math.abs(dot(perMm, first.normal)) / norm(perMm));
  const tiltDeg = (Math.acos(cosine) * 180) / Math.PI;
  if (tiltDeg > MAX_TILT_DEG) return fault('tilt-too-large', `slices are sheared by ${tiltDeg.toFixed(1)} degrees`);
  // Even stacks: the mean distance keeps first and last slice exactly in place; uneven ones are resampled at the median.
  const spacingMm = isEven ? span / (slices.length - 1) : typical;
  return { ok: true, spacingMm, step: times(perMm, spacingMm), tiltDeg, isEven };
}
