/** From heat maps to the line through the vertebral bodies: best path from slab to slab, then a smoothing spline. */
import type { Vector } from './affine.ts';
import { lambdaFor, smoothLine } from './smooth-line.ts';
import type { SpineHeat } from './spine-heat.ts';

/** One point of the line for every heat slab of the spine, from cranial to caudal. */
export interface SpineLine {
  readonly points: readonly Vector[];
  /** Rotation of "towards the canal" about the long axis, rad: 0 = straight posterior, positive = towards the patient's left. */
  readonly rotation: readonly number[];
  /** Mean heat along the line, 0-1. */
  readonly strength: number;
  /** LPS z of the top of the sacrum and of the lower edge of the last rib's heat, mm, where the localizer saw them. */
  readonly sacrumTopMm: number | null;
  readonly lastRibMm: number | null;
}

const REACH = 2; // voxels of sideways move per slab
/** The line ends where the heat falls below this, or below this share of what it is in the spine's best part. */
const TRIM_BELOW = 0.15;
const TRIM_SHARE = 0.45;
/** The spine's own bends are longer than this; a vertebra's wobble is shorter. mm */
const BEND_WAVELENGTH_MM = 110;
const ROTATION_WAVELENGTH_MM = 260;

/** Price of a move sideways by (dx, dy), row by row from (-REACH, -REACH). */
const MOVE_PRICE = Float64Array.from({ length: (2 * REACH + 1) ** 2 }, (_, n) => {
  const [dx, dy] = [(n % (2 * REACH + 1)) - REACH, Math.floor(n / (2 * REACH + 1)) - REACH];
  return 0.05 * (dx * dx + dy * dy);
});

/** Adds to each voxel of slab z the best score that leads to it from the slab below, moves penalised, and notes where that was. */
function followSlab(score: Float32Array, from: Int32Array, z: number, nx: number, ny: number): void {
  const here = z * nx * ny;
  const below = here - nx * ny;
  for (let y = 0; y < ny; y++) {
    const top = Math.max(-REACH, -y);
    const bottom = Math.min(REACH, ny - 1 - y);
    for (let x = 0; x < nx; x++) {
      const left = Math.max(-REACH, -x);
      const right = Math.min(REACH, nx - 1 - x);
      let best = -Infinity;
      let bestFrom = 0;
      for (let dy = top; dy <= bottom; dy++) {
        const row = (y + dy) * nx + x;
        const price = (dy + REACH) * (2 * REACH + 1) + REACH;
        for (let dx = left; dx <= right; dx++) {
          const total = score[below + row + dx]! - MOVE_PRICE[price + dx]!;
          if (total > best) {
            best = total;
            bestFrom = row + dx;
          }
        }
      }
      from[here + y * nx + x] = bestFrom;
      score[here + y * nx + x] = best + score[here + y * nx + x]!;
    }
  }
}

/** The path (one voxel a slab) with the largest sum of heat, moves penalised. */
function bestPath(heat: SpineHeat): { x: number; y: number }[] {
  const { nx, ny, nz } = heat;
  const plane = nx * ny;
  const score = heat.body.slice(0, nz * plane);
  const from = new Int32Array(nz * plane);
  for (let z = 1; z < nz; z++) followSlab(score, from, z, nx, ny);
  let at = 0;
  for (let i = 0; i < plane; i++) if (score[(nz - 1) * plane + i]! > score[(nz - 1) * plane + at]!) at = i;
  const path: { x: number; y: number }[] = [];
  for (let z = nz - 1; z >= 0; z--) {
    path[z] = { x: at % nx, y: Math.floor(at / nx) };
    if (z > 0) at = from[z * plane + at]!;
  }
  return path;
}

/** Heat-weighted centre in a window about a voxel of one slab; `weight` is the largest heat seen. */
function centreNear(map: Float32Array, heat: SpineHeat, x: number, y: number, z: number, half: number): { x: number; y: number; weight: number } {
  let [sum, sumX, sumY, weight] = [0, 0, 0, 0];
  for (let j = Math.max(0, y - half); j <= Math.min(heat.ny - 1, y + half); j++) {
    for (let i = Math.max(0, x - half); i <= Math.min(heat.nx - 1, x + half); i++) {
      const value = map[(z * heat.ny + j) * heat.nx + i]!;
      sum += value * value;
      sumX += value * value * i;
      sumY += value * value * j;
      weight = Math.max(weight, value);
    }
  }
  return sum > 0 ? { x: sumX / sum, y: sumY / sum, weight } : { x, y, weight: 0 };
}

/** A spine that leans does not run this far sideways per slab: there the path has left it for a hip or a rib. Voxels, mean of five slabs. */
const LEAVES_SPINE = 0.75;

/** Sideways steps of the path about each slab. */
function sideways(path: readonly { x: number }[], z: number): number {
  const [low, high] = [Math.max(0, z - 2), Math.min(path.length - 1, z + 2)];
  return Math.abs(path[high]!.x - path[low]!.x) / Math.max(1, high - low);
}

/** The longest stretch of slabs with heat, small gaps allowed. */
function spineStretch(weights: readonly number[]): { first: number; last: number } | null {
  const best90 = [...weights].sort((a, b) => a - b)[Math.floor(0.9 * (weights.length - 1))] ?? 0;
  const least = Math.max(TRIM_BELOW, TRIM_SHARE * best90);
  let best: { first: number; last: number; sum: number } | null = null;
  let current: { first: number; last: number; sum: number } | null = null;
  weights.forEach((weight, z) => {
    if (weight < least) return;
    if (current && z - current.last <= 4) {
      current.last = z;
      current.sum += weight;
    } else current = { first: z, last: z, sum: weight };
    if (!best || current.sum > best.sum) best = current;
  });
  return best;
}

/** Largest heat of a landmark near the line in each slab. */
function heatNear(map: Float32Array, heat: SpineHeat, line: readonly { x: number; y: number }[]): number[] {
  return line.map((place, z) => centreNear(map, heat, Math.round(place.x), Math.round(place.y), z, 6).weight);
}

/** Top of the sacrum, mm: the highest slab with a quarter of the sacrum's largest heat. Null below `least`: not in view. */
function topOf(weights: readonly number[], heat: SpineHeat, least: number): number | null {
  const most = Math.max(...weights);
  return most < least ? null : heat.origin[2] + weights.findLastIndex((weight) => weight >= most / 4) * heat.mm;
}

/**
 * Lower edge of the last rib's heat, mm: where it falls to a fifth of its peak. The heat smears upwards, over ribs that look alike, so its edge
 * tells the last one better than its middle. Null below `least`.
 */
function lowerEdgeOf(weights: readonly number[], heat: SpineHeat, least: number): number | null {
  const most = Math.max(...weights);
  if (most < least) return null;
  const edge = most / 5;
  let below = weights.indexOf(most);
  while (below >= 0 && weights[below]! >= edge) below--;
  const share = below < 0 ? 0 : (edge - weights[below]!) / (weights[below + 1]! - weights[below]!);
  return heat.origin[2] + (below + share) * heat.mm;
}

/** Elsewhere than at the sacrum or the last rib their heat stays below 0.02, so a weak one already tells something. */
const SACRUM_LEAST = 0.1;
const LAST_RIB_LEAST = 0.03;

/** Null when no line of at least 40 mm can be traced. */
export function traceSpine(heat: SpineHeat): SpineLine | null {
  const path = bestPath(heat);
  const centres = path.map(({ x, y }, z) => centreNear(heat.body, heat, x, y, z, 2));
  const stretch = spineStretch(centres.map((centre, z) => (sideways(path, z) > LEAVES_SPINE ? 0 : centre.weight)));
  if (!stretch || (stretch.last - stretch.first) * heat.mm < 40) return null;
  const { first, last } = stretch;
  const slabs = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const weights = slabs.map((z) => centres[z]!.weight);
  const lambda = lambdaFor(BEND_WAVELENGTH_MM, heat.mm);
  const xs = smoothLine(
    slabs.map((z) => centres[z]!.x),
    weights,
    lambda,
  );
  const ys = smoothLine(
    slabs.map((z) => centres[z]!.y),
    weights,
    lambda,
  );
  const canals = slabs.map((z, n) => centreNear(heat.canal, heat, Math.round(xs[n]!), Math.round(ys[n]!) + 3, z, 2));
  const angles = canals.map((canal, n) => Math.max(-0.6, Math.min(0.6, Math.atan2(canal.x - xs[n]!, Math.max(1, canal.y - ys[n]!)))));
  const rotation = smoothLine(
    angles,
    canals.map((canal) => (canal.weight > 0.2 ? canal.weight : 0)),
    lambdaFor(ROTATION_WAVELENGTH_MM, heat.mm),
  );
  const points = slabs.map((z, n): Vector => [heat.origin[0] + xs[n]! * heat.mm, heat.origin[1] + ys[n]! * heat.mm, heat.origin[2] + z * heat.mm]);
  return {
    points: points.reverse(),
    rotation: rotation.reverse(),
    strength: weights.reduce((sum, weight) => sum + weight, 0) / weights.length,
    sacrumTopMm: topOf(heatNear(heat.sacrum, heat, centres), heat, SACRUM_LEAST),
    lastRibMm: lowerEdgeOf(heatNear(heat.lastRib, heat, centres), heat, LAST_RIB_LEAST),
  };
}
