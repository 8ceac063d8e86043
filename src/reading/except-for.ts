/** Levels that a denial leaves out: "no fracture apart from T12", "no vertebral fracture except at L1 and L2". */
import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import type { Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** The first word of an exception, and the second where it needs one. */
const OPENING = new WordSet([
  'except',
  'excepting',
  'besides',
  'apart',
  'aside',
  'other',
  'outside',
  'beyond',
  'save',
  'exception',
  'but',
  'excluding',
]);
const SECOND: Readonly<Record<string, string>> = {
  apart: 'from',
  aside: 'from',
  other: 'than',
  outside: 'of',
  save: 'for',
  exception: 'of',
  but: 'for',
};
/** What may stand between the exception and its level. */
const BETWEEN = wordSet(`
  from; than; of; for; at; the; that; those; in; a; an; old; chronic; known; previously; described; noted; healed; stable; unchanged; mild; moderate; severe; one; and; ,; /; -; (;
  remote; aforementioned; above; mentioned; existing; ones; fracture; fractures; pre; preexisting; previous; prior; reported; level; levels; involving;
  slight; minimal; minor; some; subtle; loss; height; reduction; reduced; wedging; which; where
`);

/** The token after the words of an exception that begins at `at`, or null. */
function afterException(tokens: Tokens, at: number): number | null {
  if (!OPENING.holds(tokens, at)) return null;
  const second = SECOND[tokens.text[at] as string];
  if (second === undefined) return at + 1;
  return tokens.text[at + 1] === second ? at + 2 : null;
}

/** Those of a denied finding's levels that the sentence takes out of the denial; `from` is where the words of the exception begin. */
export function findExceptions(
  tokens: Tokens,
  mention: Mention,
  levels: readonly LevelMention[],
  end: number,
): { readonly levels: readonly LevelMention[]; readonly from: number } | null {
  for (let at = mention.last; at < end; at += 1) {
    const after = afterException(tokens, at);
    if (after === null) continue;
    const out = levels.filter((level) => level.first >= after);
    const first = out[0];
    if (first === undefined) return null;
    for (let between = after; between < first.first; between += 1) if (!BETWEEN.holds(tokens, between)) return null;
    return { levels: out, from: at };
  }
  return null;
}
