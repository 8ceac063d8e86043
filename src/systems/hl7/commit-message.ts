/** Hands a message to the inbox and waits for the commit, but not longer than a sender waits for its ACK. */
import type { Inbox, Received } from '#src/ports.ts';
import type { Outcome } from './answer-codes.ts';
import type { ReadFrame } from './receive-frame.ts';

export interface Committed {
  readonly outcome: Outcome;
  /** Stable code for the log and the sender; null when all is well. */
  readonly code: string | null;
  readonly messageId: string | null;
  readonly caseId: string | null;
  readonly duplicate: boolean;
  /** Settles when the inbox is done with the bytes, which may be after the time limit. Never rejects. */
  readonly settled: Promise<unknown>;
}

/** `limitMs`: Mirth's sender waits 5 s by default, so an answer after that would meet a resend. */
export async function commitMessage(frame: ReadFrame, inbox: Inbox, limitMs: number): Promise<Committed> {
  const done = Promise.resolve()
    .then(() => hand(frame, inbox))
    .then(
      (received) => ({ received }),
      (cause: unknown) => ({ cause }),
    );
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<'too-late'>((resolve) => {
    timer = setTimeout(() => resolve('too-late'), limitMs);
  });
  const first = await Promise.race([done, tooLate]);
  clearTimeout(timer);
  const none = { messageId: null, caseId: null, duplicate: false, settled: done };
  if (first === 'too-late') return { outcome: 'try-again', code: 'HL7_STORE_SLOW', ...none };
  if ('cause' in first) return { outcome: 'try-again', code: codeOf(first.cause), ...none };
  const isRefused = frame.verdict.kind === 'refuse';
  return {
    outcome: isRefused ? 'refused' : 'accepted',
    code: isRefused ? frame.verdict.fault.code : null,
    messageId: first.received.messageId,
    caseId: first.received.kind === 'stored' ? first.received.caseId : null,
    duplicate: first.received.kind === 'duplicate',
    settled: done,
  };
}

function hand({ raw, verdict }: ReadFrame, inbox: Inbox): Promise<Received> {
  switch (verdict.kind) {
    case 'report':
      return inbox.receive(raw, verdict.report, verdict.unusable, verdict.more);
    case 'merge':
      return inbox.merge(raw, verdict.merges);
    case 'store':
      return inbox.receive(raw, null, verdict.unusable);
    case 'refuse':
      return inbox.receive(raw, null, verdict.fault);
    case 'ignore':
      throw new RangeError('an ACK is not stored');
  }
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'HL7_STORE_DOWN';
}
