/** Reads what a text says of any phrase: affirmed, denied, uncertain, hypothetical; past; someone else's. */
import type { Statement } from '#src/case/reading.ts';
import { findReaches, judge, type Reach } from './context.ts';
import { findSentences, type Sentence } from './sentences.ts';
import { type Tokens, tokenise } from './tokens.ts';

/** Where the phrase stands, in tokens [first, last). */
interface Place {
  readonly first: number;
  readonly last: number;
}

/** What the heading above a sentence says of everything in it. */
function headingSays(sentence: Sentence): { readonly past: boolean; readonly family: boolean } {
  return { past: sentence.meaning.sort === 'past', family: sentence.meaning.sort === 'family' };
}

/** The section a sentence belongs to: an addendum keeps its name over the headings inside it. */
export function sectionOf(sentence: Sentence): Statement['section'] {
  return sentence.inAddendum ? 'addendum' : sentence.meaning.section;
}

function statementAt(tokens: Tokens, sentence: Sentence, reaches: readonly Reach[], match: Place, phrase: string): Statement {
  const { first, last } = match;
  const judgement = judge(reaches, first, last);
  const heading = headingSays(sentence);
  return {
    target: 'phrase',
    concept: phrase,
    certainty: judgement.certainty,
    time: heading.past ? 'historical' : judgement.time,
    who: heading.family ? 'someone-else' : judgement.who,
    acuity: 'unknown',
    levels: [],
    otherLevels: [],
    grade: null,
    severity: null,
    lossPercent: null,
    section: sectionOf(sentence),
    span: { start: tokens.start[first] as number, end: tokens.end[last - 1] as number },
    sentence: sentence.span,
  };
}

/** A word in the singular and the plural: who asks for "fracture" asks for "fractures" too. */
function numbersOf(word: string): string[] {
  const forms = [word, `${word}s`, `${word}es`];
  if (word.length > 3 && word.endsWith('s')) forms.push(word.slice(0, -1));
  if (word.length > 4 && word.endsWith('es')) forms.push(word.slice(0, -2));
  if (word.length > 3 && word.endsWith('y')) forms.push(`${word.slice(0, -1)}ies`);
  if (word.length > 4 && word.endsWith('ies')) forms.push(`${word.slice(0, -3)}y`);
  return forms;
}

/** All places where these words follow each other, none overlapping. A hyphen in the text is passed over. */
function placesOf(tokens: Tokens, words: readonly string[]): Place[] {
  const lastForms = new Set(numbersOf(words.at(-1) ?? ''));
  const places: Place[] = [];
  for (let at = 0; at < tokens.length; ) {
    const last = endOfWords(tokens, at, words, lastForms);
    if (last !== null) places.push({ first: at, last });
    at = last ?? at + 1;
  }
  return places;
}

function endOfWords(tokens: Tokens, first: number, words: readonly string[], lastForms: ReadonlySet<string>): number | null {
  let word = 0;
  for (let at = first; at < tokens.length; at += 1) {
    const text = tokens.text[at] as string;
    const fits = word === words.length - 1 ? lastForms.has(text) : text === words[word];
    if (fits) {
      word += 1;
      if (word === words.length) return at + 1;
    } else if (text !== '-' || at === first) return null;
  }
  return null;
}

/** The sentence at `at`, joined with those after it that the phrase runs into (a line may have been broken inside the phrase). */
function withNext(sentences: readonly Sentence[], at: number, last: number): Sentence {
  let whole = sentences[at] as Sentence;
  for (let next = at + 1; next < sentences.length && whole.last < last; next += 1) {
    const more = sentences[next] as Sentence;
    whole = { ...whole, last: more.last, span: { start: whole.span.start, end: more.span.end } };
  }
  return whole;
}

/**
 * Every place where `phrase` stands in `text` (case, line breaks, hyphens and singular or plural aside), each judged in its sentence. Empty when it does not
 * occur, or when the phrase has no word in it.
 */
export function readPhrase(text: string, phrase: string): Statement[] {
  const words = tokenise(phrase).text.filter((word) => word !== '-');
  if (words.length === 0) return [];
  const tokens = tokenise(text);
  const found: Statement[] = [];
  const sentences = findSentences(tokens);
  let reaches: readonly Reach[] = [];
  let read: Sentence | null = null;
  let at = 0;
  for (const match of placesOf(tokens, words)) {
    while (at < sentences.length - 1 && (sentences[at] as Sentence).last <= match.first) at += 1;
    const sentence = sentences[at];
    if (sentence === undefined || match.first < sentence.first) continue;
    const whole = withNext(sentences, at, match.last);
    if (read === null || whole.first !== read.first || whole.last !== read.last) reaches = findReaches(tokens, whole.first, whole.last);
    read = whole;
    found.push(statementAt(tokens, whole, reaches, match, phrase));
  }
  return found;
}
