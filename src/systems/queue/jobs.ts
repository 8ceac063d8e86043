/** BullMQ on PostgreSQL: one queue for each kind of work, a job for each step of a case. */
import { createPostgresBackend, runMigrations, type Telemetry, withBackend } from 'bullmq';
import type pg from 'pg';
import { type CaseId, caseId } from '#src/case/ids.ts';
import { FLOW, type FlowStep, type QueueName } from '#src/flow.ts';
import type { Log } from '#src/lib/log.ts';
import { faultCode } from './fault-code.ts';
import { asConnection, callsOfAddJob, outsideTransaction, transactionalPool, withinTransaction } from './transactional-pool.ts';

export interface StepJob {
  readonly caseId: CaseId;
  readonly step: string;
}

/** A job of the text queue that belongs to no case: its id is the proof's. */
export const PROOF_JOB = 'prove';

const { Queue } = withBackend(createPostgresBackend);
const QUEUES: readonly QueueName[] = [...new Set(FLOW.map((step) => step.queue))];

/** How jobs become part of their case's trace. */
export interface JobTraces {
  readonly telemetry: Telemetry;
  withinCase<T>(caseId: string, work: () => T): T;
}

export interface Jobs {
  /** Adds the step's job inside the caller's transaction. The id is case + step + version: adding it again changes nothing. */
  enqueue(tx: pg.PoolClient, step: FlowStep, id: CaseId, version: number): Promise<void>;
  /** The calls of BullMQ's `add_job` that `enqueue` would make for these, in order, for a caller that adds many in one statement. */
  plan(wanted: readonly { readonly step: FlowStep; readonly id: CaseId; readonly version: number }[]): Promise<readonly (readonly unknown[])[]>;
  /**
   * Tells the workers of a queue that it has new jobs; for jobs that `plan` planned. Returns at once. A commit that notifies waits for every other one of
   * the database that does (PostgreSQL keeps them in order), so whoever is waited for leaves it to this. When it fails, workers find the jobs by
   * looking, within seconds.
   */
  wake(queue: QueueName): void;
  /** Adds the job of a proof (src/app/prove-door.ts) inside the caller's transaction. */
  enqueueProof(tx: pg.PoolClient, id: string): Promise<void>;
  /** Adds it outside any transaction (the sweep). False when the job is there already. */
  addAgain(step: FlowStep, id: CaseId, version: number): Promise<boolean>;
  counts(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  close(): Promise<void>;
}

/** BullMQ's own tables. */
export function migrateQueue(client: pg.PoolClient): Promise<number> {
  return runMigrations(client);
}

type StepQueue = InstanceType<typeof Queue<StepJob>>;

export function makeJobs(options: { readonly pool: pg.Pool; readonly log: Log; readonly traces?: JobTraces | undefined }): Jobs {
  const { traces } = options;
  const connection = asConnection(transactionalPool(options.pool));
  const queues = new Map<QueueName, StepQueue>();
  /** A queue whose first connection failed keeps that failure for ever, so it is forgotten and made anew at the next use. */
  const queueFor = (name: QueueName): StepQueue => {
    const known = queues.get(name);
    if (known) return known;
    const queue = outsideTransaction(
      () => new Queue<StepJob>(name, { connection, skipMetasUpdate: true, ...(traces ? { telemetry: traces.telemetry } : {}) }),
    );
    queue.on('error', (error) => options.log.error('queue.error', { queue: name, code: faultCode(error) }));
    queues.set(name, queue);
    outsideTransaction(() => queue.waitUntilReady()).catch(() => {
      if (queues.get(name) === queue) queues.delete(name);
      queue.close().catch(() => undefined);
    });
    return queue;
  };
  const add = (step: FlowStep, id: CaseId, version: number) => {
    const adding = () => queueFor(step.queue).add(step.name, { caseId: id, step: step.name }, jobOptions(step, id, version));
    return traces ? traces.withinCase(id, adding) : adding();
  };
  return {
    enqueue: async (tx, step, id, version) => {
      if (version === 1) options.log.info('case.opened', { caseId: id });
      await withinTransaction(tx, () => add(step, id, version));
    },
    plan: async (wanted) => {
      for (const { id, version } of wanted) if (version === 1) options.log.info('case.opened', { caseId: id });
      return await callsOfAddJob(async () => {
        for (const { step, id, version } of wanted) await add(step, id, version);
      });
    },
    wake: waker(options.pool),
    enqueueProof: async (tx, id) => {
      const options = { jobId: `proof.${id}`, attempts: 1, removeOnComplete: true, removeOnFail: true };
      await withinTransaction(tx, () => queueFor('text').add(PROOF_JOB, { caseId: caseId(id), step: PROOF_JOB }, options));
    },
    addAgain: async (step, id, version) => {
      const known = await queueFor(step.queue).getJob(jobId(step, id, version));
      if (known) {
        const state = await known.getState();
        if (state !== 'completed' && state !== 'failed' && state !== 'unknown') return false;
        await known.remove();
      }
      await add(step, id, version);
      return true;
    },
    counts: async () => Object.fromEntries(await Promise.all(QUEUES.map(async (name) => [name, await queueFor(name).getJobCounts()] as const))),
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

/** One notification at a time for each queue; what comes meanwhile is told by one more. */
function waker(pool: pg.Pool): (queue: QueueName) => void {
  const state = new Map<QueueName, 'telling' | 'again'>();
  const tell = (queue: QueueName): void => {
    state.set(queue, 'telling');
    // Nothing is lost with it, so it does not wait for the disk.
    const text = `SELECT set_config('synchronous_commit', 'off', true), pg_notify('bullmq_jobs', $1)`;
    const done = (): void => {
      const isAskedAgain = state.get(queue) === 'again';
      state.delete(queue);
      if (isAskedAgain) tell(queue);
    };
    pool.query({ name: 'wake-workers', text, values: [queue] }).then(done, done);
  };
  return (queue) => {
    if (state.has(queue)) state.set(queue, 'again');
    else tell(queue);
  };
}

function jobId(step: FlowStep, id: CaseId, version: number): string {
  return `${id}.${step.name}.${version}`;
}

function jobOptions(step: FlowStep, id: CaseId, version: number) {
  return {
    jobId: jobId(step, id, version),
    attempts: step.tries,
    backoff: { type: 'exponential' as const, delay: step.backoffMs, jitter: 0.3 },
    removeOnComplete: true,
    removeOnFail: { age: 14 * 24 * 3600 },
  };
}
