/** Repeatable DICOM UIDs (PS3.5 B.2): 2.25. and the number of a UUID made from a text, so that a phantom keeps its UIDs between runs. */
import { createHash } from 'node:crypto';

export function dicomUidFrom(text: string): string {
  const bytes = createHash('sha256').update(`backstop phantom ${text}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}
