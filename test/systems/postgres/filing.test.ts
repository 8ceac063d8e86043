/** What was acknowledged is filed: after a death between the two, in order, once by two listeners, with a poison message set aside, and not without bound. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openDoor } from '#src/app/start-listen.ts';
import { accession } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import type { RawMessage } from '#src/ports.ts';
import { makeBacklog } from '#src/systems/postgres/backlog.ts';
import type { Reading } from '#src/systems/postgres/file-message.ts';
import { type FilingOptions, startFiling } from '#src/systems/postgres/filing.ts';
import { makeIntake } from '#src/systems/postgres/intake.ts';
import { purge } from '#src/systems/postgres/retention.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { oru } from '../hl7/messages.ts';
import { profile } from '../hl7/with-listener.ts';

let database: TestDatabase;
let jobs: ReturnType<typeof makeJobs>;
const log = makeLog({ level: 'silent' });
before(async () => {
  database = await testDatabase();
  jobs = makeJobs({ pool: database.pool, log });
});
after(async () => {
  await jobs?.close();
  await database?.close();
});

function raw(source: string, text: string): RawMessage {
  const header = { sendingApplication: 'RIS', sendingFacility: 'HOSP', messageType: 'ORU^R01', charset: 'utf-8', remoteAddress: '', flags: [] };
  return { ...header, source, controlId: randomUUID(), bytes: Buffer.from(text) };
}
/** The test's language: "accession text", or a word for how reading it goes. */
function read({ bytes, source }: { readonly bytes: Uint8Array; readonly source: string }): Reading {
  const [number = '', ...words] = Buffer.from(bytes).toString().split(' ');
  if (number === 'throws') throw new Error('the reader fell over');
  const report = makeReport({ accession: accession(number) ?? null, source, text: words.join(' ').replace('NUL', '\0'), status: 'corrected' });
  return { kind: 'report', report, unusable: null, more: [] };
}
function filer(source: string, changes: Partial<FilingOptions> = {}) {
  const backlog = makeBacklog({ most: 1000, log });
  const { pool } = database;
  return startFiling({ pool, jobs, enqueue: jobs.enqueue, sources: [source], read, backlog, log, quietMs: () => 1e9, ...changes });
}
function door(source: string, most = 1000, holdMs = 3000) {
  const backlog = makeBacklog({ most, log, holdMs });
  const intake = makeIntake({ pool: database.pool, backlog, kept: () => undefined });
  return { backlog, keep: (text: string) => intake.keep(raw(source, text), 'file', null) };
}
async function rows(source: string): Promise<{ text: string; waits: boolean; code: string | null; case_id: string | null }[]> {
  const found = await database.pool.query(
    `SELECT convert_from(bytes, 'UTF8') AS text, unfiled IS NOT NULL AS waits, unusable_code AS code, case_id FROM backstop.message WHERE source = $1 ORDER BY received_at`,
    [source],
  );
  return found.rows;
}
async function cases(source: string): Promise<{ number: string; text: string; version: number }[]> {
  const found = await database.pool.query(
    `SELECT facts #>> '{report,accession}' AS number, facts #>> '{report,text}' AS text, report_version AS version FROM backstop.cases WHERE source = $1 ORDER BY 1`,
    [source],
  );
  return found.rows;
}

test('what a listener kept and did not file is filed by the next one, each message as one case with one job', async () => {
  const { keep } = door('left');
  for (let n = 0; n < 150; n += 1) await keep(`L${n} text`);
  assert.equal((await cases('left')).length, 0);
  const filing = filer('left');
  await filing.idle();
  await filing.close();
  assert.equal((await cases('left')).length, 150);
  const sums = await database.pool.query(
    `SELECT (SELECT count(*)::int FROM bullmq.job j JOIN backstop.cases c ON c.source = 'left' AND j.id = c.id || '.read-report.1') AS jobs,
      (SELECT count(*)::int FROM backstop.message WHERE source = 'left' AND unfiled IS NOT NULL) AS waiting`,
  );
  assert.deepEqual(sums.rows, [{ jobs: 150, waiting: 0 }]);
});

test('two listeners at once: every message is filed once, and of one examination the last that was sent stands', async () => {
  const { keep } = door('two');
  const filings = [filer('two', { lookMs: 5 }), filer('two', { lookMs: 5 })];
  for (let n = 0; n < 60; n += 1) {
    for (const version of ['first', 'second', 'third']) {
      await keep(`T${n} ${version}`);
      filings[(n + version.length) % 2]?.wake();
    }
  }
  await Promise.all(filings.map((filing) => filing.idle()));
  await Promise.all(filings.map((filing) => filing.close()));
  const found = await cases('two');
  assert.equal(found.length, 60);
  assert.deepEqual([...new Set(found.map(({ text, version }) => `${text} ${version}`))], ['third 3']);
  const reports = await database.pool.query(
    `SELECT count(*)::int AS n FROM backstop.case_report r JOIN backstop.cases c ON c.id = r.case_id WHERE c.source = 'two'`,
  );
  assert.equal(reports.rows[0]?.n, 180, 'each message is one version, and none is two');
});

for (const [how, quietMs] of [
  ['is busy, with moments between', 0.1],
  ['never rests', 0],
] as const) {
  test(`a door that ${how} does not keep what waits from being filed`, async () => {
    const source = `busy ${quietMs}`;
    const kept = Array.from({ length: 3 }, (_, n) => `B${quietMs * 10}${n} text`);
    const { keep } = door(source);
    for (const text of kept) await keep(text);
    const filing = filer(source, { quietMs: () => quietMs });
    await filing.idle();
    await filing.close();
    assert.equal((await cases(source)).length, kept.length);
  });
}

test('a message that cannot be filed is set aside with its reason; those behind it are filed', async () => {
  const { keep } = door('poison');
  for (const text of ['P1 good', 'P2 with NUL in it', 'P3 good', 'throws', 'P4 good']) await keep(text);
  const filing = filer('poison');
  await filing.idle();
  await filing.close();
  assert.deepEqual(
    (await rows('poison')).map(({ text, waits, code, case_id }) => [text, waits, code, case_id !== null]),
    [
      ['P1 good', false, null, true],
      ['P2 with NUL in it', false, 'HL7_FILING_FAULT', false],
      ['P3 good', false, null, true],
      ['throws', false, 'HL7_PARSER_FAULT', false],
      ['P4 good', false, null, true],
    ],
  );
});

test('a step that cannot be started is tried three times, then a person sees the message', async () => {
  const { keep } = door('nojob');
  await keep('N1 text');
  let tries = 0;
  const fails = (): Promise<never> => {
    tries += 1;
    return Promise.reject(new TypeError('a bug'));
  };
  const filing = filer('nojob', { enqueue: fails, jobs: { plan: fails, wake: () => undefined } });
  await filing.idle();
  await filing.close();
  assert.equal(tries, 4, 'once with the group, three times alone');
  assert.deepEqual(
    (await rows('nojob')).map(({ waits, code }) => [waits, code]),
    [[false, 'HL7_FILING_FAULT']],
  );
  assert.deepEqual(await cases('nojob'), []);
});

test('while the database refuses, filing waits and nothing is set aside; then it goes on', async () => {
  const { keep } = door('full');
  await database.pool.query(`CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`);
  await database.pool.query('CREATE TRIGGER full_disk BEFORE INSERT ON backstop.cases FOR EACH ROW EXECUTE FUNCTION public.full_disk()');
  await keep('F1 text');
  const faults: unknown[] = [];
  let told: () => void = () => undefined;
  const twice = new Promise<void>((resolve) => {
    told = resolve;
  });
  const watching = { ...log, error: (event: string, fields: unknown): void => void (faults.push([event, fields]) > 1 && told()) };
  const filing = filer('full', { log: watching });
  await twice;
  assert.deepEqual(
    (await rows('full')).map(({ waits, code }) => [waits, code]),
    [[true, null]],
  );
  assert.deepEqual(faults[0], ['queue.error', { queue: 'filing', code: '53100' }]);
  await database.pool.query('DROP TRIGGER full_disk ON backstop.cases');
  await filing.idle();
  await filing.close();
  assert.equal((await cases('full')).length, 1);
});

test('a backlog that is full holds the door back, then says: try again; nothing of that is kept', async () => {
  const { backlog, keep } = door('bound', 3, 50);
  for (const n of [1, 2, 3]) await keep(`B${n} text`);
  await assert.rejects(keep('B4 text'), { code: 'HL7_BACKLOG_FULL' });
  assert.equal((await rows('bound')).length, 3);
  const filing = filer('bound', { backlog });
  await filing.idle();
  await keep('B5 text');
  await filing.idle();
  await filing.close();
  assert.equal(backlog.count(), 0);
  assert.equal((await cases('bound')).length, 4);
});

test('who waits for room is let in when there is some', async () => {
  const backlog = makeBacklog({ most: 2, log, holdMs: 60_000 });
  assert.equal(backlog.room(), null);
  backlog.add();
  backlog.add();
  const held = backlog.room();
  assert.ok(held);
  backlog.filed(1);
  await held;
});

test('the same message again, while the first waits, is the same message', async () => {
  const backlog = makeBacklog({ most: 1000, log });
  const intake = makeIntake({ pool: database.pool, backlog, kept: () => undefined });
  const message = raw('again', 'A1 text');
  const first = await intake.keep(message, 'file', null);
  assert.deepEqual(await intake.keep(message, 'file', null), { kind: 'duplicate', messageId: first.messageId });
  const filing = filer('again');
  await filing.idle();
  await filing.close();
  assert.deepEqual(await intake.keep(message, 'file', null), { kind: 'duplicate', messageId: first.messageId });
  assert.deepEqual(
    (await cases('again')).map(({ version }) => version),
    [1],
  );
});

test('messages of a source that no listener knows any more are set aside after ten minutes, and never read by other rules', async () => {
  const { keep } = door('orphan');
  await keep('O1 old');
  await database.pool.query(`UPDATE backstop.message SET received_at = now() - interval '11 minutes' WHERE source = 'orphan'`);
  await keep('O2 young');
  const { filing } = openDoor({ pool: database.pool, jobs }, [profile({ name: 'other' })], 1000, log);
  await filing.idle();
  await filing.close();
  assert.deepEqual(
    (await rows('orphan')).map(({ text, waits, code }) => [text, waits, code]),
    [
      ['O1 old', false, 'HL7_SOURCE_UNKNOWN'],
      ['O2 young', true, null],
    ],
  );
});

test('what waits is not purged, however old it is', async () => {
  const { keep } = door('old');
  await keep('X1 text');
  await database.pool.query(`UPDATE backstop.message SET received_at = now() - interval '400 days' WHERE source = 'old'`);
  await purge(database.pool, { messageDays: 30, caseDays: 30, auditDays: null }, { dry: false, actor: 'test' });
  assert.deepEqual(
    (await rows('old')).map(({ text, waits }) => [text, waits]),
    [['X1 text', true]],
  );
});

test('the listener files what it kept, by the rules of its source', async () => {
  const own = profile({ name: 'whole' });
  const { intake, filing } = openDoor({ pool: database.pool, jobs }, [own], 1000, log);
  const sent = { ...raw('whole', ''), bytes: Buffer.from(oru({ accession: 'W1' })) };
  assert.equal((await intake.keep(sent, 'file', null)).kind, 'stored');
  await filing.idle();
  await filing.close();
  assert.deepEqual(
    (await cases('whole')).map(({ number }) => number),
    ['W1'],
  );
});
