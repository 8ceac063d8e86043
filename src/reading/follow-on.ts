/** Carries a fracture over to the short sentences after it: "Fracture of L1. New since 2019. There is 40 % loss of height." */
import type { Statement } from '#src/case/reading.ts';
import { describePlace, ownAcuity } from './describe-place.ts';
import type { Said } from './read-sentence.ts';
import type { Sentence } from './sentences.ts';
import type { Token } from './tokens.ts';
import { list } from './word-list.ts';

/** Words that may stand before what is added: the sentence has no subject of its own. */
const FILLERS = new Set(
  list(`
  this; these; it; they; both; all; the; fracture; fractures; finding; findings; is; are; was; were; has; have; been; appears; appear; again; not; likely; probably; since; which; appearance; appearances; of; a; an; and; there; -; also;
  approximately; about; with; grade; most; of; that; those; deformity; deformities; being; be; to; seems; seem; significantly
`),
);
const PAUSES = new Set(['since', 'from', 'compared', 'in', 'when', 'with', 'and', 'or', 'on', 'by', 'to', 'as', 'at', 'than', 'for']);
const LONGEST_LOOK_TOKENS = 8;
const LONGEST_FRAGMENT_TOKENS = 7;

const isPresent = ({ statement, reported }: Said): boolean =>
  reported &&
  statement.who === 'patient' &&
  statement.time === 'current' &&
  (statement.certainty === 'affirmed' || statement.certainty === 'uncertain') &&
  (statement.target === 'vertebral-fracture' || statement.target === 'ambiguous-deformity');

const isFamily = ({ statement }: Said): boolean => ['vertebral-fracture', 'ambiguous-deformity', 'other-fracture'].includes(statement.target);

/** Nothing new is named within three tokens: "New since", "Old." but not "New nodule in the lung". */
function endsSoon(tokens: readonly Token[], at: number, last: number): boolean {
  for (let next = at + 1; next < Math.min(last, at + 3); next += 1) {
    const token = tokens[next] as Token;
    if (token.kind !== 'word' || PAUSES.has(token.text)) return true;
  }
  return at + 1 >= last;
}

/** What a fragment adds to the fracture before it; null when the sentence is about something else. */
function added(tokens: readonly Token[], sentence: Sentence): Partial<Statement> | null {
  const end = Math.min(sentence.last, sentence.first + LONGEST_LOOK_TOKENS);
  let at = sentence.first;
  while (at < end && FILLERS.has((tokens[at] as Token).text)) at += 1;
  const acuity = ownAcuity(tokens, sentence.first, end);
  const short = sentence.last - sentence.first <= LONGEST_FRAGMENT_TOKENS;
  const detail = short ? describePlace(tokens, { from: sentence.first, to: sentence.last }) : null;
  // The acuity word must open the sentence: nothing but fillers before it.
  const opens = at < end && ownAcuity(tokens, at, Math.min(at + 2, sentence.last)) !== 'unknown' && endsSoon(tokens, at, sentence.last);
  if (!opens && acuity !== 'unchanged' && (detail === null || (detail.grade === null && detail.severity === null && detail.lossPercent === null)))
    return null;
  if (!opens && at < end && (tokens[at] as Token).kind === 'word' && detail?.severity === null && detail.grade === null) return null;
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
export function carryOver(tokens: readonly Token[], sentences: readonly Sentence[], sayings: readonly (readonly Said[])[]): Said[][] {
  const out = sayings.map((each) => [...each]);
  let before = -1;
  sentences.forEach((sentence, index) => {
    const own = out[index] ?? [];
    const family = own.filter(isFamily);
    if (!sentence.continues) before = -1;
    const earlier = before >= 0 ? (out[before] ?? []) : [];
    const subjects = earlier.filter(isPresent);
    if (family.length === 0) {
      const more = subjects.length > 0 ? added(tokens, sentence) : null;
      if (more === null) before = -1;
      else out[before] = earlier.map((said) => (isPresent(said) ? fill(said, more) : said));
      return;
    }
    const bare = family.every((said) => isPresent(said) && said.statement.target === 'ambiguous-deformity' && said.statement.levels.length === 0);
    if (bare && subjects.length > 0) {
      const levels = subjects[0]?.statement.levels ?? [];
      out[index] = own.map((said) => (family.includes(said) ? { ...said, statement: { ...said.statement, levels } } : said));
      if (subjects.length === 1) out[before] = earlier.map((said) => (isPresent(said) ? fill(said, family[0]?.statement ?? {}) : said));
      return;
    }
    before = family.some(isPresent) ? index : -1;
  });
  return out;
}
