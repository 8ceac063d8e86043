/** Reads what a text says of any phrase: affirmed, denied, uncertain, hypothetical; past; someone else's. */
import type { Statement } from '#src/case/reading.ts';
import { findReaches, type Judgement, judge, type Reach } from './context.ts';
import { findSentences, type Sentence } from './sentences.ts';
import { MARK, type Tokens, tokenise } from './tokens.ts';

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

function statementAt(tokens: Tokens, opening: Sentence, sentence: Sentence, judgement: Judgement, place: Place, phrase: string): Statement {
  const { first, last } = place;
  const heading = headingSays(sentence);
  const start = tokens.start[first] as number;
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
    span: { start, end: tokens.end[last - 1] as number },
    sentence: { start: Math.min(start, opening.span.start), end: sentence.span.end },
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

/** Words written together, without what stands between them, and at which characters of that each begins and ends. */
interface Run {
  readonly letters: string;
  /** Token index of the word that begins at a character; of the word that ends there. */
  readonly beginning: ReadonlyMap<number, number>;
  readonly ending: ReadonlyMap<number, number>;
}

function runOf(words: readonly string[], isWord: (at: number) => boolean): Run {
  const beginning = new Map<number, number>();
  const ending = new Map<number, number>();
  let letters = '';
  for (const [at, word] of words.entries()) {
    if (!isWord(at)) continue;
    beginning.set(letters.length, at);
    letters += word;
    ending.set(letters.length, at);
  }
  return { letters, beginning, ending };
}

const isDigit = (letter: string | undefined): boolean => letter !== undefined && letter >= '0' && letter <= '9';

/** The same with marks and blanks passed over on both sides: "allergies - penicillin", "po fluids", "xray" are found in "ALLERGIES: penicillin", "p.o. fluids", "x-ray". */
function placesOfLetters(tokens: Tokens, words: readonly string[]): Place[] {
  const text = runOf(tokens.text, (at) => tokens.kind[at] !== MARK);
  const found = new Map<number, Place>();
  for (const lastForm of numbersOf(words.at(-1) ?? '')) {
    const asked = runOf([...words.slice(0, -1), lastForm], () => true);
    const length = asked.letters.length;
    for (let at = text.letters.indexOf(asked.letters); at >= 0; at = text.letters.indexOf(asked.letters, at + 1)) {
      const [first, last] = [text.beginning.get(at), text.ending.get(at + length)];
      if (first === undefined || last === undefined) continue;
      // "L1-2" is not "L12": beside a number the words must part at the same places.
      const isOne = Array.from({ length: length - 1 }, (_, inside) => inside + 1).every(
        (inside) =>
          asked.beginning.has(inside) === text.beginning.has(at + inside) || !(isDigit(asked.letters[inside - 1]) || isDigit(asked.letters[inside])),
      );
      if (isOne) found.set(first, { first, last: last + 1 });
    }
  }
  return [...found.values()].toSorted((one, other) => one.first - other.first);
}

/** The sentences [from, to] that a place runs through; a heading belongs to none, so a place that begins in one begins in the sentence after it. */
function sentencesOf(sentences: readonly Sentence[], place: Place, from: number): { readonly from: number; readonly to: number } {
  let to = from;
  while (to + 1 < sentences.length && (sentences[to + 1] as Sentence).first < place.last) to += 1;
  return { from, to };
}

const FIRMNESS: Readonly<Record<Statement['certainty'], number>> = { denied: 3, hypothetical: 2, uncertain: 1, affirmed: 0 };

/**
 * What is said of a phrase that runs over the end of a sentence ("Neck supple. No nodes"): words inside the phrase are part of what is asked, so only those
 * outside count: before its part in the first sentence, and after its part in the last. A denial of either denies it.
 */
function judgeAcross(tokens: Tokens, first: Sentence, last: Sentence, place: Place): Judgement {
  const before = judge(findReaches(tokens, first.first, first.last), Math.max(place.first, first.first), first.last);
  const after = judge(findReaches(tokens, last.first, last.last), last.first, place.last);
  const certainty = FIRMNESS[before.certainty] >= FIRMNESS[after.certainty] ? before.certainty : after.certainty;
  const isPast = before.time === 'historical' || after.time === 'historical';
  const isOther = before.who === 'someone-else' || after.who === 'someone-else';
  return { ...after, certainty, time: isPast ? 'historical' : 'current', who: isOther ? 'someone-else' : 'patient' };
}

/**
 * Every place where `phrase` stands in `text` (case, blanks, line breaks, hyphens and singular or plural aside; other marks too when it does not stand there
 * with them), each judged in its sentence. Empty when it does not occur, or when the phrase has no word in it.
 */
export function readPhrase(text: string, phrase: string): Statement[] {
  const asked = tokenise(phrase);
  const marked = asked.text.filter((word) => word !== '-');
  const words = asked.text.filter((_, at) => asked.kind[at] !== MARK);
  if (marked.length === 0) return [];
  const tokens = tokenise(text);
  const exact = placesOf(tokens, marked);
  const places = exact.length > 0 || words.length === 0 ? exact : placesOfLetters(tokens, words);
  const sentences = findSentences(tokens);
  const found: Statement[] = [];
  let reaches: readonly Reach[] = [];
  let read = -1;
  let at = 0;
  for (const place of places) {
    while (at < sentences.length - 1 && (sentences[at] as Sentence).last <= place.first) at += 1;
    const { from, to } = sentencesOf(sentences, place, at);
    const [first, last] = [sentences[from], sentences[to]];
    // A phrase that stands in a heading alone is said of nothing.
    if (first === undefined || last === undefined || place.last <= first.first) continue;
    if (from === to && read !== from) reaches = findReaches(tokens, first.first, first.last);
    if (from === to) read = from;
    const judgement = from === to ? judge(reaches, place.first, place.last) : judgeAcross(tokens, first, last, place);
    found.push(statementAt(tokens, first, last, judgement, place, phrase));
  }
  return found;
}
