/** Follows the health record: what people do there with our referrals comes back into the cases, by polling. */
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { takeChanges } from '../steps/take-changes.ts';
import { type Data, type Running, systemClock } from './open-data.ts';
import type { openRecord } from './outside.ts';

const DAY_MS = 24 * 3_600_000;

/** Polls every FHIR_POLL_SECONDS (0: never). The first look goes back a week, later ones two polls: an overlap adds nothing. */
export function followRecord(config: Config, data: Data, record: ReturnType<typeof openRecord>, log: Log): Running {
  const everyMs = config.FHIR_POLL_SECONDS * 1000;
  if (everyMs === 0) return { close: () => Promise.resolve() };
  let since = new Date(systemClock.now().getTime() - 7 * DAY_MS);
  let running: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const started = systemClock.now();
    try {
      await takeChanges({ store: data.store, record }, since.toISOString());
      since = new Date(started.getTime() - 2 * everyMs);
    } catch (error) {
      // The record is down or slow: the next look covers this time too.
      log.warn('step.retry', {
        caseId: '',
        step: 'take-changes',
        code: error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED',
        phase: 'answer',
        attempt: 1,
      });
    }
  };
  const timer = setInterval(() => {
    running = running.then(look);
  }, everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
