/** kill -9 between commit and ACK: the sender sends again and gets its answer, and there is still one message. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sendHl7 } from '#test/hospital/hl7-sender.ts';
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
