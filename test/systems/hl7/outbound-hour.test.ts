/** A receiver that is down for an hour: the channel's own waits, walked on a clock of the test, over the durable outbox and a real socket. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeLog } from '#src/lib/log.ts';
import { startChannel } from '#src/systems/hl7/outbound.ts';
import { makeOutbox } from '#src/systems/postgres/outbox.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { type Receiver, startHl7Receiver } from '#test/hospital/hl7-receiver.ts';
import { oru } from './messages.ts';

const HOUR_MS = 3_600_000;
const COUNT = 30;

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

test('a receiver down for an hour: every wait of the schedule is kept, nothing is lost, each message comes once', async (t) => {
  const outbox = makeOutbox(database.pool);
  const first = await startHl7Receiver();
  const { port } = first;
  await first.close();
  let added = 0;
  const add = async (): Promise<void> => {
    const id = `H${added++}`;
    await outbox.add('hour', { key: id, controlId: id, bytes: Buffer.from(oru({ controlId: id })) });
  };
  for (let n = 0; n < COUNT / 2; n++) await add();

  let nowMs = 0;
  const waits: number[] = [];
  let receiver: Receiver | null = null;
  let arrived = (): void => {};
  const allArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  /** Time passes only here: an hour of waiting is as many steps as there are waits. Messages go on coming in; after the hour the receiver is back. */
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    if (receiver !== null) return;
    waits.push(ms);
    if (added < COUNT) await add();
    if (nowMs < HOUR_MS) return;
    receiver = await startHl7Receiver({
      port,
      answer: (n) => {
        if (n === COUNT - 1) arrived();
        return 'AA';
      },
    });
  };
  const channel = startChannel({
    channel: 'hour',
    receiver: { host: '127.0.0.1', port },
    outbox,
    log: makeLog({ level: 'silent' }),
    setTimer: (ms, done) => {
      if (receiver === null || nowMs < HOUR_MS) void pass(ms).then(done);
      return () => {};
    },
  });
  t.after(() => channel.close());
  t.after(() => receiver?.close());
  await allArrived;
  await channel.close();

  // 1, 2, 4 ... 32 s, then once a minute.
  const doubling = [1, 2, 4, 8, 16, 32].map((seconds) => seconds * 1000);
  assert.deepEqual(waits.slice(0, 6), doubling);
  assert.ok(waits.slice(6).every((ms) => ms === 60_000));
  assert.equal(waits.length, 6 + Math.ceil((HOUR_MS - 63_000) / 60_000));
  const back = receiver as Receiver | null;
  assert.deepEqual(
    back?.taken.map((message) => message.controlId),
    Array.from({ length: COUNT }, (_, n) => `H${n}`),
    'all of them, in order, each once',
  );
  assert.equal(await outbox.next('hour'), undefined, 'nothing is left to send');
  const states = await database.pool.query<{ state: string; tries: number }>(
    "SELECT DISTINCT state, tries FROM backstop.outbox WHERE channel = 'hour'",
  );
  assert.deepEqual(states.rows, [{ state: 'sent', tries: 0 }]);
});
