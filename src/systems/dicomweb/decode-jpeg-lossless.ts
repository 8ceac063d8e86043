/** JPEG lossless, Huffman (ITU-T T.81 process 14; transfer syntaxes .57 and .70), by jpeg-lossless-decoder-js with two of its faults covered. */
import { createRequire } from 'node:module';
import { jpegFrameSize } from './jpeg-frame-size.ts';

interface LosslessDecoder {
  getPreviousX(component?: number): number;
  getPreviousY(component?: number): number;
  decode(buffer: ArrayBuffer, offset: number, length: number, bytesPerSample: number): Uint8Array | Uint16Array;
}
const { Decoder } = createRequire(import.meta.url)('jpeg-lossless-decoder-js') as { Decoder: new () => LosslessDecoder };

/** Selection value 7 is the mean rounded down (T.81 table H.1); the library keeps the half, and pixels drift by up to 2. */
class ExactDecoder extends Decoder {
  select7(component?: number): number {
    return (this.getPreviousX(component) + this.getPreviousY(component)) >> 1;
  }
}

/** Samples of one greyscale frame. Throws RangeError for a stream that claims another size than the file: the library would fill 65,535 x 65,535. */
export function decodeJpegLossless(bytes: Uint8Array, bytesPerSample: 1 | 2, rows: number, columns: number): Uint8Array {
  const size = jpegFrameSize(bytes);
  if (!size || size.rows !== rows || size.columns !== columns) throw new RangeError('the stream is of another size than the file says');
  const padded = padBeforeEnd(bytes);
  const samples = new ExactDecoder().decode(padded.buffer, 0, padded.byteLength, bytesPerSample);
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** The decoder reads one byte past the last code and takes the marker for data: the last pixel becomes 0. A zero byte before EOI prevents it. */
function padBeforeEnd(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let end = bytes.byteLength - 1;
  while (end > 1 && !(bytes[end - 1] === 0xff && bytes[end] === 0xd9)) end -= 1;
  const cut = end > 1 ? end - 1 : bytes.byteLength;
  const padded = new Uint8Array(cut + 4);
  padded.set(bytes.subarray(0, cut));
  padded.set([0, 0, 0xff, 0xd9], cut);
  return padded;
}
