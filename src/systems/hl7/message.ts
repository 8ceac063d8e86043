/**
 * Text in, segments with raw fields out (HL7 v2 chapter 2.5); everything else in this folder reads those. Cut by hand: the libraries that were
 * measured build a tree of objects for every field and cost ten to fifty times as much (bench/parse.ts), and none takes what senders really send.
 */
import { isDelimiters } from './msh-header.ts';
import { RowSegment, SEGMENT_NAMES, type Segment } from './segment.ts';

export type { Segment };

export interface Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
}

export interface ParsedMessage {
  readonly delimiters: Delimiters;
  readonly segments: readonly Segment[];
  /** "line-break-in-field": things about the message that a person may want to know. */
  readonly flags: readonly string[];
}

/** Null when the text is no HL7 message. Never throws. */
export function parseMessage(text: string): ParsedMessage | null {
  const trimmed = text.startsWith('MSH') ? text : text.replace(/^\uFEFF/, '').trimStart();
  const delimiters = readDelimiters(trimmed);
  if (delimiters === null) return null;
  const plain = plainSegments(trimmed, delimiters.field);
  if (plain) return { delimiters, segments: plain, flags: [] };
  const { rows, broken } = segmentRows(trimmed, delimiters.field);
  return { delimiters, segments: rows.map((row) => rowSegment(row, 0, row.length, delimiters.field)), flags: broken ? ['line-break-in-field'] : [] };
}

/** The message as the standard has it: every row ends with CR and begins with a name. Null for any other, which `segmentRows` reads. */
function plainSegments(text: string, field: string): Segment[] | null {
  if (text.includes('\n')) return null;
  const segments: Segment[] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\r', start);
    const end = found < 0 ? text.length : found;
    if (end > start) {
      if (!beginsSegment(text, start, end, field)) return null;
      segments.push(rowSegment(text, start, end, field));
    }
    start = end + 1;
  }
  return segments;
}

function beginsSegment(text: string, start: number, end: number, field: string): boolean {
  const isLetter = (code: number): boolean => code >= 65 && code <= 90;
  const isNext = (code: number): boolean => isLetter(code) || (code >= 48 && code <= 57);
  if (end - start < 3 || !isLetter(text.charCodeAt(start)) || !isNext(text.charCodeAt(start + 1)) || !isNext(text.charCodeAt(start + 2)))
    return false;
  return end - start === 3 || text.charCodeAt(start + 3) === field.charCodeAt(0);
}

function rowSegment(text: string, start: number, end: number, field: string): Segment {
  const last = text.charCodeAt(end - 1);
  if (last > 32 && last < 127) return new RowSegment(nameOf(text, start, end, field), text, start, end, field);
  // Blank space behind a row is none of its last field.
  const row = text.slice(start, end).trim();
  return new RowSegment(nameOf(row, 0, row.length, field), row, 0, row.length, field);
}

/** All before the first separator: a row that goes on after "OBX" and a line break is no OBX. */
function nameOf(text: string, start: number, end: number, field: string): string {
  if (end - start > 3 && text.charAt(start + 3) !== field) return text.slice(start, end).split(field, 1)[0] ?? '';
  for (const name of SEGMENT_NAMES) if (text.startsWith(name, start)) return name;
  return text.slice(start, Math.min(end, start + 3));
}

function readDelimiters(text: string): Delimiters | null {
  const field = text.charAt(3);
  if (!text.startsWith('MSH') || !isDelimiters(field)) return null;
  const encoding = text.slice(4, 9).split(field)[0] ?? '';
  if (!isDelimiters(encoding)) return null;
  const at = (index: number, usual: string): string => encoding.charAt(index) || usual;
  return { field, component: at(0, '^'), repetition: at(1, '~'), escape: at(2, '\\'), subcomponent: at(3, '&') };
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
