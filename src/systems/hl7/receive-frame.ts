/** What the door must know of a message before it is kept and acknowledged: its header, and whether it is refused. What it says is read later. Pure; never throws. */
import type { RawMessage } from '#src/ports.ts';
import { isMerge } from './adt-to-merge.ts';
import type { BatchPart } from './batch.ts';
import { charsetOf, decodeMessage } from './charset.ts';
import type { FrameFlag } from './mllp-frame.ts';
import { type MshHeader, messageType, mshComponent, mshField, readMshHeader } from './msh-header.ts';
import type { MessageFault } from './oru-to-report.ts';
import type { SenderRule, SourceProfile } from './source-profile.ts';

export type Admission =
  /** A report or a merge: kept, acknowledged, and filed afterwards. */
  | { readonly kind: 'file' }
  /** Kept and acknowledged, and that is all: ADT A08 and the like. */
  | { readonly kind: 'store' }
  /** Kept as well (quarantine), but the sender is told AR: sending it again can't help. */
  | { readonly kind: 'refuse'; readonly fault: MessageFault; readonly errorCode: string }
  /** An ACK is never answered, or two systems would thank each other for ever. */
  | { readonly kind: 'ignore' };

export interface ReceivedFrame {
  readonly header: MshHeader | null;
  readonly raw: RawMessage;
  readonly admission: Admission;
}

export interface FrameOrigin {
  readonly profile: SourceProfile;
  readonly remoteAddress: string;
  /** Rules of the allow list that fit the peer's address or certificate; null when the list is empty. */
  readonly rules: readonly SenderRule[] | null;
}

export function receiveFrame(part: BatchPart, frameFlags: readonly FrameFlag[], origin: FrameOrigin): ReceivedFrame {
  const header = readMshHeader(part.bytes);
  const { charset, flags: charsetFlags } = charsetOf(part.bytes, header ? mshField(header, 18) : '');
  const raw: RawMessage = {
    source: origin.profile.name,
    sendingApplication: header ? headerText(mshComponent(header, 3, 1)) : '',
    sendingFacility: header ? headerText(mshComponent(header, 4, 1)) : '',
    controlId: header ? headerText(mshField(header, 10)) : '',
    messageType: header ? headerText(messageType(header)) : '',
    bytes: part.bytes,
    charset,
    remoteAddress: origin.remoteAddress,
    flags: [...frameFlags, ...part.flags, ...charsetFlags],
  };
  return { header, raw, admission: refusal(header, raw, origin) ?? { kind: isToBeFiled(raw.messageType, origin.profile) ? 'file' : 'store' } };
}

function isToBeFiled(messageType: string, profile: SourceProfile): boolean {
  return profile.reportTypes.includes(messageType) || isMerge(messageType);
}

/** HL7 2.8 allows 199 characters for MSH-10 and 227 for MSH-3. Longer ones would not fit an index and be refused for ever. */
const LONGEST_HEADER_TEXT = 250;

const PLAIN_TEXT = /^[\x20-\x7e]*$/;

/** Header fields are read one character per byte; here they become text, without control characters, cut to what can be stored. */
function headerText(raw: string): string {
  if (PLAIN_TEXT.test(raw)) return raw.trim().slice(0, LONGEST_HEADER_TEXT);
  const { text } = decodeMessage(Buffer.from(raw, 'latin1'), '');
  return text
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_HEADER_TEXT)
    .toWellFormed();
}

function refuse(code: string, text: string, errorCode: string): Admission {
  return { kind: 'refuse', fault: { code, text }, errorCode };
}

function refusal(header: MshHeader | null, raw: RawMessage, origin: FrameOrigin): Admission | null {
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
