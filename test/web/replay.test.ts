/** The integrator's replay: a dry run changes nothing; then what stopped goes on, once, and the audit trail says who did it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { readStoredMessage } from '#src/systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';
import { makeInbox } from '#test/inbox.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { INTEGRATOR, type Visitor, visitor } from './visitor.ts';

let web: OpenWeb;
let ops: Visitor;

const bytesOf = (story: string): Uint8Array => readFileSync(new URL(`../stories/${story}/report.hl7`, import.meta.url));

async function receive(story: string, code: string, withCase: boolean): Promise<void> {
  const inbox = makeInbox({ pool: web.pool, enqueue: async () => undefined });
  const bytes = bytesOf(story);
  const verdict = readStoredMessage(bytes, DEFAULT_PROFILE, []);
  assert.ok(verdict.kind === 'report' && verdict.report);
  const raw = {
    source: DEFAULT_PROFILE.name,
    sendingApplication: 'RIS',
    sendingFacility: 'A',
    controlId: story,
    messageType: 'ORU^R01',
    bytes,
    charset: 'utf-8',
    remoteAddress: '',
    flags: [],
  };
  await inbox.receive(raw, withCase ? verdict.report : null, { code, text: 'the mapping of yesterday' });
}

const counts = async (): Promise<unknown> =>
  (
    await web.pool.query(
      'SELECT (SELECT count(*) FROM backstop.cases) AS cases, (SELECT count(*) FROM bullmq.job) AS jobs, (SELECT count(*) FROM backstop.case_event) AS events',
    )
  ).rows[0];

before(async () => {
  web = await openWeb();
  await receive('01-missed-fracture', 'HL7_NO_ACCESSION', false);
  await receive('02-reported-with-advice', 'HL7_NO_ACCESSION', true);
  await receive('04-normal-spine', 'PATIENT_NOT_FOUND', true);
  ops = await visitor(web, INTEGRATOR);
});
after(() => web.close());

test('the dry run shows what would happen and changes nothing; a GET never does', async () => {
  const before_ = await counts();
  const page = await ops.get('/operations/replay?cause=HL7_NO_ACCESSION');
  assert.match(page.text, /<strong>2<\/strong> messages/);
  assert.match(page.text, /<strong>2<\/strong> would go on/);
  assert.match(page.text, /reads differently by the present rules/);
  assert.match(page.text, /the same report; the case starts again/);
  assert.doesNotMatch(page.text, /Holloway|A1004471/, 'no patient data in a dry run');
  assert.deepEqual(await counts(), before_);
});

test('replay all of a cause: each goes on once with its job; a second replay finds nothing; the other cause is untouched', async () => {
  const page = await ops.post('/operations/replay', { cause: 'HL7_NO_ACCESSION' });
  assert.match(page.text, /Replayed: 1 started again, 1 read differently, 0 left as they are/);
  const states = await web.pool.query<{ accession: string; state: string }>(
    `SELECT facts #>> '{report,accession}' AS accession, state FROM backstop.cases ORDER BY 1`,
  );
  assert.deepEqual(states.rows, [
    { accession: 'ASH26110101', state: 'received' },
    { accession: 'ASH26110102', state: 'received' },
    { accession: 'ASH26110104', state: 'parked' },
  ]);
  assert.equal((await web.pool.query('SELECT 1 FROM bullmq.job')).rowCount, 2);
  assert.match((await ops.post('/operations/replay', { cause: 'HL7_NO_ACCESSION' })).text, /Replayed: 0 started again, 0 read differently/);
  assert.equal((await web.pool.query('SELECT 1 FROM bullmq.job')).rowCount, 2);
});

test('one message of a cause; both replays are in the trail with who and how many', async () => {
  const page = await ops.get('/operations/replay?cause=PATIENT_NOT_FOUND');
  const message = /name="message" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  assert.match((await ops.post('/operations/replay', { cause: 'PATIENT_NOT_FOUND', message })).text, /Replayed: 1 started again/);
  const trail = await web.pool.query<{ actor: string; detail: string }>(
    `SELECT actor, detail FROM backstop.audit_trail WHERE action = 'replay' ORDER BY id`,
  );
  assert.deepEqual(
    [trail.rows[0], trail.rows.at(-1)],
    [
      { actor: 'ines-integrator', detail: 'HL7_NO_ACCESSION, all: 1 started again, 1 read differently, 0 left' },
      { actor: 'ines-integrator', detail: 'PATIENT_NOT_FOUND, one message: 1 started again, 0 read differently, 0 left' },
    ],
  );
});
