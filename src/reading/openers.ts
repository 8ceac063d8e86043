/** For each word that opens a phrase, in which of the standing books it does (a bit a book): most words open none and are passed at once. */

const OPENERS = new Map<string, number>();

/** The bits of the books in which a phrase may begin with this word. */
export function opensIn(word: string): number {
  return OPENERS.get(word) ?? 0;
}

/** Remembers that a phrase of the book with this bit begins with this word. Called while the tables are built, never while reading. */
export function noteOpener(word: string, bit: number): void {
  OPENERS.set(word, opensIn(word) | bit);
}
