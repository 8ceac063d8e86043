/**
 * What was acknowledged becomes cases. The listener's second half: it files the messages that wait, in the order of their arrival, a few milliseconds
 * after each ACK; what a process left behind when it died is filed by the next one, or by any other listener. While many messages come at once the door
 * goes first, and filing takes a group now and then until it is quiet or the backlog is full.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageId } from '#src/case/ids.ts';
import type { Log } from '#src/lib/log.ts';
import type { Backlog } from './backlog.ts';
import { type Filed, fileTurn, setAside, TurnFault, type TurnOptions } from './file-turn.ts';
import * as sql from './queries.ts';

export interface FilingOptions extends TurnOptions {
  readonly backlog: Backlog;
  /** Milliseconds since the door was busy. */
  quietMs(): number;
  readonly log: Log;
  /** Looks by itself so often: for what another process left behind. */
  readonly lookMs?: number;
}

export interface Filing {
  /** There is something to file. */
  wake(): void;
  /** Resolves when nothing waits any more, as far as this process can see. For tests and benches. */
  idle(): Promise<void>;
  /** Files what waits for some seconds more, then ends; the rest waits for the next start. */
  close(): Promise<void>;
}

const MOST_TOGETHER = 64;
/**
 * A pause of the door this long is a chance to file. A busy door has none: then, after a while, any moment is taken at which no message is being kept.
 * In a flood there is none of these either, and filing waits no longer than a second.
 */
const QUIET_MS = 3;
const PATIENT_MS = 50;
const GIVE_WAY_MS = 1_000;
const LOOK_MS = 5_000;
const CLOSE_MS = 3_000;
/** After a fault of the database: 0.2 s, then doubled up to 5 s. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Our own code may fail for a reason that passes; data that the database refuses will not change. */
const TRIES = 3;

export function startFiling(options: FilingOptions): Filing {
  const { backlog, log, lookMs = LOOK_MS } = options;
  const closing = new AbortController();
  let closeBy = Number.POSITIVE_INFINITY;
  let wakeUp: () => void = () => undefined;
  let isWoken = false;
  let countedAt = Number.NEGATIVE_INFINITY;
  let idlers: (() => void)[] = [];
  /** After a group that failed, so many are filed one by one, to find the one at fault. */
  let alone = 0;
  const failures = new Map<MessageId, number>();
  let pauseMs = FIRST_PAUSE_MS;

  const told = (filed: readonly Filed[], began: number): void => {
    const ms = performance.now() - began;
    for (const { message, caseId, unusableCode } of filed) {
      failures.delete(message.id);
      if (unusableCode !== null && caseId === null)
        log.warn('listener.set-aside', { source: message.source, messageId: message.id, code: unusableCode });
      log.info('listener.filed', {
        source: message.source,
        messageId: message.id,
        ms: Math.round(message.waitedMs + ms),
        ...(caseId === null ? {} : { caseId }),
      });
    }
  };

  /** Whether to take another turn at once. */
  const turn = async (): Promise<boolean> => {
    const began = performance.now();
    try {
      const { filed, more } = await fileTurn(options, alone > 0 ? 1 : MOST_TOGETHER);
      pauseMs = FIRST_PAUSE_MS;
      alone = Math.max(0, alone - 1);
      told(filed, began);
      backlog.filed(filed.length);
      return more;
    } catch (cause) {
      await failed(cause instanceof TurnFault ? cause : new TurnFault(cause, null, false));
      return !closing.signal.aborted;
    }
  };

  const failed = async (fault: TurnFault): Promise<void> => {
    const { culprit } = fault;
    if (!fault.isOfItems) return await storeFault(fault);
    if (culprit === null) {
      // A turn of one goes alone and has a culprit; this is a group, or the look for what waits.
      if (alone > 0) return await storeFault(fault);
      alone = MOST_TOGETHER;
      return;
    }
    const tries = (failures.get(culprit) ?? 0) + 1;
    failures.set(culprit, tries);
    const isRefused = fault.cause instanceof Error && 'severity' in fault.cause;
    if (!isRefused && tries < TRIES) return await pause(FIRST_PAUSE_MS * tries);
    failures.delete(culprit);
    log.error('fault.unexpected', { where: 'filing', name: nameOf(fault.cause), code: 'HL7_FILING_FAULT' });
    try {
      if (await setAside(options.pool, culprit, 'HL7_FILING_FAULT', `filing the message failed (${nameOf(fault.cause)}); the message is kept`))
        backlog.filed(1);
    } catch (cause) {
      await storeFault(new TurnFault(cause, null, false));
    }
  };

  const storeFault = async (fault: TurnFault): Promise<void> => {
    log.error('queue.error', { queue: 'filing', code: nameOf(fault.cause) });
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };

  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined);

  const giveWay = async (): Promise<void> => {
    const began = performance.now();
    for (let waited = 0; waited < GIVE_WAY_MS && !closing.signal.aborted; waited = performance.now() - began) {
      const quietMs = options.quietMs();
      if (quietMs >= QUIET_MS || (waited > PATIENT_MS && quietMs > 0)) return;
      await sleep(1);
    }
  };

  /** Other listeners add and file too, so our own count is put right now and then. */
  const count = async (): Promise<void> => {
    countedAt = performance.now();
    const found = await options.pool.query<{ count: number }>(sql.countUnfiled).catch(() => null);
    if (found) backlog.correct(found.rows[0]?.count ?? 0);
  };

  const nextWake = async (): Promise<void> => {
    for (const done of idlers.splice(0)) done();
    const { promise, resolve } = Promise.withResolvers<void>();
    wakeUp = resolve;
    const timer = setTimeout(resolve, lookMs);
    await promise;
    clearTimeout(timer);
  };

  const run = async (): Promise<void> => {
    while (performance.now() < closeBy) {
      if (performance.now() - countedAt > lookMs) await count();
      isWoken = false;
      await giveWay();
      if ((await turn()) || isWoken) continue;
      if (closing.signal.aborted) return;
      await nextWake();
    }
  };
  const running = run();

  return {
    wake: () => {
      isWoken = true;
      wakeUp();
    },
    idle: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      idlers.push(resolve);
      isWoken = true;
      wakeUp();
      return promise;
    },
    close: async () => {
      closeBy = performance.now() + CLOSE_MS;
      closing.abort();
      wakeUp();
      await running;
      for (const done of idlers.splice(0)) done();
    },
  };
}

function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
