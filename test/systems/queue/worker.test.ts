import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Case, CaseState } from '#src/case/case.ts';
import { accession, type CaseId } from '#src/case/ids.ts';
import { type StepName, stepNamed } from '#src/flow.ts';
import { AskAHuman, GiveUp, TryLater } from '#src/lib/errors.ts';
import { makeLog } from '#src/lib/log.ts';
import type { CaseStore } from '#src/ports.ts';
import { makeCaseStore } from '#src/systems/postgres/case-store.ts';
import { makePool } from '#src/systems/postgres/pool.ts';
import { standingCases } from '#src/systems/postgres/standing-cases.ts';
import { type Jobs, makeJobs } from '#src/systems/queue/jobs.ts';
import { nextMove } from '#src/systems/queue/next-move.ts';
import { sweep } from '#src/systems/queue/sweep.ts';
import { type RunningWorker, type StepHandler, startWorker } from '#src/systems/queue/worker.ts';
import { type Inbox, makeInbox } from '#test/inbox.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';
import { makeReport } from '../../fakes/make-report.ts';

const STANDING: readonly CaseState[] = ['received', 'measured', 'decided'];
const log = makeLog({ level: 'silent' });
let database: TestDatabase;
let store: CaseStore;
let inbox: Inbox;
let jobs: Jobs;
let worker: RunningWorker;
/** What each case's first step should do, and how often it ran. */
const behaviour = new Map<string, StepHandler>();
const runs = new Map<string, number>();

const pass: StepHandler = (subject) =>
  Promise.resolve({
    to:
      ({ received: 'read', read: 'located', located: 'measured', measured: 'decided', decided: 'written' } as Record<string, CaseState>)[
        subject.state
      ] ?? 'closed',
    detail: 'passed',
  });
const scripted: StepHandler = async (subject, context) => {
  const key = subject.facts.report.accession ?? '';
  runs.set(key, (runs.get(key) ?? 0) + 1);
  return await (behaviour.get(key) ?? pass)(subject, context);
};
const handlers: Record<StepName, StepHandler> = {
  'read-report': scripted,
  'find-images': pass,
  'find-fractures': pass,
  decide: pass,
  'write-record': pass,
};

before(async () => {
  database = await testDatabase();
  jobs = makeJobs({ pool: database.pool, log });
  store = makeCaseStore({ pool: database.pool, enqueue: jobs.enqueue });
  inbox = makeInbox({ pool: database.pool, enqueue: jobs.enqueue });
  worker = await startWorker({
    pool: database.pool,
    store,
    handlers,
    concurrency: { text: 4, images: 2, model: 1, record: 2 },
    lockMs: 30_000,
    stalledMs: 5_000,
    log,
  });
});
after(async () => {
  await worker.close();
  await jobs.close();
  await database.close();
});

async function receive(number: string): Promise<CaseId> {
  const received = await inbox.receive(
    {
      source: 'test',
      sendingApplication: 'A',
      sendingFacility: 'F',
      controlId: randomUUID(),
      messageType: 'ORU^R01',
      bytes: Buffer.from(number),
      charset: 'utf-8',
      remoteAddress: '::1',
      flags: [],
    },
    makeReport({ accession: accession(number) ?? null }),
    null,
  );
  assert.ok(received.kind === 'stored' && received.caseId);
  return received.caseId;
}
async function until(id: CaseId, state: CaseState): Promise<Case> {
  for (let waited = 0; waited < 20_000; waited += 25) {
    const current = await store.load(id);
    if (current?.state === state) return current;
    await pause(25);
  }
  throw new Error(`the case never became ${state}, it is ${(await store.load(id))?.state}`);
}

test('a case goes through every step of the map, each written down once', async () => {
  const id = await receive('W-1');
  await until(id, 'written');
  const steps = (await store.events(id)).map((event) => `${event.step}>${event.outcome}`);
  assert.deepEqual(steps, [
    'receive-report>received',
    'read-report>read',
    'find-images>located',
    'find-fractures>measured',
    'decide>decided',
    'write-record>written',
  ]);
});

test('TryLater is tried again and then goes on', async () => {
  let tries = 0;
  behaviour.set('W-2', (subject, context) => {
    tries += 1;
    if (tries < 3) throw new TryLater('archive down', { code: 'TEST_DOWN', phase: 'connect' });
    return pass(subject, context);
  });
  await until(await receive('W-2'), 'written');
  assert.equal(runs.get('W-2'), 3);
});

test('TryLater that never ends is parked with the last code', async () => {
  behaviour.set('W-3', () => Promise.reject(new TryLater('archive down', { code: 'TEST_DOWN', phase: 'connect' })));
  const parked = await until(await receive('W-3'), 'parked');
  assert.deepEqual(parked.facts.stopped, { code: 'TEST_DOWN', text: 'archive down (after 3 tries)' });
});

test('a told delay waits without using up the tries', async () => {
  let tries = 0;
  behaviour.set('W-4', (subject, context) => {
    tries += 1;
    if (tries <= 5) throw new TryLater('not yet', { code: 'TEST_NOT_YET', phase: 'answer', retryAfterMs: 30 });
    return pass(subject, context);
  });
  await until(await receive('W-4'), 'written');
  assert.equal(tries, 6);
});

test('GiveUp closes and AskAHuman parks, each at once and with its reason', async () => {
  behaviour.set('W-5', () => Promise.reject(new GiveUp('never', { code: 'TEST_NEVER', phase: 'parse' })));
  behaviour.set('W-6', () => Promise.reject(new AskAHuman('look', { code: 'TEST_LOOK', phase: 'parse' })));
  assert.equal((await until(await receive('W-5'), 'closed')).facts.stopped?.code, 'TEST_NEVER');
  assert.equal((await until(await receive('W-6'), 'parked')).facts.stopped?.code, 'TEST_LOOK');
  assert.equal(runs.get('W-5'), 1);
  assert.equal(runs.get('W-6'), 1);
});

test('a bug is parked after a few tries, and its message is not told', async () => {
  behaviour.set('W-7', () => Promise.reject(new TypeError('Ada Example, born 1948')));
  const parked = await until(await receive('W-7'), 'parked');
  assert.deepEqual(parked.facts.stopped, { code: 'UNEXPECTED', text: 'an unexpected fault (TypeError)' });
});

test('however often the database is away while a step runs, the case is neither parked nor called a bug', async () => {
  let tries = 0;
  const losses = [
    Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
    new Error('Connection terminated unexpectedly'),
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' }),
  ];
  for (const loss of losses) {
    const move = nextMove(loss, 99, 2);
    assert.deepEqual([move.kind, move.code], ['wait', 'DATABASE_DOWN'], loss.message);
  }
  assert.equal(nextMove(Object.assign(new Error('syntax error'), { code: '42601' }), 3, 9).kind, 'park', 'a wrong statement is a bug');
  behaviour.set('W-9', (subject, context) => {
    tries += 1;
    return tries <= 1 ? Promise.reject(losses[0]) : pass(subject, context);
  });
  const id = await receive('W-9');
  await until(id, 'written');
  assert.equal(tries, 2);
});

test('the sweep gives a case without a job its job again', async () => {
  const id = randomUUID();
  await database.pool.query(
    "INSERT INTO backstop.cases (id, case_key, source, source_patient, state, facts, updated_at) VALUES ($1, $2, 'test', 'p', 'decided', $3, now() - interval '1 hour')",
    [id, `lost|${id}`, JSON.stringify({ report: makeReport({ accession: accession('W-8') ?? null }), answers: [], resources: [] })],
  );
  assert.equal(await sweep({ cases: standingCases(database.pool, STANDING, 60_000), jobs, log }), 1);
  await until(id as CaseId, 'written');
});

test('the sweep looks at every case that stands, also behind more than a page of others that moved at the same moment', async () => {
  await database.pool.query(
    `INSERT INTO backstop.cases (id, case_key, source, source_patient, state, facts, updated_at)
     SELECT gen_random_uuid(), 'crowd|' || n, 'crowd', 'p', 'measured', '{}', CASE WHEN n > 1200 THEN now() ELSE now() - interval '2 hours' END
     FROM generate_series(1, 1203) n`,
  );
  try {
    const seen = new Set<string>();
    const nobody = { addAgain: (_step: unknown, id: CaseId) => Promise.resolve(seen.add(id).size < 0) };
    assert.equal(await sweep({ cases: standingCases(database.pool, STANDING, 3_600_000), jobs: nobody, log }), 0);
    const crowd = await database.pool.query<{ id: string; old: boolean }>(
      "SELECT id, updated_at < now() - interval '1 hour' AS old FROM backstop.cases WHERE source = 'crowd'",
    );
    assert.equal(crowd.rows.filter(({ id }) => seen.has(id)).length, 1200);
    assert.ok(crowd.rows.every(({ id, old }) => seen.has(id) === old));
  } finally {
    await database.pool.query("DELETE FROM backstop.cases WHERE source = 'crowd'");
  }
});

test('next-move: every fault has one move', () => {
  const later = new TryLater('x', { code: 'C', phase: 'send' });
  assert.equal(nextMove(later, 1, 2).kind, 'retry');
  assert.equal(nextMove(later, 2, 2).kind, 'park');
  assert.equal(nextMove(new TryLater('x', { code: 'C', phase: 'send', retryAfterMs: 5 }), 99, 2).kind, 'wait');
  assert.equal(nextMove(new GiveUp('x', { code: 'C', phase: 'send' }), 1, 9).kind, 'close');
  assert.equal(nextMove(new AskAHuman('x', { code: 'C', phase: 'send' }), 1, 9).kind, 'park');
  assert.equal(nextMove('a string', 2, 9).kind, 'retry');
  assert.equal(nextMove('a string', 3, 9).kind, 'park');
});

test('a queue that could not connect at first works when the database is back', async () => {
  const late = makePool({ url: 'postgres://nobody:x@127.0.0.1:1/none', max: 2, applicationName: 'late', onError: () => undefined });
  let target = late;
  const pool = new Proxy(late, {
    get: (_first, property) =>
      typeof Reflect.get(target, property) === 'function' ? Reflect.get(target, property).bind(target) : Reflect.get(target, property),
  });
  const own = makeJobs({ pool, log });
  const step = stepNamed('read-report');
  await assert.rejects(own.addAgain(step, randomUUID() as CaseId, 1));
  target = database.pool;
  assert.equal(await own.addAgain(step, randomUUID() as CaseId, 1), true);
  await own.close();
  await late.end();
});
