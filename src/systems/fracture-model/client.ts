/** Loads the three networks, or the one model that replaces them, and gives them to the worker as one FractureModel. */

import type { SpineImages } from '#src/case/volume.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { giveHeapRoom } from '#src/lib/give-heap-room.ts';
import type { Log } from '#src/lib/log.ts';
import type { FractureModel, ModelOutput } from '#src/ports.ts';
import { chooseProvider } from './execution-provider.ts';
import type { Contract } from './manifest.ts';
import { measureImages, type PipelineOptions } from './measure-images.ts';
import { makeNetworks } from './networks.ts';
import { type ModelFolder, readModelFolder } from './read-model-folder.ts';
import { openSecondThread } from './second-thread.ts';
import { selfTestProblems } from './self-test.ts';
import { type NetworkSession, openSession } from './session.ts';
import { measureWhole, WHOLE_CONTRACTS } from './whole-volume-model.ts';

export interface FractureModelOptions {
  /** One model of a contract that takes the whole volume, in place of the three; empty or absent: the three. */
  readonly wholeDir?: string;
  /** Empty: no localizer; the spine's line then comes from bone and canal, and names lack the anchors sacrum and last rib. */
  readonly localizerDir: string;
  readonly detectorDir: string;
  readonly landmarksDir: string;
  /** In order of preference: "cuda", "cpu". */
  readonly executionProviders: readonly string[];
  readonly intraOpThreads: number;
  /** For one call of a network, ms. */
  readonly timeLimitMs: number;
  /** For the networks' process, MiB. */
  readonly memoryLimitMb: number;
  readonly log: Log;
}

export type LoadedFractureModel = FractureModel & { close(): Promise<void> };

async function folderFor(folder: string, contracts: readonly Contract[], log: Log): Promise<ModelFolder> {
  const refuse = (because: string): GiveUp => {
    log.error('model.refused', { folder, because });
    return new GiveUp(`the model in ${folder} is refused: ${because}`, { code: 'MODEL_REFUSED', phase: 'parse' });
  };
  const read = await readModelFolder(folder);
  if (!read.ok) throw refuse(read.problems.join('; '));
  if (!contracts.includes(read.model.manifest.contract))
    throw refuse(`its contract is ${read.model.manifest.contract}, ${contracts.join(' or ')} is needed here`);
  return read.model;
}

type Folders =
  | { readonly whole: ModelFolder }
  | { readonly localizer?: ModelFolder; readonly detector: ModelFolder; readonly landmarks: ModelFolder };

async function readFolders(options: FractureModelOptions): Promise<Folders> {
  const { log } = options;
  if (options.wholeDir) return { whole: await folderFor(options.wholeDir, WHOLE_CONTRACTS, log) };
  return {
    ...(options.localizerDir === '' ? {} : { localizer: await folderFor(options.localizerDir, ['localizer3d@1'], log) }),
    detector: await folderFor(options.detectorDir, ['detector2d@1'], log),
    landmarks: await folderFor(options.landmarksDir, ['landmarks2d@1'], log),
  };
}

/** How this set measures: the pipeline of the three networks, or the one model's own way. */
function measurer(folders: Folders, session: NetworkSession): (images: SpineImages, options: PipelineOptions) => Promise<ModelOutput> {
  if ('whole' in folders) {
    const { manifest } = folders.whole;
    return (images, options) => measureWhole(images, manifest, session, options);
  }
  const networks = makeNetworks(session, {
    localizer: folders.localizer?.manifest ?? null,
    detector: folders.detector.manifest,
    landmarks: folders.landmarks.manifest,
  });
  return (images, options) => measureImages(images, networks, options);
}

/** Throws GiveUp (MODEL_REFUSED, MODEL_CUDA_MISSING, MODEL_PROVIDER) with all that is wrong; nothing half-loaded is left behind. */
export async function loadFractureModel(options: FractureModelOptions): Promise<LoadedFractureModel> {
  const started = performance.now();
  const { log } = options;
  const provider = chooseProvider(options.executionProviders);
  const folders = await readFolders(options);
  const named = Object.entries(folders) as [string, ModelFolder][];
  const session = openSession({
    models: named.map(([name, { file }]) => ({ name, file })),
    executionProviders: provider.use,
    intraOpThreads: options.intraOpThreads,
    timeLimitMs: options.timeLimitMs,
    memoryLimitMb: options.memoryLimitMb,
  });
  for (const [name, folder] of named) {
    const problems = await selfTestProblems(folder, name, session);
    if (problems.length === 0) continue;
    await session.close();
    log.error('model.refused', { folder: folder.folder, because: problems.join('; ') });
    throw new GiveUp(`the model in ${folder.folder} is refused: ${problems.join('; ')}`, { code: 'MODEL_REFUSED', phase: 'compute' });
  }
  const identities = named.map(([, { manifest, manifestSha256 }]) => ({
    id: manifest.id,
    version: manifest.version,
    sha256: manifest.file.sha256,
    manifestSha256,
    clinicalData: manifest.card.clinicalData,
  }));
  const ms = Math.round(performance.now() - started);
  for (const { id, version, sha256 } of identities) log.info('model.loaded', { model: id, version, sha256, executionProvider: provider.name, ms });
  const measure = measurer(folders, session);
  // One thread for the networks: then the site wants one core used, not two.
  giveHeapRoom();
  const second = options.intraOpThreads > 1 && !('whole' in folders) ? openSecondThread(log) : undefined;
  return {
    identities: () => identities,
    executionProvider: () => provider.name,
    measure: async (images, signal, progress) => {
      const since = performance.now();
      const output = await measure(images, { signal, progress: progress ?? (() => undefined), ...(second ? { second } : {}) });
      log.info('model.measured', { bodies: output.bodies.length, ms: Math.round(performance.now() - since) });
      return output;
    },
    close: async () => {
      await Promise.all([session.close(), second?.close()]);
    },
  };
}
