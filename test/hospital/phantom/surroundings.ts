/** Everything that is not bone, plane by plane: skin, fat, muscles, canal, and the cavities filled by organs.ts. */
import type { Brightness } from './materials.ts';
import { organsAt } from './organs.ts';
import type { PhantomParameters } from './parameters.ts';
import { smoothNoise } from './random.ts';
import type { SlicePlan } from './slice-plan.ts';
import { ovalDistance, reach } from './solids.ts';

const RADIANS = Math.PI / 180;

/** Brightness of the soft tissues of one plane at (x, y), mm in the patient. */
export function softTissue(plan: SlicePlan, bright: Brightness, parameters: PhantomParameters, tableY: number): (x: number, y: number) => number {
  const turn = (parameters.turnDegrees ?? 0) * RADIANS;
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const organs = organsAt(plan, bright, parameters);
  const fat = parameters.fatMm ?? 14;
  const centreY = plan.skinY - plan.halfDepth - plan.y;
  const back = plan.skinY - plan.y;
  const streak = parameters.seed + 5;
  return (x, y) => {
    const px = x - plan.x;
    const py = y - plan.y;
    const dx = cosine * px + sine * py;
    const dy = -sine * px + cosine * py;
    const outside = skinDistance(plan, dx, dy - centreY, dy - back);
    if (outside > 0) return outside < 0.8 ? (bright.air + bright.skin) / 2 : aroundThePatient(bright, x, y, tableY);
    if (outside > -1.8) return bright.skin;
    const thick = fat * (dy > 0 ? 1 : 1.3);
    if (outside > -thick + 2.5) return bright.fat;
    if (outside > -thick - 2.5 && outside > -thick - 2.5 * smoothNoise(dx / 18, dy / 18, plan.z / 25, streak)) return bright.fat;
    return canal(plan, bright, dx, dy, x, y) ?? organs(dx, dy) ?? backMuscles(plan, bright, dx, dy, streak);
  };
}

/** Distance to the skin: a flattened oval lying on its back, with a furrow over the spinous processes. */
function skinDistance(plan: SlicePlan, dx: number, fromCentre: number, fromBack: number): number {
  const [a, b] = [plan.halfWidth, plan.halfDepth + 6];
  const furrow = plan.trunk > 1 && plan.trunk < 17 ? 3.5 * Math.exp(-((dx / 11) ** 2)) : 0;
  return Math.max(ovalDistance(dx, fromCentre, a, b), fromBack + furrow);
}

function aroundThePatient(bright: Brightness, x: number, y: number, tableY: number): number {
  const top = tableY + (x / 60) ** 2 * -1.2;
  if (y < top || y > top + 40) return bright.air;
  return y < top + 2.5 || y > top + 37 ? bright.tableShell : bright.tableFoam;
}

/** Thecal sac, cord (down to L1) or roots, epidural fat, and the fat of the foramina. */
function canal(plan: SlicePlan, bright: Brightness, dx: number, dy: number, x: number, y: number): number | undefined {
  const cx = (x - plan.canalX) / plan.canalHalfWidth;
  const cy = (y - plan.canalY) / plan.canalHalfDepth;
  const radius = reach(cx, cy);
  if (radius < 1.05) {
    if (reach(cx, (cy + 0.12) / 0.92) > 0.78) return bright.fat;
    const cord = plan.trunk < 11.6 ? 1 : Math.max(0, (12.6 - plan.trunk) / 1);
    if (cord > 0 && reach((x - plan.canalX) / 5, (y - plan.canalY) / 3.9) < cord) return bright.cord;
    return bright.csf;
  }
  const behindBody = dy - plan.bodyDepth;
  if (plan.trunk < 16.8 && behindBody > -1 && behindBody < plan.canalHalfDepth * 1.7 && Math.abs(dx) < plan.bodyWidth * 0.98) {
    const root = reach((Math.abs(dx) - plan.canalHalfWidth - 5) / 3.4, (behindBody - plan.canalHalfDepth * 0.7) / 3);
    return root < 1 ? bright.muscle : bright.fat;
  }
  return undefined;
}

/** Erector spinae with streaks of fat and a septum on each side; the default filling of the trunk wall. */
function backMuscles(plan: SlicePlan, bright: Brightness, dx: number, dy: number, seed: number): number {
  const side = Math.abs(dx);
  if (dy > 20 && side < 3.2) return bright.ligament;
  const fibre = smoothNoise(dx / 7, dy / 7, plan.z / 30, seed + 1);
  const older = plan.trunk > 11 ? 0.58 : 0.72;
  if (dy > 4 && fibre > older) return bright.fat * 0.6;
  const septum = Math.abs(side - 30 - 0.25 * (dy - 40) + 2 * fibre);
  if (dy > 22 && septum < 1.1) return bright.fat * 0.7;
  const sheath = Math.abs(dy - (plan.skinY - plan.y) + 30 - side * 0.22 + 3 * fibre);
  if (plan.trunk < 10 && dy > 20 && side > 14 && sheath < 1) return bright.fat * 0.7;
  return bright.muscle;
}
