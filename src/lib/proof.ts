/** Health by a synthetic report: how far the last invented report came, as the pages, `doctor` and /health/proof tell it. */

export interface Proof {
  /** ISO 8601 */
  readonly startedAt: string;
  /** Null while it is on its way. */
  readonly endedAt: string | null;
  readonly passed: boolean | null;
  /** Where it stopped; null when it passed or is on its way. */
  readonly code: string | null;
}

export interface ProofState {
  /** `off`: not set up; `never`: none has ended yet; `late`: the last one that passed is too long ago; `failed`: the last one did not pass. */
  readonly status: 'proved' | 'failed' | 'late' | 'never' | 'off';
  readonly lastPassedAt: string | null;
  /** From the first byte sent to the decision of the last one that passed. */
  readonly tookMs: number | null;
  readonly last: Proof | null;
}

/** Three in a row may fail before it is called late, so that one restart is no alarm. */
const LATE_AFTER = 3;

export function proofState(last: readonly Proof[], everyMinutes: number, now: Date): ProofState {
  const passed = last.find((one) => one.passed === true);
  const ended = last.find((one) => one.endedAt !== null);
  const tookMs = passed?.endedAt ? Date.parse(passed.endedAt) - Date.parse(passed.startedAt) : null;
  const shared = { lastPassedAt: passed?.endedAt ?? null, tookMs, last: last[0] ?? null };
  if (everyMinutes === 0) return { status: 'off', ...shared };
  if (ended?.passed === false) return { status: 'failed', ...shared };
  if (!passed?.endedAt) return { status: 'never', ...shared };
  const late = now.getTime() - Date.parse(passed.endedAt) > LATE_AFTER * everyMinutes * 60_000;
  return { status: late ? 'late' : 'proved', ...shared };
}
