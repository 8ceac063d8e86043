/** Report to study: exact, the same patient, exactly one; everything else is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accession, dicomUid } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import type { StudySummary } from '#src/case/study.ts';
import { matchStudy } from '#src/rules/match-study.ts';

const UID = dicomUid('2.25.77')!;

const REPORT: Report = {
  source: 'test',
  accession: accession('A-1')!,
  accessionCandidates: [
    { value: 'A-1', field: 'OBR-18' },
    { value: 'B-9', field: 'OBR-3.1' },
  ],
  studyInstanceUid: null,
  status: 'final',
  patient: {
    id: { value: '00123', authority: 'HOSP', type: 'MR' },
    otherIds: [{ value: 'X-55', authority: 'OLD', type: 'PI' }],
    familyName: 'Test',
    givenName: 'Ada',
    birthDate: '1950',
    sex: 'female',
    deceased: null,
  },
  orderer: null,
  author: null,
  procedure: null,
  modality: 'CT',
  examinedAt: '2026-03-10T10:00:00Z',
  reportedAt: null,
  visitNumber: null,
  text: '',
  flags: [],
};

function study(change: Partial<StudySummary> = {}): StudySummary {
  return {
    studyInstanceUid: dicomUid('2.25.1')!,
    accession: 'A-1',
    patientId: '00123',
    issuerOfPatientId: null,
    studyDate: '2026-03-10',
    modalities: ['CT'],
    description: '',
    instanceCount: 300,
    ...change,
  };
}

const other = (change: Partial<StudySummary> = {}) => study({ studyInstanceUid: dicomUid('2.25.2')!, ...change });
const CASES: readonly (readonly [name: string, report: Partial<Report>, found: readonly StudySummary[], kind: string, because: RegExp])[] = [
  ['nothing found', {}, [], 'none', /no study with this accession number/],
  ['one study', {}, [study()], 'study', /patient id is the report’s/],
  ['blanks around the accession number', {}, [study({ accession: ' A-1 ' })], 'study', /accession/],
  ['a longer accession number', {}, [study({ accession: 'A-10' })], 'none', /no study/],
  ['the second accession candidate', {}, [study({ accession: 'B-9' })], 'study', /accession/],
  ['leading zeros', {}, [study({ patientId: '123' })], 'study', /leading zeros/],
  ['another identifier of the patient', {}, [study({ patientId: 'X-55' })], 'study', /another one of the report’s identifiers/],
  ['another patient', {}, [study({ patientId: '124' })], 'patient-mismatch', /another patient id/],
  ['letters that differ', {}, [study({ patientId: '00123A' })], 'patient-mismatch', /another patient id/],
  ['no patient id to check', {}, [study({ patientId: ' ' })], 'patient-mismatch', /no patient id to check/],
  ['the same accession of another patient set aside', {}, [other({ patientId: '999' }), study()], 'study', /1 studies of other patients set aside/],
  ['two studies of one accession', {}, [study(), other()], 'ambiguous', /2 studies fit/],
  ['two studies, one of the modality', {}, [study(), other({ modalities: ['MR'] })], 'study', /1 of 2 has the report’s modality/],
  ['two studies, one a document', {}, [study(), other({ modalities: ['SR', 'DOC'] })], 'study', /pictures that can be measured/],
  ['two studies, one of the day', {}, [study(), other({ studyDate: '2024-01-01' })], 'study', /day of the examination/],
  [
    'the UID is stronger than the accession number',
    { studyInstanceUid: UID },
    [study(), study({ studyInstanceUid: UID, accession: '' })],
    'study',
    /Study Instance UID/,
  ],
];

for (const [name, change, found, kind, because] of CASES) {
  test(name, () => {
    const match = matchStudy({ ...REPORT, ...change }, found);
    assert.equal(match.kind, kind);
    assert.match(match.because.join('; '), because);
    assert.ok(!/123|X-55|A-1|B-9/.test(match.because.join()), 'reasons carry no identifier');
  });
}

test('the right one of two is returned', () => {
  const match = matchStudy({ ...REPORT, studyInstanceUid: UID }, [study(), study({ studyInstanceUid: UID })]);
  assert.ok(match.kind === 'study');
  assert.equal(match.study.studyInstanceUid, UID);
});
