/** Finds headings, sections and sentences in the tokens of a report: wrapped lines are joined, list items and template lines stand alone. */

import type { Span } from '#src/case/reading.ts';
import { HEADINGS, type HeadingMeaning } from './headings.ts';
import { MARK, NUMBER, type Tokens, WORD } from './tokens.ts';
import { WordSet, wordSet } from './word-set.ts';

export interface Sentence {
  /** Token indexes [first, last). The heading of a section is not part of a sentence; a label ("Bones:") is. */
  readonly first: number;
  readonly last: number;
  readonly span: Span;
  readonly meaning: HeadingMeaning;
  /** Inside an addendum, whatever heading stands nearest. */
  readonly inAddendum: boolean;
  /** True when nothing (no blank line, no heading) stands between this and the sentence before. */
  readonly continues: boolean;
}

/** A sentence longer than this is cut: no report has one, and work per sentence stays bounded. */
const LONGEST_SENTENCE_TOKENS = 150;
/** A line at least this wide, and this near to the widest of the report, was wrapped and not ended. */
const WRAPPED_MIN_CHARS = 40;
const WRAPPED_MIN_SHARE = 0.7;

const ABBREVIATIONS = wordSet(`
  dr; mr; mrs; ms; prof; vs; approximately; st; fig; incl; resp; ca; cf; no; nos; e; i; g; eg; ie; al; dept
`);
/** Small words that begin no sentence of a report. */
const NEVER_FIRST = new WordSet(['of', 'involving', 'affecting', 'and', 'or', 'with']);
/** Clipped words, as they are after spelling.ts. */
const CLIPPED = wordSet(`
  comp; compression; ant; sup; inf; moderate; sev; bilat; approximately; osteoporotic; vertebra; lat; min; deg; degen; chr; hist; lt; rt; poss; prob; susp
`);
const GOES_ON = wordSet(`
  of; the; a; an; no; and; or; with; without; for; in; at; to; is; are; was; by; from; on; not; has; have; be; been; there; this; which; that;
  as; nor; any; mild; moderate; severe; acute; old; compression; vertebral; possible; likely; /; ,; (; -; &; +
`);
/** "Fracture? No." is one sentence. */
const QUICK_ANSWERS = new WordSet(['no', 'yes', 'none', 'nil', 'n', 'y', 'negative', 'positive', 'absent', 'present', 'not']);
const NAMES = new WordSet([
  'schmorl',
  'scheuermann',
  'genant',
  'paget',
  'kummell',
  'hounsfield',
  'modic',
  'tarlov',
  'chance',
  'dr',
  'mr',
  'mrs',
  'i',
]);
const IN_LABEL = new WordSet(['/', '-', '&', '(', ')']);
const BULLETS = new WordSet(['-', '*', '\u2022', '\u00b7', '\u25aa', '\u25cf', '\u25e6', '>', '\u2023']);

/** Where the line that a token stands in begins and ends, as token indexes. */
interface Lines {
  readonly startOf: Int32Array;
  readonly endOf: Int32Array;
  readonly widest: number;
}

function findLines(tokens: Tokens): Lines {
  const startOf = new Int32Array(tokens.length);
  const endOf = new Int32Array(tokens.length);
  let start = 0;
  let widest = 0;
  for (let at = 0; at <= tokens.length; at += 1) {
    if (at > start && (at === tokens.length || (tokens.linesBefore[at] as number) > 0)) {
      widest = Math.max(widest, (tokens.end[at - 1] as number) - (tokens.start[start] as number));
      endOf.fill(at, start, at);
      start = at;
    }
    if (at < tokens.length) startOf[at] = start;
  }
  return { startOf, endOf, widest };
}

const isLineStart = (lines: Lines, at: number): boolean => lines.startOf[at] === at;

/** The heading at a line's start (stars and hashes before it allowed): its meaning and the token after it; null when there is none. */
function headingAt(tokens: Tokens, lines: Lines, at: number): { readonly meaning: HeadingMeaning; readonly after: number } | null {
  const end = Math.min(lines.endOf[at] ?? at, tokens.length);
  let first = at;
  while (first < end && first < at + 8 && tokens.kind[first] === MARK && !['(', '?', '-'].includes(tokens.text[first] ?? '')) first += 1;
  const match = HEADINGS.longestAt(tokens, first, end);
  if (match === null) return null;
  let after = match.last;
  let marks = 0;
  if (match.meaning.sort === 'addendum') after = endOfAddendumHeading(tokens, match.last, end);
  while (
    after < end &&
    (tokens.text[after] === ':' || tokens.text[after] === '*' || tokens.text[after] === '=' || (marks > 0 && tokens.text[after] === '-'))
  ) {
    marks += 1;
    after += 1;
  }
  if (marks > 0 && tokens.text[match.last] !== '*') return { meaning: match.meaning, after };
  if (!isLineStart(lines, at)) return null;
  if (after === end) return { meaning: match.meaning, after };
  const next = tokens.text[after];
  if (next === '-' && tokens.spaceBefore[after] === 1) return { meaning: match.meaning, after: after + 1 };
  // "IMPRESSION 1. Compression fracture."
  return next === '1' && tokens.text[after + 1] === '.' ? { meaning: match.meaning, after } : null;
}

/** "ADDENDUM #1 by A. Writer (12/03/2024 10:15):" - a tail on the same line may stand between an addendum's heading and its colon. */
function endOfAddendumHeading(tokens: Tokens, from: number, end: number): number {
  for (let at = from; at < Math.min(end, from + 18); at += 1) {
    const text = tokens.text[at] as string;
    const clock = tokens.kind[at - 1] === NUMBER && tokens.kind[at + 1] === NUMBER && tokens.spaceBefore[at + 1] === 0;
    if (text === ':' && !clock) return at;
  }
  return from;
}

/** A short label before a colon at a line's start: "Bones:", "L1:", "FRACTURE:". */
function isLabel(tokens: Tokens, lines: Lines, at: number): boolean {
  const end = Math.min(lines.endOf[at] ?? at, at + 7);
  for (let next = at + 1; next < end; next += 1) {
    if (tokens.kind[next] !== MARK) continue;
    if (tokens.text[next] === ':') return true;
    if (!IN_LABEL.holds(tokens, next)) return false;
  }
  return false;
}

function isBullet(tokens: Tokens, at: number): boolean {
  const next = at + 1;
  if (next >= tokens.length || (tokens.linesBefore[next] as number) > 0) return false;
  if (tokens.kind[at] === MARK) return BULLETS.holds(tokens, at) && tokens.spaceBefore[next] === 1;
  if (tokens.kind[at] === WORD && tokens.text[at]?.length !== 1) return false;
  return (tokens.text[next] === '.' || tokens.text[next] === ')') && next + 1 < tokens.length && tokens.spaceBefore[next + 1] === 1;
}

/** Does a sentence begin at token `at`, which opens a line, given that the line above did not end with a full stop? */
function lineStartsSentence(tokens: Tokens, lines: Lines, at: number): boolean {
  const before = at - 1;
  if ((tokens.linesBefore[at] as number) > 1 || isBullet(tokens, at)) return true;
  if (isLabel(tokens, lines, at)) return true;
  // "Fractures: No" has its answer; a line that ends in any other "no" goes on.
  if (tokens.text[at - 2] === ':' && tokens.kind[before] === WORD && tokens.capital[at] === 1) return true;
  if (GOES_ON.holds(tokens, before) || tokens.text[before] === ':') return false;
  if (tokens.kind[at] === WORD && tokens.capital[at] === 0) return false;
  // In text with small letters a capital begins a sentence, unless it is a name, a level or an abbreviation.
  if (tokens.kind[before] === WORD && tokens.capital[before] === 0) return tokens.shouted[at] === 0 && !NAMES.holds(tokens, at);
  const width = (tokens.end[before] as number) - (tokens.start[lines.startOf[before] ?? 0] as number);
  return width < WRAPPED_MIN_CHARS || width < lines.widest * WRAPPED_MIN_SHARE;
}

/** One of a row of dots that leads from a label to its answer: "Necrosis ...... absent". */
function isLeader(tokens: Tokens, at: number): boolean {
  const isDot = (index: number): boolean => tokens.text[index] === '.';
  let first = at;
  let last = at;
  while (at - first < 4 && isDot(first - 1)) first -= 1;
  while (last - at < 4 && isDot(last + 1)) last += 1;
  return last - first >= 3;
}

/** Does the mark at `at` end a sentence? */
function endsSentence(tokens: Tokens, at: number): boolean {
  const [before, next] = [at - 1, at + 1];
  if (next >= tokens.length) return true;
  const mark = tokens.text[at];
  if (mark === '!') return true;
  if (mark === '?') return endsQuestion(tokens, at);
  if (mark !== '.' || isLeader(tokens, at)) return false;
  if ((tokens.linesBefore[next] as number) > 0) return true;
  if (ABBREVIATIONS.holds(tokens, before) && !isAnswerNo(tokens, before)) return false;
  if (goesOnAfterStop(tokens, before, next) || isDotted(tokens, at)) return false;
  const [length, nextLength] = [tokens.text[before]?.length, tokens.text[next]?.length];
  const afterWord = tokens.kind[before] === WORD;
  if (tokens.spaceBefore[next] === 1)
    return !(afterWord && length === 1 && tokens.capital[before] === 1 && tokens.kind[next] === WORD && nextLength === 1);
  // "fracture.No effusion": a capital straight after the stop, and the word before is a word.
  return tokens.capital[next] === 1 && afterWord && length !== undefined && length > 1;
}

/** "comp. fx. of L3": no sentence begins with a small "of", and a clipped word before a small letter is not the end of one. */
function goesOnAfterStop(tokens: Tokens, before: number, next: number): boolean {
  if (tokens.capital[next] === 1 || tokens.spaceBefore[next] === 0) return false;
  return tokens.kind[next] === WORD && (NEVER_FIRST.holds(tokens, next) || CLIPPED.holds(tokens, before));
}

/** "0.4 mg p.r.n. pain": letters parted by dots are one clipped word; a small letter after it goes on. */
function isDotted(tokens: Tokens, at: number): boolean {
  const next = at + 1;
  if (tokens.capital[next] === 1 || tokens.kind[next] !== WORD || tokens.spaceBefore[next] === 0) return false;
  return tokens.text[at - 1]?.length === 1 && tokens.kind[at - 1] === WORD && tokens.text[at - 2] === '.' && tokens.spaceBefore[at - 1] === 0;
}

/** Does the question mark at `at` end a sentence? Before a word ("? fracture") it doubts, and "Fracture? No." is one sentence. */
function endsQuestion(tokens: Tokens, at: number): boolean {
  if (tokens.spaceBefore[at] === 1 || tokens.kind[at - 1] !== WORD || tokens.text[at + 1] === '?') return false;
  if ((tokens.linesBefore[at + 1] as number) > 0) return true;
  return tokens.spaceBefore[at + 1] === 1 && !QUICK_ANSWERS.holds(tokens, at + 1);
}

/** "Fracture: No. Effusion: small." - the "No" before this stop is an answer, not "number". */
function isAnswerNo(tokens: Tokens, at: number): boolean {
  if (tokens.text[at] !== 'no' || tokens.capital[at + 2] !== 1 || tokens.linesBefore[at] !== 0) return false;
  const before = tokens.text[at - 1];
  return before === ':' || before === '?' || before === '-';
}

/** Labels that begin the report proper when no heading did: "HISTORY: fall. Lumbar spine: no fracture." */
const BODY_LABELS = wordSet(`
  spine; lumbar; thoracic; bones; bone; osseous; chest; abdomen; lungs; lung; liver; pelvis; vertebrae; vertebral; skeleton; heart; alignment; kidneys; mediastinum;
  musculoskeletal; airway; head; brain
`);
/** The picture itself as a label: it ends a history and no other part. */
const PICTURE_LABELS = new WordSet(['xray', 'x', 'xr', 'ct', 'mri', 'mr', 'radiograph', 'radiographs', 'film', 'films']);
const RELATIVES = new WordSet([
  'mother',
  'father',
  'sister',
  'brother',
  'maternal',
  'paternal',
  'aunt',
  'uncle',
  'grandmother',
  'grandfather',
  'parents',
  'siblings',
  'son',
  'daughter',
]);
const PREAMBLE = new Set<HeadingMeaning['section']>(['history', 'technique', 'comparison']);
const ENDINGS = new Set<HeadingMeaning['section']>(['findings', 'impression']);
/** History, technique and comparison end at a blank line (once they have said something) or at a label of the report proper. */
function leavesPreamble(tokens: Tokens, lines: Lines, at: number, first: number, meaning: HeadingMeaning, said: boolean): boolean {
  const opens = at === first || isLineStart(lines, at);
  if (meaning.sort === 'family') return opens && !RELATIVES.holds(tokens, at) && isLabel(tokens, lines, at);
  if (meaning.sort !== 'title' && (!PREAMBLE.has(meaning.section) || meaning.sort !== 'plain')) return false;
  if ((tokens.linesBefore[at] as number) > 1 && (at > first || said)) return true;
  if (!opens || !isLabel(tokens, lines, at)) return false;
  return BODY_LABELS.holdsAny(tokens, at, at + 3) || (meaning.section === 'history' && PICTURE_LABELS.holds(tokens, at));
}

const OPENING: HeadingMeaning = { section: 'other', sort: 'plain' };

/** All sentences, in order, each with its section. Linear in the number of tokens. */
export function findSentences(tokens: Tokens): Sentence[] {
  const lines = findLines(tokens);
  const sentences: Sentence[] = [];
  let meaning = OPENING;
  let inAddendum = false;
  let seenBody = false;
  let first = 0;
  let continues = false;
  /** The section has a sentence already. */
  let said = false;
  const close = (last: number): void => {
    if (last > first) {
      const span = { start: tokens.start[first] as number, end: tokens.end[last - 1] as number };
      sentences.push({ first, last, span, meaning, inAddendum, continues });
      continues = true;
      said = true;
    }
    first = last;
  };
  for (let at = 0; at < tokens.length; at += 1) {
    const heading = isLineStart(lines, at) || at === first ? headingAt(tokens, lines, at) : null;
    if (heading !== null) {
      close(at);
      meaning = heading.meaning;
      // An addendum above the report ends where the report's own headings begin; one below it may have an impression of its own.
      inAddendum = meaning.sort === 'addendum' || (inAddendum && seenBody && meaning.sort === 'plain' && ENDINGS.has(meaning.section));
      seenBody ||= !inAddendum && ENDINGS.has(meaning.section);
      first = heading.after;
      at = heading.after - 1;
      continues = false;
      said = false;
      continue;
    }
    if (at === first && (tokens.linesBefore[at] as number) > 1) continues = false;
    if (leavesPreamble(tokens, lines, at, first, meaning, said)) {
      close(at);
      meaning = { section: 'findings', sort: 'plain' };
    }
    if (isLineStart(lines, at) && at > first && lineStartsSentence(tokens, lines, at)) {
      close(at);
      if ((tokens.linesBefore[at] as number) > 1) continues = false;
    }
    if (at - first >= LONGEST_SENTENCE_TOKENS) close(at);
    if (at >= first && endsSentence(tokens, at)) close(at + 1);
  }
  close(tokens.length);
  return sentences;
}
