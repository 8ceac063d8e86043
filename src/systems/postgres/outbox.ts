/** Messages that wait for a receiver, in PostgreSQL: first in, first out within a channel, each once by its key. */
import { randomUUID } from 'node:crypto';
import type { Outbox } from '#src/ports.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

/** Keys that begin so, oldest first: what was ever put in for one case. */
export async function outboxKeys(pool: Pool, channel: string, prefix: string): Promise<readonly string[]> {
  const found = await pool.query<{ key: string }>(sql.outboxKeys, [channel, `${prefix.replace(/[\\%_]/g, '\\$&')}%`]);
  return found.rows.map((row) => row.key);
}

export function makeOutbox(pool: Pool): Outbox {
  return {
    add: async (channel, item) => {
      const added = await pool.query(sql.insertOutbox, [randomUUID(), channel, item.key, item.controlId, Buffer.from(item.bytes)]);
      return added.rowCount === 1;
    },
    next: async (channel) => {
      const found = await pool.query<{ id: string; control_id: string; bytes: Buffer; tries: number }>(sql.nextOutbox, [channel]);
      const row = found.rows[0];
      return row && { id: row.id, controlId: row.control_id, bytes: row.bytes, tries: row.tries };
    },
    sent: async (id) => {
      await pool.query(sql.endOutbox, [id, 'sent', null]);
    },
    tried: async (id, code) => {
      await pool.query(sql.triedOutbox, [id, code]);
    },
    setAside: async (id, code) => {
      await pool.query(sql.endOutbox, [id, 'aside', code]);
    },
  };
}
