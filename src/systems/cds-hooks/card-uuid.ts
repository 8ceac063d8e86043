/** A card's identity: UUIDv5 (RFC 9562 section 5.5) of the site and the content, so that a dismissed card stays dismissed in the client. */
import { createHash } from 'node:crypto';

/** Backstop's own name space, made once at random. */
const NAMESPACE = 'b0f1a3c2-5d0e-4c55-9a86-2f6f0f3a7c41';

export function uuidV5(name: string, namespace: string = NAMESPACE): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  const bytes = hash.subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
