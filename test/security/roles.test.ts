/** Each process's database role can do its work and no more. That it can do its work is shown by every test that starts a hospital. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fileBatch } from '#src/systems/postgres/file-batch.ts';
import { keepBatch } from '#src/systems/postgres/keep-batch.ts';
import type { Pool } from '#src/systems/postgres/pool.ts';
import * as sql from '#src/systems/postgres/queries.ts';
import { ROLES, rolesSql, TABLE_RIGHTS } from '#src/systems/postgres/roles.ts';
import { makeReport } from '#test/fakes/make-report.ts';
import { type HeldData, heldData, pid } from './held-data.ts';

// Roles belong to the whole server, which other test files use too.
const prefix = `t${randomBytes(5).toString('hex')}`;
let held: HeldData;
before(async () => {
  held = await heldData();
  await held.pool.query(rolesSql(prefix));
  const id = await held.report({ pid: pid('R-1'), accession: 'R1' });
  await held.pool.query(`INSERT INTO backstop.audit_trail (actor, action, case_id, detail) VALUES ('nora', 'case-read', $1, '')`, [id]);
});
after(async () => {
  for (const role of ROLES) await held.pool.query(`DROP OWNED BY ${prefix}_${role}; DROP ROLE ${prefix}_${role}`);
  await held.close();
});

async function as(role: string, statement: string): Promise<number> {
  const client = await held.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL ROLE ${prefix}_${role}`);
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const MAY: readonly (readonly [role: string, statement: string])[] = [
  ['listen', `SELECT * FROM backstop.door_lock_case('default|accession|R1')`],
  ['listen', 'SELECT id FROM backstop.message'],
  ['work', 'SELECT facts FROM backstop.cases'],
  ['work', 'SELECT backstop.purge_cases(365, 1, true)'],
  ['web', 'SELECT facts FROM backstop.cases'],
  ['web', `INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ('nora', 'case-read', '')`],
  ['web', `DELETE FROM backstop.session WHERE sid = 'x'`],
  ['audit', 'SELECT * FROM backstop.audit_trail'],
  ['audit', 'SELECT * FROM backstop.audit_head'],
];

for (const [role, statement] of MAY)
  test(`${role} may: ${statement}`, async () => {
    await assert.doesNotReject(as(role, statement));
  });

const MAY_NOT: readonly (readonly [role: string, statement: string])[] = [
  ['listen', 'SELECT facts FROM backstop.cases'],
  ['listen', 'SELECT summary FROM backstop.cases'],
  ['listen', 'SELECT outcome FROM backstop.cases'],
  ['listen', `UPDATE backstop.cases SET state = 'closed'`],
  ['listen', 'SELECT bytes FROM backstop.message'],
  ['listen', 'DELETE FROM backstop.message'],
  ['listen', 'UPDATE backstop.message SET bytes = bytes'],
  ['listen', 'SELECT * FROM backstop.artifact'],
  ['listen', 'SELECT * FROM backstop.case_report'],
  ['listen', 'SELECT * FROM backstop.answer'],
  ['listen', 'SELECT * FROM backstop.session'],
  ['listen', 'SELECT * FROM backstop.audit_trail'],
  ['listen', 'SELECT backstop.purge_cases(365, 1, false)'],
  ['listen', 'DELETE FROM bullmq.job'],
  ['work', 'DELETE FROM backstop.cases'],
  ['work', 'SELECT bytes FROM backstop.message'],
  ['work', 'DELETE FROM backstop.message'],
  ['work', 'SELECT sess FROM backstop.session'],
  ['work', 'SELECT * FROM backstop.case_note'],
  ['work', `SELECT backstop.forget_cases(ARRAY['00000000-0000-4000-8000-000000000000'::uuid])`],
  ['web', 'DELETE FROM backstop.cases'],
  ['web', 'DELETE FROM backstop.message'],
  ['web', 'DELETE FROM backstop.answer'],
  ['web', 'DELETE FROM backstop.case_note'],
  ['web', 'UPDATE backstop.message SET bytes = bytes'],
  ['web', 'INSERT INTO backstop.outbox (id) VALUES (gen_random_uuid())'],
  ['web', 'SELECT backstop.purge_cases(365, 1, false)'],
  ['web', `SELECT backstop.forget_cases(ARRAY['00000000-0000-4000-8000-000000000000'::uuid])`],
  ['audit', 'SELECT facts FROM backstop.cases'],
  ['audit', 'SELECT bytes FROM backstop.message'],
  ['audit', `INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ('x', 'y', 'z')`],
  ['audit', 'SELECT * FROM bullmq.job'],
  ...['listen', 'work', 'web', 'audit'].flatMap((role): readonly (readonly [string, string])[] => [
    [role, `UPDATE backstop.audit_trail SET actor = 'nobody'`],
    [role, 'DELETE FROM backstop.audit_trail'],
    [role, 'TRUNCATE backstop.audit_trail'],
    [role, `UPDATE backstop.audit_head SET last_id = 0`],
    [role, 'CREATE TABLE backstop.mine (id integer)'],
    [role, 'DROP TABLE backstop.cases'],
    [role, 'ALTER TABLE backstop.audit_trail DISABLE TRIGGER USER'],
  ]),
];

for (const [role, statement] of MAY_NOT)
  test(`${role} may not: ${statement}`, async () => {
    await assert.rejects(as(role, statement), { code: '42501' });
  });

test('listen may keep a message, read it back while it waits, and file it with its case and job', async () => {
  const client = await held.pool.connect();
  const call = ['text', 'a.read-report.1', 'read-report', '{}', '{}', 0, 0, 1, 3, null, null, null, null, null, false];
  const text = {
    source: 'test',
    sendingApplication: 'RIS',
    sendingFacility: 'N',
    controlId: 'G1',
    messageType: 'ORU^R01',
    charset: 'utf-8',
    flags: [],
  };
  const message = { ...text, bytes: Buffer.from('x'), remoteAddress: '' };
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL ROLE ${prefix}_listen`);
    // A transaction's client in the place of the pool, so that nothing of it stays.
    const [kept] = await keepBatch(client as unknown as Pool, [{ message, waits: true, unusable: null }]);
    assert.ok(kept?.kind === 'stored');
    const waiting = await client.query(sql.unfiledMessages, [['test'], 10, 1000]);
    assert.deepEqual([waiting.rows[0]?.id, waiting.rows[0]?.bytes], [kept.messageId, message.bytes]);
    const jobs = { plan: async () => [call], wake: () => {} };
    const filed = await fileBatch(client, jobs, [{ id: kept.messageId, source: 'test', report: makeReport({ source: 'test' }), unusable: null }]);
    assert.equal(typeof filed.get(kept.messageId), 'string');
    assert.equal((await client.query(sql.unfiledMessages, [['test'], 10, 1000])).rowCount, 0, 'what is filed is not read any more');
    assert.equal((await client.query(sql.countUnfiled)).rows[0]?.count, 0);
    assert.equal((await client.query(sql.setFiled, [kept.messageId, null, 'X', 'y'])).rowCount, 0);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

test('a row of the audit trail is made by its trigger, whatever the writer puts into it', async () => {
  for (const column of ['id', 'at', 'previous', 'hash'])
    await assert.rejects(as('web', `INSERT INTO backstop.audit_trail (actor, action, detail, ${column}) VALUES ('x', 'y', 'z', DEFAULT)`), {
      code: '42501',
    });
});

test('every table stands in the list of rights, so that a new one is thought about', async () => {
  const tables = await held.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'backstop' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  assert.deepEqual(
    tables.rows.map((row) => row.name),
    Object.keys(TABLE_RIGHTS).toSorted(),
  );
});

test('running the script again changes nothing and takes back what was granted beside it', async () => {
  await held.pool.query(`GRANT DELETE ON backstop.cases TO ${prefix}_web`);
  await held.pool.query(rolesSql(prefix));
  await assert.rejects(as('web', 'DELETE FROM backstop.cases'), { code: '42501' });
  assert.ok((await as('web', 'SELECT facts FROM backstop.cases')) > 0);
  assert.throws(() => rolesSql(`x; DROP TABLE backstop.cases`), RangeError);
});
