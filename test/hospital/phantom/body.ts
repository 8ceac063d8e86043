/**
 * The shape of one vertebral body in its own frame: rims, concave endplates, waist, kidney-shaped outline, and what a fracture does to them.
 * Endplates are a chord between the corners minus plateaus of exp(-r^4); the training generator uses another family on purpose.
 */
import type { LandmarkName } from '#src/case/vertebra.ts';
import { LANDMARK_NAMES } from '#src/case/vertebra.ts';
import type { PhantomFracture } from './parameters.ts';

/** One endplate: v of its front and back corners, the depths below the chord, mm. */
interface Endplate {
  readonly front: number;
  readonly back: number;
  /** Natural concavity. */
  readonly hollow: number;
  /** Depth of a biconcave collapse. */
  readonly dent: number;
  /** Extra drop of the front edge in a wedge fracture. */
  readonly drop: number;
  readonly node: { readonly u: number; readonly w: number; readonly depth: number } | null;
}

export interface BodyShape {
  readonly superiorDepth: number;
  readonly inferiorDepth: number;
  readonly superiorWidth: number;
  readonly inferiorWidth: number;
  readonly waistFront: number;
  readonly waistBack: number;
  readonly superior: Endplate;
  readonly inferior: Endplate;
}

export interface IntactSize {
  readonly height: number;
  readonly wedge: number;
  readonly superiorDepth: number;
  readonly inferiorDepth: number;
  readonly superiorWidth: number;
  readonly inferiorWidth: number;
  readonly hollowSuperior: number;
  readonly hollowInferior: number;
}

export function intactBody(size: IntactSize): BodyShape {
  const fall = (Math.tan((size.wedge * Math.PI) / 360) * (size.superiorDepth + size.inferiorDepth)) / 2;
  const plate = (side: 1 | -1, hollow: number): Endplate => ({
    front: side * (size.height / 2 - fall),
    back: (side * size.height) / 2,
    hollow,
    dent: 0,
    drop: 0,
    node: null,
  });
  const { superiorDepth, inferiorDepth, superiorWidth, inferiorWidth } = size;
  const widths = { superiorDepth, inferiorDepth, superiorWidth, inferiorWidth };
  return { ...widths, waistFront: 0.07, waistBack: 0.035, superior: plate(1, size.hollowSuperior), inferior: plate(-1, size.hollowInferior) };
}

/** Height of an endplate above the body's mid-plane, mm. `side` 1 is the superior endplate. Without the node when `plain`. */
export function endplateHeight(shape: BodyShape, side: 1 | -1, u: number, w: number, plain = false): number {
  const plate = side === 1 ? shape.superior : shape.inferior;
  const halfDepth = (side === 1 ? shape.superiorDepth : shape.inferiorDepth) / 2;
  const halfWidth = (side === 1 ? shape.superiorWidth : shape.inferiorWidth) / 2;
  const t = Math.min(1, Math.max(0, (u + halfDepth) / (2 * halfDepth)));
  const across = (w / halfWidth) ** 2;
  const edge = Math.min(1, (u / halfDepth) ** 2 + across);
  const shifted = (u / halfDepth - 0.14) ** 2 + across;
  let depth = plate.hollow * plateau(shifted / 0.42) * (1 - edge ** 4);
  depth += plate.dent * (1 - edge ** 1.35) + plate.drop * (1 - t) ** 1.3;
  if (plate.node && !plain) depth += plate.node.depth * plateau(((u - plate.node.u) ** 2 + (w - plate.node.w) ** 2) / 20);
  return plate.front + (plate.back - plate.front) * t - side * depth;
}

/** Flat in the middle, gone at the edge; the argument is a squared distance. */
function plateau(squared: number): number {
  return Math.exp(-squared * squared);
}

/** The ten landmarks in the mid-sagittal plane of the body: (u, v), mm. */
export function bodyLandmarks(shape: BodyShape, plain = false): Record<LandmarkName, readonly [u: number, v: number]> {
  const points = {} as Record<LandmarkName, readonly [number, number]>;
  LANDMARK_NAMES.forEach((name, index) => {
    const side = index < 5 ? 1 : -1;
    const depth = side === 1 ? shape.superiorDepth : shape.inferiorDepth;
    const u = ((index % 5) / 4 - 0.5) * depth;
    points[name] = [u, endplateHeight(shape, side, u, 0, plain)];
  });
  return points;
}

/** Anterior, middle and posterior height, mm, node left out. */
export function bodyHeights(shape: BodyShape): { anterior: number; middle: number; posterior: number } {
  const p = bodyLandmarks(shape, true);
  const between = (a: LandmarkName, b: LandmarkName): number => Math.hypot(p[a][0] - p[b][0], p[a][1] - p[b][1]);
  return { anterior: between('AS', 'AI'), middle: between('MS', 'MI'), posterior: between('PS', 'PI') };
}

/** The same body after a fracture that takes away `lossPercent` of the height its shape names. */
export function brokenBody(shape: BodyShape, fracture: PhantomFracture): BodyShape {
  const share = fracture.lossPercent / 100;
  if (fracture.shape === 'crush') return crushed(shape, share);
  const before = bodyHeights(shape);
  if (fracture.shape === 'wedge') {
    const lost = share * before.anterior;
    return { ...shape, superior: { ...shape.superior, drop: lost * 0.78 }, inferior: { ...shape.inferior, drop: lost * 0.22 } };
  }
  const frontLoss = 0.1 * share * before.anterior;
  const sunk = { ...shape, superior: { ...shape.superior, drop: frontLoss } };
  const missing = bodyHeights(sunk).middle - (1 - share) * before.middle;
  return { ...sunk, superior: { ...sunk.superior, dent: missing * 0.6 }, inferior: { ...sunk.inferior, dent: missing * 0.4 } };
}

function crushed(shape: BodyShape, share: number): BodyShape {
  const flat = (plate: Endplate): Endplate => ({
    ...plate,
    front: plate.front * (1 - share),
    back: plate.back * (1 - share),
    hollow: plate.hollow * (1 - share),
  });
  const spread = 1 + 0.12 * share;
  return {
    ...shape,
    superiorDepth: shape.superiorDepth * spread,
    inferiorDepth: shape.inferiorDepth * spread,
    superiorWidth: shape.superiorWidth * spread,
    inferiorWidth: shape.inferiorWidth * spread,
    waistFront: 0.02,
    waistBack: 0,
    superior: flat(shape.superior),
    inferior: flat(shape.inferior),
  };
}

/** Distance to the side wall, mm: negative inside. `v` picks the waist's narrowing. */
export function wallDistance(shape: BodyShape, u: number, v: number, w: number): number {
  const span = (shape.superior.back - shape.inferior.back) / 2;
  const up = Math.min(1, Math.max(-1, v / span));
  const pinch = 1 - up * up;
  const depth = ((1 + up) * shape.superiorDepth + (1 - up) * shape.inferiorDepth) / 4;
  const width = (((1 + up) * shape.superiorWidth + (1 - up) * shape.inferiorWidth) / 4) * (1 - shape.waistFront * pinch);
  const side = Math.abs(w) / width;
  // The back wall is hollow in the middle: beside the midline it reaches further back.
  const bay = u > 0 ? 1 - 0.17 * Math.exp(-(((side - 0.52) / 0.26) ** 2)) * Math.min(1, side / 0.3) : 1;
  const along = (Math.abs(u) * bay) / (depth * (1 - (u < 0 ? shape.waistFront : shape.waistBack) * pinch));
  const radius = Math.sqrt(u * u + w * w);
  if (radius < 1e-6) return -depth;
  const outline = (along * along * Math.sqrt(along) + side * side * Math.sqrt(side)) ** 0.4;
  return radius - radius / outline;
}

/** Distance to the surface of the whole body, mm: negative inside. */
export function bodyDistance(shape: BodyShape, u: number, v: number, w: number): number {
  const walls = wallDistance(shape, u, v, w);
  const above = v - endplateHeight(shape, 1, u, w);
  const below = endplateHeight(shape, -1, u, w) - v;
  return Math.max(walls, above, below);
}
