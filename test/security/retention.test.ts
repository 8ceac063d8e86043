/** What is due goes and is written down; what is open stays, whatever its age. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { keepTidy, retentionPolicy } from '#src/app/keep-tidy.ts';
import { readConfig } from '#src/config.ts';
import { ConfigFault } from '#src/config-fault.ts';
import type { Log } from '#src/lib/log.ts';
import { verifyAuditChain } from '#src/systems/postgres/audit-chain.ts';
import { forgetExpired, purge } from '#src/systems/postgres/retention.ts';
import { type HeldData, heldData, pid } from './held-data.ts';

let held: HeldData;
const opened: HeldData[] = [];
beforeEach(async () => {
  held = await heldData();
  opened.push(held);
});
after(async () => {
  for (const one of opened) await one.close();
});

const NONE = { messageDays: null, caseDays: null, auditDays: null };
const run = { dry: false, actor: 'test' };
const trail = async () =>
  (await held.pool.query<{ detail: string }>(`SELECT detail FROM backstop.audit_trail WHERE action = 'purged' ORDER BY id`)).rows;

async function caseOf(number: number, change: Parameters<HeldData['became']>[1]): Promise<string> {
  const id = await held.report({ pid: pid(`P-${number}`), accession: `ACC${number}` });
  await held.became(id, change);
  return id;
}
const exists = async (id: string) => (await held.pool.query('SELECT 1 FROM backstop.cases WHERE id = $1', [id])).rowCount === 1;
const bytesOf = async (id: string) =>
  (await held.pool.query<{ n: number }>('SELECT coalesce(sum(length(bytes)), 0)::int AS n FROM backstop.message WHERE case_id = $1', [id])).rows[0]
    ?.n;

test('a case that has ended goes with everything that hangs on it, and the purge is written down', async () => {
  const due = await caseOf(1, { state: 'written', days: 400, outcome: 'nothing' });
  const young = await caseOf(2, { state: 'written', days: 300, outcome: 'nothing' });
  await held.pool.query(`INSERT INTO backstop.artifact VALUES ($1, 'key-image.png', 'image/png', 'x')`, [due]);
  await held.pool.query(
    `INSERT INTO backstop.outbox (id, channel, key, control_id, bytes, state) VALUES (gen_random_uuid(), 'referrals', $1, 'C', 'x', 'sent')`,
    [`site|${due}|1|R14|REF_I12`],
  );
  const counts = await purge(held.pool, { ...NONE, caseDays: 365 }, run);
  assert.equal(counts.cases, 1);
  assert.deepEqual([await exists(due), await exists(young)], [false, true]);
  assert.deepEqual(
    [await held.count('message'), await held.count('case_report'), await held.count('artifact'), await held.count('outbox')],
    [1, 1, 0, 0],
  );
  assert.deepEqual(await trail(), [{ detail: 'cases: 1 older than 365 days' }]);
});

test('an open case is never purged, whatever it is open for', async () => {
  const open = {
    'before a step': await caseOf(1, { state: 'located', days: 4000 }),
    'parked for a person': await caseOf(2, { state: 'parked', days: 4000 }),
    'referral not answered': await caseOf(3, { state: 'written', days: 4000, outcome: 'refer' }),
    'referral accepted, not done': await caseOf(4, { state: 'answered', days: 4000, outcome: 'refer', answers: ['referral-accepted'] }),
    'referral scheduled': await caseOf(5, { state: 'answered', days: 4000, outcome: 'refer', answers: ['referral-accepted', 'referral-scheduled'] }),
    'review not answered': await caseOf(6, { state: 'written', days: 4000, outcome: 'radiologist-review' }),
    'message waits to be sent': await caseOf(7, { state: 'written', days: 4000, outcome: 'nothing' }),
    'message was refused': await caseOf(8, { state: 'written', days: 4000, outcome: 'nothing' }),
    'a channel failed': await caseOf(9, { state: 'written', days: 4000, outcome: 'nothing' }),
  };
  const outbox = `INSERT INTO backstop.outbox (id, channel, key, control_id, bytes, state) VALUES (gen_random_uuid(), 'referrals', $1, 'C', 'x', $2)`;
  await held.pool.query(outbox, [`site|${open['message waits to be sent']}|1|R14|ORU_R01`, 'waiting']);
  await held.pool.query(outbox, [`site|${open['message was refused']}|1|R14|ORU_R01`, 'aside']);
  await held.pool.query(`INSERT INTO backstop.delivery (case_id, report_version, channel, state, case_version) VALUES ($1, 1, 'fhir', 'failed', 1)`, [
    open['a channel failed'],
  ]);
  const ended = [
    await caseOf(11, { state: 'closed', days: 4000, outcome: 'refer' }),
    await caseOf(12, { state: 'answered', days: 4000, outcome: 'refer', answers: ['referral-declined'] }),
    await caseOf(13, { state: 'answered', days: 4000, outcome: 'radiologist-review', answers: ['finding-refuted'] }),
  ];
  const counts = await purge(held.pool, { messageDays: 30, caseDays: 30, auditDays: null }, run);
  for (const [why, id] of Object.entries(open)) assert.deepEqual([await exists(id), (await bytesOf(id)) !== 0], [true, true], why);
  for (const id of ended) assert.equal(await exists(id), false);
  assert.deepEqual([counts.cases, counts.keptOpenCases], [3, 9]);
});

test('what is open by the indexes is what is open by the rule, whatever a case looks like', async () => {
  const states = ['received', 'read', 'parked', 'written', 'answered', 'closed', 'some-new-state'];
  const outcomes = ['refer', 'human-check', 'nothing', 'radiologist-review', 'clarification', null];
  const answers = [
    [],
    ['referral-accepted'],
    ['referral-declined'],
    ['referral-done'],
    ['finding-confirmed'],
    ['finding-refuted', 'referral-accepted'],
  ];
  const first = await caseOf(1, { state: 'written', days: 10 });
  await held.pool.query(
    `INSERT INTO backstop.cases (id, case_key, source, source_patient, state, outcome, facts)
     SELECT gen_random_uuid(), 'k' || row_number() OVER (), c.source, c.source_patient, s, o,
       jsonb_set(jsonb_set(c.facts, '{answers}', a.answers), '{decision}', CASE WHEN o IS NULL THEN 'null' ELSE jsonb_build_object('modelDisagrees', d) END)
     FROM backstop.cases c, unnest($2::text[]) s, unnest($3::text[]) o, jsonb_array_elements($4) a (answers), unnest(ARRAY[true, false]) d WHERE c.id = $1`,
    [first, states, outcomes, JSON.stringify(answers.map((kinds) => kinds.map((kind, at) => ({ kind, at: `2026-01-0${at + 1}T00:00:00Z` }))))],
  );
  const byRule = `SELECT id FROM backstop.cases WHERE state NOT IN ('written', 'answered', 'closed')
    OR (state <> 'closed' AND coalesce(outcome, '') IN ('refer', 'fracture-on-treatment', 'link-to-referral', 'human-check') AND referral NOT IN ('declined', 'done'))
    OR (state <> 'closed' AND (coalesce(outcome, '') IN ('radiologist-review', 'clarification') OR summary #>> '{decision,modelDisagrees}' IS NOT DISTINCT FROM 'true')
      AND NOT jsonb_path_exists(summary, '$.answers[*] ? (@.kind starts with "finding-")'))`;
  const compared = await held.pool.query<{ byRule: number; missing: number; more: number }>(
    `WITH rule AS (${byRule}), fast AS (SELECT id FROM backstop.open_cases())
     SELECT (SELECT count(*)::int FROM rule) AS "byRule", (SELECT count(*)::int FROM (SELECT * FROM rule EXCEPT SELECT * FROM fast) one) AS missing,
       (SELECT count(*)::int FROM (SELECT * FROM fast EXCEPT SELECT * FROM rule) one) AS more`,
  );
  assert.deepEqual([compared.rows[0]?.missing, compared.rows[0]?.more], [0, 0]);
  assert.ok((compared.rows[0]?.byRule ?? 0) > 250, JSON.stringify(compared.rows[0]));
});

test('messages lose their bytes and stay known; one that nobody could use stays whole', async () => {
  const ended = await caseOf(1, { state: 'written', days: 100, outcome: 'nothing' });
  const adt = await held.other('MSH|^~\\&|RIS|NORTH|||20260101||ADT^A08|1|P|2.5\rPID|1||P-1^^^NORTH^MR');
  const unusable = await held.other('MSH|nonsense', { code: 'HL7_NOT_HL7', text: 'no header' });
  await held.pool.query(`UPDATE backstop.message SET received_at = now() - interval '100 days'`);
  await held.pool.query(
    `INSERT INTO backstop.outbox (id, channel, key, control_id, bytes, state, updated_at) VALUES (gen_random_uuid(), 'referrals', $1, 'C', 'x', 'sent', now() - interval '100 days')`,
    [`site|${ended}|1|R14|REF_I12`],
  );
  const counts = await purge(held.pool, { ...NONE, messageDays: 90 }, run);
  assert.deepEqual([counts.messages, counts.keptUnusableMessages], [3, 1], 'the report, the ADT and what was sent');
  const rows = await held.pool.query<{ id: string; n: number }>('SELECT id, length(bytes) AS n FROM backstop.message');
  const length = new Map(rows.rows.map((row) => [row.id, row.n]));
  assert.equal(await bytesOf(ended), 0);
  assert.deepEqual([length.get(adt), (length.get(unusable) ?? 0) > 0], [0, true]);
  assert.equal((await held.pool.query(`SELECT 1 FROM backstop.outbox WHERE bytes = ''`)).rowCount, 1, 'its key stays, so that nothing is sent twice');
  assert.deepEqual((await purge(held.pool, { ...NONE, messageDays: 90 }, run)).messages, 0, 'a second purge has nothing to do');
});

test('a dry run counts the same and changes nothing', async () => {
  await caseOf(1, { state: 'closed', days: 400 });
  await caseOf(2, { state: 'closed', days: 400 });
  const policy = { messageDays: 365, caseDays: 365, auditDays: null };
  const dry = await purge(held.pool, policy, { dry: true, actor: 'test' });
  assert.deepEqual([dry.cases, dry.messages, await held.count('cases')], [2, 2, 2]);
  assert.deepEqual(await trail(), []);
});

test('rows of a backload go with the days of cases, counted from when they were made', async () => {
  const put = `INSERT INTO backstop.backload (report_key, report_day, facts, ms, done_at) VALUES ($1, '2020-01-01', '{}', 1, now() - $2 * interval '1 day')`;
  await held.pool.query(put, ['old', 400]);
  await held.pool.query(put, ['young', 100]);
  const policy = { ...NONE, caseDays: 365 };
  assert.equal((await purge(held.pool, policy, { dry: true, actor: 'test' })).backload, 1);
  assert.equal((await purge(held.pool, policy, run)).backload, 1);
  const left = await held.pool.query<{ report_key: string }>('SELECT report_key FROM backstop.backload');
  assert.deepEqual(left.rows, [{ report_key: 'young' }]);
  assert.ok((await trail()).some((line) => JSON.stringify(line).includes('backload: 1 older than 365 days')));
  await held.pool.query('DELETE FROM backstop.backload');
});

test('without a policy nothing goes', async () => {
  await caseOf(1, { state: 'closed', days: 30_000 });
  const counts = await purge(held.pool, retentionPolicy(readConfig({})), run);
  assert.deepEqual([counts.cases, counts.messages, counts.auditRows, counts.backload], [0, 0, 0, 0]);
});

test('old audit rows go from the beginning only, and what stays is still proven', async () => {
  await held.pool.query(
    `INSERT INTO backstop.audit_trail (actor, action, detail) SELECT 'nora', 'case-read', 'n ' || n FROM generate_series(1, 20) n`,
  );
  // The trigger sets the time, so the old rows are made old as somebody with the owner's rights would, with a chain that fits.
  await held.pool.query('ALTER TABLE backstop.audit_trail DISABLE TRIGGER USER');
  await held.pool.query(`DO $$
    DECLARE r backstop.audit_trail; link bytea := '';
    BEGIN
      FOR r IN SELECT * FROM backstop.audit_trail ORDER BY id LOOP
        IF r.id <= 12 THEN r.at := now() - interval '3 years'; END IF;
        r.previous := link; link := backstop.audit_hash(link, r.id, r.at, r.actor, r.action, r.case_id, r.detail);
        UPDATE backstop.audit_trail SET at = r.at, previous = r.previous, hash = link WHERE id = r.id;
      END LOOP;
      UPDATE backstop.audit_head SET last_hash = link;
    END $$`);
  await held.pool.query('ALTER TABLE backstop.audit_trail ENABLE TRIGGER USER');
  const counts = await purge(held.pool, { ...NONE, auditDays: 730 }, run);
  assert.equal(counts.auditRows, 12);
  const chain = await verifyAuditChain(held.pool, null);
  assert.deepEqual([chain.fault, chain.purgedTo, chain.rows], [null, '12', 9], 'eight rows and the row about the purge');
  await assert.rejects(held.pool.query('DELETE FROM backstop.audit_trail WHERE id = 13'), /append-only/);
});

test('a policy below the floor is refused by the configuration and by the database', async () => {
  for (const environment of [{ RETAIN_CASE_DAYS: '29' }, { RETAIN_MESSAGE_DAYS: '1' }, { RETAIN_AUDIT_DAYS: '364' }, { RETAIN_CASE_DAYS: '-1' }])
    assert.throws(() => readConfig(environment), ConfigFault, JSON.stringify(environment));
  assert.equal(readConfig({ RETAIN_CASE_DAYS: '30' }).RETAIN_CASE_DAYS, 30);
  await assert.rejects(held.pool.query('SELECT backstop.purge_cases(1, 10, false)'), /30 days/);
  await assert.rejects(held.pool.query('SELECT backstop.purge_messages(1, 10, false)'), /30 days/);
  await assert.rejects(held.pool.query('SELECT backstop.purge_audit(30, 10, false)'), /365 days/);
});

test('what ends by itself is forgotten without a policy', async () => {
  await held.pool.query(`INSERT INTO backstop.jti VALUES ('i', 'old', 'h', now() - interval '1 hour'), ('i', 'new', 'h', now() + interval '1 hour')`);
  await held.pool.query(`INSERT INTO backstop.session VALUES ('old', '{}', now() - interval '1 hour'), ('new', '{}', now() + interval '1 hour')`);
  assert.equal(await forgetExpired(held.pool), 2);
  assert.deepEqual([await held.count('jti'), await held.count('session')], [1, 1]);
});

test("the worker's housekeeping purges by the policy and writes the head of the audit trail into the log", { timeout: 120_000 }, async () => {
  const due = await caseOf(1, { state: 'closed', days: 400 });
  const lines: (readonly [string, Record<string, unknown>])[] = [];
  const done = Promise.withResolvers<void>();
  const write = (event: string, fields: Record<string, unknown>): void => {
    lines.push([event, fields]);
    if (event.startsWith('audit.') || event === 'queue.error') done.resolve();
  };
  const log = { info: write, warn: write, error: write } as unknown as Log;
  const tidying = keepTidy(readConfig({ RETAIN_CASE_DAYS: '365' }), held.pool, log, { firstAfterMs: 0 });
  await done.promise;
  await tidying.close();
  assert.equal(await exists(due), false);
  assert.deepEqual(
    lines.map(([event]) => event),
    ['retention.purged', 'audit.head'],
  );
  assert.match(String(lines[1]?.[1]['hash']), /^[0-9a-f]{64}$/);
});
