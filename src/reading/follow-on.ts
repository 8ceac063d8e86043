/** Carries a fracture over to the short sentences after it: "Fracture of L1. New since 2019. There is 40 % loss of height." */

import type { Statement } from '#src/case/reading.ts';
import { LEVELS } from '#src/case/vertebra.ts';
import { describePlace, ownAcuity } from './describe-place.ts';
import type { LevelMention } from './levels.ts';
import { followPronoun } from './pronouns.ts';
import type { Said } from './read-sentence.ts';
import type { Sentence } from './sentences.ts';
import { type Tokens, WORD } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** Words that may stand before what is added: the sentence has no subject of its own. */
const FILLERS = wordSet(`
  this; these; it; they; both; all; the; fracture; fractures; finding; findings; is; are; was; were; has; have; been; appears; appear; again; not; likely; probably; since; which; appearance; appearances; of; a; an; and; there; -; also;
  approximately; about; with; grade; most; of; that; those; deformity; deformities; being; be; to; seems; seem; significantly
`);
/** "Level: T12." "It involves the L1 body.": words that may stand before the level of what was named before. */
const PLACERS = wordSet(`
  level; levels; location; site; sites; position; at; in; involves; involve; involving; affects; affect; affecting; located; vertebra; vertebrae; vertebral; body; bodies; :; (
`);
const PAUSES = new WordSet(['since', 'from', 'compared', 'in', 'when', 'with', 'and', 'or', 'on', 'by', 'to', 'as', 'at', 'than', 'for']);
const NOTHING: readonly Said[] = [];
const LONGEST_LOOK_TOKENS = 8;
const LONGEST_FRAGMENT_TOKENS = 7;

const isPresent = ({ statement, reported }: Said): boolean =>
  reported &&
  statement.who === 'patient' &&
  statement.time === 'current' &&
  (statement.certainty === 'affirmed' || statement.certainty === 'uncertain') &&
  (statement.target === 'vertebral-fracture' || statement.target === 'ambiguous-deformity');

const isFamily = ({ statement: { target } }: Said): boolean =>
  target === 'vertebral-fracture' || target === 'ambiguous-deformity' || target === 'other-fracture';

/** Nothing new is named within three tokens: "New since", "Old." but not "New nodule in the lung". */
function endsSoon(tokens: Tokens, at: number, last: number): boolean {
  for (let next = at + 1; next < Math.min(last, at + 3); next += 1) {
    if (tokens.kind[next] !== WORD || PAUSES.holds(tokens, next)) return true;
  }
  return at + 1 >= last;
}

const goesWithLevel = (tokens: Tokens, at: number, mentions: readonly LevelMention[]): boolean =>
  tokens.kind[at] !== WORD || FILLERS.holds(tokens, at) || PLACERS.holds(tokens, at) || mentions.some(({ first, last }) => first <= at && at < last);

/** The levels that a short sentence gives to the fracture before it; null when it says anything else. */
function placed(tokens: Tokens, sentence: Sentence, mentions: readonly LevelMention[]): Partial<Statement> | null {
  const first = mentions[0];
  if (first === undefined || first.first - sentence.first > LONGEST_FRAGMENT_TOKENS) return null;
  let at = sentence.first;
  while (at < first.first && (FILLERS.holds(tokens, at) || PLACERS.holds(tokens, at))) at += 1;
  if (at < first.first) return null;
  // "L4-L5: disc bulge" is about something else.
  for (let after = first.last; after < sentence.last; after += 1) if (!goesWithLevel(tokens, after, mentions)) return null;
  const detail = describePlace(tokens, { from: sentence.first, to: sentence.last });
  const named = new Set(mentions.flatMap((mention) => mention.levels));
  return {
    ...detail,
    levels: LEVELS.filter((level) => named.has(level)),
    otherLevels: [...new Set(mentions.flatMap((mention) => mention.otherLevels))],
  };
}

/** What a fragment adds to the fracture before it; null when the sentence is about something else. */
function added(tokens: Tokens, sentence: Sentence): Partial<Statement> | null {
  const end = Math.min(sentence.last, sentence.first + LONGEST_LOOK_TOKENS);
  let at = sentence.first;
  while (at < end && FILLERS.holds(tokens, at)) at += 1;
  const acuity = ownAcuity(tokens, sentence.first, end);
  const short = sentence.last - sentence.first <= LONGEST_FRAGMENT_TOKENS;
  const detail = short ? describePlace(tokens, { from: sentence.first, to: sentence.last }) : null;
  // The acuity word must open the sentence: nothing but fillers before it.
  const opens = at < end && ownAcuity(tokens, at, Math.min(at + 2, sentence.last)) !== 'unknown' && endsSoon(tokens, at, sentence.last);
  if (!opens && acuity !== 'unchanged' && (detail === null || (detail.grade === null && detail.severity === null && detail.lossPercent === null)))
    return null;
  if (!opens && at < end && tokens.kind[at] === WORD && detail?.severity === null && detail.grade === null) return null;
  return {
    acuity: opens ? acuity : 'unknown',
    grade: detail?.grade ?? null,
    severity: detail?.severity ?? null,
    lossPercent: detail?.lossPercent ?? null,
  };
}

/** The statement with what it lacks filled in. */
function fill(said: Said, more: Partial<Statement>): Said {
  const { statement } = said;
  return {
    ...said,
    statement: {
      ...statement,
      ...(statement.levels.length + statement.otherLevels.length === 0 ? { levels: more.levels ?? [], otherLevels: more.otherLevels ?? [] } : {}),
      acuity: statement.acuity === 'unknown' ? (more.acuity ?? 'unknown') : statement.acuity,
      grade: statement.grade ?? more.grade ?? null,
      severity: statement.severity ?? more.severity ?? null,
      lossPercent: statement.lossPercent ?? more.lossPercent ?? null,
    },
  };
}

/** The sayings of each sentence, with fragments joined to the fracture that they go on about. Only neighbours in one paragraph are joined. */
export function carryOver(
  tokens: Tokens,
  sentences: readonly Sentence[],
  sayings: readonly (readonly Said[])[],
  levels: readonly (readonly LevelMention[])[],
): (readonly Said[])[] {
  const out = [...sayings];
  /** The sentence that a fragment may go on about, -1 for none. */
  let before = -1;
  for (const [index, sentence] of sentences.entries()) {
    let own = out[index] ?? NOTHING;
    if (!sentence.continues) before = -1;
    const previous = sentences[index - 1];
    if (previous !== undefined && (levels[index - 1]?.length ?? 0) === 1 && (levels[index]?.length ?? 0) === 0 && own.length > 0) {
      own = followPronoun(tokens, sentence, own, { sentence: previous, levels: levels[index - 1] ?? [] });
      out[index] = own;
    }
    // Most sentences of a report: no fracture here and none just before.
    if (before < 0 && !own.some(isFamily)) continue;
    const family = own.filter(isFamily);
    const earlier = before >= 0 ? (out[before] ?? NOTHING) : NOTHING;
    const subjects = earlier.filter(isPresent);
    if (family.length === 0) {
      const unplaced = subjects.length === 1 && subjects[0]?.statement.levels.length === 0;
      const place = unplaced ? placed(tokens, sentence, levels[index] ?? []) : null;
      const more = subjects.length > 0 ? (place ?? added(tokens, sentence)) : null;
      if (more === null) before = -1;
      else out[before] = earlier.map((said) => (isPresent(said) ? fill(said, more) : said));
      continue;
    }
    const bare = family.every((said) => isPresent(said) && said.statement.target === 'ambiguous-deformity' && said.statement.levels.length === 0);
    if (bare && subjects.length > 0) {
      const levels = subjects[0]?.statement.levels ?? [];
      out[index] = own.map((said) => (family.includes(said) ? { ...said, statement: { ...said.statement, levels } } : said));
      if (subjects.length === 1) out[before] = earlier.map((said) => (isPresent(said) ? fill(said, family[0]?.statement ?? {}) : said));
      continue;
    }
    before = family.some(isPresent) ? index : -1;
  }
  return out;
}
