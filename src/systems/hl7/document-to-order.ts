/** Reports that come as documents, MDM^T02 and its kin (HL7 v2 chapter 9, TXA), told as the order of an ORU, so that one reader reads both. Pure. */
import { component, field, firstSegment, value } from './fields.ts';
import { messageOf, type ParsedMessage } from './message.ts';
import { type Segment, segmentOf } from './segment.ts';

/** TXA-17 (table 0271), as OBR-25 would say it. Only an authenticated document is final. */
const STATUS: Readonly<Record<string, string>> = { AU: 'F', LA: 'F', DI: 'P', DO: 'P', IN: 'P', IP: 'P', PA: 'P' };

/** The message itself when it has no TXA. What an OBR of the message says itself stays. */
export function withDocumentAsOrder(message: ParsedMessage): ParsedMessage {
  const txa = firstSegment(message, 'TXA');
  if (!txa) return message;
  const told = orderOf(message, txa);
  const own = message.segments.findIndex((segment) => segment.name === 'OBR');
  const merged = segmentOf(
    'OBR',
    told.map((text, number) => field(message.segments[own], number) || text),
  );
  const segments =
    own >= 0 ? message.segments.with(own, longest(merged, message.segments[own])) : message.segments.with(message.segments.indexOf(txa), merged);
  return messageOf(message.delimiters, segments, message.flags);
}

/** TXA-15 filler and TXA-14 placer number, TXA-4 activity, TXA-6 or 8 dictated or edited, TXA-9 or 22 author or authenticator. */
function orderOf(message: ParsedMessage, txa: Segment): string[] {
  const code = (number: number): string => value(component(field(txa, number), 1, message.delimiters), message.delimiters).toUpperCase();
  const trigger = value(component(field(firstSegment(message, 'MSH'), 9), 2, message.delimiters), message.delimiters).toUpperCase();
  const isAddendum = trigger === 'T05' || trigger === 'T06';
  const isGone = trigger === 'T11' || code(19) === 'CA' || code(19) === 'OB';
  const status = STATUS[code(17)] ?? code(17);
  const fields = Array.from({ length: 33 }, () => '');
  fields[0] = 'OBR';
  fields[2] = field(txa, 14);
  fields[3] = field(txa, 15);
  fields[4] = field(txa, 2);
  fields[7] = field(txa, 4);
  fields[22] = field(txa, 8) || field(txa, 6);
  fields[25] = isGone ? 'X' : isAddendum && status === 'F' ? 'Addendum' : status;
  fields[32] = field(txa, 22) || field(txa, 9);
  return fields;
}

/** An OBR longer than ours keeps its tail. */
function longest(merged: Segment, own: Segment | undefined): Segment {
  return segmentOf(merged.name, [...merged.fields, ...(own?.fields.slice(merged.fields.length) ?? [])]);
}
