/** Reading parts of a raw HL7 field: repetitions, components, subcomponents, and paths like "OBR-3.1". Pure. */
import type { Delimiters, ParsedMessage } from './message.ts';
import { plainValue } from './plain-value.ts';
import type { Segment } from './segment.ts';
import { knownName } from './segment-name.ts';

/** Field n of a segment, raw; empty when absent. `""` (HL7's "delete this value") counts as empty. */
export function field(segment: Segment | undefined, number: number): string {
  const raw = segment === undefined ? '' : segment.at(number);
  return raw === '""' ? '' : raw;
}

export function repetitions(raw: string, delimiters: Delimiters): string[] {
  return raw === '' ? [] : partsOf(raw, delimiters.repetition);
}

/** `String.split` for texts of a few parts: that one is made for long ones. */
export function partsOf(raw: string, delimiter: string): string[] {
  let end = raw.indexOf(delimiter);
  if (end < 0) return [raw];
  const parts = [raw.slice(0, end)];
  let start = end + 1;
  while ((end = raw.indexOf(delimiter, start)) >= 0) {
    parts.push(raw.slice(start, end));
    start = end + 1;
  }
  parts.push(raw.slice(start));
  return parts;
}

/** The nth part, from 1, without cutting the others. */
function partOf(raw: string, number: number, delimiter: string): string {
  if (raw === '') return '';
  let start = 0;
  for (let n = 1; n < number; n++) {
    const end = raw.indexOf(delimiter, start);
    if (end < 0) return '';
    start = end + delimiter.length;
  }
  const end = raw.indexOf(delimiter, start);
  return end < 0 ? raw.slice(start) : raw.slice(start, end);
}

/** Component, from 1, of one repetition, raw. */
export function component(raw: string, number: number, delimiters: Delimiters): string {
  const value = partOf(raw, number, delimiters.component);
  return value === '""' ? '' : value;
}

/** Subcomponent, from 1, of a component, raw. */
export function subcomponent(raw: string, number: number, delimiters: Delimiters): string {
  return partOf(raw, number, delimiters.subcomponent);
}

/** Component of a field that does not repeat, as a value. */
export function valueAt(segment: Segment | undefined, number: number, part: number, delimiters: Delimiters): string {
  if (segment === undefined) return '';
  return segment.plainAt(number, part, delimiters) ?? value(component(field(segment, number), part, delimiters), delimiters);
}

/** A subcomponent, from 1, of a component that is cut out already, as a value. */
export function valueOf(part: string | undefined, sub: number, delimiters: Delimiters): string {
  if (part === undefined || part === '' || part === '""') return '';
  const plain = plainValue(part, 0, part.length, 1, delimiters);
  return plain === null ? value(partOf(part, sub, delimiters.subcomponent), delimiters) : sub === 1 ? plain : '';
}

/** Component and subcomponent of one repetition, both from 1, as a value. */
export function valueIn(raw: string, number: number, sub: number, delimiters: Delimiters): string {
  return valueOf(partOf(raw, number, delimiters.component), sub, delimiters);
}

/** A code in capitals, without blank space around it. */
export function capitals(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x61) return text.trim().toUpperCase();
  }
  return text;
}

/** A short value (id, code, name part): escapes of delimiters undone, everything else of an escape dropped, trimmed. */
export function value(raw: string, delimiters: Delimiters): string {
  const { escape } = delimiters;
  if (!raw.includes(escape)) return raw.trim();
  const quoted = escape.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const meanings: Readonly<Record<string, string>> = {
    F: delimiters.field,
    S: delimiters.component,
    T: delimiters.subcomponent,
    R: delimiters.repetition,
    E: escape,
  };
  return raw.replace(new RegExp(`${quoted}([FSTRE])${quoted}`, 'g'), (_all, letter: string) => meanings[letter] ?? '').trim();
}

/** The segments among which one of this name stands: OBX and NTE rows are many, and are looked through only for themselves. */
function among(message: ParsedMessage, name: string): readonly Segment[] {
  return name === 'OBX' || name === 'NTE' ? message.segments : message.heads;
}

export function segmentsNamed(message: ParsedMessage, name: string): Segment[] {
  const found: Segment[] = [];
  for (const segment of among(message, name)) if (segment.name === name) found.push(segment);
  return found;
}

export function firstSegment(message: ParsedMessage, name: string): Segment | undefined {
  for (const segment of among(message, name)) if (segment.name === name) return segment;
  return undefined;
}

/** A place in a message: "OBR-18", "OBR-3.1", "ZDS-1.1.2" (segment, field, component, subcomponent). */
export interface FieldPath {
  readonly segment: string;
  readonly field: number;
  readonly component: number;
  readonly subcomponent: number;
  readonly text: string;
}

export const FIELD_PATH = /^([A-Z][A-Z0-9]{2})[-.](\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?$/;

/** Component and subcomponent are 1 when not given: the authority behind an identifier is stripped. Throws RangeError on other text. */
export function fieldPath(text: string): FieldPath {
  const found = FIELD_PATH.exec(text);
  if (!found || Number(found[2]) < 1) throw new RangeError(`not a place in a message: ${text}`);
  return {
    segment: knownName(found[1] as string),
    field: Number(found[2]),
    component: Math.max(1, Number(found[3] ?? 1)),
    subcomponent: Math.max(1, Number(found[4] ?? 1)),
    text,
  };
}

/** Every non-empty value at a path, over all segments of that name and all repetitions, in message order, each once. */
export function valuesAt(message: ParsedMessage, path: FieldPath): readonly string[] {
  const { delimiters } = message;
  let found: readonly string[] = NONE;
  for (const segment of among(message, path.segment)) {
    if (segment.name !== path.segment) continue;
    const plain = segment.isPlain ? segment.plainAt(path.field, path.component, delimiters) : null;
    if (plain !== null) found = path.subcomponent === 1 ? withText(found, plain) : found;
    else
      for (const repetition of repetitions(field(segment, path.field), delimiters))
        found = withText(found, valueIn(repetition, path.component, path.subcomponent, delimiters));
  }
  return found;
}

const NONE: readonly string[] = [];

function withText(found: readonly string[], text: string): readonly string[] {
  return text === '' || found.includes(text) ? found : found.length === 0 ? [text] : [...found, text];
}
