/** What is sampled of a study's images, in parts that either of two threads may do: the numbers are the same whoever does them. */
import type { Volume } from '#src/case/volume.ts';
import { type RowFrame, sampleStripRows } from '#src/measure/curved-strip.ts';
import { type GridFrame, sampleGridPlanes } from '#src/measure/localizer-grid.ts';
import { type NormalizeOp, normalizeInPlace } from '#src/measure/normalize-image.ts';
import { makeSampler, type Sampler } from '#src/measure/sample-volume.ts';
import { PATCH_SIZE, type PatchFrame, samplePatch } from '#src/measure/vertebra-patch.ts';

const PATCH_PIXELS = PATCH_SIZE * PATCH_SIZE;

/** Images as they are sampled: `inside` knows air around them, `edge` goes on with their last voxel. */
export interface Sampled {
  readonly volume: Volume;
  readonly inside: Sampler;
  readonly edge: Sampler;
}

export const sampledOf = (volume: Volume): Sampled => ({ volume, inside: makeSampler(volume), edge: makeSampler(volume, 'edge') });

/**
 * What stands for the volume of a picture. It also lives as long as its thread, and that is its second use: when the objects of the last study are
 * collected, V8 forgets their shapes and the code that it compiled for them, and the next study begins slowly (docs/decisions/0013).
 */
export const NO_VOLUME: Sampled = sampledOf({
  columns: 2,
  rows: 2,
  slices: 2,
  values: new Int16Array(8),
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
  modality: '',
  quantity: 'signal',
  sliceSpacingMm: 1,
  notes: [],
});

export type SamplingTask =
  /** Planes `from` <= z < `until` of the localizer's grid. */
  | { readonly kind: 'grid'; readonly frame: GridFrame; readonly from: number; readonly until: number }
  /** Rows of a strip: three pictures. */
  | {
      readonly kind: 'strip';
      readonly frames: readonly RowFrame[];
      readonly depthsMm: readonly number[];
      readonly columns: number;
      readonly mmPerPixel: number;
    }
  /** Patches, normalised, one behind the other. */
  | {
      readonly kind: 'patches';
      readonly frames: readonly PatchFrame[];
      readonly depthsMm: readonly number[];
      readonly normalize: readonly NormalizeOp[];
    };

/** Arrays of their own memory, so that they can be handed from thread to thread. */
export function doTask(of: Sampled, task: SamplingTask): readonly Float32Array<ArrayBuffer>[] {
  switch (task.kind) {
    case 'grid':
      return [sampleGridPlanes(of.volume, task.frame, task.from, task.until)];
    case 'strip':
      return sampleStripRows(of.inside, task.frames, task.depthsMm, task.columns, task.mmPerPixel);
    case 'patches':
      return [patches(of.edge, task)];
  }
}

function patches(sample: Sampler, { frames, depthsMm, normalize }: Extract<SamplingTask, { kind: 'patches' }>): Float32Array<ArrayBuffer> {
  const all = new Float32Array(frames.length * PATCH_PIXELS);
  const scratch = new Float32Array(PATCH_PIXELS);
  for (const [n, frame] of frames.entries()) {
    const one = all.subarray(n * PATCH_PIXELS, (n + 1) * PATCH_PIXELS);
    samplePatch(sample, frame, depthsMm, one);
    normalizeInPlace(one, normalize, scratch);
  }
  return all;
}
