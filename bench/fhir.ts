/**
 * `fhir`: a case's resources written into an empty health record, against the very same requests by bare fetch in the same order: what our saga,
 * @medplum/core and our own exchange cost beside the requests themselves. The record is the stand-in EHR in a thread of its own; it validates.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
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
  /** Below the FHIR base. */
  readonly path: string;
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
    const asked = await recorded(first, async (through) => void (await recordAt(through).write(subject, undefined)));
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
      for (const one of asked) await bareFetch(one, url);
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

/** What is sent while the work runs, in its order: a server that hands everything on to the record keeps a copy. */
async function recorded(record: string, work: (through: string) => Promise<void>): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const between = createServer((request, response) => {
    void handOn(request, response).catch(() => response.destroy());
  });
  const handOn = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers as Record<string, string>;
    const one = { path: (request.url ?? '').slice('/fhir'.length), init: { method: request.method ?? 'GET', headers, ...(body !== '' && { body }) } };
    asked.push(one);
    const answer = await fetch(`${record}${one.path}`, one.init);
    response.writeHead(answer.status, { 'content-type': 'application/fhir+json' }).end(await answer.text());
  };
  await new Promise<void>((ready) => between.listen(0, '127.0.0.1', ready));
  try {
    await work(`http://127.0.0.1:${(between.address() as AddressInfo).port}/fhir`);
  } finally {
    between.closeAllConnections();
    between.close();
  }
  return asked;
}

/** As anybody would send it who knew every request beforehand, and reads the answers. */
async function bareFetch({ path, init }: Asked, to: string): Promise<void> {
  const answer = await fetch(`${to}${path}`, init);
  if (!answer.ok) throw new Error(`the bare request was answered ${answer.status}`);
  await answer.json();
}

function spread(times: readonly number[]): readonly [number, number] {
  return [Math.min(...times), Math.max(...times)];
}
