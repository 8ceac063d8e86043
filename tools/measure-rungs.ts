/**
 * Rungs c, d and e of the model card through the server's own pipeline: phantoms, implanted fractures, real scans. Writes
 * models/vertebra-landmarks/server-rungs.json, which the training's evaluation merges into metrics.json.
 * `node tools/measure-rungs.ts [--rungs cde] [--data ../shared/data] [--out FILE]`
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeLog } from '#src/lib/log.ts';
import { loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { measureImplants } from './rungs/implants.ts';
import { measurePhantoms } from './rungs/phantoms.ts';
import { measureRealScans } from './rungs/real-scans.ts';

const { values: options } = parseArgs({
  options: {
    rungs: { type: 'string', default: 'cde' },
    data: { type: 'string', default: '../shared/data' },
    models: { type: 'string', default: 'models' },
    out: { type: 'string', default: 'models/vertebra-landmarks/server-rungs.json' },
    few: { type: 'boolean', default: false },
    warp: { type: 'string', default: 'rigid-endplates' },
  },
});

const model = await loadFractureModel({
  localizerDir: existsSync(join(options.models, 'spine-localizer', 'manifest.json')) ? join(options.models, 'spine-localizer') : '',
  detectorDir: join(options.models, 'vertebra-detector'),
  landmarksDir: join(options.models, 'vertebra-landmarks'),
  executionProviders: ['cpu'],
  intraOpThreads: 1,
  // A machine that is stopped for others' measurements must not turn a body into a missed one.
  timeLimitMs: 1_200_000,
  memoryLimitMb: 6000,
  log: makeLog({ level: 'warn', destination: 2 }),
});
try {
  const before = existsSync(options.out) ? (JSON.parse(await readFile(options.out, 'utf8')) as Record<string, unknown>) : {};
  const rungs: Record<string, unknown> = { ...before };
  // Each rung keeps the networks that it was measured with: they may be run on different days.
  const models = model.identities().map(({ id, version, sha256 }) => ({ id, version, sha256 }));
  if (options.rungs.includes('c')) rungs['c'] = { ...(await measurePhantoms(model, options.few)), models };
  if (options.rungs.includes('e')) rungs['e'] = { ...(await measureRealScans(model, options.data)), models };
  if (options.rungs.includes('d'))
    rungs['d'] = { ...(await measureImplants(model, options.data, options.few, options.warp === 'squeeze' ? 'squeeze' : 'rigid-endplates')), models };
  await writeFile(options.out, `${JSON.stringify(rungs, null, 1)}\n`);
} finally {
  await model.close();
}
