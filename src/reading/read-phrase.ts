/** Reads what a text says of any phrase: affirmed, denied, uncertain, hypothetical; past; someone else's. */
import type { Statement } from '#src/case/reading.ts';
import { findReaches, judge, type Reach } from './context.ts';
import { type Match, PhraseBook } from './phrase-book.ts';
import { findSentences, type Sentence } from './sentences.ts';
import { type Token, tokenise } from './tokens.ts';

/** What the heading above a sentence says of everything in it. */
function headingSays(sentence: Sentence): { readonly past: boolean; readonly family: boolean } {
  return { past: sentence.meaning.sort === 'past', family: sentence.meaning.sort === 'family' };
}

/** The section a sentence belongs to: an addendum keeps its name over the headings inside it. */
export function sectionOf(sentence: Sentence): Statement['section'] {
  return sentence.inAddendum ? 'addendum' : sentence.meaning.section;
}

function statementAt(tokens: readonly Token[], sentence: Sentence, reaches: readonly Reach[], match: Match<true>, phrase: string): Statement {
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
    span: { start: (tokens[first] as Token).start, end: (tokens[last - 1] as Token).end },
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
  const words = tokenise(phrase).filter((token) => token.text !== '-');
  if (words.length === 0) return [];
  const book = new PhraseBook<true>();
  const texts = words.map((token) => token.text);
  for (const last of numbersOf(texts.at(-1) ?? '')) book.addTokens([...texts.slice(0, -1), last], true);
  const tokens = tokenise(text);
  const found: Statement[] = [];
  const sentences = findSentences(tokens);
  let reaches: readonly Reach[] = [];
  let read: Sentence | null = null;
  let at = 0;
  for (const match of book.findAll(tokens, 0, tokens.length)) {
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
