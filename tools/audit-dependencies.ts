/**
 * `npm run audit`: known weaknesses of the packages that a site runs, by `npm audit`. Exit 1 on high or critical ones. Where the registry has no
 * audit service (a mirror), it says so in capitals; BACKSTOP_AUDIT=required makes that a failure too.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Audit {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

const result = spawnSync('npm', ['audit', '--omit', 'dev', '--package-lock-only', '--json'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  encoding: 'utf8',
  timeout: 60_000,
});
const answer = parsed(result.stdout);
const counts = answer?.metadata?.vulnerabilities;
if (!counts) {
  console.error('DEPENDENCY AUDIT NOT DONE: the package registry has no audit service here. Run "npm run audit" where it has one.');
  if (process.env['BACKSTOP_AUDIT'] === 'required') process.exitCode = 1;
} else {
  const bad = (counts['high'] ?? 0) + (counts['critical'] ?? 0);
  console.log(
    `dependency audit: ${Object.entries(counts)
      .map(([severity, count]) => `${severity} ${count}`)
      .join(', ')}`,
  );
  for (const [name, one] of Object.entries(answer?.vulnerabilities ?? {})) console.log(`  ${one.severity}: ${name} ${one.range}`);
  if (bad > 0) process.exitCode = 1;
}

function parsed(text: string): Audit | null {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return null;
  }
}
