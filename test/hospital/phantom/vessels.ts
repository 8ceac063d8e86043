/** Aorta, caval vein, azygos, oesophagus and airway in front of the column. Offsets from the body centre, mm. */
import type { Brightness } from './materials.ts';
import type { PhantomParameters } from './parameters.ts';
import { smoothNoise } from './random.ts';
import { along, type SlicePlan } from './slice-plan.ts';
import { reach } from './solids.ts';

/** Aorta, caval vein, azygos, oesophagus, trachea and main bronchi: discs in the plane. */
export function vesselsAt(plan: SlicePlan, bright: Brightness, parameters: PhantomParameters): (dx: number, dy: number) => number | undefined {
  const t = plan.trunk;
  const d = plan.bodyDepth;
  const discs: { x: number; y: number; r: number; value: number; wall: number }[] = [];
  const add = (x: number, y: number, r: number, value: number, wall = value): number => discs.push({ x, y, r, value, wall });
  if (t > 3.4 && t < 15.2) {
    const r = along([3.4, 13.5, 9, 12, 12, 10.5, 15.2, 8.5], t);
    add(along([3.4, 21, 7, 19, 10, 12, 12, 4, 15, 3], t), -d - r + along([3.4, 9, 7, 7, 10, 1, 12, -2, 15, -2], t), r, bright.blood, bright.bowel);
  }
  if (t >= 15.2 && t < 18) for (const side of [1, -1]) add(side * (8 + 14 * (t - 15.2)), -d - 9 - 4 * (t - 15.2), 6.5, bright.blood, bright.bowel);
  if (t > 9.2 && t < 15.6) add(along([9, -26, 12, -19, 15.6, -11], t), -d - 12, 10.5, bright.blood * 0.9);
  if (t > 2.5 && t < 11) add(-5, -d - 4, 3.4, bright.blood * 0.9);
  if (t < 10.2) add(along([-2, 3, 6, 4, 10, 14], t), -d - along([-2, 6, 5, 9, 8, 16, 10, 26], t), 5.5, bright.bowel);
  const airway = -d - along([-3, 17, 0, 22, 4, 25, 5.4, 30], t);
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
