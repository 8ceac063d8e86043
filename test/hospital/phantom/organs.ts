/** Chest and abdomen in front of the column: lungs, great vessels, airway, liver, spleen, kidneys, bowel, psoas. Offsets from the body centre, mm. */
import { abdomenAt } from './abdomen.ts';
import type { Brightness } from './materials.ts';
import type { PhantomParameters } from './parameters.ts';
import { smoothNoise } from './random.ts';
import { along, type SlicePlan } from './slice-plan.ts';
import { ovalDistance, reach } from './solids.ts';
import { vesselsAt } from './vessels.ts';

type Tissue = number | undefined;

/** Undefined outside the cavities: the trunk wall. */
export function organsAt(plan: SlicePlan, bright: Brightness, parameters: PhantomParameters): (dx: number, dy: number) => Tissue {
  const vessels = vesselsAt(plan, bright, parameters);
  const cavity = cavityAt(plan, parameters);
  const muscles = psoasAt(plan, bright);
  const chest = chestAt(plan, bright, parameters);
  const abdomen = abdomenAt(plan, bright, parameters);
  return (dx, dy) => {
    const vessel = vessels(dx, dy);
    if (vessel !== undefined) return vessel;
    const depth = cavity(dx, dy);
    const muscle = muscles(dx, dy);
    if (muscle !== undefined) return muscle;
    if (depth > 0) return undefined;
    return chest(dx, dy, depth) ?? abdomen(dx, dy, depth);
  };
}

/** Signed distance to the inner wall of chest and belly. It reaches furthest back beside the column (the lungs' gutters). */
function cavityAt(plan: SlicePlan, parameters: PhantomParameters): (dx: number, dy: number) => number {
  const fat = parameters.fatMm ?? 14;
  const front = plan.skinY - plan.y - 2 * plan.halfDepth + 1.3 * fat + 14;
  const rear = along([-2, 0, 0, 22, 3, 33, 10, 36, 12, 30, 14, 16, 17, 2, 20, -6], plan.trunk);
  const half = Math.max(30, plan.halfWidth - along([-1, 110, 0, 92, 2, 66, 5, 40, 12, 30, 20, 34], plan.trunk));
  const centre = (front + rear) / 2;
  const depth = (rear - front) / 2;
  return (dx, dy) => ovalDistance(dx, dy - centre, half, depth);
}

/** Psoas, quadratus lumborum and the crura. */
function psoasAt(plan: SlicePlan, bright: Brightness): (dx: number, dy: number) => Tissue {
  const t = plan.trunk;
  if (t < 11.6 || t > 19) return () => undefined;
  const size = along([11.6, 3, 13, 9, 15, 17, 17, 19, 19, 16], t);
  const outwards = plan.bodyWidth + size * 0.75 + along([12, 0, 16, 2, 19, 16], t);
  const forwards = along([12, 6, 15, 0, 17, -12, 19, -26], t);
  return (dx, dy) => {
    const side = Math.abs(dx);
    const main = reach((side - outwards) / (size * 0.85), (dy - forwards) / size);
    const square = t > 12 && t < 16.4 ? reach((side - 62) / 20, (dy - 22) / 8.5) : 9;
    const crus = t < 13.2 ? reach((side - 11) / 6, (dy + plan.bodyDepth + 3) / 5) : 9;
    return Math.min(main, square, crus) < 1 ? bright.muscle : undefined;
  };
}

/** Lungs, heart and mediastinum down to the domes of the diaphragm; undefined below them. */
function chestAt(plan: SlicePlan, bright: Brightness, parameters: PhantomParameters): (dx: number, dy: number, depth: number) => Tissue {
  const t = plan.trunk;
  const { seed } = parameters;
  const spineEdge = plan.bodyWidth + 4;
  const edge = [-90, 34, -50, 26, -14, spineEdge];
  const heart = (t - 7.4) / 2.9;
  return (dx, dy, depth) => {
    const side = Math.abs(dx);
    const middle = reach((side - 72) / 66, (dy + 58) / 92);
    const dome = (dx < 0 ? 8.3 : 8.8) + 3.4 * Math.min(1.05, middle) ** 2;
    if (t > dome + 0.14) return undefined;
    if (t > dome) return bright.muscle;
    const inner = dy > -plan.bodyDepth ? spineEdge : along(edge, dy);
    if (reach((dx - 14 - 6 * heart) / 54, (dy + plan.bodyDepth + 66) / 46, heart) < 1) return bright.blood;
    if (side < inner) return t > 9.6 ? undefined : smoothNoise(dx / 8, dy / 8, plan.z / 9, seed + 9) > 0.35 ? bright.bowel : bright.mediastinum;
    if (depth > -1.5) return bright.muscle;
    if (t < -0.6) return bright.muscle;
    return lung(plan, bright, seed, dx, dy, Math.min(side - inner, -depth));
  };
}

/** Air with vessels that thin out towards the pleura. */
function lung(plan: SlicePlan, bright: Brightness, seed: number, dx: number, dy: number, inside: number): number {
  const size = Math.max(0.03, 0.085 - inside * 0.0006);
  const a = smoothNoise(dx / 13, dy / 13, plan.z / 13, seed + 21);
  if (Math.abs(a) < size && Math.abs(smoothNoise(dx / 13, dy / 13, plan.z / 13, seed + 22)) < size) return bright.lungVessel;
  return bright.lung * (1 + 0.04 * a);
}
