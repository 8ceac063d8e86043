/** Is this code in the set? The sets are files with versions in value-sets/: codes, code prefixes and words. */
import type { CodeableConcept } from '@medplum/fhirtypes';
import boneDrug from './value-sets/bone-drug.json' with { type: 'json' };
import cancer from './value-sets/cancer.json' with { type: 'json' };
import endOfLife from './value-sets/end-of-life.json' with { type: 'json' };
import flsReferral from './value-sets/fls-referral.json' with { type: 'json' };
import menopause from './value-sets/menopause.json' with { type: 'json' };
import mimic from './value-sets/mimic.json' with { type: 'json' };
import osteoporosis from './value-sets/osteoporosis.json' with { type: 'json' };
import redFlag from './value-sets/red-flag.json' with { type: 'json' };
import vertebralFracture from './value-sets/vertebral-fracture.json' with { type: 'json' };

export interface ValueSet {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  /** System to exact codes. */
  readonly codes: Readonly<Record<string, readonly string[]>>;
  /** System to beginnings of codes. `…/icd-10` also stands for its national versions (`icd-10-cm`, `icd-10-uk`). */
  readonly prefixes: Readonly<Record<string, readonly string[]>>;
  /** Lower case; matched from the start of a word in text and display. */
  readonly words: readonly string[];
  /** A text with one of these does not count. */
  readonly exceptWords?: readonly string[];
  readonly longActing?: { readonly words: readonly string[]; readonly days: number };
  readonly sources: readonly string[];
}

export const VALUE_SETS = { boneDrug, cancer, endOfLife, flsReferral, menopause, mimic, osteoporosis, redFlag, vertebralFracture } satisfies Record<
  string,
  ValueSet
>;

/** True when any coding is in the set, or the words say so. */
export function isIn(set: ValueSet, concept: CodeableConcept | undefined): boolean {
  for (const { system, code } of concept?.coding ?? []) {
    if (!system || !code) continue;
    if (set.codes[system]?.includes(code)) return true;
    for (const [known, beginnings] of Object.entries(set.prefixes)) {
      const same = system === known || system.startsWith(`${known}-`);
      if (same && beginnings.some((beginning) => code.toUpperCase().startsWith(beginning))) return true;
    }
  }
  return wordsIn(set, textsOf(concept));
}

/** True when a text has one of the set's words, from a word's start, and none of its exceptions. */
export function wordsIn(set: Pick<ValueSet, 'words' | 'exceptWords'>, texts: readonly string[]): boolean {
  return texts.some((text) => {
    const lower = text.toLowerCase();
    if (set.exceptWords?.some((word) => lower.includes(word))) return false;
    return set.words.some((word) => startsAWord(lower, word));
  });
}

/** `fls` must also end a word there: three letters are found inside too many others. */
function startsAWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + word.length] ?? ' ';
    if (!/[a-z0-9]/.test(before) && (word.length > 3 || !/[a-z0-9]/.test(after))) return true;
  }
  return false;
}

/** The words of a code, the site's own text first. */
export function textsOf(concept: CodeableConcept | undefined): readonly string[] {
  return [concept?.text, ...(concept?.coding ?? []).map((coding) => coding.display)].filter((text) => text !== undefined && text !== '') as string[];
}
