/** How hard an archive may be worked: requests at once, and requests per second. */

export interface TurnClock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  wait(ms: number): Promise<unknown>;
}

const CLOCK: TurnClock = { now: () => performance.now(), wait: (ms) => new Promise((go) => setTimeout(go, ms)) };

/** Gives a function that waits until the next request may start; `perSecond` undefined means at once. */
export function makeTurns(perSecond: number | undefined, clock: TurnClock = CLOCK): () => Promise<void> {
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    if (perSecond === undefined) return;
    const now = clock.now();
    const at = Math.max(now, next);
    next = at + 1000 / perSecond;
    if (at > now) await clock.wait(at - now);
  };
}

/** At most `places` holders at once; each must call its release (once counts, more are harmless). */
export function makeGate(places: number): () => Promise<() => void> {
  let free = places;
  const waiting: (() => void)[] = [];
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
  };
}
