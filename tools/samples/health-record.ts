/** What the stand-in EHR knows of the invented people: a FHIR R4 Bundle. */
import { HOSPITAL, type Person } from './people.ts';

type Resource = { readonly resourceType: string; readonly id: string; readonly [field: string]: unknown };

function patientId(person: Person): string {
  return `pat-${person.id.toLowerCase()}`;
}

function patient(person: Person): Resource {
  return {
    resourceType: 'Patient',
    id: patientId(person),
    active: true,
    identifier: [
      {
        use: 'usual',
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
        system: HOSPITAL.identifierSystem,
        value: person.id,
        assigner: { display: HOSPITAL.name },
      },
    ],
    name: [{ use: 'official', family: person.family, given: [person.given] }],
    gender: person.sex,
    birthDate: person.birthDate,
  };
}

interface Problem {
  readonly icd10: string;
  readonly text: string;
  readonly since: string;
}

/** By hospital number. */
const PROBLEMS: Readonly<Record<string, readonly Problem[]>> = {
  A1004471: [
    { icd10: 'I10', text: 'Essential hypertension', since: '2011-06-01' },
    { icd10: 'N95.1', text: 'Menopausal state', since: '2004-01-01' },
  ],
  A1002218: [{ icd10: 'J43.9', text: 'Emphysema', since: '2022-02-18' }],
  A1000093: [{ icd10: 'M15.9', text: 'Polyarthrosis', since: '2009-09-09' }],
  A1003356: [{ icd10: 'C61', text: 'Malignant neoplasm of prostate', since: '2024-05-27' }],
  A1009915: [{ icd10: 'D86.0', text: 'Sarcoidosis of lung', since: '2019-03-05' }],
};

const DRUGS: Readonly<Record<string, readonly string[]>> = {
  A1004471: ['Amlodipine 5 mg tablets'],
  A1000093: ['Colecalciferol 800 unit capsules', 'Paracetamol 500 mg tablets'],
  A1009915: ['Prednisolone 5 mg tablets'],
};

/** Referrals that are not to the fracture liaison service: they must not count as one. */
const REFERRALS: Readonly<Record<string, string>> = { A1000093: 'Referral to physiotherapy' };

function problems(person: Person): Resource[] {
  return (PROBLEMS[person.id] ?? []).map(({ icd10, text, since }, index) => ({
    resourceType: 'Condition',
    id: `cond-${person.id.toLowerCase()}-${index + 1}`,
    clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
    verificationStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }] },
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }] }],
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: icd10, display: text }], text },
    subject: { reference: `Patient/${patientId(person)}` },
    onsetDateTime: since,
  }));
}

function drugs(person: Person): Resource[] {
  return (DRUGS[person.id] ?? []).map((text, index) => ({
    resourceType: 'MedicationStatement',
    id: `med-${person.id.toLowerCase()}-${index + 1}`,
    status: 'active',
    medicationCodeableConcept: { text },
    subject: { reference: `Patient/${patientId(person)}` },
  }));
}

function referrals(person: Person): Resource[] {
  const text = REFERRALS[person.id];
  if (text === undefined) return [];
  const subject = { reference: `Patient/${patientId(person)}` };
  return [{ resourceType: 'ServiceRequest', id: `ref-${person.id.toLowerCase()}`, status: 'active', intent: 'order', code: { text }, subject }];
}

export function healthRecord(people: readonly Person[]): { resourceType: 'Bundle'; type: 'collection'; entry: { resource: Resource }[] } {
  const resources = people.flatMap((person) => [patient(person), ...problems(person), ...drugs(person), ...referrals(person)]);
  return { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) };
}
