/** bench/RESULTS.md: one section a bench, written by the run that measured it; sections of benches that did not run stay as they were. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchLine } from './bench-line.ts';

const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const HEAD = `# Benches: what was measured

<!-- Written by \`npm run bench -- --results\`; do not edit. -->

Each figure is a ratio against a peer or a limit in the same run on the same machine (medians of several rounds; the detail holds least and most).
What each bench compares, and what it is to reach, stands at the top of its file in this folder.
`;

export function writeResults(lines: Readonly<Record<string, BenchLine>>, machine: string): void {
  const sections = new Map(
    existsSync(FILE)
      ? [...readFileSync(FILE, 'utf8').matchAll(/^## (\w+)\n[\s\S]*?(?=^## |$(?![\s\S]))/gm)].map((match) => [match[1] ?? '', match[0].trimEnd()])
      : [],
  );
  const day = new Date().toISOString().slice(0, 10);
  for (const [name, line] of Object.entries(lines)) sections.set(name, section(name, line, `${day}, ${machine}`));
  writeFileSync(FILE, `${HEAD}\n${[...sections.values()].join('\n\n')}\n`);
}

function section(name: string, line: BenchLine, when: string): string {
  const verdict = line.reached ? 'reached' : '**not reached**';
  return [
    `## ${name}`,
    `**${line.ratio.toFixed(2)}**, to reach ${line.direction} ${line.target}: ${verdict}. (${when})`,
    '',
    '```json',
    JSON.stringify(line.detail, rounded, 1),
    '```',
  ].join('\n');
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
