/** Finds headings, sections and sentences in the tokens of a report: wrapped lines are joined, list items and template lines stand alone. */

import type { Span } from '#src/case/reading.ts';
import { HEADINGS, type HeadingMeaning } from './headings.ts';
import type { Token } from './tokens.ts';
import { list } from './word-list.ts';

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

const ABBREVIATIONS = new Set(
  list(`
  dr; mr; mrs; ms; prof; vs; approximately; st; fig; incl; resp; ca; cf; no; nos; e; i; g; eg; ie; al; dept
`),
);
const GOES_ON = new Set(
  list(`
  of; the; a; an; no; and; or; with; without; for; in; at; to; is; are; was; by; from; on; not; has; have; be; been; there; this; which; that;
  as; nor; any; mild; moderate; severe; acute; old; compression; vertebral; possible; likely; /; ,; (; -; &; +
`),
);
/** "Fracture? No." is one sentence. */
const QUICK_ANSWERS = new Set(['no', 'yes', 'none', 'nil', 'n', 'y', 'negative', 'positive', 'absent', 'present', 'not']);
const NAMES = new Set(['schmorl', 'scheuermann', 'genant', 'paget', 'kummell', 'hounsfield', 'modic', 'tarlov', 'chance', 'dr', 'mr', 'mrs', 'i']);
const BULLETS = new Set(['-', '*', '\u2022', '\u00b7', '\u25aa', '\u25cf', '\u25e6', '>', '\u2023']);

/** Where the line that a token stands in begins and ends, as token indexes. */
interface Lines {
  readonly startOf: Int32Array;
  readonly endOf: Int32Array;
  readonly widest: number;
}

function findLines(tokens: readonly Token[]): Lines {
  const startOf = new Int32Array(tokens.length);
  const endOf = new Int32Array(tokens.length);
  let start = 0;
  let widest = 0;
  for (let at = 0; at <= tokens.length; at += 1) {
    const token = tokens[at];
    if (at > start && (token === undefined || token.linesBefore > 0)) {
      widest = Math.max(widest, (tokens[at - 1] as Token).end - (tokens[start] as Token).start);
      endOf.fill(at, start, at);
      start = at;
    }
    if (token !== undefined) startOf[at] = start;
  }
  return { startOf, endOf, widest };
}

const isLineStart = (lines: Lines, at: number): boolean => lines.startOf[at] === at;

/** The heading at a line's start (stars and hashes before it allowed): its meaning and the token after it; null when there is none. */
function headingAt(tokens: readonly Token[], lines: Lines, at: number): { readonly meaning: HeadingMeaning; readonly after: number } | null {
  const end = Math.min(lines.endOf[at] ?? at, tokens.length);
  let first = at;
  while (first < end && first < at + 8 && tokens[first]?.kind === 'mark' && !['(', '?', '-'].includes(tokens[first]?.text ?? '')) first += 1;
  const match = HEADINGS.longestAt(tokens, first, end);
  if (match === null) return null;
  let after = match.last;
  let marks = 0;
  if (match.meaning.sort === 'addendum') after = endOfAddendumHeading(tokens, match.last, end);
  while (
    after < end &&
    (tokens[after]?.text === ':' || tokens[after]?.text === '*' || tokens[after]?.text === '=' || (marks > 0 && tokens[after]?.text === '-'))
  ) {
    marks += 1;
    after += 1;
  }
  if (marks > 0 && tokens[match.last]?.text !== '*') return { meaning: match.meaning, after };
  if (!isLineStart(lines, at)) return null;
  if (after === end) return { meaning: match.meaning, after };
  const next = tokens[after];
  if (next?.text === '-' && next.spaceBefore) return { meaning: match.meaning, after: after + 1 };
  // "IMPRESSION 1. Compression fracture."
  return next?.text === '1' && tokens[after + 1]?.text === '.' ? { meaning: match.meaning, after } : null;
}

/** "ADDENDUM #1 by A. Writer (12/03/2024 10:15):" - a tail on the same line may stand between an addendum's heading and its colon. */
function endOfAddendumHeading(tokens: readonly Token[], from: number, end: number): number {
  for (let at = from; at < Math.min(end, from + 18); at += 1) {
    const text = (tokens[at] as Token).text;
    const clock = tokens[at - 1]?.kind === 'number' && tokens[at + 1]?.kind === 'number' && !(tokens[at + 1]?.spaceBefore ?? true);
    if (text === ':' && !clock) return at;
  }
  return from;
}

/** A short label before a colon at a line's start: "Bones:", "L1:", "FRACTURE:". */
function isLabel(tokens: readonly Token[], lines: Lines, at: number): boolean {
  const end = Math.min(lines.endOf[at] ?? at, at + 7);
  for (let next = at + 1; next < end; next += 1) {
    const token = tokens[next] as Token;
    if (token.text === ':') return true;
    if (token.kind === 'mark' && !['/', '-', '&', '(', ')'].includes(token.text)) return false;
  }
  return false;
}

function isBullet(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const next = tokens[at + 1];
  if (next === undefined || next.linesBefore > 0) return false;
  if (token.kind === 'mark') return BULLETS.has(token.text) && next.spaceBefore;
  if (token.kind === 'number' || (token.kind === 'word' && token.text.length === 1))
    return (next.text === '.' || next.text === ')') && (tokens[at + 2]?.spaceBefore ?? false);
  return false;
}

/** Does a sentence begin at token `at`, which opens a line, given that the line above did not end with a full stop? */
function lineStartsSentence(tokens: readonly Token[], lines: Lines, at: number): boolean {
  const token = tokens[at] as Token;
  const before = tokens[at - 1] as Token;
  if (token.linesBefore > 1 || isBullet(tokens, at)) return true;
  if (isLabel(tokens, lines, at)) return true;
  // "Fractures: No" has its answer; a line that ends in any other "no" goes on.
  if (tokens[at - 2]?.text === ':' && before.kind === 'word' && token.capital) return true;
  if (GOES_ON.has(before.text)) return false;
  if (before.text === ':') return false;
  if (token.kind === 'word' && !token.capital) return false;
  // In text with small letters a capital begins a sentence, unless it is a name, a level or an abbreviation.
  if (before.kind === 'word' && !before.capital) return !token.shouted && !NAMES.has(token.text);
  const width = before.end - (tokens[lines.startOf[at - 1] ?? 0] as Token).start;
  return width < WRAPPED_MIN_CHARS || width < lines.widest * WRAPPED_MIN_SHARE;
}

/** One of a row of dots that leads from a label to its answer: "Necrosis ...... absent". */
function isLeader(tokens: readonly Token[], at: number): boolean {
  const isDot = (index: number): boolean => tokens[index]?.text === '.';
  let first = at;
  let last = at;
  while (at - first < 4 && isDot(first - 1)) first -= 1;
  while (last - at < 4 && isDot(last + 1)) last += 1;
  return last - first >= 3;
}

/** Does the mark at `at` end a sentence? */
function endsSentence(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const next = tokens[at + 1];
  if (next === undefined) return true;
  const before = tokens[at - 1];
  if (token.text === '!') return true;
  if (token.text === '?')
    return (
      !token.spaceBefore &&
      before !== undefined &&
      before.kind === 'word' &&
      (next.spaceBefore || next.linesBefore > 0) &&
      next.text !== '?' &&
      !(next.linesBefore === 0 && QUICK_ANSWERS.has(next.text))
    );
  if (token.text !== '.' || isLeader(tokens, at)) return false;
  if (next.linesBefore > 0) return true;
  if (
    before !== undefined &&
    ABBREVIATIONS.has(before.text) &&
    !(before.text === 'no' && next.capital && before.linesBefore === 0 && isAnswer(tokens, at - 1))
  )
    return false;
  if (next.spaceBefore)
    return !(before?.kind === 'word' && before.text.length === 1 && before.capital && next.kind === 'word' && next.text.length === 1);
  // "fracture.No effusion": a capital straight after the stop, and the word before is a word.
  return next.capital && before?.kind === 'word' && before.text.length > 1;
}

/** "Fracture: No. Effusion: small." - the "No" before this stop is an answer, not "number". */
function isAnswer(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  return before === ':' || before === '?' || before === '-';
}

/** Labels that begin the report proper when no heading did: "HISTORY: fall. Lumbar spine: no fracture." */
const BODY_LABELS = new Set(
  list(`
  spine; lumbar; thoracic; bones; bone; osseous; chest; abdomen; lungs; lung; liver; pelvis; vertebrae; vertebral; skeleton; heart; alignment; kidneys; mediastinum;
  musculoskeletal; airway; head; brain
`),
);
const RELATIVES = new Set([
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
function leavesPreamble(tokens: readonly Token[], lines: Lines, at: number, first: number, meaning: HeadingMeaning, said: boolean): boolean {
  const token = tokens[at] as Token;
  const opens = at === first || isLineStart(lines, at);
  if (meaning.sort === 'family') return opens && !RELATIVES.has(token.text) && isLabel(tokens, lines, at);
  if (!PREAMBLE.has(meaning.section) || meaning.sort !== 'plain') return false;
  if (token.linesBefore > 1 && (at > first || said)) return true;
  return (
    opens && isLabel(tokens, lines, at) && [token, tokens[at + 1], tokens[at + 2]].some((word) => word !== undefined && BODY_LABELS.has(word.text))
  );
}

const OPENING: HeadingMeaning = { section: 'other', sort: 'plain' };

/** All sentences, in order, each with its section. Linear in the number of tokens. */
export function findSentences(tokens: readonly Token[]): Sentence[] {
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
      const span = { start: (tokens[first] as Token).start, end: (tokens[last - 1] as Token).end };
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
    if (at === first && (tokens[at] as Token).linesBefore > 1) continues = false;
    if (leavesPreamble(tokens, lines, at, first, meaning, said)) {
      close(at);
      meaning = { section: 'findings', sort: 'plain' };
    }
    if (isLineStart(lines, at) && at > first && lineStartsSentence(tokens, lines, at)) {
      close(at);
      if ((tokens[at] as Token).linesBefore > 1) continues = false;
    }
    if (at - first >= LONGEST_SENTENCE_TOKENS) close(at);
    if (at >= first && endsSentence(tokens, at)) close(at + 1);
  }
  close(tokens.length);
  return sentences;
}
