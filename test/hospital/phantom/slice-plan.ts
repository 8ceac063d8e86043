/** Where the column runs at a given height, and how far down the trunk that is: the soft tissues are hung on it. */
import type { PhantomParameters } from './parameters.ts';
import type { Bone, Spine } from './spine.ts';

/** One axial plane. `trunk` counts levels whatever their number: T1 is 0, T12 is 11, L1 is 12, L5 16, S1 17. */
export interface SlicePlan {
  readonly z: number;
  readonly trunk: number;
  /** Body centre line and canal centre, mm in the patient. */
  readonly x: number;
  readonly y: number;
  readonly canalX: number;
  readonly canalY: number;
  readonly canalHalfWidth: number;
  readonly canalHalfDepth: number;
  /** Half depth and half width of the body here. */
  readonly bodyDepth: number;
  readonly bodyWidth: number;
  /** Back of the trunk (skin) at the midline and half sizes of the trunk. */
  readonly skinY: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
}

/** Places and values by turns: x0, y0, x1, y1 ... with growing x. */
type Curve = readonly number[];

const HALF_WIDTH: Curve = [-3, 62, -1.6, 84, -0.4, 165, 3, 168, 7, 158, 11, 148, 13, 142, 17, 166, 20, 172];
const HALF_DEPTH: Curve = [-3, 58, 0, 76, 3, 96, 7, 108, 11, 108, 14, 102, 17, 102, 20, 100];
/** From the body's centre line to the muscles' back edge. */
const BACK: Curve = [-3, 60, 0, 66, 4, 66, 8, 66, 11, 66, 14, 72, 16, 72, 18, 64, 20, 56];

/** Straight lines between the points of a curve; level beyond its ends. */
export function along(curve: Curve, at: number): number {
  let index = 0;
  while (index + 2 < curve.length && (curve[index + 2] ?? 0) <= at) index += 2;
  const [x0 = 0, y0 = 0, x1, y1] = curve.slice(index, index + 4);
  if (at <= x0 || x1 === undefined || y1 === undefined) return y0;
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

interface Knot {
  readonly z: number;
  readonly trunk: number;
  readonly numbers: readonly number[];
}

/** Numbers that a plane interpolates between the bodies' centres. */
function knotOf(bone: Bone, trunk: number, scale: number): Knot {
  const { frame, size, shape } = bone;
  const canal = (shape.superiorDepth + shape.inferiorDepth) / 4 + (size.canalDepth * scale) / 2;
  const [x, y, z] = frame.centre;
  const numbers = [x, y, x + canal * frame.u[0], y + canal * frame.u[1], (size.canalWidth * scale) / 2, (size.canalDepth * scale) / 2];
  return { z, trunk, numbers: [...numbers, shape.superiorDepth / 2, (shape.superiorWidth + shape.inferiorWidth) / 4] };
}

function trunkPlace(bones: readonly Bone[], bone: Bone): number {
  const same = bones.filter((other) => other.kind === bone.kind);
  const index = same.indexOf(bone);
  if (bone.kind === 'cervical') return index - same.length;
  if (bone.kind === 'sacral') return 17 + index;
  const [first, last] = bone.kind === 'thoracic' ? [0, 11] : [12, 16];
  return first + ((last - first) * index) / (same.length - 1);
}

export function slicePlanner(spine: Spine, parameters: PhantomParameters): (z: number) => SlicePlan {
  const knots = spine.bones.map((bone) => knotOf(bone, trunkPlace(spine.bones, bone), spine.scale));
  const middle = knots.reduce((sum, knot) => sum + (knot.numbers[1] ?? 0), 0) / knots.length;
  const fat = parameters.fatMm ?? 14;
  return (z) => {
    const { trunk, numbers } = between(knots, z);
    const [x = 0, y = 0, canalX = 0, canalY = 0, canalHalfWidth = 0, canalHalfDepth = 0, bodyDepth = 0, bodyWidth = 0] = numbers;
    const grown = spine.scale;
    const skinY = Math.max(0.55 * y + 0.45 * middle + along(BACK, trunk) * grown + 4, y + (along(BACK, trunk) - 4) * grown) + fat;
    const sizes = { halfWidth: along(HALF_WIDTH, trunk) * grown + fat - 14, halfDepth: along(HALF_DEPTH, trunk) * grown + (fat - 14) };
    return { z, trunk, x, y, canalX, canalY, canalHalfWidth, canalHalfDepth, bodyDepth, bodyWidth, skinY, ...sizes };
  };
}

function between(knots: readonly Knot[], z: number): { trunk: number; numbers: number[] } {
  let index = knots.findIndex((knot, i) => i > 0 && knot.z <= z);
  if (index < 0) index = knots.length - 1;
  const above = knots[index - 1] as Knot;
  const below = knots[index] as Knot;
  const t = (above.z - z) / (above.z - below.z);
  return {
    trunk: above.trunk + t * (below.trunk - above.trunk),
    numbers: above.numbers.map((value, i) => value + t * ((below.numbers[i] ?? 0) - value)),
  };
}
