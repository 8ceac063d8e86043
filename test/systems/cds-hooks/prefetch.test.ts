/** Prefetch, the fallback to the client's FHIR server, and its token: points 15-21 of reference/cds-hooks.md. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import request from 'supertest';
import { onServer } from '#src/systems/cds-hooks/fhir-reader.ts';
import { prefetchState } from '#src/systems/cds-hooks/prefetch.ts';
import { trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { row } from './cases.ts';
import { type BenchSettings, bench, PATIENT, RECORD, UNSIGNED, viewRequest } from './setup.ts';

const PATH = '/cds-services/vertebral-fracture-patient-view';
const TOKEN = 'transient-token-of-the-chart';
const AUTH = { access_token: TOKEN, token_type: 'Bearer', expires_in: 300, scope: 'patient/*.read', subject: 'x' };
const EMPTY = { resourceType: 'Bundle', type: 'searchset', total: 0 };
const FLS_ORDER = { resourceType: 'ServiceRequest', status: 'active', intent: 'order', code: { text: 'Referral to fracture liaison service' } };

interface Ehr {
  readonly base: string;
  readonly calls: { path: string; authorization: string | undefined; method: string }[];
}

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; hang?: boolean };

/** A FHIR server at /r4 that answers by path and query. */
async function ehr(t: TestContext, answers: Record<string, Answer | ((base: string) => Answer)>): Promise<Ehr> {
  const calls: Ehr['calls'] = [];
  const server = createServer((incoming: IncomingMessage, response) => {
    const path = incoming.url ?? '';
    calls.push({ path, authorization: incoming.headers.authorization, method: incoming.method ?? '' });
    const found = answers[path] ?? { status: 404 };
    const { status = 200, headers = {}, body, hang } = typeof found === 'function' ? found(base) : found;
    if (hang) return;
    response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`;
  return { base, calls };
}

function withEhr(fhirServers: string[], more: BenchSettings = {}) {
  const unsigned = trustProfile({ ...UNSIGNED, fhirServers }, true);
  return bench({ rows: [row()], unsigned, recordBases: [RECORD, ...fhirServers], ...more });
}

const ask = (prefetch: Record<string, unknown>, base?: string) =>
  viewRequest({ prefetch, ...(base && { fhirServer: base, fhirAuthorization: AUTH }) });
const ORDERS = '/r4/ServiceRequest?patient=p1&status=active,draft&_count=50';

describe('prefetch', () => {
  it('[CDS-15] templates are instance reads or plain searches', async () => {
    const { body } = await request(bench().app).get('/cds-services');
    for (const template of Object.values(body.services[0].prefetch as Record<string, string>)) {
      assert.match(template, /^[A-Z]\w+(\/\{\{context\.patientId\}\}|\?patient=\{\{context\.patientId\}\}(&(status|_count|_sort)=[\w,-]+)*)$/);
    }
  });

  it('[CDS-16] tells apart every state of a key', () => {
    const cases: [Record<string, unknown>, string, string][] = [
      [{}, 'missing', 'missing'],
      [{ k: null }, 'missing', 'empty'],
      [{ k: { resourceType: 'OperationOutcome', issue: [] } }, 'failed', 'failed'],
      [{ k: { resourceType: 'Patient', id: 'p1' } }, 'data', 'missing'],
      [{ k: EMPTY }, 'missing', 'data'],
      [{ k: '<html>' }, 'missing', 'missing'],
      [{ k: { toString: 'x' } }, 'missing', 'missing'],
      [{ '-k': { resourceType: 'Patient' } }, 'missing', 'missing'],
    ];
    for (const [prefetch, asPatient, asBundle] of cases) {
      assert.equal(prefetchState(prefetch, 'k', 'Patient').kind, asPatient, JSON.stringify(prefetch));
      assert.equal(prefetchState(prefetch, 'k', 'Bundle').kind, asBundle, JSON.stringify(prefetch));
    }
    assert.equal(prefetchState({}, 'constructor', 'Patient').kind, 'missing');
  });

  it("[CDS-16] Epic's empty search is an empty result and no failure; other names of a key are mapped", async () => {
    const nothing = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'processing', details: { coding: [{ code: '4101' }] } }],
    };
    const orders = { resourceType: 'Bundle', type: 'searchset', total: 0, entry: [{ resource: nothing, search: { mode: 'outcome' } }] };
    const profile = trustProfile({ ...UNSIGNED, prefetchKeys: { patient: '-patient' } }, true);
    const { app } = bench({ rows: [row()], unsigned: profile });
    const answer = await request(app)
      .post(PATH)
      .send(ask({ '-patient': PATIENT, orders }));
    assert.equal(answer.body.cards.length, 1);
    const renamed = await request(bench({ rows: [row()] }).app)
      .post(PATH)
      .send(ask({ '-pat': PATIENT }));
    assert.equal(renamed.body.cards.length, 1, 'the Patient of this id, under any name');
  });

  it('[CDS-16] follows the next pages of a prefetched bundle', async (t) => {
    const page2 = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: FLS_ORDER }] };
    const server = await ehr(t, { '/r4?page=2': { body: page2 } });
    const orders = { ...EMPTY, total: 51, link: [{ relation: 'next', url: `${server.base}?page=2` }] };
    const answer = await request(withEhr([server.base]).app)
      .post(PATH)
      .send(ask({ patient: PATIENT, orders }, server.base));
    assert.deepEqual(answer.body, { cards: [] }, 'the referral on page 2 is found');
  });

  it('[CDS-17] null for the Patient proves nothing: it is read from the FHIR server', async (t) => {
    const server = await ehr(t, { '/r4/Patient/p1': { body: PATIENT }, [ORDERS]: { body: EMPTY } });
    const answer = await request(withEhr([server.base]).app)
      .post(PATH)
      .send(ask({ patient: null }, server.base));
    assert.equal(answer.body.cards.length, 1);
    assert.deepEqual(server.calls.map(({ path }) => path).sort(), ['/r4/Patient/p1', ORDERS]);
    const without = await request(withEhr([]).app)
      .post(PATH)
      .send(ask({ patient: null }));
    assert.equal(without.status, 412);
  });

  it('[CDS-18] 412 when the Patient can be had in neither way; never asked again after an OperationOutcome', async (t) => {
    const gone: Record<string, Answer> = {
      notFound: { status: 404 },
      forbidden: { status: 403, body: { resourceType: 'OperationOutcome' } },
      html: { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' },
      otherPerson: { body: { ...PATIENT, id: 'p2' } },
      broken: { body: '{"resourceType":"Pat' },
      large: { body: { ...PATIENT, text: 'x'.repeat(2_100_000) } },
    };
    for (const [name, answer] of Object.entries(gone)) {
      const server = await ehr(t, { '/r4/Patient/p1': answer });
      const got = await request(withEhr([server.base], { deadlineMs: 5_000 }).app)
        .post(PATH)
        .send(ask({}, server.base));
      assert.equal(got.status, 412, name);
      assert.equal(server.calls.length, 1, name);
    }
    const server = await ehr(t, { '/r4/Patient/p1': { body: PATIENT } });
    const failed = await request(withEhr([server.base]).app)
      .post(PATH)
      .send(ask({ patient: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] } }, server.base));
    assert.equal(failed.status, 412);
    assert.equal(server.calls.length, 0);
  });

  it('[CDS-18] orders are optional: when they cannot be had the card is shown, when a referral is open it is not', async (t) => {
    const failing = await ehr(t, { [ORDERS]: { status: 500 } });
    const shown = await request(withEhr([failing.base]).app)
      .post(PATH)
      .send(ask({ patient: PATIENT }, failing.base));
    assert.equal(shown.body.cards.length, 1);
    const open = { resourceType: 'Bundle', entry: [{ resource: FLS_ORDER }] };
    const silent = await request(withEhr([]).app)
      .post(PATH)
      .send(ask({ patient: PATIENT, orders: open }));
    assert.deepEqual(silent.body, { cards: [] });
    const ours = { resourceType: 'Bundle', entry: [{ resource: { ...FLS_ORDER, status: 'draft', intent: 'proposal' } }] };
    const still = await request(withEhr([]).app)
      .post(PATH)
      .send(ask({ patient: PATIENT, orders: ours }));
    assert.equal(still.body.cards.length, 1, 'our own proposal is not a referral');
  });

  it('asks the FHIR server for nothing when there is nothing to show', async (t) => {
    const server = await ehr(t, {});
    const answer = await request(withEhr([server.base], { rows: [] }).app)
      .post(PATH)
      .send(ask({ patient: PATIENT }, server.base));
    assert.deepEqual(answer.body, { cards: [] });
    assert.deepEqual(server.calls, []);
  });

  it('a FHIR server that hangs costs the deadline and no more', async (t) => {
    const server = await ehr(t, { '/r4/Patient/p1': { hang: true } });
    const answer = await request(withEhr([server.base], { deadlineMs: 60 }).app)
      .post(PATH)
      .send(ask({}, server.base));
    assert.equal(answer.status, 503);
  });
});

describe('the transient token', () => {
  it("[CDS-19] goes to the issuer's listed server only", async (t) => {
    const listed = await ehr(t, { '/r4/Patient/p1': { body: PATIENT } });
    const evil = await ehr(t, { '/r4/Patient/p1': { body: PATIENT } });
    const others = [evil.base, `${listed.base}/../r4x`, `${listed.base}@evil.test`, 'http://169.254.169.254/latest', `${listed.base}?x=`];
    // Even if all of these were our health record: only a listed server is sent a token.
    const { app } = withEhr([listed.base], { recordBases: [listed.base, ...others] });
    for (const server of others) {
      const answer = await request(app).post(PATH).send(ask({}, server));
      assert.equal(answer.status, 412, server);
    }
    assert.deepEqual(evil.calls, []);
    assert.deepEqual(listed.calls, []);
    assert.equal(
      (
        await request(app)
          .post(PATH)
          .send(ask({}, `${listed.base}/`))
      ).status,
      200,
      'a slash at the end is the same server',
    );
  });

  it('[CDS-19] does not follow redirects', async (t) => {
    const evil = await ehr(t, { '/r4/Patient/p1': { body: PATIENT } });
    const listed = await ehr(t, { '/r4/Patient/p1': { status: 302, headers: { location: `${evil.base}/Patient/p1` } } });
    const answer = await request(withEhr([listed.base]).app)
      .post(PATH)
      .send(ask({}, listed.base));
    assert.equal(answer.status, 412);
    assert.deepEqual(evil.calls, []);
  });

  it('[CDS-19] does not follow next links that leave the server', async (t) => {
    const evil = await ehr(t, {});
    const listed = await ehr(t, {});
    const orders = { ...EMPTY, link: [{ relation: 'next', url: `${evil.base}?page=2` }] };
    const answer = await request(withEhr([listed.base]).app)
      .post(PATH)
      .send(ask({ patient: PATIENT, orders }, listed.base));
    assert.equal(answer.body.cards.length, 1);
    assert.deepEqual(evil.calls, []);
    const base = 'https://fhir.test/r4/';
    for (const link of [
      'https://fhir.test.evil/r4/x',
      'https://fhir.test/r4x',
      'https://fhir.test/admin',
      'http://fhir.test/r4/x',
      '//evil.test/r4/x',
      'https://u:p@fhir.test/r4/x',
      '../admin',
      'https://fhir.test/r4/%2e%2e/admin',
      'https://fhir.test/r4/..%2fadmin',
      'javascript:alert(1)',
    ]) {
      assert.equal(onServer(link, base), undefined, link);
    }
    for (const link of ['https://fhir.test/r4?_getpages=1', 'https://fhir.test/r4/Patient?page=2', 'Patient?page=2', '?page=2']) {
      assert.match(onServer(link, base) ?? '', /^https:\/\/fhir\.test\/r4/, link);
    }
  });

  it('[CDS-20] is in no log line, no answer and nothing that is stored', async (t) => {
    const server = await ehr(t, { '/r4/Patient/p1': { status: 500 } });
    const lines: string[] = [];
    const note = (event: string, fields: object) => void lines.push(JSON.stringify({ event, ...fields }));
    const log = { info: note, warn: note, error: note };
    const { app, store, index } = withEhr([server.base], { log });
    const refused = await request(app).post(PATH).send(ask({}, server.base));
    const shown = await request(app)
      .post(PATH)
      .send(ask({ patient: PATIENT }, server.base));
    assert.equal(server.calls.length, 2);
    assert.ok(
      server.calls.every(({ authorization }) => authorization === `Bearer ${TOKEN}`),
      'the token was used',
    );
    assert.ok(lines.length >= 2);
    for (const text of [refused.text, shown.text, JSON.stringify(lines), JSON.stringify(store.rows), JSON.stringify([...index.known])]) {
      assert.ok(!text.includes(TOKEN));
    }
  });

  it('[CDS-21] only reads', async (t) => {
    const server = await ehr(t, { '/r4/Patient/p1': { body: PATIENT }, [ORDERS]: { body: EMPTY } });
    await request(withEhr([server.base]).app)
      .post(PATH)
      .send(ask({}, server.base));
    assert.deepEqual([...new Set(server.calls.map(({ method }) => method))], ['GET']);
  });
});
