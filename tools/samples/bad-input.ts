/** Five messages that must end in a named state with a reason, and the two small studies that two of them need. */

import { dicomUidFrom } from '#test/hospital/phantom/dicom-uid-from.ts';
import type { PhantomParameters } from '#test/hospital/phantom/parameters.ts';
import type { SeriesFault } from '#test/hospital/phantom/planes.ts';
import type { Person } from './people.ts';
import { reportMessage } from './report-message.ts';

export interface BadInput {
  readonly id: string;
  readonly story: string;
  readonly title: string;
  readonly message: Buffer;
  readonly expected: {
    readonly accession: string | null;
    readonly study: string | null;
    readonly state: string;
    readonly rule: string | null;
    readonly stopped?: string;
    readonly card?: boolean;
  };
  readonly study?: {
    readonly person: Person;
    readonly accession: string;
    readonly phantom: PhantomParameters;
    readonly faults: readonly SeriesFault[];
  };
}

const SMALL = { columns: 96, rows: 96, pixelMm: 1.5, sliceMm: 2, noiseHu: 8 } as const;
const PROCEDURE = { code: 'CCHES', text: 'CT chest' };
const REPORT = ['CLINICAL HISTORY: Cough.', 'FINDINGS: The lungs are clear. No pleural effusion.', 'CONCLUSION: Normal lungs.'];

const LINDQVIST: Person = { id: 'A1005502', family: 'Lindqvist', given: 'Karin', birthDate: '1950-12-01', sex: 'female' };
const DELGADO: Person = { id: 'A1008816', family: 'Delgado', given: 'Luis', birthDate: '1949-07-23', sex: 'male' };
const FARROW: Person = { id: 'A1001140', family: 'Farrow', given: 'Anne', birthDate: '1955-02-11', sex: 'female' };
const OTHER: Person = { id: 'A1006603', family: 'Farrow', given: 'Annette', birthDate: '1961-10-30', sex: 'female' };

export const BAD_PEOPLE: readonly Person[] = [LINDQVIST, DELGADO, FARROW];

export function badStudyUid(accession: string): string {
  return dicomUidFrom(`sample study ${accession}`);
}

function message(person: Person, accession: string | null, controlId: string): Buffer {
  return Buffer.from(
    reportMessage({ controlId, accession, person, date: '2026-11-17', time: '090000', procedure: PROCEDURE, report: REPORT }),
    'utf8',
  );
}

/** Repeatable bytes that are no HL7: the head of a picture and a run of numbers. */
const NOT_HL7 = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.from(Array.from({ length: 240 }, (_, n) => (n * 73 + 41) % 251)),
]);

export const BAD_INPUTS: readonly BadInput[] = [
  {
    id: 'not-hl7',
    story: '11-not-hl7',
    title: 'A stream of bytes that is no HL7 message: refused at the door, kept in quarantine, no case.',
    message: NOT_HL7,
    expected: { accession: null, study: null, state: 'none', rule: null },
  },
  {
    id: 'no-accession',
    story: '12-no-accession',
    title: 'A report without an accession number: kept, and parked for a person.',
    message: message(LINDQVIST, null, 'BAD00012'),
    expected: { accession: null, study: null, state: 'parked', rule: null, stopped: 'HL7_NO_ACCESSION' },
  },
  {
    id: 'no-such-study',
    story: '13-no-such-study',
    title: 'A report whose images the archive does not have: asked for until the limit, then "cannot say", never "no fracture".',
    message: message(LINDQVIST, 'ASH26119913', 'BAD00013'),
    expected: { accession: 'ASH26119913', study: null, state: 'closed', rule: 'R99', stopped: 'IMAGES_NOT_FOUND', card: false },
  },
  {
    id: 'one-slice',
    story: '14-one-slice',
    title: 'A study with one slice: no usable series, "cannot say".',
    message: message(DELGADO, 'ASH26119914', 'BAD00014'),
    expected: {
      accession: 'ASH26119914',
      study: badStudyUid('ASH26119914'),
      state: 'closed',
      rule: 'R99',
      stopped: 'IMAGES_NO_SERIES',
      card: false,
    },
    study: { person: DELGADO, accession: 'ASH26119914', phantom: { ...SMALL, seed: 14, sex: 'male', from: 'T12', to: 'T12' }, faults: ['one-slice'] },
  },
  {
    id: 'other-patient',
    story: '15-other-patient',
    title: 'The images under this accession number carry another patient: nothing is decided, a person looks.',
    message: message(FARROW, 'ASH26119915', 'BAD00015'),
    expected: { accession: 'ASH26119915', study: badStudyUid('ASH26119915'), state: 'parked', rule: null, card: false, stopped: 'PATIENT_MISMATCH' },
    study: { person: OTHER, accession: 'ASH26119915', phantom: { ...SMALL, seed: 15, sex: 'female', from: 'T9', to: 'T12' }, faults: [] },
  },
];
