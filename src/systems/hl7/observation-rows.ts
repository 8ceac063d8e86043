/** The OBX rows of a message (HL7 v2 chapter 7, 7.4.2) with what their type, code and status mean. Pure. */
import { component, field, subcomponent, value } from './fields.ts';
import type { Delimiters } from './message.ts';
import { type Alike, alikeOf, type Segment, wordsIfAlike } from './segment.ts';

/** What the other fields than OBX-1 and OBX-5 say. Rows of one report mostly have it in common. */
export interface RowKind {
  /** OBX-2 and OBX-11, in capitals. */
  readonly type: string;
  readonly status: string;
  readonly isStudyUid: boolean;
  /** The heading that OBX-3 stands for; empty for none. */
  readonly heading: string;
}

export interface Observation {
  readonly row: Segment;
  readonly kind: RowKind;
  /** OBX-5, raw. */
  readonly words: string;
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

const STUDY_UID_CODES = /^(113014|110180)$/;

/** One for each OBX segment, in order; `null` stands for every other segment, so that places agree. */
export function observations(segments: readonly Segment[], delimiters: Delimiters): (Observation | null)[] {
  let alike: Alike | null = null;
  let kind: RowKind | null = null;
  return segments.map((row) => {
    if (row.name !== 'OBX') return null;
    const words = alike && kind ? wordsIfAlike(row, alike) : null;
    if (words !== null && kind) return { row, kind, words: words === '""' ? '' : words };
    kind = kindOf(row, delimiters);
    alike = alikeOf(row);
    return { row, kind, words: field(row, 5) };
  });
}

function kindOf(row: Segment, delimiters: Delimiters): RowKind {
  const code = field(row, 3);
  return {
    type: field(row, 2).trim().toUpperCase(),
    status: field(row, 11).trim().toUpperCase(),
    isStudyUid: isStudyUidCode(code, delimiters),
    heading: headingOf(code, delimiters),
  };
}

/** True for a row that names the study instead of telling something about it. */
function isStudyUidCode(code: string, delimiters: Delimiters): boolean {
  // Most rows are told by a look: only these letters or digits can make the name of a study.
  if (!code.includes('11') && !/study/i.test(code)) return false;
  const parts = code.split(delimiters.component);
  return STUDY_UID_CODES.test((parts[0] ?? '').trim()) || parts.some((part) => /^study\s+instance\s+uid$/i.test(part.trim()));
}

function headingOf(field3: string, delimiters: Delimiters): string {
  const code = component(field3, 1, delimiters);
  const suffix = value(subcomponent(code, 2, delimiters), delimiters).toUpperCase();
  const plain = value(subcomponent(code, 1, delimiters), delimiters).toUpperCase();
  return HEADINGS[suffix] ?? HEADINGS[plain] ?? '';
}
