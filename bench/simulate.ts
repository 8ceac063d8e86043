/**
 * How long reports wait for the model, by the number of workers: a discrete-event simulation (first come, first served, one queue), fed with service
 * times that are measured here and now on the sample studies. `node bench/simulate.ts --reports 2500 --images 0.5 --workers 1,2,4`
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchModel } from './model.ts';

export interface SimulationOptions {
  readonly reportsPerDay: number;
  /** Share of the reports that have images to be measured. */
  readonly imageShare: number;
  /** Service times are drawn from these, seconds. */
  readonly serviceSeconds: readonly number[];
  readonly workers: number;
  readonly days: number;
  readonly seed: number;
}

export interface SimulationResult {
  readonly workers: number;
  readonly studies: number;
  /** Share of the workers' time that is work. */
  readonly utilisation: number;
  /** Seconds from the job's arrival to its start. */
  readonly medianWait: number;
  readonly p95Wait: number;
  readonly p99Wait: number;
  readonly longestWait: number;
  /** Longest queue. */
  readonly longestQueue: number;
}

/**
 * Share of a day's reports in each hour, from 0 to 23. An assumption, not a measurement: half of the reports between 9 and 14, a second rise in the late
 * afternoon when lists are signed off, a tenth at night. A site's own shares come from its message table.
 */
const HOURS = [1, 0.7, 0.6, 0.6, 0.7, 1, 2, 4, 7, 9.5, 10.5, 10.5, 9, 8.5, 8, 8, 7, 4.5, 2.5, 1.8, 1.6, 1.4, 1.3, 1.3];

export function simulate(options: SimulationOptions): SimulationResult {
  const random = randomFrom(options.seed);
  const arrivals = arrivalsOf(options, random);
  // When each worker is free again, the earliest first.
  const freeAt = Array.from({ length: options.workers }, () => 0);
  const [waits, starts]: [number[], number[]] = [[], []];
  let busy = 0;
  for (const at of arrivals) {
    const service = options.serviceSeconds[Math.floor(random() * options.serviceSeconds.length)]!;
    const worker = freeAt.indexOf(Math.min(...freeAt));
    const start = Math.max(at, freeAt[worker]!);
    freeAt[worker] = start + service;
    busy += service;
    waits.push(start - at);
    starts.push(start);
  }
  const sorted = waits.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    workers: options.workers,
    studies: arrivals.length,
    utilisation: busy / (options.workers * options.days * 86_400),
    medianWait: quantile(0.5),
    p95Wait: quantile(0.95),
    p99Wait: quantile(0.99),
    longestWait: sorted.at(-1) ?? 0,
    longestQueue: longestQueue(arrivals, starts),
  };
}

/** Poisson arrivals whose rate follows the hours of the day. */
function arrivalsOf(options: SimulationOptions, random: () => number): readonly number[] {
  const total = HOURS.reduce((sum, share) => sum + share, 0);
  const arrivals: number[] = [];
  let at = 0;
  while (at < options.days * 86_400) {
    const hour = Math.floor(at / 3600) % 24;
    const perSecond = (options.reportsPerDay * options.imageShare * HOURS[hour]!) / total / 3600;
    const next = at - Math.log(1 - random()) / perSecond;
    // The rate holds to the end of its hour only: from there on it is drawn anew (the exponential has no memory).
    const end = (Math.floor(at / 3600) + 1) * 3600;
    if (next < end) arrivals.push(next);
    at = Math.min(next, end);
  }
  return arrivals.filter((moment) => moment < options.days * 86_400);
}

function longestQueue(arrivals: readonly number[], starts: readonly number[]): number {
  let longest = 0;
  let started = 0;
  for (const [index, at] of arrivals.entries()) {
    while (started < starts.length && starts[started]! <= at) started += 1;
    longest = Math.max(longest, index + 1 - started);
  }
  return longest;
}

/** Mulberry32: small and repeatable. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function measuredSeconds(): Promise<number[]> {
  const folder = fileURLToPath(new URL('../samples', import.meta.url));
  const seconds: number[] = [];
  for (const name of readdirSync(folder).filter((entry) => /^s\d\d$/.test(entry))) {
    try {
      seconds.push((await benchModel({ folder: join(folder, name), rounds: 2 })).oursMs.median / 1000);
    } catch {
      // A sample that is no CT volume (X-ray, MR, two series) is not what this asks about.
    }
  }
  return seconds;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      reports: { type: 'string', default: '2500' },
      images: { type: 'string', default: '0.5' },
      workers: { type: 'string', default: '1,2,4' },
      service: { type: 'string', default: '' },
      extra: { type: 'string', default: '2' },
    },
  });
  const model = values.service === '' ? await measuredSeconds() : values.service.split(',').map(Number);
  // Beside the networks a study is fetched and decoded on the same worker.
  const serviceSeconds = model.map((seconds) => seconds + Number(values.extra));
  console.log(
    `service: ${serviceSeconds.map((seconds) => seconds.toFixed(1)).join(', ')} s (model measured, ${values.extra} s for fetching and decoding)`,
  );
  console.log('workers  studies/day  busy   median wait   p95      p99      longest  longest queue');
  for (const workers of values.workers.split(',').map(Number)) {
    const result = simulate({ reportsPerDay: Number(values.reports), imageShare: Number(values.images), serviceSeconds, workers, days: 7, seed: 1 });
    const s = (value: number): string => `${value.toFixed(1)} s`.padStart(9);
    console.log(
      `${String(workers).padStart(7)}  ${String(Math.round(result.studies / 7)).padStart(11)}  ${(100 * result.utilisation).toFixed(0).padStart(3)} %  ${s(result.medianWait)} ${s(result.p95Wait)} ${s(result.p99Wait)} ${s(result.longestWait)} ${String(result.longestQueue).padStart(9)}`,
    );
  }
}
