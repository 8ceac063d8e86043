/** Backup and restore with PostgreSQL's own tools, on Debian's older PostgreSQL: nothing is missing, the audit trail holds, and the product goes on. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { makeLog } from '#src/lib/log.ts';
import { verifyAuditChain } from '#src/systems/postgres/audit-chain.ts';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { makeJobs, migrateQueue } from '#src/systems/queue/jobs.ts';
import { makeInbox } from '#test/inbox.ts';
import { storeYear } from '../tools/year/store-year.ts';
import { DEFAULT_YEAR } from '../tools/year/year-options.ts';
import { makeReport } from './fakes/make-report.ts';

const run = promisify(execFile);
/** Debian keeps its servers apart by version; pg_dump must not be older than the server. */
const BIN = globSync('/usr/lib/postgresql/*/bin')
  .filter((folder) => ['initdb', 'postgres', 'pg_dump', 'pg_restore'].every((name) => existsSync(join(folder, name))))
  .sort()
  .at(-1);

test('what pg_dump took away pg_restore brings back, to the last row, job and link of the chain', { timeout: 180_000 }, async (t) => {
  if (BIN === undefined) return t.skip('postgresql is not installed');
  const server = await startEmbeddedPostgres({
    dataDir: null,
    durable: false,
    binaries: { initdb: join(BIN, 'initdb'), postgres: join(BIN, 'postgres') },
  });
  const folder = await mkdtemp(join(tmpdir(), 'backstop-backup-'));
  const pools: Pool[] = [];
  const open = (database: string): Pool => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    const pool = makePool({ url: url.href, max: 6, applicationName: 'backup', onError: () => undefined });
    pools.push(pool);
    return pool;
  };
  try {
    const admin = open('postgres');
    await admin.query('CREATE DATABASE before');
    await admin.query('CREATE DATABASE after');
    const before = open('before');
    await migrate(before, migrateQueue);
    await storeYear(before, { ...DEFAULT_YEAR, reports: 120 });
    await oneWaiting(before);
    for (let n = 0; n < 5; n += 1)
      await before.query("INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ('test', 'viewed', $1)", [`row ${n}`]);
    const { head } = await verifyAuditChain(before, null);

    const dump = join(folder, 'backstop.dump');
    const url = (database: string): string => server.url.replace(/\/postgres$/, `/${database}`);
    await run(join(BIN, 'pg_dump'), ['--format=custom', `--file=${dump}`, url('before')]);
    await run(join(BIN, 'pg_restore'), ['--exit-on-error', `--dbname=${url('after')}`, dump]);

    const after = open('after');
    assert.deepEqual(await contents(after), await contents(before));
    assert.deepEqual(await migrate(after, migrateQueue), [], 'no migration runs twice');
    const chain = await verifyAuditChain(after, head);
    assert.equal(chain.fault, null);
    assert.equal(chain.rows, 5);
    const jobs = makeJobs({ pool: after, log: makeLog({ level: 'silent' }) });
    const counts = await jobs.counts();
    await jobs.close();
    assert.equal(counts['text']?.['waiting'], 1, 'the report that waited still waits for its step');
    await after.query("INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ('test', 'viewed', 'after the restore')");
    assert.equal((await verifyAuditChain(after, head)).fault, null, 'the chain goes on');
  } finally {
    for (const pool of pools) await pool.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A report that came in and whose first step has not run. */
async function oneWaiting(pool: Pool): Promise<void> {
  const jobs = makeJobs({ pool, log: makeLog({ level: 'silent' }) });
  const bytes = Buffer.from('MSH|^~\\&|RIS|H|||20260101||ORU^R01|1|P|2.5.1');
  const message = {
    source: 'a',
    sendingApplication: 'RIS',
    sendingFacility: 'H',
    controlId: '1',
    messageType: 'ORU^R01',
    bytes,
    charset: 'utf-8',
    remoteAddress: '127.0.0.1',
    flags: [],
  };
  await makeInbox({ pool, enqueue: jobs.enqueue }).receive(message, makeReport({}), null);
  await jobs.close();
}

/** Rows and a checksum of each table of both schemas. */
async function contents(pool: Pool): Promise<Record<string, string>> {
  const tables = await pool.query<{ name: string }>(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('backstop', 'bullmq') ORDER BY 1",
  );
  const told: Record<string, string> = {};
  for (const { name } of tables.rows) {
    const found = await pool.query<{ rows: string; sum: string | null }>(
      `SELECT count(*) AS rows, md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS sum FROM ${name} t`,
    );
    told[name] = `${found.rows[0]?.rows} ${found.rows[0]?.sum ?? ''}`;
  }
  return told;
}
