/**
 * Says of a place in a sentence whether it is affirmed, denied, doubtful or conditional, past or present, and of whom (after ConText:
 * Harkema and others 2009, J Biomed Inform 42:839): words reach forward or backward until something ends their reach.
 */

import type { Certainty, Statement } from '#src/case/reading.ts';
import { isAdverb } from './adverb.ts';
import { findBareYears } from './bare-years.ts';
import { CONTEXT_WORDS, type ContextWord, type Effect } from './context-words.ts';
import { findInversions } from './inversion.ts';
import type { Match } from './phrase-book.ts';
import { type Bounds, type Range, reachBackward, reachForward } from './reach.ts';
import { MARK, NUMBER, type Tokens, WORD } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

/** A word and the tokens [from, to) that it touches. */
export interface Reach {
  readonly effect: Effect;
  /** Tokens [first, last) of the word itself. */
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
  /** A word about the past that is a mere adjective ("prior fracture"), not a history. */
  readonly adjective: boolean;
  /** "denies", "denied". */
  readonly saying: boolean;
  /** It takes back what was said before it: "unlikely but cannot be excluded". */
  readonly takesBack?: true;
  /** It answers the question before it: "Is there a fracture? No." */
  readonly answers?: true;
  /** Of a look-alike: "no change in" denies the change, whatever it is a change in. */
  readonly head?: true;
  /** It tells the result of the looking: "workup for infection was negative". */
  readonly concludes?: true;
}

export interface Judgement {
  readonly certainty: Certainty;
  readonly time: Statement['time'];
  readonly who: Statement['who'];
  /** Historical only by an adjective: a "previous fracture" that is looked at now is an old one. */
  readonly pastByAdjective: boolean;
  /** Denied by somebody's word ("denies"), not by what was seen. */
  readonly bySaying: boolean;
}

/** Look-alikes that begin with these do deny the words inside them. */
const DENYING = new WordSet(['no', 'not', 'without']);
/** Look-alikes that begin with these doubt the words inside them. */
const DOUBTING = new WordSet(['likely', 'probably', 'possibly', 'presumably', 'most']);
const PAST_ADJECTIVES = new WordSet(['previous', 'previously', 'prior', 'remote', 'past', 'former', 'formerly']);

/** Words after which an 'either' word looks back: nothing that could be its object follows. */
const NO_OBJECT = wordSet(`
  in; on; at; by; with; and; or; but; from; to; is; are; was; were; given; as; after; since; today; now; here; during; per; which; that;
  however; although; though; within; throughout; following; because; due; if; for; than; via; using; when; while
`);

function looksBack(tokens: Tokens, match: Match<ContextWord>, end: number): boolean {
  if (match.last >= end) return true;
  const next = tokens.text[match.last] as string;
  if (next === '"' || next === '(' || next === '#') return false;
  return tokens.kind[match.last] === MARK || NO_OBJECT.holds(tokens, match.last) || isAdverb(next);
}

const ANSWER_ENDS = new WordSet(['.', ',', ';', ')', '/', '|']);
/** "Fracture: No." "Effusion - not." - a denial with nothing after it answers what stands before it. */
function isAnswer(tokens: Tokens, match: Match<ContextWord>, end: number): boolean {
  if (match.meaning.effect !== 'deny' || match.meaning.direction !== 'forward') return false;
  return match.last >= end || ANSWER_ENDS.holds(tokens, match.last);
}

const PLUS = new WordSet(['+']);

/** How far each context word of the sentence [first, end) reaches. */
export function findReaches(tokens: Tokens, first: number, end: number): Reach[] {
  const matches = CONTEXT_WORDS.findAll(tokens, first, end);
  const stops: number[] = [];
  for (const match of matches) if (isStop(tokens, match)) stops.push(match.first);
  const signed = PLUS.holdsAny(tokens, first, end);
  // "no effusion, +crepitus"
  if (signed) for (let at = first; at < end - 1; at += 1) if (PLUS.holds(tokens, at) && tokens.kind[at + 1] === WORD) stops.push(at);
  const bounds = { first, end, stops };
  const reaches: Reach[] = [];
  let adversative = -1;
  for (const match of matches) {
    const { effect } = match.meaning;
    // "No fracture, but a poor study; cannot be excluded."
    if (SEMICOLON.holds(tokens, match.first - 1)) adversative = match.first;
    if (effect === 'stop' && ADVERSATIVES.holds(tokens, match.first)) adversative = match.last;
    const spoken = effect === 'doubt' || effect === 'deny' ? spokenOf(tokens, match, adversative, reaches, end) : null;
    if (spoken !== null) reaches.push({ ...spoken, effect, first: match.first, last: match.last, saying: false, takesBack: true });
    else if (effect === 'nothing') insideLookAlike(tokens, match, reaches);
    else if (effect === 'pseudo-person') speakersDenial(tokens, match, bounds, reaches);
    else if (effect !== 'stop') addReaches(tokens, match, bounds, reaches);
  }
  if (signed) reaches.push(...signedDenials(tokens, first, end));
  for (const year of findBareYears(tokens, first, end)) reaches.push({ ...year, effect: 'past', adjective: true, saying: false });
  for (const inversion of findInversions(tokens, first, end)) reaches.push({ ...inversion, effect: 'condition', adjective: false, saying: false });
  return reaches;
}

const ADVERSATIVES = new WordSet(['but', 'although', 'though', 'however', 'yet']);
const SEMICOLON = new WordSet([';']);
const SAME_SUBJECT = new WordSet(['it', 'this', 'these', 'they', 'that', 'is', 'are', 'was', 'were', 'still', 'also', ',', 'one']);

/** "PE is unlikely but cannot be excluded": without a subject of its own the word speaks of what the word before the "but" spoke of. */
function spokenOf(tokens: Tokens, match: Match<ContextWord>, adversative: number, reaches: readonly Reach[], end: number): Reach | null {
  const before = reaches.at(-1);
  const { direction } = match.meaning;
  if (adversative < 0 || before === undefined || before.last >= adversative) return null;
  if ((direction !== 'backward' && direction !== 'either') || !looksBack(tokens, match, end)) return null;
  for (let at = adversative; at < match.first; at += 1) if (!SAME_SUBJECT.holds(tokens, at)) return null;
  return before;
}

/** "+ cough, - fever": beside a plus sign, a minus sign before a word denies it. */
function signedDenials(tokens: Tokens, first: number, end: number): Reach[] {
  const opensItem = (at: number): boolean => at === first || [',', ';', '.'].includes(tokens.text[at - 1] as string) || tokens.spaceBefore[at] === 1;
  const isSign = (at: number, sign: string): boolean => tokens.text[at] === sign && tokens.kind[at + 1] === WORD && opensItem(at);
  const signs: number[] = [];
  let plus = false;
  for (let at = first; at < end - 1; at += 1) {
    plus ||= isSign(at, '+');
    if (isSign(at, '-')) signs.push(at);
  }
  if (!plus) return signedAfter(tokens, first, end);
  return signs.map((at) => {
    let to = at + 1;
    while (to < end && ![',', ';', '+', '-'].includes(tokens.text[to] as string)) to += 1;
    return { effect: 'deny', first: at, last: at + 1, from: at + 1, to, adjective: false, saying: false };
  });
}

/** "Tenderness +, guarding -": the same with the signs behind their words. */
function signedAfter(tokens: Tokens, first: number, end: number): Reach[] {
  const closes = (at: number): boolean => at >= end || [',', ';', '.'].includes(tokens.text[at] as string);
  const isSign = (at: number, sign: string): boolean => tokens.text[at] === sign && tokens.kind[at - 1] === WORD && closes(at + 1);
  const found: Reach[] = [];
  let plus = false;
  for (let at = first + 1; at < end; at += 1) {
    plus ||= isSign(at, '+');
    if (!isSign(at, '-')) continue;
    let from = at;
    while (from > first && !closes(from - 1) && tokens.text[from - 1] !== '+') from -= 1;
    found.push({ effect: 'deny', first: at, last: at + 1, from, to: at, adjective: false, saying: false });
  }
  return plus ? found : [];
}

/** "No progression of the fracture" leaves the fracture, but there is no progression: the look-alike holds for the words inside it. */
function insideLookAlike(tokens: Tokens, match: Match<ContextWord>, reaches: Reach[]): void {
  // "HIV negative patient with fever": there is no HIV, and the rest is as it is.
  if (tokens.text[match.first] === 'hiv') {
    reaches.push({ effect: 'deny', first: match.last - 1, last: match.last, from: match.first, to: match.last - 1, adjective: false, saying: false });
    return;
  }
  const effect: Effect | null = DENYING.holds(tokens, match.first) ? 'deny' : DOUBTING.holds(tokens, match.first) ? 'doubt' : null;
  if (effect === null) return;
  const from = match.first + 1;
  reaches.push({ effect, first: match.first, last: from, from, to: match.last, adjective: false, saying: false, head: true });
}

/** "Mother denies fever" is not about the mother, and there is no fever. */
function speakersDenial(tokens: Tokens, match: Match<ContextWord>, bounds: Bounds, reaches: Reach[]): void {
  if (!(tokens.text[match.last - 1] ?? '').startsWith('den')) return;
  const { from, to } = reachForward(tokens, match, bounds);
  reaches.push({ effect: 'deny', first: match.first, last: match.last, from, to, adjective: false, saying: true });
}

const OF_A_CONTACT = new WordSet([
  'with',
  'who',
  'had',
  'has',
  'have',
  'is',
  'are',
  'was',
  'were',
  'positive',
  ':',
  'diagnosed',
  'tested',
  'ill',
  'sick',
]);
/** "No sick contacts or recent travel": the contacts are one item of a list, and what follows is not theirs. */
const isListedContact = (tokens: Tokens, match: Match<ContextWord>): boolean =>
  match.meaning.effect === 'other-person' && (tokens.text[match.last - 1] as string).startsWith('contact') && !OF_A_CONTACT.holds(tokens, match.last);

const SUSPICION = new WordSet(['concern', 'suspicion', 'likelihood', 'probability']);
const LOW = new WordSet(['low', 'minimal', 'negligible']);
const TOO = new WordSet(['too', 'insufficient', 'inadequate', 'insufficiently', 'inadequately']);
const LONGEST_SUSPICION_TOKENS = 10;

/** What the word does in its sentence: "concern for torsion is low" denies, "too faint to exclude torsion" doubts. */
function effectHere(tokens: Tokens, { meaning: { effect }, first, last }: Match<ContextWord>, end: number): Effect {
  if (effect === 'condition' && tokens.text[first] === 'to' && TOO.holdsAny(tokens, Math.max(0, first - 5), first)) return 'doubt';
  if (effect !== 'doubt' || !SUSPICION.holdsAny(tokens, first, last)) return effect;
  for (let at = last + 1; at < Math.min(end, last + LONGEST_SUSPICION_TOKENS); at += 1)
    if (LOW.holds(tokens, at) && (COPULAS.holds(tokens, at - 1) || COPULAS.holds(tokens, at - 2))) return 'deny';
  return effect;
}

/** "Melena yesterday, none today", "stones, none in the duct": it was there all the same. */
const SOME = new WordSet(['today', 'now', 'currently', 'overnight', 'recently', 'lately', 'tonight', 'so', 'in', 'within', 'at', 'on', 'over']);

const AUXILIARIES = new WordSet(['was', 'were', 'been', 'is', 'are', 'has', 'have']);
const TOLD = wordSet('counseled; counselled; informed; told; advised; warned; educated; reassured; updated; aware; instructed; taught');
/** "The parents were told of the risk of": they hear of the patient's. */
const isListener = (tokens: Tokens, { meaning, last }: Match<ContextWord>): boolean =>
  meaning.effect === 'other-person' && AUXILIARIES.holds(tokens, last) && TOLD.holdsAny(tokens, last + 1, last + 3);

function addReaches(tokens: Tokens, match: Match<ContextWord>, bounds: Bounds, reaches: Reach[]): void {
  const { direction } = match.meaning;
  const effect = effectHere(tokens, match, bounds.end);
  const { first, last } = match;
  const opener = tokens.text[first] ?? '';
  if (
    isListedContact(tokens, match) ||
    isListener(tokens, match) ||
    (opener === 'none' && tokens.text[first - 1] === ',' && SOME.holds(tokens, last))
  )
    return;
  // A fracture after "status post kyphoplasty for" is an old one that is still there.
  const adjective =
    match.meaning.dates === true ||
    (PAST_ADJECTIVES.holds(tokens, first) && last === first + 1) ||
    tokens.kind[last - 1] === NUMBER ||
    isStop(tokens, match);
  const saying = opener.startsWith('den');
  const answers = opener === '?' && last > first + 1 && (effect === 'deny' || effect === 'confirm') ? ({ answers: true } as const) : {};
  const concludes = effect === 'deny' && tokens.text[last - 1] === 'negative' && last > first + 1 ? ({ concludes: true } as const) : {};
  const add = ({ from, to }: Range): unknown => reaches.push({ effect, first, last, from, to, adjective, saying, ...answers, ...concludes });
  const back = direction === 'backward' || (direction === 'either' && looksBack(tokens, match, bounds.end)) || isAnswer(tokens, match, bounds.end);
  if (back || direction === 'both') add(reachBackward(tokens, match, bounds));
  if (!back || direction === 'both') add(reachForward(tokens, match, bounds));
  // "Two years ago he had a stroke": nothing stands before it.
  else if (effect === 'past' && first - bounds.first <= 2 && tokens.text[last] !== '.') add({ from: last, to: bounds.end });
}

const PASSING = new WordSet(['therefore', 'hence', 'then', 'still', 'now', 'currently', 'today', 'thus']);
const COPULAS = new WordSet(['is', 'are', 'was', 'were', 'has', 'have', 'had', 'been']);

function isStop(tokens: Tokens, match: Match<ContextWord>): boolean {
  // "Embolism was therefore excluded": between a copula and its participle the word begins no clause.
  if (match.last === match.first + 1 && PASSING.holds(tokens, match.first) && COPULAS.holds(tokens, match.first - 1)) return false;
  if (match.meaning.effect === 'stop') return true;
  const lastWord = tokens.text[match.last - 1];
  return match.meaning.effect === 'past' && (lastWord === 'post' || lastWord === 'p');
}

/** Does the reach cover the tokens [first, last)? A word may share tokens with them ("no evidence of" and "evidence of a lesion"). */
function covers(reach: Reach, first: number, last: number): boolean {
  if (reach.head) return reach.from <= first && first < reach.to;
  const forward = reach.from >= reach.last;
  const from = forward && reach.first < first && reach.last > first ? first : reach.from;
  const to = !forward && reach.first < last && reach.last > last ? last : reach.to;
  return from <= first && to >= last;
}

/** What the reaches of a sentence say of the tokens [first, last). A word inside those tokens does not count. */
export function judge(reaches: readonly Reach[], first: number, last: number): Judgement {
  let denied = Infinity;
  let takenBack = -1;
  let confirmed = false;
  let condition = Infinity;
  let doubt = false;
  let past = false;
  let history = false;
  let bySaying = false;
  let answer: Certainty | null = null;
  let other = false;
  for (const reach of reaches) {
    const inside = reach.first >= first && reach.last <= last;
    if (inside || !covers(reach, first, last)) continue;
    bySaying ||= reach.effect === 'deny' && reach.saying;
    if (reach.answers === true) answer = reach.effect === 'deny' ? 'denied' : 'affirmed';
    if (reach.effect === 'deny') denied = Math.min(denied, reach.concludes ? -1 : reach.first);
    else if (reach.effect === 'condition') condition = Math.min(condition, reach.first);
    else if (reach.effect === 'doubt') {
      doubt = true;
      if (reach.takesBack) takenBack = reach.first;
    } else if (reach.effect === 'confirm') confirmed = true;
    else if (reach.effect === 'past') {
      past = true;
      history ||= !reach.adjective;
    }
    if (reach.effect === 'other-person') other = true;
  }
  if (denied < takenBack) denied = Infinity;
  // The outer word wins: "if there is no fracture" is a condition, "no risk of fracture" a denial.
  const certainty: Certainty =
    answer ??
    (denied < Infinity && denied < condition ? 'denied' : condition < Infinity ? 'hypothetical' : doubt && !confirmed ? 'uncertain' : 'affirmed');
  return { certainty, time: past ? 'historical' : 'current', who: other ? 'someone-else' : 'patient', pastByAdjective: past && !history, bySaying };
}
