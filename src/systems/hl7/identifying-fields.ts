/** Every field of an HL7 v2 message that names a person or an examination: what a curated set must never hold. */

import { decodeMessage } from './charset.ts';
import { type Delimiters, parseMessage } from './message.ts';
import { mshField, readMshHeader } from './msh-header.ts';

export interface Identifying {
  readonly kind: 'name' | 'number' | 'uid' | 'birth-date' | 'date' | 'address' | 'phone';
  readonly value: string;
}

/** Segment, field, kind. PID and NK1: chapter 3; PV1: 3.4.3; ORC and OBR: chapter 4; the study UID stands in ZDS-1 (IHE). */
const FIELDS: readonly (readonly [segment: string, field: number, kind: Identifying['kind']])[] = [
  ...[2, 3, 4, 18, 19, 20].map((field) => ['PID', field, 'number'] as const),
  ...[5, 6, 9].map((field) => ['PID', field, 'name'] as const),
  ['PID', 7, 'birth-date'],
  ['PID', 11, 'address'],
  ...[13, 14].map((field) => ['PID', field, 'phone'] as const),
  ['NK1', 2, 'name'],
  ['NK1', 4, 'address'],
  ['NK1', 5, 'phone'],
  ...[7, 8, 9, 17].map((field) => ['PV1', field, 'name'] as const),
  ['PV1', 19, 'number'],
  ...[10, 11, 12].map((field) => ['ORC', field, 'name'] as const),
  ...[2, 3].flatMap((field) => [['ORC', field, 'number'] as const, ['OBR', field, 'number'] as const]),
  ...[16, 28, 32, 33, 34, 35].map((field) => ['OBR', field, 'name'] as const),
  ...[18, 19].map((field) => ['OBR', field, 'number'] as const),
  ...[7, 22].map((field) => ['OBR', field, 'date'] as const),
  ['ZDS', 1, 'uid'],
  ['MSH', 10, 'number'],
];

/** Components that are codes of a table and no part of a name: 'MR', 'Dr', 'GBR' and the like are too short to be kept. */
const SHORTEST: Readonly<Record<Identifying['kind'], number>> = { name: 3, number: 4, uid: 5, 'birth-date': 8, date: 8, address: 5, phone: 6 };

export function identifyingFields(bytes: Uint8Array): readonly Identifying[] {
  const header = readMshHeader(bytes);
  const message = parseMessage(decodeMessage(bytes, header ? mshField(header, 18) : '').text);
  if (!message) return [];
  const found = new Map<string, Identifying>();
  for (const segment of message.segments) {
    for (const [name, number, kind] of FIELDS) {
      if (segment.name !== name) continue;
      for (const value of partsOf(segment.at(number), kind, message.delimiters)) found.set(`${kind}|${value}`, { kind, value });
    }
  }
  return [...found.values()];
}

/** Repetitions, components and subcomponents; of an identifier only what stands first in it (the rest names who gave it). */
function partsOf(field: string, kind: Identifying['kind'], { repetition, component, subcomponent }: Delimiters): readonly string[] {
  const isNumber = kind === 'number' || kind === 'uid';
  return field
    .split(repetition)
    .flatMap((one) => (isNumber ? [one.split(component)[0] ?? ''] : one.split(component)))
    .flatMap((one) => one.split(subcomponent))
    .map((one) => (kind === 'date' || kind === 'birth-date' ? one.slice(0, 8) : one).trim())
    .filter((one) => one.length >= SHORTEST[kind] && (kind !== 'name' || /\p{L}{3}/u.test(one)));
}
