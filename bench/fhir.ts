/**
 * `fhir`: a case's resources written into an empty health record, against the very same requests by bare fetch in the same order: what our saga,
 * @medplum/core and our own fetch cost beside the requests themselves. The record is the stand-in EHR in a thread of its own; it validates.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { makeHealthRecord } from '#src/systems/fhir/client.ts';
import { makeCase, makeFinding, statingReading } from '#test/fakes/make-case.ts';
import { CLOCK, decided } from '#test/systems/fhir/hospital-of-one.ts';
import { median } from './median.ts';

export interface FhirBench {
  /** Medians over the rounds, each in a fresh record, ours and bare in turns. */
  readonly oursMs: number;
  readonly bareMs: number;
  readonly ratio: number;
  readonly oursSpreadMs: readonly [number, number];
  readonly bareSpreadMs: readonly [number, number];
  readonly requests: number;
  readonly resources: number;
  readonly overheadMsARequest: number;
  readonly rounds: number;
}

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

export async function benchFhir(settings: { rounds?: number } = {}): Promise<FhirBench> {
  const { rounds = 15 } = settings;
  const thread = new Worker(new URL('./fhir-ehr.ts', import.meta.url));
  const fresh = async (): Promise<string> => {
    thread.postMessage('start');
    return ((await once(thread, 'message')) as [string])[0];
  };
  const recordAt = (baseUrl: string) => makeHealthRecord({ baseUrl, auth: null, clock: CLOCK });
  try {
    const first = await fresh();
    const subject = await decided(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2, T8: 1 }) }), recordAt(first));
    const asked = await recorded(async () => void (await recordAt(first).write(subject, undefined)));
    const ours: number[] = [];
    const bare: number[] = [];
    let resources = 0;
    for (let round = 0; round < rounds + 1; round += 1) {
      const record = recordAt(await fresh());
      const started = performance.now();
      resources = (await record.write(subject, undefined)).length;
      const middle = performance.now();
      const url = await fresh();
      const again = performance.now();
      for (const one of asked) await bareFetch(one, first, url);
      const ended = performance.now();
      // The first round warms both.
      if (round > 0) {
        ours.push(middle - started);
        bare.push(ended - again);
      }
    }
    const [oursMs, bareMs] = [median(ours), median(bare)];
    return {
      oursMs,
      bareMs,
      ratio: oursMs / bareMs,
      oursSpreadMs: spread(ours),
      bareSpreadMs: spread(bare),
      requests: asked.length,
      resources,
      overheadMsARequest: (oursMs - bareMs) / asked.length,
      rounds,
    };
  } finally {
    thread.postMessage('stop');
    await once(thread, 'exit');
  }
}

/** What is sent while the work runs, in its order. */
async function recorded(work: () => Promise<void>): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (url, init = {}) => {
    const { signal: _signal, ...rest } = init;
    asked.push({ url: String(url), init: rest });
    return real(url, init);
  };
  try {
    await work();
  } finally {
    globalThis.fetch = real;
  }
  return asked;
}

/** As anybody would send it who knew every request beforehand, and reads the answers. */
async function bareFetch({ url, init }: Asked, from: string, to: string): Promise<void> {
  const answer = await fetch(url.replace(from, to), init);
  if (!answer.ok) throw new Error(`the bare request was answered ${answer.status}`);
  await answer.json();
}

function spread(times: readonly number[]): readonly [number, number] {
  return [Math.min(...times), Math.max(...times)];
}
