/** kill -9 between commit and ACK, with a file as the inbox and with PostgreSQL: the resend gets its answer, and there is still one message. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { testDatabase } from '#test/database.ts';
import { sendHl7 } from '#test/hospital/hl7-sender.ts';
import { startRole } from '#test/hospital/role-process.ts';
import { startSilentProxy } from '#test/hospital/silent-proxy.ts';
import { oru } from './messages.ts';

async function start(file: string, kill: boolean): Promise<{ child: ChildProcess; port: number }> {
  const script = new URL('./file-inbox-listener.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, file, kill ? 'kill' : 'live'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer];
  return { child, port: Number(line.toString()) };
}

test('a listener that dies after the commit and before the ACK doubles nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-hl7-kill-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'inbox.jsonl');
  const records = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

  const first = await start(file, true);
  const exit = once(first.child, 'exit');
  await assert.rejects(sendHl7(first.port, oru({ controlId: 'K1' })), /closed/);
  assert.deepEqual(await exit, [null, 'SIGKILL']);
  assert.equal(records().length, 1, 'it was committed');

  const second = await start(file, false);
  t.after(() => second.child.kill());
  const answer = await sendHl7(second.port, oru({ controlId: 'K1' }));
  assert.deepEqual([answer.code, answer.controlId], ['AA', 'K1']);
  assert.equal(records().length, 1, 'the resend is the same message');
  assert.equal((await sendHl7(second.port, oru({ controlId: 'K2' }))).code, 'AA');
  assert.equal(records().length, 2);
});

test('the role "listen" on PostgreSQL, killed when its COMMIT was carried out and not yet answered', async (t) => {
  const database = await testDatabase();
  t.after(() => database.close());
  const direct = new URL(database.url);
  const proxy = await startSilentProxy(direct.hostname, Number(direct.port));
  t.after(() => proxy.close());
  const through = new URL(database.url);
  through.host = `127.0.0.1:${proxy.port}`;
  const settings = (url: string) => ({ DATABASE_URL: url, HL7_PORT: '0', PROOF_MINUTES: '0', LOG_LEVEL: 'info' });
  const counts = async (): Promise<string> => {
    const found = await database.pool.query<{ n: string }>(
      `SELECT concat_ws(' ', (SELECT count(*) FROM backstop.message), (SELECT count(*) FROM backstop.cases), (SELECT count(*) FROM bullmq.job)) AS n`,
    );
    return found.rows[0]?.n ?? '';
  };

  const first = startRole({ role: 'listen', settings: settings(through.href) });
  t.after(() => first.kill('SIGKILL'));
  const port = Number((await first.until('listener.ready'))['port']);
  // The statement that keeps a group is its own transaction: it commits when it ends, so its answer is the commit's.
  proxy.silenceAt('keep-batch');
  const sent = sendHl7(port, oru({ controlId: 'K1' }), { timeoutMs: 60_000 }).then(
    (answer) => answer.code,
    () => 'no answer',
  );
  for (let n = 0; n < 3000 && (await counts()) !== '1 0 0'; n++) await pause(10);
  assert.equal(await counts(), '1 0 0', 'committed: a message, which waits to be filed');
  first.kill('SIGKILL');
  assert.equal(await first.ended, 'SIGKILL');
  // On a slow machine the limit for a commit may pass first: then it was told to try again.
  assert.match(await sent, /^(no answer|AE)$/);

  const second = startRole({ role: 'listen', settings: settings(database.url) });
  t.after(() => second.stop());
  const again = Number((await second.until('listener.ready'))['port']);
  assert.equal((await sendHl7(again, oru({ controlId: 'K1' }), { timeoutMs: 30_000 })).code, 'AA');
  for (let n = 0; n < 3000 && (await counts()) !== '1 1 1'; n++) await pause(10);
  assert.equal(await counts(), '1 1 1', 'the resend is the same message, and the new listener has filed what the dead one kept');
  assert.equal((await sendHl7(again, oru({ controlId: 'K2', accession: 'OTHER' }), { timeoutMs: 30_000 })).code, 'AA');
  for (let n = 0; n < 3000 && (await counts()) !== '2 2 2'; n++) await pause(10);
  assert.equal(await counts(), '2 2 2');
});
