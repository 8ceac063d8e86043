/** `npm run bench`: every bench, or those named; each a ratio against a peer or a limit in the same run. `--json`: the last line is one JSON object. */
import { arch, cpus, totalmem } from 'node:os';
import { atLeast, type BenchLine } from './bench-line.ts';
import { benchCds } from './cds.ts';
import { benchImages } from './images.ts';

const BENCHES: Readonly<Record<string, () => Promise<BenchLine>>> = {
  cds: async () => {
    const result = await benchCds();
    return atLeast(result.ratio, 0.5, result);
  },
  wado: async () => {
    const result = await benchImages();
    return atLeast(result.oursOverBare, 0.7, result);
  },
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
console.log(`${cpus().length} x ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`);
const lines: Record<string, BenchLine> = {};
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const line = await bench();
  lines[name] = line;
  console.log(`${name.padEnd(8)} ${line.ratio.toFixed(2)} (to reach: ${line.direction} ${line.target}) ${line.reached ? 'reached' : 'NOT reached'}`);
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ benches: lines }));
