/** Sessions end: after the idle time, and after twelve hours whatever one does. Then one signs in again, and nothing breaks. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type OpenWeb, openWeb } from '../web/open-web.ts';
import { NURSE, visitor } from '../web/visitor.ts';

let web: OpenWeb;
before(async () => {
  web = await openWeb();
});
after(() => web.close());

const HOUR_MS = 3_600_000;

test('a session that was not used for its idle time is gone', async () => {
  const nurse = await visitor(web, NURSE);
  assert.equal((await nurse.peek('/worklist')).status, 200);
  await web.pool.query(`UPDATE backstop.session SET expire = now() - interval '1 second'`);
  const answer = await nurse.peek('/worklist');
  assert.equal(answer.status, 303);
  assert.match(answer.headers.get('location') ?? '', /^\/login\?returnTo=/);
});

test('a session ends after twelve hours, however busy it was', async () => {
  const nurse = await visitor(web, NURSE);
  const started = async (hours: number): Promise<void> => {
    await web.pool.query(`UPDATE backstop.session SET sess = jsonb_set(sess::jsonb, '{startedAt}', to_jsonb($1::bigint))::json`, [
      Date.now() - hours * HOUR_MS,
    ]);
  };
  await started(11.9);
  assert.equal((await nurse.peek('/worklist')).status, 200);
  await started(12.1);
  const answer = await nurse.peek('/worklist');
  assert.equal(answer.status, 303);
  assert.match(answer.headers.get('location') ?? '', /^\/login\?returnTo=/);
  const left = await web.pool.query(`SELECT 1 FROM backstop.session WHERE expire > now() AND sess::jsonb ? 'user'`);
  assert.equal(left.rowCount, 0, 'nobody is signed in on the server any more');
});

test('who has signed in stands in the audit trail, and nobody is let in when it cannot be written', async () => {
  const rows = () =>
    web.pool.query<{ actor: string; detail: string }>(`SELECT actor, detail FROM backstop.audit_trail WHERE action = 'signed-in' ORDER BY id`);
  const before = (await rows()).rows.length;
  await visitor(web, NURSE);
  assert.deepEqual((await rows()).rows.slice(before), [{ actor: 'nora-nurse', detail: 'provider' }]);
  await web.pool.query('ALTER TABLE backstop.audit_trail RENAME TO audit_trail_away');
  try {
    const turnedAway = await visitor(web, NURSE);
    assert.notEqual((await turnedAway.peek('/worklist')).status, 200);
  } finally {
    await web.pool.query('ALTER TABLE backstop.audit_trail_away RENAME TO audit_trail');
  }
});
