/**
 * `npm run bench`: every bench, or those named; each a ratio against a peer or a limit in the same run. `--json`: the last line is one JSON object.
 * `--results`: writes bench/RESULTS.md with what was measured now, and keeps there what was not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, totalmem } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ownTemporaryFolder } from '#test/own-temporary-folder.ts';
import { atLeast, atMost, type BenchLine } from './bench-line.ts';
import { writeResults } from './results.ts';

/** Each is loaded when it runs: one bench's libraries and threads are no part of another's time. */
const BENCHES: Readonly<Record<string, () => Promise<BenchLine>>> = {
  wado: async () => {
    const result = await (await import('./wado.ts')).benchWado();
    return atLeast(result.ratio, 0.7, result);
  },
  decode: async () => {
    const result = await (await import('./decode.ts')).benchDecode();
    return atLeast(result.worst, 0.9, result);
  },
  model: async () => {
    const result = await (await import('./model.ts')).benchModel();
    return atMost(result.ratio, 1.35, result);
  },
  whole: async () => {
    const result = await (await import('./whole.ts')).benchWhole();
    return atMost(result.ratio, 1.3, result);
  },
  fhir: async () => {
    const result = await (await import('./fhir.ts')).benchFhir();
    return atMost(result.ratio, 1.15, result);
  },
  cds: async () => {
    const result = await (await import('./cds.ts')).benchCds();
    return atLeast(result.ratio, 0.5, result);
  },
  parse: async () => {
    const result = (await import('./parse.ts')).benchParse();
    return atLeast(result.ratio, 2, result);
  },
  read: async () => {
    const result = (await import('./read.ts')).benchRead();
    return atMost(result.ratio, 4, result);
  },
  mllp: async () => {
    const result = await (await import('./mllp.ts')).benchMllp();
    return atLeast(result.ratio, 0.7, result);
  },
  pages: async () => {
    const result = await (await import('./pages.ts')).benchPages();
    return atMost(result.ratio, 3, result);
  },
  growth: async () => {
    const result = await (await import('./growth.ts')).benchGrowth();
    // Twice the time at a hundred times the cases still counts as flat: a deeper index, a colder cache.
    return atMost(Math.max(result.hookGrowth, result.worklistGrowth), 2, result);
  },
};

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = named.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
ownTemporaryFolder();
const wanted = Object.keys(BENCHES).filter((name) => named.length === 0 || named.includes(name));
const machine = `${cpus().length} x ${cpus()[0]?.model ?? process.arch}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
console.log(machine);
const lines: Record<string, BenchLine> = {};
for (const name of wanted) {
  try {
    const line = wanted.length === 1 ? await (BENCHES[name] as () => Promise<BenchLine>)() : await inOwnProcess(name);
    lines[name] = line;
    console.log(
      `${name.padEnd(8)} ${line.ratio.toFixed(2)} (to reach: ${line.direction} ${line.target}) ${line.reached ? 'reached' : 'NOT reached'}`,
    );
  } catch (error) {
    // One bench whose peer is missing does not keep the others from running.
    console.error(`${name.padEnd(8)} did not run: ${error instanceof Error ? error.message : 'unknown fault'}`);
    process.exitCode = 1;
  }
}
if (process.argv.includes('--results')) writeResults(lines, machine);
if (process.argv.includes('--json')) console.log(JSON.stringify({ benches: lines }));

/** Compiled code, heap and threads that one bench leaves behind made the next one's ratio up to half as bad again (`read` 4.3 for 2.8). */
async function inOwnProcess(name: string): Promise<BenchLine> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const last = printed.trimEnd().split('\n').at(-1) ?? '';
  const line = code === 0 ? (JSON.parse(last) as { benches: Record<string, BenchLine> }).benches[name] : undefined;
  if (line === undefined)
    throw new Error(
      complaints
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^.* did not run: /, '') || `ended with ${String(code)}`,
    );
  return line;
}
