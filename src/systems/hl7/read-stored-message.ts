/** Reads a stored message again by today's rules: for `backstop replay` and `backstop read FILE`. Pure; sends and stores nothing. */
import type { RawMessage } from '#src/ports.ts';
import type { FrameFlag } from './mllp-frame.ts';
import { receiveFrame, type Verdict } from './receive-frame.ts';
import type { SourceProfile } from './source-profile.ts';

const FRAME_FLAGS: readonly string[] = ['no-cr-after-fs', 'cut-off', 'too-large'];

/**
 * What the listener would make of these bytes now. `flags` are those the message was stored with: what happened to its frame is
 * remembered, all others are found again. Compare the report with the held one by `reportChanges` (src/case/report-changes.ts).
 */
export function readStoredMessage(bytes: Uint8Array, profile: SourceProfile, flags: RawMessage['flags'] = []): Verdict {
  const kept = flags.filter((flag) => FRAME_FLAGS.includes(flag)) as FrameFlag[];
  return receiveFrame({ bytes: unframed(bytes), flags: flags.filter((flag) => flag === 'batch') }, kept, { profile, remoteAddress: '', rules: null })
    .verdict;
}

/** A file may hold the frame as well: VT before, FS CR behind. */
function unframed(bytes: Uint8Array): Uint8Array {
  const start = bytes[0] === 0x0b ? 1 : 0;
  const end = bytes.lastIndexOf(0x1c);
  return end > start && end >= bytes.length - 3 ? bytes.subarray(start, end) : bytes.subarray(start);
}

/** True when a file looks like HL7, framed or not: it begins with an MSH segment after VT, a byte order mark or blank space. */
export function looksLikeHl7(bytes: Uint8Array): boolean {
  return /^\s*MSH[^A-Za-z0-9\s]/.test(
    Buffer.from(bytes.subarray(0, 200))
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  );
}
