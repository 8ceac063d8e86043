import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accession } from '#src/case/ids.ts';
import { makeLog } from '#src/lib/log.ts';
import { makeCaseStore } from '#src/systems/postgres/case-store.ts';
import { joined, makeReplay } from '#src/systems/postgres/replay.ts';
import { makeJobs } from '#src/systems/queue/jobs.ts';
import { makeInbox } from '#test/inbox.ts';
import { type TestDatabase, testDatabase } from '../../database.ts';
import { makeReport } from '../../fakes/make-report.ts';

let database: TestDatabase;
let parts: ReturnType<typeof open>;
function open() {
  const jobs = makeJobs({ pool: database.pool, log: makeLog({ level: 'silent' }) });
  const options = { pool: database.pool, enqueue: jobs.enqueue };
  return { jobs, inbox: makeInbox(options), replay: makeReplay(options), store: makeCaseStore(options) };
}
before(async () => {
  database = await testDatabase();
  parts = open();
});
after(async () => {
  await parts.jobs.close();
  await database.close();
});
const raw = (controlId: string) => ({
  source: 'test',
  sendingApplication: 'A',
  sendingFacility: 'F',
  controlId,
  messageType: 'ORU^R01',
  bytes: Buffer.from(controlId),
  charset: 'utf-8',
  remoteAddress: '::1',
  flags: [],
});

test('a parked message goes on after a replay that finds its accession, once', async () => {
  const lost = makeReport({ accession: null, accessionCandidates: [] });
  const stored = await parts.inbox.receive(raw('R-1'), lost, { code: 'HL7_NO_ACCESSION', text: 'none' });
  assert.ok(stored.kind === 'stored' && stored.caseId);
  const [message] = await parts.replay.messages(new Date(0), null);
  assert.ok(message);
  const id = await parts.replay.apply(message, makeReport({ accession: accession('FOUND-1') ?? null }), null);
  const after = await parts.store.load(id);
  assert.equal(id, stored.caseId);
  assert.equal(after?.state, 'received');
  assert.equal(after?.facts.stopped, null);
  assert.equal(after?.facts.report.accession, 'FOUND-1');
});

test('of a case with two versions only the newest message is read again, and it is joined to what stood before', async () => {
  const first = makeReport({ accession: accession('TWO') ?? null, reportedAt: '2026-11-20T10:00:00Z' });
  const second = makeReport({ accession: accession('TWO') ?? null, status: 'corrected', text: 'CORRECTED', reportedAt: '2026-11-20T11:00:00Z' });
  await parts.inbox.receive(raw('R-2'), first, null);
  await parts.inbox.receive(raw('R-3'), second, null);
  const messages = await parts.replay.messages(new Date(0), null);
  const mine = messages.filter((message) => ['R-2', 'R-3'].includes(Buffer.from(message.bytes).toString()));
  assert.deepEqual(
    mine.map((message) => Buffer.from(message.bytes).toString()),
    ['R-3'],
  );
  assert.ok(mine[0]);
  assert.equal((await parts.replay.before(mine[0]))?.text, first.text);
  assert.equal(joined(first, second).text, 'CORRECTED');
  assert.deepEqual(await parts.replay.messages(new Date(0), messages.at(-1)?.id ?? null), []);
});
