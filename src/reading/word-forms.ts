/** The words of one text as they are written, each spelled and looked up once: most words of a report stand in it more than once. */
import { spell } from './spelling.ts';
import { numberOf, textOf, UNKNOWN } from './vocabulary.ts';

const APOSTROPHES = ["'", '\u2019', '\u2018', '`'];
const PLAIN = /^[a-z0-9]*$/;
/** More neighbours than this in the table (a text made so that all its words collide), and words are spelled anew each time. */
const MOST_STEPS = 32;

/** Lower case; "Schmorl's" is "schmorl", "doesn't" is "doesnt". */
function normal(word: string): string {
  let lower = word.toLowerCase();
  if (PLAIN.test(lower)) return spell(lower);
  for (const mark of APOSTROPHES) {
    if (!lower.includes(mark)) continue;
    if (lower.endsWith(`${mark}s`)) lower = lower.slice(0, -2);
    lower = lower.replaceAll(mark, '');
  }
  return spell(lower);
}

/** What is the same of a word wherever it stands. */
export interface WordForm {
  readonly text: string;
  /** Its number in the vocabulary. */
  readonly word: number;
  readonly capital: 0 | 1;
  readonly shouted: 0 | 1;
  readonly hash: number;
  /** Where it stood first. */
  readonly start: number;
  readonly end: number;
}

export class WordForms {
  readonly #text: string;
  readonly #codes: Uint16Array;
  #slots: (WordForm | undefined)[] = new Array<WordForm | undefined>(1024).fill(undefined);
  #count = 0;

  constructor(text: string, codes: Uint16Array) {
    this.#text = text;
    this.#codes = codes;
  }

  /** The form of the word or number at [start, end). */
  at(start: number, end: number): WordForm {
    const hash = this.#hash(start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask, steps = 0; steps < MOST_STEPS; slot = (slot + 1) & mask, steps += 1) {
      const form = this.#slots[slot];
      if (form === undefined) {
        const made = this.#make(start, end, hash);
        this.#slots[slot] = made;
        this.#count += 1;
        if (this.#count * 2 > mask) this.#grow();
        return made;
      }
      if (form.hash === hash && this.#isSame(form, start, end)) return form;
    }
    return this.#make(start, end, hash);
  }

  #hash(start: number, end: number): number {
    let hash = end - start;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (this.#codes[at] as number), 0x01000193);
    return hash ^ (hash >>> 15);
  }

  #isSame(form: WordForm, start: number, end: number): boolean {
    if (form.end - form.start !== end - start) return false;
    for (let at = start, other = form.start; at < end; at += 1, other += 1) if (this.#codes[at] !== this.#codes[other]) return false;
    return true;
  }

  #make(start: number, end: number, hash: number): WordForm {
    const written = this.#text.slice(start, end);
    const text = normal(written);
    const word = numberOf(text);
    const first = written[0] ?? '';
    const capital = first === first.toLowerCase() ? 0 : 1;
    // "12TH" has no case that tells anything.
    const letter = first < '0' || first > '9';
    const shouted = letter && written.length > 1 && written === written.toUpperCase() ? 1 : 0;
    return { text: word === UNKNOWN ? text : textOf(word), word, capital, shouted, hash, start, end };
  }

  #grow(): void {
    const old = this.#slots;
    const mask = old.length * 2 - 1;
    const slots = new Array<WordForm | undefined>(mask + 1).fill(undefined);
    for (const form of old) {
      if (form === undefined) continue;
      let slot = form.hash & mask;
      while (slots[slot] !== undefined) slot = (slot + 1) & mask;
      slots[slot] = form;
    }
    this.#slots = slots;
  }
}
