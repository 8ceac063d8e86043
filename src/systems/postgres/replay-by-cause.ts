/** The messages behind one cause of failure, and the causes that somebody has muted. */
import { caseId, messageId } from '#src/case/ids.ts';
import type { TrailEntry } from '#src/ports.ts';
import { addToTrail } from './add-to-trail.ts';
import { inTransaction, type Pool } from './pool.ts';
import * as sql from './queries.ts';
import type { StoredMessage } from './replay.ts';

/** Oldest first, at most `limit`: each stopped case's own message, and unusable messages that have no case. */
export async function messagesOfCause(pool: Pool, code: string, limit: number): Promise<readonly StoredMessage[]> {
  const found = await pool.query<{ id: string; source: string; received_at: Date; flags: string[]; bytes: Buffer; case_id: string | null }>(
    sql.messagesOfCause,
    [code, limit],
  );
  return found.rows.map((row) => ({
    id: messageId(row.id),
    source: row.source,
    receivedAt: row.received_at.toISOString(),
    flags: row.flags,
    bytes: row.bytes,
    caseId: row.case_id === null ? null : caseId(row.case_id),
  }));
}

export interface CauseCount {
  readonly code: string;
  readonly count: number;
  readonly newest: string;
}

export async function unusableByCause(pool: Pool): Promise<readonly CauseCount[]> {
  const found = await pool.query<{ code: string; count: string; newest: Date }>(sql.unusableByCause);
  return found.rows.map((row) => ({ code: row.code, count: Number(row.count), newest: row.newest.toISOString() }));
}

export interface Mute {
  readonly code: string;
  readonly until: string;
  readonly byName: string;
}

export function makeMutes(pool: Pool) {
  return {
    list: async (): Promise<readonly Mute[]> => {
      const found = await pool.query<{ code: string; until: Date; by_name: string }>(sql.listMutes);
      return found.rows.map((row) => ({ code: row.code, until: row.until.toISOString(), byName: row.by_name }));
    },
    mute: (code: string, until: Date, byName: string, trail: TrailEntry): Promise<void> =>
      inTransaction(pool, async (tx) => {
        await tx.query(sql.muteCause, [code, until, byName]);
        await addToTrail(tx, trail);
      }),
  };
}
