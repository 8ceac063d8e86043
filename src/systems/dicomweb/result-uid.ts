/** UIDs of what Backstop stores: made from case and version alone, so that a repeated write is the same object and nothing is stored twice. */
import { createHash } from 'node:crypto';
import type { CaseId } from '#src/case/ids.ts';

/** A count, or a text that tells a count and the content (`2-9f86d081884c`): two results of one case never share it. */
export type ResultVersion = number | string;

/** What a UID names within one version of a case's result. */
export type ResultPart = `${'picture' | 'report' | 'rejection'}-${'series' | 'instance'}` | `tracking-${string}`;

/** A UUID-derived UID (PS3.5 annex B.2): 2.25. and the UUID as a whole number. Version 8, made from SHA-256. */
export function resultUid(caseId: CaseId, version: ResultVersion, part: ResultPart): string {
  const bytes = createHash('sha256').update(`backstop/${caseId}/${version}/${part}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}
