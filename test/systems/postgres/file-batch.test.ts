/** Messages stored in groups: the same rows as one by one, and the same answers, whatever comes together. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { accession } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import type { RawMessage } from '#src/ports.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';
import { makeReport } from '../../fakes/make-report.ts';
import { type FiledInbox, type Inbox, makeFiledInbox, makeInbox } from '../../inbox.ts';

let database: TestDatabase;
let jobs: ReturnType<typeof makeJobs>;
let grouped: FiledInbox;
let single: Inbox;

before(async () => {
  database = await testDatabase();
  jobs = makeJobs({ pool: database.pool, log: makeLog({ level: 'silent' }) });
  grouped = makeFiledInbox({ pool: database.pool, jobs, source: 'grouped' });
  single = makeInbox({ pool: database.pool, enqueue: jobs.enqueue });
});
after(async () => {
  await grouped?.close();
  await jobs?.close();
  await database?.close();
});

function message(changes: Partial<RawMessage> = {}): RawMessage {
  const text = { source: 'test', sendingApplication: 'RIS', sendingFacility: 'HOSP', messageType: 'ORU^R01', charset: 'utf-8' };
  return { ...text, controlId: randomUUID(), bytes: Buffer.from(randomUUID()), remoteAddress: '127.0.0.1', flags: ['batch'], ...changes };
}
const report = (number: string | null, source = 'test') => makeReport({ accession: number === null ? null : (accession(number) ?? null), source });
const fault = { code: 'HL7_NO_PATIENT_ID', text: 'no usable patient identifier' };

/** Every row that one message left, without ids and times. */
async function rowsOf(messageId: string): Promise<unknown> {
  const one = async (text: string): Promise<Record<string, unknown>[]> => (await database.pool.query(text, [messageId])).rows;
  const cases = 'SELECT case_id FROM backstop.case_report WHERE message_id = $1';
  const found = {
    message: await one('SELECT * FROM backstop.message WHERE id = $1'),
    cases: await one(`SELECT * FROM backstop.cases WHERE id IN (${cases})`),
    reports: await one('SELECT * FROM backstop.case_report WHERE message_id = $1'),
    events: await one(`SELECT * FROM backstop.case_event WHERE case_id IN (${cases})`),
    jobs: await one(`SELECT j.* FROM bullmq.job j JOIN (${cases}) c ON starts_with(j.id, c.case_id::text)`),
    jobEvents: await one(`SELECT e.* FROM bullmq.event e JOIN (${cases}) c ON starts_with(e.data ->> 'jobId', c.case_id::text) ORDER BY e.id`),
  };
  const caseId = String(found.cases[0]?.['id']);
  const changing = new Set([
    'id',
    'received_at',
    'created_at',
    'updated_at',
    'at',
    'seq',
    'added_at_ms',
    'created_at_ms',
    'control_id',
    'sha256',
    'bytes',
  ]);
  return JSON.parse(
    JSON.stringify(found, (key, value: unknown) => (changing.has(key) ? typeof value : value))
      .replaceAll(caseId, 'THE CASE')
      .replaceAll(messageId, 'THE MESSAGE'),
  );
}

test('the same rows as when it is stored by itself, job and its events included', async () => {
  const bytes = Buffer.from('the same message');
  for (const unusable of [null, fault]) {
    const control = randomUUID();
    const made = await grouped.receive(message({ controlId: control, source: 'grouped', bytes }), report('EQ-1', 'grouped'), unusable);
    const wanted = await single.receive(
      message({ controlId: control, source: 'grouped', bytes, sendingFacility: 'B' }),
      report('EQ-2', 'grouped'),
      unusable,
    );
    const plain = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows).replaceAll('EQ-2', 'EQ-1').replaceAll('"B"', '"HOSP"'));
    assert.deepEqual(plain(await rowsOf(made.messageId)), plain(await rowsOf(wanted.messageId)));
    await database.pool.query(`UPDATE backstop.cases SET case_key = case_key || $1 WHERE source = 'grouped'`, [control]);
  }
});

test('forty at once from as many connections: each has its own bytes, case and job', async () => {
  const sent = Array.from({ length: 40 }, (_, n) => ({ raw: message({ bytes: Buffer.from(`message ${n} é`.repeat(n + 1)) }), number: `F-${n}` }));
  const received = await Promise.all(sent.map(({ raw, number }) => grouped.receive(raw, report(number), null)));
  for (const [n, one] of received.entries()) {
    assert.ok(one.kind === 'stored' && one.caseId);
    const row = (await database.pool.query('SELECT bytes, sha256 = sha256(bytes) AS whole FROM backstop.message WHERE id = $1', [one.messageId]))
      .rows[0];
    assert.deepEqual(row, { bytes: sent[n]?.raw.bytes, whole: true });
    const found = await database.pool.query(`SELECT facts #>> '{report,accession}' AS number FROM backstop.cases WHERE id = $1`, [one.caseId]);
    assert.equal(found.rows[0]?.number, `F-${n}`);
    assert.equal((await database.pool.query('SELECT 1 FROM bullmq.job WHERE id = $1', [`${one.caseId}.read-report.1`])).rowCount, 1);
  }
});

test('a message sent twice at the same moment is stored once and answered twice', async () => {
  const raw = message();
  const [first, again] = await Promise.all([grouped.receive(raw, report('D-1'), null), grouped.receive(raw, report('D-1'), null)]);
  assert.equal(first.kind, 'stored');
  assert.deepEqual(again, { kind: 'duplicate', messageId: first.messageId });
  assert.deepEqual(await grouped.receive(raw, report('D-1'), null), again);
});

test('two processes that store the same message at the same moment: once', async () => {
  const other = makeFiledInbox({ pool: database.pool, jobs });
  for (let n = 0; n < 20; n += 1) {
    const raw = message();
    const both = await Promise.all([grouped, other].map((inbox) => inbox.receive(raw, report(n % 2 ? `P-${n}` : null), null)));
    assert.deepEqual(both.map((one) => one.kind).toSorted(), ['duplicate', 'stored']);
    assert.equal(new Set(both.map((one) => one.messageId)).size, 1);
  }
  await other.close();
});

test('the same control id with other bytes is new and flagged; a message type without a case is stored', async () => {
  const first = message();
  const [, second, adt] = await Promise.all([
    grouped.receive(first, report('C-1'), null),
    grouped.receive({ ...first, bytes: Buffer.from('others') }, report('C-2'), null),
    grouped.receive(message({ messageType: 'ADT^A08' }), null, null),
  ]);
  const flags = await database.pool.query('SELECT flags FROM backstop.message WHERE id = $1', [second?.messageId]);
  assert.deepEqual(flags.rows[0]?.flags, ['batch', 'control-id-reused']);
  assert.deepEqual(adt, { kind: 'stored', messageId: adt?.messageId, caseId: null });
});

test('a correction that comes together with its report is its second version', async () => {
  const corrected = { ...report('V-1'), status: 'corrected' as const, text: 'Another text with a fracture of T12.' };
  const [first, second] = await Promise.all([grouped.receive(message(), report('V-1'), null), grouped.receive(message(), corrected, null)]);
  assert.ok(first?.kind === 'stored' && second?.kind === 'stored');
  assert.equal(second.caseId, first.caseId);
  const versions = await database.pool.query('SELECT report_version FROM backstop.cases WHERE id = $1', [first.caseId]);
  assert.equal(versions.rows[0]?.report_version, 2);
});

test('workers are told of the new jobs', async () => {
  const listening = await database.pool.connect();
  try {
    await listening.query('LISTEN bullmq_jobs');
    const told = new Promise<string | undefined>((resolve) => listening.once('notification', (one) => resolve(one.payload)));
    await grouped.receive(message(), report('W-1'), null);
    assert.equal(await told, 'text');
    await listening.query('UNLISTEN *');
  } finally {
    listening.release();
  }
});

test('one that cannot be filed does not spoil its neighbours', async () => {
  const bad = { ...report('B-2'), text: 'a NUL\0 in it' };
  const settled = await Promise.allSettled([
    grouped.receive(message(), report('B-1'), null),
    grouped.receive(message(), bad, null),
    grouped.receive(message(), report('B-3'), null),
  ]);
  assert.deepEqual(
    settled.map((one) => one.status === 'fulfilled' && one.value.kind === 'stored' && one.value.caseId !== null),
    [true, false, true],
  );
  const aside = await database.pool.query(`SELECT unfiled, unusable_code FROM backstop.message WHERE case_id IS NULL AND unusable_code IS NOT NULL`);
  assert.deepEqual(aside.rows, [{ unfiled: null, unusable_code: 'HL7_FILING_FAULT' }], 'it waits for a person, with its reason');
  const found = await database.pool.query(`SELECT count(*)::int AS n FROM backstop.cases WHERE case_key LIKE 'test|accession|B-_'`);
  assert.equal(found.rows[0]?.n, 2);
});
