/** JPEG-LS (ISO 14495-1) by the CharLS build that the server decodes with; the test also reads it with dcmtk where that is installed. */
import { createRequire } from 'node:module';

interface Encoder {
  getDecodedBuffer(frame: { width: number; height: number; bitsPerSample: number; componentCount: number }): Uint8Array;
  setNearLossless(near: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

type Factory = (options?: object) => Promise<{ JpegLSEncoder: new () => Encoder }>;

let loading: ReturnType<Factory> | undefined;

/** `pixels`: 16-bit little-endian samples. `near` 0 is lossless. */
export type JpegLsEncode = (pixels: Uint8Array, columns: number, rows: number, bitsStored: number, near: number) => Uint8Array;

export async function jpegLsEncoder(): Promise<JpegLsEncode> {
  loading ??= (createRequire(import.meta.url)('@cornerstonejs/codec-charls/wasmjs') as Factory)({ print() {}, printErr() {} });
  const { JpegLSEncoder } = await loading;
  return (pixels, columns, rows, bitsStored, near) => {
    const encoder = new JpegLSEncoder();
    try {
      encoder.getDecodedBuffer({ width: columns, height: rows, bitsPerSample: bitsStored, componentCount: 1 }).set(pixels);
      encoder.setNearLossless(near);
      encoder.encode();
      return encoder.getEncodedBuffer().slice();
    } finally {
      encoder.delete();
    }
  };
}
