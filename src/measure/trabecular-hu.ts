/** Mean HU of trabecular bone: an ellipse in the anterior two thirds of the mid-body, away from cortex (Pickhardt 2013, Ann Intern Med 158:588). */
import { add, type Vector } from './affine.ts';
import type { SampleAt } from './sample-volume.ts';

/** A body in the patient: centre, directions of posterior, left and caudal, and its size in mm. */
export interface BodyBox {
  readonly centre: Vector;
  readonly posterior: Vector;
  readonly left: Vector;
  readonly caudal: Vector;
  readonly depthMm: number;
  readonly heightMm: number;
}

/** Distance kept from the cortex, mm (reference/model.md 4.6). */
const CORTEX_MM = 3;
/** The ellipse is read over this thickness about the mid-plane, mm. */
const SLAB_MM = 4;
/** A vertebral body is wider than deep; the ellipse keeps to its middle. */
const WIDEST_SEMI_AXIS_MM = 11;
/** Brighter than this is metal or cement, not bone, HU. */
const DENSE_HU = 1000;

export function trabecularHu(sample: SampleAt, body: BodyBox): { hu: number; sdHu: number; areaMm2: number } | null {
  const length = (2 / 3) * body.depthMm - CORTEX_MM;
  const semiAp = length / 2;
  const semiLateral = Math.min(WIDEST_SEMI_AXIS_MM, 1.3 * semiAp);
  if (!(semiAp >= 3) || body.heightMm < SLAB_MM + 2 * CORTEX_MM) return null;
  const centre = add(body.centre, body.posterior, -body.depthMm / 2 + CORTEX_MM + semiAp);
  let [count, sum, squares] = [0, 0, 0];
  for (let down = -SLAB_MM / 2; down <= SLAB_MM / 2; down++) {
    for (let ap = -semiAp; ap <= semiAp; ap++) {
      for (let side = -semiLateral; side <= semiLateral; side++) {
        if ((ap / semiAp) ** 2 + (side / semiLateral) ** 2 > 1) continue;
        const point = add(add(add(centre, body.posterior, ap), body.left, side), body.caudal, down);
        const value = sample(point[0], point[1], point[2]);
        count++;
        sum += value;
        squares += value * value;
      }
    }
  }
  const hu = sum / count;
  return { hu, sdHu: Math.sqrt(Math.max(0, squares / count - hu * hu)), areaMm2: Math.PI * semiAp * semiLateral };
}

/** Share of a body's inner box that is denser than any bone, 0-1. */
export function denseShare(sample: SampleAt, body: BodyBox): number {
  let [dense, count] = [0, 0];
  for (let down = -0.4; down <= 0.41; down += 0.1) {
    for (let ap = -0.4; ap <= 0.41; ap += 0.1) {
      for (let side = -12; side <= 12; side += 3) {
        const point = add(add(add(body.centre, body.posterior, ap * body.depthMm), body.left, side), body.caudal, down * body.heightMm);
        count++;
        if (sample(point[0], point[1], point[2]) > DENSE_HU) dense++;
      }
    }
  }
  return dense / count;
}
