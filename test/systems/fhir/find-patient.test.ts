/** Finding the patient: by identifier, and only when the rest agrees. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Patient } from '@medplum/fhirtypes';
import type { ReportPatient } from '#src/case/report.ts';
import { TryLater } from '#src/lib/errors.ts';
import { makeHealthRecord } from '#src/systems/fhir/client.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { ADA, openHospital } from './hospital-of-one.ts';

const SYSTEM = 'https://hospital.example/mrn';
const patient = (id: string, value: string, changes: Partial<Patient> = {}): Patient => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: SYSTEM, value }],
  name: [{ family: 'Sample', given: ['Ben'] }],
  gender: 'male',
  birthDate: '1950-05-05',
  ...changes,
});

test('a record that refuses the question: tried later under its own code, so that it is no bug of ours', async () => {
  const refusing = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/fhir+json' }).end('{"resourceType":"OperationOutcome","issue":[{"code":"forbidden"}]}');
  });
  await new Promise<void>((ready) => refusing.listen(0, '127.0.0.1', ready));
  const { port } = refusing.address() as { port: number };
  const record = makeHealthRecord({ baseUrl: `http://127.0.0.1:${port}/fhir`, auth: null, clock: { now: () => new Date() } });
  const isRefused = (error: unknown) => error instanceof TryLater && error.code === 'FHIR_SEARCH_REFUSED';
  await assert.rejects(record.findPatient(makeReport()), isRefused);
  await assert.rejects(record.history('Patient/1'), isRefused);
  refusing.close();
});

describe('findPatient', () => {
  let hospital: Awaited<ReturnType<typeof openHospital>>;
  before(async () => {
    const { birthDate: _none, ...undated } = patient('undated', 'P-5');
    hospital = await openHospital({
      seed: [
        ADA,
        patient('twin-1', 'P-2'),
        patient('twin-2', 'P-2'),
        patient('merged', 'P-3', { active: false, link: [{ type: 'replaced-by', other: { reference: 'Patient/kept' } }] }),
        patient('kept', 'P-4'),
        undated,
        patient('elsewhere', 'P-1001', { identifier: [{ system: 'https://other.example', value: 'P-6' }] }),
        patient('comma', 'A,B|C'),
      ],
    });
  });
  after(() => hospital.ehr.close());

  const find = (value: string, changes: Partial<ReportPatient> = {}, authority: string | null = 'HOSP') => {
    const base = { ...makeReport().patient, birthDate: '1950-05-05', sex: 'male' as const, familyName: 'Sample' };
    return hospital.record.findPatient(makeReport({ patient: { ...base, id: { value, authority, type: 'MR' }, ...changes } }));
  };

  test('found by the system of its authority', async () => {
    assert.deepEqual(await hospital.record.findPatient(makeReport()), { kind: 'found', reference: 'Patient/ada' });
  });
  test('none, in our words and without the identifier', async () => {
    const answer = await find('P-404');
    assert.equal(answer.kind, 'none');
    assert.doesNotMatch(JSON.stringify(answer), /P-404/);
  });
  test('two with one identifier are many, not the first', async () => assert.equal((await find('P-2')).kind, 'many'));
  test('a merged record leads to the one that is kept', async () =>
    assert.deepEqual(await find('P-3'), { kind: 'found', reference: 'Patient/kept' }));
  test('another date of birth, another sex', async () => {
    assert.deepEqual(await find('P-4', { birthDate: '1950-05-06' }), { kind: 'mismatch', detail: 'the date of birth differs' });
    assert.deepEqual(await find('P-4', { sex: 'female' }), { kind: 'mismatch', detail: 'the sex differs' });
  });
  test('a partial date of birth is compared as far as it goes', async () => {
    assert.equal((await find('P-4', { birthDate: '1950' })).kind, 'found');
    assert.equal((await find('P-4', { birthDate: '1951' })).kind, 'mismatch');
  });
  test('without a date of birth the family name has to be the same, accents and case aside', async () => {
    assert.equal((await find('P-5', { familyName: 'SÁMPLE' })).kind, 'found');
    assert.equal((await find('P-5', { familyName: 'Other' })).kind, 'mismatch');
    assert.equal((await find('P-4', { birthDate: null, familyName: 'Other' })).kind, 'mismatch');
  });
  test('an authority that is not configured is searched without a system', async () => {
    assert.deepEqual(await find('P-4', {}, 'UNKNOWN'), { kind: 'found', reference: 'Patient/kept' });
  });
  test('marks that split a search token are escaped: no wildcard finds somebody else', async () => {
    assert.equal((await find('P-4,P-5')).kind, 'none');
    assert.equal((await find('x|P-4')).kind, 'none');
  });
});
