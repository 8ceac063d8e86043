/** Rows and columns that a JPEG stream claims for itself (ITU-T T.81 B.2.2), read before a decoder believes them. */

export interface JpegFrameSize {
  readonly rows: number;
  readonly columns: number;
}

const SOS = 0xda;

/** Undefined when no frame header stands before the first scan. DHT (C4), JPG (C8) and DAC (CC) are no frame headers. */
export function jpegFrameSize(bytes: Uint8Array): JpegFrameSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 9 < bytes.byteLength; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === SOS) return undefined;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { rows: view.getUint16(at + 5), columns: view.getUint16(at + 7) };
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}
