/** One process of many does a thing: an advisory lock that PostgreSQL gives back by itself when its holder dies. */
import type { Client, Pool } from './pool.ts';

export interface OnlyOne {
  /** True while this process is the one. Asks again when the connection that held it was lost. Throws when the database is down. */
  isMine(): Promise<boolean>;
  /** Lets another process take over. */
  close(): Promise<void>;
}

/** `name` says what must be done by one process alone. Holds one connection of the pool while it is ours. */
export function onlyOne(pool: Pool, name: string): OnlyOne {
  let holder: Client | null = null;
  /** Asked twice at once, it asks the database once: two connections of ours would compete. */
  let asking: Promise<boolean> | null = null;

  const lost = (): void => {
    holder?.release(true);
    holder = null;
  };

  const ask = async (): Promise<boolean> => {
    const client = await pool.connect();
    const taken = await client
      .query<{ mine: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS mine', [`backstop ${name}`])
      .catch((error: unknown) => {
        client.release(true);
        throw error;
      });
    if (taken.rows[0]?.mine !== true) {
      client.release();
      return false;
    }
    holder = client;
    client.once('error', lost);
    return true;
  };

  return {
    isMine: async () => {
      if (holder) return true;
      asking ??= ask().finally(() => {
        asking = null;
      });
      return await asking;
    },
    // The connection is closed and not given back: the lock goes with it.
    close: async () => lost(),
  };
}
