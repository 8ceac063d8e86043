/** Reads and decides the report of the invented patient by today's grammar, rules and policy. Touches no case, no archive and no health record. */

import type { PatientHistory } from '#src/case/referral.ts';
import type { Report } from '#src/case/report.ts';
import { readReport } from '#src/reading/read-report.ts';
import { needsReferral } from '#src/rules/needs-referral.ts';
import type { Policy } from '#src/rules/policy.ts';

/** Null: as it should be. Else the code of what was not. */
export function proveWay(report: Report, expected: { readonly level: string; readonly today: string }, policy: Policy): string | null {
  const reading = readReport(report.text);
  const found = reading.statements.some((one) => one.target === 'vertebral-fracture' && one.levels.some((level) => level === expected.level));
  if (reading.fracture !== 'stated' || !found || reading.advice) return 'PROOF_READ_WRONG';
  const decision = needsReferral({ report, reading, finding: null, history: HISTORY, answers: [], today: expected.today, reportVersion: 1 }, policy);
  // Which of the outcomes it is, is the site's policy; that a stated fracture leads nowhere is none.
  return decision.outcome === 'nothing' || decision.outcome === 'exception' ? 'PROOF_DECIDED_WRONG' : null;
}

const no = { known: true, value: false } as const;
const HISTORY: PatientHistory = {
  patientReference: 'Patient/nobody',
  birthDate: { known: true, value: '1948-01-01' },
  sex: { known: true, value: 'female' },
  deceased: no,
  endOfLifeCare: no,
  postMenopausal: { known: false, because: 'invented' },
  osteoporosisDiagnosed: no,
  boneDrugs: { known: true, value: [] },
  redFlagProblems: { known: true, value: [] },
  cancerHistory: no,
  mimicProblems: { known: true, value: [] },
  openReferral: { known: true, value: null },
  declinedReferral: { known: true, value: null },
  priorVertebralFracture: { known: true, value: null },
};
