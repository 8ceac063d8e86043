/** How far a context word reaches: to the end of its clause, told by stop words, new subjects with a verb of their own, and marks. */

import { isAdverb } from './adverb.ts';
import type { ContextWord } from './context-words.ts';
import type { Match } from './phrase-book.ts';
import { MARK, type Tokens } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

export interface Bounds {
  /** The sentence, as token indexes [first, end). */
  readonly first: number;
  readonly end: number;
  /** Token indexes at which a stop word begins. */
  readonly stops: readonly number[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Verbs that carry a clause of their own. */
const CLAUSE_VERBS = wordSet(`
  is; are; was; were; has; have; had; shows; show; showed; demonstrates; demonstrate; reveals; reveal; remains; remain; remained; appears;
  appear; appeared; exists; measures; contains; does; complains; complained; reports; admits; admitted; states; stated; presents; underwent;
  received; developed; will; became; indicates; represents; involves; continues; persists; there; tolerated; went; came; began; started;
  gives; takes; took; notes; feels; felt
`);
/** "Consider CT for the nodule": what is considered ends here. */
const CONSIDER_ENDS = new WordSet(['for', 'in', 'of', 'to', 'given', 'with', 'as', 'at', ',']);
const FINDING_VERBS = new WordSet([
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
const EXISTENCE = wordSet(`
  seen; identified; present; noted; demonstrated; evident; visualized; found; detected; appreciated; observed; shown; apparent; visible;
  recognized; discernible; revealed; elicited; palpable; heard; reported; documented; suspected; depicted; suggested; discerned; displayed;
  confirmed; encountered; there; obvious; palpated; felt
`);
const PASSED_OVER = wordSet(`
  been; be; also; again; clearly; definitely; currently; otherwise; convincingly; being; yet; readily; to; now; thought; felt; considered;
  believed; deemed; judged; quite; very; subsequently; then; later; completely; eventually; initially; all; both; since; tested; came; back;
  returned; repeatedly; therefore; hence; thus; still; currently; today
`);
/** After a comma these begin a conclusion and end a list of denials: "No retropulsion, consistent with a benign fracture." */
const CONCLUDERS = new WordSet([
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
const OPENERS = wordSet(`
  mild; mildly; moderate; severe; minimal; small; large; old; chronic; stable; unchanged; multilevel; degenerative; healed; healing; known;
  minor; slight; normal; preserved; intact; diffuse; marked; persistent; extensive; age; again; status; positive; there; he; she; patient; it;
  they; we; i
`);
const ARTICLES = new WordSet(['a', 'an']);
const ASKING = new WordSet(['whether', 'if']);
const JOINTS = new WordSet([',', 'and', 'or', 'nor', 'as', 'plus', '&', '/']);
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

/** Of those, the ones that make one noun with the word before them. */
const COMPOUNDING = new WordSet(['risk', 'screening', 'screen', 'protocol', 'prophylaxis', 'precautions', 'prevention', 'surveillance', 'workup']);

/** True when the verb at `at` says that something is (not) there, rather than what it is like. */
function saysThere(tokens: Tokens, at: number, end: number): boolean {
  for (let next = at + 1; next < Math.min(end, at + 6); next += 1) {
    if (EXISTENCE.holds(tokens, next)) return true;
    if (!PASSED_OVER.holds(tokens, next)) return false;
  }
  return false;
}

/** True when a list that "no" opened ends at the joint `at`: what follows begins a thing of its own. */
function opensNewThing(tokens: Tokens, at: number, end: number, opener: string): boolean {
  const joint = tokens.text[at];
  // Beyond the sentence stands nothing.
  const next = at + 1 < end ? at + 1 : tokens.length;
  const afterNext = at + 2 < end ? at + 2 : tokens.length;
  if (joint === 'with') return OPENERS.holds(tokens, next) || ARTICLES.holds(tokens, next);
  if (joint !== ',' && joint !== 'and') return false;
  if (joint === ',' && (tokens.text[next] === 'with' || (CONCLUDERS.holds(tokens, next) && !listGoesOn(tokens, at + 1, end)))) return true;
  // "No infiltrate, and urinalysis with pyuria".
  if (joint === ',' && tokens.text[next] === 'and' && opener === 'no' && (tokens.text[at + 3] === 'with' || tokens.text[at + 4] === 'with'))
    return true;
  if (joint === ',' && tokens.text[next] === 'and' && (ARTICLES.holds(tokens, afterNext) || OPENERS.holds(tokens, afterNext))) return opener === 'no';
  if (OPENERS.holds(tokens, at - 1)) return false;
  if (joint === ',' && standsAlone(tokens, at + 1, end)) return true;
  if (joint === ',' && OPENERS.holds(tokens, next)) return !listGoesOn(tokens, at + 1, end);
  if (joint === 'and' && OPENERS.holds(tokens, next)) return opener === 'no' && !listGoesOn(tokens, at + 1, end);
  return ARTICLES.holds(tokens, next) && opener === 'no';
}

const PREDICATES = wordSet(`
  present; normal; intact; unchanged; stable; regular; equal; clear; before; previously; symmetric; symmetrical; downgoing; supple; soft; full; reactive; warm; midline; central;
  removed; resected; biopsied; drained; placed; repaired; ligated; excised; taken; sent; performed; started; given; obtained
`);
const ITEM_ENDS = new WordSet([',', ';', '.']);
/** "No organomegaly, bowel sounds present", "no new changes, bundle branch block as before": the item says of itself how it is. */
function standsAlone(tokens: Tokens, from: number, end: number): boolean {
  let to = from;
  while (to < Math.min(end, from + LONGEST_ITEM_TOKENS) && !ITEM_ENDS.holds(tokens, to)) {
    const text = tokens.text[to] as string;
    if (text === 'or' || text === 'nor' || text === 'and' || text === 'no') return false;
    to += 1;
  }
  return to - from > 1 && (to >= end || ITEM_ENDS.holds(tokens, to)) && PREDICATES.holds(tokens, to - 1);
}
const LONGEST_ITEM_TOKENS = 8;

/** "no old, healing or healed fracture", "no mild, moderate or severe stenosis": an "or" soon after keeps the list one. */
function listGoesOn(tokens: Tokens, from: number, end: number): boolean {
  for (let at = from; at < Math.min(end, from + 8); at += 1) {
    const token = tokens.text[at] as string;
    if (token === 'or' || token === 'nor') return true;
    if (token === 'and' || token === ';') return false;
  }
  return false;
}

/** Words that begin a clause of condition: a comma ends it ("if pain recurs, take ..."). Others govern a list of things ("watch for fever, chills and rigors"). */
const CLAUSE_OPENERS = new WordSet(['if', 'unless', 'should', 'in', 'whether', 'is', 'are', 'prn', 'as']);

/** Does the list that a condition governs go on over the comma at `at`? */
function conditionGoesOn(tokens: Tokens, at: number, end: number, match: Match<ContextWord>): boolean {
  if (listGoesOn(tokens, at, end)) return true;
  if (CLAUSE_OPENERS.holds(tokens, match.first)) return false;
  for (let next = at + 1; next < Math.min(end, at + 7); next += 1) {
    const text = tokens.text[next] as string;
    if (text === 'and') return true;
    if (CLAUSE_VERBS.holds(tokens, next) || text === ';' || OPENERS.holds(tokens, next)) return false;
  }
  return false;
}

/** What a walk forward from a context word knows of that word. */
interface Forward {
  readonly tokens: Tokens;
  readonly match: Match<ContextWord>;
  readonly bounds: Bounds;
  readonly from: number;
  readonly opener: string;
  readonly denies: boolean;
  readonly isAdjective: boolean;
}

const CAUSES = new WordSet(['cause', 'causes', 'explanation', 'source', 'etiology', 'reason', 'origin', 'trigger']);
const OPENING_PHRASES = new WordSet(['in', 'without', 'despite']);
const NEEDING = new WordSet(['require', 'need', 'required', 'needed', 'requiring', 'needing']);
const NEED_ENDS = new WordSet(['for', 'of', 'because', 'after', 'during', 'despite', 'as']);

/** Marks that end any reach. */
function endsAtMark({ tokens, match, bounds, from, denies }: Forward, at: number): boolean {
  const text = tokens.text[at] as string;
  if (text === ';' || (bounds.stops.includes(at) && at >= from)) return true;
  // "Aunt - breast cancer": the dash stands for "had".
  const isHers = at === from && match.meaning.effect === 'other-person';
  if (text === '-' && !isHers && tokens.spaceBefore[at] === 1 && tokens.spaceBefore[at + 1] === 1) return true;
  // "Not a fracture: the irregularity is a Schmorl node", but "no evidence of: fracture".
  return denies && text === ':' && at > from && tokens.text[at - 1] !== 'following';
}

/** Where the reach of this very word ends. */
function endsByItsWord({ tokens, match, bounds, from, opener, isAdjective }: Forward, at: number): boolean {
  const text = tokens.text[at] as string;
  const { effect } = match.meaning;
  if (opener === 'consider' && (at - from > 3 || CONSIDER_ENDS.holds(tokens, at))) return true;
  if (isAdjective && (text === ',' || at - from > 5)) return true;
  if (effect === 'condition' && (text === 'then' || (text === ',' && !conditionGoesOn(tokens, at, bounds.end, match)))) return true;
  // "non-ST elevation infarction", "non ischemic": the next word only.
  if (opener === 'non' && match.last === match.first + 1 && at - from > (tokens.text[from] === '-' ? 1 : 0)) return true;
  if (effect === 'other-person' && (text === 'patient' || text === 'pt')) return true;
  // "What was thought to be a fracture is a node": the verb is the main clause's.
  if (opener === 'what' && FINDING_VERBS.holds(tokens, at)) return true;
  // "Not requiring treatment for the pneumonia": it is the treatment that is not needed.
  if (NEEDING.holds(tokens, match.last - 1) && NEED_ENDS.holds(tokens, at)) return true;
  // "In the absence of trauma, consider ...", "Without treatment, the tumor grows": the main clause follows the comma.
  if (text === ',' && OPENING_PHRASES.holds(tokens, match.first) && match.first === bounds.first && !listGoesOn(tokens, at, bounds.end)) return true;
  // "No cause was found for the pain": there is pain, and no cause of it.
  if (match.meaning.effect === 'deny' && text === 'for' && EXISTENCE.holds(tokens, at - 1) && CAUSES.holdsAny(tokens, from, at)) return true;
  // "CT without contrast shows a cyst": the verb is the main clause's.
  return opener === 'without' && FINDING_VERBS.holds(tokens, at);
}

/** Where a list that is denied or doubted ends. */
function endsList({ tokens, match, bounds, opener, denies }: Forward, at: number, seenOr: boolean): boolean {
  const text = tokens.text[at] as string;
  if ((denies || match.meaning.effect === 'doubt') && (text === 'with' || JOINTS.holds(tokens, at)) && opensNewThing(tokens, at, bounds.end, opener))
    return true;
  // "No rales or wheezes, scattered rhonchi": the "or" closed the list; "no rales heard, rhonchi on the right".
  return denies && text === ',' && (seenOr || EXISTENCE.holds(tokens, at - 1)) && !listGoesOn(tokens, at + 1, bounds.end);
}

/** Tokens after the word, to the end of its reach. */
export function reachForward(tokens: Tokens, match: Match<ContextWord>, bounds: Bounds): Range {
  const from = match.last;
  const { effect } = match.meaning;
  const opener = tokens.text[match.first] as string;
  const isAdjective = effect === 'past' && match.last === match.first + 1 && opener !== 'history' && opener !== 'ho';
  const walk: Forward = { tokens, match, bounds, from, opener, denies: effect === 'deny', isAdjective };
  let joint = -1;
  let hasVerb = false;
  let seenOr = false;
  const asks = ASKING.holds(tokens, match.last - 1);
  // "mother and two aunts had": the subject goes on; "whether she aspirated or has pneumonia": both are asked.
  const isJoint = (text: string): boolean => (effect !== 'other-person' || hasVerb) && !(asks && text === 'or');
  let at = from;
  for (; at < bounds.end; at += 1) {
    const text = tokens.text[at] as string;
    if (endsAtMark(walk, at) || endsByItsWord(walk, at) || endsList(walk, at, seenOr)) break;
    if (text === 'or' || text === 'nor') seenOr = true;
    if (CLAUSE_VERBS.holds(tokens, at)) {
      if (joint >= 0 && !saysThere(tokens, at, bounds.end)) {
        at = joint;
        break;
      }
      hasVerb = true;
    }
    if (JOINTS.holds(tokens, at) && isJoint(text)) joint = at;
  }
  return { from, to: at };
}

/** "A cyst, and ascites is not seen": one thing is not seen. */
const SINGULAR = new WordSet(['is', 'was', 'isnt', 'wasnt', 'has']);

/** Tokens before the word, back to the start of its reach. */
export function reachBackward(tokens: Tokens, match: Match<ContextWord>, bounds: Bounds): Range {
  const to = match.first;
  const opener = tokens.text[match.first] as string;
  const limit = Object.hasOwn(SHORT_BACK, opener) ? (SHORT_BACK[opener] ?? 0) : bounds.end;
  let seenOr = false;
  let seenContent = false;
  let at = to;
  while (at > bounds.first && to - at < limit) {
    const before = tokens.text[at - 1] as string;
    if (before === ';' || bounds.stops.includes(at - 1)) break;
    if (CLAUSE_VERBS.holds(tokens, at - 1)) {
      if (seenContent) break;
    } else if (before === ',') {
      // "Carcinoma, surveillance": no carcinoma surveillance.
      if ((seenContent && !seenOr) || COMPOUNDING.holds(tokens, match.first)) break;
    } else if (before === 'and' && seenContent && tokens.text[at - 2] === ',' && SINGULAR.holds(tokens, match.first)) break;
    else if (before === 'and' || before === 'or') seenOr = true;
    else if (tokens.kind[at - 1] !== MARK && !PASSED_OVER.holds(tokens, at - 1) && !isAdverb(before)) seenContent = true;
    at -= 1;
  }
  return { from: at, to };
}
