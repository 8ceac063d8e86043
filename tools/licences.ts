/** `npm run licences`: prints every package with its licence; exit 1 when one is unknown or not on the list (tools/supply/licences.ts). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Lock, licences } from './supply/licences.ts';

const lock = JSON.parse(readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8')) as { packages: Lock };
const found = licences(lock.packages);
for (const one of found)
  if (!process.argv.includes('--check'))
    console.log(
      `${one.allowed ? '   ' : 'NO '} ${(one.licence ?? 'unknown').padEnd(44)} ${one.isDev ? 'test ' : '     '} ${one.name}@${one.version}`,
    );
const counts = new Map<string, number>();
for (const one of found) if (!one.isDev) counts.set(one.licence ?? 'unknown', (counts.get(one.licence ?? 'unknown') ?? 0) + 1);
console.log(
  `${found.filter((one) => !one.isDev).length} packages in the product: ${[...counts].map(([licence, count]) => `${licence} ${count}`).join(', ')}`,
);
const refused = found.filter((one) => !one.allowed);
for (const one of refused) console.error(`not allowed: ${one.name}@${one.version} (${one.licence ?? 'no licence named'})`);
if (refused.length > 0 || found.length < 100) process.exitCode = 1;
