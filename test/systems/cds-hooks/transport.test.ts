/** JSON, TLS, CORS and errors: points 1-4 and 29 of reference/cds-hooks.md. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import request from 'supertest';
import { chooseCard } from '#src/rules/choose-card.ts';
import { row } from './cases.ts';
import { assertLegalResponse, assertNoEmpties } from './legal-card.ts';
import { bench, PATIENT, UNSIGNED, viewRequest } from './setup.ts';

const URL_PATH = '/cds-services/vertebral-fracture-patient-view';

describe('transport', () => {
  it('[CDS-01] speaks JSON, and outside the demo only https and only signed calls', async () => {
    const { app } = bench({ rows: [row()] });
    const answer = await request(app).post(URL_PATH).send(viewRequest());
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    assert.throws(() => bench({ demo: false }), RangeError);
    const place = { publicUrl: 'http://plain.test', site: 's', casePage: () => '', picture: null, launchUrl: null, allowHttp: false };
    assert.throws(() => bench({ demo: false, unsigned: null, profiles: [UNSIGNED], place }), /https/);
    assert.doesNotThrow(() => bench({ demo: false, unsigned: null, place }), 'without any client nothing can be called');
    assert.throws(() => bench({ place: { ...place, publicUrl: 'https://x.test/' } }), /slash/);
    assert.throws(() => bench({ demo: false, unsigned: null, place: { ...place, publicUrl: 'https://x.test', allowHttp: true } }), RangeError);
    assert.doesNotThrow(() => bench({ demo: false, unsigned: null, place: { ...place, publicUrl: 'https://x.test' } }));
    const sandbox = { ...UNSIGNED, kind: 'sandbox' as const };
    assert.throws(() => bench({ demo: false, unsigned: null, profiles: [sandbox], place: { ...place, publicUrl: 'https://x.test' } }), RangeError);
  });

  it('[CDS-02] sends no null and no empty member, except cards and services', async () => {
    const { app } = bench({ rows: [row()] });
    const answer = await request(app).post(URL_PATH).send(viewRequest());
    for (const card of answer.body.cards) assertNoEmpties(card, 'card');
    const discovery = await request(app).get('/cds-services');
    assertNoEmpties(discovery.body, 'discovery');
    const silent = await request(bench().app).post(URL_PATH).send(viewRequest());
    assert.deepEqual(silent.body, { cards: [] });
  });

  it('[CDS-03] embeds FHIR as objects', async () => {
    const { app } = bench({ rows: [row()] });
    const answer = await request(app).post(URL_PATH).send(viewRequest());
    assertLegalResponse(answer.body);
    assert.equal(answer.body.cards[0].suggestions[0].actions[0].resource.resourceType, 'ServiceRequest');
  });

  it('[CDS-04] refuses comments and trailing commas as not JSON, with 400 and not 500', async () => {
    const { app } = bench();
    for (const body of ['{"hook":"patient-view",}', '// hello\n{}', '{', '', '\uFEFF\u0000', '"\xff']) {
      const answer = await request(app).post(URL_PATH).set('content-type', 'application/json').send(body);
      assert.equal(answer.status, 400, body);
      assert.equal(answer.body.resourceType, 'OperationOutcome');
    }
    const bytes = await request(app)
      .post(URL_PATH)
      .set('content-type', 'application/json')
      .send(Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'));
    assert.equal(bytes.status, 400);
    const other = await request(app).post(URL_PATH).set('content-type', 'text/plain').send('{}');
    assert.equal(other.status, 415);
    const large = await request(app)
      .post(URL_PATH)
      .send({ filler: 'x'.repeat(6_000_000) });
    assert.equal(large.status, 413);
  });

  it('[CDS-29] lets listed origins in on discovery, services and feedback, preflight without a token', async () => {
    const { app } = bench({ rows: [row()], unsigned: null });
    const paths = [
      ['/cds-services', 'GET'],
      [URL_PATH, 'POST'],
      [`${URL_PATH}/feedback`, 'POST'],
    ] as const;
    for (const [path, method] of paths) {
      const listed = await request(app).options(path).set({
        origin: 'https://ehr.test',
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,x-medplum',
      });
      assert.equal(listed.status, 204, path);
      assert.equal(listed.headers['access-control-allow-origin'], 'https://ehr.test');
      assert.match(listed.headers['access-control-allow-methods'] ?? '', new RegExp(method));
      for (const name of ['authorization', 'content-type', 'x-medplum'])
        assert.match(listed.headers['access-control-allow-headers'] ?? '', new RegExp(name));
      assert.equal(listed.headers['access-control-allow-credentials'], undefined);
      assert.match(listed.headers.vary ?? '', /Origin/);
      const unlisted = await request(app).options(path).set({ origin: 'https://evil.test', 'access-control-request-method': method });
      assert.equal(unlisted.headers['access-control-allow-origin'], undefined);
    }
    for (const [origin, allowed] of [
      ['http://localhost:8080', true],
      ['http://127.0.0.1:3001', true],
      ['http://localhost.evil.test', false],
      ['http://evil.test/http://localhost', false],
      ['null', false],
    ] as const) {
      const { headers } = await request(app).options(URL_PATH).set({ origin, 'access-control-request-method': 'POST' });
      assert.equal(headers['access-control-allow-origin'], allowed ? origin : undefined, origin);
    }
    const place = { publicUrl: 'https://x.test', site: 's', casePage: () => '', picture: null, launchUrl: null, allowHttp: false };
    const strict = await request(bench({ demo: false, unsigned: null, place }).app)
      .options(URL_PATH)
      .set({ origin: 'http://localhost:8080' });
    assert.equal(strict.headers['access-control-allow-origin'], undefined, 'loopback is for the demo');
    const refused = await request(app).post(URL_PATH).set('origin', 'https://ehr.test').send(viewRequest());
    assert.equal(refused.status, 401);
    assert.equal(refused.headers['access-control-allow-origin'], 'https://ehr.test', 'a browser may read the error too');
  });

  it('tells nothing of the patient, the store or the code in any error', async () => {
    const { app, store } = bench({ rows: [row()] });
    store.down = true;
    const answers = [
      await request(app).post(URL_PATH).send(viewRequest()),
      await request(app)
        .post(URL_PATH)
        .send(viewRequest({ hook: 'Zzyzx' })),
      await request(app)
        .post(URL_PATH)
        .send(viewRequest({ context: { userId: 'Practitioner/Zzyzx', patientId: 'Zz yzx' } })),
      await request(app)
        .post(URL_PATH)
        .send(viewRequest({ hookInstance: 'Zzyzx' })),
      await request(app)
        .post(URL_PATH)
        .send(viewRequest({ prefetch: { patient: { ...PATIENT, id: 'Zzyzx' } } })),
      await request(app)
        .post(`${URL_PATH}/feedback`)
        .send({ feedback: [{ card: 'Zzyzx', outcome: 'Zzyzx' }] }),
      await request(app).get('/cds-services/Zzyzx/x'),
      await request(app).post('/cds-services/Zzyzx').send(viewRequest()),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 400, 400, 400, 412, 400, 404, 404],
    );
    for (const { text, body } of answers) {
      assert.equal(body.resourceType, 'OperationOutcome');
      assert.doesNotMatch(text, /Zzyzx|1948|hunter2|10\.1\.2\.3|ECONN|node:|\.ts|at \w+ \(/);
    }
  });

  it('answers 503 and never an empty list when the store is down or slow', async () => {
    const { app, store } = bench({ rows: [row()] });
    store.down = true;
    const down = await request(app).post(URL_PATH).send(viewRequest());
    assert.equal(down.status, 503);
    assert.equal(down.body.cards, undefined);
    const slow = bench({ deadlineMs: 20, showCard: () => new Promise(() => {}) });
    const late = await request(slow.app).post(URL_PATH).send(viewRequest());
    assert.equal(late.status, 503);
    assert.equal(late.body.issue[0].code, 'timeout');
    const choice = await withLateAnswer();
    assert.equal(choice.status, 503);
    assert.deepEqual(choice.events, ['cds.refused'], 'what comes after the deadline is not sent, logged as shown or remembered');
    assert.equal(choice.remembered, 0);
  });
});

/** The card is found after the deadline has passed. */
async function withLateAnswer(): Promise<{ status: number; events: string[]; remembered: number }> {
  const events: string[] = [];
  const note = (event: string) => void events.push(event);
  const card = chooseCard([row()], { ...CONTEXT });
  let finished = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const { app, index } = bench({
    deadlineMs: 20,
    log: { info: note, warn: note, error: note },
    showCard: async () => {
      await setTimeout(60);
      setImmediate(finished);
      return card;
    },
  });
  const { status } = await request(app).post(URL_PATH).send(viewRequest());
  await done;
  await setTimeout(10);
  return { status, events, remembered: index.known.size };
}

const CONTEXT = {
  hook: 'patient-view',
  userType: 'clinician',
  today: '2026-05-10',
  patient: { birthDate: null, deceased: false },
  planned: [],
  siteOrderCodes: [],
  alertsFromModelAlone: false,
} as const;
