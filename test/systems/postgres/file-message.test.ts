import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { accession } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import type { CaseStore, RawMessage } from '#src/ports.ts';
import { makeCaseStore } from '#src/systems/postgres/case-store.ts';
import { makeJtiStore } from '#src/systems/postgres/jti-store.ts';
import * as sql from '#src/systems/postgres/queries.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { type Inbox, makeInbox } from '#test/inbox.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';
import { makeFinding, makeHistory, makeReading } from '../../fakes/make-case.ts';
import { makeReport } from '../../fakes/make-report.ts';

let database: TestDatabase;
let store: CaseStore;
let inbox: Inbox;
let jobs: ReturnType<typeof makeJobs>;

before(async () => {
  database = await testDatabase();
  jobs = makeJobs({ pool: database.pool, log: makeLog({ level: 'silent' }) });
  store = makeCaseStore({ pool: database.pool, enqueue: jobs.enqueue });
  inbox = makeInbox({ pool: database.pool, enqueue: jobs.enqueue });
});
after(async () => {
  await jobs.close();
  await database.close();
});

function message(changes: Partial<RawMessage> = {}): RawMessage {
  return {
    source: 'test',
    sendingApplication: 'RIS',
    sendingFacility: 'HOSP',
    controlId: randomUUID(),
    messageType: 'ORU^R01',
    bytes: Buffer.from(randomUUID()),
    charset: 'utf-8',
    remoteAddress: '127.0.0.1',
    flags: [],
    ...changes,
  };
}
const jobCount = async (): Promise<number> => (await database.pool.query('SELECT 1 FROM bullmq.job')).rowCount ?? 0;
const report = (number: string) => makeReport({ accession: accession(number) ?? null });

test('a report becomes a case with its first job; the same message again changes nothing', async () => {
  const jobsBefore = await jobCount();
  const sent = message();
  const first = await inbox.receive(sent, report('A-1'), null);
  assert.equal(first.kind, 'stored');
  assert.equal(await jobCount(), jobsBefore + 1);
  const again = await inbox.receive(sent, report('A-1'), null);
  assert.deepEqual(again, { kind: 'duplicate', messageId: first.messageId });
  assert.equal(await jobCount(), jobsBefore + 1);
  assert.ok(first.kind === 'stored' && first.caseId);
  const stored = await store.load(first.caseId);
  assert.equal(stored?.state, 'received');
  assert.equal(stored?.facts.report.accession, 'A-1');
});

test('the same control id with other bytes is a new message and is flagged', async () => {
  const sent = message();
  await inbox.receive(sent, null, null);
  const other = await inbox.receive({ ...sent, bytes: Buffer.from('other') }, null, null);
  assert.equal(other.kind, 'stored');
  const row = await database.pool.query<{ flags: string[] }>('SELECT flags FROM backstop.message WHERE id = $1', [other.messageId]);
  assert.deepEqual(row.rows[0]?.flags, ['control-id-reused']);
});

test('a corrected report takes its case back to the start; a late preliminary does not', async () => {
  const first = await inbox.receive(message(), report('A-2'), null);
  assert.ok(first.kind === 'stored' && first.caseId);
  const corrected = await inbox.receive(message(), { ...report('A-2'), status: 'corrected', text: 'FINDINGS: T12 fracture.' }, null);
  assert.ok(corrected.kind === 'stored');
  assert.equal(corrected.caseId, first.caseId);
  await inbox.receive(message(), { ...report('A-2'), status: 'preliminary', text: 'late' }, null);
  const stored = await store.load(first.caseId);
  assert.equal(stored?.reportVersion, 2);
  assert.equal(stored?.facts.report.text, 'FINDINGS: T12 fracture.');
  const events = await store.events(first.caseId);
  assert.equal(events.length, 3);
  assert.match(events[2]?.detail ?? '', /late-preliminary/);
});

test('the same report under another control id is kept and moves nothing', async () => {
  const first = await inbox.receive(message(), report('A-10'), null);
  assert.ok(first.kind === 'stored' && first.caseId);
  const [before, jobsBefore] = [await store.load(first.caseId), await jobCount()];
  const again = await inbox.receive(message(), report('A-10'), null);
  assert.ok(again.kind === 'stored' && again.caseId === first.caseId);
  assert.deepEqual(await store.load(first.caseId), before);
  assert.equal(await jobCount(), jobsBefore);
  assert.match((await store.events(first.caseId)).at(-1)?.detail ?? '', /nothing new in it/);
});

test('an unusable report is a parked case with its reason and no job; a message of no report is kept', async () => {
  const jobsBefore = await jobCount();
  const parked = await inbox.receive(message(), makeReport({ accession: null, accessionCandidates: [] }), {
    code: 'HL7_NO_ACCESSION',
    text: 'no accession',
  });
  assert.ok(parked.kind === 'stored' && parked.caseId);
  const stored = await store.load(parked.caseId);
  assert.equal(stored?.state, 'parked');
  assert.equal(stored?.facts.stopped?.code, 'HL7_NO_ACCESSION');
  assert.equal(await jobCount(), jobsBefore);
  const quarantined = await inbox.receive(message({ bytes: Buffer.from([0xff, 0x00]) }), null, { code: 'HL7_GARBAGE', text: 'not HL7' });
  assert.deepEqual(quarantined, { kind: 'stored', messageId: quarantined.messageId, caseId: null });
});

test('when the job cannot be added, there is no case, and the message waits on', async () => {
  const failing = makeInbox({
    pool: database.pool,
    enqueue: () => Promise.reject(new Error('queue down')),
  });
  const sent = message();
  await assert.rejects(failing.receive(sent, report('A-9'), null), /queue down/);
  const rows = await database.pool.query('SELECT unfiled IS NOT NULL AS waits FROM backstop.message WHERE control_id = $1', [sent.controlId]);
  assert.deepEqual(rows.rows, [{ waits: true }]);
  assert.equal((await database.pool.query("SELECT 1 FROM backstop.cases WHERE case_key LIKE '%A-9'")).rowCount, 0);
});

test('two messages about one examination at the same time make one case', async () => {
  const results = await Promise.all(Array.from({ length: 8 }, () => inbox.receive(message(), report('A-3'), null)));
  const ids = new Set(results.map((result) => (result.kind === 'stored' ? result.caseId : 'duplicate')));
  assert.equal(ids.size, 1);
});

test('a patient merge moves the cases of the old number, but not those of another authority', async () => {
  const old = makeReport({ accession: accession('M-1') ?? null });
  const mine = await inbox.receive(message(), { ...old, patient: { ...old.patient, id: { value: 'OLD-7', authority: 'HOSP', type: 'MR' } } }, null);
  const other = await inbox.receive(
    message(),
    { ...old, accession: accession('M-2') ?? null, patient: { ...old.patient, id: { value: 'OLD-7', authority: 'ELSEWHERE', type: 'MR' } } },
    null,
  );
  await inbox.merge(message({ messageType: 'ADT^A40' }), [
    { source: 'test', from: [{ value: 'OLD-7', authority: 'HOSP', type: 'MR' }], into: [{ value: 'NEW-7', authority: 'HOSP', type: 'MR' }] },
  ]);
  assert.ok(mine.kind === 'stored' && mine.caseId && other.kind === 'stored' && other.caseId);
  assert.equal((await store.load(mine.caseId))?.facts.report.patient.id.value, 'NEW-7');
  assert.equal((await store.load(other.caseId))?.facts.report.patient.id.value, 'OLD-7');
});

test('a merged case that was decided is decided anew, so that its card is shown in the chart that stays', async () => {
  const old = makeReport({ accession: accession('M-3') ?? null });
  const stored = await inbox.receive(message(), { ...old, patient: { ...old.patient, id: { value: 'OLD-8', authority: 'HOSP', type: 'MR' } } }, null);
  assert.ok(stored.kind === 'stored' && stored.caseId);
  await database.pool.query(
    "UPDATE backstop.cases SET state = 'written', patient_reference = 'Patient/old', facts = facts || $2::jsonb WHERE id = $1",
    [
      stored.caseId,
      JSON.stringify({
        reading: makeReading(),
        finding: makeFinding({ L1: 2 }),
        history: makeHistory(),
        decision: { rule: 'R14', outcome: 'refer' },
      }),
    ],
  );
  const jobsBefore = await jobCount();
  await inbox.merge(message({ messageType: 'ADT^A40' }), [
    { source: 'test', from: [{ value: 'OLD-8', authority: 'HOSP', type: 'MR' }], into: [{ value: 'NEW-8', authority: 'HOSP', type: 'MR' }] },
  ]);
  const moved = await store.load(stored.caseId);
  assert.equal(moved?.state, 'measured');
  assert.equal(moved.facts.report.patient.id.value, 'NEW-8');
  assert.equal(await jobCount(), jobsBefore + 1);
  assert.deepEqual(await store.cardRows('Patient/old'), [], 'the old chart shows nothing any more');
});

test('advancing commits state, event and next job once; a second run of the same step changes nothing', async () => {
  const received = await inbox.receive(message(), report('A-4'), null);
  assert.ok(received.kind === 'stored' && received.caseId);
  const current = await store.load(received.caseId);
  assert.ok(current);
  const jobsBefore = await jobCount();
  assert.equal(await store.advance(current, 'read-report', { to: 'read', detail: 'read' }, 5), true);
  assert.equal(await store.advance(current, 'read-report', { to: 'read', detail: 'read' }, 5), false);
  assert.equal(await jobCount(), jobsBefore + 1);
  assert.equal((await store.events(current.id)).length, 2);
  await assert.rejects(
    store.advance({ ...current, state: 'received' }, 'x', { to: 'written', detail: '' }, 1),
    /may not move a case from received to written/,
  );
});

test('an answer counts once by its key', async () => {
  const received = await inbox.receive(message(), report('A-5'), null);
  assert.ok(received.kind === 'stored' && received.caseId);
  const answer = {
    kind: 'card-overridden',
    at: '2026-11-20T12:00:00Z',
    by: 'Practitioner/1',
    reasonCode: 'not-relevant',
    reasonText: null,
    key: 'k1',
  } as const;
  assert.equal(await store.recordAnswer(received.caseId, answer, () => null), true);
  assert.equal(await store.recordAnswer(received.caseId, answer, () => null), false);
  assert.equal((await store.load(received.caseId))?.facts.answers.length, 1);
});

test('a token id is new once, the same request is a retry, another request is a replay', async () => {
  const jti = makeJtiStore(database.pool);
  const later = new Date(Date.now() + 60_000);
  assert.equal(await jti.remember('iss', 'j1', 'h1', later), 'new');
  assert.equal(await jti.remember('iss', 'j1', 'h1', later), 'same');
  assert.equal(await jti.remember('iss', 'j1', 'h2', later), 'replayed');
  assert.equal(await jti.remember('other', 'j1', 'h2', later), 'new');
});

test('the hook, the sweep and the door use their indexes', async () => {
  const plan = async (text: string, values: unknown[]): Promise<string> => {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      // On a table of a few rows a sequential scan is cheaper: ask for the plan that growth will choose.
      await client.query('SET LOCAL enable_seqscan = off');
      const rows = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      return rows.rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };
  assert.match(await plan(sql.cardRows, ['Patient/1']), /Index Scan using cases_patient/);
  assert.match(await plan(sql.standingCases, ['received', 1000, '2026-01-01', '00000000-0000-0000-0000-000000000000']), /cases_state/);
  assert.match(await plan(sql.listEvents, [randomUUID()]), /case_event_case/);
  assert.match(await plan(sql.findMessage, ['s', 'a', 'f', 'c', Buffer.from('x')]), /message_once/);
});

test('one message with two reports makes two cases', async () => {
  const both = await inbox.receive(message(), report('G-1'), null, [{ report: report('G-2'), unusable: null }]);
  assert.equal(both.kind, 'stored');
  const found = await database.pool.query("SELECT 1 FROM backstop.cases WHERE case_key LIKE '%accession|G-%'");
  assert.equal(found.rowCount, 2);
});

test('a newer version that is unusable parks the case with its reason', async () => {
  const first = await inbox.receive(message(), report('U-1'), null);
  assert.ok(first.kind === 'stored' && first.caseId);
  const newer = { ...report('U-1'), status: 'corrected', text: 'FINDINGS: changed.' } as const;
  await inbox.receive(message(), newer, { code: 'HL7_NO_PATIENT_ID', text: 'no patient id' });
  const stored = await store.load(first.caseId);
  assert.equal(stored?.state, 'parked');
  assert.equal(stored?.facts.stopped?.code, 'HL7_NO_PATIENT_ID');
});
