/** Writing on the stand-in EHR: what stands there after each turn of a case, with each habit of a real EHR. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DiagnosticReport, Observation, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Case } from '#src/case/case.ts';
import { AskAHuman, TryLater } from '#src/lib/errors.ts';
import { makeHealthRecord } from '#src/systems/fhir/client.ts';
import { CASE_TAG } from '#src/systems/fhir/names.ts';
import { known, makeAnswer, makeCase, makeFinding, makeHistory, makeReading, statingReading } from '#test/fakes/make-case.ts';
import { ADA, CLOCK, decided, openHospital, withFacts } from './hospital-of-one.ts';
import { validateWritten } from './validate-written.ts';

type Hospital = Awaited<ReturnType<typeof openHospital>>;

/** Opens a hospital for one test and closes it. Whatever was written must be valid against its profile. */
async function inHospital(options: Parameters<typeof openHospital>[0], work: (hospital: Hospital) => Promise<void>): Promise<void> {
  const hospital = await openHospital(options);
  try {
    await work(hospital);
    const ours = hospital.ehr.repository.all().filter((resource) => resource.meta?.tag?.some((tag) => tag.system === CASE_TAG));
    for (const resource of ours) assert.deepEqual(validateWritten(resource), [], `${resource.resourceType} is not valid`);
  } finally {
    await hospital.ehr.close();
  }
}

const stating = () => makeCase({ reading: statingReading(['L1']), finding: makeFinding({ L1: 2, T8: 1 }) });
const alive = (resources: readonly Resource[]) =>
  resources.filter((resource) => !['entered-in-error', 'cancelled'].includes((resource as { status?: string }).status ?? ''));
const only = <T>(list: readonly T[]): T => {
  assert.equal(list.length, 1);
  return list[0] as T;
};
const taskWords = (hospital: Hospital) =>
  hospital.ehr.repository
    .all<Task>('Task')
    .map((task) => `${task.code?.coding?.at(-1)?.code} ${task.status}`)
    .toSorted();

describe('what is written', () => {
  test('a stated fracture: evidence, care gap, proposal by the software, Task', () =>
    inHospital({}, async (hospital) => {
      const written = await hospital.record.write(await decided(stating(), hospital.record), undefined);
      assert.deepEqual(
        written.map((result) => result.role),
        [
          'device backstop',
          'device vertebra-detector',
          'device vertebra-landmarks',
          'vertebra T8',
          'vertebra L1',
          'summary',
          'report',
          'care-gap',
          'proposal',
          'provenance',
          'audit',
          'task refer',
        ],
      );
      const proposal = only(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest'));
      assert.deepEqual([proposal.status, proposal.intent, proposal.priority], ['draft', 'proposal', 'urgent']);
      assert.match(proposal.requester?.reference ?? '', /^Device\//);
      const task = only(hospital.ehr.repository.all<Task>('Task'));
      assert.deepEqual([task.status, task.businessStatus?.coding?.[0]?.code, task.restriction?.period?.end], ['requested', '2.0', '2027-01-01']);
      assert.equal(task.focus?.reference, `ServiceRequest/${proposal.id}`);
    }));

  test('the vertebra carries SNOMED body site, UCUM units and the AIAST label; preliminary until a person looks', () =>
    inHospital({}, async (hospital) => {
      await hospital.record.write(await decided(stating(), hospital.record), undefined);
      const l1 = hospital.ehr.repository.all<Observation>('Observation').find((one) => one.bodySite?.coding?.[0]?.code === '61032001');
      assert.equal(l1?.status, 'preliminary');
      assert.deepEqual(
        l1?.component?.flatMap((part) => part.valueQuantity?.code ?? []),
        ['mm', 'mm', 'mm', '%', "[hnsf'U]"],
      );
      assert.ok(l1?.meta?.security?.some((label) => label.code === 'AIAST'));
      assert.equal(l1?.focus, undefined);
    }));

  test('images that cannot say are written as such, beside the referral of a stated fracture', () =>
    inHospital({}, async (hospital) => {
      const finding = {
        state: 'cannot-say',
        reason: 'images-not-found',
        detail: 'no examination has this accession number',
        vertebrae: [],
        models: [],
      } as const;
      await hospital.record.write(await decided(makeCase({ reading: statingReading(['L1']), finding }), hospital.record), undefined);
      const summary = only(hospital.ehr.repository.all<Observation>('Observation'));
      assert.equal(summary.valueCodeableConcept, undefined);
      assert.match(summary.dataAbsentReason?.text ?? '', /^The images cannot say/);
      assert.equal(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest').length, 1);
    }));

  test('no fracture: the summary names the range, and there is no work', () =>
    inHospital({}, async (hospital) => {
      await hospital.record.write(await decided(makeCase(), hospital.record), undefined);
      const summary = only(hospital.ehr.repository.all<Observation>('Observation'));
      assert.equal(summary.valueCodeableConcept?.coding?.[0]?.code, 'grade-0');
      assert.deepEqual(
        summary.component?.slice(0, 2).map((part) => part.valueCodeableConcept?.text),
        ['Body of vertebra T5', 'Body of vertebra L4'],
      );
      assert.deepEqual([taskWords(hospital), hospital.ehr.repository.all('ServiceRequest')], [[], []]);
    }));

  test('pictures without millimetres tell no millimetres', () =>
    inHospital({}, async (hospital) => {
      const finding = makeFinding({ L1: 2 });
      const vertebrae = finding.vertebrae.map((v) => ({ ...v, heights: v.heights && { ...v.heights, unit: 'px' as const } }));
      await hospital.record.write(
        await decided(makeCase({ reading: statingReading(['L1']), finding: { ...finding, vertebrae } }), hospital.record),
        undefined,
      );
      assert.doesNotMatch(JSON.stringify(hospital.ehr.repository.all('Observation')), /"mm"/);
    }));
});

describe('a case moves on', () => {
  const write = async (hospital: Hospital, subject: Case): Promise<Case> => {
    const next = await decided(subject, hospital.record);
    return withFacts(next, { resources: await hospital.record.write(next, undefined) });
  };

  test('written twice: no new version of anything', () =>
    inHospital({}, async (hospital) => {
      const subject = await decided(stating(), hospital.record);
      await hospital.record.write(subject, undefined);
      const before = hospital.ehr.repository.all();
      await hospital.record.write(subject, undefined);
      assert.deepEqual(hospital.ehr.repository.all(), before);
    }));

  test('its own proposal is not taken for an open referral; another one is linked', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      const again = await decided({ ...first, reportVersion: 2 }, hospital.record);
      assert.equal(again.facts.decision?.rule, 'R13');
      const other = await decided(stating(), hospital.record);
      assert.equal(other.facts.decision?.rule, 'R10');
      await hospital.record.write(other, undefined);
      assert.deepEqual(taskWords(hospital), ['task-link-to-referral requested', 'task-refer requested']);
      assert.equal(hospital.ehr.repository.all('ServiceRequest').length, 1);
    }));

  test('a corrected report that takes the fracture back withdraws everything, and one that states it again brings it back', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      const silent = await write(hospital, { ...withFacts(first, { reading: makeReading(), finding: makeFinding() }), reportVersion: 2 });
      assert.deepEqual(taskWords(hospital), ['task-refer cancelled']);
      assert.equal(only(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest')).status, 'entered-in-error');
      assert.deepEqual(alive(hospital.ehr.repository.all('Observation')).length, 1);
      await write(hospital, { ...withFacts(silent, { reading: statingReading(['L1']), finding: makeFinding({ L1: 2 }) }), reportVersion: 3 });
      assert.deepEqual(taskWords(hospital), ['task-refer requested']);
      assert.equal(only(hospital.ehr.repository.all<Task>('Task')).statusReason, undefined);
      assert.equal(only(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest')).status, 'draft');
    }));

  test('the key picture shows the model: after a radiologist changed something its title says so', () =>
    inHospital({}, async (hospital) => {
      const picture = { name: 'key-image.png', contentType: 'image/png', bytes: new Uint8Array([137, 80, 78, 71]) };
      const title = () => only(hospital.ehr.repository.all<DiagnosticReport>('DiagnosticReport')).presentedForm?.[0]?.title;
      const first = await decided(stating(), hospital.record);
      await hospital.record.write(first, picture);
      assert.equal(title(), 'Key picture');
      const answers = [makeAnswer('finding-changed', { changes: [{ level: 'L1', grade: 1 }] })];
      await hospital.record.write(await decided(withFacts(first, { answers }), hospital.record), picture);
      assert.equal(title(), 'Key picture as the software measured it, before a radiologist changed it');
    }));

  test('measured, then "cannot say": no measurement stands as the present one, also where the report states the fracture', () =>
    inHospital({}, async (hospital) => {
      const finding = { state: 'cannot-say', reason: 'images-not-found', detail: 'gone from the archive', vertebrae: [], models: [] } as const;
      const observations = () => alive(hospital.ehr.repository.all<Observation>('Observation'));
      const first = await write(hospital, stating());
      assert.ok(observations().length >= 2);
      const after = await write(hospital, withFacts(first, { finding }));
      const summary = only(observations()) as Observation;
      assert.deepEqual([summary.valueCodeableConcept, summary.hasMember, summary.component], [undefined, undefined, undefined]);
      assert.match(summary.dataAbsentReason?.text ?? '', /^The images cannot say/);
      await write(hospital, { ...withFacts(after, { reading: makeReading() }), reportVersion: 2 });
      assert.deepEqual(observations(), [], 'a silent report and images that cannot say: nothing stands');
      assert.deepEqual(alive(hospital.ehr.repository.all('DiagnosticReport')), []);
    }));

  test('the patient’s record was merged into another (ADT^A40): everything moves to the one that stays, also what a nurse accepted', () =>
    inHospital(
      { seed: [ADA, { ...ADA, id: 'ada-kept', identifier: [{ system: 'https://hospital.example/mrn', value: 'P-2002' }] } as Resource] },
      async (hospital) => {
        const first = await write(hospital, stating());
        const accepted = await write(hospital, withFacts(first, { answers: [makeAnswer('referral-accepted')] }));
        await hospital.record.writeLetter(accepted, null);
        const { report } = accepted.facts;
        const moved = withFacts(accepted, { report: { ...report, patient: { ...report.patient, id: { ...report.patient.id, value: 'P-2002' } } } });
        const after = await decided({ ...moved, facts: { ...moved.facts, decision: null } }, hospital.record);
        assert.equal(after.facts.history?.patientReference, 'Patient/ada-kept');
        await hospital.record.write(after, undefined);
        await hospital.record.writeLetter(after, null);
        const about = (one: Resource) =>
          (one as { subject?: { reference?: string } }).subject ?? (one as Task).for ?? (one as { patient?: { reference?: string } }).patient;
        for (const type of ['Observation', 'DiagnosticReport', 'DetectedIssue', 'ServiceRequest', 'Task', 'DocumentReference'] as const)
          assert.deepEqual([type, ...new Set(hospital.ehr.repository.all(type).map((one) => about(one)?.reference))], [type, 'Patient/ada-kept']);
        assert.deepEqual(taskWords(hospital), ['task-refer accepted']);
        assert.equal(hospital.ehr.repository.all('ServiceRequest').length, 2);
        assert.equal(hospital.ehr.repository.all('AuditEvent').filter((one) => JSON.stringify(one).includes('Patient/ada-kept')).length, 1);
      },
    ));

  test('review: confirmed becomes a referral and final Observations; the review Task is done', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, makeCase({ finding: makeFinding({ L1: 2 }) }));
      assert.deepEqual([first.facts.decision?.rule, taskWords(hospital)], ['R05', ['task-radiologist-review requested']]);
      await write(hospital, withFacts(first, { answers: [makeAnswer('finding-confirmed')] }));
      assert.deepEqual(taskWords(hospital), ['task-radiologist-review completed', 'task-refer requested']);
      assert.deepEqual([...new Set(hospital.ehr.repository.all<Observation>('Observation').map((one) => one.status))], ['final']);
      const verifiers = hospital.ehr.repository
        .all('Provenance')
        .map((one) => JSON.stringify(one))
        .filter((text) => text.includes('verifier') && text.includes('Practitioner/rose'));
      assert.equal(verifiers.length, 1);
    }));

  test('review: refuted withdraws the finding and refers nobody', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, makeCase({ finding: makeFinding({ L1: 2 }) }));
      await write(hospital, withFacts(first, { answers: [makeAnswer('finding-refuted', { reasonCode: 'artefact' })] }));
      assert.deepEqual(taskWords(hospital), ['task-radiologist-review completed']);
      assert.deepEqual(alive(hospital.ehr.repository.all('Observation')), []);
      assert.deepEqual(hospital.ehr.repository.all('ServiceRequest'), []);
    }));

  test('accepted: an order in the person’s name, based on the proposal; then done', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      const accepted = await write(hospital, withFacts(first, { answers: [makeAnswer('referral-accepted', { at: '2026-11-23T10:00:00Z' })] }));
      const order = hospital.ehr.repository.all<ServiceRequest>('ServiceRequest').find((one) => one.intent === 'order');
      assert.deepEqual([order?.status, order?.requester?.reference], ['active', 'Practitioner/rose']);
      const task = only(hospital.ehr.repository.all<Task>('Task'));
      assert.deepEqual(
        [task.status, task.intent, task.businessStatus?.coding?.[0]?.code, task.focus?.reference],
        ['accepted', 'order', '3.0', `ServiceRequest/${order?.id}`],
      );
      const answers = [...accepted.facts.answers, makeAnswer('referral-done', { at: '2026-12-20T10:00:00Z' })];
      await write(hospital, withFacts(accepted, { answers }));
      const done = only(hospital.ehr.repository.all<Task>('Task'));
      assert.deepEqual([done.status, done.businessStatus?.coding?.[0]?.code], ['completed', '7.0']);
    }));

  test('scheduled with its day, not attended, scheduled again: BSeR says each, and the order stays the accepter’s', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      const stages = [
        ['referral-accepted', undefined, ['accepted', '3.0', undefined]],
        ['referral-scheduled', '2026-12-03', ['in-progress', '5.1.1', 'Appointment on 2026-12-03']],
        ['referral-unattended', undefined, ['in-progress', '5.1.2', undefined]],
        ['referral-scheduled', undefined, ['in-progress', '5.1.1', undefined]],
      ] as const;
      let subject = first;
      for (const [at, [kind, scheduledFor, wanted]] of stages.entries()) {
        const by = kind === 'referral-accepted' ? 'Practitioner/rose' : 'Practitioner/sam';
        const answer = makeAnswer(kind, { at: `2026-11-2${at}T12:00:00Z`, by, ...(scheduledFor && { scheduledFor }) });
        subject = await write(hospital, withFacts(subject, { answers: [...subject.facts.answers, answer] }));
        const task = only(hospital.ehr.repository.all<Task>('Task'));
        assert.deepEqual([task.status, task.businessStatus?.coding?.[0]?.code, task.businessStatus?.text], wanted);
      }
      const order = hospital.ehr.repository.all<ServiceRequest>('ServiceRequest').find((one) => one.intent === 'order');
      assert.deepEqual([order?.status, order?.requester?.reference], ['active', 'Practitioner/rose']);
      await write(
        hospital,
        withFacts(subject, {
          answers: [...subject.facts.answers, makeAnswer('referral-declined', { at: '2026-11-25T12:00:00Z', by: 'Practitioner/sam' })],
        }),
      );
      const revoked = hospital.ehr.repository.all<ServiceRequest>('ServiceRequest').find((one) => one.intent === 'order');
      assert.deepEqual([revoked?.status, revoked?.requester?.reference], ['revoked', 'Practitioner/rose']);
    }));

  test('declined: Task rejected with the reason, proposal revoked, and the next case of the patient is told so (R12)', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      await write(hospital, withFacts(first, { answers: [makeAnswer('referral-declined', { reasonCode: 'known-to-service' })] }));
      const task = only(hospital.ehr.repository.all<Task>('Task'));
      assert.deepEqual([task.status, task.statusReason?.text, task.businessStatus?.coding?.[0]?.code], ['rejected', 'known-to-service', '4.0']);
      // A word that a health record gave: only as text. What our pages give is coded.
      assert.equal(task.statusReason?.coding, undefined);
      await write(hospital, withFacts(first, { answers: [makeAnswer('referral-declined', { reasonCode: 'known-to-bone-service' })] }));
      assert.deepEqual(only(hospital.ehr.repository.all<Task>('Task')).statusReason, {
        coding: [
          {
            system: 'https://backstop.example/fhir/CodeSystem/decline-reason',
            code: 'known-to-bone-service',
            display: 'Known to the bone service',
          },
        ],
        text: 'Known to the bone service',
      });
      assert.equal(only(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest')).status, 'revoked');
      assert.equal((await decided(stating(), hospital.record)).facts.decision?.rule, 'R12');
      const declined = withFacts(first, { answers: [makeAnswer('referral-declined', { reasonCode: 'known-to-service' })] });
      await write(hospital, { ...declined, reportVersion: 2 });
      assert.deepEqual(taskWords(hospital), ['task-notify requested', 'task-refer rejected']);
      assert.equal(only(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest')).status, 'revoked');
    }));

  test('the clinician’s EHR made the order itself: ours steps back', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      await hospital.ehr.repository.createResource<ServiceRequest>({
        resourceType: 'ServiceRequest',
        id: 'signed',
        status: 'active',
        intent: 'order',
        code: { text: 'Fracture liaison service' },
        subject: { reference: 'Patient/ada' },
      });
      await write(hospital, withFacts(first, { answers: [makeAnswer('card-accepted')] }));
      assert.deepEqual(
        hospital.ehr.repository
          .all<ServiceRequest>('ServiceRequest')
          .map((one) => one.intent)
          .toSorted(),
        ['order', 'proposal'],
      );
      assert.equal(only(hospital.ehr.repository.all<Task>('Task')).focus?.reference, 'ServiceRequest/signed');
    }));

  test('what a nurse did in the EHR is not set back, and her referral is not taken away by a corrected report', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      const accepted = await write(hospital, withFacts(first, { answers: [makeAnswer('referral-accepted')] }));
      const task = only(hospital.ehr.repository.all<Task>('Task')) as Task & { id: string };
      await hospital.ehr.repository.updateResource<Task>({ ...task, status: 'in-progress', owner: { display: 'FLS nurse' } });
      await write(hospital, { ...accepted, reportVersion: 2 });
      assert.deepEqual(
        [only(hospital.ehr.repository.all<Task>('Task')).status, only(hospital.ehr.repository.all<Task>('Task')).owner?.display],
        ['in-progress', 'FLS nurse'],
      );
      await write(hospital, { ...withFacts(accepted, { reading: makeReading(), finding: makeFinding() }), reportVersion: 3 });
      assert.deepEqual(taskWords(hospital), ['task-refer in-progress', 'task-report-corrected requested']);
      assert.equal(hospital.ehr.repository.all<ServiceRequest>('ServiceRequest').find((one) => one.intent === 'order')?.status, 'active');
    }));

  test('changed by somebody else between our read and our write: theirs and ours both stand', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      const corrected = await decided({ ...withFacts(first, { reading: statingReading(['L1', 'T8']) }), reportVersion: 2 }, hospital.record);
      const onTask = (method: string, url: string) => method === 'PUT' && url.startsWith('Task/');
      hospital.ehr.faults.add('412', { match: onTask });
      await hospital.record.write(corrected, undefined);
      assert.match(only(hospital.ehr.repository.all<Task>('Task')).description ?? '', /2 vertebral fractures/);
    }));

  test('a whole case is withdrawn by its id', () =>
    inHospital({}, async (hospital) => {
      const first = await write(hospital, stating());
      assert.ok((await hospital.record.withdraw(first.id)) >= 7);
      const left = alive(hospital.ehr.repository.all()).map((resource) => resource.resourceType);
      assert.deepEqual([...new Set(left)].toSorted(), ['AuditEvent', 'Device', 'Patient', 'Provenance']);
      assert.equal(await hospital.record.withdraw(first.id), 0);
    }));
});

describe('habits of real EHRs', () => {
  const writtenWith = async (hospital: Hospital) => hospital.record.write(await decided(stating(), hospital.record), undefined);

  test('ServiceRequest refused (Epic): told, and everything else stands without it', () =>
    inHospital({ refuses: ['ServiceRequest'] }, async (hospital) => {
      const written = await writtenWith(hospital);
      assert.deepEqual(
        written.filter((result) => result.refused).map((result) => [result.role, result.refused, result.id]),
        [['proposal', '403 forbidden', '']],
      );
      const task = only(hospital.ehr.repository.all<Task>('Task'));
      assert.equal(task.focus, undefined);
      assert.equal(task.input?.find((input) => input.valueReference)?.valueReference?.reference?.startsWith('DiagnosticReport/'), true);
    }));

  test('only laboratory and vital signs as Observations (Oracle Health): report, proposal and Task stand', () =>
    inHospital({ observationCategories: ['laboratory', 'vital-signs'] }, async (hospital) => {
      const written = await writtenWith(hospital);
      assert.deepEqual(
        written.filter((result) => result.refused).map((result) => result.role),
        ['vertebra T8', 'vertebra L1', 'summary'],
      );
      assert.equal(hospital.ehr.repository.all('Task').length, 1);
    }));

  test('everything refused is a fault for a person', () =>
    inHospital(
      { refuses: ['Device', 'Observation', 'DiagnosticReport', 'DetectedIssue', 'ServiceRequest', 'Provenance', 'AuditEvent', 'Task'] },
      async (hospital) => {
        await assert.rejects(writtenWith(hospital), (error) => error instanceof AskAHuman && error.code === 'FHIR_ALL_REFUSED');
      },
    ));

  test('201 without a body: the id is found', () =>
    inHospital({ minimalReturn: true }, async (hospital) => {
      const written = await writtenWith(hospital);
      assert.ok(written.every((result) => result.id !== '' && result.versionId !== null));
      assert.equal(hospital.ehr.repository.all('Task').length, 1);
    }));

  for (const habit of ['warnsOnEmptySearch', 'absoluteReferences', 'movesAttachments'] as const)
    test(`${habit}: a second run changes nothing, and a correction changes each once`, () =>
      inHospital({ [habit]: true }, async (hospital) => {
        const subject = await decided(stating(), hospital.record);
        const picture = { name: 'key-image.png', contentType: 'image/png', bytes: new Uint8Array([137, 80, 78, 71]) };
        await hospital.record.write(subject, picture);
        const before = hospital.ehr.repository.all();
        await hospital.record.write(subject, picture);
        assert.deepEqual(hospital.ehr.repository.all(), before);
        const corrected = await decided({ ...withFacts(subject, { reading: statingReading(['L1', 'T8']) }), reportVersion: 2 }, hospital.record);
        await hospital.record.write(corrected, picture);
        assert.match(only(hospital.ehr.repository.all<Task>('Task')).description ?? '', /2 vertebral fractures/);
      }));

  test('slow: within the time limit it is only slow, beyond it the queue tries again and nothing is there twice', () =>
    inHospital({ slowMs: 20 }, async (hospital) => {
      await writtenWith(hospital);
      assert.equal(hospital.ehr.repository.all('Task').length, 1);
      const hasty = makeHealthRecord({ baseUrl: hospital.ehr.url, auth: null, clock: CLOCK, timeoutMs: 50 });
      const subject = await decided(stating(), hospital.record);
      hospital.ehr.habits = { slowMs: 400 };
      await assert.rejects(hasty.write(subject, undefined), (error) => error instanceof TryLater && error.code === 'FHIR_TIMEOUT');
      hospital.ehr.habits = {};
      await hospital.record.write(subject, undefined);
      await hospital.record.write(subject, undefined);
      const keys = hospital.ehr.repository.all<Observation>('Observation').map((one) => one.identifier?.[0]?.value);
      assert.equal(new Set(keys).size, keys.length);
    }));

  test('more than eight resources: no transaction is ever sent, so Medplum’s limit is none', () =>
    inHospital({}, async (hospital) => {
      const written = await writtenWith(hospital);
      assert.ok(written.length > 8);
      assert.deepEqual(
        hospital.ehr.requests.filter((request) => request.url === ''),
        [],
      );
    }));

  test('If-None-Exist ignored: a second run still makes nothing twice', () =>
    inHospital({ ignoresIfNoneExist: true }, async (hospital) => {
      const subject = await decided(stating(), hospital.record);
      await hospital.record.write(subject, undefined);
      const count = hospital.ehr.repository.all().length;
      await hospital.record.write(subject, undefined);
      assert.equal(hospital.ehr.repository.all().length, count);
    }));

  test('two processes at once on a record that races: the next run leaves one of each alive', () =>
    inHospital({ duplicatesOnRace: true, validates: false }, async (hospital) => {
      const subject = await decided(stating(), hospital.record);
      const other = makeHealthRecord({ baseUrl: hospital.ehr.url, auth: null, clock: CLOCK });
      await Promise.all([hospital.record.write(subject, undefined), other.write(subject, undefined)]);
      await hospital.record.write(subject, undefined);
      for (const type of ['Observation', 'DiagnosticReport', 'DetectedIssue', 'ServiceRequest', 'Task'] as const) {
        const keys = alive(hospital.ehr.repository.all(type)).map((one) => (one as Task).identifier?.[0]?.value);
        assert.equal(new Set(keys).size, keys.length, type);
      }
    }));
});

test('a patient on treatment: a Task of its own and no referral', () =>
  inHospital({}, async (hospital) => {
    const history = makeHistory({ boneDrugs: known(['Alendronic acid 70 mg']) });
    const subject = await decided(stating(), { ...hospital.record, history: async () => history });
    await hospital.record.write(subject, undefined);
    assert.deepEqual(taskWords(hospital), ['task-fracture-on-treatment requested']);
    assert.deepEqual(hospital.ehr.repository.all('ServiceRequest'), []);
  }));
