/** Carries a fracture over to the short sentences after it: "Fracture of L1. New since 2019. There is 40 % loss of height." */

import type { Statement } from '#src/case/reading.ts';
import { describePlace, ownAcuity } from './describe-place.ts';
import type { Said } from './read-sentence.ts';
import type { Sentence } from './sentences.ts';
import { type Tokens, WORD } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** Words that may stand before what is added: the sentence has no subject of its own. */
const FILLERS = wordSet(`
  this; these; it; they; both; all; the; fracture; fractures; finding; findings; is; are; was; were; has; have; been; appears; appear; again; not; likely; probably; since; which; appearance; appearances; of; a; an; and; there; -; also;
  approximately; about; with; grade; most; of; that; those; deformity; deformities; being; be; to; seems; seem; significantly
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
      acuity: statement.acuity === 'unknown' ? (more.acuity ?? 'unknown') : statement.acuity,
      grade: statement.grade ?? more.grade ?? null,
      severity: statement.severity ?? more.severity ?? null,
      lossPercent: statement.lossPercent ?? more.lossPercent ?? null,
    },
  };
}

/** The sayings of each sentence, with fragments joined to the fracture that they go on about. Only neighbours in one paragraph are joined. */
export function carryOver(tokens: Tokens, sentences: readonly Sentence[], sayings: readonly (readonly Said[])[]): (readonly Said[])[] {
  const out = [...sayings];
  /** The sentence that a fragment may go on about, -1 for none. */
  let before = -1;
  for (const [index, sentence] of sentences.entries()) {
    const own = out[index] ?? NOTHING;
    if (!sentence.continues) before = -1;
    // Most sentences of a report: no fracture here and none just before.
    if (before < 0 && !own.some(isFamily)) continue;
    const family = own.filter(isFamily);
    const earlier = before >= 0 ? (out[before] ?? NOTHING) : NOTHING;
    const subjects = earlier.filter(isPresent);
    if (family.length === 0) {
      const more = subjects.length > 0 ? added(tokens, sentence) : null;
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
