/** `backstop patient export | erase`: all of one person, nothing of another, and nothing of either in what stays. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { identifiersIn } from '#src/systems/hl7/identifiers-in.ts';
import { verifyAuditChain } from '#src/systems/postgres/audit-chain.ts';
import { makeBackloadStore } from '#src/systems/postgres/backload-store.ts';
import { erasePatientData, exportPatientData, findPatientData } from '#src/systems/postgres/patient-data.ts';
import { type HeldData, heldData, pid } from './held-data.ts';

let held: HeldData;
const folder = mkdtempSync(join(tmpdir(), 'backstop-patient-'));
before(async () => {
  held = await heldData();
});
after(async () => {
  await held.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (id: string, more: { source?: string; authority?: string } = {}) => ({
  id,
  source: more.source ?? null,
  authority: more.authority ?? null,
  identifiersIn,
});
const because = { actor: 'dora-dpo', reason: 'request of 2026-11-20' };
const adt = (segment: string) => `MSH|^~\\&|RIS|NORTH|||20260101||ADT^A08|${Math.random()}|P|2.5\r${segment}`;

test('every table that hangs on a case goes with it, so that a new one cannot be forgotten', async () => {
  const loose = await held.pool.query<{ name: string }>(`
    SELECT c.table_name AS name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'backstop' AND c.column_name = 'case_id' AND NOT EXISTS (
      SELECT 1 FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
      WHERE k.conrelid = format('backstop.%I', c.table_name)::regclass AND k.contype = 'f' AND k.confdeltype = 'c' AND a.attname = 'case_id')
    ORDER BY 1`);
  assert.deepEqual(
    loose.rows.map((row) => row.name),
    ['audit_trail', 'message'],
    'the trail names no patient; messages are removed by their own rule',
  );
});

test('an export holds everything of the person: cases, messages as they came, answers, notes, pictures; and of nobody else', async () => {
  const mine = await held.report({ pid: pid('X-100', 'Zimmerling'), accession: 'X100' });
  await held.report({ pid: pid('X-200', 'Otherby'), accession: 'X200' });
  await held.other(adt(pid('X-100', 'Zimmerling')));
  await held.other(adt(pid('X-200', 'Otherby')));
  await held.pool.query(`INSERT INTO backstop.artifact VALUES ($1, 'key-image.png', 'image/png', 'picture')`, [mine]);
  await held.pool.query(`INSERT INTO backstop.case_note (case_id, by_id, by_name, kind, text) VALUES ($1, 'n', 'Nora', 'note', 'rang her')`, [mine]);
  await held.pool.query(`INSERT INTO backstop.audit_trail (actor, action, case_id, detail) VALUES ('nora', 'case-read', $1, '')`, [mine]);
  const data = await exportPatientData(held.pool, ask('X-100'));
  const counts = Object.fromEntries(Object.entries(data).map(([table, rows]) => [table, rows.length]));
  assert.deepEqual(
    [counts['cases'], counts['message'], counts['case_report'], counts['artifact'], counts['case_note'], counts['audit_trail']],
    [1, 2, 1, 1, 1, 1],
  );
  const raw = (data['message'] ?? []).map((row) => Buffer.from((row['bytes'] as { base64: string }).base64, 'base64').toString());
  assert.ok(raw.every((text) => text.includes('Zimmerling')));
  assert.ok(!JSON.stringify([data, raw]).includes('Otherby'));
});

test('rows of a backload hold only a hash, and are found, given out and erased all the same', async () => {
  const store = makeBackloadStore(held.pool);
  const row = (key: string, source: string, authority: string, number: string) => {
    const person = createHash('sha256').update(`${source}|${authority}|${number}`).digest('hex').slice(0, 24);
    const facts = { person, source, authority, ageYears: 71, sex: 'female', reading: null, finding: null, decision: null, stopped: null };
    return store.put({ key, day: '2026-01-05', facts, ms: 1 });
  };
  await row('mine-1', 'north', 'NORTH', 'B-100');
  await row('mine-2', 'north', 'NORTH', 'B-100');
  await row('longer', 'north', 'NORTH', 'B-1000');
  await row('twin', 'south', 'SOUTH', 'B-200');
  await row('other-twin', 'north', 'NORTH', 'B-200');
  const data = await exportPatientData(held.pool, ask('B-100'));
  assert.deepEqual((data['backload'] ?? []).map((one) => String(one['report_key'])).toSorted(), ['mine-1', 'mine-2']);
  await assert.rejects(findPatientData(held.pool, ask('B-200')), { code: 'PATIENT_NOT_ONE' }, 'the same number at two hospitals');
  assert.deepEqual((await findPatientData(held.pool, ask('B-200', { source: 'south' }))).backload, ['twin']);
  assert.deepEqual(await erasePatientData(held.pool, ask('B-100'), because), { cases: 0, messages: 0, backload: 2 });
  const left = await store.rows('2026-01-01', '2026-02-01');
  assert.deepEqual(left.map((one) => one.key).toSorted(), ['longer', 'other-twin', 'twin']);
});

test('erasing removes the person everywhere and leaves the others and a whole audit trail', async () => {
  await held.report({ pid: pid('E-100', 'Quarrington'), accession: 'E100' });
  await held.report({ pid: pid('E-100', 'Quarrington'), accession: 'E101' });
  const other = await held.report({ pid: pid('E-1000', 'Otherwise'), accession: 'E102' });
  await held.other(adt(pid('E-100', 'Quarrington')));
  await held.other(adt(`${pid('E-300')}\rMRG|E-100^^^NORTH^MR`));
  const kept = await held.other(adt(pid('E-1000', 'Otherwise')));
  assert.deepEqual(await erasePatientData(held.pool, ask('E-100'), because), { cases: 2, messages: 4, backload: 0 });
  assert.deepEqual(await findPatientData(held.pool, ask('E-100')), { cases: [], messages: [], backload: [] });
  assert.deepEqual((await findPatientData(held.pool, ask('E-1000'))).cases, [other], 'the longer number is another person');
  assert.equal((await held.pool.query('SELECT 1 FROM backstop.message WHERE id = $1', [kept])).rowCount, 1);
  assert.deepEqual(await whereStill('Quarrington'), []);
  const chain = await verifyAuditChain(held.pool, null);
  assert.equal(chain.fault, null);
  const row = await held.pool.query<{ actor: string; detail: string }>(
    `SELECT actor, detail FROM backstop.audit_trail WHERE action = 'patient-erased'`,
  );
  assert.deepEqual(row.rows.at(-1), { actor: 'dora-dpo', detail: '2 cases, 4 messages, 0 past reports; reason: request of 2026-11-20' });
});

/** Every table of both schemas, every row, as text and as the bytes' text. */
async function whereStill(word: string): Promise<readonly string[]> {
  const tables = await held.pool.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema IN ('backstop', 'bullmq') AND table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const hit = await held.pool.query(
      `SELECT 1 FROM ${name} t WHERE strpos(to_jsonb(t)::text, $1) > 0 OR strpos(to_jsonb(t)::text, $2) > 0 LIMIT 1`,
      [word, Buffer.from(word).toString('hex')],
    );
    if (hit.rowCount !== 0) found.push(name);
  }
  return found;
}

test('the search of a word in every table does find it when it is there', async () => {
  await held.report({ pid: pid('S-1', 'Searchable'), accession: 'S1' });
  const found = await whereStill('Searchable');
  assert.ok(found.includes('backstop.cases') && found.includes('backstop.message') && found.includes('backstop.case_report'), found.join());
});

test('a number that several people may have is refused until the authority is named', async () => {
  const north = await held.report({ pid: pid('N-7', 'Northerly', 'NORTH', '19500101'), accession: 'N7' });
  await held.report({ pid: pid('N-7', 'Southerly', 'SOUTH', '19600101'), accession: 'N8' });
  await assert.rejects(findPatientData(held.pool, ask('N-7')), { code: 'PATIENT_NOT_ONE' });
  assert.deepEqual((await findPatientData(held.pool, ask('N-7', { authority: 'NORTH' }))).cases, [north]);
});

test('nothing is erased while a message about the person waits to be sent', async () => {
  const id = await held.report({ pid: pid('W-1', 'Waiting'), accession: 'W1' });
  const key = `site|${id}|1|R14|REF_I12`;
  await held.pool.query(`INSERT INTO backstop.outbox (id, channel, key, control_id, bytes) VALUES (gen_random_uuid(), 'referrals', $1, 'C', 'x')`, [
    key,
  ]);
  await assert.rejects(erasePatientData(held.pool, ask('W-1'), because), { code: 'PATIENT_BEING_SENT' });
  assert.deepEqual((await findPatientData(held.pool, ask('W-1'))).cases, [id]);
  await held.pool.query(`UPDATE backstop.outbox SET state = 'sent' WHERE key = $1`, [key]);
  assert.equal((await erasePatientData(held.pool, ask('W-1'), because)).cases, 1);
});

test('the commands: export writes a private file, erase tells what other systems hold and refuses a reason that names the patient', async () => {
  const id = await held.report({ pid: pid('C-1', 'Commandson'), accession: 'C1' });
  await held.pool.query(`UPDATE backstop.cases SET facts = jsonb_set(facts, '{resources}', $2) WHERE id = $1`, [
    id,
    JSON.stringify([{ resourceType: 'Observation', id: '77', versionId: null, key: 'k' }]),
  ]);
  const file = join(folder, 'c1.json');
  const exported = run('export', 'C-1', '--out', file, '--by', 'dora');
  assert.equal(exported.status, 0, exported.stderr);
  assert.equal(statSync(file).mode & 0o077, 0, 'for its owner alone');
  assert.ok(readFileSync(file, 'utf8').includes('health record Observation/77'));
  const named = run('erase', 'C-1', '--reason', 'Mrs COMMANDSON asked');
  assert.notEqual(named.status, 0);
  assert.match(named.stderr, /reason names the patient/);
  assert.match(run('erase', 'C-1', '--reason', 'asked', '--dry-run').stdout, /would erase 1 cases, 1 messages and 0 past reports/);
  const erased = run('erase', 'C-1', '--reason', 'asked in writing', '--by', 'dora');
  assert.equal(erased.status, 0, erased.stderr);
  assert.match(erased.stdout, /erased 1 cases, 1 messages and 0 past reports\nstill in another system: health record Observation\/77\n/);
  const rows = await held.pool.query<{ action: string }>(`SELECT action FROM backstop.audit_trail WHERE actor = 'dora (command line)' ORDER BY id`);
  assert.deepEqual(
    rows.rows.map((row) => row.action),
    ['patient-exported', 'patient-erased'],
  );
});

function run(...args: string[]) {
  return spawnSync(process.execPath, ['src/main.ts', 'patient', ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], DATABASE_URL: held.url },
  });
}
