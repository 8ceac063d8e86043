/** The count of each feed's messages for the operations page: kept for weeks that are over, and always the number that counting everything would give. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import * as sql from '#src/systems/postgres/queries.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database?.close());

const ALL = `SELECT source, count(*) AS messages, count(unusable_code) AS unusable, max(received_at) AS newest FROM backstop.message GROUP BY 1 ORDER BY 1`;
const feeds = async () => (await database.pool.query(sql.feeds)).rows;
const counted = async () => (await database.pool.query(ALL)).rows;
const keptWeeks = async () =>
  (await database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM backstop.message_week WHERE source = ''`)).rows[0]?.n ?? 0;

let control = 0;
const INSERT = `
  INSERT INTO backstop.message (id, source, received_at, sending_application, sending_facility, control_id, message_type, charset, remote_address, sha256, bytes, unusable_code)
  SELECT gen_random_uuid(), $1, now() - $2 * interval '1 hour', 'RIS', 'NORTH', $3, 'ORU^R01', 'UTF-8', '127.0.0.1', '', '', $4`;
const comes = (source: string, hoursAgo: number, unusable: string | null = null, over: Pick<PoolClient, 'query'> = database.pool) => {
  control += 1;
  return over.query(INSERT, [source, hoursAgo, `c${control}`, unusable]);
};

const change = fc.oneof(
  fc.record({
    kind: fc.constant('comes' as const),
    source: fc.constantFrom('north', 'south', 'tower'),
    // Weeks, the days around a week's end, and now.
    hoursAgo: fc.oneof(fc.integer({ min: 0, max: 24 * 60 }), fc.integer({ min: 0, max: 72 })),
    unusable: fc.constantFrom(null, 'HL7_NOT_HL7'),
  }),
  fc.record({ kind: fc.constant('goes' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('mended' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.constant({ kind: 'looked at' as const }),
);

test('whatever comes late, goes or changes: the numbers are those of counting everything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      await database.pool.query('DELETE FROM backstop.message');
      for (const one of changes) {
        if (one.kind === 'comes') await comes(one.source, one.hoursAgo, one.unusable);
        if (one.kind === 'goes') await database.pool.query('DELETE FROM backstop.message WHERE id::text < $1', [one.share.toString(16).slice(2)]);
        if (one.kind === 'mended')
          await database.pool.query('UPDATE backstop.message SET unusable_code = NULL WHERE id::text < $1', [one.share.toString(16).slice(2)]);
        if (one.kind === 'looked at') assert.deepEqual(await feeds(), await counted());
      }
      assert.deepEqual(await feeds(), await counted());
      assert.deepEqual(await feeds(), await counted(), 'a second look, from what is kept');
    }),
    { numRuns: 60 },
  );
});

test('a second look reads the kept weeks and the last days, and no old message', async () => {
  await database.pool.query('DELETE FROM backstop.message');
  for (let week = 1; week <= 20; week += 1) await comes('north', week * 24 * 7 + 24);
  assert.equal((await feeds())[0]?.messages, '20');
  const kept = await keptWeeks();
  assert.ok(kept >= 19, `${kept} weeks are kept`);
  // The proof that it is not counted again: a kept number that is wrong stays wrong.
  await database.pool.query(
    `UPDATE backstop.message_week SET messages = messages + 100 WHERE source = 'north' AND week = (SELECT min(week) FROM backstop.message_week)`,
  );
  assert.equal((await feeds())[0]?.messages, '120');
  await comes('north', 20 * 24 * 7 + 24);
  assert.equal((await feeds())[0]?.messages, '21', 'a message that came into that week has it counted anew');
});

test('a look while messages are being deleted: no number is kept that is wrong after the commit', async () => {
  await database.pool.query('DELETE FROM backstop.message');
  for (const hours of [400, 401, 402]) await comes('north', hours);
  const purge = await database.pool.connect();
  try {
    await purge.query('BEGIN');
    await purge.query(`DELETE FROM backstop.message WHERE received_at < now() - interval '401 hours 30 minutes'`);
    // It waits for the purge, because the week is not kept and would have to be counted.
    const looked = feeds();
    await purge.query('COMMIT');
    assert.equal((await looked)[0]?.messages, '2');
  } finally {
    purge.release();
  }
  assert.deepEqual(await feeds(), await counted());
});

test('no message, no feed', async () => {
  await database.pool.query('DELETE FROM backstop.message');
  assert.deepEqual(await feeds(), []);
});
