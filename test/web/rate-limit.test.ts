/** Too many sign-ins, forms or hook calls from one address are refused, those from another are not; a forwarded address counts only behind a trusted proxy. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openWeb } from './open-web.ts';
import { NURSE, visitor } from './visitor.ts';

async function open(t: TestContext, settings: Readonly<Record<string, string>>) {
  const web = await openWeb({ settings });
  t.after(() => web.close());
  const statuses = async (count: number, path: string, from: (n: number) => string, init: RequestInit = {}): Promise<readonly number[]> => {
    const found: number[] = [];
    for (let n = 0; n < count; n++) {
      const headers = { 'x-forwarded-for': from(n), ...init.headers };
      found.push((await fetch(`${web.url}${path}`, { ...init, redirect: 'manual', headers })).status);
    }
    return found;
  };
  return { web, statuses };
}

test('behind a trusted proxy each address has its own count, and is told when to come back', async (t) => {
  const { web, statuses } = await open(t, { TRUST_PROXY: '1', RATE_SIGN_IN_PER_MINUTE: '3', RATE_CDS_PER_MINUTE: '2', CDS_SANDBOX: 'true' });
  assert.deepEqual(await statuses(4, '/login', () => '10.0.0.1'), [303, 303, 303, 429]);
  assert.deepEqual(await statuses(4, '/login', (n) => `10.0.1.${n}`), [303, 303, 303, 303]);
  const refused = await fetch(`${web.url}/callback`, { redirect: 'manual', headers: { 'x-forwarded-for': '10.0.0.1' } });
  assert.equal(refused.status, 429, 'sign-in, launch and callback are one count');
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
  assert.match(await refused.text(), /Wait a minute/);
  const hook = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  assert.deepEqual(await statuses(3, '/cds-services/vertebral-fracture-patient-view', () => '10.0.0.1', hook), [400, 400, 429]);
  assert.deepEqual(await statuses(3, '/cds-services', () => '10.0.0.1'), [200, 200, 200], 'the list of services is for everybody');
  assert.deepEqual(await statuses(5, '/health/live', () => '10.0.0.1'), [200, 200, 200, 200, 200]);
});

test('without a trusted proxy a forwarded address is not believed', async (t) => {
  const { statuses } = await open(t, { RATE_SIGN_IN_PER_MINUTE: '3' });
  assert.deepEqual(await statuses(4, '/login', (n) => `10.0.0.${n}`), [303, 303, 303, 429]);
});

test('forms are counted, pages are not; 0 is no limit', async (t) => {
  const { web } = await open(t, { RATE_FORMS_PER_MINUTE: '2', RATE_SIGN_IN_PER_MINUTE: '0' });
  const nurse = await visitor(web, NURSE);
  const send = async () => (await nurse.post('/worklist/act', { action: 'accept' })).status;
  assert.deepEqual([await send(), await send(), await send()], [400, 400, 429]);
  for (let n = 0; n < 4; n++) assert.equal((await nurse.get('/worklist')).status, 200);
});
