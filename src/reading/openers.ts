/** The words of the standing books: one string object each, and in which books a phrase may begin with it (a bit a book): most words open none. */

interface KnownWord {
  readonly text: string;
  readonly opens: number;
}

const WORDS = new Map<string, KnownWord>();

/** The word as the books hold it: the same string object compares faster in every look-up after this one. */
export function knownWord(word: string): KnownWord {
  return WORDS.get(word) ?? { text: word, opens: 0 };
}

/** Remembers a word of a phrase, and the bit of the book in which a phrase begins with it (0: none). Called while the tables are built, never while reading. */
export function noteWord(word: string, bit: number): void {
  const known = knownWord(word);
  WORDS.set(word, { text: known.text, opens: known.opens | bit });
}
