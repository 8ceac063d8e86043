/** RLE Lossless (PS3.5 annex G): one PackBits segment per byte plane, most significant plane first. */
import { never } from './faults.ts';

/** Two bytes become at most 128 (PS3.5 G.3.1): what a frame can hold at most is known before memory is taken for it. */
const MOST_BYTES_PER_BYTE = 64;

/** Little-endian samples of one greyscale frame. `bytesPerSample` is 1 or 2. */
export function decodeRle(bytes: Uint8Array, pixelCount: number, bytesPerSample: 1 | 2): Uint8Array {
  if (bytesPerSample === 2) return new Uint8Array(decodeRleWords(bytes, pixelCount, ownWords(), () => new Uint16Array(pixelCount)).buffer);
  const [only] = segmentsOf(bytes, pixelCount, 1);
  const out = new Uint8Array(pixelCount);
  unpack(only!, out);
  return out;
}

/** 16-bit words of one greyscale frame, each through a table of 65,536 entries on the way into the memory that `place` gives. */
export function decodeRleWords<T extends Int16Array | Uint16Array>(bytes: Uint8Array, pixelCount: number, table: T, place: () => T): T {
  const [upper, lower] = segmentsOf(bytes, pixelCount, 2);
  const out = place();
  if (upperBytes.byteLength < pixelCount) upperBytes = new Uint8Array(pixelCount);
  unpack(upper!, upperBytes.subarray(0, pixelCount));
  unpackBelow(upperBytes, lower!, table, out);
  return out;
}

/** The upper bytes of the frame in work, used for the next one too: nothing waits between its filling and its use. */
let upperBytes = new Uint8Array(0);
let words: Uint16Array<ArrayBuffer> | undefined;
/** The table that changes nothing. */
function ownWords(): Uint16Array<ArrayBuffer> {
  words ??= Uint16Array.from({ length: 65_536 }, (_, word) => word);
  return words;
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
      while (to < end) out[to++] = value;
    }
  }
  if (to < full) throw tooShort();
}

/** As `unpack`, for the lower bytes: each makes a word with the upper byte of its place. */
function unpackBelow(upper: Uint8Array, packed: Uint8Array, table: Int16Array | Uint16Array, out: Int16Array | Uint16Array): void {
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
