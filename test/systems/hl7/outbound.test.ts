/** The outbound channel against receivers that behave and receivers that do not. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { makeLog } from '#src/lib/log.ts';
import type { OutboxItem } from '#src/ports.ts';
import { type ChannelOptions, startChannel } from '#src/systems/hl7/outbound.ts';
import { type Answer, type Receiver, type ReceiverOptions, startHl7Receiver } from '#test/hospital/hl7-receiver.ts';
import { FakeOutbox } from './fake-outbox.ts';
import { oru } from './messages.ts';
import { outboxContract } from './outbox-contract.ts';

outboxContract('fake outbox', async () => new FakeOutbox());

const QUICK = { firstWaitMs: 10, longestWaitMs: 40, pollMs: 20, answerLimitMs: 150, connectLimitMs: 500, maxTries: 3 };

async function filled(...keys: string[]): Promise<FakeOutbox> {
  const outbox = new FakeOutbox();
  for (const key of keys) await outbox.add('fls', { key, controlId: key, bytes: Buffer.from(oru({ controlId: key })) });
  return outbox;
}

function channel(t: TestContext, outbox: FakeOutbox, port: number, more: Partial<ChannelOptions> = {}) {
  const started = startChannel({
    channel: 'fls',
    receiver: { host: '127.0.0.1', port },
    outbox,
    log: makeLog({ level: 'silent' }),
    timings: QUICK,
    ...more,
  });
  t.after(() => started.close());
  return started;
}

async function receiver(t: TestContext, options: ReceiverOptions = {}): Promise<Receiver> {
  const started = await startHl7Receiver(options);
  t.after(() => started.close());
  return started;
}

async function until(done: () => boolean, what: string): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    if (done()) return;
    await wait(10);
  }
  assert.fail(`never happened: ${what}`);
}

const states = (outbox: FakeOutbox): string => outbox.rows.map((row) => `${row.key}:${row.state}`).join(' ');
const allSent = (outbox: FakeOutbox): boolean => outbox.rows.every((row) => row.state === 'sent');

test('messages go out in order, each once, the next one only after the answer', async (t) => {
  let open = 0;
  let worst = 0;
  const outbox = await filled('A', 'B', 'C');
  const answer = (): Answer => {
    worst = Math.max(worst, ++open);
    setTimeout(() => open--, 20);
    return { delayMs: 25 };
  };
  const there = await receiver(t, { answer });
  channel(t, outbox, there.port);
  await until(() => allSent(outbox), 'all sent');
  assert.deepEqual(
    there.taken.map((message) => message.controlId),
    ['A', 'B', 'C'],
  );
  assert.equal(worst, 1, 'never two without an answer');
});

test('a receiver that is down is waited for: nothing is lost and each comes once', async (t) => {
  const first = await startHl7Receiver();
  const { port } = first;
  await first.close();
  const outbox = await filled('A', 'B');
  channel(t, outbox, port);
  await wait(200);
  assert.equal(states(outbox), 'A:waiting B:waiting');
  assert.ok(
    outbox.rows.every((row) => row.tries === 0),
    'a receiver that is down uses up no tries',
  );
  const there = await receiver(t, { port });
  await until(() => allSent(outbox), 'all sent');
  assert.deepEqual(
    there.taken.map((message) => message.controlId),
    ['A', 'B'],
  );
});

test('AE: the same bytes again; too many: set aside, the next one goes', async (t) => {
  const outbox = await filled('A', 'B');
  const there = await receiver(t, { answer: (_n, message) => (message.controlId === 'A' ? 'AE' : 'AA') });
  channel(t, outbox, there.port);
  await until(() => states(outbox) === 'A:aside B:sent', 'A set aside');
  assert.deepEqual(
    there.taken.map((message) => message.controlId),
    ['A', 'A', 'A', 'B'],
  );
  assert.equal(new Set(there.taken.slice(0, 3).map((message) => message.text)).size, 1);
});

test('AR: set aside at once', async (t) => {
  const outbox = await filled('A', 'B');
  const there = await receiver(t, { answer: (n) => (n === 0 ? 'AR' : 'CA') });
  channel(t, outbox, there.port);
  await until(() => states(outbox) === 'A:aside B:sent', 'A set aside');
  assert.equal(there.taken.length, 2);
});

const TROUBLES: readonly (readonly [string, Answer])[] = [
  ['silence', 'silence'],
  ['a connection that is closed instead of an answer', 'hang-up'],
  ['an answer to another message', 'wrong-id'],
  ['an answer that is no HL7', { raw: '\x0bsorry\x1c\r' }],
  ['an answer without end', { raw: '\x0bMSH|^~\\&|' }],
];
for (const [name, trouble] of TROUBLES) {
  test(`${name}: sent again with the same control id`, async (t) => {
    const outbox = await filled('A', 'B');
    const there = await receiver(t, { answer: (n) => (n === 0 ? trouble : 'AA') });
    channel(t, outbox, there.port);
    await until(() => allSent(outbox), 'all sent');
    assert.deepEqual(
      there.taken.map((message) => message.controlId),
      ['A', 'A', 'B'],
    );
  });
}

test('an answer in pieces and without CR is understood', async (t) => {
  const outbox = await filled('A');
  const there = await receiver(t, { answer: () => ({ raw: '\x0bMSH|^~\\&|F|X|B|Y|2026||ACK|1|P|2.5\rMSA|AA|A\r\x1c' }) });
  channel(t, outbox, there.port);
  await until(() => allSent(outbox), 'all sent');
});

test('waking sends at once; closing waits for the answer of the message in work', async (t) => {
  const outbox = await filled();
  const there = await receiver(t, { answer: () => ({ delayMs: 60 }) });
  const running = channel(t, outbox, there.port, { timings: { ...QUICK, pollMs: 60_000 } });
  await wait(30);
  await outbox.add('fls', { key: 'A', controlId: 'A', bytes: Buffer.from(oru({ controlId: 'A' })) });
  running.wake();
  await until(() => there.taken.length === 1, 'taken');
  await running.close();
  assert.equal(states(outbox), 'A:sent');
});

test('an outbox that is down for a while is waited for', async (t) => {
  const outbox = await filled('A');
  const next = outbox.next.bind(outbox);
  let calls = 0;
  outbox.next = async (name: string): Promise<OutboxItem | undefined> => {
    if (++calls < 4) throw new Error('down');
    return next(name);
  };
  const there = await receiver(t);
  channel(t, outbox, there.port);
  await until(() => allSent(outbox), 'all sent');
  assert.equal(there.taken.length, 1);
});
