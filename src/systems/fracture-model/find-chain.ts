/** The detector on a strip, and the strip laid anew through the bodies that it found. */

import type { Volume } from '#src/case/volume.ts';
import { applyAffine, dot, norm, subtract, type Vector } from '#src/measure/affine.ts';
import { lpsToStrip, type RowFrame, type Strip, stripFrames, stripToLps } from '#src/measure/curved-strip.ts';
import { type BodyCandidate, candidatesFrom, chainBodies } from '#src/measure/find-bodies.ts';
import { lambdaFor, smoothLine } from '#src/measure/smooth-line.ts';
import type { SpineLine } from '#src/measure/trace-spine.ts';
import type { Networks } from './networks.ts';
import type { Sampling } from './sampling.ts';

export interface Found {
  readonly strip: Strip;
  readonly chain: readonly BodyCandidate[];
}

export const chainScore = (found: Found): number => found.chain.reduce((sum, body) => sum + body.score, 0);

/** Bodies that an earlier look saw, as candidates of this strip; their word counts a little less than that of this strip. */
function carriedOver(earlier: Found, strip: Strip, seen: readonly BodyCandidate[]): BodyCandidate[] {
  return earlier.chain.flatMap((body): BodyCandidate[] => {
    const at = lpsToStrip(strip, stripToLps(earlier.strip, body.column, body.row));
    const isOutside = at.row < 0 || at.row >= strip.rows || at.column < 0 || at.column >= strip.columns;
    const isKnown = seen.some((other) => Math.hypot(other.row - at.row, other.column - at.column) < 0.6 * Math.max(8, body.heightPx));
    return isOutside || isKnown ? [] : [{ ...body, column: at.column, row: at.row, score: 0.9 * body.score }];
  });
}

/** Bodies of a strip; `earlier` lets bodies count that only an earlier strip showed. */
export async function findChain(strip: Strip, networks: Networks, signal: AbortSignal, earlier?: Found): Promise<Found> {
  const maps = await networks.detect(strip.channels, strip.columns, strip.rows, signal);
  const inside = candidatesFrom(maps).filter((body) => body.row < strip.rows && body.column < strip.columns);
  const carried = earlier
    ? carriedOver(
        earlier,
        strip,
        inside.filter((body) => body.score >= 0.3),
      )
    : [];
  return { strip, chain: chainBodies([...inside, ...carried].sort((a, b) => a.row - b.row)) };
}

/** A line through the centres of found bodies, resampled every 4 mm and smoothed, with the strip's own rotation kept. */
function lineThrough(found: Found): SpineLine {
  const centres = found.chain.map((body) => stripToLps(found.strip, body.column, body.row));
  const points: Vector[] = [];
  centres.slice(1).forEach((centre, i) => {
    const from = centres[i]!;
    const steps = Math.max(1, Math.round(norm(subtract(centre, from)) / 4));
    for (let step = 0; step < steps; step++)
      points.push([0, 1, 2].map((a) => from[a]! + ((centre[a]! - from[a]!) * step) / steps) as unknown as Vector);
  });
  points.push(centres.at(-1)!);
  const weights = points.map(() => 1);
  const axis = (a: 0 | 1 | 2): number[] =>
    smoothLine(
      points.map((p) => p[a]),
      weights,
      lambdaFor(a === 2 ? 40 : 90, 4),
    );
  const [x, y, z] = [axis(0), axis(1), axis(2)];
  const rotations = found.chain.map((body) => rotationOf(found.strip.frames[Math.max(0, Math.min(found.strip.rows - 1, Math.round(body.row)))]!));
  const rotation = points.map((_, i) => rotations[Math.min(rotations.length - 1, Math.round((i / points.length) * (rotations.length - 1)))]!);
  return { points: points.map((_, i): Vector => [x[i]!, y[i]!, z[i]!]), rotation, strength: 1, sacrumTopMm: null, lastRibMm: null };
}

/** Angle of a row's posterior direction from straight posterior, positive to the patient's left. */
function rotationOf(frame: RowFrame): number {
  const flat = subtract([0, 1, 0], [frame.caudal[0] * frame.caudal[1], frame.caudal[1] ** 2, frame.caudal[2] * frame.caudal[1]]);
  const left = subtract([1, 0, 0], [frame.caudal[0] ** 2, frame.caudal[1] * frame.caudal[0], frame.caudal[2] * frame.caudal[0]]);
  return Math.atan2(dot(frame.posterior, left), dot(frame.posterior, flat));
}

/** Frames of rows whose centre lies in the volume (5 mm of grace), so that a strip does not run on into nothing. */
export function keepInside(frames: readonly RowFrame[], volume: Volume, inverse: readonly number[]): RowFrame[] {
  const inside = (frame: RowFrame): boolean => {
    const [i, j, k] = applyAffine(inverse, ...frame.origin);
    return i >= -1 && j >= -1 && k >= -1 && i <= volume.columns && j <= volume.rows && k <= volume.slices;
  };
  const first = frames.findIndex(inside);
  const last = frames.findLastIndex(inside);
  return first < 0 ? [] : frames.slice(first, last + 1);
}

/** The strip goes on this far beyond the first and last body that was found, mm: room for two more. */
const LOOK_BEYOND_MM = 75;
const MOST_LOOKS = 3;

/** Lays the strip through the found centres and looks again, as long as that finds more. */
export async function findAgain(
  first: Found,
  sampling: Sampling,
  depthsMm: readonly number[],
  keep: (frames: readonly RowFrame[]) => RowFrame[],
  networks: Networks,
  signal: AbortSignal,
): Promise<Found> {
  let best = first;
  for (let look = 0; look < MOST_LOOKS && best.chain.length >= 3; look++) {
    const frames = keep(stripFrames(lineThrough(best), LOOK_BEYOND_MM));
    if (frames.length < 32) break;
    const strip = await sampling.strip(frames, depthsMm, undefined, best.strip.mmPerPixel);
    const next = await findChain(strip, networks, signal, best);
    const isWorse = chainScore(next) < 0.9 * chainScore(best);
    const isMore = next.chain.length > best.chain.length;
    if (!isWorse || isMore) best = next;
    if (!isMore && look > 0) break;
    if (isWorse && !isMore) break;
  }
  return best;
}
