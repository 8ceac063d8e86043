/** The doctor's rows against archives that work, refuse, hang or are not archives; mutual TLS with certificates made now. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { dicomUid } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import { checkArchive } from '#src/systems/dicomweb/check-archive.ts';
import { makeImageArchive } from '#src/systems/dicomweb/client.ts';
import { startArchive } from '#test/hospital/archive.ts';
import type { ArchiveFault } from '#test/hospital/archive-faults.ts';
import { makeSliceFile, uidOf } from './make-slices.ts';
import { ORTHANC_USER, startOrthanc, whyNoOrthanc } from './orthanc.ts';
import { run, tool } from './outside-tools.ts';

const NONE = { auth: { kind: 'none' } } as const;

async function archiveWith(t: TestContext, fault: (path: string) => ArchiveFault | undefined = () => undefined) {
  const server = await startArchive({ folders: [], fault: ({ path }) => fault(path) });
  const file = makeSliceFile(0);
  server.index.add('', file, file);
  t.after(() => server.close());
  return server;
}

const states = (rows: readonly { phase: string; ok: boolean | null }[]) => rows.map((row) => `${row.phase} ${row.ok}`);

test('an archive that works, with consent to store', async (t) => {
  const server = await archiveWith(t);
  const rows = await checkArchive({ url: server.url, ...NONE, storeTestObject: true });
  assert.deepEqual(
    states(rows),
    ['resolve true', 'connect true', 'tls null', 'authenticate true', 'search true', 'retrieve true', 'decode true', 'store true'],
    JSON.stringify(rows),
  );
  assert.match(rows.find((row) => row.phase === 'decode')!.text, /16 x 12/);
  assert.equal((await checkArchive({ url: server.url, ...NONE, storeTestObject: true })).at(-1)!.ok, true);
  assert.equal(server.index.search('studies', {}, new URLSearchParams({ PatientID: 'BACKSTOP-TEST' })).length, 1, 'the test object is there once');
});

test('Orthanc works too', { skip: whyNoOrthanc() ?? false }, async (t) => {
  const server = await startOrthanc();
  t.after(() => server.close());
  const rows = await checkArchive({ url: server.url, auth: { kind: 'basic', ...ORTHANC_USER }, storeTestObject: true });
  assert.ok(
    rows.every((row) => row.ok !== false),
    JSON.stringify(rows),
  );
  assert.equal(rows.at(-1)!.ok, true);
  const refused = await checkArchive({ url: server.url, auth: { kind: 'basic', user: 'nobody', password: 'x' }, storeTestObject: false });
  assert.equal(refused.find((row) => row.phase === 'authenticate')!.ok, false);
});

test('nothing is stored without consent', async (t) => {
  const server = await archiveWith(t);
  const rows = await checkArchive({ url: server.url, ...NONE, storeTestObject: false });
  assert.deepEqual([rows.at(-1)!.ok, server.requests.some((request) => request.method === 'POST')], [null, false]);
});

const FAULTS: readonly (readonly [name: string, fault: (path: string) => ArchiveFault | undefined, phase: string, advice: RegExp])[] = [
  ['wrong credentials', () => ({ kind: 'status', status: 401 }), 'authenticate', /check user, password, token/],
  ['a login page', () => ({ kind: 'login-page' }), 'authenticate', /address of the DICOMweb service/],
  ['a wrong path', () => ({ kind: 'status', status: 404 }), 'authenticate', /path may be wrong/],
  ['silence', () => ({ kind: 'silence' }), 'authenticate', /overloaded|drops packets/],
  ['retrieval switched off', (path) => (path.includes('/instances/') ? { kind: 'status', status: 501 } : undefined), 'retrieve', /DICOMWEB_/],
];
for (const [name, fault, phase, advice] of FAULTS) {
  test(`${name}: the step, the reason and the advice; nothing after it is tried`, async (t) => {
    const server = await archiveWith(t, fault);
    const timeouts = name === 'silence' ? { timeouts: { answerMs: 300 } } : {};
    const rows = await checkArchive({ url: server.url, ...NONE, ...timeouts, storeTestObject: true });
    const failed = rows.findIndex((row) => row.ok === false);
    assert.equal(rows[failed]!.phase, phase);
    assert.match(rows[failed]!.text, advice);
    assert.ok(rows.slice(failed + 1).every((row) => row.ok === null && row.text === 'not tried'));
    assert.ok(!JSON.stringify(rows).includes('P-100'));
  });
}

test('a name that does not exist and a port that is closed', async (t) => {
  const unknown = await checkArchive({ url: 'http://archive.invalid/dicom-web', ...NONE, storeTestObject: false });
  assert.equal(unknown[0]!.ok, false);
  const server = await archiveWith(t);
  await server.close();
  const closed = await checkArchive({ url: server.url, ...NONE, storeTestObject: false });
  assert.deepEqual(states(closed).slice(0, 3), ['resolve true', 'connect false', 'tls null']);
});

test('an archive without images can be searched, and the rest is said to be untried', async (t) => {
  const server = await startArchive({ folders: [] });
  t.after(() => server.close());
  const rows = await checkArchive({ url: server.url, ...NONE, storeTestObject: false });
  assert.deepEqual(states(rows).slice(3), ['authenticate true', 'search true', 'retrieve null', 'decode null', 'store null']);
});

test('mutual TLS: with our certificate it works, without it is a named fault, an unknown authority too', async (t) => {
  const openssl = tool('openssl');
  if (!openssl) return t.skip('openssl is not installed');
  const pem = await certificates(t, openssl);
  const inner = await archiveWith(t);
  const server = createServer(
    { key: pem.serverKey, cert: pem.serverCert, ca: pem.ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      void fetch(new URL(request.url ?? '/', inner.url)).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(Buffer.from(await answer.arrayBuffer()));
      });
    },
  );
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://localhost:${(server.address() as AddressInfo).port}/dicom-web`;
  const ours = { ca: pem.ca, cert: pem.clientCert, key: pem.clientKey };
  const rows = await checkArchive({ url, ...NONE, tls: ours, storeTestObject: false });
  assert.deepEqual(states(rows).slice(2, 7), ['tls true', 'authenticate true', 'search true', 'retrieve true', 'decode true'], JSON.stringify(rows));

  const archive = makeImageArchive({ url, ...NONE, tls: ours, log: makeLog({ level: 'silent' }) });
  t.after(() => archive.close());
  assert.equal((await archive.findStudies({ studyInstanceUid: dicomUid(uidOf('study'))! })).length, 1);

  const stranger = await checkArchive({ url, ...NONE, storeTestObject: false });
  assert.match(stranger.find((row) => row.ok === false)!.text, /DICOMWEB_TLS.*CA/);
  const nameless = makeImageArchive({ url, ...NONE, tls: { ca: pem.ca }, log: makeLog({ level: 'silent' }) });
  t.after(() => nameless.close());
  await assert.rejects(nameless.findStudies({ studyInstanceUid: dicomUid(uidOf('study'))! }), { name: 'TryLater' });
});

async function certificates(t: TestContext, openssl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-tls-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const make = async (...args: string[]) => {
    const { code, output } = await run(openssl, args, { cwd: folder });
    assert.equal(code, 0, output);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await make('req', '-x509', ...key, '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.pem');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key'];
  await make(
    'req',
    '-x509',
    ...key,
    ...signed,
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    '-keyout',
    'server.key',
    '-out',
    'server.pem',
  );
  await make(
    'req',
    '-x509',
    ...key,
    ...signed,
    '-subj',
    '/CN=backstop',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    '-keyout',
    'client.key',
    '-out',
    'client.pem',
  );
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  return {
    ca: await read('ca.pem'),
    serverKey: await read('server.key'),
    serverCert: await read('server.pem'),
    clientKey: await read('client.key'),
    clientCert: await read('client.pem'),
  };
}
