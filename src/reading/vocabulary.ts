/** The words of all tables of this folder, each with a number: a token carries its word's number, so that tables are looked up by number and not by text. */

/** Numbers stay below this, so that a set of words can be a plain table. */
export const MOST_WORDS = 8192;
/** The number of every word that no table holds. */
export const UNKNOWN = 0;

const NUMBERS = new Map<string, number>();
const TEXTS: string[] = [''];
const OPENS: number[] = [0];

/** The number of a word, a new one if need be; `opens` is the bit of the book in which a phrase begins with it. Called while tables are built, never while reading. */
export function learnWord(word: string, opens = 0): number {
  let number = NUMBERS.get(word);
  if (number === undefined) {
    number = TEXTS.length;
    if (number >= MOST_WORDS) throw new Error(`the tables hold more than ${MOST_WORDS} words`);
    NUMBERS.set(word, number);
    TEXTS.push(word);
    OPENS.push(0);
  }
  OPENS[number] = (OPENS[number] ?? 0) | opens;
  return number;
}

export const numberOf = (word: string): number => NUMBERS.get(word) ?? UNKNOWN;

/** The tables' own string object: two of them compare by address. */
export const textOf = (number: number): string => TEXTS[number] ?? '';

/** In which books a phrase may begin with this word, a bit each: most words open none. */
export const opensOf = (number: number): number => OPENS[number] ?? 0;

/** The bits of all words among the tokens [from, to). */
export function opensIn(words: Uint16Array, from: number, to: number): number {
  let bits = 0;
  for (let at = from; at < to; at += 1) bits |= OPENS[words[at] as number] as number;
  return bits;
}

let bits = 0;

/** A bit for a new book. */
export function newBit(): number {
  bits += 1;
  if (bits > 31) throw new Error('there are more books than bits');
  return 1 << (bits - 1);
}
