/** A chart is opened, a card comes, it is answered: the whole way through router and steps. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { firePatientView, sendFeedback } from '#test/hospital/cds-client.ts';
import { row, unconfirmed } from './cases.ts';
import { bench, PATIENT } from './setup.ts';

describe('a chart with a fracture that got no referral', () => {
  it('shows one card, takes the answer, and is silent afterwards', async (t) => {
    const { app, store } = bench({ rows: [row()] });
    const server = createServer(app).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const view = { patientId: 'p1', userId: 'Practitioner/dr1', prefetch: { patient: PATIENT } };

    const first = await firePatientView(base, view);
    assert.equal(first.status, 200);
    assert.equal(first.cards.length, 1);
    const card = first.cards[0];
    assert.ok(card);
    assert.equal(card.summary, 'Vertebral fracture L1 on CT of 3 May 2026: reported, but no referral advised');

    const status = await sendFeedback(base, { card, accepted: true, at: '2026-05-10T08:01:00Z' });
    assert.equal(status, 200);
    assert.equal(store.rows[0]?.facts.answers[0]?.kind, 'card-accepted');
    assert.equal(store.rows[0]?.state, 'measured', 'decide and write-record run again, so that the proposal becomes an order');

    const second = await firePatientView(base, view);
    assert.deepEqual(second.cards, []);
  });

  it('shows an unconfirmed finding only where the policy allows it, and then as unconfirmed', async (t) => {
    for (const alertsFromModelAlone of [true, false]) {
      const { app } = bench({ rows: [unconfirmed()], alertsFromModelAlone });
      const server = createServer(app).listen(0, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { cards } = await firePatientView(base, { patientId: 'p1', userId: 'Practitioner/dr1', prefetch: { patient: PATIENT } });
      assert.equal(cards.length, alertsFromModelAlone ? 1 : 0);
      if (cards[0]) {
        assert.match(cards[0].summary, /^Possible vertebral fracture L1 .*not yet confirmed by a radiologist$/);
        assert.doesNotMatch(JSON.stringify(cards[0].suggestions), /liaison/);
      }
    }
  });
});
