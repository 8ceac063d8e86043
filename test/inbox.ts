/** For tests that have a report and want its case: what the door keeps and what filing makes of it, waited for together. */

import type { CaseId, MessageId } from '#src/case/ids.ts';
import { messageId } from '#src/case/ids.ts';
import type { PatientMerge } from '#src/case/merge.ts';
import type { Report } from '#src/case/report.ts';
import { makeLog } from '#src/lib/log.ts';
import type { RawMessage } from '#src/ports.ts';
import { makeBacklog } from '#src/systems/postgres/backlog.ts';
import type { Enqueue } from '#src/systems/postgres/case-store.ts';
import type { BatchJobs } from '#src/systems/postgres/file-batch.ts';
import { fileMessage, type Reading } from '#src/systems/postgres/file-message.ts';
import type { Unfiled } from '#src/systems/postgres/file-turn.ts';
import { type Filing, startFiling } from '#src/systems/postgres/filing.ts';
import { makeIntake } from '#src/systems/postgres/intake.ts';
import { keepBatch } from '#src/systems/postgres/keep-batch.ts';
import { inTransaction, type Pool } from '#src/systems/postgres/pool.ts';

export type Received =
  | { readonly kind: 'stored'; readonly messageId: MessageId; readonly caseId: CaseId | null }
  | { readonly kind: 'duplicate'; readonly messageId: MessageId };

type Unusable = { readonly code: string; readonly text: string } | null;
type More = readonly { readonly report: Report; readonly unusable: Unusable }[];

export interface Inbox {
  receive(message: RawMessage, report: Report | null, unusable: Unusable, more?: More): Promise<Received>;
  merge(message: RawMessage, merges: readonly PatientMerge[]): Promise<Received>;
}

/** One message at a time, without a filing that runs: each in a transaction of its own. */
export function makeInbox({ pool, enqueue }: { readonly pool: Pool; readonly enqueue: Enqueue }): Inbox {
  return inboxOf(async (message, reading) => {
    const [kept] = await keepBatch(pool, [{ message, waits: true, unusable: null }]);
    if (kept?.kind !== 'stored') return { kind: 'duplicate', messageId: kept?.messageId as MessageId };
    const caseId = await inTransaction(pool, (tx) => fileMessage(tx, enqueue, kept.messageId, message.source, reading));
    return { ...kept, kind: 'stored', caseId };
  });
}

export interface FiledInbox extends Inbox {
  readonly filing: Filing;
  close(): Promise<void>;
}

/** As the listener does it: in groups, filed by the loop. Each message's bytes must be its own, or mean the same. */
export function makeFiledInbox(options: {
  readonly pool: Pool;
  readonly jobs: BatchJobs & { readonly enqueue: Enqueue };
  readonly source?: string;
}): FiledInbox {
  const { pool, jobs } = options;
  const log = makeLog({ level: 'silent' });
  const meanings = new Map<string, Reading>();
  const read = (message: Unfiled): Reading => meanings.get(Buffer.from(message.bytes).toString('hex')) ?? { kind: 'store', unusable: null };
  const backlog = makeBacklog({ most: 10_000, log });
  const intake = makeIntake({ pool, backlog, kept: () => filing.wake() });
  const sources = ['test', options.source ?? 'test'];
  const filing = startFiling({ pool, jobs, enqueue: jobs.enqueue, backlog, log, quietMs: intake.quietMs, sources, read });
  const inbox = inboxOf(async (message, reading) => {
    meanings.set(Buffer.from(message.bytes).toString('hex'), reading);
    const kept = await intake.keep(message, 'file', null);
    if (kept.kind === 'duplicate') return { kind: 'duplicate', messageId: kept.messageId };
    await filing.idle();
    const row = await pool.query<{ case_id: CaseId | null }>('SELECT case_id FROM backstop.message WHERE id = $1', [kept.messageId]);
    return { kind: 'stored', messageId: messageId(kept.messageId), caseId: row.rows[0]?.case_id ?? null };
  });
  return { ...inbox, filing, close: () => filing.close() };
}

function inboxOf(take: (message: RawMessage, reading: Reading) => Promise<Received>): Inbox {
  return {
    receive: (message, report, unusable, more = []) => take(message, { kind: 'report', report, unusable, more }),
    merge: (message, merges) => take(message, { kind: 'merge', merges }),
  };
}
