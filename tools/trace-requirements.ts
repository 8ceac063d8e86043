/**
 * Writes docs/safety/traceability.md: which test shows which requirement, hazard control and threat answer. Faults (a test that is not there, a number
 * twice, a requirement that nothing shows and that does not say so) are told and end with exit 1. `--check` writes nothing and also fails on an old page.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Row, rowsOf, traceFaults, tracePage } from './supply/trace.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const PAGES = ['docs/requirements.md', 'docs/safety/hazards.md', 'docs/safety/threat-model.md', 'docs/safety/asvs.md'];
const TARGET = join(root, 'docs/safety/traceability.md');

const rows: readonly Row[] = PAGES.flatMap((page) => rowsOf(page, readFileSync(join(root, page), 'utf8')));
const sources = new Map(
  globSync('test/**/*.test.ts', { cwd: root }).map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]),
);
const faults = [...traceFaults(rows, sources)];
const page = tracePage(rows);
if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== page) faults.push('docs/safety/traceability.md is old: node tools/trace-requirements.ts');
} else writeFileSync(TARGET, page);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
