/** Landmarks of the found bodies: a first look to centre the patch, then the median of several looks, mapped to patient and picture. */
import { LANDMARK_NAMES, type Landmark } from '#src/case/vertebra.ts';
import { add, dot, norm, subtract, type Vector } from '#src/measure/affine.ts';
import { lpsToStrip, type Strip, stripToLps } from '#src/measure/curved-strip.ts';
import type { BodyCandidate } from '#src/measure/find-bodies.ts';
import { clampSpacingMm, type PatchFrame, patchFrame, patchSpacingMm, patchToLps } from '#src/measure/vertebra-patch.ts';
import type { Networks, PatchLandmarks } from './networks.ts';
import type { Sampling } from './sampling.ts';

/** How a body is looked at: sideways offsets (mm) and sizes of the patch's pixel against the nominal one. */
export interface Looks {
  readonly offsetsMm: readonly number[];
  readonly scales: readonly number[];
  /** Depths of the slab that is averaged, mm. */
  readonly depthsMm: readonly number[];
}

export interface PlacedBody {
  readonly candidate: BodyCandidate;
  readonly frame: PatchFrame;
  readonly landmarks: readonly Landmark[];
  readonly centreLps: Vector;
  /** 0-1 */
  readonly quality: number;
  readonly tiltRad: number;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};
/** Median absolute deviation to standard deviation (normal distribution). */
const MAD_TO_SD = 1.4826;

/** Mean distance in mm from each body's centre to those above and below. */
function pitches(centres: readonly Vector[], bodies: readonly BodyCandidate[]): number[] {
  return centres.map((centre, i) => {
    const near = [centres[i - 1], centres[i + 1]].flatMap((other) => (other ? [norm(subtract(other, centre))] : []));
    const height = bodies[i]!.heightPx * 1.3;
    // A missing neighbour doubles the distance: no pitch is above 1.7 heights.
    const usable = near.map((mm) => Math.min(mm, 1.7 * Math.max(height, 10)));
    return usable.length > 0 ? usable.reduce((sum, mm) => sum + mm, 0) / usable.length : height;
  });
}

interface Look {
  readonly body: number;
  readonly frame: PatchFrame;
}

function lookAt(
  looks: readonly Look[],
  sampling: Sampling,
  depthsMm: readonly number[],
  networks: Networks,
  signal: AbortSignal,
): Promise<PatchLandmarks> {
  const frames = looks.map(({ frame }) => frame);
  return networks.landmarks({ count: looks.length, make: (normalize) => sampling.patches(frames, depthsMm, normalize) }, signal);
}

/** Ten points of one look as offsets (along, down) in mm from `origin`. */
function offsets(result: PatchLandmarks, index: number, frame: PatchFrame, origin: PatchFrame): { along: number; down: number; sigma: number }[] {
  return LANDMARK_NAMES.map((_, point) => {
    const place = patchToLps(frame, result.xy[index * 20 + 2 * point]!, result.xy[index * 20 + 2 * point + 1]!);
    const away = subtract(place, origin.centre);
    return { along: dot(away, origin.along), down: dot(away, origin.down), sigma: result.sigma[index * 10 + point]! * frame.mmPerPixel };
  });
}

/** Centre and turn of a body from its four corners, in the frame they were seen in. */
function corners(points: readonly { along: number; down: number }[]): { along: number; down: number; turn: number } {
  const [as, ps, ai, pi] = [points[0]!, points[4]!, points[5]!, points[9]!];
  const along = (as.along + ps.along + ai.along + pi.along) / 4;
  const down = (as.down + ps.down + ai.down + pi.down) / 4;
  const turn = Math.atan2((ps.down + pi.down - as.down - ai.down) / 2, (ps.along + pi.along - as.along - ai.along) / 2);
  return { along, down, turn };
}

/** The frame moved to where the first look saw the body; kept when the look makes no sense. */
function recentre(frame: PatchFrame, points: readonly { along: number; down: number }[]): { frame: PatchFrame; turn: number } {
  const seen = corners(points);
  if (Math.hypot(seen.along, seen.down) > 10 || Math.abs(seen.turn) > 0.5) return { frame, turn: 0 };
  const [cos, sin] = [Math.cos(seen.turn), Math.sin(seen.turn)];
  const mix = (a: number, b: number): Vector => add([a * frame.along[0], a * frame.along[1], a * frame.along[2]], frame.down, b);
  const centre = add(add(frame.centre, frame.along, seen.along), frame.down, seen.down);
  return { frame: { ...frame, centre, along: mix(cos, sin), down: mix(-sin, cos) }, turn: seen.turn };
}

/** Median of the looks at one body, with the larger of the network's own sigma and the spread of the looks. */
function combine(seen: readonly { along: number; down: number; sigma: number }[][], frame: PatchFrame, strip: Strip): Landmark[] {
  return LANDMARK_NAMES.map((name, point) => {
    const looks = seen.map((points) => points[point]!);
    const [along, down] = [median(looks.map((look) => look.along)), median(looks.map((look) => look.down))];
    const spread = MAD_TO_SD * median(looks.map((look) => Math.hypot(look.along - along, look.down - down) / Math.SQRT2));
    const lps = add(add(frame.centre, frame.along, along), frame.down, down);
    const at = lpsToStrip(strip, lps);
    return { name, picture: [at.column, at.row], lps, sigma: Math.max(median(looks.map((look) => look.sigma)), spread) };
  });
}

export async function placeLandmarks(
  strip: Strip,
  bodies: readonly BodyCandidate[],
  sampling: Sampling,
  looks: Looks,
  networks: Networks,
  signal: AbortSignal,
): Promise<PlacedBody[]> {
  if (bodies.length === 0) return [];
  const centres = bodies.map((body) => stripToLps(strip, body.column, body.row));
  const pitch = pitches(centres, bodies);
  const first: Look[] = bodies.map((body, i) => {
    const row = strip.frames[Math.max(0, Math.min(strip.rows - 1, Math.round(body.row)))]!;
    return { body: i, frame: patchFrame(centres[i]!, row, body.tiltRad, patchSpacingMm(pitch[i]!)) };
  });
  const coarse = await lookAt(first, sampling, looks.depthsMm, networks, signal);
  const centred = first.map((look, i) => recentre(look.frame, offsets(coarse, i, look.frame, look.frame)));
  const many: Look[] = centred.flatMap(({ frame }, body) =>
    looks.offsetsMm.flatMap((mm) =>
      looks.scales.map((scale) => ({
        body,
        frame: { ...frame, centre: add(frame.centre, frame.left, mm), mmPerPixel: clampSpacingMm(frame.mmPerPixel * scale) },
      })),
    ),
  );
  const fine = await lookAt(many, sampling, looks.depthsMm, networks, signal);
  return centred.map(({ frame, turn }, body) => {
    const mine = many.flatMap((look, index) => (look.body === body ? [index] : []));
    const landmarks = combine(
      mine.map((index) => offsets(fine, index, many[index]!.frame, frame)),
      frame,
      strip,
    );
    const four = ['AS', 'PS', 'AI', 'PI'].map((name) => landmarks.find((landmark) => landmark.name === name)!.lps!);
    const centreLps = [0, 1, 2].map((axis) => four.reduce((sum, point) => sum + point[axis]!, 0) / 4) as unknown as Vector;
    const quality = 1 / (1 + Math.exp(-median(mine.map((index) => fine.quality[index]!))));
    return { candidate: bodies[body]!, frame, landmarks, centreLps, quality, tiltRad: bodies[body]!.tiltRad - turn };
  });
}
