/** RLE Lossless (PS3.5 annex G): one PackBits segment per byte plane, most significant plane first. */
import { never } from './faults.ts';

/** From so many equal bytes on, the library's loop is faster than ours. The upper bytes of a CT are such runs. */
const LONG_RUN = 24;

/** Two bytes become at most 128 (PS3.5 G.3.1): what a frame can hold at most is known before memory is taken for it. */
const MOST_BYTES_PER_BYTE = 64;

/** Little-endian samples of one greyscale frame. `bytesPerSample` is 1 or 2. */
export function decodeRle(bytes: Uint8Array, pixelCount: number, bytesPerSample: 1 | 2): Uint8Array {
  if (bytesPerSample === 2)
    return new Uint8Array(decodeRleAdding(bytes, pixelCount, 0, () => new Int16Array(pixelCount)).values.buffer as ArrayBuffer);
  const [only] = segmentsOf(bytes, pixelCount, 1);
  const out = new Uint8Array(pixelCount);
  unpack(only!, out);
  return out;
}

/** 16-bit words of one greyscale frame, each through a table of 65,536 entries on the way into the memory that `place` gives. */
export function decodeRleWords(bytes: Uint8Array, pixelCount: number, table: Int16Array, place: () => Int16Array): Int16Array {
  const [upper, lower] = segmentsOf(bytes, pixelCount, 2);
  const out = place();
  unpackBelow(unpackUpper(upper!, pixelCount), lower!, table, out);
  return out;
}

/** The same with `added` to every word, which is a sixth faster than a table. `seen` has every bit that any word had. */
export function decodeRleAdding(bytes: Uint8Array, pixelCount: number, added: number, place: () => Int16Array): { values: Int16Array; seen: number } {
  const [upper, lower] = segmentsOf(bytes, pixelCount, 2);
  const values = place();
  return { values, seen: unpackAdding(unpackUpper(upper!, pixelCount), lower!, added, values) };
}

/** The upper bytes of the frame in work, used for the next one too: nothing waits between its filling and its use. */
let upperBytes = new Uint8Array(0);
function unpackUpper(packed: Uint8Array, pixelCount: number): Uint8Array {
  if (upperBytes.byteLength < pixelCount) upperBytes = new Uint8Array(pixelCount);
  unpack(packed, upperBytes.subarray(0, pixelCount));
  return upperBytes;
}

function segmentsOf(bytes: Uint8Array, pixelCount: number, count: 1 | 2): Uint8Array[] {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stated = bytes.byteLength >= 64 ? header.getUint32(0, true) : 0;
  if (stated !== count) throw never('DICOMWEB_DECODE_FAILED', 'compute', `RLE frame has ${stated} segments, expected ${count}`);
  if (pixelCount * count > bytes.byteLength * MOST_BYTES_PER_BYTE) throw tooShort();
  return Array.from({ length: count }, (_, segment) => {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < count ? header.getUint32(8 + 4 * segment, true) : bytes.byteLength;
    if (start < 64 || start > end || end > bytes.byteLength) throw never('DICOMWEB_DECODE_FAILED', 'compute', 'RLE segment offsets are out of order');
    return bytes.subarray(start, end);
  });
}

function tooShort(): Error {
  return never('DICOMWEB_DECODE_FAILED', 'compute', 'RLE segment ends before the frame is full');
}

function unpack(packed: Uint8Array, out: Uint8Array): void {
  const [size, full] = [packed.byteLength, out.byteLength];
  let to = 0;
  for (let from = 0; from < size && to < full; ) {
    const control = packed[from++]!;
    if (control === 128) continue;
    if (control < 128) {
      const end = Math.min(to + control + 1, full, to + size - from);
      while (to < end) out[to++] = packed[from++]!;
    } else {
      const end = Math.min(to + 257 - control, full);
      const value = packed[from++] ?? 0;
      if (end - to >= LONG_RUN) out.fill(value, to, end);
      else for (let at = to; at < end; at += 1) out[at] = value;
      to = end;
    }
  }
  if (to < full) throw tooShort();
}

/** As `unpack`, for the lower bytes: each makes a word with the upper byte of its place. */
function unpackBelow(upper: Uint8Array, packed: Uint8Array, table: Int16Array, out: Int16Array): void {
  const [size, full] = [packed.byteLength, out.length];
  let to = 0;
  for (let from = 0; from < size && to < full; ) {
    const control = packed[from++]!;
    if (control === 128) continue;
    if (control < 128) {
      const end = Math.min(to + control + 1, full, to + size - from);
      for (; to < end; to += 1) out[to] = table[(upper[to]! << 8) | packed[from++]!]!;
    } else {
      const end = Math.min(to + 257 - control, full);
      const value = packed[from++] ?? 0;
      for (; to < end; to += 1) out[to] = table[(upper[to]! << 8) | value]!;
    }
  }
  if (to < full) throw tooShort();
}

/** As `unpackBelow`, by addition. */
function unpackAdding(upper: Uint8Array, packed: Uint8Array, added: number, out: Int16Array): number {
  const [size, full] = [packed.byteLength, out.length];
  let to = 0;
  let seen = 0;
  for (let from = 0; from < size && to < full; ) {
    const control = packed[from++]!;
    if (control === 128) continue;
    if (control < 128) {
      const end = Math.min(to + control + 1, full, to + size - from);
      for (; to < end; to += 1) {
        const word = (upper[to]! << 8) | packed[from++]!;
        seen |= word;
        out[to] = word + added;
      }
    } else {
      const end = Math.min(to + 257 - control, full);
      const value = packed[from++] ?? 0;
      for (; to < end; to += 1) {
        const word = (upper[to]! << 8) | value;
        seen |= word;
        out[to] = word + added;
      }
    }
  }
  if (to < full) throw tooShort();
  return seen;
}
