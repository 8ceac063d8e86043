/** Follows the health record: what people do there with our referrals comes back into the cases, by polling, and at once where the record calls us. */
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { takeChanges } from '../steps/take-changes.ts';
import { onlyOne } from '../systems/postgres/only-one.ts';
import { makeWakeUp } from '../systems/postgres/wake-up.ts';
import { type Data, type Running, systemClock } from './open-data.ts';
import type { openRecord } from './outside.ts';
import { type SubscriptionSettings, subscriptionSettings, WAKE_CHANNEL } from './subscription-settings.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A subscription lives a day and is renewed three times in it; what nobody renews ends by itself. */
const RENEW_MS = DAY_MS / 3;
/** After one that is not switched on yet, or could not be made. */
const RENEW_SOON_MS = MINUTE_MS;

/**
 * One worker of many follows. It looks when it starts (a week back), every FHIR_POLL_SECONDS (0: never), and whenever the record's
 * notification arrives at the web process. Later looks go back over the one before: an overlap adds nothing.
 */
export function followRecord(config: Config, data: Data, record: ReturnType<typeof openRecord>, log: Log): Running {
  const everyMs = config.FHIR_POLL_SECONDS * 1000;
  const subscription = subscriptionSettings(config);
  if (everyMs === 0 && !subscription) return { close: () => Promise.resolve() };
  const mine = onlyOne(data.pool, 'follow record');
  const overlapMs = Math.min(Math.max(2 * everyMs, 5 * MINUTE_MS), 60 * MINUTE_MS);
  let since = new Date(systemClock.now().getTime() - 7 * DAY_MS);
  const look = oneAfterAnother(async () => {
    const started = systemClock.now();
    try {
      if (!(await mine.isMine())) return;
      await takeChanges({ store: data.store, record }, since.toISOString());
      since = new Date(started.getTime() - overlapMs);
    } catch (error) {
      // The record is down or slow: the next look covers this time too.
      log.warn('step.retry', { caseId: '', step: 'take-changes', code: codeOf(error), phase: 'answer', attempt: 1 });
    }
  });
  const timer = everyMs > 0 ? setInterval(look.ask, everyMs) : undefined;
  const listening = subscription ? makeWakeUp(data.pool, WAKE_CHANNEL).listen(look.ask) : null;
  const renewing = subscription ? keepSubscribed(subscription, mine, record, log) : null;
  look.ask();
  return {
    close: async () => {
      clearInterval(timer);
      await listening?.close();
      await renewing?.close();
      await look.end();
      await mine.close();
    },
  };
}

/** Asked while it runs, it runs once more; never two at a time, and a hundred calls at once are one look. */
function oneAfterAnother(work: () => Promise<void>): { ask(): void; end(): Promise<void> } {
  let running: Promise<void> | null = null;
  let again = false;
  let ended = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await work();
    } while (again && !ended);
    running = null;
  };
  return {
    ask: () => {
      if (ended) return;
      if (running) again = true;
      else running = run();
    },
    end: async () => {
      ended = true;
      await running;
    },
  };
}

/** The subscription is left in the record when we stop: the next start takes it over, and a notification meanwhile is answered by the first look. */
function keepSubscribed(
  { endpoint, secret, topic }: SubscriptionSettings,
  mine: ReturnType<typeof onlyOne>,
  record: ReturnType<typeof openRecord>,
  log: Log,
): Running {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const renew = async (): Promise<void> => {
    let nextMs = RENEW_SOON_MS;
    try {
      if (await mine.isMine()) {
        const until = new Date(systemClock.now().getTime() + DAY_MS).toISOString();
        const state = await record.subscribe({ endpoint, secret, topic, until });
        log.info('fhir.subscription', { state });
        if (state !== 'requested') nextMs = RENEW_MS;
      }
    } catch (error) {
      log.warn('step.retry', { caseId: '', step: 'subscribe', code: codeOf(error), phase: 'answer', attempt: 1 });
    }
    if (ended) return;
    timer = setTimeout(() => {
      running = renew();
    }, nextMs);
  };
  let running = renew();
  return {
    close: async () => {
      ended = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED';
}
