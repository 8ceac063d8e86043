/** Requests, statuses and what each hook is good for: points 9-14 of reference/cds-hooks.md. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { row } from './cases.ts';
import { bench, PATIENT, viewRequest } from './setup.ts';

const id = (hook: string) => `/cds-services/vertebral-fracture-${hook}`;
const draft = (resource: Record<string, unknown>) => ({
  resourceType: 'Bundle',
  entry: [{ resource: { resourceType: 'ServiceRequest', status: 'draft', intent: 'order', ...resource } }],
});

async function faultsOf(body: Record<string, unknown>, hook = 'patient-view'): Promise<string[]> {
  const answer = await request(bench({ rows: [row()] }).app)
    .post(id(hook))
    .send(body);
  assert.equal(answer.status, 400, JSON.stringify(answer.body));
  return answer.body.issue.map((issue: { expression?: string[] }) => issue.expression?.[0] ?? '');
}

describe('requests', () => {
  it('[CDS-09] names each element at fault, for each hook', async () => {
    assert.deepEqual(await faultsOf({}), ['hook', 'hookInstance', 'context']);
    assert.deepEqual(await faultsOf(viewRequest({ context: {} })), ['context.userId', 'context.patientId']);
    assert.deepEqual(await faultsOf(viewRequest({ context: { userId: 'dr1', patientId: 'p1' } })), ['context.userId']);
    for (const patientId of ['', '..', '.', 'a/b', 'p1?x', 'x'.repeat(65), 7, null]) {
      assert.deepEqual(await faultsOf(viewRequest({ context: { userId: 'Practitioner/1', patientId } })), ['context.patientId'], String(patientId));
    }
    assert.deepEqual(await faultsOf(viewRequest({ hookInstance: 'abc' })), ['hookInstance']);
    assert.deepEqual(await faultsOf(viewRequest({ fhirServer: 'not a url' })), ['fhirServer']);
    assert.deepEqual(await faultsOf(viewRequest({ fhirServer: 'file:///etc/passwd' })), ['fhirServer']);
    assert.deepEqual(await faultsOf(viewRequest({ prefetch: [] })), ['prefetch']);
    const context = { userId: 'Practitioner/1', patientId: 'p1' };
    assert.deepEqual(await faultsOf(viewRequest({ hook: 'encounter-start', context }), 'encounter-start'), ['context.encounterId']);
    assert.deepEqual(await faultsOf(viewRequest({ hook: 'encounter-discharge', context }), 'encounter-discharge'), ['context.encounterId']);
    assert.deepEqual(await faultsOf(viewRequest({ hook: 'order-sign', context }), 'order-sign'), ['context.draftOrders']);
    assert.deepEqual(await faultsOf(viewRequest({ hook: 'order-select', context }), 'order-select'), ['context.draftOrders', 'context.selections']);
    assert.deepEqual(await faultsOf(viewRequest({ hook: 'appointment-book', context }), 'appointment-book'), ['context.appointments']);
    const token = { access_token: 't', token_type: 'Bearer', expires_in: 300, scope: 's', subject: 'x' };
    assert.deepEqual(await faultsOf(viewRequest({ fhirAuthorization: token })), ['fhirServer'], 'cds-r-1');
  });

  it('[CDS-09] accepts extensions and members that it does not know', async () => {
    const { app } = bench({ rows: [row()] });
    const body = viewRequest({ extension: { 'com.epic.cdshooks.request.bpa-trigger-action': '60', n: null }, somethingNew: { a: 1 } });
    assert.equal((await request(app).post(id('patient-view')).send(body)).status, 200);
  });

  it('[CDS-10] goes on without FHIR access when fhirAuthorization is malformed', async () => {
    const { app } = bench({ rows: [row()] });
    for (const fhirAuthorization of [
      { token_type: 'Bearer' },
      { access_token: null, token_type: 'Bearer' },
      'x',
      null,
      [],
      { access_token: 't', token_type: 'mac' },
    ]) {
      const answer = await request(app)
        .post(id('patient-view'))
        .send(viewRequest({ fhirAuthorization, fhirServer: 'https://fhir.test/r4' }));
      assert.equal(answer.status, 200, JSON.stringify(fhirAuthorization));
      assert.equal(answer.body.cards.length, 1);
    }
  });

  it('[CDS-11] does not tell calls apart by hookInstance: some clients always send the same', async () => {
    const { app, store } = bench({ rows: [row()] });
    const first = await request(app).post(id('patient-view')).send(viewRequest());
    store.rows = [];
    const second = await request(app).post(id('patient-view')).send(viewRequest());
    assert.deepEqual([first.body.cards.length, second.body.cards.length], [1, 0]);
  });

  it('[CDS-12] 400 for another hook, 404 for an unknown id, 412 without the patient', async () => {
    const { app } = bench({ rows: [row()] });
    const wrong = await request(app).post(id('order-sign')).send(viewRequest());
    assert.equal(wrong.status, 400);
    assert.deepEqual(wrong.body.issue[0].expression, ['hook']);
    assert.equal((await request(app).post(id('nothing')).send(viewRequest())).status, 404);
    assert.equal((await request(app).get(id('patient-view'))).status, 404);
    assert.equal(
      (
        await request(app)
          .post(id('patient-view'))
          .send(viewRequest({ prefetch: {} }))
      ).status,
      412,
    );
  });

  it('[CDS-13] every error is an OperationOutcome; 412 names the prefetch key', async () => {
    const { app } = bench({ rows: [row()] });
    const { body } = await request(app)
      .post(id('patient-view'))
      .send(viewRequest({ prefetch: {} }));
    assert.equal(body.resourceType, 'OperationOutcome');
    assert.equal(body.issue[0].severity, 'error');
    assert.equal(body.issue[0].code, 'processing');
    assert.match(body.issue[0].diagnostics, /patient/);
  });

  it('[CDS-14] has a deadline under 500 ms, and tells its own time', async () => {
    const { app } = bench({ rows: [row()] });
    const answer = await request(app).post(id('patient-view')).send(viewRequest());
    assert.match(answer.headers['server-timing'] ?? '', /^total;dur=\d+$/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    const never = bench({ showCard: () => new Promise(() => {}) });
    const late = await request(never.app).post(id('patient-view')).send(viewRequest());
    assert.equal(late.status, 503, 'the default deadline ends a store that never answers');
  });
});

describe('hooks', () => {
  const context = { userId: 'Practitioner/1', patientId: 'p1', encounterId: 'e1' };
  const fire = async (hook: string, extra: Record<string, unknown> = {}, rows = [row()]) => {
    const body = viewRequest({ hook, context: { ...context, ...extra } });
    const answer = await request(bench({ rows }).app).post(id(hook)).send(body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.cards;
  };

  it('encounter-start and encounter-discharge show the card, with the encounter in the order', async () => {
    for (const hook of ['encounter-start', 'encounter-discharge']) {
      const cards = await fire(hook);
      assert.equal(cards[0].suggestions[0].actions[0].resource.encounter.reference, 'Encounter/e1');
    }
  });

  it('order-sign and order-select offer the referral, and are silent when it, a DXA or a bone drug is being ordered', async () => {
    const selections = ['ServiceRequest/1'];
    const paracetamol = {
      resourceType: 'Bundle',
      entry: [{ resource: { resourceType: 'MedicationRequest', medicationCodeableConcept: { text: 'Paracetamol 1 g' } } }],
    };
    const done = [
      draft({ code: { text: 'Referral to Fracture Liaison Service' } }),
      draft({ code: { coding: [{ system: 'urn:x', code: '1', display: 'DXA lumbar spine and hip' }] } }),
      {
        resourceType: 'Bundle',
        entry: [
          {
            resource: {
              resourceType: 'MedicationRequest',
              medicationCodeableConcept: { coding: [{ system: 'http://www.whocc.no/atc', code: 'M05BA04' }] },
            },
          },
        ],
      },
      {
        resourceType: 'Bundle',
        entry: [{ resource: { resourceType: 'MedicationRequest', medicationReference: { reference: '#m', display: 'Zoledronic acid 5 mg' } } }],
      },
    ];
    for (const hook of ['order-sign', 'order-select']) {
      assert.equal((await fire(hook, { draftOrders: paracetamol, selections })).length, 1);
      for (const draftOrders of done) assert.equal((await fire(hook, { draftOrders, selections })).length, 0, JSON.stringify(draftOrders));
    }
  });

  it('survives odd bundles', async () => {
    for (const entry of [[{}], [{ resource: null }], [{ resource: { code: 7, category: [null, { coding: 'x' }] } }]]) {
      assert.equal((await fire('order-sign', { draftOrders: { resourceType: 'Bundle', entry } })).length, 1);
    }
  });

  it('appointment-book is silent when the fracture liaison clinic is being booked', async () => {
    const book = (text: string) => ({
      appointments: { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Appointment', serviceType: [{ text }] } }] },
    });
    assert.equal((await fire('appointment-book', book('Dermatology'))).length, 1);
    assert.equal((await fire('appointment-book', book('Fracture liaison service'))).length, 0);
  });

  it('no card for a Patient or RelatedPerson, and nothing is read for them', async () => {
    for (const userId of ['Patient/p1', 'RelatedPerson/r1']) {
      const { app, store } = bench({ rows: [row()] });
      const answer = await request(app)
        .post(id('patient-view'))
        .send(viewRequest({ context: { userId, patientId: 'p1' } }));
      assert.deepEqual(answer.body, { cards: [] });
      assert.deepEqual(store.reads, []);
    }
  });

  it('412 and no card when chart and report have different birth dates; silence for the dead', async () => {
    const { app } = bench({ rows: [row()] });
    const other = await request(app)
      .post(id('patient-view'))
      .send(viewRequest({ prefetch: { patient: { ...PATIENT, birthDate: '1950-01-01' } } }));
    assert.equal(other.status, 412);
    assert.equal(other.body.issue[0].code, 'conflict');
    const dead = await request(app)
      .post(id('patient-view'))
      .send(viewRequest({ prefetch: { patient: { ...PATIENT, deceasedDateTime: '2026-05-04' } } }));
    assert.deepEqual(dead.body, { cards: [] });
  });
});
