/** Every patient identifier that a stored message names, whatever its type: PID-2, PID-3, PID-4 and MRG-1. For finding a patient's data. Pure. */
import type { Identifier } from '#src/case/report.ts';
import { decodeMessage } from './charset.ts';
import { field } from './fields.ts';
import { parseMessage } from './message.ts';
import { mshField, readMshHeader } from './msh-header.ts';
import { identifiers } from './report-patient.ts';

export function identifiersIn(bytes: Uint8Array): readonly Identifier[] {
  const header = readMshHeader(bytes);
  const message = header && parseMessage(decodeMessage(bytes, mshField(header, 18)).text);
  if (!message) return [];
  return message.segments.flatMap((segment) => {
    const numbers = segment.name === 'PID' ? [2, 3, 4] : segment.name === 'MRG' ? [1] : [];
    return numbers.flatMap((number) => identifiers(field(segment, number), message.delimiters));
  });
}
