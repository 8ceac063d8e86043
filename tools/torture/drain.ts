/** Waits until nothing moves any more: every case at rest, no job left, no HL7 message waiting. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '#src/systems/postgres/pool.ts';
import { ask } from './ask.ts';

export const AT_REST = ['written', 'answered', 'parked', 'closed'];

export interface Left {
  readonly moving: number;
  readonly jobs: number;
  readonly outbox: number;
  /** Acknowledged messages without their case. */
  readonly unfiled: number;
}

const LEFT = `
  SELECT (SELECT count(*)::int FROM backstop.cases WHERE state <> ALL ($1)) AS moving,
    (SELECT count(*)::int FROM bullmq.job WHERE state IN ('waiting', 'active', 'delayed')) AS jobs,
    (SELECT count(*)::int FROM backstop.outbox WHERE state = 'waiting') AS outbox,
    (SELECT count(*)::int FROM backstop.message WHERE unfiled IS NOT NULL) AS unfiled`;

export async function left(pool: Pool): Promise<Left> {
  const [found] = await ask<Left & Record<string, unknown>>(pool, LEFT, [AT_REST]);
  return found ?? { moving: -1, jobs: -1, outbox: -1, unfiled: -1 };
}

/** What is still left when the time is over; all zero when it is drained. `told` is called every 15 s. */
export async function drain(pool: Pool, seconds: number, told: (now: Left) => void): Promise<Left> {
  const end = performance.now() + seconds * 1000;
  let nextWord = performance.now() + 15_000;
  for (;;) {
    const now = await left(pool);
    if ((now.moving === 0 && now.jobs === 0 && now.outbox === 0 && now.unfiled === 0) || performance.now() > end) return now;
    if (performance.now() > nextWord) {
      told(now);
      nextWord += 15_000;
    }
    await pause(250);
  }
}
