/** What people do on the pages: the nurse's worklist, the radiologist's review, the integrator's replay. Without JavaScript. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CaseFacts } from '#src/case/case.ts';
import { referralStatus } from '#src/case/referral-status.ts';
import { makeFinding } from '#test/fakes/make-case.ts';
import { type CaseWish, type InventedCase, inventCase, storeCases } from './invented-cases.ts';
import { sampleCases } from './invented-day.ts';
import { type OpenWeb, openWeb } from './open-web.ts';
import { INTEGRATOR, NURSE, RADIOLOGIST, visitor } from './visitor.ts';

let web: OpenWeb;
let samples: readonly InventedCase[];
let count = 0;

before(async () => {
  samples = await sampleCases(['s01']);
  web = await openWeb();
  await storeCases(web.pool, samples);
});
after(() => web.close());

/** A stated fracture that needs a referral, stored. */
async function referral(changes: Partial<CaseWish> = {}): Promise<InventedCase> {
  count += 1;
  const made = inventCase({
    person: { id: `W${count}`, family: `Walker${count}`, given: 'Wilma', birthDate: '1944-05-05', sex: 'female' },
    accession: `WORK${count}`,
    text: 'FINDINGS: Vertebral fracture of L1, grade 2.',
    finding: makeFinding({ L1: 2 }),
    reportedAt: '2026-11-20T10:00:00Z',
    ...changes,
  });
  await storeCases(web.pool, [made]);
  return made;
}

async function stored(id: string): Promise<{ readonly state: string; readonly referral: string; readonly facts: CaseFacts }> {
  const found = await web.pool.query<{ state: string; referral: string; facts: CaseFacts }>(
    'SELECT state, referral, facts FROM backstop.cases WHERE id = $1',
    [id],
  );
  assert.ok(found.rows[0]);
  return found.rows[0];
}

test('accept: stored once with who and when, the case goes on to be decided, the row says so', async () => {
  const one = await referral();
  const nurse = await visitor(web, NURSE);
  const list = await nurse.get('/worklist?show=new');
  assert.match(list.text, new RegExp(`id="row-${one.id}"`));
  const page = await nurse.post('/worklist/act', { action: 'accept', case: `${one.id}:1.0`, back: '/worklist?show=new' });
  assert.equal(page.status, 200);
  assert.match(page.path, /^\/worklist\?show=new&told=accept/);
  assert.match(page.text, /role="status"[^>]*>Accepted\./);
  assert.doesNotMatch(page.text, new RegExp(`id="row-${one.id}"`), 'no longer new');
  const now = await stored(one.id);
  assert.deepEqual(
    [now.state, now.referral, now.facts.answers.map((answer) => [answer.kind, answer.by])],
    ['measured', 'accepted', [['referral-accepted', 'nora-nurse']]],
  );
  const jobs = await web.pool.query(`SELECT 1 FROM bullmq.job WHERE data::text LIKE $1`, [`%${one.id}%`]);
  assert.equal(jobs.rowCount, 1, 'the next step has its job');
});

test('two nurses on one row: one answer is stored, the second is told how it stands', async () => {
  const one = await referral();
  const [nora, olga] = [await visitor(web, NURSE), await visitor(web, { name: 'Olga Other', roles: ['fls'] })];
  await nora.get('/worklist');
  await olga.get('/worklist');
  const form = { case: `${one.id}:1.0` };
  const both = await Promise.all([
    nora.post('/worklist/act', { ...form, action: 'accept' }),
    olga.post('/worklist/act', { ...form, action: 'decline', reason: 'dependency' }),
  ]);
  assert.deepEqual(
    both.map((page) => page.status).toSorted((a, b) => a - b),
    [200, 409],
  );
  const loser = both.find((page) => page.status === 409);
  assert.match(loser?.text ?? '', /Somebody else changed this row meanwhile/);
  assert.match(loser?.text ?? '', /badge (good|plain)">(accepted|declined)</);
  assert.equal((await stored(one.id)).facts.answers.length, 1);
});

test('decline needs a coded reason, and "other" needs words; the reason is kept and shown', async () => {
  const one = await referral();
  const nurse = await visitor(web, NURSE);
  await nurse.get('/worklist');
  for (const values of [{}, { reason: 'because' }, { reason: 'toString' }, { reason: 'other', reasonText: '   ' }]) {
    assert.equal((await nurse.post('/worklist/act', { action: 'decline', case: `${one.id}:1.0`, ...values })).status, 400);
  }
  assert.equal((await stored(one.id)).referral, 'proposed');
  await nurse.post('/worklist/act', { action: 'decline', case: `${one.id}:1.0`, reason: 'other', reasonText: 'moved abroad' });
  const answer = (await stored(one.id)).facts.answers[0];
  assert.deepEqual([answer?.kind, answer?.reasonCode, answer?.reasonText], ['referral-declined', 'other', 'moved abroad']);
  assert.match((await nurse.get('/worklist?show=declined')).text, /other \(say what\): moved abroad/);
});

test('a patient with two examinations stands once; one answer counts for both', async () => {
  const person = { id: 'TWICE', family: 'Twice', given: 'Tilda', birthDate: '1941-03-03', sex: 'female' as const };
  const [a, b] = [
    await referral({ person }),
    await referral({ person, finding: makeFinding({ L1: 3 }), text: 'FINDINGS: Vertebral fracture of L1, grade 3.' }),
  ];
  const nurse = await visitor(web, NURSE);
  const list = await nurse.get('/worklist?q=twice');
  assert.equal(list.text.match(/class="row/g)?.length, 1);
  assert.ok(list.text.includes(`/cases/${a.id}`) && list.text.includes(`/cases/${b.id}`));
  await nurse.post('/worklist/act', { action: 'accept', case: [`${b.id}:1.0`, `${a.id}:1.0`] });
  assert.deepEqual([(await stored(a.id)).referral, (await stored(b.id)).referral], ['accepted', 'accepted']);
});

test('notes and handing over; done; the database agrees with referralStatus()', async () => {
  const one = await referral();
  const nurse = await visitor(web, NURSE);
  await nurse.get('/worklist');
  assert.equal((await nurse.post('/worklist/act', { action: 'note', note: ' ', case: `${one.id}:1.0` })).status, 400);
  await nurse.post('/worklist/act', { action: 'note', note: 'Rang the daughter', case: `${one.id}:1.0` });
  await nurse.post('/worklist/act', { action: 'hand-over', assignee: 'Olga Other', case: `${one.id}:1.0` });
  const row = (await nurse.get(`/worklist?who=${encodeURIComponent('Olga Other')}`)).text;
  assert.match(row, /with Olga Other/);
  assert.match(row, /Nora Nurse: Rang the daughter/);
  await nurse.post('/worklist/act', { action: 'accept', case: `${one.id}:1.0` });
  await nurse.post('/worklist/act', { action: 'done', case: `${one.id}:1.1` });
  assert.match((await nurse.get('/worklist?show=done')).text, new RegExp(`id="row-${one.id}"`));
  const all = await web.pool.query<{ referral: string; facts: CaseFacts }>('SELECT referral, facts FROM backstop.cases');
  for (const each of all.rows) assert.equal(each.referral, referralStatus(each.facts.answers));
});

test('scheduled with its day, not attended, scheduled again, done: the list says each', async () => {
  const one = await referral();
  const nurse = await visitor(web, NURSE);
  await nurse.get('/worklist');
  await nurse.post('/worklist/act', { action: 'accept', case: `${one.id}:1.0` });
  assert.equal((await nurse.post('/worklist/act', { action: 'schedule', day: '2026-02-30', case: `${one.id}:1.1` })).status, 400);
  assert.equal((await stored(one.id)).referral, 'accepted');
  await nurse.post('/worklist/act', { action: 'schedule', day: '2026-12-03', case: `${one.id}:1.1` });
  const rowOf = (page: string) => page.slice(page.indexOf(`id="row-${one.id}"`)).split('</li>')[0] ?? '';
  assert.match(rowOf((await nurse.get('/worklist?show=scheduled')).text), /scheduled<\/span><br>appointment on 2026-12-03/);
  assert.match((await nurse.get('/worklist')).text, new RegExp(`id="row-${one.id}"`), 'a scheduled referral is still open');
  await nurse.post('/worklist/act', { action: 'unattended', case: `${one.id}:1.2` });
  assert.match(rowOf((await nurse.get('/worklist?show=accepted')).text), /accepted<\/span><br>did not come/);
  await nurse.post('/worklist/act', { action: 'schedule', day: '2026-12-10', case: `${one.id}:1.3` });
  await nurse.post('/worklist/act', { action: 'done', case: `${one.id}:1.4` });
  const { referral: status, facts } = await stored(one.id);
  assert.deepEqual(
    [status, facts.answers.map((answer) => [answer.kind, answer.scheduledFor ?? null])],
    [
      'done',
      [
        ['referral-accepted', null],
        ['referral-scheduled', '2026-12-03'],
        ['referral-unattended', null],
        ['referral-scheduled', '2026-12-10'],
        ['referral-done', null],
      ],
    ],
  );
});

test('with htmx the row alone comes back, with the message beside it', async () => {
  const one = await referral();
  const nurse = await visitor(web, NURSE);
  await nurse.get('/worklist');
  const piece = await nurse.post('/worklist/act', { action: 'accept', case: `${one.id}:1.0` }, { 'hx-request': 'true' });
  assert.equal(piece.status, 200);
  assert.doesNotMatch(piece.text, /<html/);
  assert.match(piece.text, new RegExp(`^<li id="row-${one.id}"`));
  assert.match(piece.text, /id="told" role="status"[^>]*hx-swap-oob="true">Accepted\./);
  const stale = await nurse.post('/worklist/act', { action: 'done', case: `${one.id}:1.0` }, { 'hx-request': 'true' });
  assert.match(stale.text, /Somebody else changed this row/);
});

test('filters and order', async () => {
  const old = await referral({
    reportedAt: '2026-08-01T10:00:00Z',
    person: { id: 'OLD1', family: 'Oldest', given: 'Otto', birthDate: '1961-01-01', sex: 'male' },
  });
  const nurse = await visitor(web, NURSE);
  const ids = async (query: string): Promise<readonly string[]> =>
    [...(await nurse.get(`/worklist${query}`)).text.matchAll(/<li id="row-([0-9a-f-]+)"/g)].map((found) => found[1] ?? '');
  assert.deepEqual((await ids('?sort=wait'))[0], old.id);
  assert.deepEqual(await ids('?q=oldest'), [old.id]);
  assert.deepEqual(await ids('?due=overdue&q=old1'), [old.id]);
  assert.equal((await ids('?grade=3')).includes(old.id), false);
  assert.deepEqual(await ids('?show=nonsense&sort=%01&page=-4&per=1e9'), await ids(''), 'nonsense is the plain list');
  assert.equal((await nurse.get('/worklist?sort=%00')).status, 400, 'NUL, which no database takes, is told');
  assert.match((await nurse.get('/worklist?q=oldest')).text, /overdue by \d+ days/);
});

test('review: what was measured and not reported is confirmed, and words for the addendum follow', async () => {
  const missed = samples[0];
  assert.ok(missed);
  const reader = await visitor(web, RADIOLOGIST);
  assert.match((await reader.get('/review')).text, new RegExp(`/review/${missed.id}`));
  const page = await reader.get(`/review/${missed.id}`);
  assert.match(page.text, /<svg[^>]*role="img"/);
  assert.match(page.text, /There is a fracture: as measured/);
  const done = await reader.post(`/review/${missed.id}`, { action: 'confirm', stamp: '1.0' });
  assert.match(done.text, /Confirmed: the case is decided anew/);
  assert.match(done.text, /Vertebral fracture: T12 moderate \(grade 2, \d+ % height loss\)/);
  assert.deepEqual([(await stored(missed.id)).state, (await stored(missed.id)).facts.answers[0]?.kind], ['measured', 'finding-confirmed']);
  assert.doesNotMatch((await reader.get('/review')).text, new RegExp(`/review/${missed.id}`));
  assert.equal(
    (await reader.post(`/review/${missed.id}`, { action: 'refute', reason: 'schmorl-node', stamp: '1.0' })).status,
    409,
    'answered before',
  );
});

test('review: points moved in the address change the loss; the change keeps grades and points', async () => {
  const one = inventCase({
    person: { id: 'MOVE', family: 'Mover', given: 'Mona', birthDate: '1950-01-01', sex: 'female' },
    accession: 'MOVE1',
    text: 'FINDINGS: Normal abdomen.',
    finding: samples[0]?.facts.finding ?? null,
    reportedAt: '2026-11-20T10:00:00Z',
  });
  await storeCases(web.pool, [one]);
  const finding = one.facts.finding;
  assert.ok(finding?.state === 'measured');
  const [x, y] = finding.vertebrae.find((vertebra) => vertebra.level === 'L2')?.landmarks.find((landmark) => landmark.name === 'AS')?.picture ?? [
    0, 0,
  ];
  const reader = await visitor(web, RADIOLOGIST);
  const moved = `level=L2&AS-x=${x.toFixed(1)}&AS-y=${(y + 10).toFixed(1)}`;
  assert.match((await reader.get(`/review/${one.id}?level=L2`)).text, /L2: 1 % loss/);
  const page = await reader.get(`/review/${one.id}?${moved}`);
  assert.match(page.text, /Now: (3\d|4\d) % loss, grade [23]/);
  assert.match((await reader.get(`/review/${one.id}?level=L2&AS-x=1e9&AS-y=NaN`)).text, /L2: 1 % loss/, 'nonsense moves nothing');
  const values = { action: 'change', stamp: '1.0', level: 'L2', 'AS-x': x.toFixed(1), 'AS-y': (y + 10).toFixed(1) };
  assert.equal((await reader.post(`/review/${one.id}`, { ...values, levels: ['L2', 'L2'], grades: ['2', '1'] })).status, 400, 'a level twice');
  assert.equal((await reader.post(`/review/${one.id}`, { ...values, levels: ['L2'], grades: ['0'] })).status, 400, 'all grades 0');
  const done = await reader.post(`/review/${one.id}`, { ...values, levels: ['T12', 'L2', 'L3'], grades: ['0', '2', ''] });
  assert.match(done.text, /L2 moderate \(grade 2/);
  const answer = (await stored(one.id)).facts.answers[0];
  assert.deepEqual(answer?.changes, [
    { level: 'T12', grade: 0 },
    { level: 'L2', grade: 2 },
  ]);
  assert.equal(answer?.moved?.level, 'L2');
});

test('review: refuting needs a coded reason', async () => {
  const one = await referral({ text: 'FINDINGS: Normal abdomen.' });
  const reader = await visitor(web, RADIOLOGIST);
  await reader.get(`/review/${one.id}`);
  for (const values of [{}, { reason: 'constructor' }, { reason: 'other' }])
    assert.equal((await reader.post(`/review/${one.id}`, { action: 'refute', stamp: '1.0', ...values })).status, 400);
  await reader.post(`/review/${one.id}`, { action: 'refute', stamp: '1.0', reason: 'schmorl-node' });
  const answer = (await stored(one.id)).facts.answers[0];
  assert.deepEqual([answer?.kind, answer?.reasonCode], ['finding-refuted', 'schmorl-node']);
});

test('mute a cause: it is not counted as news until it is unmuted, and both are in the trail', async () => {
  await referral({ state: 'parked', stopped: { code: 'IMAGES_AMBIGUOUS', text: 'two studies' } });
  const ops = await visitor(web, INTEGRATOR);
  assert.match((await ops.get('/operations')).text, /<strong>1<\/strong> stopped/);
  await ops.post('/operations/mute', { cause: 'IMAGES_AMBIGUOUS', hours: '72' });
  assert.match((await ops.get('/operations')).text, /<strong>0<\/strong> stopped \(muted ones not counted\)/);
  await ops.post('/operations/mute', { cause: 'IMAGES_AMBIGUOUS', hours: '0' });
  const page = (await ops.get('/operations')).text;
  assert.match(page, /<strong>1<\/strong> stopped/);
  assert.match(page, /ines-integrator<\/td><td>unmute/);
  assert.equal((await ops.post('/operations/mute', { cause: 'x; DROP', hours: '72' })).status, 404);
});
