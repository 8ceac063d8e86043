/** A book of phrases, looked up word by word (a trie over the vocabulary's numbers), so that finding all of them is linear in the text. */
import { spell } from './spelling.ts';
import type { Tokens } from './tokens.ts';
import { learnWord, newBit, opensOf, textOf } from './vocabulary.ts';

export interface Match<Meaning> {
  readonly meaning: Meaning;
  /** Token indexes [first, last). */
  readonly first: number;
  readonly last: number;
}

/**
 * All wordings of a pattern: "(a|b) c" is "a c" and "b c", "(very |)old" is "very old" and "old". Groups do not nest; the marks ( and ) themselves are written { and }.
 * Patterns are ours, written in this folder, never input.
 */
function wordings(pattern: string): string[] {
  const open = pattern.indexOf('(');
  if (open < 0) return [pattern];
  const close = pattern.indexOf(')', open);
  const before = pattern.slice(0, open);
  const choices = pattern.slice(open + 1, close).split('|');
  return wordings(pattern.slice(close + 1)).flatMap((rest) => choices.map((choice) => before + choice + rest));
}

const DASH = learnWord('-');
const NONE: readonly never[] = [];
const ROOT = 0;
const ABSENT = -1;

export class PhraseBook<Meaning> {
  /** The book's bit in what a word opens. */
  readonly bit: number;
  /** The steps of all nodes in one open-addressed table, three numbers each: from, word, to. Filled at most by half. */
  #steps = new Int32Array(3 * 1024).fill(ABSENT);
  #stepCount = 0;
  readonly #meanings: (Meaning | null)[] = [null];

  constructor() {
    this.bit = newBit();
  }

  add(pattern: string, meaning: Meaning): void {
    for (const wording of wordings(pattern)) {
      let node = ROOT;
      for (const written of wording.split(' ')) {
        if (written === '') continue;
        const word = learnWord(written === '{' ? '(' : written === '}' ? ')' : spell(written), node === ROOT ? this.bit : 0);
        const next = this.#step(node, word);
        node = next === ABSENT ? this.#addStep(node, word) : next;
      }
      // The first meaning given to a phrase stays.
      this.#meanings[node] ??= meaning;
    }
  }

  #slotOf(steps: Int32Array, node: number, word: number): number {
    const size = steps.length / 3;
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(word, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & (size - 1);
    while (steps[slot * 3] !== ABSENT && (steps[slot * 3] !== node || steps[slot * 3 + 1] !== word)) slot = (slot + 1) & (size - 1);
    return slot * 3;
  }

  /** The node after `node` and `word`, or ABSENT. */
  #step(node: number, word: number): number {
    const slot = this.#slotOf(this.#steps, node, word);
    return this.#steps[slot] === ABSENT ? ABSENT : (this.#steps[slot + 2] as number);
  }

  #addStep(node: number, word: number): number {
    if (this.#stepCount * 6 >= this.#steps.length) this.#grow();
    const made = this.#meanings.length;
    this.#meanings.push(null);
    this.#steps.set([node, word, made], this.#slotOf(this.#steps, node, word));
    this.#stepCount += 1;
    return made;
  }

  #grow(): void {
    const old = this.#steps;
    this.#steps = new Int32Array(old.length * 2).fill(ABSENT);
    for (let at = 0; at < old.length; at += 3) {
      if (old[at] === ABSENT) continue;
      this.#steps.set(old.subarray(at, at + 3), this.#slotOf(this.#steps, old[at] as number, old[at + 1] as number));
    }
  }

  /** All phrases whose meaning is wanted, words parted by blanks: the book as it is, for those who compare with it. */
  phrases(isWanted: (meaning: Meaning) => boolean): string[] {
    const paths: string[] = [''];
    const steps = Array.from({ length: this.#steps.length / 3 }, (_, slot) => this.#steps.subarray(slot * 3, slot * 3 + 3));
    // A node is made after the one it follows.
    for (const [from, word, to] of steps.filter((step) => step[0] !== ABSENT).toSorted((a, b) => (a[2] ?? 0) - (b[2] ?? 0)))
      paths[to ?? 0] = `${paths[from ?? 0]} ${textOf(word ?? 0)}`.trimStart();
    return paths.filter((_, node) => {
      const meaning = this.#meanings[node] ?? null;
      return meaning !== null && isWanted(meaning);
    });
  }

  /** May a phrase of this book begin at token `at`? Most tokens open none. */
  opensAt(tokens: Tokens, at: number): boolean {
    return (opensOf(tokens.word[at] as number) & this.bit) !== 0;
  }

  /** The longest phrase that starts at token `first`, or null. A hyphen between two words of a phrase is passed over. */
  longestAt(tokens: Tokens, first: number, end: number): Match<Meaning> | null {
    if (first >= end || !this.opensAt(tokens, first)) return null;
    let node = ROOT;
    let meaning: Meaning | null = null;
    let last = first;
    for (let at = first; at < end; at += 1) {
      const word = tokens.word[at] as number;
      const next = this.#step(node, word);
      if (next === ABSENT) {
        if (word === DASH && at > first) continue;
        break;
      }
      node = next;
      const found = this.#meanings[node] as Meaning | null;
      if (found === null) continue;
      meaning = found;
      last = at + 1;
    }
    return meaning === null ? null : { meaning, first, last };
  }

  /** All phrases in tokens [first, end), longest first at each place, none overlapping. */
  findAll(tokens: Tokens, first: number, end: number): readonly Match<Meaning>[] {
    let found: Match<Meaning>[] | null = null;
    for (let at = first; at < end; ) {
      const match = this.opensAt(tokens, at) ? this.longestAt(tokens, at, end) : null;
      if (match === null) at += 1;
      else {
        if (found === null) found = [match];
        else found.push(match);
        at = match.last;
      }
    }
    return found ?? NONE;
  }
}

/** A book from a table of meanings to patterns. */
export function phraseBook<Meaning>(entries: readonly (readonly [Meaning, readonly string[]])[]): PhraseBook<Meaning> {
  const book = new PhraseBook<Meaning>();
  for (const [meaning, patterns] of entries) for (const pattern of patterns) book.add(pattern, meaning);
  return book;
}
