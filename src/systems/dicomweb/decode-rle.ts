/** RLE Lossless (PS3.5 annex G): one PackBits segment per byte plane, most significant plane first. */
import { never } from './faults.ts';

/** Two bytes become at most 128 (PS3.5 G.3.1): what a frame can hold at most is known before memory is taken for it. */
const MOST_BYTES_PER_BYTE = 64;

/** Little-endian samples of one greyscale frame, in the memory of `place` where that has their size. `bytesPerSample` is 1 or 2. */
export function decodeRle(bytes: Uint8Array, pixelCount: number, bytesPerSample: 1 | 2, place?: Int16Array): Uint8Array {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = bytes.byteLength >= 64 ? header.getUint32(0, true) : 0;
  if (segments !== bytesPerSample) throw never('DICOMWEB_DECODE_FAILED', 'compute', `RLE frame has ${segments} segments, expected ${bytesPerSample}`);
  const size = pixelCount * bytesPerSample;
  if (size > bytes.byteLength * MOST_BYTES_PER_BYTE) throw tooShort();
  const out = place?.byteLength === size ? new Uint8Array(place.buffer, place.byteOffset, size) : new Uint8Array(size);
  for (let segment = 0; segment < segments; segment += 1) {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : bytes.byteLength;
    if (start < 64 || start > end || end > bytes.byteLength) throw never('DICOMWEB_DECODE_FAILED', 'compute', 'RLE segment offsets are out of order');
    unpack(bytes.subarray(start, end), out, bytesPerSample - 1 - segment, bytesPerSample);
  }
  return out;
}

function tooShort(): Error {
  return never('DICOMWEB_DECODE_FAILED', 'compute', 'RLE segment ends before the frame is full');
}

function unpack(packed: Uint8Array, out: Uint8Array, first: number, step: number): void {
  const [packedBytes, outBytes] = [packed.byteLength, out.byteLength];
  let to = first;
  for (let from = 0; from < packedBytes && to < outBytes; ) {
    const control = packed[from++]!;
    if (control === 128) continue;
    if (control < 128) {
      for (let left = control + 1; left > 0 && to < outBytes && from < packedBytes; left -= 1, to += step) out[to] = packed[from++]!;
    } else {
      const value = packed[from++] ?? 0;
      for (let left = 257 - control; left > 0 && to < outBytes; left -= 1, to += step) out[to] = value;
    }
  }
  if (to < outBytes) throw tooShort();
}
