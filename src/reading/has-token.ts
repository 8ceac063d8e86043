/** Is one of these words among the tokens [from, to)? Looked at in place: slices of tokens were a third of what a reading allocated. */
import type { Token } from './tokens.ts';

export function hasToken(tokens: readonly Token[], from: number, to: number, words: { has(word: string): boolean }): boolean {
  for (let at = Math.max(0, from); at < Math.min(to, tokens.length); at += 1) if (words.has((tokens[at] as Token).text)) return true;
  return false;
}

/** Puts things of a sentence in order of their place, in place; most lists are in order already. */
export function inOrder<Thing extends { readonly first: number; readonly last: number }>(things: Thing[]): Thing[] {
  const compare = (a: Thing, b: Thing): number => a.first - b.first || a.last - b.last;
  for (let at = 1; at < things.length; at += 1) if (compare(things[at - 1] as Thing, things[at] as Thing) > 0) return things.sort(compare);
  return things;
}
