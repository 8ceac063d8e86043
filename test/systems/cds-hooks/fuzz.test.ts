/** Whatever is sent, the answer is one of the statuses that we document, an OperationOutcome or cards, and never 500. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import request from 'supertest';
import { row } from './cases.ts';
import { assertLegalResponse } from './legal-card.ts';
import { bench, viewRequest } from './setup.ts';

const STATUSES = [200, 400, 404, 412, 413, 415];
const HOOKS = ['patient-view', 'order-sign', 'order-select', 'encounter-start', 'appointment-book'];

/** A request that is nearly right: one or two members replaced by anything. */
const nearly = fc
  .record({
    hook: fc.constantFrom(...HOOKS),
    member: fc.constantFrom('hook', 'hookInstance', 'context', 'prefetch', 'fhirServer', 'fhirAuthorization', 'extension'),
    inContext: fc.constantFrom('userId', 'patientId', 'encounterId', 'draftOrders', 'selections', 'appointments', null),
    anything: fc.jsonValue({ maxDepth: 3 }),
  })
  .map(({ hook, member, inContext, anything }) => {
    const bundle = { resourceType: 'Bundle', entry: [{ resource: anything }] };
    const context: Record<string, unknown> = {
      userId: 'Practitioner/1',
      patientId: 'p1',
      encounterId: 'e1',
      draftOrders: bundle,
      selections: [],
      appointments: bundle,
    };
    if (inContext) context[inContext] = anything;
    const body: Record<string, unknown> = { ...viewRequest(), hook, context };
    if (!inContext) body[member] = anything;
    return { hook, body };
  });

it('hooks', async () => {
  const { app } = bench({ rows: [row()] });
  await fc.assert(
    fc.asyncProperty(nearly, async ({ hook, body }) => {
      const answer = await request(app).post(`/cds-services/vertebral-fracture-${hook}`).send(body);
      assert.ok(STATUSES.includes(answer.status), `${answer.status} ${answer.text}`);
      if (answer.status === 200) assertLegalResponse(answer.body);
      else assert.equal(answer.body.resourceType, 'OperationOutcome');
    }),
    { numRuns: 300 },
  );
});

it('feedback', async () => {
  const { app, index } = bench({ rows: [row()] });
  const shown = await request(app).post('/cds-services/vertebral-fracture-patient-view').send(viewRequest());
  const uuid: string = shown.body.cards[0].uuid;
  assert.ok(index.known.has(uuid));
  const feedback = fc.record(
    {
      card: fc.oneof(fc.constant(uuid), fc.jsonValue()),
      outcome: fc.oneof(fc.constantFrom('accepted', 'overridden'), fc.jsonValue()),
      outcomeTimestamp: fc.oneof(fc.constant('2026-05-10T08:00:00Z'), fc.jsonValue()),
      acceptedSuggestions: fc.jsonValue(),
      overrideReason: fc.oneof(fc.record({ reason: fc.jsonValue(), userComment: fc.jsonValue() }), fc.jsonValue()),
      overrideReasons: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(feedback, fc.jsonValue()), { maxLength: 4 }), async (rows) => {
      const answer = await request(app).post('/cds-services/vertebral-fracture-patient-view/feedback').send({ feedback: rows });
      assert.ok([200, 400].includes(answer.status), `${answer.status} ${answer.text}`);
    }),
    { numRuns: 300 },
  );
});
