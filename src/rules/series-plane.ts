/** How the slices of a series lie in the patient: axial, sagittal, coronal or oblique, from Image Orientation (Patient) alone. */
import type { InstanceSummary } from '#src/case/study.ts';

export type Plane = 'axial' | 'sagittal' | 'coronal' | 'oblique';

/** Cosine of the largest angle at which a plane still has its name: a tilted gantry (up to 30 degrees) stays axial. */
const NAMED_ABOVE = Math.cos((31 * Math.PI) / 180);
const UNIT_TOLERANCE = 1e-3;

/** Position, unit perpendicular directions and positive spacing are all there. */
export function isSoundPlane(instance: InstanceSummary): boolean {
  const { imagePosition, imageOrientation, pixelSpacing } = instance;
  // Enhanced objects keep their positions per frame: the frame's own facts are checked when it is read.
  if (!imagePosition || !imageOrientation || !pixelSpacing) return false;
  if (imagePosition.length !== 3 || imageOrientation.length !== 6 || pixelSpacing.length !== 2) return false;
  const [a, b, c, d, e, f] = imageOrientation as [number, number, number, number, number, number];
  const isUnit = Math.abs(a * a + b * b + c * c - 1) < UNIT_TOLERANCE && Math.abs(d * d + e * e + f * f - 1) < UNIT_TOLERANCE;
  return isUnit && Math.abs(a * d + b * e + c * f) < UNIT_TOLERANCE && pixelSpacing.every((value) => value > 0);
}

/** `heightMm`: how far the picture reaches from head to foot within its plane. Ask only for a sound plane. */
export function planeOf(instance: InstanceSummary): { name: Plane; normal: readonly [number, number, number]; heightMm: number } {
  const [a, b, c, d, e, f] = instance.imageOrientation as [number, number, number, number, number, number];
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d] as const;
  const names: readonly Plane[] = ['sagittal', 'coronal', 'axial'];
  const name = names.find((_, axis) => Math.abs(normal[axis]!) > NAMED_ABOVE) ?? 'oblique';
  const [rowMm, columnMm] = instance.pixelSpacing as [number, number];
  const heightMm = Math.max(Math.abs(c) * columnMm * instance.columns, Math.abs(f) * rowMm * instance.rows);
  return { name, normal, heightMm };
}
