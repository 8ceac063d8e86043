/** Takes jobs off the queues and runs the step that each names, once per case and state. */
import { createPostgresBackend, DelayedError, type Job, withBackend } from 'bullmq';
import type pg from 'pg';
import type { Case } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';
import { type FlowStep, type QueueName, type StepName, stepNamed } from '#src/flow.ts';
import { TryLater } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';
import type { CaseStore, StepResult } from '#src/ports.ts';
import { faultCode } from './fault-code.ts';
import { type JobTraces, PROOF_JOB, type StepJob } from './jobs.ts';
import { nextMove } from './next-move.ts';
import { asConnection } from './transactional-pool.ts';

const { Worker } = withBackend(createPostgresBackend);

/** What a running step may tell about its progress (shown by the demo and the operations page). */
export interface StepContext {
  readonly signal: AbortSignal;
  progress(stage: string, done?: number, of?: number): void;
}
export type StepHandler = (subject: Case, context: StepContext) => Promise<StepResult>;

export interface WorkerOptions {
  readonly pool: pg.Pool;
  readonly store: CaseStore;
  readonly handlers: Readonly<Record<StepName, StepHandler>>;
  /** Reads and decides a proof by its id. */
  readonly prove?: (id: string) => Promise<void>;
  /** How many jobs of each queue run side by side in this process; 0 leaves a queue to others. */
  readonly concurrency: Readonly<Record<QueueName, number>>;
  /** A job whose worker is silent for so long goes to another; looked for every `stalledMs`. */
  readonly lockMs: number;
  readonly stalledMs: number;
  readonly log: Log;
  readonly traces?: JobTraces | undefined;
}

export interface RunningWorker {
  /** Lets running jobs end (or go back to the queue), takes no new ones. */
  close(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const names = (Object.keys(options.concurrency) as QueueName[]).filter((name) => options.concurrency[name] > 0);
  const workers = names.map((name) => {
    const worker = new Worker<StepJob>(name, (job, token) => runJob(options, job, token), {
      connection: asConnection(options.pool),
      concurrency: options.concurrency[name],
      lockDuration: options.lockMs,
      stalledInterval: options.stalledMs,
      maxStalledCount: 20,
      ...(options.traces ? { telemetry: options.traces.telemetry } : {}),
    });
    // Without a listener an 'error' event ends the process.
    worker.on('error', (error) => options.log.error('queue.error', { queue: name, code: faultCode(error) }));
    return worker;
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  options.log.info('worker.ready', { queues: names, concurrency: Math.max(...Object.values(options.concurrency)) });
  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

async function runJob(options: WorkerOptions, job: Job<StepJob>, token: string | undefined): Promise<string> {
  if (job.name === PROOF_JOB) {
    await options.prove?.(job.data.caseId);
    return PROOF_JOB;
  }
  const step = stepNamed(job.name as StepName);
  const current = await options.store.load(caseId(job.data.caseId));
  if (!current || current.state !== step.needs) {
    options.log.info('step.stale', { caseId: job.data.caseId, step: step.name });
    return 'stale';
  }
  const started = performance.now();
  try {
    const result = await limited(options.handlers[step.name], current, step, job);
    const ms = performance.now() - started;
    const moved = await options.store.advance(current, step.name, result, ms);
    const rule = result.facts?.decision?.rule;
    // Something else moved the case meanwhile (a patient merge, a corrected report): look again.
    if (!moved) throw new TryLater('the case moved while the step ran', { code: 'STEP_CONFLICT', phase: 'store' });
    options.log.info('step.done', { caseId: current.id, step: step.name, to: result.to, ms: Math.round(ms), ...(rule ? { rule } : {}) });
    return result.to;
  } catch (fault) {
    return await afterFault(options, job, token, step, current, fault, performance.now() - started);
  }
}

/** Runs the handler under the step's time limit; the handler's signal is aborted when it is over. */
async function limited(handler: StepHandler, current: Case, step: FlowStep, job: Job<StepJob>): Promise<StepResult> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      abort.abort();
      reject(new TryLater(`step ${step.name} took longer than ${step.timeLimitMs} ms`, { code: 'STEP_TIMEOUT', phase: 'compute' }));
    }, step.timeLimitMs);
  });
  let lastProgress = 0;
  const progress = (stage: string, done?: number, of?: number): void => {
    const now = performance.now();
    if (done !== undefined && done !== of && now - lastProgress < 200) return;
    lastProgress = now;
    // Progress is a courtesy: a lost line never fails the step.
    job.updateProgress({ caseId: current.id, step: step.name, stage, ...(done === undefined ? {} : { done, of }) }).catch(() => undefined);
  };
  try {
    return await Promise.race([handler(current, { signal: abort.signal, progress }), overdue]);
  } finally {
    clearTimeout(timer);
  }
}

async function afterFault(
  options: WorkerOptions,
  job: Job<StepJob>,
  token: string | undefined,
  step: FlowStep,
  current: Case,
  fault: unknown,
  ms: number,
): Promise<string> {
  const attempt = job.attemptsMade + 1;
  const move = nextMove(fault, attempt, step.tries);
  if (move.code === 'UNEXPECTED')
    options.log.error('fault.unexpected', { where: step.name, name: fault instanceof Error ? fault.name : typeof fault, code: faultPlace(fault) });
  if (move.kind === 'wait') {
    options.log.info('step.retry', { caseId: current.id, step: step.name, code: move.code, phase: move.phase, attempt });
    await job.moveToDelayed(Date.now() + move.delayMs, token);
    throw new DelayedError();
  }
  if (move.kind === 'retry') {
    options.log.warn('step.retry', { caseId: current.id, step: step.name, code: move.code, phase: move.phase, attempt });
    throw fault;
  }
  const to = move.kind === 'park' ? 'parked' : 'closed';
  await options.store.advance(
    current,
    step.name,
    { to, facts: { stopped: { code: move.code, text: move.text } }, detail: `${move.code}: ${move.text}` },
    ms,
  );
  options.log.warn('step.parked', { caseId: current.id, step: step.name, code: move.code });
  return to;
}

/** File and line of the first frame that is ours: enough to find a bug, and no data. */
function faultPlace(fault: unknown): string {
  const line = fault instanceof Error ? fault.stack?.split('\n').find((frame) => frame.includes('/src/')) : undefined;
  return line?.match(/\/src\/(\S+?:\d+)/)?.[1] ?? 'unknown';
}
