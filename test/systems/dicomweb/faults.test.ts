/** Archives and proxies at their worst: every fault ends in a named error, soon, and with bounded memory. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { accession, dicomUid } from '#src/case/ids.ts';
import type { SeriesChoice } from '#src/case/study.ts';
import { makeLog } from '#src/lib/log.ts';
import { type ImageArchiveOptions, makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { makeTurns } from '#src/systems/dicomweb/request-limits.ts';
import { startArchive } from '#test/hospital/archive.ts';
import type { ArchiveFault } from '#test/hospital/archive-faults.ts';
import { makeSliceFile, uidOf } from './make-slices.ts';

const STUDY = dicomUid(uidOf('study'))!;
const FILES = Array.from({ length: 12 }, (_, z) => makeSliceFile(z));
const CHOICE: SeriesChoice = {
  seriesInstanceUid: dicomUid(uidOf('series'))!,
  kind: 'ct-volume',
  modality: 'CT',
  sopInstanceUids: FILES.map((_, z) => dicomUid(uidOf(`instance ${z}`))!),
  sliceThicknessMm: 1,
  kernel: [],
  kvp: 120,
  contrast: false,
  scanner: 'Invented',
  because: [],
  rejected: [],
};
/** For archives that fall silent; everything else has the usual time, however busy the machine is. */
const SHORT = { timeouts: { answerMs: 300 } };
const SHORT_IDLE = { timeouts: { idleMs: 300 } };
type FaultOf = (request: { method: string; path: string; accept: string; authorization: string }) => ArchiveFault | undefined;

async function open(t: TestContext, fault: FaultOf, options: Partial<ImageArchiveOptions> = {}) {
  const server = await startArchive({ folders: [], fault });
  for (const file of FILES) server.index.add('', file, file);
  const log = makeLog({ level: 'silent' });
  const archive = makeImageArchive({ url: server.url, auth: { kind: 'none' }, log, ...options });
  t.after(async () => {
    await archive.close();
    await server.close();
  });
  return { server, archive };
}

const onStudies =
  (fault: ArchiveFault): FaultOf =>
  (request) =>
    request.path.endsWith('/studies') ? fault : undefined;
/** The retrieval of the whole series, not the search for it. */
const onSeries =
  (fault: ArchiveFault): FaultOf =>
  (request) =>
    request.path.endsWith(`/series/${CHOICE.seriesInstanceUid}`) ? fault : undefined;

const BOUNDARY = 'tear-here';
const HEAD = { 'content-type': `multipart/related; type="application/dicom"; boundary="${BOUNDARY}"` };
const part = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`), bytes, Buffer.from('\r\n')]);
const END = Buffer.from(`--${BOUNDARY}--\r\n`);
const raw = (chunks: readonly Uint8Array[], after: 'end' | 'hang-up' | 'silence' = 'end', headers: Record<string, string> = HEAD): ArchiveFault => ({
  kind: 'raw',
  headers,
  chunks,
  after,
});

describe('searching', () => {
  const cases: readonly (readonly [name: string, fault: ArchiveFault, code: string, error: string])[] = [
    ['a login page with status 200', { kind: 'login-page' }, 'DICOMWEB_LOGIN_PAGE', 'TryLater'],
    ['401', { kind: 'status', status: 401 }, 'DICOMWEB_UNAUTHORIZED', 'TryLater'],
    ['403', { kind: 'status', status: 403 }, 'DICOMWEB_UNAUTHORIZED', 'TryLater'],
    ['503', { kind: 'status', status: 503, headers: { 'retry-after': '7' } }, 'DICOMWEB_BUSY', 'TryLater'],
    ['500', { kind: 'status', status: 500 }, 'DICOMWEB_SERVER_ERROR', 'TryLater'],
    ['a redirect to a login', { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/login' } }, 'DICOMWEB_REDIRECTED', 'TryLater'],
    ['400', { kind: 'status', status: 400 }, 'DICOMWEB_REFUSED', 'GiveUp'],
    ['silence', { kind: 'silence' }, 'DICOMWEB_TIMEOUT', 'TryLater'],
    ['a connection that is cut', { kind: 'hang-up' }, 'DICOMWEB_UNREACHABLE', 'TryLater'],
    ['broken JSON', raw([Buffer.from('[{"0020000D":')], 'end', { 'content-type': 'application/dicom+json' }), 'DICOMWEB_NOT_JSON', 'TryLater'],
    ['JSON of another kind', raw([Buffer.from('{"error":"x"}')], 'end', { 'content-type': 'application/json' }), 'DICOMWEB_REFUSED', 'GiveUp'],
    ['JSON cut off', raw([Buffer.from('[')], 'hang-up', { 'content-type': 'application/dicom+json' }), 'DICOMWEB_TRUNCATED', 'TryLater'],
    ['gzip that nobody asked for', raw([Buffer.from([0x1f, 0x8b])], 'end', { 'content-encoding': 'gzip' }), 'DICOMWEB_ENCODED', 'TryLater'],
    [
      'more JSON than allowed',
      raw([Buffer.alloc(70_000, 0x20)], 'end', { 'content-type': 'application/dicom+json' }),
      'DICOMWEB_TOO_LARGE',
      'GiveUp',
    ],
    ['a study without UID', raw([Buffer.from('[{"00080050":{"vr":"SH","Value":["A-0001"]}}]')], 'end', {}), 'DICOMWEB_INVALID_UID', 'GiveUp'],
    ['a multipart answer to a search', raw([part(FILES[0]!), END]), 'DICOMWEB_NOT_JSON', 'TryLater'],
  ];
  for (const [name, fault, code, error] of cases) {
    test(name, async (t) => {
      const { archive } = await open(t, onStudies(fault), { limits: { maxJsonBytes: 65_536 }, ...(code === 'DICOMWEB_TIMEOUT' ? SHORT : {}) });
      await assert.rejects(archive.findStudies({ accession: accession('A-0001')! }), { name: error, code });
    });
  }
  test('Retry-After is passed on', async (t) => {
    const { archive } = await open(t, onStudies({ kind: 'status', status: 503, headers: { 'retry-after': '7' } }));
    await assert.rejects(archive.findStudies({ accession: accession('A-0001')! }), { retryAfterMs: 7000 });
  });
  test('a host that does not exist, a port that is closed', async (t) => {
    const { archive: closed, server } = await open(t, () => undefined);
    await server.close();
    await assert.rejects(closed.findStudies({ studyInstanceUid: STUDY }), { code: 'DICOMWEB_UNREACHABLE' });
    const { archive: unknown } = await open(t, () => undefined, { url: 'http://archive.invalid/dicom-web' });
    await assert.rejects(unknown.findStudies({ studyInstanceUid: STUDY }), { code: 'DICOMWEB_NAME_UNKNOWN' });
  });
});

describe('reading a series', () => {
  const all = FILES.map(part);
  /** The first part states a length that takes in the second and ends at the third's delimiter. */
  const swallowing = (first: Uint8Array): Uint8Array[] => {
    const length = first.length + all[1]!.length;
    const head = Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\nContent-Length: ${length}\r\n\r\n`);
    return [Buffer.concat([head, first, Buffer.from('\r\n')]), ...all.slice(1), END];
  };
  // Data Set Trailing Padding (FFFC,FFFC) as long as what is swallowed: such a file is whole for every parser.
  const padding = Buffer.from([0xfc, 0xff, 0xfc, 0xff, 0x4f, 0x42, 0, 0, 0, 0, 0, 0]);
  padding.writeUInt32LE(all[1]!.length, 8);
  const swallowed = swallowing(Buffer.concat([FILES[0]!, padding]));
  const damaged = Buffer.concat([FILES[3]!.subarray(0, 132), Buffer.alloc(64, 0xff)]);
  const cases: readonly (readonly [name: string, fault: ArchiveFault, code: string])[] = [
    ['a login page', { kind: 'login-page' }, 'DICOMWEB_LOGIN_PAGE'],
    ['no multipart', raw([FILES[0]!], 'end', { 'content-type': 'application/octet-stream' }), 'DICOMWEB_NOT_MULTIPART'],
    ['a multipart without boundary', raw([FILES[0]!], 'end', { 'content-type': 'multipart/related' }), 'DICOMWEB_NOT_MULTIPART'],
    ['the last closing delimiter missing', raw(all), 'DICOMWEB_TRUNCATED'],
    ['an end within a part', raw([...all.slice(0, 5), all[5]!.subarray(0, 200)]), 'DICOMWEB_TRUNCATED'],
    ['a cut within a part', raw([...all.slice(0, 5), all[5]!.subarray(0, 200)], 'hang-up'), 'DICOMWEB_TRUNCATED'],
    ['silence within a part', raw([...all.slice(0, 5), all[5]!.subarray(0, 200)], 'silence'), 'DICOMWEB_TIMEOUT'],
    [
      'another boundary than announced',
      raw([...all, END], 'end', { 'content-type': 'multipart/related; boundary=other' }),
      'DICOMWEB_WRONG_BOUNDARY',
    ],
    ['gzip', raw([...all, END], 'end', { ...HEAD, 'content-encoding': 'gzip' }), 'DICOMWEB_ENCODED'],
    ['one instance too few, closed properly', raw([...all.slice(1), END]), 'DICOMWEB_COUNT_MISMATCH'],
    ['a stated length that swallows the next instance and ends at its delimiter', raw(swallowing(FILES[0]!)), 'DICOMWEB_NOT_DICOM'],
    ['the same, and the swallowed bytes look like the end of the file', raw(swallowed), 'DICOMWEB_COUNT_MISMATCH'],
    ['one instance twice', raw([...all, all[0]!, END]), 'DICOMWEB_DUPLICATE_UID'],
    ['a web page among the parts', raw([all[0]!, part(Buffer.from('<html>please log in</html>'.repeat(10))), END]), 'DICOMWEB_NOT_DICOM'],
    ['a damaged header', raw([all[0]!, part(damaged), END]), 'DICOMWEB_NOT_DICOM'],
    ['401 in the middle of the work', { kind: 'status', status: 401 }, 'DICOMWEB_UNAUTHORIZED'],
    ['404', { kind: 'status', status: 404 }, 'DICOMWEB_INSTANCE_MISSING'],
    ['a part without end', raw([part(Buffer.alloc(300_000))]), 'DICOMWEB_TOO_LARGE'],
    ['more parts than a series may have', raw([...Array.from({ length: 40 }, (_, z) => part(makeSliceFile(z + 200))), END]), 'DICOMWEB_TOO_LARGE'],
    ['part headers without end', raw([Buffer.from(`--${BOUNDARY}\r\n`), Buffer.alloc(60_000, 0x41)]), 'DICOMWEB_WRONG_BOUNDARY'],
  ];
  for (const [name, fault, code] of cases) {
    test(name, async (t) => {
      const { archive } = await open(t, onSeries(fault), {
        limits: { maxInstanceBytes: 100_000, maxInstances: 30 },
        ...(code === 'DICOMWEB_TIMEOUT' ? SHORT_IDLE : {}),
      });
      await assert.rejects(archive.readSlices(STUDY, CHOICE), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.ok(!/P-100|TEST|2\.25\./.test(error.message), 'no patient data and no UID in the text');
        return true;
      });
    });
  }

  test('an instance that a wrong length has swallowed is missed also where the archive counts nothing', async (t) => {
    const uncounted = JSON.stringify([{ '0020000E': { vr: 'UI', Value: [CHOICE.seriesInstanceUid] } }]);
    const { archive } = await open(t, (request) =>
      request.path.endsWith('/series')
        ? raw([Buffer.from(uncounted)], 'end', { 'content-type': 'application/dicom+json' })
        : onSeries(raw(swallowed))(request),
    );
    await assert.rejects(archive.readSlices(STUDY, CHOICE), { code: 'DICOMWEB_INSTANCE_MISSING' });
  });

  test('boundary text within a payload is payload', async (t) => {
    const trap = makeSliceFile(0, { attributes: { ImageComments: `\r\n--${BOUNDARY}x` } });
    const { archive } = await open(t, onSeries(raw([part(trap), ...all.slice(1), END])));
    assert.equal((await archive.readSlices(STUDY, CHOICE)).length, 12);
  });

  test('bytes may arrive in pieces of any size', async (t) => {
    const body = Buffer.concat([Buffer.from('a preamble\r\n'), ...all, END]);
    const pieces: Buffer[] = [];
    for (let at = 0, size = 1; at < body.byteLength; at += size, size = (size % 97) + 1) pieces.push(body.subarray(at, at + size));
    const { archive } = await open(t, onSeries(raw(pieces)));
    assert.equal((await archive.readSlices(STUDY, CHOICE)).length, 12);
  });

  test('an archive that refuses transfer-syntax=* is asked for the default', async (t) => {
    const { archive, server } = await open(t, (request) =>
      request.accept.includes('transfer-syntax=*') ? { kind: 'status', status: 406 } : undefined,
    );
    assert.equal((await archive.readSlices(STUDY, CHOICE)).length, 12);
    assert.equal((await archive.readSlices(STUDY, CHOICE)).length, 12);
    const starred = server.requests.filter((request) => request.accept.includes('*') && request.path.endsWith(CHOICE.seriesInstanceUid));
    assert.equal(starred.length, 1, 'and is not bothered with it again');
  });

  test('no request asks for compression of the transport', async (t) => {
    const { archive, server } = await open(t, () => undefined);
    await archive.describeSeries(STUDY);
    await archive.readSlices(STUDY, CHOICE);
    assert.deepEqual([...new Set(server.requests.map((request) => request.encoding))], ['identity']);
  });

  test('a wrong instance for a single request', async (t) => {
    const { archive } = await open(t, (request) => (request.path.endsWith(uidOf('instance 4')) ? raw([part(FILES[5]!), END]) : undefined));
    const one = { ...CHOICE, sopInstanceUids: [dicomUid(uidOf('instance 4'))!] };
    await assert.rejects(archive.readSlices(STUDY, one), { code: 'DICOMWEB_WRONG_INSTANCE' });
  });

  test('a long series is described in whole where a sample cannot be had, and such an archive is not asked for one again', async (t) => {
    const { archive, server } = await open(t, () => undefined);
    const long = Array.from({ length: 48 }, (_, z) =>
      makeSliceFile(z, { attributes: { SeriesInstanceUID: uidOf('long'), SOPInstanceUID: uidOf(`long ${z}`) } }),
    );
    for (const file of long) server.index.add('', file, file);
    const searches = () => server.requests.filter((request) => request.path.endsWith('/instances')).length;
    const lengthBySample = async () =>
      (await archive.describeSeries(STUDY, { bySample: true })).find((one) => one.seriesInstanceUid === uidOf('long'))!.instances.length;
    assert.deepEqual([await lengthBySample(), searches()], [4, 4], 'numbers 1, 2, the middle and the last');
    const search = server.index.search.bind(server.index);
    // An archive that ignores what it is asked: every instance, whatever the number.
    server.index.search = (level, scope) => search(level, scope, new URLSearchParams());
    assert.deepEqual([await lengthBySample(), searches()], [48, 5]);
    assert.deepEqual([await lengthBySample(), searches()], [48, 5], 'it is asked once');
  });

  test('an archive that refuses a search by number is described in whole', async (t) => {
    const refuse: FaultOf = (request) => (request.path.endsWith('/instances') ? { kind: 'status', status: 400 } : undefined);
    const { archive, server } = await open(t, refuse);
    for (let z = 12; z < 48; z += 1) {
      const file = makeSliceFile(z);
      server.index.add('', file, file);
    }
    assert.equal((await archive.describeSeries(STUDY, { bySample: true }))[0]!.instances.length, 48);
  });

  test('a site that limits requests is asked for one description, not for eight samples', async (t) => {
    const { archive, server } = await open(t, () => undefined, { requestsPerSecond: 1000 });
    for (let z = 12; z < 48; z += 1) {
      const file = makeSliceFile(z);
      server.index.add('', file, file);
    }
    assert.equal((await archive.describeSeries(STUDY, { bySample: true }))[0]!.instances.length, 48);
    assert.equal(server.requests.length, 2);
  });

  test('a series that grew since it was chosen', async (t) => {
    const { archive, server } = await open(t, () => undefined);
    const late = makeSliceFile(77);
    server.index.add('', late, late);
    await assert.rejects(archive.readSlices(STUDY, { ...CHOICE, seriesInstanceCount: 12 }), { name: 'TryLater', code: 'DICOMWEB_SERIES_CHANGED' });
  });
});

describe('authentication', () => {
  test('an expired token is refreshed once for all requests under way', async (t) => {
    let refreshed = 0;
    const token = async (refresh: boolean) => {
      if (refresh) refreshed += 1;
      return refreshed > 0 ? 'fresh' : 'stale';
    };
    const { archive } = await open(t, (request) => (request.authorization === 'Bearer fresh' ? undefined : { kind: 'status', status: 401 }), {
      auth: { kind: 'bearer', token },
    });
    await Promise.all([archive.describeSeries(STUDY), archive.findStudies({ studyInstanceUid: STUDY })]);
    assert.equal(refreshed, 1);
  });
  test('a token that stays refused is a named fault', async (t) => {
    const { archive } = await open(t, () => ({ kind: 'status', status: 401 }), { auth: { kind: 'bearer', token: async () => 'no' } });
    await assert.rejects(archive.findStudies({ studyInstanceUid: STUDY }), { code: 'DICOMWEB_UNAUTHORIZED' });
  });
  test('basic credentials may hold any character', async (t) => {
    const expected = `Basic ${Buffer.from('dienst:pä:ß').toString('base64')}`;
    const { archive } = await open(t, (request) => (request.authorization === expected ? undefined : { kind: 'status', status: 401 }), {
      auth: { kind: 'basic', user: 'dienst', password: 'pä:ß' },
    });
    assert.equal((await archive.findStudies({ studyInstanceUid: STUDY })).length, 1);
  });
});

test('never more requests at once than agreed', async (t) => {
  let now = 0;
  let most = 0;
  const { archive, server } = await open(t, () => ({ kind: 'delay', ms: 20 }), { concurrency: 2 });
  server.onRequest((request) => {
    now += 1;
    most = Math.max(most, now);
    request.once('close', () => (now -= 1));
  });
  await Promise.all(Array.from({ length: 12 }, () => archive.findStudies({ studyInstanceUid: STUDY })));
  assert.equal(most, 2);
});

test('a kept connection that the archive has closed is opened again, once', async (t) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', () => {
      requests += 1;
      if (requests > 1) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nContent-Length: 2\r\n\r\n[]');
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as { port: number };
  const archive = makeImageArchive({ url: `http://127.0.0.1:${port}`, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }) });
  t.after(async () => {
    await archive.close();
    server.close();
  });
  for (let turn = 0; turn < 3; turn += 1) assert.deepEqual(await archive.findStudies({ studyInstanceUid: STUDY }), []);
  assert.equal(connections, 3);
});

test('an archive that was restarted has closed every kept connection: one question still gets its answer at the first try', async (t) => {
  let isRestarted = false;
  const old = new Set<unknown>();
  const server = createServer((socket) => {
    if (!isRestarted) old.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      // A proxy in front keeps the connection open and learns only now that nobody is behind it.
      if (isRestarted && old.has(socket)) socket.resetAndDestroy();
      else setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nContent-Length: 2\r\n\r\n[]'), 20);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as { port: number };
  const archive = makeImageArchive({ url: `http://127.0.0.1:${port}`, auth: { kind: 'none' }, log: makeLog({ level: 'silent' }), concurrency: 4 });
  t.after(async () => {
    await archive.close();
    server.close();
  });
  const ask = () => archive.findStudies({ studyInstanceUid: STUDY });
  await Promise.all([ask(), ask(), ask(), ask()]);
  assert.equal(old.size, 4, 'four connections are kept');
  isRestarted = true;
  assert.deepEqual(await ask(), []);
});

test('a limit per second spreads the requests, and idle time is not saved up', async () => {
  let now = 0;
  const waits: number[] = [];
  const turn = makeTurns(50, { now: () => now, wait: async (ms) => void waits.push(ms) });
  await Promise.all([turn(), turn(), turn()]);
  assert.deepEqual(waits, [20, 40]);
  now = 50;
  await turn();
  assert.deepEqual(waits, [20, 40, 10]);
  now = 5000;
  await Promise.all([turn(), turn()]);
  assert.deepEqual(waits, [20, 40, 10, 20]);
});

test('a client with a limit per second still answers', async (t) => {
  const { archive } = await open(t, () => undefined, { requestsPerSecond: 200, concurrency: 8 });
  const found = await Promise.all(Array.from({ length: 6 }, () => archive.findStudies({ studyInstanceUid: STUDY })));
  assert.ok(found.every((studies) => studies.length === 1));
});
