/** Loads the three networks and gives them to the worker as one FractureModel. */
import { GiveUp } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';
import type { FractureModel } from '#src/ports.ts';
import { chooseProvider } from './execution-provider.ts';
import type { Contract } from './manifest.ts';
import { measureImages } from './measure-images.ts';
import { makeNetworks } from './networks.ts';
import { type ModelFolder, readModelFolder } from './read-model-folder.ts';
import { selfTestProblems } from './self-test.ts';
import { openSession } from './session.ts';

export interface FractureModelOptions {
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

async function folderFor(folder: string, contract: Contract, log: Log): Promise<ModelFolder> {
  const refuse = (because: string): GiveUp => {
    log.error('model.refused', { folder, because });
    return new GiveUp(`the model in ${folder} is refused: ${because}`, { code: 'MODEL_REFUSED', phase: 'parse' });
  };
  const read = await readModelFolder(folder);
  if (!read.ok) throw refuse(read.problems.join('; '));
  if (read.model.manifest.contract !== contract) throw refuse(`its contract is ${read.model.manifest.contract}, ${contract} is needed here`);
  return read.model;
}

/** Throws GiveUp (MODEL_REFUSED, MODEL_CUDA_MISSING, MODEL_PROVIDER) with all that is wrong; nothing half-loaded is left behind. */
export async function loadFractureModel(options: FractureModelOptions): Promise<LoadedFractureModel> {
  const started = performance.now();
  const { log } = options;
  const provider = chooseProvider(options.executionProviders);
  const folders = {
    ...(options.localizerDir === '' ? {} : { localizer: await folderFor(options.localizerDir, 'localizer3d@1', log) }),
    detector: await folderFor(options.detectorDir, 'detector2d@1', log),
    landmarks: await folderFor(options.landmarksDir, 'landmarks2d@1', log),
  };
  const session = openSession({
    models: Object.entries(folders).map(([name, { file }]) => ({ name, file })),
    executionProviders: provider.use,
    intraOpThreads: options.intraOpThreads,
    timeLimitMs: options.timeLimitMs,
    memoryLimitMb: options.memoryLimitMb,
  });
  for (const [name, folder] of Object.entries(folders)) {
    const problems = await selfTestProblems(folder, name, session);
    if (problems.length === 0) continue;
    await session.close();
    log.error('model.refused', { folder: folder.folder, because: problems.join('; ') });
    throw new GiveUp(`the model in ${folder.folder} is refused: ${problems.join('; ')}`, { code: 'MODEL_REFUSED', phase: 'compute' });
  }
  const identities = Object.values(folders).map(({ manifest, manifestSha256 }) => ({
    id: manifest.id,
    version: manifest.version,
    sha256: manifest.file.sha256,
    manifestSha256,
    clinicalData: manifest.card.clinicalData,
  }));
  const ms = Math.round(performance.now() - started);
  for (const { id, version, sha256 } of identities) log.info('model.loaded', { model: id, version, sha256, executionProvider: provider.name, ms });
  const networks = makeNetworks(session, {
    localizer: folders.localizer?.manifest ?? null,
    detector: folders.detector.manifest,
    landmarks: folders.landmarks.manifest,
  });
  return {
    identities: () => identities,
    executionProvider: () => provider.name,
    measure: (images, signal, progress) => measureImages(images, networks, { signal, progress: progress ?? (() => undefined) }),
    close: () => session.close(),
  };
}
