/** `wado`: a CT of 300 slices from Orthanc to a sorted HU volume, against curl of the same multipart into nothing. Without Orthanc: our stand-in archive. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { makeSliceFile, patternPixels } from '#test/systems/dicomweb/make-slices.ts';
import { ORTHANC_USER, startOrthanc, whyNoOrthanc } from '#test/systems/dicomweb/orthanc.ts';
import type { WadoCost } from './wado-read.ts';

const run = promisify(execFile);
const SIDE = 512;

export interface WadoBench extends WadoCost {
  readonly archive: string;
  readonly slices: number;
}

export async function benchWado(settings: { slices?: number; rounds?: number } = {}): Promise<WadoBench> {
  const { slices = 300, rounds = 5 } = settings;
  const missing = whyNoOrthanc();
  const archive = missing === undefined ? await orthancWith(slices) : await standInWith(slices);
  try {
    const script = fileURLToPath(new URL('./wado-read.ts', import.meta.url));
    const { stdout } = await run(process.execPath, [script, archive.url, String(rounds)], { maxBuffer: 2 ** 24 });
    return { ...(JSON.parse(stdout) as WadoCost), archive: missing ?? 'Orthanc', slices };
  } finally {
    await archive.close();
  }
}

async function orthancWith(slices: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const orthanc = await startOrthanc();
  const authorization = `Basic ${Buffer.from(`${ORTHANC_USER.user}:${ORTHANC_USER.password}`).toString('base64')}`;
  const pixels = patternPixels(SIDE, SIDE, 1);
  for (let z = 0; z < slices; z += 1) {
    const body = makeSliceFile(z, { pixels, attributes: { Rows: SIDE, Columns: SIDE } });
    const answer = await fetch(orthanc.url.replace('/dicom-web', '/instances'), {
      method: 'POST',
      headers: { authorization },
      body: Buffer.from(body),
    });
    if (!answer.ok) throw new Error(`Orthanc did not take slice ${z}: ${answer.status}`);
  }
  const url = new URL(orthanc.url);
  url.username = ORTHANC_USER.user;
  url.password = ORTHANC_USER.password;
  return { url: url.href, close: () => orthanc.close() };
}

async function standInWith(slices: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = new Worker(new URL('./images-archive.ts', import.meta.url), { workerData: { slices, side: SIDE } });
  const [url] = (await once(server, 'message')) as [string];
  return {
    url,
    close: async () => {
      server.postMessage('stop');
      await server.terminate();
    },
  };
}
