/** The audit trail's chain: whoever changes or removes rows, with whatever rights, is found by `backstop audit verify`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readAuditHead, verifyAuditChain } from '#src/systems/postgres/audit-chain.ts';
import { makeAuditTrail } from '#src/systems/postgres/case-lists.ts';
import { inTransaction } from '#src/systems/postgres/pool.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

let database: TestDatabase | undefined;
const opened: TestDatabase[] = [];
beforeEach(async () => {
  database = await testDatabase();
  opened.push(database);
});
after(async () => {
  for (const one of opened) await one.close();
});

const pool = () => {
  assert.ok(database);
  return database.pool;
};
async function add(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await makeAuditTrail(pool()).add({ actor: 'nora-nurse', action: 'case-read', caseId: null, detail: `read ${i}` });
}
/** What somebody with the owner's rights can do. */
async function behindTheTrigger(...statements: string[]): Promise<void> {
  await pool().query('ALTER TABLE backstop.audit_trail DISABLE TRIGGER USER');
  for (const statement of statements) await pool().query(statement);
  await pool().query('ALTER TABLE backstop.audit_trail ENABLE TRIGGER USER');
}
const verify = async (head: string | null = null) => await verifyAuditChain(pool(), head === null ? null : (readAuditHead(head) ?? null));
const headText = async () => {
  const { head } = await verify();
  return `${head.id}:${head.hash}`;
};

test('an empty and a filled trail are whole, and an old head stays a link of it', async () => {
  assert.equal((await verify()).fault, null);
  await add(3);
  const head = await headText();
  await add(3);
  const chain = await verify(head);
  assert.equal(chain.fault, null);
  assert.equal(chain.rows, 6);
  assert.equal(chain.head.id, '6');
});

test('rows written at the same time by many, some rolled back, make one whole chain without a gap', async () => {
  const trail = makeAuditTrail(pool());
  await Promise.all(
    Array.from({ length: 60 }, async (_unused, i) => {
      if (i % 3 > 0) return await trail.add({ actor: `person ${i}`, action: 'case-read', caseId: null, detail: '' });
      const undone = inTransaction(pool(), async (tx) => {
        await tx.query(`INSERT INTO backstop.audit_trail (actor, action, detail) VALUES ('x', 'y', 'z')`);
        throw new Error('undone');
      });
      await assert.rejects(undone, /undone/);
    }),
  );
  const chain = await verify();
  assert.equal(chain.fault, null);
  assert.equal(chain.rows, 40);
  assert.equal(chain.head.id, '40');
});

test('the hash of a row does not depend on the time zone of who looks', async () => {
  await add(1);
  await pool().query(`SET timezone TO 'Asia/Kolkata'`);
  assert.equal((await verify()).fault, null);
});

test('no row can be changed, removed or cut off in the ordinary way, not even by the owner', async () => {
  await add(3);
  for (const statement of [
    `UPDATE backstop.audit_trail SET actor = 'nobody'`,
    'DELETE FROM backstop.audit_trail WHERE id = 3',
    'TRUNCATE backstop.audit_trail',
  ])
    await assert.rejects(pool().query(statement), /append-only/, statement);
  assert.equal((await verify()).rows, 3);
});

test('a changed row is found', async () => {
  await add(5);
  await behindTheTrigger(`UPDATE backstop.audit_trail SET detail = 'nothing' WHERE id = 3`);
  assert.deepEqual((await verify()).fault, { code: 'AUDIT_ROW_CHANGED', id: '3', text: 'row 3 was changed' });
});

test('a changed row with a hash that was made to fit is found at the next row', async () => {
  await add(5);
  await behindTheTrigger(
    `UPDATE backstop.audit_trail SET detail = 'nothing', hash = backstop.audit_hash(previous, id, at, actor, action, case_id, 'nothing') WHERE id = 3`,
  );
  assert.equal((await verify()).fault?.id, '4');
});

test('a row that is gone from the middle, the beginning or the end is found', async () => {
  for (const [gone, code, id] of [
    [3, 'AUDIT_ROW_MISSING', '4'],
    [1, 'AUDIT_ROW_MISSING', '2'],
    [5, 'AUDIT_TAIL_MISSING', '5'],
  ] as const) {
    database = await testDatabase();
    opened.push(database);
    await add(5);
    await behindTheTrigger(`DELETE FROM backstop.audit_trail WHERE id = ${gone}`);
    const { fault } = await verify();
    assert.deepEqual([fault?.code, fault?.id], [code, id], `row ${gone}`);
  }
});

test('an emptied trail is found', async () => {
  await add(2);
  await behindTheTrigger('DELETE FROM backstop.audit_trail');
  assert.equal((await verify()).fault?.code, 'AUDIT_TAIL_MISSING');
});

test('a past that was rewritten as a whole, head and all, is found by a head that was written down outside', async () => {
  await add(4);
  const head = await headText();
  await behindTheTrigger('DELETE FROM backstop.audit_trail', `UPDATE backstop.audit_head SET last_id = 0, last_hash = ''`);
  await add(4);
  assert.equal((await verify()).fault, null, 'the rewritten chain fits in itself');
  const { fault } = await verify(head);
  assert.equal(fault?.code, 'AUDIT_HEAD_UNKNOWN');
});

test('backstop audit verify: exit 0 and the head when whole, exit 1 and the row when not', async () => {
  await add(2);
  const whole = run();
  assert.equal(whole.status, 0, whole.stderr);
  assert.match(whole.stdout, /the audit trail is whole: 2 rows\nhead 2:[0-9a-f]{64}\n/);
  assert.equal(run('--head', /head (\S+)/.exec(whole.stdout)?.[1] ?? '').status, 0);
  assert.notEqual(run('--head', 'two').status, 0);
  await behindTheTrigger(`UPDATE backstop.audit_trail SET actor = 'nobody' WHERE id = 1`);
  const broken = run();
  assert.equal(broken.status, 1);
  assert.match(broken.stdout, /BROKEN AUDIT_ROW_CHANGED: row 1 was changed/);
});

function run(...args: string[]) {
  return spawnSync(process.execPath, ['src/main.ts', 'audit', 'verify', ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], DATABASE_URL: database?.url },
  });
}
