/** Chest and abdomen in front of the column: lungs, great vessels, airway, liver, spleen, kidneys, bowel, psoas. Offsets from the body centre, mm. */
import type { Brightness } from './materials.ts';
import type { PhantomParameters } from './parameters.ts';
import { smoothNoise } from './random.ts';
import { along, type SlicePlan } from './slice-plan.ts';
import { ovalDistance, reach } from './solids.ts';

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
  const rear = along(
    [
      [-2, 0],
      [0, 22],
      [3, 33],
      [10, 36],
      [12, 30],
      [14, 16],
      [17, 2],
      [20, -6],
    ],
    plan.trunk,
  );
  const half = Math.max(
    30,
    plan.halfWidth -
      along(
        [
          [-1, 110],
          [0, 92],
          [2, 66],
          [5, 40],
          [12, 30],
          [20, 34],
        ],
        plan.trunk,
      ),
  );
  const centre = (front + rear) / 2;
  const depth = (rear - front) / 2;
  return (dx, dy) => ovalDistance(dx, dy - centre, half, depth);
}

/** Aorta, caval vein, azygos, oesophagus, trachea and main bronchi: discs in the plane. */
function vesselsAt(plan: SlicePlan, bright: Brightness, parameters: PhantomParameters): (dx: number, dy: number) => Tissue {
  const t = plan.trunk;
  const d = plan.bodyDepth;
  const discs: { x: number; y: number; r: number; value: number; wall: number }[] = [];
  const add = (x: number, y: number, r: number, value: number, wall = value): number => discs.push({ x, y, r, value, wall });
  if (t > 3.4 && t < 15.2) {
    const r = along(
      [
        [3.4, 13.5],
        [9, 12],
        [12, 10.5],
        [15.2, 8.5],
      ],
      t,
    );
    add(
      along(
        [
          [3.4, 21],
          [7, 19],
          [10, 12],
          [12, 4],
          [15, 3],
        ],
        t,
      ),
      -d -
        r +
        along(
          [
            [3.4, 9],
            [7, 7],
            [10, 1],
            [12, -2],
            [15, -2],
          ],
          t,
        ),
      r,
      bright.blood,
      bright.bowel,
    );
  }
  if (t >= 15.2 && t < 18) for (const side of [1, -1]) add(side * (8 + 14 * (t - 15.2)), -d - 9 - 4 * (t - 15.2), 6.5, bright.blood, bright.bowel);
  if (t > 9.2 && t < 15.6)
    add(
      along(
        [
          [9, -26],
          [12, -19],
          [15.6, -11],
        ],
        t,
      ),
      -d - 12,
      10.5,
      bright.blood * 0.9,
    );
  if (t > 2.5 && t < 11) add(-5, -d - 4, 3.4, bright.blood * 0.9);
  if (t < 10.2)
    add(
      along(
        [
          [-2, 3],
          [6, 4],
          [10, 14],
        ],
        t,
      ),
      -d -
        along(
          [
            [-2, 6],
            [5, 9],
            [8, 16],
            [10, 26],
          ],
          t,
        ),
      5.5,
      bright.bowel,
    );
  const airway =
    -d -
    along(
      [
        [-3, 17],
        [0, 22],
        [4, 25],
        [5.4, 30],
      ],
      t,
    );
  if (t < 3.9) add(-3, airway, 9, bright.gas, bright.bowel);
  if (t >= 3.9 && t < 5.3) for (const side of [1, -1]) add(side * (3 + 22 * (t - 3.9)) - 3, airway, 7, bright.gas, bright.bowel);
  const chalk = parameters.aorticCalcification ?? false;
  return (dx, dy) => {
    for (const disc of discs) {
      const from = reach(dx - disc.x, dy - disc.y) - disc.r;
      if (from > 0) continue;
      if (chalk && disc.value === bright.blood && from > -1.5 && smoothNoise(dx / 5, dy / 5, plan.z / 6, parameters.seed + 40) > 0.52)
        return bright.calcium;
      return from > -1.4 ? disc.wall : disc.value;
    }
    return undefined;
  };
}

/** Psoas, quadratus lumborum and the crura. */
function psoasAt(plan: SlicePlan, bright: Brightness): (dx: number, dy: number) => Tissue {
  const t = plan.trunk;
  if (t < 11.6 || t > 19) return () => undefined;
  const size = along(
    [
      [11.6, 3],
      [13, 9],
      [15, 17],
      [17, 19],
      [19, 16],
    ],
    t,
  );
  const outwards =
    plan.bodyWidth +
    size * 0.75 +
    along(
      [
        [12, 0],
        [16, 2],
        [19, 16],
      ],
      t,
    );
  const forwards = along(
    [
      [12, 6],
      [15, 0],
      [17, -12],
      [19, -26],
    ],
    t,
  );
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
  const heart = (t - 7.4) / 2.9;
  return (dx, dy, depth) => {
    const side = Math.abs(dx);
    const middle = reach((side - 72) / 66, (dy + 58) / 92);
    const dome = (dx < 0 ? 8.3 : 8.8) + 3.4 * Math.min(1.05, middle) ** 2;
    if (t > dome + 0.14) return undefined;
    if (t > dome) return bright.muscle;
    const inner =
      dy > -plan.bodyDepth
        ? spineEdge
        : along(
            [
              [-90, 34],
              [-50, 26],
              [-14, spineEdge],
            ],
            dy,
          );
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

function abdomenAt(plan: SlicePlan, bright: Brightness, parameters: PhantomParameters): (dx: number, dy: number, depth: number) => Tissue {
  const t = plan.trunk;
  const { seed } = parameters;
  return (dx, dy, depth) => {
    if (depth > -2.5) return t < 17 ? bright.muscle : undefined;
    const side = Math.abs(dx);
    const kidney = reach((side - 60 + 2 * (t - 12)) / 25, (dy - 2) / 23, (t - (dx < 0 ? 13 : 12.7)) / 1.75);
    if (kidney < 1) return reach((side - 48) / 13, (dy + 4) / 9, (t - 12.9) / 0.8) < 1 ? bright.mediastinum : bright.kidney;
    if (kidney < 1.22) return bright.fat;
    const beside = dy < -plan.bodyDepth - 16 + Math.max(0, (side - 24) * 1.5);
    if (beside && reach((dx + 72) / 98, (dy + 40) / 76, (t - 10) / 4) < 1) return bright.liver;
    if (reach((dx - 88) / 30, (dy + 6) / 40, (t - 10.8) / 2) < 1) return bright.spleen;
    const stomach = beside ? reach((dx - 50) / 38, (dy + 66) / 34, (t - 10.7) / 2.2) : 2;
    if (stomach < 1) return stomach > 0.9 ? bright.bowel : dy < -78 ? bright.gas : bright.bowelContent;
    if (dy > -plan.bodyDepth - 10) return bright.fat;
    return gut(plan, bright, seed, dx, dy);
  };
}

/** Loops: walls and contents from one smooth field, with gas rising to the front. */
function gut(plan: SlicePlan, bright: Brightness, seed: number, dx: number, dy: number): number {
  const loop = smoothNoise(dx / 19, dy / 19, plan.z / 24, seed + 31) + 0.12 * smoothNoise(dx / 6, dy / 6, plan.z / 6, seed + 32);
  if (loop < 0.02) return bright.fat;
  if (loop < 0.2) return bright.bowel;
  return loop > 0.36 && smoothNoise(dx / 40, dy / 40, plan.z / 40, seed + 33) > 0.05 - (dy + 60) / 300 ? bright.gas : bright.bowelContent;
}
