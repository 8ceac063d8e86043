/** The invented people of the sample studies and the invented hospital that knows them. None of them exists. */
import type { DicomPatient } from '#test/hospital/phantom/series-options.ts';

export interface Person {
  /** Hospital number: PID-3, (0010,0020), Patient.identifier. */
  readonly id: string;
  readonly family: string;
  readonly given: string;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly sex: 'female' | 'male';
}

export const HOSPITAL = {
  authority: 'ASHMORE',
  name: 'Ashmore General Hospital',
  /** 2.999 is the arc that ISO keeps for examples. */
  identifierSystem: 'urn:oid:2.999.2026.1',
} as const;

export function dicomPatient(person: Person): DicomPatient {
  const birthDate = person.birthDate.replaceAll('-', '');
  return { id: person.id, issuer: HOSPITAL.authority, name: `${person.family}^${person.given}`, birthDate, sex: person.sex === 'female' ? 'F' : 'M' };
}
