/** Reading parts of a raw HL7 field: repetitions, components, subcomponents, and paths like "OBR-3.1". Pure. */
import type { Delimiters, ParsedMessage } from './message.ts';
import { SEGMENT_NAMES, type Segment } from './segment.ts';

/** Field n of a segment, raw; empty when absent. `""` (HL7's "delete this value") counts as empty. */
export function field(segment: Segment | undefined, number: number): string {
  const raw = segment === undefined ? '' : segment.at(number);
  return raw === '""' ? '' : raw;
}

export function repetitions(raw: string, delimiters: Delimiters): string[] {
  if (raw === '') return [];
  return raw.includes(delimiters.repetition) ? raw.split(delimiters.repetition) : [raw];
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

/** A short value (id, code, name part): escapes of delimiters undone, everything else of an escape dropped, trimmed. */
export function value(raw: string, delimiters: Delimiters): string {
  const { escape } = delimiters;
  if (raw === '') return '';
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

export function segmentsNamed(message: ParsedMessage, name: string): Segment[] {
  return message.segments.filter((segment) => segment.name === name);
}

export function firstSegment(message: ParsedMessage, name: string): Segment | undefined {
  return message.segments.find((segment) => segment.name === name);
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
    segment: SEGMENT_NAMES.find((name) => name === found[1]) ?? (found[1] as string),
    field: Number(found[2]),
    component: Math.max(1, Number(found[3] ?? 1)),
    subcomponent: Math.max(1, Number(found[4] ?? 1)),
    text,
  };
}

/** Every non-empty value at a path, over all segments of that name and all repetitions, in message order, each once. */
export function valuesAt(message: ParsedMessage, path: FieldPath): string[] {
  const { delimiters } = message;
  const found: string[] = [];
  for (const segment of message.segments) {
    if (segment.name !== path.segment) continue;
    for (const repetition of repetitions(field(segment, path.field), delimiters)) {
      const text = value(subcomponent(component(repetition, path.component, delimiters), path.subcomponent, delimiters), delimiters);
      if (text !== '' && !found.includes(text)) found.push(text);
    }
  }
  return found;
}
