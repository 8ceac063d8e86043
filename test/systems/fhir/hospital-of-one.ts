/** A stand-in EHR with one invented patient, and a health record that talks to it: the bench of the tests here. */
import type { Resource } from '@medplum/fhirtypes';
import type { Case, CaseFacts } from '#src/case/case.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { decide } from '#src/steps/decide.ts';
import { type HealthRecordOptions, makeHealthRecord, type OpenHealthRecord } from '#src/systems/fhir/client.ts';
import { type EhrOptions, startEhr } from '#test/hospital/ehr.ts';

export const CLOCK = { now: () => new Date('2026-11-23T10:00:00Z') };
export const policy = loadPolicy();

export const ADA: Resource = {
  resourceType: 'Patient',
  id: 'ada',
  identifier: [{ system: 'https://hospital.example/mrn', value: 'P-1001' }],
  name: [{ family: 'Example', given: ['Ada'] }],
  gender: 'female',
  birthDate: '1948-03-02',
};

export async function openHospital(options: EhrOptions = {}, record: Partial<HealthRecordOptions> = {}) {
  const ehr = await startEhr({ seed: [ADA], ...options });
  const open: OpenHealthRecord = makeHealthRecord({
    baseUrl: ehr.url,
    auth: null,
    clock: CLOCK,
    identifierSystems: { HOSP: 'https://hospital.example/mrn' },
    timeoutMs: 2_000,
    ...record,
  });
  return { ehr, record: open };
}

/** The case after its decide step. */
export async function decided(subject: Case, record: OpenHealthRecord): Promise<Case> {
  const result = await decide(subject, { record, clock: CLOCK }, policy);
  return { ...subject, state: result.to, facts: { ...subject.facts, ...result.facts } };
}

export function withFacts(subject: Case, facts: Partial<CaseFacts>): Case {
  return { ...subject, facts: { ...subject.facts, ...facts } };
}
