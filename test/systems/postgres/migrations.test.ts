/** From every earlier state of the schema, with rows in it, the migrations lead to today's: nothing is lost, and the product works on it. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { makeCaseLists } from '#src/systems/postgres/case-lists.ts';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { migrateQueue } from '#src/systems/queue/jobs.ts';
import { makeAnswer, makeCase } from '#test/fakes/make-case.ts';

const FOLDER = fileURLToPath(new URL('../../../src/systems/postgres/migrations', import.meta.url));
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => name.replace(/\.sql$/, ''))
  .toSorted();

let server: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
let base: string;
let admin: Pool;
before(async () => {
  const shared = process.env['BACKSTOP_TEST_DATABASE_URL'];
  server = shared ? undefined : await startEmbeddedPostgres({ dataDir: null, durable: false });
  base = shared ?? server?.url ?? '';
  admin = makePool({ url: base, max: 1, applicationName: 'test-admin', onError: () => undefined });
});
after(async () => {
  await admin.end();
  await server?.stop();
});

/** An empty database for one test. */
async function inDatabase(work: (pool: Pool) => Promise<void>): Promise<void> {
  const name = `m_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  const pool = makePool({ url: url.href, max: 5, applicationName: 'test', onError: () => undefined });
  try {
    await work(pool);
  } finally {
    await pool.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

/** As `backstop migrate` of the version that had only the first `count` migrations. */
async function migrateOnly(pool: Pool, count: number): Promise<void> {
  const client = await pool.connect();
  try {
    await migrateQueue(client);
    const quiet = () => undefined;
    const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const schemas = { migrationsTable: 'migration', migrationsSchema: 'backstop', createMigrationsSchema: true, schema: 'public' };
    await runner({ dbClient: client, dir: FOLDER, direction: 'up', count, ...schemas, log: quiet, logger });
  } finally {
    client.release(true);
  }
}

for (const [at, name] of names.entries()) {
  test(`from ${name} on: what was stored is there afterwards, once, and the lists read it`, async () =>
    inDatabase(async (pool) => {
      await migrateOnly(pool, at + 1);
      const subject = makeCase({ answers: [makeAnswer('referral-accepted')] });
      const bytes = Buffer.from('MSH|^~\\&|INVENTED\r');
      await pool.query(
        `INSERT INTO backstop.message (id, source, sending_application, sending_facility, control_id, message_type, charset, remote_address, sha256, bytes)
         VALUES ($1, 'ris', 'RIS', 'NORTH', '1', 'ORU^R01', 'UTF-8', '127.0.0.1', sha256($2), $2)`,
        [randomUUID(), bytes],
      );
      await pool.query(
        `INSERT INTO backstop.cases (id, case_key, source, source_patient, state, outcome, facts) VALUES ($1, 'ris|accession|A1', 'ris', 'P-1', 'written', 'refer', $2)`,
        [subject.id, JSON.stringify(subject.facts)],
      );
      assert.deepEqual(await migrate(pool, migrateQueue), names.slice(at + 1));
      const [found, ...more] = await makeCaseLists(pool).worklist(['refer'], ['accepted']);
      assert.deepEqual([found?.id, more], [subject.id, []]);
      const messages = await pool.query<{ bytes: Buffer }>('SELECT bytes FROM backstop.message');
      assert.deepEqual(
        messages.rows.map((row) => row.bytes.toString()),
        [bytes.toString()],
      );
      assert.deepEqual(await migrate(pool, migrateQueue), []);
    }));
}

test('several processes at once: each migration runs in one of them', async () =>
  inDatabase(async (pool) => {
    const ran = await Promise.all([1, 2, 3].map(() => migrate(pool, migrateQueue)));
    assert.deepEqual(ran.flat().toSorted(), names);
  }));
