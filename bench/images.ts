/**
 * Fetching one CT series (WADO-RS) side by side in one run: our streaming reader with all its checks, the bare body by fetch without looking
 * at it, and dicomweb-client's retrieveSeries.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { api } from 'dicomweb-client';
import { DEFAULT_TIMEOUTS, makeHttpSession } from '#src/systems/dicomweb/http-session.ts';
import { makeRetriever } from '#src/systems/dicomweb/retrieve.ts';
import { uidOf } from '#test/systems/dicomweb/make-slices.ts';

const WIRE = { maxPartBytes: 2 ** 30, maxTotalBytes: 2 ** 32, maxParts: 10_000 };
const ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*';

export interface ImagesBench {
  /** Medians over the rounds, megabytes a second. */
  readonly oursMbPerS: number;
  readonly bareMbPerS: number;
  readonly libraryMbPerS: number;
  readonly oursOverBare: number;
  readonly oursOverLibrary: number;
  readonly rounds: number;
}

/** `slices` pictures of `side` x `side`; one round before the counted ones. */
export async function benchImages(settings: { slices?: number; side?: number; rounds?: number } = {}): Promise<ImagesBench> {
  const { slices = 200, side = 512, rounds = 5 } = settings;
  const server = new Worker(new URL('./images-archive.ts', import.meta.url), { workerData: { slices, side } });
  const [url] = (await once(server, 'message')) as [string];
  const session = makeHttpSession({ auth: { kind: 'none' }, timeouts: DEFAULT_TIMEOUTS, concurrency: 4 });
  const path = `/studies/${uidOf('study')}/series/${uidOf('series')}`;
  const readers = [() => ours(makeRetriever(url, session, WIRE), path), () => bare(url + path), () => library(url)];
  const speeds: number[][] = [[], [], []];
  for (let round = 0; round <= rounds; round += 1) {
    for (const [which, read] of readers.entries()) {
      const started = performance.now();
      const bytes = await read();
      if (round > 0) speeds[which]!.push(bytes / 1000 / (performance.now() - started));
    }
  }
  session.close();
  server.postMessage('stop');
  await server.terminate();
  const [oursMbPerS, bareMbPerS, libraryMbPerS] = speeds.map(median) as [number, number, number];
  return {
    oursMbPerS,
    bareMbPerS,
    libraryMbPerS,
    oursOverBare: oursMbPerS / bareMbPerS,
    oursOverLibrary: oursMbPerS / libraryMbPerS,
    rounds,
  };
}

async function ours(retriever: ReturnType<typeof makeRetriever>, path: string): Promise<number> {
  let bytes = 0;
  for await (const instance of retriever.instances(path)) bytes += instance.bytes.byteLength;
  return bytes;
}

async function bare(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { accept: ACCEPT, 'accept-encoding': 'identity' } });
  return (await answer.arrayBuffer()).byteLength;
}

async function library(url: string): Promise<number> {
  const client = new api.DICOMwebClient({ url, verbose: false, singlepart: false });
  const request = { instance: new FetchXhr() };
  const found = await client.retrieveSeries({ studyInstanceUID: uidOf('study'), seriesInstanceUID: uidOf('series'), request } as never);
  return (found as ArrayBuffer[]).reduce((sum, part) => sum + part.byteLength, 0);
}

/** The least that retrieveSeries needs of an XMLHttpRequest. */
class FetchXhr {
  readyState = 0;
  status = 0;
  response: unknown = null;
  responseType = '';
  onreadystatechange: (() => void) | null = null;
  #url = '';
  #headers = new Headers();
  open(_method: string, url: string): void {
    this.#url = url;
  }
  setRequestHeader(name: string, value: string): void {
    // The library can't ask for the stored syntax; the series is Explicit VR Little Endian, so the answer is the same.
    this.#headers.append(name, value);
  }
  getResponseHeader(name: string): string | null {
    return this.#headers.get(name);
  }
  getAllResponseHeaders(): string {
    return '';
  }
  send(): void {
    void fetch(this.#url, { headers: this.#headers }).then(async (answer) => {
      this.response = await answer.arrayBuffer();
      this.#headers = answer.headers;
      this.status = answer.status;
      this.readyState = 4;
      this.onreadystatechange?.();
    });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (import.meta.main) console.log(JSON.stringify(await benchImages(), null, 2));
