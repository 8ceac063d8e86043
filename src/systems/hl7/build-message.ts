/** Builds HL7 v2.5.1 messages with node-hl7-client's builder, which escapes values (3.2.0 does, 4.x does not: the version is pinned and tested). */
import { Message } from 'node-hl7-client';
import { HL7_2_5_1 } from 'node-hl7-client/hl7';

/** Who we are to the receiver, and who it is: MSH-3 to MSH-6. */
export interface Envelope {
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly receivingApplication: string;
  readonly receivingFacility: string;
  /** Own MSH-10, at most 20 characters; the same for every resend. */
  readonly controlId: string;
  readonly at: Date;
  /** P production, T training. */
  readonly processingId: 'P' | 'T' | 'D';
}

export type MessageKind = readonly [code: string, trigger: string, structure: string];

/** A segment as pairs of place ("3.4.2") and value; empty values are left out. */
export type SegmentContent = readonly [name: string, values: Readonly<Record<string, string>>];

/** YYYYMMDDHHMMSS+0000 */
export function hl7Timestamp(at: Date): string {
  return `${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}+0000`;
}

/** The message with CR at the end of each segment, in UTF-8. Throws RangeError when the control id is too long for MSH-10. */
export function buildMessage(kind: MessageKind, envelope: Envelope, segments: readonly SegmentContent[]): Buffer {
  if (envelope.controlId === '' || envelope.controlId.length > 20) throw new RangeError('MSH-10 must have 1 to 20 characters');
  const [code, trigger, structure] = kind;
  const message = new Message({
    specification: new HL7_2_5_1(),
    messageHeader: { msh_9_1: code, msh_9_2: trigger, msh_9_3: structure, msh_10: envelope.controlId, msh_11_1: envelope.processingId },
  });
  // The builder writes the machine's local time without a zone.
  message.set('MSH.7', hl7Timestamp(envelope.at));
  message.set('MSH.3', oneLine(envelope.sendingApplication));
  message.set('MSH.4', oneLine(envelope.sendingFacility));
  message.set('MSH.5', oneLine(envelope.receivingApplication));
  message.set('MSH.6', oneLine(envelope.receivingFacility));
  message.set('MSH.18', 'UNICODE UTF-8');
  for (const [name, values] of segments) {
    const segment = message.addSegment(name);
    for (const [place, value] of Object.entries(values)) if (value !== '') segment.set(place, oneLine(value));
  }
  return Buffer.from(`${message.toString()}\r`, 'utf8');
}

/** The builder escapes delimiters but not control characters: a CR in a value would begin a segment, an FS would end the frame. */
function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
