/** Brings both schemas (ours and BullMQ's) up to date. Safe to run by several processes at once: each takes an advisory lock. */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { Pool } from './pool.ts';

/** Returns the names of our migrations that ran now. `migrateQueue` is BullMQ's own migration, handed in by app.ts. */
export async function migrate(pool: Pool, migrateQueue: (client: import('pg').PoolClient) => Promise<unknown>): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    await migrateQueue(client);
    const ran = await runner({
      dbClient: client,
      dir: fileURLToPath(new URL('migrations', import.meta.url)),
      direction: 'up',
      migrationsTable: 'migration',
      migrationsSchema: 'backstop',
      createMigrationsSchema: true,
      schema: 'public',
      checkOrder: true,
      // Two pods of a rollout at once: the second waits and finds nothing left to do.
      advisoryLockMode: 'wait',
      log: () => undefined,
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    // The runner leaves its own search_path behind on this connection.
    await client.query('SET search_path TO bullmq, backstop, public');
    return ran.map((migration) => migration.name);
  } finally {
    client.release();
  }
}
