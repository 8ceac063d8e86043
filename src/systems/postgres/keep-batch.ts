/** The bytes of several messages in one statement, and so in one transaction and one round trip: what is committed before a message is acknowledged. */
import { hash, randomUUID } from 'node:crypto';
import { messageId } from '#src/case/ids.ts';
import type { Kept, RawMessage } from '#src/ports.ts';
import type { Unusable } from './fresh-case.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

export interface ToKeep {
  readonly message: RawMessage;
  /** True: it waits to be filed. */
  readonly waits: boolean;
  readonly unusable: Unusable | null;
}

export async function keepBatch(pool: Pool, items: readonly ToKeep[]): Promise<readonly Kept[]> {
  let at = 1;
  const rows = items.map((item) => {
    const row = rowOf(item, at);
    at += row.length;
    return row;
  });
  const bytes = items.length === 1 ? (items[0] as ToKeep).message.bytes : Buffer.concat(items.map((item) => item.message.bytes));
  // Named: it is planned once for each connection.
  const stored = await pool.query({ name: 'keep-batch', text: sql.keepBatch, values: [JSON.stringify(rows), bytes] });
  if (stored.rowCount === rows.length) return rows.map(({ id }) => ({ kind: 'stored', messageId: messageId(id) }));
  // Some were known already. Nearly always none is, so the ids are not sent back each time but asked for now.
  const kept = await pool.query<{ id: string }>(sql.keptMessages, [rows.map((row) => row.id)]);
  const ids = new Set(kept.rows.map((row) => row.id));
  return await Promise.all(
    rows.map(async (row) => (ids.has(row.id) ? { kind: 'stored', messageId: messageId(row.id) } : await duplicate(pool, row))),
  );
}

/** A UUID of version 7 (RFC 9562): its first 48 bits are the time, so that the primary key grows at its end and a checkpoint finds few pages changed. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** As `given` in the statement names it. */
function rowOf({ message, waits, unusable }: ToKeep, at: number) {
  return {
    id: newId(),
    source: message.source,
    application: message.sendingApplication,
    facility: message.sendingFacility,
    control_id: message.controlId,
    message_type: message.messageType,
    charset: message.charset,
    address: message.remoteAddress,
    flags: message.flags,
    sha256: hash('sha256', message.bytes, 'hex'),
    at,
    length: message.bytes.length,
    code: unusable?.code ?? null,
    text: unusable?.text ?? null,
    waits,
  };
}

async function duplicate(pool: Pool, row: ReturnType<typeof rowOf>): Promise<Kept> {
  const key = [row.source, row.application, row.facility, row.control_id, Buffer.from(row.sha256, 'hex')];
  const found = await pool.query<{ id: string }>(sql.findMessage, key);
  const known = found.rows[0]?.id;
  // Erased or purged between the two statements: not kept, so the sender has to send it again.
  if (known === undefined) throw new Error('the message that this one repeats has gone');
  return { kind: 'duplicate', messageId: messageId(known) };
}
