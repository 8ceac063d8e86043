/** Cuts report text into words, numbers and marks, once, in one pass over the characters, keeping offsets into the text. */
import { knownWord } from './openers.ts';
import { spell } from './spelling.ts';

export interface Token {
  /** Lower case, apostrophes dropped, spelling made one (spelling.ts). Marks are themselves; every dash is '-'. */
  readonly text: string;
  readonly kind: 'word' | 'number' | 'mark';
  /** UTF-16 offsets [start, end) into the report's text. */
  readonly start: number;
  readonly end: number;
  /** Line breaks between the token before and this one. */
  readonly linesBefore: number;
  readonly spaceBefore: boolean;
  /** The word begins with a capital letter. */
  readonly capital: boolean;
  /** A word of two letters or more, all of them capitals. */
  readonly shouted: boolean;
  /** In which phrase books a phrase may begin here (phrase-book.ts). */
  readonly opens: number;
}

const ORDINAL_ENDINGS = new Set(['st', 'nd', 'rd', 'th']);
const APOSTROPHES = new Set(["'", '\u2019', '\u2018', '`']);
const DASHES = new Set(['-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212']);

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isAsciiLetter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90);

function isLetter(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  if (c < 128) return isAsciiLetter(c);
  return c >= 0xc0 && c !== 0xd7 && c !== 0xf7 && !(c >= 0x2000 && c <= 0x2fff) && !(c >= 0x3000 && c <= 0x303f) && c < 0xfe00;
}

function isSpace(c: number): boolean {
  return c <= 32 || c === 0xa0 || c === 0x200b || c === 0xfeff || c === 0x2028 || c === 0x2029 || (c >= 0x2000 && c <= 0x200a) || c === 0x3000;
}

/** End of the word that starts at `start`: letters and digits, with an apostrophe inside it. */
function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    if (isLetter(text, at) || isDigit(text.charCodeAt(at))) at += 1;
    else if (APOSTROPHES.has(text[at] ?? '') && at + 1 < text.length && isLetter(text, at + 1)) at += 1;
    else break;
  }
  return at;
}

/** End of the number that starts at `start`; one decimal point or comma may stand between digits. A letter ending (12th) belongs to it. */
function endOfNumber(text: string, start: number): { readonly end: number; readonly ordinal: boolean } {
  let at = start;
  while (at < text.length && isDigit(text.charCodeAt(at))) at += 1;
  const mark = text[at];
  if ((mark === '.' || mark === ',') && isDigit(text.charCodeAt(at + 1))) {
    at += 1;
    while (at < text.length && isDigit(text.charCodeAt(at))) at += 1;
  }
  const ending = text.slice(at, at + 2).toLowerCase();
  const ordinal = ORDINAL_ENDINGS.has(ending) && !isLetter(text, at + 2);
  return { end: ordinal ? at + 2 : at, ordinal };
}

const PLAIN = /^[a-z0-9]*$/;

/** Lower case; "Schmorl's" is "schmorl", "doesn't" is "doesnt". */
function normal(word: string): string {
  let lower = word.toLowerCase();
  if (PLAIN.test(lower)) return spell(lower);
  for (const mark of APOSTROPHES) {
    if (!lower.includes(mark)) continue;
    if (lower.endsWith(`${mark}s`)) lower = lower.slice(0, -2);
    lower = lower.replaceAll(mark, '');
  }
  return spell(lower);
}

/** What is the same of a word wherever it stands. */
interface Form {
  readonly text: string;
  readonly capital: boolean;
  readonly shouted: boolean;
  readonly opens: number;
}

/** All tokens of the text, in order. Linear in its length. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  // Most words of a report stand in it more than once: each is spelled and looked up once.
  const forms = new Map<string, Form>();
  let at = 0;
  let lines = 0;
  let space = true;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    if (isSpace(c)) {
      if (c === 10 || c === 0x2028 || c === 0x2029 || (c === 13 && text.charCodeAt(at + 1) !== 10)) lines += 1;
      space = true;
      at += 1;
      continue;
    }
    const token = tokenAt(text, at, lines, space, forms);
    tokens.push(token);
    at = token.end;
    lines = 0;
    space = false;
  }
  return tokens;
}

function formOf(word: string): Form {
  const first = word[0] ?? '';
  const { text, opens } = knownWord(normal(word));
  return { text, capital: first !== first.toLowerCase(), shouted: word.length > 1 && word === word.toUpperCase(), opens };
}

function tokenAt(text: string, start: number, linesBefore: number, spaceBefore: boolean, forms: Map<string, Form>): Token {
  if (isLetter(text, start)) {
    const end = endOfWord(text, start);
    const word = text.slice(start, end);
    let form = forms.get(word);
    if (form === undefined) {
      form = formOf(word);
      forms.set(word, form);
    }
    const { capital, shouted, opens } = form;
    return { text: form.text, kind: 'word', start, end, linesBefore, spaceBefore, capital, shouted, opens };
  }
  if (isDigit(text.charCodeAt(start))) {
    const { end, ordinal } = endOfNumber(text, start);
    const number = text.slice(start, end).toLowerCase();
    return {
      text: number,
      kind: ordinal ? 'word' : 'number',
      start,
      end,
      linesBefore,
      spaceBefore,
      capital: false,
      shouted: false,
      opens: knownWord(number).opens,
    };
  }
  const found = text[start] ?? '';
  const mark = DASHES.has(found) ? '-' : found;
  return { text: mark, kind: 'mark', start, end: start + 1, linesBefore, spaceBefore, capital: false, shouted: false, opens: knownWord(mark).opens };
}
