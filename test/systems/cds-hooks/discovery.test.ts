/** Discovery and the guide: points 5-8 of reference/cds-hooks.md. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { makeClient } from './client-token.ts';
import { bench, PUBLIC_URL } from './setup.ts';

describe('discovery', () => {
  it('[CDS-05] is always there, also when the store is down', async () => {
    const { app, store } = bench({ unsigned: null });
    store.down = true;
    const answer = await request(app).get('/cds-services');
    assert.equal(answer.status, 200);
    assert.ok(Array.isArray(answer.body.services));
  });

  it('[CDS-06] describes each service with what is required and what is recommended', async () => {
    const { body } = await request(bench().app).get('/cds-services');
    const hooks = body.services.map((s: { hook: string }) => s.hook);
    assert.deepEqual(hooks, ['patient-view', 'encounter-start', 'encounter-discharge', 'order-select', 'order-sign', 'appointment-book']);
    for (const service of body.services) {
      for (const member of ['hook', 'id', 'description', 'title', 'usageRequirements', 'hookVersion']) assert.ok(service[member].length > 0, member);
      assert.equal(service.version, '1.2.3');
      assert.equal(service.hookVersion, '1.0');
      for (const template of Object.values(service.prefetch)) assert.equal(typeof template, 'string');
    }
  });

  it('[CDS-07] gives each service an id of its own', async () => {
    const { body } = await request(bench().app).get('/cds-services');
    const ids = body.services.map((s: { id: string }) => s.id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('[CDS-08] takes calls with and without a token, and a guide stands in for clients that do not read discovery', async () => {
    const epic = (await makeClient({ name: 'Big <EHR>', kind: 'epic' }, 'RS384')).profile;
    const oracle = (await makeClient({ name: 'Panel', kind: 'oracle-health' })).profile;
    const { app } = bench({ unsigned: null, profiles: [epic, oracle] });
    assert.equal((await request(app).get('/cds-services').set('authorization', 'Bearer not-a-cds-token')).status, 200);
    const guide = await request(app).get('/cds-services/guide');
    assert.equal(guide.status, 200);
    assert.match(guide.headers['content-type'] ?? '', /^text\/html/);
    assert.match(guide.headers['content-security-policy'] ?? '', /default-src 'none'/);
    assert.doesNotMatch(guide.text, /<script|onclick|style="|\[object/);
    assert.match(guide.text, /Big &lt;EHR&gt;/);
    for (const words of [
      `${PUBLIC_URL}/cds-services/vertebral-fracture-patient-view/feedback`,
      'LGL record',
      'Links to register',
      'Patient/{{context.patientId}}',
      epic.issuer,
      'RS384',
    ]) {
      assert.ok(guide.text.includes(words), words);
    }
    assert.match(guide.text, /<html lang="en">/);
    assert.match(guide.text, /<title>[^<]+<\/title>/);
    assert.equal(guide.text.match(/<h1/g)?.length, 1);
  });
});
