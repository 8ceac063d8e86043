/** TLS at the doors that are not HL7 or DICOMweb (their own tests): pages, outgoing calls to a site's own authority, PostgreSQL. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { inTheClear } from '#src/app/in-the-clear.ts';
import { isReady } from '#src/app/is-ready.ts';
import { trustAuthorities } from '#src/app/trust-authorities.ts';
import { readConfig } from '#src/config.ts';
import { ConfigFault } from '#src/config-fault.ts';
import { makeLog } from '#src/lib/log.ts';
import { whyUnsafe } from '#src/systems/postgres/database-tls.ts';
import { makePool } from '#src/systems/postgres/pool.ts';
import { type RunningWeb, startWebServer } from '#src/web/server.ts';
import { testDatabase } from '../database.ts';
import { type Certificates, makeCertificates, skipWithoutOpenssl } from './certificates.ts';

const skip = skipWithoutOpenssl;
let certificates: Certificates;
before(async () => {
  if (!skip) certificates = await makeCertificates();
});
after(() => certificates?.remove());

async function web(files: { readonly cert: string; readonly key: string }): Promise<RunningWeb> {
  return await startWebServer({
    host: '127.0.0.1',
    port: 0,
    tls: { certFile: files.cert, keyFile: files.key },
    publicUrl: '',
    embedOrigins: [],
    log: makeLog({ level: 'silent' }),
    isReady: () => Promise.resolve(true),
    routers: () => [],
  });
}

/** Common name of the certificate that the server shows, and the protocol; rejects when the handshake fails. */
function shake(port: number, options: object): Promise<{ readonly name: string; readonly protocol: string | null }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options }, () => {
      resolve({ name: String(socket.getPeerCertificate().subject.CN), protocol: socket.getProtocol() });
      socket.end();
    });
    socket.once('error', reject);
  });
}

test('pages over TLS: 1.2 or newer only, and a renewed certificate is taken without a restart', { skip }, async () => {
  const ca = readFileSync(certificates.ca);
  const old = await certificates.make('old', 'DNS:localhost,IP:127.0.0.1');
  const server = await web(old);
  try {
    assert.equal((await shake(server.port, { ca })).name, 'old');
    await assert.rejects(shake(server.port, { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
    await assert.rejects(fetch(`http://127.0.0.1:${server.port}/health/live`), 'plain http is not answered');
    const renewed = await certificates.make('renewed', 'DNS:localhost,IP:127.0.0.1');
    copyFileSync(renewed.cert, old.cert);
    assert.equal(server.reloadTls(), false, 'a certificate without its key is refused');
    assert.equal((await shake(server.port, { ca })).name, 'old', 'and the old one serves on');
    copyFileSync(renewed.key, old.key);
    assert.equal(server.reloadTls(), true);
    assert.equal((await shake(server.port, { ca })).name, 'renewed');
    const config = { ...readConfig({}), WEB_PORT: server.port, WEB_TLS_CERT_FILE: old.cert };
    assert.equal(await isReady(config), true, 'backstop healthcheck asks over TLS');
    assert.equal(
      await isReady({ ...config, WEB_TLS_CERT_FILE: (await certificates.make('other', 'DNS:localhost')).cert }),
      false,
      'and only this server',
    );
  } finally {
    await server.close();
  }
});

test('a web server whose TLS files cannot be used does not start', { skip }, async () => {
  await assert.rejects(web({ cert: '/nowhere/cert.pem', key: '/nowhere/key.pem' }), { code: 'WEB_TLS_FILES' });
});

test("EXTRA_CA_FILE: outgoing calls trust the site's own authority, and nobody else", { skip }, async () => {
  const files = await certificates.make('record', 'DNS:localhost');
  const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const unknown = (error: unknown) =>
      error instanceof Error && error.cause instanceof Error && 'code' in error.cause && /VERIFY|ISSUER|SELF/.test(String(error.cause.code));
    await assert.rejects(fetch(`https://localhost:${port}/`), unknown);
    trustAuthorities({ EXTRA_CA_FILE: certificates.ca });
    assert.equal((await fetch(`https://localhost:${port}/`)).status, 200);
    await assert.rejects(fetch(`https://127.0.0.1:${port}/`), 'a name that the certificate does not have is still refused');
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  assert.throws(() => trustAuthorities({ EXTRA_CA_FILE: '/nowhere/ca.pem' }), ConfigFault);
  assert.throws(() => trustAuthorities({ EXTRA_CA_FILE: files.key }), ConfigFault);
});

test('PostgreSQL with sslmode=verify-full: the certificate and its name are checked', { skip, timeout: 240_000 }, async () => {
  const database = await testDatabase({ own: true });
  try {
    const files = await certificates.make('database', 'DNS:localhost');
    const folder = join(database.server?.dataDir ?? '', 'cluster');
    const owner = statSync(folder);
    for (const [from, to] of [
      [files.cert, 'server.crt'],
      [files.key, 'server.key'],
    ] as const) {
      copyFileSync(from, join(folder, to));
      chmodSync(join(folder, to), 0o600);
      chownSync(join(folder, to), owner.uid, owner.gid);
    }
    await database.pool.query('ALTER SYSTEM SET ssl = on');
    await database.pool.query('SELECT pg_reload_conf()');
    // The server reads its files again in its own time.
    for (let ssl = 'off', tries = 0; ssl !== 'on'; tries++) {
      assert.ok(tries < 600, 'the server never took up TLS');
      await pause(100);
      ssl = (await database.pool.query<{ ssl: string }>('SHOW ssl')).rows[0]?.ssl ?? 'off';
    }
    const url = (host: string, mode: string, ca?: string): string => {
      const asked = new URL(database.url);
      asked.hostname = host;
      asked.search = '';
      asked.searchParams.set('sslmode', mode);
      if (ca) asked.searchParams.set('sslrootcert', ca);
      return asked.href;
    };
    const isEncrypted = async (text: string): Promise<boolean> => {
      const pool = makePool({ url: text, max: 1, applicationName: 'tls-test', onError: () => undefined });
      try {
        const found = await pool.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
        return found.rows[0]?.ssl ?? false;
      } finally {
        await pool.end();
      }
    };
    assert.equal(await isEncrypted(url('localhost', 'verify-full', certificates.ca)), true);
    await assert.rejects(isEncrypted(url('127.0.0.1', 'verify-full', certificates.ca)), /altnames|IP/i, 'another name');
    const stranger = await makeCertificates();
    try {
      await assert.rejects(isEncrypted(url('localhost', 'verify-full', stranger.ca)), /certificate/i, 'another authority');
    } finally {
      stranger.remove();
    }
  } finally {
    await database.close();
  }
});

test('a database on another machine is refused without a checked TLS connection', () => {
  for (const url of [
    'postgres://u:secret@db.example/backstop',
    'postgres://u:secret@db.example/backstop?sslmode=disable',
    'postgres://u:secret@db.example/backstop?sslmode=prefer',
    'postgres://u:secret@db.example/backstop?sslmode=no-verify',
    'postgres://u:secret@db.example/backstop?sslmode=require&uselibpqcompat=true',
    'postgres://u:secret@localhost/backstop?host=db.example',
    'postgres://u:secret@10.0.0.4/backstop',
  ]) {
    const because = whyUnsafe(url);
    assert.ok(because !== null, url);
    assert.ok(!because.includes('secret'), 'the reason holds no password');
  }
  for (const url of [
    'postgres://u:p@db.example/backstop?sslmode=verify-full',
    'postgres://u:p@db.example/backstop?sslmode=verify-full&sslrootcert=/etc/ca.pem',
    'postgres://u:p@localhost:5432/backstop',
    'postgres://u:p@127.0.0.1/backstop',
    'postgres://u:p@[::1]/backstop',
    'postgres:///backstop?host=/var/run/postgresql',
  ])
    assert.equal(whyUnsafe(url), null, url);
});

test('doctor names every connection that would be readable on the way', () => {
  const told = inTheClear(
    readConfig({
      DICOMWEB_URL: 'http://pacs.example/dicom-web',
      FHIR_URL: 'http://ehr.example/fhir',
      HL7_OUT_HOST: 'ris.example',
      HL7_HOST: '0.0.0.0',
      WEB_HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://u:p@db/backstop',
      DATABASE_ALLOW_PLAIN: 'true',
    }),
  );
  for (const name of ['DICOMWEB_URL', 'FHIR_URL', 'HL7_OUT_TLS', 'HL7_SOURCES', 'WEB_TLS_CERT_FILE', 'DATABASE_ALLOW_PLAIN'])
    assert.ok(
      told.some((text) => text.includes(name)),
      name,
    );
  assert.deepEqual(inTheClear(readConfig({})), [], 'the defaults stay on this machine');
});
