/** People in a message: XCN with `^` (2A.88) and the old CNN with `&` (2A.10), whichever the sender uses. Pure. */
import type { Person } from '#src/case/report.ts';
import { field, firstSegment, partsOf, repetitions, subcomponent, value } from './fields.ts';
import type { Delimiters, ParsedMessage, Segment } from './message.ts';
import type { Observation } from './observation-rows.ts';
import { plainValue } from './plain-value.ts';

/** The first person in a raw field; several ids of one person come as repetitions, and the first with a name counts. */
function personIn(raw: string, delimiters: Delimiters): Person | null {
  let unnamed: Person | null = null;
  for (const repetition of repetitions(raw, delimiters)) {
    const person = onePerson(repetition, delimiters);
    if (person !== null && person.name !== '') return person;
    unnamed ??= person;
  }
  return unnamed;
}

function onePerson(raw: string, delimiters: Delimiters): Person | null {
  const components = partsOf(raw, delimiters.component);
  const isOld = components[0]?.includes(delimiters.subcomponent) === true;
  const parts = isOld ? partsOf(components[0] as string, delimiters.subcomponent) : components;
  const id = partOfPerson(parts[0], isOld, delimiters);
  const name = nameOf(
    partOfPerson(parts[2], isOld, delimiters),
    partOfPerson(parts[3], isOld, delimiters),
    partOfPerson(parts[1], isOld, delimiters),
  );
  if (id === '' && name === '') return null;
  // "Dr A Example" alone in the first component is a name, not a number.
  if (name === '' && /\s/.test(id) && /^\D+$/.test(id)) return { id: null, authority: null, name: id };
  const authority = value(subcomponent(partOfPerson(parts[8], isOld, delimiters), 1, delimiters), delimiters);
  return { id: id || null, authority: authority || null, name };
}

function partOfPerson(part: string | undefined, isOld: boolean, delimiters: Delimiters): string {
  if (part === undefined || part === '') return '';
  return plainValue(part, 0, part.length, 1, delimiters) ?? value(isOld ? part : subcomponent(part, 1, delimiters), delimiters);
}

function nameOf(given: string, middle: string, family: string): string {
  const before = given !== '' && middle !== '' ? `${given} ${middle}` : given || middle;
  return before !== '' && family !== '' ? `${before} ${family}` : before || family;
}

export interface PeopleFound {
  readonly orderer: Person | null;
  readonly author: Person | null;
}

/** Orderer: OBR-16, else ORC-12. Author: principal interpreter OBR-32, else OBX-16, else the assistant OBR-33. */
export function reportPeople(message: ParsedMessage, order: Segment | undefined, rows: readonly Observation[]): PeopleFound {
  const { delimiters } = message;
  return {
    orderer: personIn(field(order, 16), delimiters) ?? personIn(field(firstSegment(message, 'ORC'), 12), delimiters),
    author: personIn(field(order, 32), delimiters) ?? observer(rows, delimiters) ?? personIn(field(order, 33), delimiters),
  };
}

function observer(rows: readonly Observation[], delimiters: Delimiters): Person | null {
  for (const alike of rows) {
    const found = personIn(field(alike.first, 16), delimiters);
    if (found) return found;
  }
  return null;
}
