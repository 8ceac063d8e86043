/** The stand-in EHR is a fair one: what it is asked as a real server would be, it does as one, with its limits. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Bundle, BundleEntry, OperationOutcome, Resource, Task } from '@medplum/fhirtypes';
import { ADA } from '#test/systems/fhir/hospital-of-one.ts';
import { type Ehr, startEhr } from './ehr.ts';

let ehr: Ehr;
before(async () => {
  ehr = await startEhr({ seed: [ADA] });
});
after(() => ehr.close());

async function call<T = Resource>(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await fetch(path === '' ? ehr.url : `${ehr.url}/${path}`, {
    method,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get('etag'), body: (text === '' ? undefined : JSON.parse(text)) as T };
}

const taskOf = (key: string, status: Task['status'] = 'requested'): Task => ({
  resourceType: 'Task',
  identifier: [{ system: 'urn:test', value: key }],
  status,
  intent: 'order',
  for: { reference: 'Patient/ada' },
});
const count = async (query: string) => (await call<Bundle>('GET', query)).body.entry?.length ?? 0;

test('twenty conditional creates at once make one', async () => {
  const header = { 'if-none-exist': 'identifier=urn:test|once' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('POST', 'Task', taskOf('once'), header)));
  assert.deepEqual(
    [...new Set(answers.map((answer) => answer.status))].toSorted((a, b) => a - b),
    [200, 201],
  );
  assert.equal(await count('Task?identifier=urn:test|once'), 1);
});

test('an update with an old version is refused with 412, and every version stays in the history', async () => {
  const made = await call<Task>('POST', 'Task', taskOf('versions'));
  const id = made.body.id ?? '';
  const match = { 'if-match': made.etag ?? '' };
  assert.equal((await call('PUT', `Task/${id}`, { ...made.body, status: 'accepted' }, match)).status, 200);
  assert.equal((await call('PUT', `Task/${id}`, { ...made.body, status: 'rejected' }, match)).status, 412);
  const history = await call<Bundle>('GET', `Task/${id}/_history`);
  assert.deepEqual(
    history.body.entry?.map((entry) => (entry.resource as Task).status),
    ['accepted', 'requested'],
  );
});

test('the searches that Backstop makes find what they must and nothing else', async () => {
  await call('POST', 'Task', {
    ...taskOf('search'),
    code: { coding: [{ system: 'urn:codes', code: 'c1' }] },
    meta: { tag: [{ system: 'urn:tag', code: 't1' }] },
  });
  for (const query of [
    'identifier=urn:test|search',
    'identifier=urn:test|other,urn:test|search',
    'code=urn:codes|c1',
    '_tag=urn:tag|t1',
    'code=urn:codes|c1&_lastUpdated=ge2000-01-01',
  ])
    assert.equal(await count(`Task?${query}`), 1, query);
  for (const query of ['identifier=urn:test|other', 'code=urn:codes|c2', '_tag=urn:tag|t2', 'code=urn:codes|c1&_lastUpdated=ge2999-01-01'])
    assert.equal(await count(`Task?${query}`), 0, query);
});

test('what is no valid FHIR is refused', async () => {
  const answer = await call<OperationOutcome>('POST', 'Task', { resourceType: 'Task', intent: 'order' });
  assert.deepEqual([answer.status, answer.body.resourceType], [400, 'OperationOutcome']);
});

describe('transactions, with Medplum’s limit', () => {
  const conditional = (name: string, at: number): BundleEntry => ({
    fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${at.toString(16)}`,
    resource: taskOf(`${name}-${at}`),
    request: { method: 'POST', url: 'Task', ifNoneExist: `identifier=urn:test|${name}-${at}` },
  });
  const transaction = (entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', type: 'transaction', entry });
  const entries = (name: string, length: number) => Array.from({ length }, (_, at) => conditional(name, at));

  test('eight conditional entries are taken, nine refused whole: a case of ours has twelve, so it writes without', async () => {
    assert.equal((await call('POST', '', transaction(entries('eight', 8)))).status, 200);
    assert.equal(await count('Task?identifier=urn:test|eight-7'), 1);
    assert.equal((await call('POST', '', transaction(entries('nine', 9)))).status, 400);
    assert.equal(await count('Task?identifier=urn:test|nine-0'), 0);
  });

  test('one bad entry takes the others back', async () => {
    const bad: BundleEntry = { ...conditional('bad', 1), resource: { resourceType: 'Task', intent: 'order' } as Task };
    assert.notEqual((await call('POST', '', transaction([conditional('bad', 0), bad]))).status, 200);
    assert.equal(await count('Task?identifier=urn:test|bad-0'), 0);
  });
});
