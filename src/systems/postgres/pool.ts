/** The connection pool, and transactions on it. BullMQ's tables live in schema `bullmq`, ours in `backstop`. */
import pg from 'pg';

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

export interface PoolOptions {
  readonly url: string;
  /** Each BullMQ worker holds one connection for LISTEN. */
  readonly max: number;
  readonly applicationName: string;
  /** Called when an idle connection drops; the pool replaces it by itself. */
  readonly onError: (error: Error) => void;
}

export function makePool(options: PoolOptions): Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName,
    options: '-c search_path=bullmq,backstop,public',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  pool.on('error', options.onError);
  // The pool listens to idle connections only. One that is lost in somebody's hands would end the process by an unheard 'error' event; whoever
  // holds it learns of it from the next query.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.setMaxListeners(50);
  return pool;
}

/** Runs `work` in one transaction: commits when it resolves, rolls back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (tx: Client) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  let broken: Error | undefined;
  try {
    await tx.query('BEGIN');
    const result = await work(tx);
    await tx.query('COMMIT');
    return result;
  } catch (error) {
    await tx.query('ROLLBACK').catch((fault: unknown) => {
      broken = fault instanceof Error ? fault : new Error('rollback failed');
    });
    throw error;
  } finally {
    tx.release(broken);
  }
}
