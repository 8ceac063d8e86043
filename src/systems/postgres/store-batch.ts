/**
 * Several new messages with their new cases, reports, events and jobs, in one statement and so in one transaction and one round trip. It stores what
 * is new in every way; a message or a case that is there already is left out, for the path that looks at what is there (inbox.ts).
 */
import { createHash, randomUUID } from 'node:crypto';
import { type CaseId, caseId, messageId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import { type FlowStep, nextStep } from '#src/flow.ts';
import type { RawMessage, Received } from '#src/ports.ts';
import { caseKey, examinationKey, freshEvent, freshState, NOTHING_YET, type Unusable } from './fresh-case.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';

/**
 * The arguments of BullMQ's `add_job` for each, in order: what `Queue.add` would have called it with. `storeBatch` writes the rows that `add_job` would
 * write: the function itself costs half as much as everything else here together, and BullMQ's `add_jobs_bulk` makes two tables at each call.
 */
export interface BatchJobs {
  plan(wanted: readonly { readonly step: FlowStep; readonly id: CaseId; readonly version: number }[]): Promise<readonly JobCall[]>;
  /** Tells workers of new jobs, after the commit and without waiting. */
  wake(queue: FlowStep['queue']): void;
}
export type JobCall = readonly unknown[];

export interface ToStore {
  readonly message: RawMessage;
  readonly report: Report | null;
  readonly unusable: Unusable | null;
}

/** Null for those that were left out. */
export async function storeBatch(pool: Pool, jobs: BatchJobs, items: readonly ToStore[]): Promise<readonly (Received | null)[]> {
  const rows = items.map(rowOf);
  const step = nextStep('received');
  const starting = step ? rows.filter((row) => row.case_id !== null && row.state === 'received') : [];
  const calls = step ? await jobs.plan(starting.map((row) => ({ step, id: caseId(row.case_id as string), version: 1 }))) : [];
  for (const [index, row] of starting.entries()) row.job = plainJob(calls[index]);
  let at = 1;
  for (const [index, row] of rows.entries()) {
    row.at = at;
    row.length = (items[index] as ToStore).message.bytes.length;
    at += row.length;
  }
  const bytes = items.length === 1 ? (items[0] as ToStore).message.bytes : Buffer.concat(items.map((item) => item.message.bytes));
  const values = [JSON.stringify(rows), bytes, JSON.stringify(NOTHING_YET)];
  // Named: it is planned once for each connection.
  const stored = await pool.query<{ id: string }>({ name: 'store-batch', text: sql.storeBatch, values });
  if (step && starting.length > 0) jobs.wake(step.queue);
  const ids = new Set(stored.rows.map((row) => row.id));
  return rows.map((row) =>
    ids.has(row.id) ? { kind: 'stored', messageId: messageId(row.id), caseId: row.case_id === null ? null : caseId(row.case_id) } : null,
  );
}

/** Delay, parent, deduplication, scheduler and last-in-first-out are what `storeBatch` does not know; our first steps use none of them. */
function plainJob(call: JobCall | undefined): JobCall {
  const isPlain = call?.length === 15 && call[6] === 0 && call.slice(9, 14).every((value) => value === null) && call[14] === false;
  if (!isPlain) throw new Error('a first step needs a job that storeBatch cannot write');
  return call;
}

/** As `given` in the statement names it. */
function rowOf({ message, report, unusable }: ToStore) {
  const id = messageId(randomUUID());
  return {
    id,
    source: message.source,
    application: message.sendingApplication,
    facility: message.sendingFacility,
    control_id: message.controlId,
    message_type: message.messageType,
    charset: message.charset,
    address: message.remoteAddress,
    flags: message.flags,
    sha256: createHash('sha256').update(message.bytes).digest('hex'),
    at: 1,
    length: 0,
    unusable,
    case_id: report ? randomUUID() : null,
    case_key: report ? caseKey(report, id) : null,
    patient: report ? report.patient.id.value : null,
    state: report ? freshState(unusable) : null,
    report,
    event: report ? freshEvent(unusable) : null,
    job: null as JobCall | null,
  };
}

/** What two items must not have in common to be stored at the same time. */
export function keysOf({ message, report }: ToStore): readonly string[] {
  const itself = `m|${[message.source, message.sendingApplication, message.sendingFacility, message.controlId].join('|')}`;
  const examination = report && examinationKey(report);
  return examination === null ? [itself] : [itself, `c|${examination}`];
}
