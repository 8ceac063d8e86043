/** The 64 x 64 picture of one vertebra in its own frame, and the way from its pixels back to the patient. */
import type { Picture } from '../case/volume.ts';
import { add, type Vector } from './affine.ts';
import type { RowFrame } from './curved-strip.ts';
import type { Sampler } from './sample-volume.ts';

export const PATCH_SIZE = 64;
const PATCH_CENTRE = (PATCH_SIZE - 1) / 2;
const SPACING_PER_PITCH = 0.031;
const SPACING_CLAMP_MM = [0.7, 1.15] as const;

/** Where a patch lies in the patient: its centre and the directions of growing column (posterior) and row (caudal). */
export interface PatchFrame {
  readonly centre: Vector;
  readonly along: Vector;
  readonly down: Vector;
  readonly left: Vector;
  readonly mmPerPixel: number;
}

/** The network has never seen pixels outside these limits. */
export function clampSpacingMm(mm: number): number {
  return Math.max(SPACING_CLAMP_MM[0], Math.min(SPACING_CLAMP_MM[1], mm));
}

/** Pixel spacing from the mean distance to the neighbouring bodies, mm. */
export function patchSpacingMm(pitchMm: number): number {
  return clampSpacingMm(SPACING_PER_PITCH * pitchMm);
}

/** `tiltRad` is positive when the anterior end of the body's mid-plane is turned caudal. */
export function patchFrame(centre: Vector, row: RowFrame, tiltRad: number, mmPerPixel: number): PatchFrame {
  const [cos, sin] = [Math.cos(tiltRad), Math.sin(tiltRad)];
  const turn = (a: number, b: number): Vector => add([a * row.posterior[0], a * row.posterior[1], a * row.posterior[2]], row.caudal, b);
  return { centre, along: turn(cos, -sin), down: turn(sin, cos), left: row.left, mmPerPixel };
}

/** LPS of a patch pixel (column, row). */
export function patchToLps(frame: PatchFrame, column: number, row: number): Vector {
  return add(add(frame.centre, frame.along, (column - PATCH_CENTRE) * frame.mmPerPixel), frame.down, (row - PATCH_CENTRE) * frame.mmPerPixel);
}

/** Samples a patch, mean over `depthsMm` to the left of its plane. Row by row: the depths of a row lie beside one another in memory. */
export function samplePatch(sample: Sampler, frame: PatchFrame, depthsMm: readonly number[], into: Float32Array): void {
  const step = frame.mmPerPixel;
  into.fill(0);
  const across: Vector = [step * frame.along[0], step * frame.along[1], step * frame.along[2]];
  const corner = patchToLps(frame, 0, 0);
  const starts = depthsMm.map((depth) => add(corner, frame.left, depth));
  const { down } = frame;
  // One vector for all lines: a new one for each were 30,000 a study for the collector.
  const place: [number, number, number] = [0, 0, 0];
  for (let row = 0; row < PATCH_SIZE; row++) {
    const far = row * step;
    for (const start of starts) {
      place[0] = start[0] + far * down[0];
      place[1] = start[1] + far * down[1];
      place[2] = start[2] + far * down[2];
      sample.addLine(into, row * PATCH_SIZE, PATCH_SIZE, place, across);
    }
  }
  const [count, depths] = [into.length, depthsMm.length];
  for (let i = 0; i < count; i++) into[i]! /= depths;
}

/** A flat picture seen as a plane of the patient: column = y (posterior), row = -z (caudal); x means nothing. */
export function pictureSampler(picture: Pick<Picture, 'columns' | 'rows' | 'values'>, mmPerPixel: readonly [row: number, column: number]): Sampler {
  const { columns, rows, values } = picture;
  const value = (_x: number, y: number, z: number): number => {
    const column = Math.max(0, Math.min(columns - 1, y / mmPerPixel[1]));
    const row = Math.max(0, Math.min(rows - 1, -z / mmPerPixel[0]));
    const c0 = Math.min(columns - 2, Math.floor(column));
    const r0 = Math.min(rows - 2, Math.floor(row));
    const [dc, dr] = [column - c0, row - r0];
    const at = r0 * columns + c0;
    return (values[at]! * (1 - dc) + values[at + 1]! * dc) * (1 - dr) + (values[at + columns]! * (1 - dc) + values[at + columns + 1]! * dc) * dr;
  };
  const addLine: Sampler['addLine'] = (into, at, count, start, step) => {
    for (let n = 0; n < count; n++) into[at + n]! += value(0, start[1] + n * step[1], start[2] + n * step[2]);
  };
  return Object.assign(value, { addLine });
}
