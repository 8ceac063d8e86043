/**
 * Several stored messages filed in one statement: their new cases, reports, events and jobs. It files what is new in every way; a message whose case is
 * there already is left out, for the path that looks at what is there (file-message.ts).
 */
import { randomUUID } from 'node:crypto';
import { type CaseId, caseId, type MessageId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import { type FlowStep, nextStep } from '#src/flow.ts';
import { caseKey, freshEvent, freshState, NOTHING_YET, type Unusable } from './fresh-case.ts';
import type { Client } from './pool.ts';
import * as sql from './queries.ts';

/**
 * The arguments of BullMQ's `add_job` for each, in order: what `Queue.add` would have called it with. `fileBatch` writes the rows that `add_job` would
 * write: the function itself costs half as much as everything else here together, and BullMQ's `add_jobs_bulk` makes two tables at each call.
 */
export interface BatchJobs {
  plan(wanted: readonly { readonly step: FlowStep; readonly id: CaseId; readonly version: number }[]): Promise<readonly JobCall[]>;
  /** Tells workers of new jobs, after the commit and without waiting. */
  wake(queue: FlowStep['queue']): void;
}
export type JobCall = readonly unknown[];

export interface ToFile {
  readonly id: MessageId;
  readonly source: string;
  readonly report: Report | null;
  readonly unusable: Unusable | null;
}

/** By message, the case that was made; null where none comes of it. A message that was left out is not there. */
export async function fileBatch(tx: Client, jobs: BatchJobs, items: readonly ToFile[]): Promise<ReadonlyMap<MessageId, CaseId | null>> {
  const rows = items.map(rowOf);
  const step = nextStep('received');
  const starting = step ? rows.filter((row) => row.case_id !== null && row.state === 'received') : [];
  const calls = step ? await jobs.plan(starting.map((row) => ({ step, id: caseId(row.case_id as string), version: 1 }))) : [];
  for (const [index, row] of starting.entries()) row.job = plainJob(calls[index]);
  // Named: it is planned once for each connection.
  const values = [JSON.stringify(rows), JSON.stringify(NOTHING_YET)];
  const filed = await tx.query<{ id: string }>({ name: 'file-batch', text: sql.fileBatch, values });
  const ids = new Set(filed.rows.map((row) => row.id));
  return new Map(rows.filter((row) => ids.has(row.id)).map((row) => [row.id, row.case_id === null ? null : caseId(row.case_id)]));
}

/** Delay, parent, deduplication, scheduler and last-in-first-out are what `fileBatch` does not know; our first steps use none of them. */
function plainJob(call: JobCall | undefined): JobCall {
  const isPlain = call?.length === 15 && call[6] === 0 && call.slice(9, 14).every((value) => value === null) && call[14] === false;
  if (!isPlain) throw new Error('a first step needs a job that fileBatch cannot write');
  return call;
}

/** As `given` in the statement names it. */
function rowOf({ id, source, report, unusable }: ToFile) {
  return {
    id,
    source,
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
