/** `npm run check`: format, lint, types, imports, dead code, documents. Every check runs, then the faults are told together. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const CHECKS: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['format', ['node_modules/.bin/biome', 'check', '.']],
  ['lint', ['node_modules/.bin/oxlint', '--type-aware', '--quiet', 'src', 'test', 'tools', 'bench']],
  ['types', ['node_modules/.bin/tsc', '-p', '.']],
  [
    'imports',
    [process.execPath, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.mjs', 'src', 'test', 'tools'],
  ],
  ['dead code', [process.execPath, 'node_modules/knip/bin/knip.js', '--no-progress']],
  ['licences', [process.execPath, 'tools/licences.ts', '--check']],
  ['documents', [process.execPath, 'tools/write-docs.ts', '--check']],
];

const faulty: string[] = [];
for (const [name, [command, ...args]] of CHECKS) {
  const started = performance.now();
  const result = spawnSync(command ?? '', args, { cwd: root, encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '0' } });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const ok = result.status === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (ok) continue;
  faulty.push(name);
  console.log(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? String(result.error.message) : ''}`.trim().slice(-12_000));
}
if (faulty.length > 0) {
  console.error(`check failed: ${faulty.join(', ')}`);
  process.exitCode = 1;
}
