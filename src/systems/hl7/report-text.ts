/** The words of a report from its OBX rows (HL7 v2 chapter 7, 7.4.2), in message order. Pure. */
import { component, field, repetitions } from './fields.ts';
import type { Delimiters, ParsedMessage, Segment } from './message.ts';
import type { Observation, RowKind } from './observation-rows.ts';
import { unescapeText } from './unescape-text.ts';

export interface ReportText {
  readonly text: string;
  readonly flags: readonly string[];
  /** A row was marked as addendum. */
  readonly addendum: boolean;
}

const CODED_TYPES = new Set(['CE', 'CWE', 'CNE', 'CF']);

/** `observed`: the OBX rows of the report in order; `noteRows`: its NTE segments. `notes`: the profile's rule for NTE. */
export function reportText(
  message: ParsedMessage,
  observed: readonly Observation[],
  noteRows: readonly Segment[],
  charset: string,
  notes: 'never' | 'when-no-text' | 'always',
): ReportText {
  const { delimiters } = message;
  const flags: string[] = [];
  const lines: string[] = [];
  let heading = '';
  let addendum = false;
  let isSpaced = false;
  for (const { kind, words, isBroken } of observed) {
    if (isBroken || !kind.isPlainWords) isSpaced = true;
    for (const raw of words) {
      const text = kind.isPlainWords ? raw : rowText(kind, raw, delimiters, charset, flags);
      if (text === null) continue;
      if (kind.heading !== heading) {
        heading = kind.heading;
        if (heading === 'ADDENDUM') addendum = true;
        if (heading !== '' && !beginsWithHeading(text)) lines.push(...(lines.length > 0 ? [''] : []), `${heading}:`);
      }
      isSpaced ||= endsBlank(text);
      lines.push(text);
    }
  }
  const body = lines.join('\n');
  const wantsNotes = noteRows.length > 0 && (notes === 'always' || (notes === 'when-no-text' && isPointer(body)));
  if (wantsNotes) lines.push(...(lines.length > 0 ? [] : ['']), ...noteRows.map((row) => noteText(row, delimiters, charset)));
  const text = wantsNotes ? lines.join('\n') : body;
  const isClean = !isSpaced && !wantsNotes && !OTHER_LINE_ENDS.test(text);
  return { text: (isClean ? text : text.replace(/[ \t]+$/gm, '')).trim(), flags: [...new Set(flags)], addendum };
}

/** Line ends besides CR and LF: an expression's `$` stands before them too. */
const OTHER_LINE_ENDS = /[\u2028\u2029]/;

function endsBlank(line: string): boolean {
  const last = line.charCodeAt(line.length - 1);
  return last === 0x20 || last === 0x09;
}

/** For rows that are not plain words. Null for a row without words of the report. */
function rowText(kind: RowKind, words: string, delimiters: Delimiters, charset: string, flags: string[]): string | null {
  const { type, status } = kind;
  if (status === 'D' || status === 'W') {
    flags.push('rows-withdrawn');
    return null;
  }
  if (kind.isStudyUid) return null;
  if (type === 'RP') flags.push('has-links');
  if (type === 'ED') return documentText(words, delimiters, charset, flags);
  if (!CODED_TYPES.has(type)) return null;
  return repetitions(words, delimiters)
    .map((part) => unescapeText(codedText(part, delimiters), delimiters, charset))
    .join('\n');
}

/** CE/CWE: the text, else the original text (component 9), else the code. */
function codedText(raw: string, delimiters: Delimiters): string {
  return component(raw, 2, delimiters) || component(raw, 9, delimiters) || component(raw, 1, delimiters);
}

/** ED (2A.24): source^type^subtype^encoding^data. Plain text is read; anything else stays in the stored message and is flagged. */
function documentText(words: string, delimiters: Delimiters, charset: string, flags: string[]): string | null {
  const [, type = '', subtype = '', encoding = '', ...data] = words.split(delimiters.component);
  const isPlain = /^text$/i.test(type.trim()) && /^(plain|txt|)$/i.test(subtype.trim());
  const content = data.join(delimiters.component);
  if (!isPlain) {
    flags.push('has-document');
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
