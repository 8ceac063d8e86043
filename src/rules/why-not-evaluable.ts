/** Can this body be measured, or why not? The first reason that applies. */
import type { NotEvaluableReason } from '../case/vertebra.ts';
import type { BodyHeights } from '../measure/body-heights.ts';
import { MEASUREMENT } from './thresholds.ts';

export interface BodyEvidence {
  /** Null when the network gave no ten points. */
  readonly heights: BodyHeights | null;
  /** mm of one height unit; null when the picture has no millimetres (limits in mm are then not asked). */
  readonly mmPerUnit: number | null;
  readonly complete: number;
  readonly quality: number;
  readonly levelProbability: number;
  /** Median sigma of the ten points, mm or picture pixels. */
  readonly sigma: number;
  readonly denseShare: number | null;
  /** mm by which this body reaches into a neighbour (0 = apart); null when unknown. */
  readonly overlapMm: number | null;
  readonly sliceSpacingMm: number | null;
  /** All ten points lie inside the picture. */
  readonly insidePicture: boolean;
}

function isImplausible(heights: BodyHeights, mmPerUnit: number | null): boolean {
  const { anterior, middle, posterior, depth } = heights;
  const all = [anterior, middle, posterior];
  if (all.some((height) => !(height > 0)) || !(depth > 0)) return true;
  const ratio = Math.max(...all) / depth;
  if (ratio < MEASUREMENT.heightPerDepthLeast.value || ratio > MEASUREMENT.heightPerDepthMost.value) return true;
  if (mmPerUnit === null) return false;
  return all.some((height) => height * mmPerUnit < MEASUREMENT.heightLeast.value || height * mmPerUnit > MEASUREMENT.heightMost.value);
}

export function whyNotEvaluable(body: BodyEvidence): NotEvaluableReason | null {
  if (body.heights === null) return 'no-model-output';
  if (body.sliceSpacingMm !== null && body.sliceSpacingMm > MEASUREMENT.sliceSpacingMost.value) return 'slices-too-thick';
  if (body.complete < MEASUREMENT.completeLeast.value || !body.insidePicture) return 'cut-by-field-of-view';
  if (body.denseShare !== null && body.denseShare > MEASUREMENT.denseShareMost.value) return 'metal-or-cement';
  if (body.quality < MEASUREMENT.qualityLeast.value) return 'low-picture-quality';
  if (body.sigma * (body.mmPerUnit ?? 1) > MEASUREMENT.sigmaMost.value) return 'landmarks-uncertain';
  if (isImplausible(body.heights, body.mmPerUnit)) return 'implausible-shape';
  if (body.overlapMm !== null && body.overlapMm > MEASUREMENT.overlapMost.value) return 'order-violated';
  return body.levelProbability < MEASUREMENT.levelUsable.value ? 'level-uncertain' : null;
}
