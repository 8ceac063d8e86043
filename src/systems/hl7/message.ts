/**
 * Text in, segments with raw fields out (HL7 v2 chapter 2.5); everything else in this folder reads those. Cut by hand: the libraries that were
 * measured build a tree of objects for every field and cost ten to fifty times as much (bench/parse.ts), and none takes what senders really send.
 */
import { isDelimiters } from './msh-header.ts';

export interface Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
}

export interface Segment {
  readonly name: string;
  /** fields[n] is the HL7 field n, raw (delimiters and escapes untouched); fields[0] is the name. */
  readonly fields: readonly string[];
}

export interface ParsedMessage {
  readonly delimiters: Delimiters;
  readonly segments: readonly Segment[];
  /** "line-break-in-field": things about the message that a person may want to know. */
  readonly flags: readonly string[];
}

/** Null when the text is no HL7 message. Never throws. */
export function parseMessage(text: string): ParsedMessage | null {
  const trimmed = text.replace(/^\uFEFF/, '').trimStart();
  const delimiters = readDelimiters(trimmed);
  if (delimiters === null) return null;
  const { rows, broken } = segmentRows(trimmed, delimiters.field);
  return { delimiters, segments: rows.map((row) => splitRow(row, delimiters.field)), flags: broken ? ['line-break-in-field'] : [] };
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

function splitRow(row: string, field: string): Segment {
  const parts = row.trim().split(field);
  const name = parts[0] ?? '';
  // MSH-1 is the separator itself.
  return { name, fields: name === 'MSH' || name === 'BHS' || name === 'FHS' ? [name, field, ...parts.slice(1)] : parts };
}
