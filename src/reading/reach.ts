/** How far a context word reaches: to the end of its clause, told by stop words, new subjects with a verb of their own, and marks. */

import { isAdverb } from './adverb.ts';
import type { ContextWord } from './context-words.ts';
import type { Match } from './phrase-book.ts';
import type { Token } from './tokens.ts';
import { list } from './word-list.ts';

export interface Bounds {
  /** The sentence, as token indexes [first, end). */
  readonly first: number;
  readonly end: number;
  /** Token indexes at which a stop word begins. */
  readonly stops: ReadonlySet<number>;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Verbs that carry a clause of their own. */
const CLAUSE_VERBS = new Set(
  list(`
  is; are; was; were; has; have; had; shows; show; showed; demonstrates; demonstrate; reveals; reveal; remains; remain; remained; appears;
  appear; appeared; exists; measures; contains; does; complains; complained; reports; admits; admitted; states; stated; presents; underwent;
  received; developed; will; became; indicates; represents; involves; continues; persists; there; tolerated; went; came; began; started;
  gives; takes; took; notes; feels; felt
`),
);
/** "Consider CT for the nodule": what is considered ends here. */
const CONSIDER_ENDS = new Set(['for', 'in', 'of', 'to', 'given', 'with', 'as', 'at', ',']);
const FINDING_VERBS = new Set([
  'shows',
  'show',
  'showed',
  'demonstrates',
  'demonstrate',
  'demonstrated',
  'reveals',
  'reveal',
  'revealed',
  'is',
  'are',
  'was',
  'were',
  'has',
  'had',
]);
/** After "is" or "are", these keep the clause one of being there or not: "no fracture or effusion is seen". */
const EXISTENCE = new Set(
  list(`
  seen; identified; present; noted; demonstrated; evident; visualized; found; detected; appreciated; observed; shown; apparent; visible;
  recognized; discernible; revealed; elicited; palpable; heard; reported; documented; suspected; depicted; suggested; discerned; displayed;
  confirmed; encountered; there; obvious; palpated; felt
`),
);
const PASSED_OVER = new Set(
  list(`
  been; be; also; again; clearly; definitely; currently; otherwise; convincingly; being; yet; readily; to; now; thought; felt; considered;
  believed; deemed; judged; quite; very; subsequently; then; later; completely; eventually; initially; all; both; since; tested; came; back;
  returned; repeatedly
`),
);
/** After a comma these begin a conclusion and end a list of denials: "No retropulsion, consistent with a benign fracture." */
const CONCLUDERS = new Set([
  'consistent',
  'compatible',
  'in',
  'suggesting',
  'suggestive',
  'likely',
  'probably',
  'presumably',
  'possibly',
  'most',
  'concerning',
  'suspicious',
  'worrisome',
  'representing',
  'reflecting',
]);
/** Adjectives that open a new thing after a comma: "No fracture, mild wedging of T12." */
const OPENERS = new Set(
  list(`
  mild; mildly; moderate; severe; minimal; small; large; old; chronic; stable; unchanged; multilevel; degenerative; healed; healing; known;
  minor; slight; normal; preserved; intact; diffuse; marked; persistent; extensive; age; again; status; positive; there; he; she; patient; it;
  they; we; i
`),
);
const ARTICLES = new Set(['a', 'an']);
const ASKING = new Set(['whether', 'if']);
const JOINTS = new Set([',', 'and', 'or', 'nor', 'as', 'plus', '&', '/']);
/** Words that reach only their neighbour, and how many tokens that is. */
const SHORT_BACK: Readonly<Record<string, number>> = {
  free: 2,
  risk: 3,
  screening: 2,
  screen: 2,
  protocol: 2,
  prophylaxis: 2,
  precautions: 2,
  prevention: 2,
  surveillance: 2,
  workup: 3,
  suspicion: 2,
  none: 6,
};

/** True when the verb at `at` says that something is (not) there, rather than what it is like. */
function saysThere(tokens: readonly Token[], at: number, end: number): boolean {
  for (let next = at + 1; next < Math.min(end, at + 6); next += 1) {
    const token = (tokens[next] as Token).text;
    if (EXISTENCE.has(token)) return true;
    if (!PASSED_OVER.has(token)) return false;
  }
  return false;
}

/** True when a list that "no" opened ends at the joint `at`: what follows begins a thing of its own. */
function opensNewThing(tokens: readonly Token[], at: number, end: number, opener: string): boolean {
  const joint = (tokens[at] as Token).text;
  const next = at + 1 < end ? (tokens[at + 1] as Token).text : '';
  const afterNext = at + 2 < end ? (tokens[at + 2] as Token).text : '';
  if (joint === 'with') return OPENERS.has(next) || ARTICLES.has(next);
  if (joint !== ',' && joint !== 'and') return false;
  if (joint === ',' && (next === 'with' || (CONCLUDERS.has(next) && !listGoesOn(tokens, at + 1, end)))) return true;
  if (joint === ',' && next === 'and' && (ARTICLES.has(afterNext) || OPENERS.has(afterNext))) return opener === 'no';
  const before = tokens[at - 1]?.text ?? '';
  if (OPENERS.has(before)) return false;
  if (joint === ',' && OPENERS.has(next)) return !listGoesOn(tokens, at + 1, end);
  if (joint === 'and' && OPENERS.has(next)) return opener === 'no' && !listGoesOn(tokens, at + 1, end);
  return ARTICLES.has(next) && opener === 'no';
}

/** "no old, healing or healed fracture", "no mild, moderate or severe stenosis": an "or" soon after keeps the list one. */
function listGoesOn(tokens: readonly Token[], from: number, end: number): boolean {
  for (let at = from; at < Math.min(end, from + 8); at += 1) {
    const token = (tokens[at] as Token).text;
    if (token === 'or' || token === 'nor') return true;
    if (token === 'and' || token === ';') return false;
  }
  return false;
}

/** Words that begin a clause of condition: a comma ends it ("if pain recurs, take ..."). Others govern a list of things ("watch for fever, chills and rigors"). */
const CLAUSE_OPENERS = new Set(['if', 'unless', 'should', 'in', 'whether', 'is', 'are', 'prn', 'as']);

/** Does the list that a condition governs go on over the comma at `at`? */
function conditionGoesOn(tokens: readonly Token[], at: number, end: number, match: Match<ContextWord>): boolean {
  if (listGoesOn(tokens, at, end)) return true;
  if (CLAUSE_OPENERS.has((tokens[match.first] as Token).text)) return false;
  for (let next = at + 1; next < Math.min(end, at + 7); next += 1) {
    const { text } = tokens[next] as Token;
    if (text === 'and') return true;
    if (CLAUSE_VERBS.has(text) || text === ';' || OPENERS.has(text)) return false;
  }
  return false;
}

/** What a walk forward from a context word knows of that word. */
interface Forward {
  readonly tokens: readonly Token[];
  readonly match: Match<ContextWord>;
  readonly bounds: Bounds;
  readonly from: number;
  readonly opener: string;
  readonly denies: boolean;
  readonly isAdjective: boolean;
}

/** Marks that end any reach. */
function endsAtMark({ tokens, bounds, from, denies }: Forward, at: number): boolean {
  const token = tokens[at] as Token;
  if (token.text === ';' || (bounds.stops.has(at) && at >= from)) return true;
  if (token.text === '-' && token.spaceBefore && (tokens[at + 1]?.spaceBefore ?? false)) return true;
  // "Not a fracture: the irregularity is a Schmorl node", but "no evidence of: fracture".
  return denies && token.text === ':' && at > from && tokens[at - 1]?.text !== 'following';
}

/** Where the reach of this very word ends. */
function endsByItsWord({ tokens, match, bounds, from, opener, isAdjective }: Forward, at: number): boolean {
  const { text } = tokens[at] as Token;
  const { effect } = match.meaning;
  if (opener === 'consider' && (at - from > 3 || CONSIDER_ENDS.has(text))) return true;
  if (isAdjective && (text === ',' || at - from > 5)) return true;
  if (effect === 'condition' && (text === 'then' || (text === ',' && !conditionGoesOn(tokens, at, bounds.end, match)))) return true;
  // "non-ST elevation infarction", "non ischemic": the next word only.
  if (opener === 'non' && match.last === match.first + 1 && at - from > (tokens[from]?.text === '-' ? 1 : 0)) return true;
  if (effect === 'other-person' && (text === 'patient' || text === 'pt')) return true;
  // "CT without contrast shows a cyst": the verb is the main clause's.
  return opener === 'without' && FINDING_VERBS.has(text);
}

/** Where a list that is denied or doubted ends. */
function endsList({ tokens, match, bounds, opener, denies }: Forward, at: number, seenOr: boolean): boolean {
  const { text } = tokens[at] as Token;
  if ((denies || match.meaning.effect === 'doubt') && (text === 'with' || JOINTS.has(text)) && opensNewThing(tokens, at, bounds.end, opener))
    return true;
  // "No rales or wheezes, scattered rhonchi": the "or" closed the list; "no rales heard, rhonchi on the right".
  return denies && text === ',' && (seenOr || EXISTENCE.has(tokens[at - 1]?.text ?? '')) && !listGoesOn(tokens, at + 1, bounds.end);
}

/** Tokens after the word, to the end of its reach. */
export function reachForward(tokens: readonly Token[], match: Match<ContextWord>, bounds: Bounds): Range {
  const from = match.last;
  const { effect } = match.meaning;
  const opener = (tokens[match.first] as Token).text;
  const isAdjective = effect === 'past' && match.last === match.first + 1 && opener !== 'history' && opener !== 'ho';
  const walk: Forward = { tokens, match, bounds, from, opener, denies: effect === 'deny', isAdjective };
  let joint = -1;
  let hasVerb = false;
  let seenOr = false;
  const asks = ASKING.has((tokens[match.last - 1] as Token).text);
  // "mother and two aunts had": the subject goes on; "whether she aspirated or has pneumonia": both are asked.
  const isJoint = (text: string): boolean => (effect !== 'other-person' || hasVerb) && !(asks && text === 'or');
  let at = from;
  for (; at < bounds.end; at += 1) {
    const { text } = tokens[at] as Token;
    if (endsAtMark(walk, at) || endsByItsWord(walk, at) || endsList(walk, at, seenOr)) break;
    if (text === 'or' || text === 'nor') seenOr = true;
    if (CLAUSE_VERBS.has(text)) {
      if (joint >= 0 && !saysThere(tokens, at, bounds.end)) {
        at = joint;
        break;
      }
      hasVerb = true;
    }
    if (JOINTS.has(text) && isJoint(text)) joint = at;
  }
  return { from, to: at };
}

/** Tokens before the word, back to the start of its reach. */
export function reachBackward(tokens: readonly Token[], match: Match<ContextWord>, bounds: Bounds): Range {
  const to = match.first;
  const opener = (tokens[match.first] as Token).text;
  const limit = Object.hasOwn(SHORT_BACK, opener) ? (SHORT_BACK[opener] ?? 0) : bounds.end;
  let seenOr = false;
  let seenContent = false;
  let at = to;
  while (at > bounds.first && to - at < limit) {
    const before = tokens[at - 1] as Token;
    if (before.text === ';' || bounds.stops.has(at - 1)) break;
    if (CLAUSE_VERBS.has(before.text)) {
      if (seenContent) break;
    } else if (before.text === ',') {
      if (seenContent && !seenOr) break;
    } else if (before.text === 'and' || before.text === 'or') seenOr = true;
    else if (before.kind !== 'mark' && !PASSED_OVER.has(before.text) && !isAdverb(before.text)) seenContent = true;
    at -= 1;
  }
  return { from: at, to };
}
