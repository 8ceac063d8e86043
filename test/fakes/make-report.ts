/** An invented report for tests: complete, and changed where the test says so. */
import { accession } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';

export function makeReport(changes: Partial<Report> = {}): Report {
  return {
    source: 'test',
    accession: accession('ACC0001') ?? null,
    accessionCandidates: [{ value: 'ACC0001', field: 'OBR-18' }],
    studyInstanceUid: null,
    status: 'final',
    patient: {
      id: { value: 'P-1001', authority: 'HOSP', type: 'MR' },
      otherIds: [],
      familyName: 'Example',
      givenName: 'Ada',
      birthDate: '1948-03-02',
      sex: 'female',
      deceased: null,
    },
    orderer: null,
    author: null,
    procedure: { code: 'CTCHEST', text: 'CT chest', system: 'L' },
    modality: 'CT',
    examinedAt: '2026-11-20T09:30:00+00:00',
    reportedAt: '2026-11-20T11:00:00+00:00',
    visitNumber: null,
    text: 'FINDINGS: The lungs are clear.',
    flags: [],
    ...changes,
  };
}
