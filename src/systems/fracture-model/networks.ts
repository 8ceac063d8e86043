/** The three networks as the pipeline calls them: arrays in, arrays out, tensors and manifests hidden. */
import { GiveUp } from '#src/lib/errors.ts';
import type { DetectorMaps } from '#src/measure/find-bodies.ts';
import { STRIDE } from '#src/measure/find-bodies.ts';
import type { Grid } from '#src/measure/localizer-grid.ts';
import { normalizeImage, padToMultiple } from '#src/measure/normalize-image.ts';
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

export interface Networks {
  /** `heat [4, z/2, y/2, x/2]`; null when no localizer is configured. */
  localize(grid: Grid, signal: AbortSignal): Promise<Float32Array | null>;
  detect(channels: readonly [Float32Array, Float32Array, Float32Array], columns: number, rows: number, signal: AbortSignal): Promise<DetectorMaps>;
  /** `patches` holds n pictures of 64 x 64 one after the other, as sampled. */
  landmarks(patches: Float32Array, signal: AbortSignal): Promise<PatchLandmarks>;
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

async function runLandmarks(session: NetworkSession, manifest: Manifest, patches: Float32Array, signal: AbortSignal): Promise<PatchLandmarks> {
  const size = PATCH_SIZE * PATCH_SIZE;
  const count = patches.length / size;
  const batch = Math.min(64, manifest.inputs[0]!.maxBatch ?? 64);
  const [xy, sigma, quality] = [new Float32Array(count * 20), new Float32Array(count * 10), new Float32Array(count)];
  for (let from = 0; from < count; from += batch) {
    const n = Math.min(batch, count - from);
    const data = new Float32Array(n * size);
    for (let i = 0; i < n; i++)
      data.set(normalizeImage(patches.subarray((from + i) * size, (from + i + 1) * size), manifest.inputs[0]!.normalize), i * size);
    const read = await call(session, manifest, 'landmarks', { data, dims: [n, 1, PATCH_SIZE, PATCH_SIZE] }, signal);
    xy.set(read('landmarks')!, from * 20);
    sigma.set(read('sigma')!, from * 10);
    quality.set(read('qualityLogit') ?? new Float32Array(n).fill(4), from);
  }
  const scale = manifest.calibration?.sigmaScale ?? 1;
  return { xy, sigma: sigma.map((value) => value * scale), quality };
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
      const data = normalizeImage(grid.values, manifests.localizer.inputs[0]!.normalize);
      const read = await call(session, manifests.localizer, 'localizer', { data, dims: [1, 1, grid.nz, grid.ny, grid.nx] }, signal);
      return read('heat')!;
    },
    async detect(channels, columns, rows, signal) {
      const joined = new Float32Array(3 * columns * rows);
      channels.forEach((channel, c) => joined.set(channel, c * columns * rows));
      const scaled = normalizeImage(joined, manifests.detector.inputs[0]!.normalize);
      const padded = [0, 1, 2].map((c) =>
        padToMultiple(scaled.subarray(c * columns * rows, (c + 1) * columns * rows), columns, rows, DETECTOR_MULTIPLE),
      );
      const { columns: wide, rows: high } = padded[0]!;
      const data = new Float32Array(3 * wide * high);
      padded.forEach((channel, c) => data.set(channel.values, c * wide * high));
      const read = await call(session, manifests.detector, 'detector', { data, dims: [1, 3, high, wide] }, signal);
      const maps = { centre: read('centre')!, geometry: read('geometry')!, level: read('level')!, complete: read('complete')! };
      return { cellColumns: wide / STRIDE, cellRows: high / STRIDE, ...maps };
    },
    landmarks: (patches, signal) => runLandmarks(session, manifests.landmarks, patches, signal),
  };
}
