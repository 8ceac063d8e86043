/** Cuts a frame into its messages: batches (FHS/BHS ... BTS/FTS, HL7 v2 chapter 2, 2.10.3) and frames with several MSH. Pure, on bytes. */

export interface BatchPart {
  readonly bytes: Uint8Array;
  readonly flags: readonly string[];
}

const CR = 0x0d;
const LF = 0x0a;
const ENVELOPE = new Set(['FHS', 'BHS', 'BTS', 'FTS']);

function nameAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0);
}

/** A frame with one message (or with none that can be told) comes back as it is. Every byte of a message stays in it. */
export function splitBatch(bytes: Uint8Array): BatchPart[] {
  if (isOneMessage(bytes)) return [{ bytes, flags: [] }];
  const starts = lineStarts(bytes).filter((at) => isSegmentStart(bytes, at, ENVELOPE) || isSegmentStart(bytes, at, MESSAGE));
  const marks = starts.map((at) => ({ at, name: nameAt(bytes, at) }));
  const messages = marks.filter((mark) => mark.name === 'MSH');
  const isBatch = marks.some((mark) => mark.name !== 'MSH');
  if (messages.length === 0 || (messages.length === 1 && !isBatch)) return [{ bytes, flags: [] }];
  const count = isBatch ? batchCount(bytes, marks) : null;
  const flags = isBatch ? ['batch'] : ['several-messages-in-frame'];
  if (count !== null && count !== messages.length) flags.push('batch-count-differs');
  return messages.map((mark) => {
    const next = marks.find((other) => other.at > mark.at)?.at ?? bytes.length;
    return { bytes: bytes.slice(mark.at, next), flags };
  });
}

const MESSAGE = new Set(['MSH']);
const NAMES = ['MSH', 'FHS', 'BHS', 'BTS', 'FTS'].map((name) => Buffer.from(name, 'latin1'));

/** Five searches in place of a look at every line: most frames hold none of these names but the MSH that they begin with. */
function isOneMessage(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return NAMES.every((name) => buffer.indexOf(name, 1) < 0) && (nameAt(bytes, 0) === 'MSH' || !ENVELOPE.has(nameAt(bytes, 0)));
}

/** Name, then a delimiter: "MSHAPE" at the start of a line of text is no message. */
function isSegmentStart(bytes: Uint8Array, at: number, names: ReadonlySet<string>): boolean {
  return names.has(nameAt(bytes, at)) && !/[A-Za-z0-9\s\0]/.test(String.fromCharCode(bytes[at + 3] ?? 0));
}

function lineStarts(bytes: Uint8Array): number[] {
  const starts = [0];
  for (let at = 0; at < bytes.length - 1; at++) if ((bytes[at] === CR || bytes[at] === LF) && isEnvelopeLetter(bytes[at + 1])) starts.push(at + 1);
  return starts;
}

/** M, F or B: cheap first look, so that 20 MB of text make no long list. */
function isEnvelopeLetter(byte: number | undefined): boolean {
  return byte === 0x4d || byte === 0x46 || byte === 0x42;
}

/** BTS-1, the number of messages; null when it is not told or there are several batches. */
function batchCount(bytes: Uint8Array, marks: readonly { readonly at: number; readonly name: string }[]): number | null {
  const trailers = marks.filter((mark) => mark.name === 'BTS');
  const trailer = trailers[0];
  if (!trailer || trailers.length > 1) return null;
  const line = Buffer.from(bytes.subarray(trailer.at, trailer.at + 40)).toString('latin1');
  const found = /^BTS[^A-Za-z0-9\s](\d{1,9})/.exec(line);
  return found ? Number(found[1]) : null;
}
