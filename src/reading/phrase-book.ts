/** A book of phrases, looked up token by token (a trie), so that finding all of them is linear in the text. */

import { noteWord } from './openers.ts';
import { spell } from './spelling.ts';
import type { Token } from './tokens.ts';

export interface Match<Meaning> {
  readonly meaning: Meaning;
  /** Token indexes [first, last). */
  readonly first: number;
  readonly last: number;
}

interface Leaf<Meaning> {
  readonly next: Map<string, Leaf<Meaning>>;
  meaning: Meaning | null;
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

let books = 0;

export class PhraseBook<Meaning> {
  /** 0: a book made for one call, in which every token is tried. */
  readonly #bit: number;
  readonly #root: Leaf<Meaning> = { next: new Map(), meaning: null };

  constructor(bit = 0) {
    this.#bit = bit;
  }

  add(pattern: string, meaning: Meaning): void {
    for (const wording of wordings(pattern)) {
      const words = wording.split(' ').filter((word) => word !== '');
      this.addTokens(
        words.map((word) => (word === '{' ? '(' : word === '}' ? ')' : spell(word))),
        meaning,
      );
    }
  }

  /** Adds one phrase given as token texts. The first meaning given to a phrase stays. */
  addTokens(words: readonly string[], meaning: Meaning): void {
    let leaf = this.#root;
    if (this.#bit !== 0) for (const [index, word] of words.entries()) noteWord(word, index === 0 ? this.#bit : 0);
    for (const word of words) {
      let next = leaf.next.get(word);
      if (next === undefined) {
        next = { next: new Map(), meaning: null };
        leaf.next.set(word, next);
      }
      leaf = next;
    }
    leaf.meaning ??= meaning;
  }

  /** The longest phrase that starts at token `first`, or null. A hyphen between two words of a phrase is passed over. */
  longestAt(tokens: readonly Token[], first: number, end: number): Match<Meaning> | null {
    let leaf = this.#root;
    let found: Match<Meaning> | null = null;
    if (this.#bit !== 0 && first < end && ((tokens[first] as Token).opens & this.#bit) === 0) return null;
    for (let at = first; at < end; at += 1) {
      const token = tokens[at] as Token;
      const next = leaf.next.get(token.text);
      if (next === undefined) {
        if (token.text === '-' && at > first) continue;
        break;
      }
      leaf = next;
      if (leaf.meaning !== null) found = { meaning: leaf.meaning, first, last: at + 1 };
    }
    return found;
  }

  /** All phrases in tokens [first, end), longest first at each place, none overlapping. */
  findAll(tokens: readonly Token[], first: number, end: number): Match<Meaning>[] {
    const found: Match<Meaning>[] = [];
    for (let at = first; at < end; ) {
      // Most tokens open no phrase of this book: passed without a look-up.
      if (this.#bit !== 0 && ((tokens[at] as Token).opens & this.#bit) === 0) {
        at += 1;
        continue;
      }
      const match = this.longestAt(tokens, at, end);
      if (match !== null) found.push(match);
      at = match === null ? at + 1 : match.last;
    }
    return found;
  }
}

/** A standing book from a table of meanings to patterns. */
export function phraseBook<Meaning>(entries: readonly (readonly [Meaning, readonly string[]])[]): PhraseBook<Meaning> {
  const book = new PhraseBook<Meaning>(1 << books);
  books += 1;
  for (const [meaning, patterns] of entries) for (const pattern of patterns) book.add(pattern, meaning);
  return book;
}
