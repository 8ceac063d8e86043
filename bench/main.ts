/**
 * `npm run bench`: every bench, or those named; each a ratio against a peer or a limit in the same run. `--json`: the last line is one JSON object.
 * `--results`: writes bench/RESULTS.md with what was measured now, and keeps there what was not.
 */
import { cpus, totalmem } from 'node:os';
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

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const machine = `${cpus().length} x ${cpus()[0]?.model ?? process.arch}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
console.log(machine);
const lines: Record<string, BenchLine> = {};
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    const line = await bench();
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
