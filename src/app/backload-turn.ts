/** The pace of a backload: at most so many reports a minute, and only in the hours in which the hospital sleeps. */

export interface Pace {
  /** Null: as fast as it goes. */
  readonly perMinute: number | null;
  /** Minutes of the local day, e.g. 20:00 to 06:00; null: at any hour. */
  readonly between: { readonly from: number; readonly to: number } | null;
}

export interface PaceClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Minutes since local midnight. */
  readonly minuteOfDay: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const LOOK_AGAIN_MS = 60_000;

/** Each call returns when the next report may begin. */
export function makeTurn(pace: Pace, clock: PaceClock): () => Promise<void> {
  let next = 0;
  return async () => {
    while (pace.between && !isBetween(clock.minuteOfDay(), pace.between)) await clock.sleep(LOOK_AGAIN_MS);
    if (pace.perMinute === null) return;
    const wait = next - clock.now();
    if (wait > 0) await clock.sleep(wait);
    next = Math.max(clock.now(), next) + 60_000 / pace.perMinute;
  };
}

function isBetween(minute: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
