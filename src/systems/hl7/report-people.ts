/** People in a message: XCN with `^` (2A.88) and the old CNN with `&` (2A.10), whichever the sender uses. Pure. */
import type { Person } from '#src/case/report.ts';
import { component, field, repetitions, subcomponent, value } from './fields.ts';
import type { Delimiters, ParsedMessage, Segment } from './message.ts';
import type { Observation } from './observation-rows.ts';

/** The first person in a raw field; several ids of one person come as repetitions, and the first with a name counts. */
function personIn(raw: string, delimiters: Delimiters): Person | null {
  if (raw === '') return null;
  const people = repetitions(raw, delimiters).map((repetition) => onePerson(repetition, delimiters));
  return people.find((person) => person !== null && person.name !== '') ?? people.find((person) => person !== null) ?? null;
}

function onePerson(raw: string, delimiters: Delimiters): Person | null {
  const isOld = component(raw, 1, delimiters).includes(delimiters.subcomponent);
  const parts = isOld ? component(raw, 1, delimiters).split(delimiters.subcomponent) : raw.split(delimiters.component);
  const part = (index: number): string => {
    const text = parts[index] ?? '';
    return text === '' ? '' : value(isOld ? text : subcomponent(text, 1, delimiters), delimiters);
  };
  const [id, family, given, middle] = [part(0), part(1), part(2), part(3)];
  const authority = value(subcomponent(part(8), 1, delimiters), delimiters);
  const name = [given, middle, family].filter((part) => part !== '').join(' ');
  if (id === '' && name === '') return null;
  // "Dr A Example" alone in the first component is a name, not a number.
  if (name === '' && /\s/.test(id) && /^\D+$/.test(id)) return { id: null, authority: null, name: id };
  return { id: id || null, authority: authority || null, name };
}

export interface PeopleFound {
  readonly orderer: Person | null;
  readonly author: Person | null;
}

/** Orderer: OBR-16, else ORC-12. Author: principal interpreter OBR-32, else OBX-16, else the assistant OBR-33. */
export function reportPeople(message: ParsedMessage, order: Segment | undefined, rows: readonly Observation[]): PeopleFound {
  const { delimiters, segments } = message;
  const person = (segment: Segment | undefined, number: number): Person | null => personIn(field(segment, number), delimiters);
  const observer = (): Person | null => {
    for (const { row } of rows) {
      const found = person(row, 16);
      if (found) return found;
    }
    return null;
  };
  return {
    orderer:
      person(order, 16) ??
      person(
        segments.find((segment) => segment.name === 'ORC'),
        12,
      ),
    author: person(order, 32) ?? observer() ?? person(order, 33),
  };
}
