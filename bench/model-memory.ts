/**
 * Memory of the worker and of the networks' process while studies of 1,000 slices are measured one after the other: `node bench/model-memory.ts`
 * (`--studies N`). No ratio and no time: the question is whether either of the two grows. The volume is new for every study, as it is at a site.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Volume } from '#src/case/volume.ts';
import { makeLog } from '#src/lib/log.ts';
import { loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { readDicomFolder } from '../tools/read-scan.ts';
import { median } from './median.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SLICES = 1000;
/** The first studies fill caches and pools; they are no part of the comparison. */
const WARM = 3;

interface Seen {
  readonly workerMb: number;
  readonly networksMb: number;
}

/** Resident memory, MiB; `peak`: the most it ever was. */
function residentMb(pid: number | 'self', field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(line?.[1] ?? Number.NaN) / 1024);
}

function childPid(): number {
  const tasks = readdirSync('/proc/self/task');
  const children = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  if (children.length !== 1) throw new Error(`${children.length} child processes, one was expected`);
  return children[0]!;
}

/** A sample's volume, three times as fine in the slice and with as many thin slices as are asked for: the same anatomy in 400 MB. */
function fine(volume: Volume): Volume {
  const factor = 3;
  const [columns, rows] = [volume.columns * factor, volume.rows * factor];
  const share = volume.slices / SLICES;
  // Memory that threads share, as the worker reads into: the second thread for samples sees it too.
  const values = new Int16Array(new SharedArrayBuffer(2 * columns * rows * SLICES));
  for (let k = 0; k < SLICES; k += 1) {
    const from = Math.min(volume.slices - 1, Math.floor((k + 0.5) * share)) * volume.rows;
    for (let j = 0; j < rows; j += 1) {
      const line = (from + Math.floor(j / factor)) * volume.columns;
      const to = (k * rows + j) * columns;
      for (let i = 0; i < columns; i += 1) values[to + i] = volume.values[line + Math.floor(i / factor)]!;
    }
  }
  const scale = [1 / factor, 1 / factor, share, 1];
  const affine = volume.affine.map((value, at) => value * scale[at % 4]!);
  return { ...volume, columns, rows, slices: SLICES, values, affine, sliceSpacingMm: volume.sliceSpacingMm * share };
}

const { values: asked } = parseArgs({ options: { studies: { type: 'string', default: '20' } } });
const studies = Number(asked.studies);
const model = await loadFractureModel({
  localizerDir: join(ROOT, 'models/spine-localizer'),
  detectorDir: join(ROOT, 'models/vertebra-detector'),
  landmarksDir: join(ROOT, 'models/vertebra-landmarks'),
  executionProviders: ['cpu'],
  intraOpThreads: 2,
  timeLimitMs: 600_000,
  memoryLimitMb: 4096,
  log: makeLog({ level: 'silent' }),
});
const child = childPid();
const sample = await readDicomFolder(join(ROOT, 'samples/s01'), 'CT');
const seen: Seen[] = [];
for (let study = 1; study <= studies; study += 1) {
  const output = await model.measure({ kind: 'volume', volume: fine(sample) }, new AbortController().signal);
  seen.push({ workerMb: residentMb('self', 'VmRSS'), networksMb: residentMb(child, 'VmRSS') });
  console.log(`study ${study}: ${output.bodies.length} bodies; worker ${seen.at(-1)!.workerMb} MiB, networks ${seen.at(-1)!.networksMb} MiB`);
}
const peak = { workerMb: residentMb('self', 'VmHWM'), networksMb: residentMb(child, 'VmHWM') };
await model.close();
const third = Math.max(1, Math.floor((studies - WARM) / 3));
const middle = (part: readonly Seen[], of: keyof Seen): number => median(part.map((one) => one[of]));
const [early, late] = [seen.slice(WARM, WARM + third), seen.slice(-third)];
const growthMb = { worker: middle(late, 'workerMb') - middle(early, 'workerMb'), networks: middle(late, 'networksMb') - middle(early, 'networksMb') };
console.log(JSON.stringify({ studies, slices: SLICES, peak, growthMb }));
