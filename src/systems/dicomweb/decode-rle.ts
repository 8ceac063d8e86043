/** RLE Lossless (PS3.5 annex G): one PackBits segment per byte plane, most significant plane first. */
import { never } from './faults.ts';

/** Little-endian samples of one greyscale frame. `bytesPerSample` is 1 or 2. */
export function decodeRle(bytes: Uint8Array, pixelCount: number, bytesPerSample: 1 | 2): Uint8Array {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = bytes.byteLength >= 64 ? header.getUint32(0, true) : 0;
  if (segments !== bytesPerSample) throw never('DICOMWEB_DECODE_FAILED', 'compute', `RLE frame has ${segments} segments, expected ${bytesPerSample}`);
  const out = new Uint8Array(pixelCount * bytesPerSample);
  for (let segment = 0; segment < segments; segment += 1) {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : bytes.byteLength;
    if (start < 64 || start > end || end > bytes.byteLength) throw never('DICOMWEB_DECODE_FAILED', 'compute', 'RLE segment offsets are out of order');
    unpack(bytes.subarray(start, end), out, bytesPerSample - 1 - segment, bytesPerSample);
  }
  return out;
}

function unpack(packed: Uint8Array, out: Uint8Array, first: number, step: number): void {
  let to = first;
  for (let from = 0; from < packed.byteLength && to < out.byteLength; ) {
    const control = packed[from++]!;
    if (control === 128) continue;
    if (control < 128) {
      for (let left = control + 1; left > 0 && to < out.byteLength && from < packed.byteLength; left -= 1, to += step) out[to] = packed[from++]!;
    } else {
      const value = packed[from++] ?? 0;
      for (let left = 257 - control; left > 0 && to < out.byteLength; left -= 1, to += step) out[to] = value;
    }
  }
  if (to < out.byteLength) throw never('DICOMWEB_DECODE_FAILED', 'compute', 'RLE segment ends before the frame is full');
}
