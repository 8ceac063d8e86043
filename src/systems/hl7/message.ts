/**
 * Text in, segments with raw fields out (HL7 v2 chapter 2.5); everything else in this folder reads those. Cut by hand: the libraries that were
 * measured build a tree of objects for every field and cost twenty times as much and more (decision 0015), and none takes what senders really send.
 */
import { type Delimiters, readDelimiters } from './delimiters.ts';
import { RowSegment, type Segment } from './segment.ts';
import { knownName, nameAt } from './segment-name.ts';

export type { Delimiters, Segment };

export interface ParsedMessage {
  readonly delimiters: Delimiters;
  readonly segments: readonly Segment[];
  /** All but OBX and NTE, in order: a report has a handful of these and dozens of those. */
  readonly heads: readonly Segment[];
  /** "line-break-in-field": things about the message that a person may want to know. */
  readonly flags: readonly string[];
}

export function messageOf(delimiters: Delimiters, segments: readonly Segment[], flags: readonly string[]): ParsedMessage {
  return { delimiters, segments, heads: segments.filter((segment) => segment.name !== 'OBX' && segment.name !== 'NTE'), flags };
}

/** Null when the text is no HL7 message. Never throws. */
export function parseMessage(text: string): ParsedMessage | null {
  const trimmed = text.startsWith('MSH') ? text : text.replace(/^\uFEFF/, '').trimStart();
  const delimiters = readDelimiters(trimmed);
  if (delimiters === null) return null;
  const plain = plainSegments(trimmed, delimiters);
  if (plain) return messageOf(delimiters, plain, []);
  const { rows, broken } = segmentRows(trimmed, delimiters.field);
  const segments = rows.map((row) => wholeRow(row.trim(), delimiters.field));
  return messageOf(delimiters, segments, broken ? ['line-break-in-field'] : []);
}

/** The message as the standard has it: every row ends with CR and begins with a name. Null for any other, which `segmentRows` reads. */
function plainSegments(text: string, delimiters: Delimiters): Segment[] | null {
  if (text.includes('\n')) return null;
  const separator = delimiters.field.charCodeAt(0);
  const segments: Segment[] = [];
  let escapeAt = -1;
  let repetitionAt = -1;
  for (let start = 0; start < text.length; ) {
    const end = placeOf('\r', text, start);
    if (end > start) {
      const name = nameAt(text, start, end, separator);
      if (name === null) return null;
      if (escapeAt < start) escapeAt = placeOf(delimiters.escape, text, start);
      if (repetitionAt < start) repetitionAt = placeOf(delimiters.repetition, text, start);
      const isPlain = escapeAt >= end && repetitionAt >= end;
      segments.push(new RowSegment(name, isPlain, text, start, endOfWords(text, start, end), delimiters.field));
    }
    start = end + 1;
  }
  return segments;
}

/** Where it stands next; the text's end where it does not. */
function placeOf(character: string, text: string, start: number): number {
  const found = text.indexOf(character, start);
  return found < 0 ? text.length : found;
}

/** Blank space behind a row is none of its last field. */
function endOfWords(text: string, start: number, end: number): number {
  const last = text.charCodeAt(end - 1);
  return last > 32 && last < 127 ? end : start + text.slice(start, end).trimEnd().length;
}

/** All before the first separator: a row that goes on after "OBX" and a line break is no OBX. */
function wholeRow(row: string, field: string): Segment {
  const end = row.indexOf(field);
  return new RowSegment(knownName(end < 0 ? row : row.slice(0, end)), false, row, 0, row.length, field);
}

/**
 * One row per segment. CR ends a segment; LF does too, when a segment's name follows. A row that does not begin with a name is
 * text with a raw line break in it (seen in OBX-5): it belongs to the row before. Blank rows go.
 */
function segmentRows(text: string, field: string): { rows: string[]; broken: boolean } {
  const rows: string[] = [];
  let broken = false;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    const begins = /^[A-Z][A-Z0-9]{2}$/.test(line.slice(0, 3)) && (line.length === 3 || line.charAt(3) === field);
    if (begins || rows.length === 0) rows.push(line);
    else {
      rows[rows.length - 1] += `\n${line}`;
      broken = true;
    }
  }
  return { rows, broken };
}
