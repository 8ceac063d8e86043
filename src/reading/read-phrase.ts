/** Reads what a text says of any phrase: affirmed, denied, uncertain, hypothetical; past; someone else's. */
import type { Statement } from '#src/case/reading.ts';
import { findReaches, judge, type Reach } from './context.ts';
import { type Match, PhraseBook } from './phrase-book.ts';
import { findSentences, type Sentence } from './sentences.ts';
import { type Token, tokenise } from './tokens.ts';

/** What the heading above a sentence says of everything in it. */
export function headingSays(sentence: Sentence): { readonly past: boolean; readonly family: boolean } {
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

/**
 * Every place where `phrase` stands in `text` (case, line breaks and hyphens aside), each judged in its sentence. Empty when it does not
 * occur, or when the phrase has no word in it.
 */
export function readPhrase(text: string, phrase: string): Statement[] {
  const words = tokenise(phrase).filter((token) => token.text !== '-');
  if (words.length === 0) return [];
  const book = new PhraseBook<true>();
  book.addTokens(
    words.map((token) => token.text),
    true,
  );
  const tokens = tokenise(text);
  const found: Statement[] = [];
  for (const sentence of findSentences(tokens)) {
    const matches = book.findAll(tokens, sentence.first, sentence.last);
    if (matches.length === 0) continue;
    const reaches = findReaches(tokens, sentence.first, sentence.last);
    for (const match of matches) found.push(statementAt(tokens, sentence, reaches, match, phrase));
  }
  return found;
}
