/** The words of a report from its OBX rows (HL7 v2 chapter 7, 7.4.2), in message order. Pure. */
import { component, field, repetitions } from './fields.ts';
import type { Delimiters, ParsedMessage, Segment } from './message.ts';
import type { Observation } from './observation-rows.ts';
import { unescapeText } from './unescape-text.ts';

export interface ReportText {
  readonly text: string;
  readonly flags: readonly string[];
  /** A row was marked as addendum. */
  readonly addendum: boolean;
}

const TEXT_TYPES = new Set(['TX', 'ST', 'FT', '', 'CE', 'CWE', 'CNE', 'CF']);
const CODED_TYPES = new Set(['CE', 'CWE', 'CNE', 'CF']);
/** `rows`: the OBX rows of the report in order; `noteRows`: its NTE segments. `notes`: the profile's rule for NTE. */
export function reportText(
  message: ParsedMessage,
  rows: readonly Observation[],
  noteRows: readonly Segment[],
  charset: string,
  notes: 'never' | 'when-no-text' | 'always',
): ReportText {
  const { delimiters } = message;
  const flags = new Set<string>();
  const lines: string[] = [];
  let heading = '';
  let addendum = false;
  for (const row of rows) {
    const text = rowText(row, delimiters, charset, flags);
    if (text === null) continue;
    const next = row.kind.heading;
    if (next === 'ADDENDUM') addendum = true;
    if (next !== heading && next !== '' && !beginsWithHeading(text)) lines.push(...(lines.length > 0 ? [''] : []), `${next}:`);
    heading = next;
    lines.push(text);
  }
  const body = lines.join('\n');
  const wantsNotes = notes === 'always' || (notes === 'when-no-text' && isPointer(body));
  const noteLines = wantsNotes ? noteRows.map((row) => noteText(row, delimiters, charset)) : [];
  return {
    text: withoutTrailingSpace(noteLines.length === 0 ? body : [body, ...noteLines].join('\n')).trim(),
    flags: [...flags],
    addendum,
  };
}

/** Spaces and tabs before the end of a line go. Looked for first: the expression tries at every space of the text. */
function withoutTrailingSpace(text: string): string {
  return isSpaced(text) ? text.replace(/[ \t]+$/gm, '') : text;
}

function isSpaced(text: string): boolean {
  if (text.includes('\r') || text.includes('\u2028') || text.includes('\u2029')) return true;
  for (let end = text.indexOf('\n'); ; end = text.indexOf('\n', end + 1)) {
    const last = text.charCodeAt((end < 0 ? text.length : end) - 1);
    if (last === 0x20 || last === 0x09) return true;
    if (end < 0) return false;
  }
}

/** Null for a row without words of the report. */
function rowText({ kind, words }: Observation, delimiters: Delimiters, charset: string, flags: Set<string>): string | null {
  const { type, status } = kind;
  if (status === 'D' || status === 'W') {
    flags.add('rows-withdrawn');
    return null;
  }
  if (kind.isStudyUid) return null;
  if (type === 'RP') flags.add('has-links');
  if (type === 'ED') return documentText(words, delimiters, charset, flags);
  if (!TEXT_TYPES.has(type)) return null;
  if (!CODED_TYPES.has(type) && !words.includes(delimiters.repetition)) return unescapeText(words, delimiters, charset);
  const parts = repetitions(words, delimiters);
  return parts.map((part) => unescapeText(CODED_TYPES.has(type) ? codedText(part, delimiters) : part, delimiters, charset)).join('\n');
}

/** CE/CWE: the text, else the original text (component 9), else the code. */
function codedText(raw: string, delimiters: Delimiters): string {
  return component(raw, 2, delimiters) || component(raw, 9, delimiters) || component(raw, 1, delimiters);
}

/** ED (2A.24): source^type^subtype^encoding^data. Plain text is read; anything else stays in the stored message and is flagged. */
function documentText(words: string, delimiters: Delimiters, charset: string, flags: Set<string>): string | null {
  const [, type = '', subtype = '', encoding = '', ...data] = words.split(delimiters.component);
  const isPlain = /^text$/i.test(type.trim()) && /^(plain|txt|)$/i.test(subtype.trim());
  const content = data.join(delimiters.component);
  if (!isPlain) {
    flags.add('has-document');
    return null;
  }
  if (/^base64$/i.test(encoding.trim())) return new TextDecoder().decode(Buffer.from(content, 'base64')).replaceAll('\0', '').replace(/\r\n?/g, '\n');
  return unescapeText(content, delimiters, charset);
}

/** The text brings its own heading in its first line with words: ours would only contradict it. */
function beginsWithHeading(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '') ?? '';
  return /^\s*(?:[A-Z][A-Z &/,()-]{2,40}|[A-Z][A-Za-z ]{2,30}):/.test(first) || /^\s*(IMPRESSION|FINDINGS|ADDENDUM|CONCLUSION)S?\b/i.test(first);
}

/** The rows say nothing themselves but point to the notes (seen at Elation and Patients Know Best). */
function isPointer(body: string): boolean {
  return body.trim() === '' || /^\s*see (comments?|notes?|below|narrative)\W*$/i.test(body);
}

function noteText(row: Segment, delimiters: Delimiters, charset: string): string {
  return repetitions(field(row, 3), delimiters)
    .map((part) => unescapeText(part, delimiters, charset))
    .join('\n');
}
