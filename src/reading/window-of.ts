/** Which words of a sentence are about one finding and no other. */
import type { Window } from './describe-place.ts';
import type { Mention } from './mention.ts';
import type { Sentence } from './sentences.ts';
import type { Tokens } from './tokens.ts';
import { WordSet } from './word-set.ts';

const FRACTURE_LIKE = new Set<Mention['target']>(['vertebral-fracture', 'ambiguous-deformity', 'other-fracture']);

/** The tokens around a mention that describe it and no other fracture or deformity. */
export function windowOf(tokens: Tokens, sentence: Sentence, mentions: readonly Mention[], mention: Mention): Window {
  let from = sentence.first;
  let to = sentence.last;
  for (const other of mentions) {
    if (other === mention || !FRACTURE_LIKE.has(other.target) || (other.first === mention.first && other.last === mention.last)) continue;
    if (other.last <= mention.first && other.last > from) from = jointBetween(tokens, other.last, mention.first) ?? other.last;
    const attribute = mention.target === 'vertebral-fracture' && (other.concept === 'loss of height' || isItsCourse(tokens, other));
    if (other.first >= mention.last && other.first < to && !attribute) to = jointBetween(tokens, mention.last, other.first) ?? other.first;
  }
  for (let at = mention.first - 1; at >= from; at -= 1) if (isBreak(tokens, at)) from = at + 1;
  for (let at = mention.last; at < to; at += 1) if (isBreak(tokens, at)) to = at;
  return { from, to };
}

const COURSE = new WordSet(['further', 'additional', 'interval', 'progressive']);
/** "The fracture shows no further collapse": how the fracture went on, no other finding. */
const isItsCourse = (tokens: Tokens, other: Mention): boolean => other.target === 'ambiguous-deformity' && COURSE.holds(tokens, other.first - 1);

const BREAKS = new WordSet([';', 'but', 'however']);
const isBreak = (tokens: Tokens, at: number): boolean => BREAKS.holds(tokens, at);

const WINDOW_JOINTS = new WordSet([',', 'and', 'with', ';', 'but', 'without', 'or', 'no', '.']);
/** The last comma or joining word in tokens [from, to), or null. */
function jointBetween(tokens: Tokens, from: number, to: number): number | null {
  for (let at = to - 1; at >= from; at -= 1) if (WINDOW_JOINTS.holds(tokens, at)) return at;
  return null;
}
