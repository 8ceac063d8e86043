/** Reads a stored message again by today's rules: for `backstop replay` and `backstop read FILE`. Pure; sends and stores nothing. */
import type { RawMessage } from '#src/ports.ts';
import { splitBatch } from './batch.ts';
import type { FrameFlag } from './mllp-frame.ts';
import { readMessage, type Verdict } from './read-message.ts';
import { type Admission, receiveFrame } from './receive-frame.ts';
import type { SourceProfile } from './source-profile.ts';

type StoredVerdict = Verdict | Extract<Admission, { kind: 'refuse' | 'ignore' }>;

const FRAME_FLAGS: readonly string[] = ['no-cr-after-fs', 'cut-off', 'too-large'];

/**
 * What the listener would make of these bytes now. `flags` are those the message was stored with: what happened to its frame is
 * remembered, all others are found again. Compare the report with the held one by `reportChanges` (src/case/report-changes.ts).
 */
export function readStoredMessage(bytes: Uint8Array, profile: SourceProfile, flags: RawMessage['flags'] = []): StoredVerdict {
  const kept = flags.filter((flag) => FRAME_FLAGS.includes(flag)) as FrameFlag[];
  const part = { bytes: unframed(bytes), flags: flags.filter((flag) => flag === 'batch') };
  const { raw, admission } = receiveFrame(part, kept, { profile, remoteAddress: '', rules: null });
  return admission.kind === 'refuse' || admission.kind === 'ignore' ? admission : readMessage(raw, profile);
}

/** A file may hold the frame as well: VT before, FS CR behind. */
function unframed(bytes: Uint8Array): Uint8Array {
  const start = bytes[0] === 0x0b ? 1 : 0;
  const end = bytes.lastIndexOf(0x1c);
  return end > start && end >= bytes.length - 3 ? bytes.subarray(start, end) : bytes.subarray(start);
}

/** The messages of a file: one, several MLLP frames one after another, a batch (FHS, BHS), or several MSH. */
export function messagesIn(file: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < file.length; ) {
    const end = file.indexOf(0x1c, start);
    pieces.push(file.subarray(start, end < 0 ? file.length : end));
    start = end < 0 ? file.length : end + 1;
  }
  return pieces
    .map((piece) => piece.subarray(Math.max(0, piece.indexOf(0x0b) + 1)))
    .filter((piece) => looksLikeHl7(piece))
    .flatMap((piece) => splitBatch(piece).map((part) => part.bytes));
}

/** True when a file looks like HL7, framed or not: it begins with an MSH segment (or a batch's FHS or BHS) after VT, a byte order mark or blank space. */
export function looksLikeHl7(bytes: Uint8Array): boolean {
  return /^\s*(?:MSH|FHS|BHS)[^A-Za-z0-9\s]/.test(
    Buffer.from(bytes.subarray(0, 200))
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  );
}
