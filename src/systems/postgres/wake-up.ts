/** Wakes other processes through PostgreSQL (LISTEN and NOTIFY). A call may be lost while a connection is: whoever listens also looks by itself now and then. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Pool } from './pool.ts';

export interface WakeUp {
  /** Rejects when the database is down: then nobody was woken. */
  call(): Promise<void>;
  /** Holds one connection of the pool. After a lost connection it listens again, and wakes once, because a call may have been missed. */
  listen(woken: () => void): { close(): Promise<void> };
}

const AGAIN_MS = 2_000;

/** `name` is a PostgreSQL channel: lower case and underscores. */
export function makeWakeUp(pool: Pool, name: string): WakeUp {
  if (!/^[a-z_]+$/.test(name)) throw new RangeError(`not a channel's name: ${name}`);
  return {
    call: async () => {
      await pool.query('SELECT pg_notify($1, $2)', [name, '']);
    },
    listen: (woken) => {
      const ending = new AbortController();
      const listening = keepListening(pool, name, woken, ending.signal);
      return {
        close: async () => {
          ending.abort();
          await listening;
        },
      };
    },
  };
}

async function keepListening(pool: Pool, name: string, woken: () => void, ending: AbortSignal): Promise<void> {
  for (let isFirst = true; !ending.aborted; isFirst = false) {
    const client = await pool.connect().catch(() => null);
    if (client) {
      await untilLost(client, name, isFirst ? () => undefined : woken, woken, ending);
      client.release(true);
    }
    await sleep(AGAIN_MS, undefined, { signal: ending }).catch(() => undefined);
  }
}

async function untilLost(client: Client, name: string, began: () => void, woken: () => void, ending: AbortSignal): Promise<void> {
  const lost = new Promise<void>((resolve) => {
    for (const event of ['error', 'end'] as const) client.once(event, () => resolve());
    ending.addEventListener('abort', () => resolve(), { once: true });
    if (ending.aborted) resolve();
  });
  client.on('notification', woken);
  try {
    await client.query(`LISTEN ${name}`);
    began();
    await lost;
  } catch {
    // Lost before it began: the caller tries again.
  } finally {
    client.removeListener('notification', woken);
  }
}
