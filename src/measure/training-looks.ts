/** Patches of marked bodies with their six points in patch pixels, cut as the server cuts them (docs/model-contract.md): what fine-tuning reads. */
import { SIX_POINTS, type SixOnPicture } from '../case/annotation.ts';
import { add, cross, dot, norm, subtract, unit, type Vector } from './affine.ts';
import type { RowFrame } from './curved-strip.ts';
import { type PictureInPatient, pictureToLps } from './picture-to-lps.ts';
import type { Sampler } from './sample-volume.ts';
import { clampSpacingMm, PATCH_SIZE, type PatchFrame, patchFrame, patchSpacingMm, samplePatch } from './vertebra-patch.ts';

export interface TrainingLook {
  /** 64 x 64, as sampled. */
  readonly values: Float32Array;
  /** (column, row) of AS MS PS AI MI PI, patch pixels. */
  readonly xy: readonly (readonly [number, number])[];
}

const OFFSETS_MM = [-4, 0, 4] as const;
const SCALES = [0.9, 1, 1.1] as const;
const CENTRE = (PATCH_SIZE - 1) / 2;

/** Middle of the four corners, pixels. */
export function centreOf(points: SixOnPicture): readonly [number, number] {
  const mean = (axis: 0 | 1): number => (points.AS[axis] + points.PS[axis] + points.AI[axis] + points.PI[axis]) / 4;
  return [mean(0), mean(1)];
}

function rowFrame(picture: PictureInPatient, row: number): RowFrame {
  const at = Math.max(0, Math.min(picture.rowsLps.length - 2, Math.round(row)));
  const [here, next] = [picture.rowsLps[at]!, picture.rowsLps[at + 1]!];
  const caudal = unit(subtract(next.origin, here.origin));
  return { origin: here.origin, posterior: here.posterior, caudal, left: cross(caudal, here.posterior) };
}

function frameOf(points: SixOnPicture, neighbours: readonly SixOnPicture[], picture: PictureInPatient): PatchFrame {
  const centre = centreOf(points);
  const place = (at: readonly [number, number]): Vector => pictureToLps(picture, at);
  const front: readonly [number, number] = [(points.AS[0] + points.AI[0]) / 2, (points.AS[1] + points.AI[1]) / 2];
  const back: readonly [number, number] = [(points.PS[0] + points.PI[0]) / 2, (points.PS[1] + points.PI[1]) / 2];
  // Positive when the front is turned caudal, that is when the back stands higher.
  const tilt = Math.atan2(-(back[1] - front[1]), back[0] - front[0]);
  const height = points.MI[1] - points.MS[1];
  const pitches = neighbours.map((other) => Math.min(norm(subtract(place(centreOf(other)), place(centre))), 1.7 * 1.3 * Math.max(height, 8)));
  const pitch = pitches.length > 0 ? pitches.reduce((sum, mm) => sum + mm, 0) / pitches.length : 1.3 * height;
  return patchFrame(place(centre), rowFrame(picture, centre[1]), tilt, patchSpacingMm(pitch));
}

/** Nine looks, as the server takes them: three depths, three sizes. `neighbours`: the bodies right above and below, where they are marked. */
export function trainingLooks(
  points: SixOnPicture,
  neighbours: readonly SixOnPicture[],
  picture: PictureInPatient,
  sample: Sampler,
  depthsMm: readonly number[],
): readonly TrainingLook[] {
  const middle = frameOf(points, neighbours, picture);
  return OFFSETS_MM.flatMap((mm) =>
    SCALES.map((scale): TrainingLook => {
      const frame = { ...middle, centre: add(middle.centre, middle.left, mm), mmPerPixel: clampSpacingMm(middle.mmPerPixel * scale) };
      const values = new Float32Array(PATCH_SIZE * PATCH_SIZE);
      samplePatch(sample, frame, depthsMm, values);
      const xy = SIX_POINTS.map((name) => {
        const away = subtract(pictureToLps(picture, points[name]), middle.centre);
        return [dot(away, frame.along) / frame.mmPerPixel + CENTRE, dot(away, frame.down) / frame.mmPerPixel + CENTRE] as const;
      });
      return { values, xy };
    }),
  );
}
