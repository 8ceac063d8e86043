/** Hands a message to the intake and waits for the commit, but not longer than a sender waits for its ACK. */
import type { Intake, Kept } from '#src/ports.ts';
import type { Outcome } from './answer-codes.ts';
import type { ReceivedFrame } from './receive-frame.ts';

export interface Committed {
  readonly outcome: Outcome;
  /** Stable code for the log and the sender; null when all is well. */
  readonly code: string | null;
  readonly messageId: string | null;
  /** Settles when the intake is done with the bytes, which may be after the time limit. Never rejects. */
  readonly settled: Promise<unknown>;
}

/** `limitMs`: Mirth's sender waits 5 s by default, so an answer after that would meet a resend. */
export function commitMessage({ raw, admission }: ReceivedFrame, intake: Intake, limitMs: number): Promise<Committed> {
  const refused = admission.kind === 'refuse' ? admission.fault : null;
  return new Promise((resolve) => {
    const settled = keep().then(
      (kept) => done({ outcome: refused ? 'refused' : 'accepted', code: refused?.code ?? null, messageId: kept.messageId }),
      (cause: unknown) => done({ outcome: 'try-again', code: codeOf(cause), messageId: null }),
    );
    const timer = setTimeout(() => done({ outcome: 'try-again', code: 'HL7_STORE_SLOW', messageId: null }), limitMs);
    // The first one counts: a promise resolves once.
    function done(result: Omit<Committed, 'settled'>): void {
      clearTimeout(timer);
      resolve({ ...result, settled });
    }
    async function keep(): Promise<Kept> {
      return await intake.keep(raw, admission.kind === 'file' ? 'file' : 'nothing', refused);
    }
  });
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'HL7_STORE_DOWN';
}
