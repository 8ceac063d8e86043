/** A connection that dies in somebody's hands: the work fails, the process lives, and the pool goes on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inTransaction } from '#src/systems/postgres/pool.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.close());

test('a transaction whose connection is cut while it computes', async () => {
  await assert.rejects(
    inTransaction(database.pool, async (tx) => {
      const own = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.pool.query('SELECT pg_terminate_backend($1)', [own.rows[0]?.pid]);
      // No query is under way when the loss is noticed: without a listener this very moment ends the process.
      await pause(200);
      await tx.query('SELECT 1');
    }),
  );
  assert.equal((await database.pool.query('SELECT 1')).rowCount, 1);
});
