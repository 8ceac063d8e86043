/** A row of the audit trail inside the transaction of what it tells of: both are there, or neither. */
import type { TrailEntry } from '#src/ports.ts';
import type { Client } from './pool.ts';
import { insertAudit } from './queries.ts';

/** The last statement of its transaction, because the trail's rows wait for each other. Nothing to add: nothing is done. */
export async function addToTrail(tx: Client, entry: TrailEntry | undefined): Promise<void> {
  if (entry) await tx.query(insertAudit, [entry.actor, entry.action, entry.caseId, entry.detail]);
}
