/** Feedback: points 40 and 41 of reference/cds-hooks.md. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { recordAnswer } from '#src/steps/record-answer.ts';
import { readFeedback } from '#src/systems/cds-hooks/feedback.ts';
import { NON_ADHERENCE } from '#src/systems/cds-hooks/override-reasons.ts';
import { trustProfile } from '#src/systems/cds-hooks/trust-profile.ts';
import { answer, row, unconfirmed } from './cases.ts';
import { type BenchSettings, bench, NOW, UNSIGNED, viewRequest } from './setup.ts';

const PATH = '/cds-services/vertebral-fracture-patient-view';
const AT = '2026-05-10T08:05:00Z';
const UNKNOWN = '00000000-0000-5000-8000-000000000000';

async function shown(settings: BenchSettings = { rows: [row()] }) {
  const made = bench(settings);
  const { body } = await request(made.app).post(PATH).send(viewRequest());
  const card = body.cards[0];
  assert.ok(card);
  const tell = (feedback: unknown) => request(made.app).post(`${PATH}/feedback`).send({ feedback });
  const fire = async () => (await request(made.app).post(PATH).send(viewRequest())).body.cards;
  return { ...made, card, tell, fire };
}

const accept = (card: { uuid: string; suggestions: { uuid: string }[] }) => ({
  card: card.uuid,
  outcome: 'accepted',
  acceptedSuggestions: card.suggestions.map(({ uuid }) => ({ id: uuid })),
  outcomeTimestamp: AT,
});
const override = (card: string, code?: string, more: object = {}) => ({
  card,
  outcome: 'overridden',
  ...(code !== undefined && { overrideReason: { reason: { system: NON_ADHERENCE, code, display: 'words' }, ...more } }),
  outcomeTimestamp: AT,
});

describe('feedback', () => {
  it('[CDS-40] an accepted referral is stored once, however often it is told, and takes the case on', async () => {
    const { card, tell, store } = await shown();
    for (let n = 0; n < 3; n += 1) assert.equal((await tell([accept(card), accept(card)])).status, 200);
    assert.deepEqual(
      store.rows[0]?.facts.answers.map(({ kind, by, at, reasonCode }) => [kind, by, at, reasonCode]),
      [['card-accepted', 'cds-client:demo', '2026-05-10T08:05:00.000Z', null]],
    );
    assert.deepEqual(store.moves, ['measured'], 'decide and write-record run again: the proposal becomes an order');
  });

  it('[CDS-40] an override keeps its reason and silences the card as long as the reason says', async () => {
    const { card, tell, store, fire } = await shown();
    await tell([override(card.uuid, 'not-convenient-feasible', { userComment: 'on leave' })]);
    const [stored] = store.rows[0]?.facts.answers ?? [];
    assert.deepEqual([stored?.kind, stored?.reasonCode, stored?.reasonText], ['card-overridden', 'not-convenient-feasible', 'words: on leave']);
    assert.deepEqual(await fire(), []);
  });

  it('[CDS-40] a second look that is accepted is no referral, and the confirmed finding is shown again', async () => {
    const { card, tell, store, fire } = await shown({ rows: [unconfirmed()] });
    await tell([accept(card)]);
    assert.equal(store.rows[0]?.facts.answers[0]?.kind, 'review-requested');
    assert.deepEqual(await fire(), []);
    const answers = [...(store.rows[0]?.facts.answers ?? []), answer('finding-confirmed', '2026-05-10T09:00:00.000Z')];
    const decision = { ...row().facts.decision, confirmedBy: 'radiologist', careGap: false } as const;
    store.rows = [unconfirmed({ answers, decision: decision as NonNullable<(typeof store.rows)[0]['facts']['decision']> })];
    const [again] = await fire();
    assert.match(again.summary, /confirmed by a radiologist$/);
    assert.notEqual(again.uuid, card.uuid);
  });

  it('[CDS-40] without acceptedSuggestions the case tells what was accepted', async () => {
    for (const [rows, kind] of [
      [[row()], 'card-accepted'],
      [[unconfirmed()], 'review-requested'],
    ] as const) {
      const { card, tell, store } = await shown({ rows: [...rows] });
      await tell([{ card: card.uuid, outcome: 'accepted', outcomeTimestamp: AT }]);
      assert.equal(store.rows[0]?.facts.answers[0]?.kind, kind);
    }
  });

  it('[CDS-40] one bad row never loses the others', async () => {
    const { card, tell, store } = await shown();
    const bad = [null, 7, 'x', {}, { card: card.uuid }, { outcome: 'accepted' }, { card: card.uuid, outcome: 'ignored' }, override(UNKNOWN)];
    const got = await tell([...bad, override(card.uuid, 'patient-refuses'), ...bad]);
    assert.equal(got.status, 200);
    assert.equal(got.body.resourceType, 'OperationOutcome');
    assert.ok(got.body.issue.every((issue: { severity: string }) => issue.severity === 'warning'));
    assert.equal(got.body.issue[0].expression[0], 'feedback[0]');
    assert.equal(store.rows[0]?.facts.answers.length, 1);
  });

  it('[CDS-40] 400 only when nothing in it can be read; unknown cards are no error of the client', async () => {
    const { tell, app } = await shown();
    assert.equal((await tell('x')).status, 400);
    assert.equal((await tell([{ outcome: 'accepted' }])).status, 400);
    assert.equal((await request(app).post(`${PATH}/feedback`).send([])).status, 400);
    assert.equal((await tell([])).status, 200);
    assert.equal((await tell([override(UNKNOWN)])).status, 200);
    assert.equal((await request(app).post('/cds-services/other/feedback').send({ feedback: [] })).status, 404);
  });

  it('[CDS-40] 503 when the store is down, and the same feedback later is stored once', async () => {
    const { card, tell, store } = await shown();
    store.down = true;
    assert.equal((await tell([accept(card)])).status, 503);
    store.down = false;
    assert.equal((await tell([accept(card)])).status, 200);
    assert.equal((await tell([accept(card)])).status, 200);
    assert.equal(store.rows[0]?.facts.answers.length, 1);
  });

  it('[CDS-40] a row that cannot be stored does not keep the others from being stored', async () => {
    const made = bench({ rows: [row()] });
    const [card] = (await request(made.app).post(PATH).send(viewRequest())).body.cards;
    const tools = { store: made.store, cards: made.index };
    const { app } = bench({
      recordAnswer: (given) => (given.reason === 'patient-refuses' ? Promise.reject(new Error('poison')) : recordAnswer(tools, given)),
    });
    const got = await request(app)
      .post(`${PATH}/feedback`)
      .send({ feedback: [override(card.uuid, 'patient-refuses'), { ...accept(card), outcomeTimestamp: '2026-05-10T08:06:00Z' }] });
    assert.equal(got.status, 503, 'the client is asked to send it again');
    assert.deepEqual(
      made.store.rows[0]?.facts.answers.map(({ kind }) => kind),
      ['card-accepted'],
    );
  });

  it("[CDS-41] understands Epic's spelling, extensions and missing reasons", async () => {
    const { card, tell, store } = await shown();
    const epic = {
      card: card.uuid.toUpperCase(),
      outcome: 'overridden',
      overrideReasons: {
        reason: { code: 'action-completed', system: NON_ADHERENCE },
        userComment: 'seen in clinic',
        extension: { 'com.epic.cdshooks.feedback.overrideReason.reasonTitle': 'Already done', other: { nested: true } },
      },
      outcomeTimestamp: '2026-05-10T08:05:00+00:00',
    };
    assert.equal((await tell([epic])).status, 200);
    const [stored] = store.rows[0]?.facts.answers ?? [];
    assert.deepEqual([stored?.reasonCode, stored?.reasonText], ['action-completed', 'seen in clinic: Already done']);
    const { answers, faults } = readFeedback(
      {
        feedback: [
          { card: '123456', outcome: 'overridden', overrideReasons: {} },
          { card: 'x', outcome: 'overridden', overrideReason: 'text' },
        ],
      },
      UNSIGNED,
      NOW,
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(
      answers.map(({ reason, reasonText, at }) => [reason, reasonText, at]),
      [
        ['none', null, '2026-05-10T00:00:00.000Z'],
        ['none', null, '2026-05-10T00:00:00.000Z'],
      ],
    );
  });

  it("[CDS-41] a site's own reason codes come back as ours", () => {
    const profile = trustProfile(
      { ...UNSIGNED, overrideReasons: { 'patient-refuses': { system: 'urn:site', code: '17', display: 'Declined' } } },
      true,
    );
    const reasonOf = (reason: object) =>
      readFeedback({ feedback: [{ card: 'c', outcome: 'overridden', overrideReason: { reason } }] }, profile, NOW).answers[0]?.reason;
    assert.equal(reasonOf({ system: 'urn:site', code: '17' }), 'patient-refuses');
    assert.equal(reasonOf({ code: '17' }), 'patient-refuses');
    assert.equal(reasonOf({ system: 'urn:other', code: '17' }), 'none');
    assert.equal(reasonOf({ system: NON_ADHERENCE, code: 'too-costly-uncovered' }), 'too-costly-uncovered');
    assert.equal(reasonOf({ code: 'constructor' }), 'none');
  });

  it('a time that cannot be is replaced, so that a repeat still changes nothing', () => {
    const at = (outcomeTimestamp: unknown) =>
      readFeedback({ feedback: [{ card: 'c', outcome: 'accepted', outcomeTimestamp }] }, UNSIGNED, NOW).answers[0]?.at;
    assert.equal(at('2026-05-10T10:05:00+02:00'), '2026-05-10T08:05:00.000Z');
    for (const odd of [undefined, 'yesterday', 7, '9999-01-01T00:00:00Z']) assert.equal(at(odd), '2026-05-10T00:00:00.000Z', String(odd));
  });
});
