/** Health by a synthetic report: it goes in by the listener's own code, a worker decides it, and no case, message, list or figure holds it. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { decideProof } from '#src/app/decide-proof.ts';
import { openData } from '#src/app/open-data.ts';
import { startListen } from '#src/app/start-listen.ts';
import { readConfig } from '#src/config.ts';
import { makeLog } from '#src/lib/log.ts';
import { type Proof, proofState } from '#src/lib/proof.ts';
import { loadPolicy } from '#src/load-policy.ts';
import { proveWay } from '#src/steps/prove-way.ts';
import { proofMessage } from '#src/systems/hl7/proof-message.ts';
import { readStoredMessage } from '#src/systems/hl7/read-stored-message.ts';
import { DEFAULT_PROFILE } from '#src/systems/hl7/source-profile.ts';
import { startWorker } from '#src/systems/queue/worker.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { INTEGRATOR, visitor } from './visitor.ts';

const SECRET = 'a-secret-that-only-the-monitor-knows';
const log = makeLog({ level: 'silent' });
const policy = loadPolicy();
let web: OpenWeb;

before(async () => {
  web = await openWeb({ settings: { HEALTH_SECRET: SECRET } });
});
after(() => web.close());

/** From which address, and with which headers, matters here: `fetch` would hide neither. */
function ask(headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const asking = request(`${web.url}/health/proof`, { headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }));
    });
    asking.on('error', reject).end();
  });
}

const noStep = () => Promise.reject(new Error('a proof is no case'));

test('from the door to a decision, and nothing else knows of it', async () => {
  assert.deepEqual([(await ask()).status, (await ask()).body['status']], [503, 'never']);
  const config = readConfig({ DATABASE_URL: web.databaseUrl, HL7_PORT: '0', LOG_LEVEL: 'silent' });
  const data = openData(config, web.databaseUrl, log, 'test');
  const listening = await startListen(config, data, log);
  const worker = await startWorker({
    pool: data.pool,
    store: data.store,
    concurrency: { text: 1, images: 0, model: 0, record: 0 },
    lockMs: 30_000,
    stalledMs: 5_000,
    log,
    prove: (id) => decideProof(data.pool, policy, log, id),
    handlers: { 'read-report': noStep, 'find-images': noStep, 'find-fractures': noStep, decide: noStep, 'write-record': noStep },
  });
  try {
    let answer = await ask();
    for (let tries = 0; tries < 600 && answer.status !== 200; tries++) {
      await pause(50);
      answer = await ask();
    }
    assert.equal(answer.body['status'], 'proved');
    assert.ok(Number(answer.body['tookMs']) > 0);
    for (const table of ['cases', 'message', 'case_event', 'audit_trail', 'outbox']) {
      assert.equal((await web.pool.query(`SELECT 1 FROM backstop.${table}`)).rowCount, 0, table);
    }
    const kept = await web.pool.query<{ report: unknown }>('SELECT report FROM backstop.proof');
    assert.deepEqual(kept.rows, [{ report: null }], 'one proof, and its report is gone when it has ended');
    const ops = await visitor(web, INTEGRATOR);
    const page = (await ops.get('/operations')).text;
    assert.match(page, /<span class="badge good">proved<\/span>/);
    assert.match(page, /No message has arrived yet/);
  } finally {
    await listening.close();
    await worker.close();
    await data.close();
  }
});

test('this machine may ask, and a monitor with the secret; whoever comes through a proxy or with another secret finds nothing', async () => {
  assert.equal((await ask()).status, 200);
  assert.equal((await ask({ 'x-forwarded-for': '10.0.0.9' })).status, 404);
  assert.equal((await ask({ forwarded: 'for=10.0.0.9' })).status, 404);
  assert.equal((await ask({ authorization: `Bearer ${SECRET}`, 'x-forwarded-for': '10.0.0.9' })).status, 200);
  assert.equal((await ask({ authorization: `Bearer ${SECRET}x` })).status, 404);
});

test('a proof that stops anywhere is told with its code', async () => {
  await web.pool.query(
    `INSERT INTO backstop.proof (id, started_at, ended_at, passed, code) VALUES (gen_random_uuid(), now(), now(), false, 'PROOF_NO_ANSWER')`,
  );
  const answer = await ask();
  assert.deepEqual([answer.status, answer.body['status']], [503, 'failed']);
  const ops = await visitor(web, INTEGRATOR);
  assert.match((await ops.get('/operations')).text, /PROOF_NO_ANSWER/);
});

test('the grammar must find the stated fracture, and the rules must not leave it lying', () => {
  const verdict = readStoredMessage(proofMessage('PROOF1', new Date('2026-11-23T10:00:00Z')), DEFAULT_PROFILE, []);
  assert.ok(verdict.kind === 'report' && verdict.report && verdict.unusable === null);
  const expected = { level: 'L1', today: '2026-11-23' };
  assert.equal(proveWay(verdict.report, expected, policy), null);
  assert.equal(proveWay(verdict.report, { ...expected, level: 'T12' }, policy), 'PROOF_READ_WRONG');
  assert.equal(proveWay({ ...verdict.report, text: 'FINDINGS: Normal.' }, expected, policy), 'PROOF_READ_WRONG');
  const young = { ...verdict.report, status: 'cancelled' as const };
  assert.equal(proveWay(young, expected, policy), 'PROOF_DECIDED_WRONG');
});

test('three missed ones make it late; one that failed is told at once; on its way is no failure', () => {
  const now = new Date('2026-11-23T10:00:00Z');
  const proof = (minutesAgo: number, passed: boolean | null): Proof => {
    const at = new Date(now.getTime() - minutesAgo * 60_000).toISOString();
    return { startedAt: at, endedAt: passed === null ? null : at, passed, code: passed === false ? 'PROOF_NOT_TAKEN' : null };
  };
  assert.equal(proofState([proof(14, true)], 5, now).status, 'proved');
  assert.equal(proofState([proof(1, null), proof(6, true)], 5, now).status, 'proved');
  assert.equal(proofState([proof(1, null), proof(16, true)], 5, now).status, 'late');
  assert.equal(proofState([proof(1, false), proof(6, true)], 5, now).status, 'failed');
  assert.equal(proofState([proof(1, null)], 5, now).status, 'never');
  assert.equal(proofState([], 0, now).status, 'off');
});
