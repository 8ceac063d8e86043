/** Cuts report text into words, numbers and marks in one pass over the characters: columns with one row a token, and no object for any of them. */
import { learnWord, numberOf, textOf, UNKNOWN } from './vocabulary.ts';
import { WordForms } from './word-forms.ts';

export const WORD = 1;
export const NUMBER = 2;
export const MARK = 3;

export interface Tokens {
  readonly length: number;
  /** Lower case, apostrophes dropped, spelling made one (spelling.ts). Marks are themselves; every dash is '-'. */
  readonly text: readonly string[];
  /** The number of that text in the vocabulary, 0 when no table holds it. */
  readonly word: Uint16Array;
  /** WORD, NUMBER or MARK. */
  readonly kind: Uint8Array;
  /** UTF-16 offsets [start, end) into the report's text. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Line breaks between the token before and this one; 255 stands for more. */
  readonly linesBefore: Uint8Array;
  /** 1 when a blank or a line break stands before it, or nothing. */
  readonly spaceBefore: Uint8Array;
  /** 1 when the word begins with a capital letter. */
  readonly capital: Uint8Array;
  /** 1 for a word of two letters or more, all of them capitals. */
  readonly shouted: Uint8Array;
}

const isDigit = (c: number): boolean => c >= 48 && c <= 57;

/** Of each ASCII character: 1 a letter, 2 a digit, 4 a space or control, 8 an apostrophe. */
const LETTER = 1;
const DIGIT = 2;
const SPACE = 4;
const APOSTROPHE = 8;
const CLASS = Uint8Array.from({ length: 128 }, (_, c) => {
  if (c <= 32) return SPACE;
  if (isDigit(c)) return DIGIT;
  if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90)) return LETTER;
  return c === 39 || c === 96 ? APOSTROPHE : 0;
});

function classOf(c: number): number {
  if (c < 128) return CLASS[c] as number;
  if (c === 0xa0 || c === 0x200b || c === 0xfeff || c === 0x2028 || c === 0x2029 || (c >= 0x2000 && c <= 0x200a) || c === 0x3000) return SPACE;
  if (c === 0x2018 || c === 0x2019) return APOSTROPHE;
  return c >= 0xc0 && c !== 0xd7 && c !== 0xf7 && !(c >= 0x2000 && c <= 0x2fff) && !(c >= 0x3000 && c <= 0x303f) && c < 0xfe00 ? LETTER : 0;
}

/** The characters of the text as numbers, with two zeros behind the last: looking past the end finds neither letter nor digit. */
function codesOf(text: string): Uint16Array {
  const codes = new Uint16Array(text.length + 2);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);
  return codes;
}

/** End of the word that starts at `start`: letters and digits, with an apostrophe inside it. */
function endOfWord(codes: Uint16Array, start: number): number {
  let at = start + 1;
  for (;;) {
    const found = classOf(codes[at] as number);
    if ((found & (LETTER | DIGIT)) !== 0) at += 1;
    else if (found === APOSTROPHE && classOf(codes[at + 1] as number) === LETTER) at += 2;
    else return at;
  }
}

/** st, nd, rd and th, as two characters in one number. */
const ORDINAL_ENDINGS = new Set(['st', 'nd', 'rd', 'th'].map((ending) => ending.charCodeAt(0) * 128 + ending.charCodeAt(1)));

/** End of the number that starts at `start`; one decimal point or comma may stand between digits. */
function endOfNumber(codes: Uint16Array, start: number): number {
  let at = start;
  while (isDigit(codes[at] as number)) at += 1;
  const mark = codes[at];
  if ((mark === 46 || mark === 44) && isDigit(codes[at + 1] as number)) {
    at += 1;
    while (isDigit(codes[at] as number)) at += 1;
  }
  return at;
}

/** Do the two letters at `at` make an ordinal of the number before them (12th)? */
function isOrdinal(codes: Uint16Array, at: number): boolean {
  const [first, second] = [codes[at] as number, codes[at + 1] as number];
  if (CLASS[first] !== LETTER || CLASS[second] !== LETTER) return false;
  return ORDINAL_ENDINGS.has((first | 32) * 128 + (second | 32)) && classOf(codes[at + 2] ?? 0) !== LETTER;
}

const isDash = (c: number): boolean => c === 45 || (c >= 0x2010 && c <= 0x2014) || c === 0x2212;
/** The text and the number of each ASCII mark. */
const MARKS = Array.from({ length: 128 }, (_, c) => (CLASS[c] === 0 || CLASS[c] === APOSTROPHE ? String.fromCharCode(c) : ''));
const MARK_WORDS = Uint16Array.from(MARKS, (mark) => (mark === '' ? UNKNOWN : learnWord(mark)));

/** The columns while they are filled. */
class Rows implements Tokens {
  length = 0;
  readonly text: string[] = [];
  word: Uint16Array;
  kind: Uint8Array;
  start: Int32Array;
  end: Int32Array;
  linesBefore: Uint8Array;
  spaceBefore: Uint8Array;
  capital: Uint8Array;
  shouted: Uint8Array;

  constructor(room: number) {
    this.word = new Uint16Array(room);
    this.kind = new Uint8Array(room);
    this.start = new Int32Array(room);
    this.end = new Int32Array(room);
    this.linesBefore = new Uint8Array(room);
    this.spaceBefore = new Uint8Array(room);
    this.capital = new Uint8Array(room);
    this.shouted = new Uint8Array(room);
  }

  /** Room for twice as many. */
  grow(): void {
    const more = new Rows(this.start.length * 2);
    for (const column of ['word', 'kind', 'start', 'end', 'linesBefore', 'spaceBefore', 'capital', 'shouted'] as const) {
      more[column].set(this[column]);
      Object.assign(this, { [column]: more[column] });
    }
  }
}

/** All tokens of the text, in order. Linear in its length. */
export function tokenise(text: string): Tokens {
  const codes = codesOf(text);
  const forms = new WordForms(text, codes);
  const rows = new Rows((text.length >> 2) + 16);
  let lines = 0;
  let space = 1;
  for (let at = 0; at < text.length; ) {
    const c = codes[at] as number;
    const found = classOf(c);
    if (found === SPACE) {
      if (c === 10 || c === 0x2028 || c === 0x2029 || (c === 13 && codes[at + 1] !== 10)) lines += 1;
      space = 1;
      at += 1;
      continue;
    }
    const row = rows.length;
    if (row === rows.start.length) rows.grow();
    rows.start[row] = at;
    rows.linesBefore[row] = lines > 255 ? 255 : lines;
    rows.spaceBefore[row] = space;
    at = found === LETTER || found === DIGIT ? takeWord(rows, row, codes, forms, found) : takeMark(rows, row, text, c);
    rows.end[row] = at;
    rows.length = row + 1;
    lines = 0;
    space = 0;
  }
  return rows;
}

/** Fills in the row of a word or number that starts there; gives its end. */
function takeWord(rows: Rows, row: number, codes: Uint16Array, forms: WordForms, found: number): number {
  const start = rows.start[row] as number;
  let end = found === LETTER ? endOfWord(codes, start) : endOfNumber(codes, start);
  let kind = WORD;
  if (found === DIGIT) {
    if (isOrdinal(codes, end)) end += 2;
    else kind = NUMBER;
  }
  const form = forms.at(start, end);
  rows.text.push(form.text);
  rows.word[row] = form.word;
  rows.kind[row] = kind;
  rows.capital[row] = form.capital;
  rows.shouted[row] = form.shouted;
  return end;
}

/** Fills in the row of a mark, one character. */
function takeMark(rows: Rows, row: number, text: string, c: number): number {
  const start = rows.start[row] as number;
  const ascii = isDash(c) ? 45 : c;
  const mark = ascii < 128 ? (MARKS[ascii] as string) : (text[start] as string);
  const word = ascii < 128 ? (MARK_WORDS[ascii] as number) : numberOf(mark);
  rows.text.push(word === UNKNOWN ? mark : textOf(word));
  rows.word[row] = word;
  rows.kind[row] = MARK;
  return start + 1;
}
