/** Loading at the start: a wrong folder, a wrong contract or a missing CUDA library stops it with the reason; nothing half-loaded stays behind. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { GiveUp } from '#src/lib/errors.ts';
import type { Log } from '#src/lib/log.ts';
import { checkModelFolder } from '#src/systems/fracture-model/check-model-folder.ts';
import { loadFractureModel } from '#src/systems/fracture-model/client.ts';
import { cudaLibraryIsThere } from '#src/systems/fracture-model/execution-provider.ts';
import { toyLandmarkFolder } from './toy-onnx.ts';

let toy = '';
let broken = '';
before(async () => {
  toy = await toyLandmarkFolder();
  broken = await toyLandmarkFolder({ file: { sha256: '0'.repeat(64) } });
});
after(() => Promise.all([toy, broken].map((folder) => rm(folder, { recursive: true }))));

const refused: string[] = [];
const log: Log = { info: () => undefined, warn: () => undefined, error: (event) => void refused.push(event) };
const load = (dirs: { detectorDir: string; landmarksDir: string }, executionProviders = ['cpu']) =>
  loadFractureModel({ localizerDir: '', ...dirs, executionProviders, intraOpThreads: 1, timeLimitMs: 20_000, memoryLimitMb: 2048, log });

test('a folder of another contract is refused, and the log says so', async () => {
  refused.length = 0;
  const wrong = load({ detectorDir: toy, landmarksDir: toy });
  await assert.rejects(
    wrong,
    (error) => error instanceof GiveUp && error.code === 'MODEL_REFUSED' && /landmarks2d@1, detector2d@1 is needed/.test(error.message),
  );
  assert.deepEqual(refused, ['model.refused']);
});

test('a wrong hash and a folder that is not there', async () => {
  await assert.rejects(load({ detectorDir: broken, landmarksDir: toy }), /SHA-256/);
  await assert.rejects(
    load({ detectorDir: '/nowhere', landmarksDir: toy }),
    (error) => error instanceof GiveUp && /manifest.json is not there/.test(error.message),
  );
});

test('CUDA alone, without its library, stops the start', { skip: cudaLibraryIsThere() ? 'this machine has the CUDA library' : false }, async () => {
  await assert.rejects(
    load({ detectorDir: toy, landmarksDir: toy }, ['cuda']),
    (error) => error instanceof GiveUp && error.code === 'MODEL_CUDA_MISSING',
  );
  const checked = await checkModelFolder(toy, ['cuda']);
  assert.deepEqual([checked.ok, checked.contract], [false, 'landmarks2d@1']);
  assert.match(checked.problems.join(), /CUDA was asked for/);
});
