/** Who may see what, and what every answer carries: roles, no-store, CSP, tokens, escaping, "cannot say". */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type InventedCase, inventCase, storeCases } from './invented-cases.ts';
import { moreCases, sampleCases, troubledCases } from './invented-day.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { INTEGRATOR, LEAD, NURSE, RADIOLOGIST, STRANGER, type Visitor, visitor } from './visitor.ts';

const TODAY = '2026-11-23';
const EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>';
let web: OpenWeb;
let samples: readonly InventedCase[];
let troubled: readonly InventedCase[];
let evil: InventedCase;

before(async () => {
  samples = await sampleCases(['s01', 's03']);
  web = await openWeb();
  troubled = troubledCases(TODAY);
  evil = inventCase({
    person: { id: `E1${EVIL}`, family: EVIL, given: EVIL, birthDate: '1940-01-01', sex: 'female' },
    accession: 'EVIL1',
    text: `FINDINGS: ${EVIL} Vertebral fracture of L1, grade 3.`,
    finding: samples[1]?.facts.finding ?? null,
    reportedAt: `${TODAY}T08:00:00Z`,
    report: { procedure: { code: 'X', text: EVIL, system: 'L' } },
  });
  await storeCases(web.pool, [...samples, ...moreCases(4, TODAY), ...troubled, evil]);
});
after(() => web.close());

test('each role sees its pages and no other; nobody without a role sees any', async () => {
  const id = samples[0]?.id ?? '';
  const pages = [
    '/worklist',
    '/review',
    `/review/${id}`,
    '/cases',
    `/cases/${id}`,
    '/audit',
    '/audit.csv',
    '/audit-fls-db.csv',
    '/audit/cases',
    '/operations',
    '/operations/replay?cause=X',
  ];
  const expected: readonly (readonly [typeof NURSE | typeof RADIOLOGIST | typeof LEAD | typeof INTEGRATOR | typeof STRANGER, readonly number[]])[] = [
    [NURSE, [200, 403, 403, 200, 200, 200, 200, 200, 200, 403, 403]],
    [RADIOLOGIST, [403, 200, 200, 200, 200, 403, 403, 403, 403, 403, 403]],
    [LEAD, [403, 403, 403, 200, 200, 200, 200, 200, 200, 403, 403]],
    [INTEGRATOR, [403, 403, 403, 200, 200, 403, 403, 403, 403, 200, 200]],
    [STRANGER, [403, 403, 403, 403, 404, 403, 403, 403, 403, 403, 403]],
  ];
  for (const [person, statuses] of expected) {
    const one = await visitor(web, person);
    const seen: number[] = [];
    for (const path of pages) seen.push((await one.peek(path)).status);
    assert.deepEqual(seen, statuses, person.name);
  }
});

test('nobody signed in: every page goes to the sign-in, and comes back to itself only', async () => {
  const anybody = await visitor(web);
  for (const path of ['/worklist', '/review', '/cases', `/cases/${samples[0]?.id}`, '/audit', '/operations', '/patient']) {
    const page = await anybody.peek(path);
    assert.deepEqual([page.status, page.headers.get('location')], [303, `/login?returnTo=${encodeURIComponent(path)}`]);
  }
  assert.equal((await anybody.post('/worklist/act', { action: 'accept' })).status, 403);
});

test('pages with patients are never cached, run no foreign or inline script, and may not be framed', async () => {
  const admin = await visitor(web, { name: 'Ada Admin', roles: ['admin'] });
  for (const path of [
    '/worklist',
    `/review/${samples[0]?.id}`,
    `/cases/${samples[0]?.id}`,
    '/cases',
    '/audit',
    '/operations',
    `/cases/${samples[0]?.id}/strip.png`,
  ]) {
    const page = await admin.get(path);
    assert.equal(page.status, 200, path);
    assert.equal(page.headers.get('cache-control'), 'no-store', path);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(page.text, /<script>|<script [^>]*src="(?!\/static\/)|\son[a-z]+="|style="/, path);
    assert.doesNotMatch(page.text, /(src|href)="(?:https?:)?\/\//, path);
  }
});

test('names, numbers, texts and notes are shown as text', async () => {
  const admin = await visitor(web, { name: 'Ada Admin', roles: ['admin'] });
  await admin.get('/worklist');
  await admin.post('/worklist/act', { action: 'note', note: EVIL, case: `${evil.id}:1.0` });
  for (const path of [
    '/worklist',
    `/cases/${evil.id}`,
    '/cases',
    `/review/${evil.id}`,
    `/worklist?q=${encodeURIComponent(EVIL)}&who=${encodeURIComponent(EVIL)}`,
    `/cases?cause=${encodeURIComponent(EVIL)}`,
  ]) {
    const page = await admin.get(path);
    assert.ok(page.text.includes('&lt;script&gt;'), path);
    assert.doesNotMatch(page.text, /<script>alert|<img src=x/, path);
  }
});

test('a change needs the token of the form and our own origin', async () => {
  const nurse = await visitor(web, NURSE);
  await nurse.get('/worklist');
  const values = { action: 'accept', case: `${samples[1]?.id}:1.0` };
  assert.equal((await nurse.post('/worklist/act', { ...values, _csrf: null })).status, 403);
  assert.equal((await nurse.post('/worklist/act', { ...values, _csrf: 'guessed' })).status, 403);
  assert.equal((await nurse.post('/worklist/act', values, { 'sec-fetch-site': 'cross-site' })).status, 403);
  const other = await visitor(web, { name: 'Olga Other', roles: ['fls'] });
  const theirs = /name="_csrf" value="([^"]+)"/.exec((await other.get('/worklist')).text)?.[1] ?? '';
  assert.ok(theirs.length > 20);
  assert.equal((await nurse.post('/worklist/act', { ...values, _csrf: theirs })).status, 403, "another session's token");
  const kept = await web.pool.query('SELECT 1 FROM backstop.answer');
  assert.equal(kept.rowCount, 0, 'nothing was stored');
});

test('"cannot say" is never shown as "no fracture"', async () => {
  const admin = await visitor(web, { name: 'Ada Admin', roles: ['admin'] });
  for (const one of troubled) {
    const page = await admin.get(`/cases/${one.id}`);
    assert.match(page.text, /Cannot say/);
    assert.match(page.text, /does not mean that there is no fracture/);
    assert.doesNotMatch(page.text.replace(/does not mean that there is no fracture/g, ''), /no fracture/);
  }
  const list = await admin.get('/cases');
  assert.match(list.text, /cannot say: too few vertebrae/);
  assert.match(list.text, /not measured: cannot say/);
});

test('a case that is not there, another file and a bad id look alike: not there', async () => {
  const nurse = await visitor(web, NURSE);
  for (const path of ['/cases/00000000-0000-4000-8000-000000000000', '/cases/%2e%2e%2fx', '/cases/x', `/cases/${samples[0]?.id}/secrets.txt`]) {
    assert.equal((await nurse.get(path)).status, 404, path);
  }
});

test('who saw and did what is in the audit trail, and a changed row is noticed', async () => {
  const nurse: Visitor = await visitor(web, NURSE);
  await nurse.get(`/cases/${samples[1]?.id}`);
  const rows = await web.pool.query<{ actor: string }>(`SELECT actor FROM backstop.audit_trail WHERE action = 'case-read' AND case_id = $1`, [
    samples[1]?.id,
  ]);
  assert.deepEqual(rows.rows.at(-1), { actor: 'nora-nurse' });
  await assert.rejects(web.pool.query(`UPDATE backstop.audit_trail SET actor = 'nobody'`), /append-only/);
  await assert.rejects(web.pool.query('DELETE FROM backstop.audit_trail'), /append-only/);
  const ops = await visitor(web, INTEGRATOR);
  assert.match((await ops.get('/operations')).text, /The audit trail fits its chain/);
  // Somebody with the database's own rights changes one word of the past.
  await web.pool.query('ALTER TABLE backstop.audit_trail DISABLE TRIGGER audit_trail_chain');
  await web.pool.query(`UPDATE backstop.audit_trail SET detail = 'nothing' WHERE id = (SELECT min(id) + 2 FROM backstop.audit_trail)`);
  await web.pool.query('ALTER TABLE backstop.audit_trail ENABLE TRIGGER audit_trail_chain');
  assert.match((await ops.get('/operations')).text, /does not fit its chain/);
});
