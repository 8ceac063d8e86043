/** The exchange under the health record's client: mutual TLS, compressed answers, redirects, one time limit for all of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { openRecord } from '#src/app/outside.ts';
import { trustAuthorities } from '#src/app/trust-authorities.ts';
import { readConfig } from '#src/config.ts';
import { TryLater } from '#src/lib/errors.ts';
import { makeLog } from '#src/lib/log.ts';
import { makeExchange, TooSlow } from '#src/systems/fhir/http-exchange.ts';
import { makeCertificates, skipWithoutOpenssl } from '#test/security/certificates.ts';

const BUNDLE = '{"resourceType":"Bundle","type":"searchset","entry":[]}';

async function serving(listener: RequestListener, work: (url: string) => Promise<void>, tls?: object): Promise<void> {
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    await work(`${tls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

const get = (url: string, timeoutMs = 5_000) => makeExchange({ timeoutMs, connections: 1 })({ method: 'GET', url, headers: {} });

test('mutual TLS: with our certificate the record answers, without it nobody does', { skip: skipWithoutOpenssl }, async () => {
  const certificates = await makeCertificates();
  try {
    trustAuthorities({ EXTRA_CA_FILE: certificates.ca });
    const [theirs, ours] = [await certificates.make('record', 'DNS:localhost'), await certificates.make('backstop', 'DNS:backstop.example')];
    const asked: string[] = [];
    const listener: RequestListener = (request, response) => {
      asked.push(request.url ?? '');
      response.end(BUNDLE);
    };
    const tls = {
      cert: readFileSync(theirs.cert),
      key: readFileSync(theirs.key),
      ca: readFileSync(certificates.ca),
      requestCert: true,
      rejectUnauthorized: true,
    };
    await serving(
      listener,
      async (url) => {
        const record = (files: object) => openRecord(readConfig({ FHIR_URL: `${url}/fhir`, ...files }), makeLog({ level: 'silent' }));
        assert.deepEqual(await record({ FHIR_CLIENT_CERT_FILE: ours.cert, FHIR_CLIENT_KEY_FILE: ours.key }).changes('2026-01-01T00:00:00Z'), []);
        assert.ok(asked.length > 0);
        asked.length = 0;
        await assert.rejects(record({}).changes('2026-01-01T00:00:00Z'), (error) => error instanceof TryLater && error.code === 'FHIR_UNREACHABLE');
        assert.deepEqual(asked, []);
        assert.throws(() => record({ FHIR_CLIENT_CERT_FILE: ours.cert }), { code: 'CONFIG_FAULTY' });
        assert.throws(() => record({ FHIR_CLIENT_CERT_FILE: join(certificates.folder, 'none.crt'), FHIR_CLIENT_KEY_FILE: ours.key }), {
          code: 'ENOENT',
        });
      },
      tls,
    );
  } finally {
    certificates.remove();
  }
});

test('a compressed answer is read, one in an unknown coding and a broken one are faults', async () => {
  for (const [coding, body] of [
    ['gzip', gzipSync(BUNDLE)],
    ['deflate', deflateSync(BUNDLE)],
    ['br', brotliCompressSync(BUNDLE)],
    ['identity', Buffer.from(`\uFEFF${BUNDLE}`)],
  ] as const)
    await serving(
      (_, response) => response.writeHead(200, { 'content-encoding': coding }).end(body),
      async (url) => assert.equal((await get(url)).text, BUNDLE, coding),
    );
  for (const [coding, body] of [
    ['compress', BUNDLE],
    ['gzip', BUNDLE],
  ] as const)
    await serving(
      (_, response) => response.writeHead(200, { 'content-encoding': coding }).end(body),
      (url) => assert.rejects(get(url)),
    );
});

test('a redirect is not followed', async () => {
  const asked: string[] = [];
  await serving(
    (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    },
    async (url) => {
      await assert.rejects(get(`${url}/fhir`), /redirect/);
      assert.deepEqual(asked, ['/fhir']);
    },
  );
});

test('the time limit counts to the last byte, and a body that breaks off is a fault', async () => {
  await serving(
    (_, response) => void response.writeHead(200).write(BUNDLE.slice(0, 20)),
    (url) => assert.rejects(get(url, 100), TooSlow),
  );
  await serving(
    (_, response) => void response.writeHead(200, { 'content-length': BUNDLE.length }).write(BUNDLE.slice(0, 20), () => response.destroy()),
    (url) => assert.rejects(get(url), (error) => error instanceof Error && !(error instanceof TooSlow)),
  );
});

test('an answer that does not end is cut off, plain or packed, and one at the limit is taken', async () => {
  const limited = (url: string) => makeExchange({ timeoutMs: 20_000, connections: 1, mostBytes: 4096 })({ method: 'GET', url, headers: {} });
  let sent = 0;
  await serving(
    (_, response) => {
      const more = (): void => {
        for (let isRoom = true; isRoom && !response.destroyed; sent += 1024) isRoom = response.write('x'.repeat(1024));
      };
      response.on('drain', more);
      more();
    },
    (url) => assert.rejects(limited(url), /longer than 4096 bytes/),
  );
  assert.ok(sent > 4096);
  await serving(
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(4097))),
    (url) => assert.rejects(limited(url)),
  );
  await serving(
    (_, response) => response.end('x'.repeat(4096)),
    async (url) => assert.equal((await limited(url)).text.length, 4096),
  );
});
