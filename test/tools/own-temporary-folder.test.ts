/** A run that is killed leaves no folder, whatever its children put there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { goneWithUs } from '#test/own-temporary-folder.ts';

const MODULE = new URL('../own-temporary-folder.ts', import.meta.url).href;
/** Opens its folder, makes one in it as a test would, tells both and waits. */
const RUN = `
  import { mkdtempSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { ownTemporaryFolder } from '${MODULE}';
  const own = ownTemporaryFolder();
  const inside = mkdtempSync(tmpdir() + '/backstop-forgotten-');
  console.log(JSON.stringify({ path: own.path, inside, left: own.left() }));
  if (process.argv[1] !== 'end') setInterval(() => undefined, 1000);`;

async function started(...words: string[]) {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', RUN, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, told: JSON.parse(line.toString()) as { path: string; inside: string; left: string[] } };
}

/** Minutes only guard against waiting for ever. */
async function untilGone(folder: string): Promise<void> {
  for (let waited = 0; existsSync(folder); waited += 1) {
    assert.ok(waited < 1200, `${folder} is still there`);
    await pause(100);
  }
}

test('killed without a word: the folder goes, with what lies in it', async () => {
  const { child, told } = await started();
  assert.ok(told.inside.startsWith(told.path));
  assert.deepEqual(told.left, [told.inside.slice(told.path.length + 1)]);
  child.kill('SIGKILL');
  await untilGone(told.path);
});

test('a run that ends by itself is not held by the guard, and its folder goes too', async () => {
  const { child, told } = await started('end');
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0);
  await untilGone(told.path);
});

test('while we are there, the folder stays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-guarded-'));
  goneWithUs(folder);
  assert.ok(existsSync(folder));
  rmSync(folder, { recursive: true });
});
