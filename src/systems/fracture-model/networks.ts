/** The three networks as the pipeline calls them: arrays in, arrays out, tensors and manifests hidden. */
import { GiveUp } from '#src/lib/errors.ts';
import type { DetectorMaps } from '#src/measure/find-bodies.ts';
import { STRIDE } from '#src/measure/find-bodies.ts';
import type { Grid } from '#src/measure/localizer-grid.ts';
import { type NormalizeOp, normalizeInPlace, paddedSize, padInto } from '#src/measure/normalize-image.ts';
import { PATCH_SIZE } from '#src/measure/vertebra-patch.ts';
import type { Manifest } from './manifest.ts';
import { outputProblems } from './self-test.ts';
import type { NetworkSession, WireTensor } from './session.ts';

export interface PatchLandmarks {
  /** 20 numbers a patch: (column, row) of the ten points. */
  readonly xy: Float32Array;
  /** Ten sigmas a patch, patch pixels, already scaled by the manifest's calibration. */
  readonly sigma: Float32Array;
  /** One logit a patch. */
  readonly quality: Float32Array;
}

/** Pictures of 64 x 64, one behind the other. */
export interface PatchSource {
  readonly count: number;
  make(normalize: readonly NormalizeOp[]): Promise<Float32Array>;
}

export interface Networks {
  /** `heat [4, z/2, y/2, x/2]`; null when no localizer is configured. */
  localize(grid: Grid, signal: AbortSignal): Promise<Float32Array | null>;
  detect(channels: readonly [Float32Array, Float32Array, Float32Array], columns: number, rows: number, signal: AbortSignal): Promise<DetectorMaps>;
  landmarks(patches: PatchSource, signal: AbortSignal): Promise<PatchLandmarks>;
}

const DETECTOR_MULTIPLE = 32;

/** Output by role; shape and NaN are checked on every run, not only at the start. */
function reader(manifest: Manifest, feeds: Readonly<Record<string, WireTensor>>, outputs: Readonly<Record<string, WireTensor>>) {
  const problems = outputProblems(manifest, feeds, outputs);
  if (problems.length > 0) throw new GiveUp(`${manifest.id}: ${problems[0]}`, { code: 'MODEL_OUTPUT', phase: 'compute' });
  return (role: string): Float32Array | null => {
    const name = manifest.outputs.find((output) => output.role === role)?.name;
    return name === undefined ? null : (outputs[name]?.data ?? null);
  };
}

async function call(session: NetworkSession, manifest: Manifest, model: string, tensor: WireTensor, signal: AbortSignal) {
  const feeds = { [manifest.inputs[0]!.name]: tensor };
  return reader(manifest, feeds, await session.run(model, feeds, signal));
}

/** Pictures of one call of the landmark network. With this many a call is as quick for each picture as with more (docs/decisions/0013). */
const LANDMARK_BATCH = 32;

/** The first of several is small. That saves nothing any more, but the last bit of an answer hangs on a picture's place in its batch. */
const FIRST_BATCH = 8;

function batchSizes(count: number, most: number): number[] {
  if (count <= most) return count > 0 ? [count] : [];
  const first = Math.min(FIRST_BATCH, most);
  const parts = Math.ceil((count - first) / most);
  return [first, ...Array.from({ length: parts }, (_, n) => Math.ceil((count - first - n) / parts))];
}

/**
 * All pictures are made before the first call, in two threads. Making the next ones while the network works took longer: its threads share their work
 * in equal parts, and on two cores one of them then waited for the other (docs/decisions/0013).
 */
async function runLandmarks(session: NetworkSession, manifest: Manifest, patches: PatchSource, signal: AbortSignal): Promise<PatchLandmarks> {
  const { count } = patches;
  const input = manifest.inputs[0]!;
  const found = { xy: new Float32Array(count * 20), sigma: new Float32Array(count * 10), quality: new Float32Array(count) };
  const scale = manifest.calibration?.sigmaScale ?? 1;
  const pictures = await patches.make(input.normalize);
  const size = PATCH_SIZE * PATCH_SIZE;
  let from = 0;
  for (const n of batchSizes(count, Math.min(LANDMARK_BATCH, input.maxBatch ?? LANDMARK_BATCH))) {
    const data = pictures.subarray(from * size, (from + n) * size);
    const read = await call(session, manifest, 'landmarks', { data, dims: [n, 1, PATCH_SIZE, PATCH_SIZE] }, signal);
    found.xy.set(read('landmarks')!, from * 20);
    found.sigma.set(
      read('sigma')!.map((value) => value * scale),
      from * 10,
    );
    found.quality.set(read('qualityLogit') ?? new Float32Array(n).fill(4), from);
    from += n;
  }
  return found;
}

export interface Manifests {
  readonly localizer: Manifest | null;
  readonly detector: Manifest;
  readonly landmarks: Manifest;
}

export function makeNetworks(session: NetworkSession, manifests: Manifests): Networks {
  return {
    async localize(grid, signal) {
      if (!manifests.localizer) return null;
      const data = grid.values.slice();
      normalizeInPlace(data, manifests.localizer.inputs[0]!.normalize);
      const read = await call(session, manifests.localizer, 'localizer', { data, dims: [1, 1, grid.nz, grid.ny, grid.nx] }, signal);
      return read('heat')!;
    },
    async detect(channels, columns, rows, signal) {
      const size = columns * rows;
      const joined = new Float32Array(3 * size);
      channels.forEach((channel, c) => joined.set(channel, c * size));
      normalizeInPlace(joined, manifests.detector.inputs[0]!.normalize);
      const padded = paddedSize(columns, rows, DETECTOR_MULTIPLE);
      const { columns: wide, rows: high } = padded;
      const data = new Float32Array(3 * wide * high);
      for (let c = 0; c < 3; c++) padInto(joined.subarray(c * size, (c + 1) * size), columns, rows, data.subarray(c * wide * high), padded);
      const read = await call(session, manifests.detector, 'detector', { data, dims: [1, 3, high, wide] }, signal);
      const maps = { centre: read('centre')!, geometry: read('geometry')!, level: read('level')!, complete: read('complete')! };
      return { cellColumns: wide / STRIDE, cellRows: high / STRIDE, ...maps };
    },
    landmarks: (patches, signal) => runLandmarks(session, manifests.landmarks, patches, signal),
  };
}
