/** Tokens for the archive: from a file that changes, and from an OAuth 2.0 server that really issues them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OAuth2Server } from 'oauth2-mock-server';
import { tokenByClientCredentials, tokenFromFile } from '#src/systems/dicomweb/archive-token.ts';

test('a token file is read again at every request', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-token-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'token');
  const source = tokenFromFile(path);
  await assert.rejects(source(false), { name: 'TryLater', code: 'DICOMWEB_UNAUTHORIZED' });
  await writeFile(path, 'first\n');
  assert.equal(await source(false), 'first');
  await writeFile(path, 'second');
  assert.equal(await source(true), 'second');
});

test('an OAuth 2.0 server gives a token for client credentials', async (t) => {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  await server.start(0, '127.0.0.1');
  t.after(() => server.stop());
  const { port } = server.address();
  const source = tokenByClientCredentials({ tokenUrl: `http://127.0.0.1:${port}/token`, clientId: 'backstop', clientSecret: 's', scope: 'dicom' });
  assert.match(await source(false), /^[\w-]+\.[\w-]+\.[\w-]+$/);
});

/** A token endpoint that counts, and answers as told. */
async function endpoint(t: TestContext, answer: (count: number) => { status: number; body: string }) {
  const seen: { authorization: string; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seen.push({ authorization: request.headers.authorization ?? '', body });
      const { status, body: text } = answer(seen.length);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` };
}

test('one token serves until shortly before its end; a refusal fetches a new one; many askers share one request', async (t) => {
  const { seen, tokenUrl } = await endpoint(t, (count) => ({ status: 200, body: JSON.stringify({ access_token: `t${count}`, expires_in: 100 }) }));
  let now = 0;
  const source = tokenByClientCredentials({ tokenUrl, clientId: 'a b', clientSecret: 'p:w', scope: 'x y', now: () => now });
  assert.deepEqual(await Promise.all([source(false), source(false), source(false)]), ['t1', 't1', 't1']);
  now = 69_000;
  assert.equal(await source(false), 't1');
  now = 71_000;
  assert.equal(await source(false), 't2');
  assert.equal(await source(true), 't3');
  assert.equal(await source(false), 't3');
  assert.equal(seen[0]!.body, 'grant_type=client_credentials&scope=x+y');
  assert.equal(seen[0]!.authorization, `Basic ${Buffer.from('a%20b:p%3Aw').toString('base64')}`);
});

for (const [name, status, body] of [
  ['a refusal', 401, '{"error":"invalid_client"}'],
  ['an answer without a token', 200, '{}'],
  ['a web page', 200, '<html>'],
] as const) {
  test(`${name} is a named fault, and the next call asks again`, async (t) => {
    const { seen, tokenUrl } = await endpoint(t, () => ({ status, body }));
    const source = tokenByClientCredentials({ tokenUrl, clientId: 'a', clientSecret: 'b', scope: '' });
    await assert.rejects(source(false), { name: 'TryLater', code: 'DICOMWEB_UNAUTHORIZED' });
    await assert.rejects(source(false), { code: 'DICOMWEB_UNAUTHORIZED' });
    assert.equal(seen.length, 2);
  });
}

test('a token service that is not there is a named fault', async (t) => {
  const { tokenUrl } = await endpoint(t, () => ({ status: 200, body: '' }));
  const source = tokenByClientCredentials({ tokenUrl: tokenUrl.replace(/:\d+/, ':1'), clientId: 'a', clientSecret: 'b', scope: '' });
  await assert.rejects(source(false), { name: 'TryLater', code: 'DICOMWEB_UNREACHABLE' });
});
