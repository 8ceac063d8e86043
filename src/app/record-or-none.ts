/** The health record for a backload; without one (FHIR_URL empty) every question about the patient is answered "not known". */
import type { PatientHistory } from '../case/referral.ts';
import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { HealthRecord } from '../ports.ts';
import { openRecord } from './outside.ts';

const NOT_KNOWN = { known: false, because: 'no health record was asked' } as const;

/** Nothing is known, so nothing stops a referral and nothing speaks for one: the report's own date of birth decides the age. */
const NOTHING_KNOWN: PatientHistory = {
  patientReference: 'Patient/not-asked',
  birthDate: NOT_KNOWN,
  sex: NOT_KNOWN,
  deceased: NOT_KNOWN,
  endOfLifeCare: NOT_KNOWN,
  postMenopausal: NOT_KNOWN,
  osteoporosisDiagnosed: NOT_KNOWN,
  boneDrugs: NOT_KNOWN,
  redFlagProblems: NOT_KNOWN,
  cancerHistory: NOT_KNOWN,
  mimicProblems: NOT_KNOWN,
  openReferral: NOT_KNOWN,
  declinedReferral: NOT_KNOWN,
  priorVertebralFracture: NOT_KNOWN,
};

export function recordOrNone(config: Config, log: Log): Pick<HealthRecord, 'findPatient' | 'history'> {
  if (config.FHIR_URL !== '') return openRecord(config, log);
  return {
    findPatient: () => Promise.resolve({ kind: 'found', reference: NOTHING_KNOWN.patientReference }),
    history: () => Promise.resolve(NOTHING_KNOWN),
  };
}
