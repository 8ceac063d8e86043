/**
 * `decode`: whole instances through the decoder threads, against the bare codec in a loop on one core, codec by codec. The ratio is a share of all cores.
 * As in the product, files lie in shared memory, three instances a thread are under way, and Hounsfield units are written where the volume is.
 * Rounds are short and each is compared with its own neighbours, because the machine's pace wanders by a tenth within minutes. Beside the share stands what
 * as many threads reach that loop over the bare codec and hand nothing over: the machine's own ceiling.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { makeDecodePool, TASKS_PER_THREAD } from '#src/systems/dicomweb/decode-pool.ts';
import { frameBytes } from '#src/systems/dicomweb/frame-bytes.ts';
import { readInstance } from '#src/systems/dicomweb/read-instance.ts';
import { makeSliceFile } from '#test/systems/dicomweb/make-slices.ts';
import { convert, tool } from '#test/systems/dicomweb/outside-tools.ts';
import { CODECS, SIDE } from './decode-codecs.ts';
import { median, type Spread, spread } from './median.ts';

const LIMITS = { maxDecodedBytes: 2 ** 26 };

export interface CodecResult {
  /** Instances a second of the threads, over those of the bare codec on one core, over the number of cores: the median of the rounds' ratios. */
  readonly share: number;
  /** The same of as many threads that loop over the bare codec: more than this the cores do not give. */
  readonly ceiling: number;
  /** Processor time of the bare codec a frame, over that of all our threads an instance: what stays comparable on a busy machine. */
  readonly cpuShare: number;
  /** Our rate over that of those threads: what of the cores the handing over takes. */
  readonly ofBareThreads: number;
  readonly threadsPerSecond: Spread;
  readonly barePerSecond: Spread;
}
export interface DecodeBench {
  readonly cores: number;
  /** The slowest codec's share. */
  readonly worst: number;
  /** The ceiling of the machine for that codec in this run. */
  readonly ceilingOfWorst: number;
  readonly codecs: Readonly<Record<string, CodecResult | string>>;
}

const WARM_UP_ROUNDS = 3;

/** `roundMs`: how long each side works in a round. */
export async function benchDecode(settings: { roundMs?: number; rounds?: number } = {}): Promise<DecodeBench> {
  const { roundMs = 300, rounds = 12 } = settings;
  const cores = availableParallelism();
  const file = makeSliceFile(0, { pixels: bodyLike(), attributes: { Rows: SIDE, Columns: SIDE } });
  const codecs: Record<string, CodecResult | string> = {};
  for (const codec of CODECS) {
    const path = tool(codec.program);
    codecs[codec.name] = path
      ? await measure(codec, await convert(path, [...codec.args, 'IN', 'OUT'], file), { cores, roundMs, rounds })
      : `${codec.program} is not installed`;
  }
  const measured = Object.values(codecs).filter((result) => typeof result !== 'string');
  if (measured.length === 0) throw new Error('no encoder is installed (dcmtk, libgdcm-tools)');
  const worst = measured.reduce((least, result) => (result.share < least.share ? result : least));
  return { cores, worst: worst.share, ceilingOfWorst: worst.ceiling, codecs };
}

async function measure(
  codec: (typeof CODECS)[number],
  file: Uint8Array,
  settings: { cores: number; roundMs: number; rounds: number },
): Promise<CodecResult> {
  const { cores, roundMs, rounds } = settings;
  const frame = frameBytes(readInstance(file, LIMITS), 0);
  const pool = makeDecodePool({ threads: cores, timeLimitMs: 60_000, limits: LIMITS });
  const lanes = (TASKS_PER_THREAD + 1) * cores;
  const bytes = new Uint8Array(new SharedArrayBuffer(file.byteLength));
  bytes.set(file);
  const block = new SharedArrayBuffer(lanes * 2 * SIDE * SIDE);
  const place = (lane: number) => ({ block, byteOffset: lane * 2 * SIDE * SIDE, pixels: SIDE * SIDE });
  const bare = () => rate(roundMs, 1, async () => void (await codec.bare(frame)));
  const threads = () => rate(roundMs, lanes, async (lane) => void (await pool.decode(bytes, place(lane))));
  const loops = bareThreads(cores, codec.name, Uint8Array.from(frame));
  const [ours, theirs, looped]: [Pace[], Pace[], number[]] = [[], [], []];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const paces = [await bare(), await threads(), await loops.perSecond(roundMs)] as const;
    if (round < 0) continue;
    theirs.push(paces[0]);
    ours.push(paces[1]);
    looped.push(paces[2]);
  }
  await pool.close();
  await loops.close();
  const perSecond = (paces: readonly Pace[]) => paces.map((pace) => pace.perSecond);
  const cpuMs = (paces: readonly Pace[]) => median(paces.map((pace) => pace.cpuMs));
  const each = (ratio: (round: number) => number) => median(ours.map((_, round) => ratio(round)));
  return {
    share: each((round) => ours[round]!.perSecond / theirs[round]!.perSecond / cores),
    ceiling: each((round) => looped[round]! / theirs[round]!.perSecond / cores),
    cpuShare: cpuMs(theirs) / cpuMs(ours),
    ofBareThreads: each((round) => ours[round]!.perSecond / looped[round]!),
    threadsPerSecond: spread(perSecond(ours)),
    barePerSecond: spread(perSecond(theirs)),
  };
}

function bareThreads(count: number, name: string, frame: Uint8Array) {
  const workers = Array.from({ length: count }, () => new Worker(new URL('./decode-loop.ts', import.meta.url), { workerData: { name, frame } }));
  const perSecond = async (worker: Worker, ms: number): Promise<number> => {
    const answer = once(worker, 'message');
    worker.postMessage(ms);
    return (await answer)[0] as number;
  };
  return {
    perSecond: async (ms: number) => (await Promise.all(workers.map((worker) => perSecond(worker, ms)))).reduce((sum, rate) => sum + rate, 0),
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

interface Pace {
  readonly perSecond: number;
  /** Processor time of one call, whichever thread spent it. */
  readonly cpuMs: number;
}

/** Calls with `lanes` of them under way. What ends after the time is not counted: while the last ones run out, threads stand idle that never do in a series. */
async function rate(ms: number, lanes: number, work: (lane: number) => Promise<void>): Promise<Pace> {
  const started = performance.now();
  const used = process.cpuUsage();
  const ends: number[] = [];
  const run = async (lane: number): Promise<void> => {
    while (performance.now() - started < ms) {
      await work(lane);
      ends.push(performance.now());
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  const { user, system } = process.cpuUsage(used);
  const inside = ends.filter((end) => end - started <= ms);
  const perSecond = (1000 * (inside.length - 1)) / (inside.at(-1)! - inside[0]!);
  return { perSecond, cpuMs: (user + system) / 1000 / ends.length };
}

/** A round body with soft edges and noise, as hard to compress as a CT: flat pictures would flatter the run-length codec. */
function bodyLike(): Uint16Array {
  let state = 1;
  const noise = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % 40;
  };
  return Uint16Array.from({ length: SIDE * SIDE }, (_, index) => {
    const [x, y] = [(index % SIDE) - SIDE / 2, Math.floor(index / SIDE) - SIDE / 2];
    const inside = Math.hypot(x / 200, y / 150) < 1;
    return inside ? 1024 + 60 * Math.sin(x / 17) + 60 * Math.cos(y / 23) + noise() : 20 + noise() / 4;
  });
}
