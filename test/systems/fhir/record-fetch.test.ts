/** Tokens, limits and honest faults of the fetch that stands under @medplum/core. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { GiveUp, TryLater } from '#src/lib/errors.ts';
import { makeExchange } from '#src/systems/fhir/http-exchange.ts';
import { makeClient } from '#src/systems/fhir/record-client.ts';
import { makeRecordFetch, retryAfter } from '#src/systems/fhir/record-fetch.ts';
import { Refusal } from '#src/systems/fhir/refusal.ts';
import { noTokens } from '#src/systems/fhir/tokens.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { CLOCK, openHospital } from './hospital-of-one.ts';

const real = { now: () => new Date() };
const code = (expected: string) => (error: unknown) => error instanceof TryLater && error.code === expected;

/** A server that answers everything in one way. */
async function answering(listener: RequestListener, work: (url: string, server: Server) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`, server);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

const client = (url: string, more: { timeoutMs?: number; clock?: typeof real } = {}) =>
  makeClient(
    url,
    makeRecordFetch({
      tokens: noTokens(),
      clock: more.clock ?? real,
      exchange: makeExchange({ timeoutMs: more.timeoutMs ?? 5_000, connections: 4 }),
      concurrency: 4,
    }),
  );

describe('SMART Backend Services', () => {
  for (const [algorithm, form] of [
    ['RS384', 'jwk'],
    ['RS384', 'pem'],
    ['ES384', 'jwk'],
  ] as const) {
    test(`${algorithm} key as ${form}: one token for many requests, renewed once when it is refused`, async () => {
      const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: algorithm }] };
      const key = form === 'pem' ? await exportPKCS8(privateKey) : JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k1' });
      const { ehr, record: _bare } = await openHospital({ client: { clientId: 'backstop', jwks } });
      try {
        const { makeHealthRecord } = await import('#src/systems/fhir/client.ts');
        const auth = { tokenUrl: ehr.tokenUrl, clientId: 'backstop', privateKey: key, scope: 'system/*.read', keyId: 'k1' };
        const record = makeHealthRecord({ baseUrl: ehr.url, auth, clock: real, identifierSystems: {} });
        await Promise.all(Array.from({ length: 6 }, () => record.findPatient(makeReport())));
        assert.equal(ehr.tokens?.issued, 1);
        ehr.tokens?.revokeAll();
        await Promise.all(Array.from({ length: 6 }, () => record.findPatient(makeReport())));
        assert.equal(ehr.tokens?.issued, 2);
      } finally {
        await ehr.close();
      }
    });
  }

  test('an expired token is renewed before it is used', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS384', { extractable: true });
    const { ehr } = await openHospital({ client: { clientId: 'backstop', jwks: { keys: [await exportJWK(publicKey)] }, expiresIn: 60 } });
    try {
      const { makeHealthRecord } = await import('#src/systems/fhir/client.ts');
      // The past of the server's clock, so that the assertion's iat is never in its future.
      let later = -60_000;
      const clock = { now: () => new Date(Date.now() + later) };
      const auth = { tokenUrl: ehr.tokenUrl, clientId: 'backstop', privateKey: JSON.stringify(await exportJWK(privateKey)), scope: 'system/*.read' };
      const record = makeHealthRecord({ baseUrl: ehr.url, auth, clock });
      await record.findPatient(makeReport());
      later = -31_500;
      await record.findPatient(makeReport());
      assert.equal(ehr.tokens?.issued, 1);
      later = -28_500;
      await record.findPatient(makeReport());
      assert.equal(ehr.tokens?.issued, 2);
    } finally {
      await ehr.close();
    }
  });

  test('a key that the server does not know: tried later, and neither key nor answer is told', async () => {
    const [ours, theirs] = await Promise.all([generateKeyPair('RS384', { extractable: true }), generateKeyPair('RS384')]);
    const { ehr } = await openHospital({ client: { clientId: 'backstop', jwks: { keys: [await exportJWK(theirs.publicKey)] } } });
    try {
      const { makeHealthRecord } = await import('#src/systems/fhir/client.ts');
      const auth = {
        tokenUrl: ehr.tokenUrl,
        clientId: 'backstop',
        privateKey: JSON.stringify(await exportJWK(ours.privateKey)),
        scope: 'system/*.read',
      };
      await assert.rejects(makeHealthRecord({ baseUrl: ehr.url, auth, clock: real }).findPatient(makeReport()), (error) => {
        assert.ok(error instanceof TryLater && error.code === 'FHIR_TOKEN_REFUSED');
        assert.equal(error.message, 'the token endpoint answered 400');
        return true;
      });
    } finally {
      await ehr.close();
    }
  });
});

describe('faults', () => {
  test('a POST is sent once, whatever becomes of it', async () => {
    for (const kind of ['503-after-commit', 'reset-after-commit', '429', 'truncated'] as const) {
      const { ehr } = await openHospital();
      try {
        ehr.faults.add(kind, { times: 99 });
        await assert.rejects(client(ehr.url).createOnce({ resourceType: 'Device' }, 'identifier=s|k'), TryLater);
        assert.equal(ehr.requests.filter((seen) => seen.method === 'POST').length, 1, kind);
      } finally {
        await ehr.close();
      }
    }
  });
  test('429 with Retry-After: told to the queue, and nothing is sent before', async () => {
    let asked = 0;
    const listener: RequestListener = (_, response) => {
      asked += 1;
      response.writeHead(429, { 'retry-after': '30' }).end();
    };
    await answering(listener, async (url) => {
      let later = 0;
      const one = client(url, { clock: { now: () => new Date(1_800_000_000_000 + later) } });
      await assert.rejects(one.search('Patient?_id=1'), (error) => error instanceof TryLater && error.retryAfterMs === 30_000);
      later = 29_000;
      await assert.rejects(one.search('Patient?_id=1'), (error) => error instanceof TryLater && error.retryAfterMs === 1_000);
      assert.equal(asked, 1);
      later = 30_000;
      await assert.rejects(one.search('Patient?_id=1'), code('FHIR_BUSY'));
      assert.equal(asked, 2);
    });
  });
  test('Retry-After as seconds, as a date, and as nonsense', () => {
    assert.equal(retryAfter('2', CLOCK), 2_000);
    assert.equal(retryAfter('Mon, 23 Nov 2026 10:00:05 GMT', CLOCK), 5_000);
    assert.equal(retryAfter('999999999', CLOCK), 3_600_000);
    for (const header of [null, '', 'soon', '-1', 'Mon, 23 Nov 2026 09:00:00 GMT']) assert.equal(retryAfter(header, CLOCK), undefined);
  });
  test('slow, gone, and not FHIR', async () => {
    await answering(
      () => undefined,
      (url) => assert.rejects(client(url, { timeoutMs: 50 }).read('Patient', '1'), code('FHIR_TIMEOUT')),
    );
    await assert.rejects(client('http://127.0.0.1:1/fhir').read('Patient', '1'), code('FHIR_UNREACHABLE'));
    await answering(
      (_, response) => response.end('<html>Down for maintenance</html>'),
      (url) => assert.rejects(client(url).read('Patient', '1'), code('FHIR_BAD_ANSWER')),
    );
  });
  test('a refusal keeps its status and its codes, and none of the text', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'forbidden', diagnostics: 'Ada Example may not' }] };
    await answering(
      (_, response) => response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(outcome)),
      (url) =>
        assert.rejects(client(url).search('Patient?_id=1'), (error) => {
          assert.ok(error instanceof Refusal && error.status === 403);
          assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /Ada/);
          return true;
        }),
    );
  });
  test('404 and 410 are no resource; a 404 that is no FHIR too', async () => {
    for (const status of [404, 410])
      await answering(
        (_, response) => response.writeHead(status).end('gone'),
        async (url) => assert.equal(await client(url).read('Patient', '1'), undefined),
      );
  });
  test('a next page at another place is not followed: the list is not whole', async () => {
    const page = {
      resourceType: 'Bundle',
      type: 'searchset',
      link: [{ relation: 'next', url: 'http://127.0.0.2:9/fhir?page=2' }],
      entry: [{ resource: { resourceType: 'Patient', id: '1' } }],
    };
    await answering(
      (_, response) => response.end(JSON.stringify(page)),
      async (url) => {
        const { resources, complete } = await client(url).search('Patient?_id=1');
        assert.deepEqual([resources.length, complete], [1, false]);
      },
    );
  });
  test('pages are followed to the end', async () => {
    const listener: RequestListener = (request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page') ?? '1');
      const link = page < 3 ? [{ relation: 'next', url: `Patient?page=${page + 1}` }] : [];
      response.end(
        JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link, entry: [{ resource: { resourceType: 'Patient', id: String(page) } }] }),
      );
    };
    await answering(listener, async (url) => {
      const { resources, complete } = await client(url).search('Patient?name=x');
      assert.deepEqual([resources.map((one) => one.id), complete], [['1', '2', '3'], true]);
    });
  });
  test('no more than the limit at once', async () => {
    let open = 0;
    let most = 0;
    const listener: RequestListener = (_, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.end(JSON.stringify({ resourceType: 'Patient', id: '1' }));
      }, 5);
    };
    await answering(listener, async (url) => {
      const one = client(url);
      await Promise.all(Array.from({ length: 20 }, () => one.read('Patient', '1')));
      assert.equal(most, 4);
    });
  });
  test('an address that is none stops at the start', () => assert.throws(() => client('not an address'), RangeError));
  test('a GiveUp is not made of a fault that may pass', async () => {
    await answering(
      (_, response) => response.writeHead(500).end(),
      (url) => assert.rejects(client(url).read('Patient', '1'), (error) => !(error instanceof GiveUp)),
    );
  });
});
