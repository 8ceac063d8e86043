import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeLog } from '#src/lib/log.ts';
import { startChannel } from '#src/systems/hl7/outbound.ts';
import { onlyOne } from '#src/systems/postgres/only-one.ts';
import { makeOutbox } from '#src/systems/postgres/outbox.ts';
import { startHl7Receiver } from '#test/hospital/hl7-receiver.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

test('one of two holds it, the other takes over when it is closed or its connection is cut', async (t) => {
  const [first, second, third] = [onlyOne(database.pool, 'x'), onlyOne(database.pool, 'x'), onlyOne(database.pool, 'x')];
  const other = onlyOne(database.pool, 'y');
  t.after(() => Promise.all([first, second, third, other].map((one) => one.close())));
  assert.deepEqual([await first.isMine(), await second.isMine(), await first.isMine(), await other.isMine()], [true, false, true, true]);
  await first.close();
  for (let n = 0; n < 200 && !(await second.isMine()); n++) await pause(10);
  assert.equal(await second.isMine(), true);
  await database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  let taken = false;
  for (let n = 0; n < 200 && !taken; n++) {
    taken = await third.isMine().catch(() => false);
    await pause(10);
  }
  assert.equal(taken, true);
  assert.equal(await second.isMine(), false, 'who lost the connection has lost the turn');
});

test('two processes on one outbox: the receiver gets each message once and in order', async (t) => {
  const receiver = await startHl7Receiver({ answer: () => ({ delayMs: 5 }) });
  t.after(() => receiver.close());
  const outbox = makeOutbox(database.pool);
  const ids = Array.from({ length: 30 }, (_, n) => `TWO${n}`);
  for (const id of ids)
    await outbox.add('two', { key: id, controlId: id, bytes: Buffer.from(`MSH|^~\\&|A|B|C|D|20260101||REF^I12|${id}|P|2.5.1\r`) });
  const turns = [onlyOne(database.pool, 'outbox two'), onlyOne(database.pool, 'outbox two')];
  const channels = turns.map((turn) =>
    startChannel({
      channel: 'two',
      receiver: { host: '127.0.0.1', port: receiver.port },
      outbox,
      log: makeLog({ level: 'silent' }),
      isMine: () => turn.isMine(),
      timings: { pollMs: 5 },
    }),
  );
  const waiting = `SELECT 1 FROM backstop.outbox WHERE channel = 'two' AND state = 'waiting'`;
  for (let n = 0; n < 1000 && (await database.pool.query(waiting)).rowCount !== 0; n++) await pause(10);
  await Promise.all(channels.map((channel) => channel.close()));
  await Promise.all(turns.map((turn) => turn.close()));
  assert.deepEqual(
    receiver.taken.map(({ controlId }) => controlId),
    ids,
  );
});
