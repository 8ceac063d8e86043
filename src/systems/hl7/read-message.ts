/** From the bytes of a kept message to what it says: reports, a patient merge, or nothing that concerns us. Pure; never throws. */
import type { PatientMerge } from '#src/case/merge.ts';
import type { RawMessage } from '#src/ports.ts';
import { adtToMerge, isMerge } from './adt-to-merge.ts';
import { decodeMessage } from './charset.ts';
import { parseMessage } from './message.ts';
import { mshField, readMshHeader } from './msh-header.ts';
import { type MessageFault, type OruResult, oruToReport } from './oru-to-report.ts';
import type { SourceProfile } from './source-profile.ts';

export type Verdict =
  | ({ readonly kind: 'report' } & OruResult)
  | { readonly kind: 'merge'; readonly merges: readonly PatientMerge[] }
  /** No case comes of it: ADT A08 and the like; or it cannot be read, then with the reason. */
  | { readonly kind: 'store'; readonly unusable: MessageFault | null };

/** `raw` as the door kept it. */
export function readMessage(raw: Pick<RawMessage, 'messageType' | 'bytes' | 'charset' | 'flags'>, profile: SourceProfile): Verdict {
  try {
    const isReport = profile.reportTypes.includes(raw.messageType);
    if (!isReport && !isMerge(raw.messageType)) return { kind: 'store', unusable: null };
    const header = readMshHeader(raw.bytes);
    const message = parseMessage(decodeMessage(raw.bytes, header ? mshField(header, 18) : '').text);
    if (!message) return { kind: 'store', unusable: { code: 'HL7_UNREADABLE', text: 'the message has a header but could not be cut into segments' } };
    // What the door found out about the control id is no matter of the report.
    const flags = raw.flags.filter((flag) => flag !== 'control-id-reused');
    if (isReport) return { kind: 'report', ...oruToReport(message, profile, raw.charset, flags) };
    const merges = adtToMerge(message, profile);
    return merges.length > 0 ? { kind: 'merge', merges } : { kind: 'store', unusable: null };
  } catch {
    // Our own fault must neither refuse nor lose a report: it is kept and a person sees it.
    return { kind: 'store', unusable: { code: 'HL7_PARSER_FAULT', text: 'reading the message failed; the message is kept' } };
  }
}
