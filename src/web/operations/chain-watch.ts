/**
 * Whether the audit trail fits its chain, for a page that is looked at often: reading a trail of hundreds of thousands of rows takes seconds, so the answer
 * of a long one holds for a hundred times as long as it took, and the page tells when it was read; `backstop audit verify` reads it anew.
 */
import type { AuditTrail, Clock } from '#src/ports.ts';

export interface ChainState {
  /** The first row that does not fit, or null. */
  readonly broken: string | null;
  readonly checkedAt: Date;
}

/** A trail with fewer rows is read for every view: some tens of milliseconds. */
const LONG_ROWS = 5_000;
const HOLDS_TIMES = 100;

/** A long trail is read behind the page, which shows the answer before. Rejects when the trail cannot be read and is short, or never was read. */
export function chainWatch(chain: AuditTrail['chain'], clock: Clock): () => Promise<ChainState> {
  let last: (ChainState & { readonly rows: number; readonly tookMs: number }) | null = null;
  let reading: Promise<ChainState> | null = null;
  const read = async (): Promise<ChainState> => {
    const checkedAt = clock.now();
    try {
      last = { ...(await chain()), checkedAt, tookMs: clock.now().getTime() - checkedAt.getTime() };
      return last;
    } finally {
      reading = null;
    }
  };
  return async () => {
    const isLong = last !== null && last.rows >= LONG_ROWS;
    // A clock that was set back must not keep an old answer for ever.
    const age = last ? Math.abs(clock.now().getTime() - last.checkedAt.getTime()) : 0;
    if (last && isLong && age < HOLDS_TIMES * last.tookMs) return last;
    reading ??= read();
    if (!last || !isLong) return await reading;
    reading.catch(() => undefined);
    return last;
  };
}
