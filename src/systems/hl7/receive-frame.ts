/** From the bytes of one message to what the inbox is asked to do and what the sender is told when that worked. Pure; never throws. */
import type { PatientMerge } from '#src/case/merge.ts';
import type { RawMessage } from '#src/ports.ts';
import { adtToMerge, isMerge } from './adt-to-merge.ts';
import type { BatchPart } from './batch.ts';
import { decodeMessage } from './charset.ts';
import { parseMessage } from './message.ts';
import type { FrameFlag } from './mllp-frame.ts';
import { type MshHeader, messageType, mshComponent, mshField, readMshHeader } from './msh-header.ts';
import { type MessageFault, type OruResult, oruToReport } from './oru-to-report.ts';
import type { SenderRule, SourceProfile } from './source-profile.ts';

/** What to store. `refuse` is kept as well (quarantine), but the sender is told AR: sending it again can't help. */
export type Verdict =
  | ({ readonly kind: 'report' } & OruResult)
  | { readonly kind: 'merge'; readonly merges: readonly PatientMerge[] }
  /** Stored and answered AA, without a case: ADT A08 and the like; or our own fault while reading, then with the fault. */
  | { readonly kind: 'store'; readonly unusable: MessageFault | null }
  | { readonly kind: 'refuse'; readonly fault: MessageFault; readonly errorCode: string }
  /** An ACK is never answered, or two systems would thank each other for ever. */
  | { readonly kind: 'ignore' };

export interface ReadFrame {
  readonly header: MshHeader | null;
  readonly raw: RawMessage;
  readonly verdict: Verdict;
}

export interface FrameOrigin {
  readonly profile: SourceProfile;
  readonly remoteAddress: string;
  /** Rules of the allow list that fit the peer's address or certificate; null when the list is empty. */
  readonly rules: readonly SenderRule[] | null;
}

export function receiveFrame(part: BatchPart, frameFlags: readonly FrameFlag[], origin: FrameOrigin): ReadFrame {
  const header = readMshHeader(part.bytes);
  const decoded = decodeMessage(part.bytes, header ? mshField(header, 18) : '');
  const flags = [...frameFlags, ...part.flags, ...decoded.flags];
  const raw: RawMessage = {
    source: origin.profile.name,
    sendingApplication: header ? headerText(mshComponent(header, 3, 1)) : '',
    sendingFacility: header ? headerText(mshComponent(header, 4, 1)) : '',
    controlId: header ? headerText(mshField(header, 10)) : '',
    messageType: header ? headerText(messageType(header)) : '',
    bytes: part.bytes,
    charset: decoded.charset,
    remoteAddress: origin.remoteAddress,
    flags,
  };
  return { header, raw, verdict: refusal(header, raw, origin) ?? verdictOf(raw, decoded.text, origin.profile) };
}

/** HL7 2.8 allows 199 characters for MSH-10 and 227 for MSH-3. Longer ones would not fit an index and be refused for ever. */
const LONGEST_HEADER_TEXT = 250;

/** Header fields are read one character per byte; here they become text, without control characters, cut to what can be stored. */
function headerText(raw: string): string {
  const { text } = decodeMessage(Buffer.from(raw, 'latin1'), '');
  return text
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_HEADER_TEXT)
    .toWellFormed();
}

function refuse(code: string, text: string, errorCode: string): Verdict {
  return { kind: 'refuse', fault: { code, text }, errorCode };
}

function refusal(header: MshHeader | null, raw: RawMessage, origin: FrameOrigin): Verdict | null {
  if (raw.flags.includes('too-large')) return refuse('HL7_TOO_LARGE', 'the message is larger than this listener takes', '207');
  if (raw.flags.includes('cut-off')) return refuse('HL7_CUT_OFF', 'the message was cut off: the next one began inside it', '207');
  if (!header) return refuse('HL7_NOT_HL7', 'the frame does not begin with an MSH segment', '100');
  if (raw.messageType === '') return refuse('HL7_NO_TYPE', 'MSH-9 is empty', '101');
  if (raw.messageType.startsWith('ACK')) return { kind: 'ignore' };
  if (raw.controlId === '') return refuse('HL7_NO_CONTROL_ID', 'MSH-10 is empty', '101');
  if (header && mshField(header, 10).length > LONGEST_HEADER_TEXT)
    return refuse('HL7_CONTROL_ID_TOO_LONG', 'MSH-10 is longer than HL7 allows', '102');
  if (origin.rules && !origin.rules.some((rule) => fitsSender(rule, raw))) {
    return refuse('HL7_SENDER_NOT_ALLOWED', 'this peer may not send under this MSH-3 and MSH-4', '207');
  }
  return null;
}

function fitsSender(rule: SenderRule, raw: RawMessage): boolean {
  const same = (wanted: string | undefined, found: string): boolean => wanted === undefined || wanted === found;
  return same(rule.application, raw.sendingApplication) && same(rule.facility, raw.sendingFacility);
}

function verdictOf(raw: RawMessage, text: string, profile: SourceProfile): Verdict {
  try {
    const isReport = profile.reportTypes.includes(raw.messageType);
    if (!isReport && !isMerge(raw.messageType)) return { kind: 'store', unusable: null };
    const message = parseMessage(text);
    if (!message) return { kind: 'store', unusable: { code: 'HL7_UNREADABLE', text: 'the message has a header but could not be cut into segments' } };
    if (isReport) return { kind: 'report', ...oruToReport(message, profile, raw.charset, raw.flags) };
    const merges = adtToMerge(message, profile);
    return merges.length > 0 ? { kind: 'merge', merges } : { kind: 'store', unusable: null };
  } catch {
    // Our own fault must neither refuse nor lose a report: it is stored and a person sees it.
    return { kind: 'store', unusable: { code: 'HL7_PARSER_FAULT', text: 'reading the message failed; the message is kept' } };
  }
}
