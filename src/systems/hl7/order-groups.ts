/** Cuts an ORU^R01 with several reports in it (chapter 7, 7.3.1: ORDER_OBSERVATION repeats) into one message part per report. Pure. */
import { field, segmentsNamed } from './fields.ts';
import { messageOf, type ParsedMessage, type Segment } from './message.ts';
import { findAccession } from './report-study.ts';
import type { SourceProfile } from './source-profile.ts';

/** Segments of the whole message, which every part needs. */
const COMMON = new Set(['MSH', 'SFT', 'PID', 'PD1', 'PV1', 'PV2']);

interface Group {
  readonly order: Segment | null;
  readonly segments: Segment[];
}

/** Common segments first, then a group from each ORC or OBR (an ORC belongs to the OBR after it). */
function groups(segments: readonly Segment[]): Group[] {
  const found: { order: Segment | null; segments: Segment[] }[] = [];
  for (const segment of segments) {
    const last = found.at(-1);
    const starts = segment.name === 'ORC' || (segment.name === 'OBR' && (last === undefined || last.order !== null));
    if (starts) found.push({ order: segment.name === 'OBR' ? segment : null, segments: [segment] });
    else if (last && !COMMON.has(segment.name)) {
      if (segment.name === 'OBR') last.order = segment;
      last.segments.push(segment);
    }
  }
  return found;
}

function words(group: Group): string {
  return group.segments
    .filter((segment) => segment.name === 'OBX')
    .map((segment) => field(segment, 5).trim())
    .join('\n');
}

/**
 * One report may cover several orders (one text, the other orders empty or with the same text): then the message stays whole.
 * Orders with their own accession AND their own words are reports of their own.
 */
export function reportParts(message: ParsedMessage, profile: SourceProfile): ParsedMessage[] {
  if (segmentsNamed(message, 'OBR').length < 2) return [message];
  const found = groups(message.segments).filter((group) => group.order !== null);
  if (found.length < 2) return [message];
  const seen = new Set<string>();
  const parts = found.flatMap((group) => {
    const part = messageOf(message.delimiters, group.segments, message.flags);
    const text = words(group);
    const number = findAccession(part, profile).accession;
    const key = `${number}\n${text}`;
    if (text === '' || number === null || seen.has(key)) return [];
    seen.add(key);
    return [{ part, number, text }];
  });
  const numbers = new Set(parts.map((each) => each.number));
  const texts = new Set(parts.map((each) => each.text));
  if (numbers.size < 2 || texts.size < 2 || parts.length !== numbers.size) return [message];
  const common = message.segments.filter((segment) => COMMON.has(segment.name));
  return parts.map(({ part }) => messageOf(message.delimiters, [...common, ...part.segments], message.flags));
}
