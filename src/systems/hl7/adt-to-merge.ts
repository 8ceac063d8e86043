/** From an ADT merge (HL7 v2 chapter 3: A18, A34, A36, A39, A40, A47) to what it means for our cases. Pure. */
import type { PatientMerge } from '#src/case/merge.ts';
import { field } from './fields.ts';
import type { ParsedMessage } from './message.ts';
import { identifiers } from './report-patient.ts';
import type { SourceProfile } from './source-profile.ts';

const MERGES = /^ADT\^A(18|34|36|39|40|47)$/;

export function isMerge(messageType: string): boolean {
  return MERGES.test(messageType);
}

/** Each MRG with the PID before it (several pairs may repeat); pairs without identifiers on both sides tell nothing. */
export function adtToMerge(message: ParsedMessage, profile: SourceProfile): PatientMerge[] {
  const merges: PatientMerge[] = [];
  let into: PatientMerge['into'] = [];
  for (const segment of message.segments) {
    if (segment.name === 'PID') into = identifiers(field(segment, 3), message.delimiters);
    if (segment.name !== 'MRG') continue;
    const kept = new Set(into.map((id) => JSON.stringify(id)));
    const from = identifiers(field(segment, 1), message.delimiters).filter((id) => !kept.has(JSON.stringify(id)));
    if (from.length > 0 && into.length > 0) merges.push({ source: profile.name, from, into });
  }
  return merges;
}
