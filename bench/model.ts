/** `model`: a CT volume to graded vertebrae, against the sum of bare `session.run` times of the very same tensors in the same run. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SeriesChoice } from '#src/case/study.ts';
import type { Volume } from '#src/case/volume.ts';
import { giveHeapRoom } from '#src/lib/give-heap-room.ts';
import { makeLog } from '#src/lib/log.ts';
import { gradeStudy } from '#src/rules/grade-study.ts';
import { measureImages } from '#src/systems/fracture-model/measure-images.ts';
import { makeNetworks } from '#src/systems/fracture-model/networks.ts';
import { readModelFolder } from '#src/systems/fracture-model/read-model-folder.ts';
import { openSecondThread } from '#src/systems/fracture-model/second-thread.ts';
import { openSession, type WireTensor } from '#src/systems/fracture-model/session.ts';
import { readDicomFolder } from '../tools/read-scan.ts';
import { median, type Spread, spread } from './median.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = { localizer: 'models/spine-localizer', detector: 'models/vertebra-detector', landmarks: 'models/vertebra-landmarks' } as const;
type Name = keyof typeof FOLDERS;
const WARM_ROUNDS = 12;

interface Call {
  readonly model: Name;
  readonly feeds: Readonly<Record<string, WireTensor>>;
}

export interface ModelBench {
  /** Ours over bare: 1 would be nothing but networks. */
  readonly ratio: number;
  readonly oursMs: Spread;
  readonly bareMs: Spread;
  readonly vertebrae: number;
  /** Pictures in each call of each network, in order: fewer calls than pictures is batching. */
  readonly batches: Readonly<Record<string, readonly number[]>>;
}

/** Both sides, to be measured in turns. */
export interface ModelSides {
  /** Volume to graded vertebrae, ms. */
  ours(): Promise<number>;
  /** The calls of the last `ours` once more, bare, ms. */
  bare(): Promise<number>;
  vertebrae(): number;
  batches(): ModelBench['batches'];
  /** Ends our process and thread; the bare side goes on. */
  endOurs(): Promise<void>;
}

export async function benchModel(settings: { folder?: string; rounds?: number } = {}): Promise<ModelBench> {
  const { folder = join(ROOT, 'samples/s01'), rounds = 5 } = settings;
  const sides = await modelSides(folder);
  try {
    const [our, their]: [number[], number[]] = [[], []];
    // A worker measures all day: compiled code is what counts, and V8 takes some studies to compile it. Both sides are warmed alike.
    for (let round = -WARM_ROUNDS; round < rounds; round += 1) {
      const ms = [await sides.ours(), await sides.bare()] as const;
      if (round < 0) continue;
      our.push(ms[0]);
      their.push(ms[1]);
    }
    return { ratio: median(our) / median(their), oursMs: spread(our), bareMs: spread(their), vertebrae: sides.vertebrae(), batches: sides.batches() };
  } finally {
    await sides.endOurs();
  }
}

export async function modelSides(folder: string): Promise<ModelSides> {
  const nextStudy = sharedBy(await readDicomFolder(folder, 'CT'));
  const threads = availableParallelism();
  const models = await Promise.all((Object.keys(FOLDERS) as Name[]).map(async (name) => ({ name, ...(await folderOf(name)) })));
  const session = openSession({
    models: models.map(({ name, file }) => ({ name, file })),
    executionProviders: ['cpu'],
    intraOpThreads: threads,
    timeLimitMs: 300_000,
    memoryLimitMb: 8_192,
  });
  let calls: Call[] = [];
  const recording = {
    ...session,
    run: (model: string, feeds: Readonly<Record<string, WireTensor>>, signal?: AbortSignal) => {
      calls.push({ model: model as Name, feeds });
      return session.run(model, feeds, signal);
    },
  };
  const manifestOf = (name: Name) => models.find((model) => model.name === name)!.manifest;
  const networks = makeNetworks(recording, {
    localizer: manifestOf('localizer'),
    detector: manifestOf('detector'),
    landmarks: manifestOf('landmarks'),
  });
  // As where the worker loads its model.
  giveHeapRoom();
  const second = openSecondThread(makeLog({ level: 'silent' }));
  const bareRun = await bareSessions(models, threads);
  let vertebrae = 0;
  return {
    async ours() {
      calls = [];
      const images = { kind: 'volume', volume: nextStudy() } as const;
      const started = performance.now();
      const output = await measureImages(images, networks, { signal: AbortSignal.timeout(300_000), progress: () => undefined, second });
      const finding = gradeStudy(output, CONTEXT);
      const ms = performance.now() - started;
      vertebrae = finding.state === 'measured' ? finding.vertebrae.length : 0;
      return ms;
    },
    async bare() {
      let ms = 0;
      for (const call of calls) ms += await bareRun(call);
      return ms;
    },
    vertebrae: () => vertebrae,
    batches: () => batchesOf(calls),
    endOurs: async () => void (await Promise.all([session.close(), second.close()])),
  };
}

/** The volume as the worker has it: in memory that threads share, which takes one study after the other. */
function sharedBy(volume: Volume): () => Volume {
  const memory = new SharedArrayBuffer(volume.values.byteLength);
  return () => {
    const values = volume.values instanceof Int16Array ? new Int16Array(memory) : new Float32Array(memory);
    values.set(volume.values);
    return { ...volume, values };
  };
}

async function folderOf(name: Name) {
  const read = await readModelFolder(join(ROOT, FOLDERS[name]));
  if (!read.ok) throw new Error(`${FOLDERS[name]}: ${read.problems.join('; ')}`);
  return read.model;
}

/** onnxruntime in this process, with as many threads; only `run` itself is timed. */
async function bareSessions(
  models: readonly { readonly name: string; readonly file: string }[],
  threads: number,
): Promise<(call: Call) => Promise<number>> {
  const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');
  const sessions = new Map(
    await Promise.all(models.map(async ({ name, file }) => [name, await ort.InferenceSession.create(file, { intraOpNumThreads: threads })] as const)),
  );
  return async ({ model, feeds }) => {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, new ort.Tensor('float32', data, [...dims])]));
    const started = performance.now();
    await sessions.get(model)!.run(tensors);
    return performance.now() - started;
  };
}

function batchesOf(calls: readonly Call[]): Record<string, number[]> {
  const batches: Record<string, number[]> = {};
  for (const { model, feeds } of calls) (batches[model] ??= []).push(Object.values(feeds)[0]?.dims[0] ?? 0);
  return batches;
}

const CHOICE: SeriesChoice = {
  seriesInstanceUid: '2.25.1' as never,
  kind: 'ct-volume',
  modality: 'CT',
  sopInstanceUids: [],
  sliceThicknessMm: 1.5,
  kernel: [],
  kvp: 120,
  contrast: false,
  scanner: '',
  because: [],
  rejected: [],
};
const CONTEXT: Parameters<typeof gradeStudy>[1] = {
  sex: 'female',
  choice: CHOICE,
  studyInstanceUid: '2.25.1',
  studyDate: null,
  models: [],
  executionProvider: 'cpu',
  sliceSpacingMm: 1.5,
};
