/**
 * `npm run torture -- --minutes 20 --seed 1`: everything fails, again and again, under a mixed load; at the end every acknowledged message has
 * one case, every case one end, and nothing is anywhere twice. Exit 0 only then. The faults come from the seed; the processes' timing does not.
 */
import { tortureOptions } from './torture/options.ts';
import { runTorture } from './torture/run-torture.ts';
import type { Broken } from './torture/verify.ts';

const options = tortureOptions(process.argv.slice(2));
const result = await runTorture(options, (line) => console.log(line));
const { judgement, faults } = result;

const happened: Record<string, number> = {};
for (const { name } of faults.filter((line) => line.happened)) happened[name] = (happened[name] ?? 0) + 1;
console.log(
  `\nseed ${result.seed}, ${result.seconds} s of load, drained in ${result.drainSeconds} s; disk: ${result.disk}; clocks: ${result.clocks}`,
);
console.log(`faults   ${faults.length}: ${JSON.stringify(happened)}`);
console.log(`sent     ${JSON.stringify(result.sent)}; acknowledged ${result.acknowledged}; sent again ${result.resends} times`);
console.log(`ended    ${JSON.stringify(judgement.counts)}`);
tell('lost', judgement.lost);
tell('doubled', judgement.doubled);
tell('unsettled', judgement.unsettled);
console.log(`LOST ${result.lost}   DOUBLED ${result.doubled}   UNSETTLED ${result.unsettled}`);
if (options.json) console.log(JSON.stringify(result));
process.exit(result.lost + result.doubled + result.unsettled === 0 ? 0 : 1);

function tell(title: string, broken: Broken): void {
  for (const [name, examples] of Object.entries(broken))
    console.log(
      `${title.padEnd(10)} ${String(examples.length).padStart(5)}  ${name}${examples.length > 0 ? `: ${examples.slice(0, 8).join(', ')}` : ''}`,
    );
}
