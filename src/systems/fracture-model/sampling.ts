/** Grid, strips and patches of a study's images: one half here, the other half in the second thread at the same time. */
import type { Volume } from '#src/case/volume.ts';
import { type RowFrame, STRIP_COLUMNS, type Strip } from '#src/measure/curved-strip.ts';
import { type Grid, gridFrame } from '#src/measure/localizer-grid.ts';
import type { NormalizeOp } from '#src/measure/normalize-image.ts';
import { isAligned } from '#src/measure/sample-aligned.ts';
import type { Sampler } from '#src/measure/sample-volume.ts';
import type { PatchFrame } from '#src/measure/vertebra-patch.ts';
import { doTask, NO_VOLUME, type Sampled, type SamplingTask, sampledOf } from './sampling-task.ts';
import type { SecondHand, SecondThread } from './second-thread.ts';

export interface Sampling {
  strip(frames: readonly RowFrame[], depthsMm: readonly number[], columns?: number, mmPerPixel?: number): Promise<Strip>;
  /** Patches, normalised, one behind the other. */
  patches(frames: readonly PatchFrame[], depthsMm: readonly number[], normalize: readonly NormalizeOp[]): Promise<Float32Array>;
}

export interface VolumeSampling extends Sampling {
  /** Single values, air outside. */
  readonly at: Sampler;
  grid(): Promise<Grid>;
  /** The second thread forgets the volume. */
  end(): void;
}

export function samplingOfPicture(sampler: Sampler): Sampling {
  return samplingWith({ ...NO_VOLUME, inside: sampler, edge: sampler }, null);
}

export function samplingOf(volume: Volume, second: SecondThread | null): VolumeSampling {
  const of = sampledOf(volume);
  const hand = second?.begin(volume) ?? null;
  return {
    ...samplingWith(of, hand),
    at: of.inside,
    async grid() {
      const frame = gridFrame(volume);
      const planes = (from: number, until: number): SamplingTask => ({ kind: 'grid', frame, from, until });
      // The means over blocks of an oblique volume cannot be made in parts: each half of its grid looks at all of them.
      const half = hand && isAligned(volume) ? frame.nz >> 1 : frame.nz;
      const [values] = await inHalves(of, hand, planes(0, half), half < frame.nz ? planes(half, frame.nz) : null);
      return { ...frame, values: values! };
    },
    end: () => hand?.end(),
  };
}

function samplingWith(of: Sampled, hand: SecondHand | null): Sampling {
  return {
    async strip(frames, depthsMm, columns = STRIP_COLUMNS, mmPerPixel = 1) {
      const rows = (some: readonly RowFrame[]): SamplingTask => ({ kind: 'strip', frames: some, depthsMm, columns, mmPerPixel });
      const half = hand ? (frames.length + 1) >> 1 : frames.length;
      const parts = await inHalves(of, hand, rows(frames.slice(0, half)), half < frames.length ? rows(frames.slice(half)) : null);
      const channels = parts as unknown as Strip['channels'];
      return { columns, rows: frames.length, centreColumn: (columns - 1) / 2, mmPerPixel, frames, channels };
    },
    async patches(frames, depthsMm, normalize) {
      const some = (part: readonly PatchFrame[]): SamplingTask => ({ kind: 'patches', frames: part, depthsMm, normalize });
      const half = hand ? (frames.length + 1) >> 1 : frames.length;
      const [values] = await inHalves(of, hand, some(frames.slice(0, half)), half < frames.length ? some(frames.slice(half)) : null);
      return values!;
    },
  };
}

/** The parts of both tasks, joined. The second thread has the second one, if there is one. */
async function inHalves(of: Sampled, hand: SecondHand | null, first: SamplingTask, second: SamplingTask | null): Promise<readonly Float32Array[]> {
  const answer = second && hand?.run(second);
  const begun = doTask(of, first);
  if (!second) return begun;
  const rest = (await answer) ?? doTask(of, second);
  return begun.map((part, n) => joined(part, rest[n]!));
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
