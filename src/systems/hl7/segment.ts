/** One segment of a message (HL7 v2 chapter 2, 2.5.2). Its fields are cut out when they are asked for: most of them never are. Pure. */

/** Names come again and again: the same string each time, so that comparing them costs nothing. The most frequent first. */
export const SEGMENT_NAMES = ['OBX', 'NTE', 'MSH', 'PID', 'PD1', 'PV1', 'PV2', 'ORC', 'OBR', 'ZDS', 'IPC', 'TXA', 'MRG', 'SFT'];

export interface Segment {
  readonly name: string;
  /** fields[n] is the HL7 field n, raw (delimiters and escapes untouched); fields[0] is the name. */
  readonly fields: readonly string[];
  /** fields[number] without cutting the others; empty when absent. */
  at(number: number): string;
}

/** A segment of fields that are cut already. */
export function segmentOf(name: string, fields: readonly string[]): Segment {
  return { name, fields, at: (number) => fields[number] ?? '' };
}

/** So many characters are looked at one by one before `indexOf` is called: most fields are shorter, the words of a report are longer. */
const SHORT_FIELD = 12;

/** A row of a message's text. MSH-1 (and BHS-1, FHS-1) is the separator itself, so that fields count from one more there. */
export class RowSegment implements Segment {
  readonly name: string;
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #separator: string;
  /** 1 for a header, whose first field is the separator. */
  readonly #shift: number;
  /** Where the separators stand; before the first field and behind the last one too. */
  #marks: number[] | null = null;
  #fields: readonly string[] | null = null;

  constructor(name: string, text: string, start: number, end: number, separator: string) {
    this.name = name;
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#separator = separator;
    this.#shift = name === 'MSH' || name === 'BHS' || name === 'FHS' ? 1 : 0;
  }

  get fields(): readonly string[] {
    if (this.#fields) return this.#fields;
    const parts = this.#text.slice(this.#start, this.#end).split(this.#separator);
    this.#fields = this.#shift === 1 ? [this.name, this.#separator, ...parts.slice(1)] : parts;
    return this.#fields;
  }

  at(number: number): string {
    const index = number - this.#shift;
    if (index < this.#shift) return number === 0 ? this.name : this.#separator;
    const marks = this.#marks ?? this.#mark();
    return index + 1 < marks.length ? this.#text.slice((marks[index] as number) + 1, marks[index + 1]) : '';
  }

  around(): Alike | null {
    const marks = this.#marks ?? this.#mark();
    if (this.#shift === 1 || marks.length < 8) return null;
    return { before: this.#text.slice(marks[2], (marks[5] as number) + 1), behind: this.#text.slice(marks[6], this.#end) };
  }

  wordsBetween({ before, behind }: Alike): string | null {
    const text = this.#text;
    const afterId = text.indexOf(this.#separator, this.#start + 4);
    if (afterId < 0 || !text.startsWith(before, afterId)) return null;
    const start = afterId + before.length;
    const end = this.#end - behind.length;
    return end >= start && text.indexOf(this.#separator, start) === end && text.startsWith(behind, end) ? text.slice(start, end) : null;
  }

  #mark(): number[] {
    const text = this.#text;
    const end = this.#end;
    const code = this.#separator.charCodeAt(0);
    const marks = [this.#start - 1];
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

/** What an OBX row has around its OBX-5, from the end of OBX-1: `|TX|71250^CT CHEST||` and `||||||F`. */
export interface Alike {
  readonly before: string;
  readonly behind: string;
}

/** Null for a row with too few fields to be like another. */
export function alikeOf(row: Segment): Alike | null {
  return row instanceof RowSegment ? row.around() : null;
}

/** OBX-5 of a row that is otherwise like another, OBX-1 aside; null when it is not. Two comparisons take the place of cutting twelve fields. */
export function wordsIfAlike(row: Segment, alike: Alike): string | null {
  return row instanceof RowSegment ? row.wordsBetween(alike) : null;
}
