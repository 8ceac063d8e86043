/** `backstop doctor` for an image archive: step by step from the name to a stored object, each with what to change when it fails. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { adviceFor } from './archive-advice.ts';
import { findSample, retrieveSample, type Sample } from './archive-sample.ts';
import type { ImageArchiveOptions } from './client.ts';
import { datasets } from './dicom-json.ts';
import { later, socketFault } from './faults.ts';
import { DEFAULT_TIMEOUTS, type HttpSession, makeHttpSession } from './http-session.ts';
import { instanceToSlices } from './instance-to-slices.ts';
import { type LibraryCalls, makeLibraryCalls } from './library-calls.ts';
import { storeInstances } from './store-instances.ts';
import { testObject } from './test-object.ts';

type ArchivePhase = 'resolve' | 'connect' | 'tls' | 'authenticate' | 'search' | 'retrieve' | 'decode' | 'store';
export interface ArchiveCheckRow {
  readonly phase: ArchivePhase;
  /** null: not tried, because an earlier step failed or nobody consented. */
  readonly ok: boolean | null;
  readonly text: string;
}

export interface CheckArchiveOptions extends Omit<ImageArchiveOptions, 'log'> {
  /** Consent to store one test object: a new study of an invented patient that DICOMweb cannot remove again. */
  readonly storeTestObject: boolean;
  /** Makes the test object's UID; the same number finds the same object. */
  readonly testNumber?: number;
}

interface Context {
  readonly options: CheckArchiveOptions;
  readonly url: URL;
  readonly session: HttpSession;
  readonly library: LibraryCalls;
  sample: Sample | undefined;
  bytes: Uint8Array | undefined;
}
type Step = (context: Context) => Promise<string | { readonly skipped: string }>;

const JSON_LIMIT_BYTES = 32 * 2 ** 20;
const LIMITS = { maxPartBytes: 512 * 2 ** 20, maxTotalBytes: 512 * 2 ** 20, maxParts: 1 };

const STEPS: readonly (readonly [ArchivePhase, Step])[] = [
  ['resolve', resolveName],
  ['connect', connectSocket],
  ['tls', shakeHands],
  ['authenticate', authenticate],
  ['search', search],
  ['retrieve', retrieve],
  ['decode', decode],
  ['store', store],
];

/** Never throws: a fault is a row. No patient data in any text. */
export async function checkArchive(options: CheckArchiveOptions): Promise<ArchiveCheckRow[]> {
  const timeouts = { ...DEFAULT_TIMEOUTS, answerMs: 20_000, totalMs: 120_000, ...options.timeouts };
  const session = makeHttpSession({ auth: options.auth, tls: options.tls, timeouts, concurrency: 2 });
  const base = options.url.replace(/\/+$/, '');
  const library = makeLibraryCalls(base, session, JSON_LIMIT_BYTES);
  const context: Context = {
    options: { ...options, url: base, timeouts },
    url: new URL(base),
    session,
    library,
    sample: undefined,
    bytes: undefined,
  };
  const rows: ArchiveCheckRow[] = [];
  try {
    for (const [phase, step] of STEPS)
      rows.push(rows.some((row) => row.ok === false) ? { phase, ok: null, text: 'not tried' } : await runStep(phase, step, context));
  } finally {
    session.close();
  }
  return rows;
}

async function runStep(phase: ArchivePhase, step: Step, context: Context): Promise<ArchiveCheckRow> {
  try {
    const said = await step(context);
    return typeof said === 'string' ? { phase, ok: true, text: said } : { phase, ok: null, text: said.skipped };
  } catch (error) {
    return { phase, ok: false, text: adviceFor(error) };
  }
}

async function resolveName({ url }: Context): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  try {
    const { address } = await lookup(host);
    return `${host} is ${address}`;
  } catch (error) {
    throw socketFault(error, false);
  }
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

function connectSocket({ url, options }: Context): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = options.timeouts?.connectMs ?? DEFAULT_TIMEOUTS.connectMs;
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url), timeout: limit });
    socket.once('connect', () => {
      socket.destroy();
      resolve(`port ${portOf(url)} is open`);
    });
    socket.once('timeout', () => socket.destroy(later('DICOMWEB_TIMEOUT', 'connect', 'the archive does not answer the connection')));
    socket.once('error', (error) => reject(socketFault(error, false)));
  });
}

function shakeHands({ url, options }: Context): Promise<string | { skipped: string }> {
  if (url.protocol !== 'https:')
    return Promise.resolve({ skipped: 'plain HTTP: images and patient data travel unprotected; use https outside a trusted network' });
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: url.hostname, port: portOf(url), servername: url.hostname, minVersion: 'TLSv1.2', ...options.tls });
    socket.setTimeout(options.timeouts?.connectMs ?? DEFAULT_TIMEOUTS.connectMs, () =>
      socket.destroy(later('DICOMWEB_TIMEOUT', 'connect', 'the archive does not finish the TLS handshake')),
    );
    socket.once('secureConnect', () => {
      const until = socket.getPeerCertificate().valid_to;
      const text = `${socket.getProtocol() ?? 'TLS'}, certificate valid until ${until}${options.tls?.cert ? ', with our client certificate' : ''}`;
      socket.destroy();
      resolve(text);
    });
    socket.once('error', (error) => reject(socketFault(error, false)));
  });
}

async function authenticate({ library, options }: Context): Promise<string> {
  const answer = await library.call((client, call) => client.searchForStudies({ queryParams: { limit: 1 }, ...call }));
  datasets(answer);
  return options.auth.kind === 'none' ? 'the archive asks for no credentials' : `${options.auth.kind} credentials accepted`;
}

async function search(context: Context): Promise<string> {
  context.sample = await findSample(context.library);
  if (!context.sample) return 'QIDO-RS answers; the archive has no study with CT, MR or X-ray images to try further';
  const counted = context.sample.isCounted
    ? 'counts instances per series'
    : 'does not count instances per series (0020,1209): missing images are noticed later';
  return `QIDO-RS finds studies, series and instances, and ${counted}`;
}

async function retrieve(context: Context): Promise<string | { skipped: string }> {
  if (!context.sample) return { skipped: 'no image to try with' };
  const { bytes, transferSyntax } = await retrieveSample(context.options.url, context.session, context.sample, LIMITS);
  context.bytes = bytes;
  return `WADO-RS sends an instance of ${bytes.byteLength} bytes in transfer syntax ${transferSyntax}`;
}

async function decode({ bytes }: Context): Promise<string | { skipped: string }> {
  if (!bytes) return { skipped: 'no image to try with' };
  const [slice] = await instanceToSlices(bytes, { maxDecodedBytes: 512 * 2 ** 20 });
  return `decoded to ${slice!.columns} x ${slice!.rows} pixels`;
}

async function store({ options, library }: Context): Promise<string | { skipped: string }> {
  if (!options.storeTestObject) return { skipped: 'not tried without consent: results can be stored only where STOW-RS works' };
  const { studyInstanceUid, bytes } = await testObject(options.testNumber ?? 1);
  const { stored, failed } = await storeInstances(library, studyInstanceUid, [bytes]);
  if (stored.length === 0)
    throw later('DICOMWEB_SERVER_ERROR', 'store', `the archive did not store the test object: ${failed[0]?.because ?? 'no reason given'}`);
  const again = await storeInstances(library, studyInstanceUid, [bytes]);
  return again.stored.length === 1
    ? 'STOW-RS stores an object and QIDO-RS finds it (patient BACKSTOP-TEST; remove it in the archive)'
    : 'STOW-RS stores an object';
}
