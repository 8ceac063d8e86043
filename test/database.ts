/** A migrated database of its own for a test file: on the server that `npm test` started, or on one started here. */
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { migrate } from '#src/systems/postgres/migrate.ts';
import { makePool, type Pool } from '#src/systems/postgres/pool.ts';
import { type DatabaseRole, ROLES, rolesSql } from '#src/systems/postgres/roles.ts';
import { migrateQueue } from '#src/systems/queue/jobs.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Only when this file started the server itself (`own: true`): for tests that kill it. */
  readonly server: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
  close(): Promise<void>;
}

export async function testDatabase(options: { readonly own?: boolean } = {}): Promise<TestDatabase> {
  const shared = options.own ? undefined : process.env['BACKSTOP_TEST_DATABASE_URL'];
  const server = shared ? undefined : await startEmbeddedPostgres({ dataDir: null, durable: false });
  const base = shared ?? server?.url ?? '';
  const name = `t_${randomBytes(6).toString('hex')}`;
  const admin = makePool({ url: base, max: 1, applicationName: 'test-admin', onError: () => undefined });
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  const pool = makePool({ url: url.href, max: 20, applicationName: 'test', onError: () => undefined });
  await migrate(pool, migrateQueue);
  return {
    url: url.href,
    pool,
    server,
    close: async () => {
      await pool.end();
      if (!server) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
      await server?.stop();
    },
  };
}

/** The same database as a process of that role sees it, with the rights of src/systems/postgres/roles.ts. `drop` before the database is closed. */
export async function asRole(
  { url, pool }: Pick<TestDatabase, 'url' | 'pool'>,
  role: DatabaseRole,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  // Roles belong to the whole server, which other test files use too.
  const prefix = `t${randomBytes(6).toString('hex')}`;
  await pool.query(`${rolesSql(prefix)} CREATE USER ${prefix} PASSWORD '${prefix}' IN ROLE ${prefix}_${role}`);
  const theirs = new URL(url);
  theirs.username = prefix;
  theirs.password = prefix;
  return {
    url: theirs.href,
    drop: async () => {
      const all = [prefix, ...ROLES.map((name) => `${prefix}_${name}`)].join(', ');
      await pool.query(`DROP OWNED BY ${all}; DROP ROLE ${all}`);
    },
  };
}
