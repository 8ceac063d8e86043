/** One process wakes another through PostgreSQL, also after the listener's connection was cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePool } from '#src/systems/postgres/pool.ts';
import { makeWakeUp } from '#src/systems/postgres/wake-up.ts';
import { testDatabase } from '#test/database.ts';

test('a call wakes the listener; a cut connection is made anew, and wakes once for what it may have missed', { timeout: 60_000 }, async () => {
  const database = await testDatabase();
  const pool = makePool({ url: database.url, max: 2, applicationName: 'sleeper', onError: () => undefined });
  let woken = 0;
  const until = async (count: number) => {
    while (woken < count) await sleep(10);
  };
  const listening = makeWakeUp(pool, 'backstop_test').listen(() => {
    woken += 1;
  });
  try {
    const caller = makeWakeUp(database.pool, 'backstop_test');
    // The listener begins in its own time: nobody is woken before.
    while (woken === 0) {
      await caller.call();
      await sleep(10);
    }
    await sleep(50);
    const before = woken;
    const cut = await database.pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sleeper'");
    assert.ok((cut.rowCount ?? 0) >= 1);
    await until(before + 1);
    await caller.call();
    await until(before + 2);
  } finally {
    await listening.close();
    await pool.end();
    await database.close();
  }
});

test('a channel is a plain name', () => assert.throws(() => makeWakeUp({} as never, 'x; DROP TABLE y'), RangeError));
