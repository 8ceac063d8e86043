/**
 * `npm test`: node:test over every *.test.ts below test/. Files given as arguments run alone.
 * BACKSTOP_CI=1 turns every skip into a failure, because a skipped peer is an untested promise.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '#src/systems/postgres/embedded.ts';
import { ownTemporaryFolder } from '#test/own-temporary-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const files = wanted.length > 0 ? wanted : globSync('test/**/*.test.ts', { cwd: root }).sort();
if (files.length === 0) throw new Error('no test files found');

const temporary = ownTemporaryFolder();
const database = process.env['BACKSTOP_TEST_DATABASE_URL'] ? undefined : await startEmbeddedPostgres({ dataDir: null, durable: false });
const concurrency = Math.max(2, cpus().length);
const child = spawn(process.execPath, ['--test', `--test-concurrency=${concurrency}`, ...flags, ...files], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, NODE_NO_WARNINGS: '1', LOG_LEVEL: 'silent', ...(database ? { BACKSTOP_TEST_DATABASE_URL: database.url } : {}) },
});
let skipped = 0;
let buffered = '';
child.stdout.setEncoding('utf8');
child.stdout.on('data', (chunk: string) => {
  process.stdout.write(chunk);
  buffered = (buffered + chunk).slice(-4000);
  skipped = Number(/^(?:#|ℹ) skipped (\d+)$/m.exec(buffered)?.[1] ?? skipped);
});
child.on('close', (code) => void finish(code));

async function finish(code: number | null): Promise<void> {
  await database?.stop();
  const left = temporary.left();
  if (left.length > 0) console.error(`left behind by tests, and removed: ${left.join(', ')}`);
  if (code === 0 && skipped > 0 && process.env['BACKSTOP_CI'] === '1') {
    console.error(`${skipped} tests were skipped; in CI a skip is a failure`);
    process.exitCode = 1;
  } else {
    process.exitCode = code ?? 1;
  }
}
