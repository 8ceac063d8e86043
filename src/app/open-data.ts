/** The one datastore with what stands on it, for every role. */
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { CaseStore, Clock } from '../ports.ts';
import { makeCaseStore } from '../systems/postgres/case-store.ts';
import { makePool, type Pool } from '../systems/postgres/pool.ts';
import { unfiledMessages, unfinishedCases } from '../systems/postgres/standing-cases.ts';
import { type Jobs, type JobTraces, makeJobs } from '../systems/queue/jobs.ts';
import type { Standing } from '../systems/telemetry/metrics.ts';

/** Something that runs until it is closed. Closing lets what is under way end. */
export interface Running {
  close(): Promise<void>;
}

export const systemClock: Clock = { now: () => new Date() };

export interface Data {
  readonly pool: Pool;
  readonly jobs: Jobs;
  readonly store: CaseStore;
  /** Undefined when no trace collector is configured. */
  readonly traces: JobTraces | undefined;
  close(): Promise<void>;
}

/** What /metrics reads from the database at each scrape. */
export function standingOf(data: Data): Standing {
  return { queues: () => data.jobs.counts(), unfinished: () => unfinishedCases(data.pool), unfiled: () => unfiledMessages(data.pool) };
}

/** Opens the one datastore. `url` is the configured or the embedded database. */
export function openData(config: Config, url: string, log: Log, role: string, traces?: JobTraces): Data {
  const pool = makePool({
    url,
    max: config.DATABASE_POOL,
    applicationName: `backstop-${role}`,
    onError: (error) => log.error('queue.error', { queue: 'postgres', code: error.name }),
  });
  const jobs = makeJobs({ pool, log, traces });
  const store = makeCaseStore({ pool, enqueue: jobs.enqueue });
  const close = async (): Promise<void> => {
    await jobs.close();
    await pool.end();
  };
  return { pool, jobs, store, traces, close };
}
