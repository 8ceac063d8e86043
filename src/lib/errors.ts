/** Three errors, named for the next move. One place maps them to the queue's moves, one to AA/AE/AR. Anything else is a bug. */

export type Phase = 'resolve' | 'connect' | 'send' | 'answer' | 'parse' | 'store' | 'compute';

export interface FaultOptions {
  /** Stable, upper case with the system in front: DICOMWEB_TIMEOUT. Listed in docs/runbook.md. */
  readonly code: string;
  readonly phase: Phase;
  readonly cause?: unknown;
  /** Wait at least this long, when the outside said so (Retry-After). */
  readonly retryAfterMs?: number;
}

class Fault extends Error {
  readonly code: string;
  readonly phase: Phase;
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: FaultOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.phase = options.phase;
    this.retryAfterMs = options.retryAfterMs;
    this.name = new.target.name;
  }
}

/** The outside is down or slow: the same call may go through later. */
export class TryLater extends Fault {}
/** This can never work as it is: close the case with the reason. */
export class GiveUp extends Fault {}
/** A person has to look: park the case with the reason. */
export class AskAHuman extends Fault {}
