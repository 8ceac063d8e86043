/** The one place that turns a fault into the queue's next move. Pure. */
import { AskAHuman, GiveUp, TryLater } from '#src/lib/errors.ts';
import { isDatabaseDown } from './database-down.ts';

export type NextMove =
  | { readonly kind: 'retry'; readonly code: string; readonly phase: string }
  /** The outside told when (Retry-After, the schedule for late images): wait without using up a try. */
  | { readonly kind: 'wait'; readonly code: string; readonly phase: string; readonly delayMs: number }
  | { readonly kind: 'park'; readonly code: string; readonly text: string }
  | { readonly kind: 'close'; readonly code: string; readonly text: string };

/** How long a job stays away from a database that is down. */
const DATABASE_WAIT_MS = 5_000;

/** A fault that is none of ours is a bug: a few tries in case it was the weather, then parked and loud. */
export const TRIES_FOR_A_BUG = 3;

export function nextMove(fault: unknown, attempt: number, tries: number): NextMove {
  if (fault instanceof GiveUp) return { kind: 'close', code: fault.code, text: fault.message };
  if (fault instanceof AskAHuman) return { kind: 'park', code: fault.code, text: fault.message };
  if (fault instanceof TryLater) {
    if (fault.retryAfterMs !== undefined) return { kind: 'wait', code: fault.code, phase: fault.phase, delayMs: fault.retryAfterMs };
    if (attempt < tries) return { kind: 'retry', code: fault.code, phase: fault.phase };
    return { kind: 'park', code: fault.code, text: `${fault.message} (after ${attempt} tries)` };
  }
  // However long the database is away, no case is parked for it.
  if (isDatabaseDown(fault)) return { kind: 'wait', code: 'DATABASE_DOWN', phase: 'store', delayMs: DATABASE_WAIT_MS };
  if (attempt < Math.min(TRIES_FOR_A_BUG, tries)) return { kind: 'retry', code: 'UNEXPECTED', phase: 'compute' };
  // The message of an unknown fault may carry anything, so only its class is told.
  return { kind: 'park', code: 'UNEXPECTED', text: `an unexpected fault (${fault instanceof Error ? fault.name : typeof fault})` };
}
