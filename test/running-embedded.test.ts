/** A command beside `backstop all` finds its embedded database, and says where it looked when there is none. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { runningEmbedded } from '#src/systems/postgres/running-embedded.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The command line in a folder of its own, with nothing but this setting. */
function backstop(cwd: string, dataDir: string, ...args: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const env = { PATH: process.env['PATH'], BACKSTOP_DATA_DIR: dataDir };
  return new Promise((done) =>
    execFile(process.execPath, [MAIN, ...args], { cwd, env }, (error, out, err) => done({ code: Number(error?.code ?? 0), out: out + err })),
  );
}

test('migrate and audit verify work on the database that runs there, an absolute folder stays where it is', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'backstop-beside-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const dataDir = join(root, 'data');
  // Started by root, PostgreSQL runs under another account, which has to get there.
  if (process.getuid?.() === 0) {
    await assert.rejects(startEmbeddedPostgres({ dataDir, durable: false }), /does not run as root.*may not enter .*data.*BACKSTOP_DATA_DIR/);
    await rm(dataDir, { recursive: true });
  }
  await chmod(root, 0o755);
  assert.equal(await runningEmbedded(dataDir), null);
  const missing = await backstop(root, dataDir, 'migrate');
  assert.equal(missing.code, 2);
  assert.ok(missing.out.includes(`no embedded database runs in ${dataDir} (BACKSTOP_DATA_DIR)`), missing.out);

  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  t.after(() => server.stop());
  assert.equal(await runningEmbedded(dataDir), server.url);
  assert.match((await backstop(root, 'data', 'migrate')).out, /up to date/, 'a relative folder is relative to the working directory');
  assert.equal((await backstop('/', dataDir, 'audit', 'verify')).code, 0);
  await server.stop();
  assert.equal(await runningEmbedded(dataDir), null);
});

test('the file of a server that was killed names none', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'backstop-beside-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'cluster'));
  await writeFile(join(root, 'backstop-password'), 'secret\n');
  const pidFile = (pid: number, state: string) => `${pid}\n${root}/cluster\n1\n5432\n\n127.0.0.1\n 1 2\n${state}   \n`;
  await writeFile(join(root, 'cluster', 'postmaster.pid'), pidFile(process.pid, 'ready'));
  assert.equal(await runningEmbedded(root), 'postgres://backstop:secret@127.0.0.1:5432/postgres');
  await writeFile(join(root, 'cluster', 'postmaster.pid'), pidFile(process.pid, 'starting'));
  assert.equal(await runningEmbedded(root), null);
  await writeFile(join(root, 'cluster', 'postmaster.pid'), pidFile(2 ** 22 + 1, 'ready'));
  assert.equal(await runningEmbedded(root), null);
});
