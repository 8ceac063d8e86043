/** The words of a report from its OBX rows (HL7 v2 chapter 7, 7.4.2), in message order. Pure. */
import { component, field, repetitions, subcomponent, value } from './fields.ts';
import type { Delimiters, ParsedMessage, Segment } from './message.ts';
import { unescapeText } from './unescape-text.ts';

export interface ReportText {
  readonly text: string;
  readonly flags: readonly string[];
  /** A row was marked as addendum. */
  readonly addendum: boolean;
}

/** Suffixes of OBX-3.1 (chapter 7, 7.2.4) and LOINC section codes, as headings that a reader of the text knows. */
const HEADINGS: Readonly<Record<string, string>> = {
  GDT: 'FINDINGS',
  FND: 'FINDINGS',
  IMP: 'IMPRESSION',
  REC: 'RECOMMENDATION',
  TCM: 'TECHNOLOGIST COMMENT',
  ADT: 'ADDENDUM',
  ADN: 'ADDENDUM',
  ADD: 'ADDENDUM',
  '59776-5': 'FINDINGS',
  '19005-8': 'IMPRESSION',
  '55110-1': 'IMPRESSION',
  '18783-0': 'RECOMMENDATION',
  '18834-2': 'COMPARISON',
  '11329-0': 'HISTORY',
  '18785-6': 'INDICATION',
  '55111-9': 'TECHNIQUE',
  '55107-7': 'ADDENDUM',
};

const TEXT_TYPES = new Set(['TX', 'ST', 'FT', '', 'CE', 'CWE', 'CNE', 'CF']);
const CODED_TYPES = new Set(['CE', 'CWE', 'CNE', 'CF']);
const STUDY_UID_CODES = /^(113014|110180)$/;

/** True for a row that names the study instead of telling something about it. */
export function isStudyUidRow(row: Segment, delimiters: Delimiters): boolean {
  const code = field(row, 3);
  // Most rows are told by a look: only these letters or digits can make the name of a study.
  if (!code.includes('11') && !/study/i.test(code)) return false;
  const parts = code.split(delimiters.component);
  return STUDY_UID_CODES.test((parts[0] ?? '').trim()) || parts.some((part) => /^study\s+instance\s+uid$/i.test(part.trim()));
}

/** `rows`: the OBX and NTE segments of the report in order. `notes`: the profile's rule for NTE. */
export function reportText(
  message: ParsedMessage,
  rows: readonly Segment[],
  charset: string,
  notes: 'never' | 'when-no-text' | 'always',
): ReportText {
  const { delimiters } = message;
  const flags = new Set<string>();
  const lines: string[] = [];
  let heading = '';
  let addendum = false;
  for (const row of rows) {
    if (row.name !== 'OBX') continue;
    const text = rowText(row, delimiters, charset, flags);
    if (text === null) continue;
    const next = headingOf(row, delimiters);
    if (next === 'ADDENDUM') addendum = true;
    if (next !== heading && next !== '' && !beginsWithHeading(text)) lines.push(...(lines.length > 0 ? [''] : []), `${next}:`);
    heading = next;
    lines.push(text);
  }
  const body = lines.join('\n');
  const wantsNotes = notes === 'always' || (notes === 'when-no-text' && isPointer(body));
  const noteLines = wantsNotes ? rows.filter((row) => row.name === 'NTE').map((row) => noteText(row, delimiters, charset)) : [];
  return {
    text: [body, ...noteLines]
      .join('\n')
      .replace(/[ \t]+$/gm, '')
      .trim(),
    flags: [...flags],
    addendum,
  };
}

/** Null for a row without words of the report. */
function rowText(row: Segment, delimiters: Delimiters, charset: string, flags: Set<string>): string | null {
  const type = field(row, 2).trim().toUpperCase();
  const status = field(row, 11).trim().toUpperCase();
  if (status === 'D' || status === 'W') {
    flags.add('rows-withdrawn');
    return null;
  }
  if (isStudyUidRow(row, delimiters)) return null;
  if (type === 'RP') flags.add('has-links');
  if (type === 'ED') return documentText(row, delimiters, charset, flags);
  if (!TEXT_TYPES.has(type)) return null;
  const parts = repetitions(field(row, 5), delimiters);
  return parts.map((part) => unescapeText(CODED_TYPES.has(type) ? codedText(part, delimiters) : part, delimiters, charset)).join('\n');
}

/** CE/CWE: the text, else the original text (component 9), else the code. */
function codedText(raw: string, delimiters: Delimiters): string {
  return component(raw, 2, delimiters) || component(raw, 9, delimiters) || component(raw, 1, delimiters);
}

/** ED (2A.24): source^type^subtype^encoding^data. Plain text is read; anything else stays in the stored message and is flagged. */
function documentText(row: Segment, delimiters: Delimiters, charset: string, flags: Set<string>): string | null {
  const [, type = '', subtype = '', encoding = '', ...data] = field(row, 5).split(delimiters.component);
  const isPlain = /^text$/i.test(type.trim()) && /^(plain|txt|)$/i.test(subtype.trim());
  const content = data.join(delimiters.component);
  if (!isPlain) {
    flags.add('has-document');
    return null;
  }
  if (/^base64$/i.test(encoding.trim())) return new TextDecoder().decode(Buffer.from(content, 'base64')).replaceAll('\0', '').replace(/\r\n?/g, '\n');
  return unescapeText(content, delimiters, charset);
}

function headingOf(row: Segment, delimiters: Delimiters): string {
  const code = component(field(row, 3), 1, delimiters);
  const suffix = value(subcomponent(code, 2, delimiters), delimiters).toUpperCase();
  const plain = value(subcomponent(code, 1, delimiters), delimiters).toUpperCase();
  return HEADINGS[suffix] ?? HEADINGS[plain] ?? '';
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
