/** From a label map of vertebral bodies to ten endplate points of each: the surface is followed outwards from the middle, in the patient's frame. */
import type { Landmark, Level, PointLps } from '../case/vertebra.ts';
import { LANDMARK_NAMES, LEVELS } from '../case/vertebra.ts';
import type { Volume } from '../case/volume.ts';
import { add, applyAffine, cross, dot, norm, subtract, unit, type Vector } from './affine.ts';
import { voxelMm } from './localizer-grid.ts';
import { makeSampler, type Sampler } from './sample-volume.ts';

export interface LabelBody {
  readonly level: Level;
  readonly centre: Vector;
  readonly posterior: Vector;
  readonly left: Vector;
  readonly caudal: Vector;
  /** Ten points in the order of LANDMARK_NAMES; the picture's place is not known yet. */
  readonly points: readonly Pick<Landmark, 'name' | 'sigma'>[];
  readonly places: readonly PointLps[];
}

/** A body smaller than this is a stray island or only the tip of one, mm3 (a small T1 body has about 5000). */
const LEAST_MM3 = 1500;
/** The surface lies at most so far from a body's middle, mm: more is no vertebral body. */
const FURTHEST_MM = 45;
const STEP_MM = 0.25;
/** Where the endplates are looked for along the mid-plane, share from the front; the ends are then prolonged to the walls. */
const SHARES = [0.06, 0.25, 0.5, 0.75, 0.94] as const;
/** Planes beside the middle that are looked at too, mm; the median counts. */
const DEPTHS_MM = [-4, -2, 0, 2, 4] as const;

interface Heap {
  count: number;
  sum: [number, number, number];
}

/** Values 1 to 17 are T1 to L5; anything else is no vertebral body. */
function heaps(map: Volume): Map<number, Heap> {
  const found = new Map<number, Heap>();
  let at = 0;
  for (let k = 0; k < map.slices; k++) {
    for (let j = 0; j < map.rows; j++) {
      for (let i = 0; i < map.columns; i++) {
        const label = Math.round(map.values[at++]!);
        if (label < 1 || label > LEVELS.length) continue;
        const heap = found.get(label) ?? { count: 0, sum: [0, 0, 0] };
        heap.count++;
        heap.sum[0] += i;
        heap.sum[1] += j;
        heap.sum[2] += k;
        found.set(label, heap);
      }
    }
  }
  return found;
}

const median = (values: readonly number[]): number | null => (values.length === 0 ? null : [...values].sort((a, b) => a - b)[values.length >> 1]!);

/** 1 inside this label and 0 outside, in a box of its own, so that one body does not copy the whole map. */
function insideOf(map: Volume, label: number): Sampler {
  const values = Float32Array.from(map.values, (value) => (Math.round(value) === label ? 1 : 0));
  return makeSampler({ ...map, values, quantity: 'signal' }, 0);
}

/** Distance from `from` along a direction to where the label ends, mm; null when it begins outside or does not end. */
function reach(inside: Sampler, from: Vector, direction: Vector): number | null {
  if (inside(...from) < 0.5) return null;
  for (let mm = STEP_MM; mm <= FURTHEST_MM; mm += STEP_MM) {
    if (inside(...add(from, direction, mm)) < 0.5) return mm - STEP_MM / 2;
  }
  return null;
}

interface Frame {
  readonly centre: Vector;
  readonly posterior: Vector;
  readonly left: Vector;
  readonly caudal: Vector;
}

const backwards = (a: Vector): Vector => [-a[0], -a[1], -a[2]];

function reachMedian(inside: Sampler, frame: Frame, from: Vector, direction: Vector): number | null {
  return median(DEPTHS_MM.flatMap((mm) => reach(inside, add(from, frame.left, mm), direction) ?? []));
}

/** Front and back wall, then both endplates at five places between them. Null for a shape that is no body. */
function tenPlaces(inside: Sampler, frame: Frame): readonly Vector[] | null {
  const front = reachMedian(inside, frame, frame.centre, backwards(frame.posterior));
  const back = reachMedian(inside, frame, frame.centre, frame.posterior);
  if (front === null || back === null || front + back < 10) return null;
  const at = (share: number): Vector => add(frame.centre, frame.posterior, share * (front + back) - front);
  const endplate = (direction: Vector): Vector[] | null => {
    const heights = SHARES.map((share) => reachMedian(inside, frame, at(share), direction));
    if (heights.some((mm) => mm === null)) return null;
    const [first, second, middle, fourth, last] = heights as [number, number, number, number, number];
    const beyond = SHARES[0] / (SHARES[1] - SHARES[0]);
    const ends = [first + beyond * (first - second), second, middle, fourth, last + beyond * (last - fourth)];
    return ends.map((mm, i) => add(at(i / 4), direction, mm));
  };
  const superior = endplate(backwards(frame.caudal));
  const inferior = endplate(frame.caudal);
  return superior && inferior ? [...superior, ...inferior] : null;
}

/** The body's own frame: caudal along its neighbours' centres, posterior straight back across it. */
function frameAt(centre: Vector, above: Vector | undefined, below: Vector | undefined): Frame {
  const along = above || below ? unit(subtract(below ?? centre, above ?? centre)) : ([0, 0, -1] as Vector);
  const posterior = unit(add([0, 1, 0], along, -dot([0, 1, 0], along)));
  return { centre, caudal: along, posterior, left: cross(along, posterior) };
}

/** Cranial to caudal; labels that are no body are left out. */
export function labelBodies(map: Volume): readonly LabelBody[] {
  const voxel = voxelMm(map.affine);
  const mm3 = voxel[0] * voxel[1] * voxel[2];
  const large = [...heaps(map)].filter(([, heap]) => heap.count * mm3 >= LEAST_MM3).sort(([a], [b]) => a - b);
  const centres = large.map(([, { count, sum }]) => applyAffine(map.affine, sum[0] / count, sum[1] / count, sum[2] / count));
  // The surface is known to about half a voxel.
  const sigma = norm(voxel) / Math.sqrt(3) / 2;
  return large.flatMap(([label], i): LabelBody[] => {
    const frame = frameAt(centres[i]!, centres[i - 1], centres[i + 1]);
    const places = tenPlaces(insideOf(map, label), frame);
    if (!places) return [];
    return [{ level: LEVELS[label - 1]!, ...frame, places, points: LANDMARK_NAMES.map((name) => ({ name, sigma })) }];
  });
}
