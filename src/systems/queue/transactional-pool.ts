/**
 * A pool-shaped proxy over a transaction, so that BullMQ adds a job inside it. The only file that leans on how BullMQ uses a pool
 * (undocumented, so bullmq is pinned and test/systems/queue guards it): it calls `query`, and `connect` then `query` on the client.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { PostgresConnectionOptions } from 'bullmq';
import type pg from 'pg';

const open = new AsyncLocalStorage<pg.PoolClient | Collected | undefined>();

/** The arguments of each call of `add_job`, written down instead of run. */
interface Collected {
  readonly calls: (readonly unknown[])[];
}

/** What `work` would have told the database to add. Nothing is added: the caller does that, for all of them in one statement. */
export async function callsOfAddJob(work: () => Promise<unknown>): Promise<readonly (readonly unknown[])[]> {
  const collected: Collected = { calls: [] };
  await open.run(collected, work);
  return collected.calls;
}

const ADD_JOB = /^(?:--.*\n|\s)*SELECT add_job\(\s*\$1,/;

/** Only `add_job` with a job id of our own is written down: its answer is that id. */
function writeDown({ calls }: Collected, text: string, values: readonly unknown[]): Promise<{ rows: readonly { id: unknown }[]; rowCount: number }> {
  if (!ADD_JOB.test(text) || values.length !== 15) throw new Error('BullMQ adds jobs by another call than add_job: see transactional-pool.ts');
  calls.push(values);
  return Promise.resolve({ rows: [{ id: values[1] }], rowCount: 1 });
}

/** Runs `work` so that a queue on `transactionalPool` uses this transaction's client. */
export function withinTransaction<T>(tx: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  return open.run(tx, work);
}

/** What lives longer than a transaction (a queue made at its first use) must not remember its client. */
export function outsideTransaction<T>(work: () => T): T {
  return open.run(undefined, work);
}

/** The pool, except that inside `withinTransaction` every query goes to the transaction's client, which is never released by the queue. */
export function transactionalPool(pool: pg.Pool): pg.Pool {
  return new Proxy(pool, {
    get(target, property) {
      const tx = open.getStore();
      if (tx && 'calls' in tx) {
        if (property === 'query') return (text: string, values: readonly unknown[]) => writeDown(tx, text, values);
      } else if (tx && property === 'query') return tx.query.bind(tx);
      else if (tx && property === 'connect') return () => Promise.resolve(unreleased(tx));
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function unreleased(tx: pg.PoolClient): pg.PoolClient {
  return new Proxy(tx, {
    get(target, property) {
      if (property === 'release') return () => undefined;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The driver's pool as BullMQ's options name it: it takes a `pg.Pool` (its README), but its own typings of one are too narrow to say so. */
export function asConnection(pool: pg.Pool): PostgresConnectionOptions {
  return pool as unknown as PostgresConnectionOptions;
}
