/** Stored messages read again by today's rules: what they say now takes the place of what they said before. */
import type { CaseFacts } from '#src/case/case.ts';
import { type CaseId, caseId, type MessageId, messageId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import { reportVersionMove } from '#src/case/report-version.ts';
import type { TrailEntry } from '#src/ports.ts';
import { addToTrail } from './add-to-trail.ts';
import { type CaseRow, toFacts } from './case-row.ts';
import type { Enqueue } from './case-store.ts';
import { caseFor, start } from './file-message.ts';
import type { Unusable } from './fresh-case.ts';
import { type Client, inTransaction, type Pool } from './pool.ts';
import * as sql from './queries.ts';

interface ReplayOptions {
  readonly pool: Pool;
  readonly enqueue: Enqueue;
}

export interface StoredMessage {
  readonly id: MessageId;
  readonly source: string;
  readonly receivedAt: string;
  readonly flags: readonly string[];
  readonly bytes: Uint8Array;
  readonly caseId: CaseId | null;
}

/** The row of the audit trail, for the case that it turns out to be. */
export type ReplayTrail = (id: CaseId) => TrailEntry;

export interface Replay {
  /** Messages since a time, oldest first, 500 at a time; `after` is the id of the last one seen. */
  messages(since: Date, after: MessageId | null): Promise<readonly StoredMessage[]>;
  /** The report as it stood before this message: earlier versions joined by the rules of versions. Null when it is the first. */
  before(message: StoredMessage): Promise<Report | null>;
  /**
   * Puts what a stored message says by today's rules in the place of what it said before; its case starts again. `link` false: a new case
   * is not the one that the message points to (a further report of the message).
   */
  apply(message: StoredMessage, report: Report, unusable: Unusable | null, link?: boolean, trail?: ReplayTrail): Promise<CaseId>;
}

export function makeReplay(options: ReplayOptions): Replay {
  return {
    messages: async (since, after) => {
      const found = await options.pool.query<{
        id: string;
        source: string;
        received_at: Date;
        flags: string[];
        bytes: Buffer;
        case_id: string | null;
      }>(sql.messagesSince, [since, after]);
      return found.rows.map((row) => ({
        id: messageId(row.id),
        source: row.source,
        receivedAt: row.received_at.toISOString(),
        flags: row.flags,
        bytes: row.bytes,
        caseId: row.case_id === null ? null : caseId(row.case_id),
      }));
    },
    before: async (message) => {
      if (!message.caseId) return null;
      const found = await options.pool.query<{ report: Report }>(sql.earlierReports, [message.caseId, message.id]);
      return found.rows.reduce<Report | null>((held, row) => joined(held, row.report), null);
    },
    apply: (message, report, unusable, link = true, trail) =>
      inTransaction(options.pool, async (tx) => {
        const id = await apply(tx, options, message, report, unusable, link);
        await addToTrail(tx, trail?.(id));
        return id;
      }),
  };
}

async function apply(
  tx: Client,
  options: ReplayOptions,
  message: StoredMessage,
  report: Report,
  unusable: Unusable | null,
  link: boolean,
): Promise<CaseId> {
  const known = message.caseId && (await tx.query<CaseRow>(sql.lockCase, [message.caseId])).rows[0];
  if (!known) {
    const made = await caseFor(tx, options.enqueue, message.id, report, unusable);
    if (link) await tx.query(sql.linkMessage, [message.id, made]);
    return made;
  }
  const id = caseId(known.id);
  const facts: CaseFacts = { ...toFacts(known.facts), report, reading: null, stopped: unusable };
  const updated = await tx.query<{ report_version: number; version: number }>(sql.reopenCase, [
    id,
    unusable ? 'parked' : 'received',
    JSON.stringify(facts),
  ]);
  const versions = updated.rows[0];
  if (!versions) throw new Error('the case vanished while its message was replayed');
  await tx.query(sql.insertCaseReport, [id, versions.report_version, message.id, JSON.stringify(report)]);
  await tx.query(sql.insertEvent, [id, 'replay', unusable ? 'parked' : 'received', 'message read again by newer rules', null]);
  if (!unusable) await start(tx, options.enqueue, id, versions.version);
  return id;
}

/** What is held after a further report came. */
export function joined(held: Report | null, next: Report): Report {
  if (!held) return next;
  const move = reportVersionMove(held, next);
  return move.kind === 'replace' ? move.report : held;
}
