/** The hook and its feedback on the real stores: what is shown is found again, answers and tokens count once, also when they come at once. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import request from 'supertest';
import { caseId } from '#src/case/ids.ts';
import { recordAnswer } from '#src/steps/record-answer.ts';
import { showCard } from '#src/steps/show-card.ts';
import { makeCardIndex } from '#src/systems/postgres/card-index.ts';
import { makeCardRows } from '#src/systems/postgres/card-rows.ts';
import { makeCaseStore } from '#src/systems/postgres/case-store.ts';
import { makeJtiStore } from '#src/systems/postgres/jti-store.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';
import { facts } from './cases.ts';
import { makeClient } from './client-token.ts';
import { bench, NOW, viewRequest } from './setup.ts';

const PATH = '/cds-services/vertebral-fracture-patient-view';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

async function insert(): Promise<string> {
  const id = randomUUID();
  await database.pool.query(
    `INSERT INTO backstop.cases (id, case_key, source, patient_reference, source_patient, state, version, facts)
     VALUES ($1::uuid, $1::uuid::text, 'test', 'Patient/p1', 'x', 'written', 1, $2)`,
    [id, JSON.stringify(facts())],
  );
  return id;
}

test('shown, accepted many times at once, stored once, silent afterwards', async () => {
  const id = await insert();
  const store = makeCaseStore({ pool: database.pool, enqueue: async () => undefined });
  const cards = makeCardIndex(database.pool);
  const rows = { cardRows: makeCardRows(database.pool) };
  const { app } = bench({
    cards,
    showCard: (question) => showCard({ store: rows, clock: { now: () => NOW }, policy: { alertsFromModelAlone: false } }, question),
    recordAnswer: (answer) => recordAnswer({ store, cards }, answer),
  });
  const [card] = (await request(app).post(PATH).send(viewRequest())).body.cards;
  assert.ok(card);
  for (let tries = 0; tries < 100 && (await cards.caseOf(card.uuid)) === undefined; tries += 1) await setTimeout(20);
  assert.equal(await cards.caseOf(card.uuid), id);

  const feedback = [
    { card: card.uuid, outcome: 'accepted', acceptedSuggestions: [{ id: card.suggestions[0].uuid }], outcomeTimestamp: '2026-05-10T08:05:00Z' },
  ];
  const tell = () => request(app).post(`${PATH}/feedback`).send({ feedback });
  const told = await Promise.all([tell(), tell(), tell(), tell()]);
  assert.ok(
    told.every(({ status }) => status === 200 || status === 503),
    told.map(({ status }) => status).join(),
  );
  assert.equal((await tell()).status, 200);
  const both = { ...feedback[0], outcome: 'overridden', outcomeTimestamp: '2026-05-10T08:05:30Z' };
  const second = await request(app)
    .post(`${PATH}/feedback`)
    .send({ feedback: [feedback[0], both] });
  assert.equal(second.status, 200, 'accepted and then dismissed in one batch');
  const current = await store.load(caseId(id));
  assert.deepEqual(
    current?.facts.answers.map(({ kind, at }) => [kind, at]),
    [
      ['card-accepted', '2026-05-10T08:05:00.000Z'],
      ['card-overridden', '2026-05-10T08:05:30.000Z'],
    ],
  );
  assert.equal(current?.state, 'measured');
  assert.deepEqual((await request(app).post(PATH).send(viewRequest())).body, { cards: [] });
  const odd = await request(app)
    .post(`${PATH}/feedback`)
    .send({ feedback: [{ card: '123456', outcome: 'overridden' }] });
  assert.equal(odd.status, 200, 'a card id that is no UUID is unknown and no fault of the database');
  const words = { reason: { code: 'patient-refuses', display: 'a\u0000b \ud800' }, userComment: '\udc00 \u0007' };
  const strange = await request(app)
    .post(`${PATH}/feedback`)
    .send({ feedback: [{ card: card.uuid, outcome: 'overridden', overrideReason: words, outcomeTimestamp: '2026-05-10T08:06:00Z' }] });
  assert.equal(strange.status, 200, 'words that PostgreSQL cannot store are made storable');
  assert.match((await store.load(caseId(id)))?.facts.answers[2]?.reasonText ?? '', /^a b /);
});

test('a token counts once, also when it is used twice at once', async () => {
  const client = await makeClient();
  const { app } = bench({ unsigned: null, profiles: [client.profile], jtiStore: makeJtiStore(database.pool) });
  const token = await client.sign();
  const call = (patientId: string) => {
    const patient = { resourceType: 'Patient', id: patientId };
    const body = viewRequest({ context: { userId: 'Practitioner/1', patientId }, prefetch: { patient } });
    return request(app).post(PATH).set('authorization', `Bearer ${token}`).send(body);
  };
  const got = await Promise.all(['p1', 'p2', 'p3', 'p4'].map(call));
  assert.deepEqual(
    got.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 401, 401, 401],
  );
  const winner = ['p1', 'p2', 'p3', 'p4'][got.findIndex(({ status }) => status === 200)] ?? '';
  assert.equal((await call(winner)).status, 200, 'its own retry is let in');
});
