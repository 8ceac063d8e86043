/** The CT of `whole`: 300 slices of 512 x 512 with a broken vertebra, in a folder and in an archive. Nobody's images. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Volume } from '#src/case/volume.ts';
import { dicomUidFrom } from '#test/hospital/phantom/dicom-uid-from.ts';
import { makePhantom } from '#test/hospital/phantom/make-phantom.ts';
import { writeDicomSeries } from '#test/hospital/phantom/write-dicom.ts';
import { ORTHANC_USER, startOrthanc, whyNoOrthanc } from '#test/systems/dicomweb/orthanc.ts';
import { dicomPatient, type Person } from '../tools/samples/people.ts';

export const PERSON: Person = { id: 'A1000093', family: 'Langford', given: 'Edith', birthDate: '1946-01-20', sex: 'female' };
export const ACCESSION = 'BEN26110001';
export const STUDY_UID = dicomUidFrom(`bench study ${ACCESSION}`);
const SLICES = 300;
const SIDE = 512;
const PAINTED_SIDE = 256;

export interface WholeArchive {
  readonly name: string;
  readonly url: string;
  /** DICOMWEB_* settings of the worker. */
  readonly settings: Readonly<Record<string, string>>;
  readonly auth: { readonly kind: 'none' } | { readonly kind: 'basic'; readonly user: string; readonly password: string };
  close(): Promise<void>;
}

export async function writeStudy(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const painted = makePhantom({
    seed: 303,
    sex: 'female',
    from: 'T9',
    to: 'S1',
    columns: PAINTED_SIDE,
    rows: PAINTED_SIDE,
    pixelMm: 1.3,
    sliceMm: 1,
    noiseHu: 8,
    trabecularHu: 80,
    fractures: [{ level: 'L1', shape: 'wedge', lossPercent: 36 }],
  });
  const folder = await mkdtemp(join(tmpdir(), 'backstop-whole-'));
  const options = {
    patient: dicomPatient(PERSON),
    study: { studyInstanceUid: STUDY_UID, accession: ACCESSION, date: '20261111', time: '103000', description: 'CT abdomen' },
    series: { number: 2, description: 'CT abdomen 1 mm', kernel: 'Br38f', bodyPart: 'ABDOMEN' },
    transferSyntax: 'explicit-le',
  } as const;
  await writeDicomSeries(magnified(lowest(painted.volume)), options, folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The caudal 300 slices: they hold the sacrum, which names the levels. */
function lowest(volume: Volume): Volume {
  if (volume.slices < SLICES) throw new RangeError(`the phantom has ${volume.slices} slices, ${SLICES} are needed`);
  return { ...volume, slices: SLICES, values: volume.values.subarray(0, SLICES * volume.rows * volume.columns) };
}

/** Each pixel four times: the bytes and the grid of a 512 x 512 scan without the hour of painting one. */
function magnified(volume: Volume): Volume {
  const values = new Int16Array(SIDE * SIDE * volume.slices);
  for (let k = 0; k < volume.slices; k += 1)
    for (let j = 0; j < SIDE; j += 1) {
      const from = (k * PAINTED_SIDE + (j >> 1)) * PAINTED_SIDE;
      const to = (k * SIDE + j) * SIDE;
      for (let i = 0; i < SIDE; i += 1) values[to + i] = volume.values[from + (i >> 1)] ?? 0;
    }
  const affine = volume.affine.map((value, at) => (at === 0 || at === 5 ? value / 2 : value));
  return { ...volume, columns: SIDE, rows: SIDE, values, affine };
}

export async function archiveWith(folder: string): Promise<WholeArchive> {
  const missing = whyNoOrthanc();
  if (missing !== undefined) return await standIn(folder, missing);
  const orthanc = await startOrthanc();
  const login = `${ORTHANC_USER.user}:${ORTHANC_USER.password}`;
  const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  for (const name of await readdir(folder)) {
    const answer = await fetch(orthanc.url.replace('/dicom-web', '/instances'), {
      method: 'POST',
      headers,
      body: await readFile(join(folder, name)),
    });
    if (!answer.ok) throw new Error(`Orthanc did not take ${name}: ${answer.status}`);
  }
  return {
    name: 'Orthanc',
    url: orthanc.url,
    settings: {
      DICOMWEB_URL: orthanc.url,
      DICOMWEB_AUTH: 'basic',
      DICOMWEB_USERNAME: ORTHANC_USER.user,
      DICOMWEB_PASSWORD: ORTHANC_USER.password,
    },
    auth: { kind: 'basic', ...ORTHANC_USER },
    close: () => orthanc.close(),
  };
}

async function standIn(folder: string, why: string): Promise<WholeArchive> {
  const server = new Worker(new URL('./whole-archive.ts', import.meta.url), { workerData: folder });
  const [url] = (await once(server, 'message')) as [string];
  return {
    name: `stand-in (${why})`,
    url,
    settings: { DICOMWEB_URL: url },
    auth: { kind: 'none' },
    close: async () => {
      server.postMessage('stop');
      await server.terminate();
    },
  };
}
