/** What people do in the EHR comes back: by polling, and by a Subscription that wakes the poll. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceRequest, Subscription, Task } from '@medplum/fhirtypes';
import type { Case } from '#src/case/case.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { type TakeChangesPorts, takeChanges } from '#src/steps/take-changes.ts';
import { makeAnswer, makeCase, makeFinding, statingReading } from '#test/fakes/make-case.ts';
import type { EhrHabits } from '#test/hospital/ehr-habits.ts';
import { decided, openHospital, withFacts } from './hospital-of-one.ts';

const SINCE = '2020-01-01T00:00:00Z';
type Hospital = Awaited<ReturnType<typeof openHospital>>;

/** A store of one case in memory, with the answers recorded once by their key. */
function storeOf(subject: Case) {
  const held = { current: subject };
  const store: TakeChangesPorts['store'] = {
    load: async (id) => (id === held.current.id ? held.current : undefined),
    recordAnswer: async (_, answer, to) => {
      if (held.current.facts.answers.some((known) => known.key === answer.key)) return false;
      held.current = {
        ...withFacts(held.current, { answers: [...held.current.facts.answers, answer] }),
        state: to(held.current) ?? held.current.state,
      };
      return true;
    },
  };
  return { held, store };
}

async function inHospital(work: (hospital: Hospital, written: Case) => Promise<void>, habits: EhrHabits = {}): Promise<void> {
  const hospital = await openHospital(habits);
  try {
    const subject = await decided(makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), hospital.record);
    const resources = await hospital.record.write(subject, undefined);
    await work(hospital, { ...withFacts(subject, { resources }), state: 'written' });
  } finally {
    await hospital.ehr.close();
  }
}

/** Runs into the test's own limit when it never comes true. */
async function eventually(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(10);
}

const taskOf = (hospital: Hospital) => hospital.ehr.repository.all<Task>('Task')[0] as Task & { id: string };
const kinds = (answers: readonly HumanAnswer[]) => answers.map((answer) => answer.kind);

describe('polling', () => {
  test('what we wrote ourselves is nobody’s answer', () =>
    inHospital(async (hospital, written) => {
      const { held, store } = storeOf(written);
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 0);
      assert.deepEqual(held.current.facts.answers, []);
    }));

  test('accepted in the EHR by its nurse: the case goes back to be written, once, and our write leaves her Task as it is', () =>
    inHospital(async (hospital, written) => {
      await hospital.ehr.repository.updateResource<Task>({ ...taskOf(hospital), status: 'in-progress', owner: { reference: 'Practitioner/nina' } });
      const { held, store } = storeOf(written);
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 1);
      assert.deepEqual(
        [held.current.state, kinds(held.current.facts.answers), held.current.facts.answers[0]?.by],
        ['measured', ['referral-accepted'], 'Practitioner/nina'],
      );
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 0);
      await hospital.record.write(await decided(held.current, hospital.record), undefined);
      const order = hospital.ehr.repository.all<ServiceRequest>('ServiceRequest').find((request) => request.intent === 'order');
      assert.deepEqual([order?.requester?.reference, taskOf(hospital).status], ['Practitioner/nina', 'in-progress']);
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 0);
    }));

  test('declined there with a reason; done there after an acceptance', () =>
    inHospital(async (hospital, written) => {
      const { held, store } = storeOf(withFacts(written, { answers: [makeAnswer('referral-accepted')] }));
      await hospital.ehr.repository.updateResource<Task>({
        ...taskOf(hospital),
        status: 'rejected',
        statusReason: { coding: [{ code: 'known-to-service' }] },
      });
      await takeChanges({ store, record: hospital.record }, SINCE);
      assert.deepEqual(
        [held.current.facts.answers.at(-1)?.kind, held.current.facts.answers.at(-1)?.reasonCode],
        ['referral-declined', 'known-to-service'],
      );
      await hospital.ehr.repository.updateResource<Task>({ ...taskOf(hospital), status: 'completed' });
      await takeChanges({ store, record: hospital.record }, SINCE);
      assert.deepEqual(kinds(held.current.facts.answers), ['referral-accepted', 'referral-declined', 'referral-done']);
    }));

  test('scheduled there, then not attended; what we wrote ourselves after an answer here is nobody’s, whatever came meanwhile', () =>
    inHospital(async (hospital, written) => {
      const bser = (code: string) => ({ coding: [{ system: 'http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS', code }] });
      const { held, store } = storeOf(written);
      await hospital.ehr.repository.updateResource<Task>({ ...taskOf(hospital), status: 'in-progress', businessStatus: bser('5.1.1') });
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 1);
      await hospital.ehr.repository.updateResource<Task>({ ...taskOf(hospital), businessStatus: bser('5.1.2') });
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 1);
      assert.deepEqual(kinds(held.current.facts.answers), ['referral-scheduled', 'referral-unattended']);

      const [scheduled, unattended] = held.current.facts.answers as [HumanAnswer, HumanAnswer];
      const here = withFacts(held.current, { answers: [{ ...scheduled, at: '2999-01-01T00:00:00Z', key: 'here-1' }] });
      const resources = await hospital.record.write(await decided(here, hospital.record), undefined);
      assert.equal(taskOf(hospital).businessStatus?.coding?.[0]?.code, '5.1.1');
      const later = storeOf(
        withFacts(here, { resources, answers: [...here.facts.answers, { ...unattended, at: '2999-01-02T00:00:00Z', key: 'here-2' }] }),
      );
      assert.equal(await takeChanges({ store: later.store, record: hospital.record }, SINCE), 0);
    }));

  test('the proposal was signed or revoked in the EHR', () =>
    inHospital(async (hospital, written) => {
      const { held, store } = storeOf(written);
      const proposal = hospital.ehr.repository.all<ServiceRequest>('ServiceRequest')[0] as ServiceRequest & { id: string };
      await hospital.ehr.repository.updateResource<ServiceRequest>({ ...proposal, status: 'revoked' });
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 1);
      assert.deepEqual(kinds(held.current.facts.answers), ['referral-declined']);
    }));

  test('what we withdrew ourselves, what is older than the poll, and another program’s tag are no answers', () =>
    inHospital(async (hospital, written) => {
      const { held, store } = storeOf(written);
      await hospital.record.withdraw(written.id);
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 0);
      const tag = [{ system: 'https://backstop.example/fhir/sid/case', code: 'not-a-case' }];
      await hospital.ehr.repository.updateResource<Task>({
        ...taskOf(hospital),
        status: 'accepted',
        statusReason: { text: 'reopened' },
        meta: { tag },
      });
      assert.equal(await takeChanges({ store, record: hospital.record }, SINCE), 0);
      assert.equal((await hospital.record.changes('2999-01-01T00:00:00Z')).length, 0);
      assert.deepEqual(held.current.facts.answers, []);
    }));
});

/** Somebody who listens where the record calls, and gives each call's authorization and body. */
async function withDoor(work: (endpoint: string, calls: { readonly authorization: string | undefined; readonly body: string }[]) => Promise<void>) {
  const calls: { authorization: string | undefined; body: string }[] = [];
  const door = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      calls.push({ authorization: request.headers.authorization, body });
      response.end();
    });
  });
  await new Promise<void>((ready) => door.listen(0, '127.0.0.1', ready));
  try {
    await work(`http://127.0.0.1:${(door.address() as AddressInfo).port}/fhir-changed`, calls);
  } finally {
    door.closeAllConnections();
    await new Promise((closed) => door.close(closed));
  }
}

describe('Subscription', { timeout: 120_000 }, () => {
  const wish = (endpoint: string) => ({ endpoint, secret: 'invented', until: '2999-01-01T00:00:00Z', topic: null });
  const subscriptions = (hospital: Hospital) => hospital.ehr.repository.all<Subscription>('Subscription');

  test('R4: made once and renewed; a change of one of our Tasks calls the endpoint, without patient data', () =>
    inHospital((hospital) =>
      withDoor(async (endpoint, calls) => {
        assert.equal(await hospital.record.subscribe(wish(endpoint)), 'requested');
        await eventually(() => subscriptions(hospital)[0]?.status === 'active');
        assert.equal(await hospital.record.subscribe({ ...wish(endpoint), until: '2999-02-02T00:00:00Z' }), 'active');
        assert.deepEqual(
          subscriptions(hospital).map((one) => [one.end, one.criteria]),
          [['2999-02-02T00:00:00Z', 'Task?code=https://backstop.example/fhir/CodeSystem/backstop|task-refer']],
        );
        await hospital.ehr.repository.updateResource<Task>({ ...taskOf(hospital), status: 'accepted' });
        await eventually(() => calls.length > 0);
        assert.deepEqual(calls, [{ authorization: 'Bearer invented', body: '' }]);
      }),
    ));

  test('a record that names a topic about Tasks gets the backport: empty content, a handshake, events as bundles', () =>
    inHospital(
      (hospital) =>
        withDoor(async (endpoint, calls) => {
          await hospital.record.subscribe(wish(endpoint));
          await eventually(() => subscriptions(hospital)[0]?.status === 'active');
          const [subscription] = subscriptions(hospital) as (Subscription & { _criteria?: unknown; channel: { _payload?: unknown } })[];
          assert.deepEqual(
            [
              subscription?.criteria,
              JSON.stringify(subscription?._criteria).includes('task-refer'),
              JSON.stringify(subscription?.channel._payload).includes('empty'),
            ],
            ['https://ehr.example/SubscriptionTopic/task-changed', true, true],
          );
          await hospital.ehr.repository.updateResource<Task>({ ...taskOf(hospital), status: 'accepted' });
          await hospital.ehr.subscriptions.heartbeat();
          await eventually(() => calls.length >= 3);
          const kindsSeen = calls.map(({ body }) => /"name":"type","valueCode":"([a-z-]+)"/.exec(body)?.[1] ?? '').toSorted();
          assert.deepEqual(kindsSeen, ['event-notification', 'handshake', 'heartbeat']);
        }),
      { topics: ['https://ehr.example/SubscriptionTopic/encounter-start', 'https://ehr.example/SubscriptionTopic/task-changed'] },
    ));

  test('left requested (Medplum): switched on by us at the next renewal; one that failed is asked for again; two become one', () =>
    inHospital(
      async (hospital) => {
        const endpoint = 'http://127.0.0.1:9/fhir-changed';
        assert.equal(await hospital.record.subscribe(wish(endpoint)), 'requested');
        assert.equal(await hospital.record.subscribe(wish(endpoint)), 'active');
        const [first] = subscriptions(hospital);
        assert.ok(first?.id);
        await hospital.ehr.repository.updateResource<Subscription>({ ...first, status: 'error' });
        const { id: _id, meta: _meta, ...copy } = first;
        await hospital.ehr.repository.createResource<Subscription>({ ...copy, status: 'active' });
        assert.equal(await hospital.record.subscribe(wish(endpoint)), 'requested');
        assert.deepEqual(
          subscriptions(hospital)
            .map((one) => one.status)
            .toSorted(),
          ['off', 'requested'],
        );
      },
      { leavesSubscriptionsRequested: true },
    ));

  test('a record without subscriptions says so', () =>
    inHospital(
      async (hospital) => {
        assert.equal(await hospital.record.subscribe(wish('http://127.0.0.1:9/x')), 'refused');
      },
      { refuses: ['Subscription'] },
    ));
});
