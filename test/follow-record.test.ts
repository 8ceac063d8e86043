/** A nurse changes a Task in the EHR: its notification reaches the web process, wakes the worker, and our worklist shows it, although nobody polls. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '@medplum/fhirtypes';
import { followRecord } from '#src/app/follow-record.ts';
import { type Data, openData, type Running } from '#src/app/open-data.ts';
import { subscriptionSettings } from '#src/app/subscription-settings.ts';
import { caseId } from '#src/case/ids.ts';
import { readConfig } from '#src/config.ts';
import { GiveUp } from '#src/lib/errors.ts';
import { type Log, makeLog } from '#src/lib/log.ts';
import { makeHealthRecord } from '#src/systems/fhir/client.ts';
import { makeCase, makeFinding } from '#test/fakes/make-case.ts';
import { type Ehr, startEhr } from '#test/hospital/ehr.ts';
import { ADA, CLOCK, decided } from '#test/systems/fhir/hospital-of-one.ts';
import { type InventedCase, inventCase, storeCases } from '#test/web/invented-cases.ts';
import { type OpenWeb, openWeb } from '#test/web/open-web.ts';
import { NURSE, visitor } from '#test/web/visitor.ts';

const SECRET = 'invented-secret-of-at-least-32-characters';
const SETTINGS = { FHIR_SUBSCRIBE: 'true', FHIR_SUBSCRIBE_SECRET: SECRET, FHIR_POLL_SECONDS: '0', PUBLIC_URL: '' };
const states: string[] = [];
const log: Log = {
  ...makeLog({ level: 'silent' }),
  info: (event, fields) => void (event === 'fhir.subscription' && states.push(JSON.stringify(fields))),
};

let web: OpenWeb;
let ehr: Ehr;
let data: Data;
let following: Running;
let subject: InventedCase;

before(async () => {
  // The web process must know that it has a door; where the record reaches it is the worker's business.
  web = await openWeb({ settings: { ...SETTINGS, FHIR_SUBSCRIBE_URL: 'http://127.0.0.1:9/fhir-changed' } });
  ehr = await startEhr({ seed: [ADA] });
  const record = makeHealthRecord({ baseUrl: ehr.url, auth: null, clock: CLOCK });
  const invented = inventCase({
    person: { id: 'P-1001', family: 'Example', given: 'Ada', birthDate: '1948-03-02', sex: 'female' },
    accession: 'FOLLOW1',
    text: 'FINDINGS: Vertebral fracture of L1, grade 2.',
    finding: makeFinding({ L1: 2 }),
    reportedAt: '2026-11-20T10:00:00Z',
  });
  const one = await decided(makeCase(invented.facts, { id: caseId(invented.id) }), record);
  subject = { ...invented, state: 'written', facts: { ...one.facts, resources: await record.write(one, undefined) } };
  await storeCases(web.pool, [subject]);
  const config = readConfig({ ...SETTINGS, FHIR_SUBSCRIBE_URL: `${web.url}/fhir-changed`, FHIR_URL: ehr.url });
  data = openData({ ...config, DATABASE_POOL: 6 }, String(web.pool.options.connectionString), log, 'work');
  following = followRecord(config, data, record, log);
  while (ehr.repository.all('Subscription').every((found) => (found as { status?: string }).status !== 'active')) await sleep(10);
});
after(async () => {
  await following?.close();
  await data?.close();
  await ehr?.close();
  await web?.close();
});

test('the nurse’s change in the EHR stands on our worklist', { timeout: 120_000 }, async () => {
  const nurse = await visitor(web, NURSE);
  const row = async () => (await nurse.get('/worklist?show=accepted')).text.includes(`id="row-${subject.id}"`);
  assert.equal(await row(), false);
  const task = ehr.repository.all<Task>('Task')[0];
  assert.ok(task);
  await ehr.repository.updateResource<Task>({ ...task, status: 'accepted', owner: { reference: 'Practitioner/nina' } } as Task & { id: string });
  while (!(await row())) await sleep(50);
  const stored = await web.pool.query<{ by: string }>("SELECT answer ->> 'by' AS by FROM backstop.answer WHERE case_id = $1", [subject.id]);
  assert.deepEqual(stored.rows, [{ by: 'Practitioner/nina' }]);
  assert.deepEqual(
    ehr.subscriptions.answers.filter((answer) => answer.status !== 200),
    [],
  );
});

test('the door takes the secret and nothing else, reads no body, and stays closed where nobody subscribes', async () => {
  const call = async (authorization: string | null, url = web.url) =>
    (await fetch(`${url}/fhir-changed`, { method: 'POST', headers: authorization === null ? {} : { authorization }, body: 'x'.repeat(100_000) }))
      .status;
  assert.equal(await call(`Bearer ${SECRET}`), 200);
  for (const wrong of [null, '', 'Bearer', `Bearer ${SECRET}x`, `bearer ${SECRET}`, `Basic ${SECRET}`, `Bearer ${SECRET.slice(0, -1)}`])
    assert.equal(await call(wrong), 401, String(wrong));
  assert.equal((await fetch(`${web.url}/fhir-changed`, { headers: { authorization: `Bearer ${SECRET}` } })).status, 404);
  const closed = await openWeb();
  // Without the door a POST that is no form of ours is refused like any other.
  try {
    assert.equal(await call(`Bearer ${SECRET}`, closed.url), 403);
  } finally {
    await closed.close();
  }
});

test('a subscription that cannot work stops the start; shadow mode makes none', () => {
  const base = { PUBLIC_URL: 'https://backstop.example', FHIR_SUBSCRIBE: 'true', FHIR_SUBSCRIBE_SECRET: SECRET };
  assert.equal(subscriptionSettings(readConfig(base))?.endpoint, 'https://backstop.example/fhir-changed');
  assert.equal(subscriptionSettings(readConfig({ ...base, SHADOW: 'true' })), null);
  for (const wrong of [{ FHIR_SUBSCRIBE_SECRET: 'short' }, { PUBLIC_URL: '' }])
    assert.throws(
      () => subscriptionSettings(readConfig({ ...base, ...wrong })),
      (error) => error instanceof GiveUp && error.code === 'CONFIG_FAULTY',
    );
});
