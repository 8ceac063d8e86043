/** The steps decide and write-record with small fakes of their ports. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StudyFinding } from '#src/case/finding.ts';
import type { PatientHistory } from '#src/case/referral.ts';
import { CORRECTION_NOT_READ } from '#src/case/report-version.ts';
import { AskAHuman, TryLater } from '#src/lib/errors.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { notRead } from '#src/reading/not-read.ts';
import type { DecidePorts } from '#src/steps/decide.ts';
import { decide } from '#src/steps/decide.ts';
import { readReport } from '#src/steps/read-report.ts';
import { writeRecord } from '#src/steps/write-record.ts';
import { known, makeAnswer, makeCase, makeFinding, makeHistory, makeReading, statingReading } from '#test/fakes/make-case.ts';
import { makeReport } from '#test/fakes/make-report.ts';

const policy = loadPolicy();
const clock = { now: () => new Date('2026-11-23T23:59:00Z') };

function ports(
  patient: Awaited<ReturnType<DecidePorts['record']['findPatient']>> = { kind: 'found', reference: 'Patient/ada' },
  history: PatientHistory = makeHistory(),
) {
  const asked: string[] = [];
  const record: DecidePorts['record'] = {
    findPatient: async () => patient,
    history: async (reference, forCase) => {
      asked.push(`${reference} ${forCase}`);
      return history;
    },
  };
  return { ports: { record, clock }, asked };
}

describe('decide', () => {
  test('a stated fracture is decided with the history of the patient, its own case left out', async () => {
    const { ports: tools, asked } = ports();
    const subject = makeCase({ reading: statingReading(['L1']) });
    const result = await decide(subject, tools, policy);
    assert.deepEqual([result.to, result.facts?.decision?.rule, result.facts?.stopped], ['decided', 'R13', null]);
    assert.deepEqual(asked, [`Patient/ada ${subject.id}`]);
    assert.equal(result.facts?.decision?.inputs?.decidedOn, '2026-11-23');
  });
  for (const [kind, code] of [
    ['none', 'PATIENT_NOT_FOUND'],
    ['many', 'PATIENT_AMBIGUOUS'],
    ['mismatch', 'PATIENT_MISMATCH'],
  ] as const) {
    test(`patient ${kind}: parked with ${code}, the decision kept, nothing lost`, async () => {
      const { ports: tools, asked } = ports({ kind, detail: 'the date of birth differs' });
      const result = await decide(makeCase({ reading: statingReading(['L1']) }), tools, policy);
      assert.deepEqual([result.to, result.facts?.stopped?.code, result.facts?.decision?.rule, result.facts?.history], ['parked', code, 'R00', null]);
      assert.deepEqual(asked, []);
    });
  }
  test('images cannot say and the report is silent: closed as an exception with the reason, not as nothing', async () => {
    const finding = { state: 'cannot-say', reason: 'too-few-vertebrae', detail: 'x', vertebrae: [], models: [] } as const;
    const result = await decide(makeCase({ finding }), ports().ports, policy);
    assert.deepEqual([result.to, result.facts?.stopped?.code, result.facts?.decision?.outcome], ['closed', 'IMAGES_TOO_FEW_VERTEBRAE', 'exception']);
    assert.match(result.facts?.stopped?.text ?? '', /cannot say: too few vertebrae/);
  });
  test('deceased: closed', async () => {
    const result = await decide(
      makeCase({ reading: statingReading(['L1']) }),
      ports(undefined, makeHistory({ deceased: known(true) })).ports,
      policy,
    );
    assert.deepEqual([result.to, result.facts?.stopped?.code], ['closed', 'NOTHING_TO_DO']);
  });
  test('no fracture: goes on to be written, so that "none from T5 to L4" stands in the record', async () => {
    assert.equal((await decide(makeCase(), ports().ports, policy)).to, 'decided');
  });
  test('what was written before must be taken back, so it goes on to the write step whatever is decided', async () => {
    const resources = [{ resourceType: 'Task', id: '1', versionId: '1', key: 'k' }];
    const subject = makeCase({ resources, history: makeHistory(), report: makeReport({ status: 'cancelled' }) });
    assert.equal((await decide(subject, ports().ports, policy)).to, 'decided');
    assert.equal(
      (await decide({ ...subject, facts: { ...subject.facts, history: null } }, ports({ kind: 'none', detail: 'x' }).ports, policy)).to,
      'parked',
    );
  });
  test('a write that was broken off is taken back too, although it left no list of what it wrote', async () => {
    const first = await decide(makeCase({ reading: statingReading(['L1']) }), ports().ports, policy);
    const facts = { decision: first.facts?.decision ?? null, history: makeHistory(), report: makeReport({ status: 'cancelled' }) };
    assert.equal((await decide(makeCase({ ...facts, reading: statingReading(['L1']) }), ports().ports, policy)).to, 'decided');
    const again = { ...facts, decision: { ...first.facts!.decision!, rule: 'R00', outcome: 'nothing' } as const };
    assert.equal((await decide(makeCase({ ...again, reading: statingReading(['L1']) }), ports().ports, policy)).to, 'closed', 'nothing was written');
  });
  test('a cancelled report closes its case at once, unless something of it may stand in the health record', async () => {
    const report = makeReport({ status: 'cancelled' });
    assert.equal(readReport(makeCase({ report, reading: null })).to, 'closed');
    const resources = [{ resourceType: 'Task', id: '1', versionId: '1', key: 'k' }];
    const read = readReport(makeCase({ report, reading: null, resources, history: makeHistory() }));
    assert.equal(read.to, 'measured');
    const subject = makeCase({ report, resources, history: makeHistory(), reading: read.facts?.reading ?? null });
    assert.equal((await decide(subject, ports().ports, policy)).to, 'decided', 'on to the write step, which withdraws');
  });
  test('a report without words of its own goes on to its images and is never read as silent', () => {
    const heard = (text: string) => readReport(makeCase({ report: makeReport({ text }), reading: null, finding: null }));
    for (const text of ['', ' \n--\n', 'See attached report.', 'Please refer to the scanned document'])
      assert.deepEqual([heard(text).to, heard(text).facts?.reading?.fracture], ['read', 'not-read'], text);
    for (const text of ['Normal.', 'See attached report. No fracture.', 'Refer to the fracture liaison service.'])
      assert.notEqual(heard(text).facts?.reading?.fracture, 'not-read', text);
  });
  test('words that a document has corrected since: what they state stands, their silence or denial does not', () => {
    const heard = (text: string, flags: readonly string[]) => readReport(makeCase({ report: makeReport({ text, flags }), reading: null }));
    const flags = ['text-of-earlier-version', CORRECTION_NOT_READ];
    assert.equal(heard('Compression fracture of L1.', flags).facts?.reading?.fracture, 'stated');
    assert.equal(heard('No vertebral fracture.', flags).facts?.reading?.fracture, 'not-read');
    assert.equal(heard('Normal liver.', flags).facts?.reading?.fracture, 'not-read');
    assert.equal(heard('No vertebral fracture.', ['text-of-earlier-version']).facts?.reading?.fracture, 'denied');
  });
  test('a report that could not be read: a fracture goes on, none is an exception of its own code; a fault of the images keeps its code', async () => {
    const reading = notRead();
    assert.equal((await decide(makeCase({ reading, finding: makeFinding({ L1: 2 }) }), ports().ports, policy)).to, 'decided');
    const told = async (finding: StudyFinding) => {
      const result = await decide(makeCase({ reading, finding }), ports().ports, policy);
      return [result.to, result.facts?.stopped?.code];
    };
    const cannotSay = (reason: 'too-few-vertebrae' | 'archive-failed') =>
      ({ state: 'cannot-say', reason, detail: 'x', vertebrae: [], models: [] }) as const;
    assert.deepEqual(await told(makeFinding()), ['closed', 'REPORT_NO_TEXT']);
    assert.deepEqual(await told(cannotSay('too-few-vertebrae')), ['closed', 'REPORT_NO_TEXT']);
    assert.deepEqual(await told(cannotSay('archive-failed')), ['closed', 'IMAGES_ARCHIVE_FAILED']);
  });
  test('an acceptance leaves the decision; a confirmation is weighed', async () => {
    const first = makeCase({ reading: makeReading(), finding: makeFinding({ L1: 2 }) });
    const decision = (await decide(first, ports().ports, policy)).facts?.decision ?? null;
    assert.equal(decision?.rule, 'R05');
    const accepted = { ...first, facts: { ...first.facts, decision, answers: [makeAnswer('referral-accepted')] } };
    assert.deepEqual(await decide(accepted, ports().ports, policy), { to: 'decided', detail: 'R05 stands: only answers about the referral came' });
    const confirmed = { ...first, facts: { ...first.facts, decision, answers: [makeAnswer('finding-confirmed')] } };
    assert.equal((await decide(confirmed, ports().ports, policy)).facts?.decision?.rule, 'R13');
  });
  test('a report that was never read needs a person; a record that is down is tried later', async () => {
    await assert.rejects(decide(makeCase({ reading: null }), ports().ports, policy), AskAHuman);
    const down = { ...ports().ports.record, findPatient: () => Promise.reject(new TryLater('down', { code: 'FHIR_UNREACHABLE', phase: 'connect' })) };
    await assert.rejects(decide(makeCase(), { record: down, clock }, policy), TryLater);
  });
  test('no name, identifier or date of birth in the detail', async () => {
    const { detail } = await decide(makeCase({ reading: statingReading(['L1']) }), ports().ports, policy);
    assert.equal(detail, 'R13 refer, urgent');
  });
});

describe('write-record', () => {
  const written = [
    { resourceType: 'Task', id: '7', versionId: '1', key: 'k', role: 'task refer' },
    { resourceType: 'ServiceRequest', id: '', versionId: null, key: 'l', role: 'proposal', refused: '403' },
  ];
  const decidedCase = async () => {
    const subject = makeCase({ reading: statingReading(['L1']) });
    return { ...subject, facts: { ...subject.facts, ...(await decide(subject, ports().ports, policy)).facts } };
  };
  test('hands the key picture on, keeps what was written, tells what was refused', async () => {
    const picture = { name: 'key-image.png', contentType: 'image/png', bytes: new Uint8Array([1]) };
    let handed: unknown;
    const record = { write: async (_: unknown, image: unknown) => ((handed = image), written) };
    const store = { artifact: async (_: string, name: string) => (name === 'key-image.png' ? picture : undefined) };
    const result = await writeRecord(await decidedCase(), { record, store });
    assert.deepEqual(result, { to: 'written', facts: { resources: written }, detail: '1 resources in the health record; refused: proposal (403)' });
    assert.equal(handed, picture);
  });
  test('shadow mode writes nothing', async () => {
    const record = { write: () => Promise.reject(new Error('must not be called')) };
    const result = await writeRecord(await decidedCase(), { record, store: { artifact: async () => undefined } }, { shadow: true });
    assert.deepEqual([result.to, result.facts], ['written', { resources: [] }]);
  });
  test('a case without a decision or a patient is for a person', async () => {
    const record = { write: async () => written };
    await assert.rejects(writeRecord(makeCase(), { record, store: { artifact: async () => undefined } }), AskAHuman);
  });
});
