/** Below the diaphragm: kidneys, liver, spleen, stomach and bowel. Offsets from the body centre, mm. */
import type { Brightness } from './materials.ts';
import type { PhantomParameters } from './parameters.ts';
import { smoothNoise } from './random.ts';
import type { SlicePlan } from './slice-plan.ts';
import { reach } from './solids.ts';

export function abdomenAt(
  plan: SlicePlan,
  bright: Brightness,
  parameters: PhantomParameters,
): (dx: number, dy: number, depth: number) => number | undefined {
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
