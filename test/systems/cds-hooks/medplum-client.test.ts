/** An independent client: @medplum/core's CDS Hooks client talks to us as it is. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { buildCdsRequest, MedplumClient, type WithId } from '@medplum/core';
import type { Practitioner } from '@medplum/fhirtypes';
import express, { type Express } from 'express';
import { row } from './cases.ts';
import { makeClient } from './client-token.ts';
import { assertLegalResponse } from './legal-card.ts';
import { bench, PATIENT, PUBLIC_URL } from './setup.ts';

async function listen(t: TestContext, app: Express): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A FHIR server that knows one patient and no order. */
function fhirServer(): Express {
  return express()
    .get('/fhir/Patient/p1', (_request, response) => void response.json(PATIENT))
    .get('/fhir/ServiceRequest', (_request, response) => void response.json({ resourceType: 'Bundle', type: 'searchset', total: 0 }))
    .use((_request, response) => void response.status(404).json({ resourceType: 'OperationOutcome', issue: [] }));
}

const USER: WithId<Practitioner> = { resourceType: 'Practitioner', id: 'dr1' };

it('discovers, prefetches, calls and gets a legal card', async (t) => {
  const fhir = await listen(t, fhirServer());
  const base = await listen(t, bench({ rows: [row()] }).app);
  const medplum = new MedplumClient({ baseUrl: `${fhir}/`, fhirUrlPath: 'fhir', cdsServicesUrl: `${base}/cds-services`, fetch });
  const { services } = await medplum.getCdsServices();
  const service = services.find(({ hook }) => hook === 'patient-view');
  assert.ok(service);
  const body = await buildCdsRequest(medplum, USER, service, { patientId: 'p1', userId: 'Practitioner/dr1' });
  assert.deepEqual(body.prefetch?.patient, PATIENT, 'our templates are ones that it can resolve');
  const answer = await medplum.callCdsService(service.id, body);
  assertLegalResponse(answer);
  assert.equal(answer.cards[0]?.indicator, 'warning');
  assert.equal(answer.cards[0]?.suggestions?.[0]?.actions[0]?.type, 'create');
});

it('its own retries after 503 carry the same token, and are let in', async (t) => {
  const fhir = await listen(t, fhirServer());
  const client = await makeClient();
  const { app, store } = bench({ rows: [row()], unsigned: null, profiles: [client.profile] });
  let calls = 0;
  const front = express().use((_request, _response, next) => {
    calls += 1;
    store.down = calls === 1;
    next();
  }, app);
  const base = await listen(t, front);
  const medplum = new MedplumClient({ baseUrl: `${fhir}/`, fhirUrlPath: 'fhir', cdsServicesUrl: `${base}/cds-services`, fetch });
  const id = 'vertebral-fracture-patient-view';
  const body = {
    hook: 'patient-view',
    hookInstance: crypto.randomUUID(),
    context: { patientId: 'p1', userId: 'Practitioner/dr1' },
    prefetch: { patient: PATIENT },
  };
  const token = await client.sign({ aud: `${PUBLIC_URL}/cds-services/${id}` });
  const answer = await medplum.callCdsService(id, body, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.cards.length, 1);
  assert.equal(calls, 2, 'first 503, then the retry');
});
