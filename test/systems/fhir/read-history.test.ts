/** The history from FHIR resources, and what becomes of a list that cannot be read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Condition, MedicationRequest, Patient, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import { TryLater } from '#src/lib/errors.ts';
import { type HistorySources, historyFromResources } from '#src/systems/fhir/history-from-resources.ts';
import { isIn, VALUE_SETS } from '#src/systems/fhir/value-sets.ts';
import { ADA, openHospital } from './hospital-of-one.ts';

const read = <T>(resources: readonly T[]) => ({ read: true, resources }) as const;
const unread = { read: false, because: 'the record answered 403' } as const;
const ICD = 'http://hl7.org/fhir/sid/icd-10';

function history(changes: Partial<HistorySources> = {}) {
  const empty = { conditions: read([]), drugs: read([]), referrals: read([]), tasks: read([]) };
  return historyFromResources({ patient: ADA as Patient, ...empty, ownKeys: new Set(), siteReferralCodes: [], today: '2026-11-23', ...changes });
}
const condition = (code: Condition['code'], changes: Partial<Condition> = {}): Condition => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/ada' },
  ...(code && { code }),
  ...changes,
});
const icd = (code: string) => ({ coding: [{ system: ICD, code }] });
const status = (code: string) => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }] });
const drug = (text: string, changes: Partial<MedicationRequest> = {}): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/ada' },
  medicationCodeableConcept: { text },
  ...changes,
});
const request = (id: string, changes: Partial<ServiceRequest> = {}): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id,
  status: 'active',
  intent: 'order',
  code: { text: 'Referral to fracture liaison service' },
  subject: { reference: 'Patient/ada' },
  ...changes,
});

describe('problems', () => {
  test('red flags by code or words, active ones only', () => {
    const flags = (...conditions: Condition[]) => history({ conditions: read(conditions) }).redFlagProblems;
    assert.deepEqual(flags(condition(icd('C79.5'))), { known: true, value: [VALUE_SETS.redFlag.title] });
    assert.deepEqual(flags(condition({ text: 'Bone metastases' })), { known: true, value: ['Bone metastases'] });
    assert.deepEqual(flags(condition(icd('C79.5'), { clinicalStatus: status('resolved') })), { known: true, value: [] });
    assert.deepEqual(flags(condition(icd('C79.5'), { verificationStatus: { coding: [{ code: 'refuted' }] } })), { known: true, value: [] });
    assert.deepEqual(flags(condition(icd('C78.0'))), { known: true, value: [] });
  });
  test('cancer counts however long ago; basal cell and a family history do not', () => {
    const cancer = (code: Condition['code'], clinical = 'active') =>
      history({ conditions: read([condition(code, { clinicalStatus: status(clinical) })]) }).cancerHistory;
    assert.deepEqual(cancer(icd('C50.9'), 'resolved'), { known: true, value: true });
    assert.deepEqual(cancer({ text: 'Carcinoma of breast' }), { known: true, value: true });
    assert.deepEqual(cancer(icd('C44.3')), { known: true, value: false });
    assert.deepEqual(cancer({ text: 'Basal cell carcinoma of skin' }), { known: true, value: false });
    assert.deepEqual(cancer({ text: 'Family history of cancer' }), { known: true, value: false });
  });
  test('national versions of ICD-10 are the same codes', () => {
    assert.equal(isIn(VALUE_SETS.osteoporosis, { coding: [{ system: `${ICD}-cm`, code: 'M81.0' }] }), true);
    assert.equal(isIn(VALUE_SETS.osteoporosis, { coding: [{ system: 'http://example.org', code: 'M81.0' }] }), false);
  });
  test('menopause: recorded, not recorded, and a man', () => {
    assert.deepEqual(history({ conditions: read([condition({ text: 'Postmenopausal state' })]) }).postMenopausal, { known: true, value: true });
    assert.deepEqual(history().postMenopausal, { known: false, because: 'not recorded' });
    assert.deepEqual(history({ patient: { resourceType: 'Patient', id: 'x', gender: 'male' } }).postMenopausal, { known: true, value: false });
    assert.deepEqual(history({ conditions: read([condition({ text: 'Perimenopausal, not postmenopausal' })]) }).postMenopausal.known, false);
  });
  test('the latest vertebral fracture by date; without a date it says so', () => {
    const prior = (...conditions: Condition[]) => history({ conditions: read(conditions) }).priorVertebralFracture;
    const fracture = { coding: [{ system: 'http://snomed.info/sct', code: '42942008' }] };
    assert.deepEqual(prior(condition(fracture, { onsetDateTime: '2020-01-01' }), condition(fracture, { onsetDateTime: '2025-02-03T10:00:00Z' })), {
      known: true,
      value: '2025-02-03',
    });
    assert.deepEqual(prior(condition(fracture)), { known: true, value: 'date not recorded' });
    assert.deepEqual(prior(condition({ text: 'Fracture of wrist' })), { known: true, value: null });
  });
  test('a problem list that cannot be read is not known, never no', () => {
    const unknown = history({ conditions: unread });
    for (const name of [
      'redFlagProblems',
      'cancerHistory',
      'endOfLifeCare',
      'mimicProblems',
      'osteoporosisDiagnosed',
      'priorVertebralFracture',
      'postMenopausal',
    ] as const) {
      assert.deepEqual(unknown[name], { known: false, because: 'the record answered 403' }, name);
    }
  });
});

describe('bone drugs', () => {
  const drugs = (...list: Resource[]) => history({ drugs: read(list) }).boneDrugs;
  test('active ones, by words or ATC', () => {
    assert.deepEqual(drugs(drug('Alendronic acid 70 mg tablets')), { known: true, value: ['Alendronic acid 70 mg tablets'] });
    const atc = { medicationCodeableConcept: { coding: [{ system: 'http://www.whocc.no/atc', code: 'M05BX04', display: 'denosumab' }] } };
    assert.deepEqual(drugs(drug('', atc)), { known: true, value: ['denosumab'] });
    assert.deepEqual(drugs(drug('Amlodipine'), drug('Alendronic acid', { status: 'stopped' })), { known: true, value: [] });
  });
  test('a yearly infusion counts for a year after it was given, tablets do not', () => {
    const given = (text: string, authoredOn: string) => drugs(drug(text, { status: 'completed', authoredOn }));
    assert.deepEqual(given('Zoledronic acid 5 mg infusion', '2025-11-23').known && given('Zoledronic acid 5 mg infusion', '2025-11-23'), {
      known: true,
      value: ['Zoledronic acid 5 mg infusion'],
    });
    assert.deepEqual(given('Zoledronic acid 5 mg infusion', '2025-11-22'), { known: true, value: [] });
    assert.deepEqual(given('Alendronic acid', '2026-11-01'), { known: true, value: [] });
  });
  test('a drug by reference: contained, included, or only its display', () => {
    const { medicationCodeableConcept: _none, ...bare } = drug('');
    const medication = { resourceType: 'Medication', id: 'm1', code: { text: 'Teriparatide' } } as const;
    assert.deepEqual(drugs({ ...bare, contained: [medication], medicationReference: { reference: '#m1' } }), {
      known: true,
      value: ['Teriparatide'],
    });
    assert.deepEqual(drugs({ ...bare, medicationReference: { reference: 'Medication/m1' } }, medication), { known: true, value: ['Teriparatide'] });
    assert.deepEqual(drugs({ ...bare, medicationReference: { display: 'Romosozumab' } }), { known: true, value: ['Romosozumab'] });
  });
});

describe('referrals', () => {
  const referrals = (list: ServiceRequest[], tasks: Task[] = [], more: Partial<HistorySources> = {}) => {
    const { openReferral, declinedReferral } = history({ referrals: read(list), tasks: read(tasks), ...more });
    return [openReferral.known && openReferral.value, declinedReferral.known && declinedReferral.value];
  };
  test('open, declined, and another kind', () => {
    assert.deepEqual(referrals([request('1')]), ['ServiceRequest/1', null]);
    assert.deepEqual(referrals([request('1', { status: 'draft', intent: 'proposal' })]), ['ServiceRequest/1', null]);
    assert.deepEqual(referrals([request('1', { status: 'revoked' })]), [null, 'ServiceRequest/1']);
    assert.deepEqual(referrals([request('1', { status: 'completed' })]), [null, null]);
    assert.deepEqual(
      referrals([request('1', { code: { text: 'Referral to physiotherapy' } }), request('2', { code: { text: 'Baffles inspection' } })]),
      [null, null],
    );
  });
  test('rejected by its Task: declined and not open', () => {
    const task: Task = { resourceType: 'Task', status: 'rejected', intent: 'order', focus: { reference: 'ServiceRequest/1' } };
    assert.deepEqual(referrals([request('1')], [task]), [null, 'ServiceRequest/1']);
  });
  test('what this case wrote itself is left out', () => {
    assert.deepEqual(referrals([request('1', { identifier: [{ value: 'k' }] })], [], { ownKeys: new Set(['k']) }), [null, null]);
  });
  test('a code that the site listed', () => {
    const coded = request('1', { code: { coding: [{ system: 'https://site.example', code: 'REF-77' }] } });
    assert.deepEqual(referrals([coded]), [null, null]);
    assert.deepEqual(referrals([coded], [], { siteReferralCodes: ['REF-77'] }), ['ServiceRequest/1', null]);
  });
});

describe('reading it from a record', () => {
  test('a refused list is not known; a record that is down is tried later', async () => {
    const { ehr, record } = await openHospital({ seed: [ADA, condition({ text: 'Multiple myeloma' }, { id: 'c9' })] });
    try {
      const found = await record.history('Patient/ada');
      assert.deepEqual(found.redFlagProblems, { known: true, value: ['Multiple myeloma'] });
      ehr.faults.add('412', { match: (_, url) => url.startsWith('Condition') });
      const refused = await record.history('Patient/ada');
      assert.deepEqual(
        [refused.redFlagProblems, refused.boneDrugs.known],
        [{ known: false, because: 'the record answered 412 for Condition' }, true],
      );
      ehr.faults.add('503', { match: (_, url) => url.startsWith('Condition') });
      await assert.rejects(record.history('Patient/ada'), TryLater);
    } finally {
      await ehr.close();
    }
  });
});
