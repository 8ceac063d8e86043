/** Small vector and affine arithmetic in the patient's frame (DICOM LPS, mm). An affine is row-major 3 x 4: (i, j, k, 1) -> LPS. */

export type Vector = readonly [x: number, y: number, z: number];

export function add(a: Vector, b: Vector, scale = 1): Vector {
  return [a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]];
}

export function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function norm(a: Vector): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function unit(a: Vector): Vector {
  const length = norm(a);
  if (!(length > 0)) throw new RangeError('a zero vector has no direction');
  return [a[0] / length, a[1] / length, a[2] / length];
}

/** LPS position of voxel coordinates (fractions allowed). */
export function applyAffine(affine: readonly number[], i: number, j: number, k: number): Vector {
  const m = affine as readonly [number, number, number, number, number, number, number, number, number, number, number, number];
  return [m[0] * i + m[1] * j + m[2] * k + m[3], m[4] * i + m[5] * j + m[6] * k + m[7], m[8] * i + m[9] * j + m[10] * k + m[11]];
}

/** The affine that undoes `affine`: LPS -> voxel coordinates. Throws RangeError for a flat one. */
export function invertAffine(affine: readonly number[]): readonly number[] {
  if (affine.length !== 12 || affine.some((value) => !Number.isFinite(value))) throw new RangeError('an affine has 12 finite numbers');
  const [a, b, c, tx, d, e, f, ty, g, h, i, tz] = affine as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (Math.abs(determinant) < 1e-9) throw new RangeError('the affine is flat: it cannot be inverted');
  const q = 1 / determinant;
  const r = [(e * i - f * h) * q, (c * h - b * i) * q, (b * f - c * e) * q];
  const s = [(f * g - d * i) * q, (a * i - c * g) * q, (c * d - a * f) * q];
  const t = [(d * h - e * g) * q, (b * g - a * h) * q, (a * e - b * d) * q];
  const offset = (row: readonly number[]): number => -(row[0]! * tx + row[1]! * ty + row[2]! * tz);
  return [...r, offset(r), ...s, offset(s), ...t, offset(t)];
}
