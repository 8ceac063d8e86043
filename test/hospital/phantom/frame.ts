/** A right-angled frame in the patient (LPS, mm): u to the back, v upwards, w to the patient's left, each along the bone it belongs to. */
import type { PointLps } from '#src/case/vertebra.ts';

export interface Frame {
  readonly centre: PointLps;
  readonly u: PointLps;
  readonly v: PointLps;
  readonly w: PointLps;
}

const RADIANS = Math.PI / 180;

/** Tilt: the upper side faces forward; lean: towards the left; turn: the front goes to the patient's right. Degrees. */
export function frameOf(centre: PointLps, tilt: number, lean: number, turn: number): Frame {
  const [ct, st] = [Math.cos(tilt * RADIANS), Math.sin(tilt * RADIANS)];
  const axes: [PointLps, PointLps, PointLps] = [
    [0, ct, st],
    [0, -st, ct],
    [1, 0, 0],
  ];
  const [u, v, w] = axes.map((axis) => leaned(turned(axis, turn), lean)) as [PointLps, PointLps, PointLps];
  return { centre, u, v, w };
}

/** About the long axis (z). */
export function turned([x, y, z]: PointLps, degrees: number): PointLps {
  const [c, s] = [Math.cos(degrees * RADIANS), Math.sin(degrees * RADIANS)];
  return [c * x - s * y, s * x + c * y, z];
}

/** About the axis from front to back (y): upwards turns towards the left. */
export function leaned([x, y, z]: PointLps, degrees: number): PointLps {
  const [c, s] = [Math.cos(degrees * RADIANS), Math.sin(degrees * RADIANS)];
  return [c * x + s * z, y, -s * x + c * z];
}

export function toPatient(frame: Frame, u: number, v: number, w: number): PointLps {
  const along = (axis: 0 | 1 | 2): number => frame.centre[axis] + u * frame.u[axis] + v * frame.v[axis] + w * frame.w[axis];
  return [along(0), along(1), along(2)];
}

export function dot(a: PointLps, b: PointLps): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
