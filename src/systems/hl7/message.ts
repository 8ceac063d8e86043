/** The one place that knows node-hl7-client's parser: text in, segments with raw fields out. Everything else in this folder reads those. */
import { Message } from 'node-hl7-client';
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
  /** "line-break-in-field", "own-splitter": things about the message that a person may want to know. */
  readonly flags: readonly string[];
}

/**
 * Above this the library is not used: it keeps an EventEmitter for each node, and 200,000 rows cost it 4.7 s and 1.1 GB
 * (measured; ours 0.2 s), which would stop the listener.
 */
const LIBRARY_LIMIT_CHARACTERS = 1_000_000;
const LIBRARY_LIMIT_ROWS = 2_000;

/** Null when the text is no HL7 message. Never throws. */
export function parseMessage(text: string): ParsedMessage | null {
  const trimmed = text.replace(/^\uFEFF/, '').trimStart();
  const delimiters = readDelimiters(trimmed);
  if (delimiters === null) return null;
  const { rows, broken } = segmentRows(trimmed, delimiters.field);
  const flags = broken ? ['line-break-in-field'] : [];
  const byLibrary = tooBigForTheLibrary(trimmed, rows) ? null : parseByLibrary(rows);
  if (byLibrary) return { delimiters, segments: byLibrary, flags };
  return { delimiters, segments: rows.map((row) => splitRow(row, delimiters.field)), flags: [...flags, 'own-splitter'] };
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
 * text with a raw line break in it (seen in OBX-5): it belongs to the row before. Blank rows, on which the library throws, go.
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

function tooBigForTheLibrary(text: string, rows: readonly string[]): boolean {
  return text.length > LIBRARY_LIMIT_CHARACTERS || rows.length > LIBRARY_LIMIT_ROWS;
}

/** Null when the library refuses the message (it takes "MSH|" inside a text for a second message, for one). Its reading is lazy, so reads are inside too. */
function parseByLibrary(rows: readonly string[]): Segment[] | null {
  try {
    const message = new Message({ text: rows.join('\r') });
    const segments = message.toArray().map((segment) => {
      const raw = segment.toArray().map((field) => field.toRaw());
      const isHeader = segment.name === 'MSH' || segment.name === 'BHS' || segment.name === 'FHS';
      return { name: segment.name, fields: isHeader ? [segment.name, message.delimiters.charAt(1), ...raw.slice(1)] : raw };
    });
    return segments.length === rows.length ? segments : null;
  } catch {
    return null;
  }
}

function splitRow(row: string, field: string): Segment {
  const parts = row.trim().split(field);
  const name = parts[0] ?? '';
  return { name, fields: name === 'MSH' ? [name, field, ...parts.slice(1)] : parts };
}
