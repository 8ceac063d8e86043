/** A set of words that is asked about tokens by their word's number. */
import type { Tokens } from './tokens.ts';
import { learnWord, MOST_WORDS, numberOf } from './vocabulary.ts';
import { list } from './word-list.ts';

export class WordSet {
  readonly words: readonly string[];
  readonly #members = new Uint8Array(MOST_WORDS);

  constructor(words: readonly string[]) {
    this.words = words;
    for (const word of words) this.#members[learnWord(word)] = 1;
  }

  has(word: string): boolean {
    return this.#members[numberOf(word)] === 1;
  }

  /** Is token `at` one of these words? False beyond the ends of the text. */
  holds(tokens: Tokens, at: number): boolean {
    return this.#members[tokens.word[at] ?? 0] === 1;
  }

  /** Is one of these words among the tokens [from, to)? */
  holdsAny(tokens: Tokens, from: number, to: number): boolean {
    const { word } = tokens;
    const end = Math.min(to, tokens.length);
    for (let at = Math.max(0, from); at < end; at += 1) if (this.#members[word[at] ?? 0] === 1) return true;
    return false;
  }
}

/** The set of the words of a table written as running text (word-list.ts), and of more words. */
export const wordSet = (text: string, more: readonly string[] = []): WordSet => new WordSet([...list(text), ...more]);
