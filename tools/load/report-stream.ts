/** The reports of the load run: 3 kB each, one in twenty states a fracture (which is written into the health record), the others are silent. */
import type { Person } from '../samples/people.ts';
import { reportMessage } from '../samples/report-message.ts';
import { makeChance } from '../torture/chance.ts';
import { inventPerson } from '../torture/invented.ts';

export const PEOPLE = 400;
const STATED_EVERY = 20;

const chance = makeChance(1);
const people: readonly Person[] = Array.from({ length: PEOPLE }, (_, number) => inventPerson(chance, number));
const FILL =
  'The lungs are clear. No pleural effusion. The heart is of normal size. The upper abdominal organs are unremarkable. No enlarged lymph nodes.';
const LINES = [...Array.from({ length: 15 }, () => FILL), 'CONCLUSION: No acute finding.'];

/** The `number`th report: an examination of its own each time; `copies` of the lines make it longer. */
export function streamedReport(number: number, run: string, copies = 1): { readonly controlId: string; readonly bytes: Buffer } {
  const controlId = `L${run}${String(number).padStart(7, '0')}`;
  const stated = number % STATED_EVERY === 0 ? ['FINDINGS: Moderate wedge compression fracture of T8.'] : [];
  const text = reportMessage({
    controlId,
    accession: `LOD${run}${String(number).padStart(7, '0')}`,
    person: people[number % PEOPLE] as Person,
    date: '2026-11-17',
    time: '090000',
    procedure: { code: 'CCHES', text: 'CT chest' },
    report: [...stated, ...Array.from({ length: copies }, () => LINES).flat()],
  });
  return { controlId, bytes: Buffer.from(text, 'utf8') };
}
