/** One segment of a message (HL7 v2 chapter 2, 2.5.2). Its fields are cut out when they are asked for: most of them never are. Pure. */
import type { Delimiters } from './delimiters.ts';
import { plainValue } from './plain-value.ts';

export interface Segment {
  readonly name: string;
  /** No escape and no repetition in it: its fields are what they look like. */
  readonly isPlain: boolean;
  /** fields[n] is the HL7 field n, raw (delimiters and escapes untouched); fields[0] is the name. */
  readonly fields: readonly string[];
  /** fields[number] without cutting the others; empty when absent. */
  at(number: number): string;
  /** A component of a field by the short way; null when it needs a closer look. */
  plainAt(number: number, component: number, delimiters: Delimiters): string | null;
}

/** A segment of fields that are cut already. */
export function segmentOf(name: string, fields: readonly string[]): Segment {
  return { name, isPlain: false, fields, at: (number) => fields[number] ?? '', plainAt: () => null };
}

/** So many characters are looked at one by one before `indexOf` is called: most fields are shorter, the words of a report are longer. */
const SHORT_FIELD = 12;

/** A row of a message's text. MSH-1 (and BHS-1, FHS-1) is the separator itself, so that fields count from one more there. */
export class RowSegment implements Segment {
  readonly name: string;
  readonly isPlain: boolean;
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #separator: string;
  /** Field n stands between marks n and n + 1. */
  #marks: readonly number[] | null = null;

  constructor(name: string, isPlain: boolean, text: string, start: number, end: number, separator: string) {
    this.name = name;
    this.isPlain = isPlain;
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#separator = separator;
  }

  get fields(): readonly string[] {
    const parts = this.#text.slice(this.#start, this.#end).split(this.#separator);
    return this.#isHeader() ? [this.name, this.#separator, ...parts.slice(1)] : parts;
  }

  at(number: number): string {
    if (number === 0) return this.name;
    if (number === 1 && this.#isHeader()) return this.#separator;
    const marks = this.#marks ?? this.#mark();
    return number + 1 < marks.length ? this.#text.slice((marks[number] as number) + 1, marks[number + 1]) : '';
  }

  plainAt(number: number, component: number, delimiters: Delimiters): string | null {
    if (number < 2) return null;
    const marks = this.#marks ?? this.#mark();
    if (number + 1 >= marks.length) return '';
    return plainValue(this.#text, (marks[number] as number) + 1, marks[number + 1] as number, component, delimiters);
  }

  around(): Alike | null {
    const marks = this.#marks ?? this.#mark();
    if (marks.length < 8) return null;
    const before = this.#text.slice(marks[2], (marks[5] as number) + 1);
    return { before: shortPieces(before), length: before.length, behind: shortPieces(this.#text.slice(marks[6], this.#end)) };
  }

  wordsBetween({ before, length, behind }: Alike): string | null {
    const text = this.#text;
    const separator = this.#separator.charCodeAt(0);
    let afterId = this.#start + 4;
    while (afterId < this.#end && text.charCodeAt(afterId) !== separator) afterId += 1;
    const start = afterId + length;
    const end = text.indexOf(this.#separator, start);
    if (end < 0 || end > this.#end || !standsAt(before, text, afterId, start) || !standsAt(behind, text, end, this.#end)) return null;
    return text.slice(start, end);
  }

  /** True where the first field is the separator. */
  #isHeader(): boolean {
    return this.name === 'MSH' || this.name === 'BHS' || this.name === 'FHS';
  }

  #mark(): readonly number[] {
    const text = this.#text;
    const end = this.#end;
    const code = this.#separator.charCodeAt(0);
    const marks = this.#isHeader() ? [this.#start - 1, this.#start - 1] : [this.#start - 1];
    for (let from = this.#start; ; ) {
      let at = from;
      const near = Math.min(end, from + SHORT_FIELD);
      while (at < near && text.charCodeAt(at) !== code) at += 1;
      if (at === near && at < end) at = text.indexOf(this.#separator, at);
      if (at < 0 || at >= end) break;
      marks.push(at);
      from = at + 1;
    }
    marks.push(end);
    this.#marks = marks;
    return marks;
  }
}

/** What an OBX row has around its OBX-5, from the end of OBX-1: `|TX|71250^CT CHEST||` (of this length) and `||||||F`. */
export interface Alike {
  readonly before: readonly string[];
  readonly length: number;
  readonly behind: readonly string[];
}

/** A slice of up to so many characters is a text of its own and quickly compared; a longer one is a view, and comparing it costs a call. */
const SHORT_PIECE = 12;

function shortPieces(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += SHORT_PIECE) pieces.push(text.slice(at, at + SHORT_PIECE));
  return pieces;
}

/** True when the pieces are all that stands between `start` and `end`. */
function standsAt(pieces: readonly string[], text: string, start: number, end: number): boolean {
  let at = start;
  for (const piece of pieces) {
    if (at + piece.length > end || text.slice(at, at + piece.length) !== piece) return false;
    at += piece.length;
  }
  return at === end;
}

/** Null for a row with too few fields to be like another. */
export function alikeOf(row: Segment): Alike | null {
  return row instanceof RowSegment ? row.around() : null;
}

/** OBX-5 of a row that is otherwise like another, OBX-1 aside; null when it is not. Two comparisons take the place of cutting twelve fields. */
export function wordsIfAlike(row: Segment, alike: Alike): string | null {
  return row instanceof RowSegment ? row.wordsBetween(alike) : null;
}
