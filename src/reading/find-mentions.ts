/** Finds everything a sentence names, before its context is judged. */

import { ADVICE, findAdvice } from './advice.ts';
import type { BoneMention } from './anatomy.ts';
import { CONCEPTS, findConcepts } from './concepts.ts';
import { DEFORMITIES, findDeformities } from './deformities.ts';
import { HEADS } from './fracture-words.ts';
import { findFractures, type Surroundings } from './fractures.ts';
import { inOrder } from './in-order.ts';
import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import type { Sentence } from './sentences.ts';
import type { Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** What is known of a sentence before it is read. */
export interface Place {
  /** Which books the words of the sentence can open (vocabulary.ts). */
  readonly opens: number;
  readonly levels: readonly LevelMention[];
  readonly bones: readonly BoneMention[];
  /** What the text before it is about, for a fracture without a bone. */
  readonly surroundings: Surroundings;
}

const NONE: readonly Mention[] = [];

/** After a label these answer it. */
const ANSWERS = wordSet(`
  no; none; nil; not; absent; negative; n; without; yes; y; present; positive; seen; identified; noted; possible; probable; likely; suspected; old; new; acute;
  chronic; mild; moderate; severe; multiple; single; one; two; three; grade; stable; unchanged; healed; healing; equivocal; uncertain; indeterminate; cannot; ?;
  denied; -; 0; excluded; questionable; subacute; several; 1; 2; 3
`);

const SEMICOLON = new WordSet([';']);

/** The bits of the books in which mentions stand: a sentence whose words have none of them names nothing. */
export const MENTION_BITS = HEADS.bit | CONCEPTS.bit | DEFORMITIES.bit | ADVICE.bit;

/** Everything the sentence names, in order. */
export function findMentions(tokens: Tokens, sentence: Sentence, place: Place): Mention[] {
  const { first, last } = sentence;
  const { opens, levels, bones, surroundings } = place;
  const fractures = (opens & HEADS.bit) === 0 ? NONE : findFractures(tokens, first, last, bones, surroundings);
  const concepts = (opens & CONCEPTS.bit) === 0 ? NONE : findConcepts(tokens, first, last, bones);
  const holds = (mention: Mention, at: number): boolean => mention.first <= at && at < mention.last;
  const taken = (at: number): boolean =>
    fractures.some((mention) => holds(mention, at)) ||
    concepts.some((mention) => (mention.target === 'mimic' || mention.target === 'red-flag') && holds(mention, at));
  const deformities = (opens & DEFORMITIES.bit) === 0 ? NONE : findDeformities(tokens, first, last, bones, surroundings, taken);
  const found: Mention[] = [];
  for (const mention of fractures) if (!isBareLabel(tokens, sentence, mention, fractures, levels)) found.push(mention);
  for (const mention of deformities) found.push(mention);
  let bonesSeen = false;
  for (const mention of concepts) {
    // One mark for "bones" in a sentence is enough.
    if (mention.target === 'bones-mentioned') {
      if (bonesSeen) continue;
      bonesSeen = true;
    }
    found.push(mention);
  }
  if ((opens & ADVICE.bit) !== 0) for (const mention of findAdvice(tokens, first, last)) found.push(mention);
  return inOrder(found);
}

/**
 * "Fracture: no fracture", "Fractures: vertebral bodies intact": a fracture that is a line's label says nothing by itself. It stays when the
 * answer is one: a denial, a yes, a level, an age, a degree.
 */
function isBareLabel(tokens: Tokens, sentence: Sentence, mention: Mention, fractures: readonly Mention[], levels: readonly LevelMention[]): boolean {
  if (tokens.text[mention.last] !== ':' || mention.last + 1 >= sentence.last) return false;
  if (fractures.some((other) => other.first > mention.last && !SEMICOLON.holdsAny(tokens, mention.last, other.first))) return true;
  // "L1 fracture: DXA is recommended": a label that has its level says enough.
  if (
    levels.some((level) => level.first > mention.last || level.last === mention.first || (level.first >= mention.first && level.last <= mention.last))
  )
    return false;
  return !ANSWERS.holdsAny(tokens, mention.last + 1, mention.last + 7);
}
