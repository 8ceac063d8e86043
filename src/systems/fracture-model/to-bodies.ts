/** From placed landmarks to measured bodies: names by order and anchors, trabecular density, what is cut off. */
import type { Level } from '#src/case/vertebra.ts';
import type { Volume } from '#src/case/volume.ts';
import { applyAffine, invertAffine, norm, subtract, type Vector } from '#src/measure/affine.ts';
import { measureHeights, planePoints } from '#src/measure/body-heights.ts';
import type { Anchors } from '#src/measure/level-anchors.ts';
import { voxelMm } from '#src/measure/localizer-grid.ts';
import { isGradedLevel, nameLevels } from '#src/measure/name-levels.ts';
import { sacralEvidence } from '#src/measure/sacral-evidence.ts';
import type { Sampler } from '#src/measure/sample-volume.ts';
import { type BodyBox, denseShare, trabecularHu } from '#src/measure/trabecular-hu.ts';
import type { SpineLine } from '#src/measure/trace-spine.ts';
import type { MeasuredBody } from '#src/ports.ts';
import type { PlacedBody } from './place-landmarks.ts';

/** So much of the patient must be in view below the last rib: at a volume's lower end the lowest rib in view is taken for the last one. mm */
const BELOW_LAST_RIB_MM = 22;

/** How the bodies lie against the localizer's sacrum and last rib, by height in the patient. */
export function anchorsFrom(placed: readonly PlacedBody[], line: SpineLine, inside: (point: Vector, marginMm: number) => boolean): Anchors {
  const { sacrumTopMm, lastRibMm } = line;
  const heights = placed.map((body) => body.centreLps[2]);
  const off = (body: PlacedBody): number => Math.abs(body.centreLps[2] - (lastRibMm ?? 0));
  const near = placed.length > 0 ? placed.reduce((a, b) => (off(b) < off(a) ? b : a)).centreLps : null;
  const isSeen = lastRibMm !== null && near !== null && inside([near[0], near[1], lastRibMm - BELOW_LAST_RIB_MM], 0);
  return {
    aboveSacrumMm: sacrumTopMm === null ? null : heights.map((mm) => mm - sacrumTopMm),
    aboveLastRibMm: isSeen ? heights.map((mm) => mm - lastRibMm) : null,
  };
}

/** How many bodies seem to be missing above each one: its step against the steps around it. */
function missingAbove(placed: readonly PlacedBody[]): number[] {
  const steps = placed.map((body, i) => (i === 0 ? 0 : norm(subtract(body.centreLps, placed[i - 1]!.centreLps))));
  return steps.map((step, i) => {
    if (i === 0) return 0;
    const near = steps.slice(Math.max(1, i - 2), i + 3).sort((a, b) => a - b);
    return Math.max(0, Math.round(step / near[near.length >> 1]! - 0.15) - 1);
  });
}

/** Tells whether a point of the patient lies in the volume, at least `marginMm` from its faces. */
export function insideOf(volume: Volume): (point: Vector, marginMm: number) => boolean {
  const inverse = invertAffine(volume.affine);
  const steps = voxelMm(volume.affine);
  const sizes = [volume.columns, volume.rows, volume.slices];
  return (point, marginMm) =>
    applyAffine(inverse, ...point).every((index, axis) => {
      const margin = marginMm / steps[axis]! - 0.5;
      return index >= margin && index <= sizes[axis]! - 1 - margin;
    });
}

/** An endplate closer to the volume's end than this (and twice its own uncertainty) may be a cut and not an endplate, mm. */
const CUT_MARGIN_MM = 1.5;

/** `inMm`: a pixel of the strip is a millimetre of the patient, and not a guess. */
export function toBodies(
  placed: readonly PlacedBody[],
  anchors: Anchors,
  ct: Sampler | null,
  inside: (point: Vector, marginMm: number) => boolean,
  inMm = true,
): MeasuredBody[] {
  const missing = missingAbove(placed);
  const sacral = sacralEvidence(placed.map((body) => body.candidate));
  const named = nameLevels(
    placed.map(({ candidate }, i) => ({
      logits: candidate.levelLogits,
      missingAbove: missing[i]!,
      sacral: sacral[i]!,
      heightMm: inMm ? candidate.heightPx : null,
    })),
    anchors,
  );
  return placed.flatMap((body, i) => {
    const { name, probability, text } = named[i]!;
    if (!isGradedLevel(name)) return [];
    const isWhole = body.landmarks.every(({ lps, sigma }) => lps !== null && inside(lps, CUT_MARGIN_MM + 2 * sigma));
    const measured = toBody(body, name, probability, text, ct);
    return [isWhole ? measured : { ...measured, complete: 0 }];
  });
}

function toBody(body: PlacedBody, level: Level, levelProbability: number, levelText: string, ct: Sampler | null): MeasuredBody {
  const points = planePoints(body.landmarks);
  const heights = points ? measureHeights(points) : null;
  const frame = body.frame;
  const box: BodyBox | null =
    ct && heights
      ? { centre: body.centreLps, posterior: frame.along, left: frame.left, caudal: frame.down, depthMm: heights.depth, heightMm: heights.middle }
      : null;
  const pictures = body.landmarks.filter((landmark) => ['AS', 'PS', 'AI', 'PI'].includes(landmark.name)).map((landmark) => landmark.picture);
  const mean = (axis: 0 | 1): number => pictures.reduce((sum, point) => sum + point[axis], 0) / pictures.length;
  return {
    level,
    levelProbability,
    levelText,
    complete: body.candidate.complete,
    quality: body.quality,
    tiltRad: body.tiltRad,
    landmarks: body.landmarks,
    centrePicture: [mean(0), mean(1)],
    centreLps: body.centreLps,
    trabecular: box && ct ? trabecularHu(ct, box) : null,
    denseShare: box && ct ? denseShare(ct, box) : null,
  };
}
