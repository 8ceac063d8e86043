/** Finds everything a sentence names, before its context is judged. */
import { findAdvice } from './advice.ts';
import type { BoneMention } from './anatomy.ts';
import { findConcepts } from './concepts.ts';
import { findDeformities } from './deformities.ts';
import { findFractures, type Surroundings } from './fractures.ts';
import type { LevelMention } from './levels.ts';
import type { Mention } from './mention.ts';
import type { Sentence } from './sentences.ts';
import type { Token } from './tokens.ts';
import { list } from './word-list.ts';

/** What is known of a sentence before it is read. */
export interface Place {
  readonly levels: readonly LevelMention[];
  readonly bones: readonly BoneMention[];
  /** What the text before it is about, for a fracture without a bone. */
  readonly surroundings: Surroundings;
}

/** After a label these answer it. */
const ANSWERS = new Set(
  list(`
  no; none; nil; not; absent; negative; n; without; yes; y; present; positive; seen; identified; noted; possible; probable; likely; suspected; old; new; acute;
  chronic; mild; moderate; severe; multiple; single; one; two; three; grade; stable; unchanged; healed; healing; equivocal; uncertain; indeterminate; cannot; ?;
  denied; -; 0; excluded; questionable; subacute; several; 1; 2; 3
`),
);

/** Everything the sentence names, in order. */
export function findMentions(tokens: readonly Token[], sentence: Sentence, place: Place): Mention[] {
  const { first, last } = sentence;
  const { levels, bones, surroundings } = place;
  const fractures = findFractures(tokens, first, last, bones, surroundings);
  const concepts = findConcepts(tokens, first, last, bones);
  const holders = [...fractures, ...concepts.filter((mention) => mention.target === 'mimic' || mention.target === 'red-flag')];
  const taken = (at: number): boolean => holders.some((mention) => mention.first <= at && at < mention.last);
  const deformities = findDeformities(tokens, first, last, bones, surroundings, taken);
  const found = [...dropLabels(tokens, sentence, fractures, levels), ...deformities, ...concepts, ...findAdvice(tokens, first, last)];
  const seen = found.some((mention) => mention.target === 'bones-mentioned');
  // One mark for "bones" in a sentence is enough.
  const firstBones = found.find((mention) => mention.target === 'bones-mentioned');
  const kept = seen ? found.filter((mention) => mention.target !== 'bones-mentioned' || mention === firstBones) : found;
  return kept.sort((a, b) => a.first - b.first || a.last - b.last);
}

/**
 * "Fracture: no fracture", "Fractures: vertebral bodies intact": a fracture that is a line's label says nothing by itself. It stays when the
 * answer is one: a denial, a yes, a level, an age, a degree.
 */
function dropLabels(tokens: readonly Token[], sentence: Sentence, fractures: readonly Mention[], levels: readonly LevelMention[]): Mention[] {
  return fractures.filter((mention) => {
    if (tokens[mention.last]?.text !== ':' || mention.last + 1 >= sentence.last) return true;
    if (fractures.some((other) => other.first > mention.last)) return false;
    if (levels.some((level) => level.first > mention.last)) return true;
    return tokens.slice(mention.last + 1, mention.last + 7).some((token) => ANSWERS.has(token.text));
  });
}
