/** Pictures as HTJ2K codestreams, by openjph's own encoder. */
import { createRequire } from 'node:module';

export async function encodeHtj2k(pixels: Uint8Array | Uint16Array | Int16Array, rows: number, columns: number): Promise<Uint8Array> {
  const require = createRequire(import.meta.url);
  const codec = await require('@cornerstonejs/codec-openjph/wasmjs')({ print: () => {}, printErr: () => {} });
  const encoder = new codec.HTJ2KEncoder();
  const bitsPerSample = pixels.BYTES_PER_ELEMENT * 8;
  const buffer = encoder.getDecodedBuffer({
    width: columns,
    height: rows,
    bitsPerSample,
    componentCount: 1,
    isSigned: pixels instanceof Int16Array,
    isUsingColorTransform: false,
  });
  buffer.set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  encoder.encode();
  const encoded = new Uint8Array(encoder.getEncodedBuffer());
  encoder.delete();
  return encoded;
}
