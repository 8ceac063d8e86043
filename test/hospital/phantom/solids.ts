/** Solid things to paint: a box to look in, a signed distance (mm, negative inside) and a material. */
import type { PointLps } from '#src/case/vertebra.ts';
import type { Material } from './materials.ts';

export type Box = readonly [x0: number, x1: number, y0: number, y1: number, z0: number, z1: number];
export type DistanceTo = (x: number, y: number, z: number) => number;

export interface Solid {
  readonly box: Box;
  readonly material: Material;
  readonly distance: DistanceTo;
}

/** A rod with round ends between two points of a local frame. `tall` stretches its cross-section along v. */
export interface Rod {
  readonly from: readonly [u: number, v: number, w: number];
  readonly to: readonly [u: number, v: number, w: number];
  readonly radius: number;
  readonly tall?: number;
}

/** Radial distance to an oval (a cubic superellipse) around the origin, mm: negative inside. Math.hypot is avoided on purpose: it is ten times slower. */
export function ovalDistance(x: number, y: number, halfX: number, halfY: number): number {
  const radius = Math.sqrt(x * x + y * y);
  const across = Math.abs(x) / halfX;
  const along = Math.abs(y) / halfY;
  const outline = Math.cbrt(across * across * across + along * along * along);
  return outline < 1e-6 ? -Math.min(halfX, halfY) : radius - radius / outline;
}

/** Length of (x, y, z) in units of an ellipsoid's half axes. */
export function reach(x: number, y: number, z = 0): number {
  return Math.sqrt(x * x + y * y + z * z);
}

export function rodDistance(rod: Rod, u: number, v: number, w: number): number {
  const tall = rod.tall ?? 1;
  const [au, av, aw] = rod.from;
  const du = rod.to[0] - au;
  const dv = (rod.to[1] - av) / tall;
  const dw = rod.to[2] - aw;
  const pu = u - au;
  const pv = (v - av) / tall;
  const pw = w - aw;
  const length = du * du + dv * dv + dw * dw;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, (pu * du + pv * dv + pw * dw) / length));
  const eu = pu - t * du;
  const ev = pv - t * dv;
  const ew = pw - t * dw;
  return Math.sqrt(eu * eu + ev * ev + ew * ew) - rod.radius;
}

export function mirrored(rod: Rod): Rod {
  return { ...rod, from: [rod.from[0], rod.from[1], -rod.from[2]], to: [rod.to[0], rod.to[1], -rod.to[2]] };
}

export function boxAround(points: readonly PointLps[], margin: number): Box {
  const low = (axis: 0 | 1 | 2): number => Math.min(...points.map((point) => point[axis])) - margin;
  const high = (axis: 0 | 1 | 2): number => Math.max(...points.map((point) => point[axis])) + margin;
  return [low(0), high(0), low(1), high(1), low(2), high(2)];
}
