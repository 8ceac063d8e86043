/** The OBX rows of a message (HL7 v2 chapter 7, 7.4.2) with what their type, code and status mean. Pure. */
import { capitals, field, partsOf, valueIn } from './fields.ts';
import type { Delimiters, ParsedMessage } from './message.ts';
import { type Alike, alikeOf, type Segment, wordsIfAlike } from './segment.ts';
import { unescapeText } from './unescape-text.ts';

/** What the other fields than OBX-1 and OBX-5 say. Rows of one report mostly have it in common. */
export interface RowKind {
  /** OBX-2 and OBX-11, in capitals. */
  readonly type: string;
  readonly status: string;
  readonly isStudyUid: boolean;
  /** The heading that OBX-3 stands for; empty for none. */
  readonly heading: string;
  /** OBX-5 is words of the report as they stand: not withdrawn, no code, no link and no document. */
  readonly isPlainWords: boolean;
}

/** OBX rows one after another that say the same in every field but OBX-1 and OBX-5. */
export interface Observation {
  readonly first: Segment;
  readonly kind: RowKind;
  /** OBX-5 of each row: of plain words what they say, of all others the raw field. */
  readonly words: readonly string[];
  /** There may be a line break in one of them. */
  readonly isBroken: boolean;
}

/** Suffixes of OBX-3.1 (chapter 7, 7.2.4) and LOINC section codes, as headings that a reader of the text knows. */
const HEADINGS: ReadonlyMap<string, string> = new Map(
  Object.entries({
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
  }),
);

const STUDY_UID_CODES = /^(113014|110180)$/;

export interface Observations {
  /** Every OBX, in message order. */
  readonly all: readonly Observation[];
  /** Those below an order. */
  readonly ofReport: readonly Observation[];
  /** NTE below an order or a row; not those of the patient. */
  readonly notes: readonly Segment[];
}

interface Growing extends Observation {
  readonly words: string[];
  isBroken: boolean;
}

export function observations({ segments, delimiters, flags }: ParsedMessage, charset: string): Observations {
  const all: Growing[] = [];
  const notes: Segment[] = [];
  let aboveOrder = -1;
  let alike: Alike | null = null;
  let last: Growing | null = null;
  for (const segment of segments) {
    if (segment.name === 'OBX') {
      let words = alike === null ? null : wordsIfAlike(segment, alike);
      if (words === null || last === null) {
        words = segment.at(5);
        alike = alikeOf(segment);
        last = { first: segment, kind: kindOf(segment, delimiters), words: [], isBroken: flags.length > 0 };
        all.push(last);
      }
      if (words === '""') words = '';
      else if (!segment.isPlain && last.kind.isPlainWords) {
        words = plainWords(words, delimiters, charset);
        if (words.includes('\n')) last.isBroken = true;
      }
      last.words.push(words);
    } else if (segment.name === 'OBR') {
      if (aboveOrder < 0) aboveOrder = all.length;
      alike = null;
    } else if (segment.name === 'NTE' && aboveOrder >= 0) notes.push(segment);
  }
  return { all, ofReport: aboveOrder === 0 ? all : aboveOrder < 0 ? [] : all.slice(aboveOrder), notes };
}

/** Repetitions are lines of their own. */
function plainWords(raw: string, delimiters: Delimiters, charset: string): string {
  if (!raw.includes(delimiters.repetition)) return unescapeText(raw, delimiters, charset);
  return partsOf(raw, delimiters.repetition)
    .map((line) => unescapeText(line, delimiters, charset))
    .join('\n');
}

const PLAIN_TYPES = new Set(['TX', 'ST', 'FT', '']);

function kindOf(row: Segment, delimiters: Delimiters): RowKind {
  const code = field(row, 3);
  const type = capitals(field(row, 2));
  const status = capitals(field(row, 11));
  const isStudyUid = isStudyUidCode(code, delimiters);
  const isPlainWords = PLAIN_TYPES.has(type) && status !== 'D' && status !== 'W' && !isStudyUid;
  return { type, status, isStudyUid, heading: headingOf(code, delimiters), isPlainWords };
}

/** True for a row that names the study instead of telling something about it. */
function isStudyUidCode(code: string, delimiters: Delimiters): boolean {
  // Most rows are told by a look: only these letters or digits can make the name of a study.
  if (!code.includes('11') && !/study/i.test(code)) return false;
  const parts = code.split(delimiters.component);
  return STUDY_UID_CODES.test((parts[0] ?? '').trim()) || parts.some((part) => /^study\s+instance\s+uid$/i.test(part.trim()));
}

function headingOf(field3: string, delimiters: Delimiters): string {
  return HEADINGS.get(capitals(valueIn(field3, 1, 2, delimiters))) ?? HEADINGS.get(capitals(valueIn(field3, 1, 1, delimiters))) ?? '';
}
