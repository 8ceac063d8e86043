/** What `backstop doctor` says of model folders and of the machine: the folders that would be loaded and no others, each fault with its setting. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkDisk, checkMemory, memoryMb } from '#src/cli/doctor-machine.ts';
import { checkModels } from '#src/cli/doctor-models.ts';
import { readConfig } from '#src/config.ts';
import { toyLandmarkFolder } from './systems/fracture-model/toy-onnx.ts';
import { segmentationToy, toyWholeFolder } from './systems/fracture-model/toy-whole.ts';

let whole = '';
let landmarks = '';
before(async () => {
  [whole, landmarks] = await Promise.all([toyWholeFolder(segmentationToy()), toyLandmarkFolder({})]);
});
after(() => Promise.all([whole, landmarks].map((folder) => rm(folder, { recursive: true, force: true }))));

const look = async (settings: Record<string, string>): Promise<string[]> =>
  (await checkModels(readConfig(settings))).map(({ system, phase, ok, text }) => `${ok} ${system} ${phase}: ${text}`);

test('MODEL_DIR is looked at in place of the three, which nobody loads then', async () => {
  const rows = await look({ MODEL_DIR: whole, MODEL_DETECTOR_DIR: '/nowhere' });
  assert.equal(rows.length, 3);
  assert.match(rows[0]!, /^true model manifest: .*segmentation3d@1, SHA-256 [0-9a-f]{8} as the manifest says$/);
  assert.match(rows[1]!, /^true model self-test: /);
  assert.equal(rows[2], 'null shadow model manifest: no second set is configured');
});

test('the shadow set: a folder of the wrong kind, one that is not there, and one that is the live one', async () => {
  const rows = await look({
    MODEL_DIR: whole,
    MODEL_SHADOW_DETECTOR_DIR: landmarks,
    MODEL_SHADOW_LANDMARKS_DIR: '/nowhere',
    MODEL_LOCALIZER_DIR: '',
  });
  assert.equal(rows[2], 'null shadow model manifest: MODEL_SHADOW_LOCALIZER_DIR is empty: no localizer');
  assert.match(rows[3]!, /^false shadow model manifest: MODEL_SHADOW_DETECTOR_DIR .* contract is landmarks2d@1, detector2d@1 is needed here$/);
  assert.match(rows[4]!, /^null shadow model self-test: .*not tried$/);
  assert.equal(rows[5], 'false shadow model manifest: MODEL_SHADOW_LANDMARKS_DIR /nowhere: manifest.json is not there');
  assert.equal((await look({ MODEL_DIR: whole, MODEL_SHADOW_DIR: whole }))[2], `null shadow model manifest: ${whole}: as the live one`);
});

test('a network that was changed after its manifest was written is refused by its hash', async () => {
  const broken = await toyWholeFolder(segmentationToy());
  try {
    await writeFile(join(broken, 'model.onnx'), 'another network');
    const [manifest, selfTest] = await look({ MODEL_DIR: broken });
    assert.match(manifest!, /^false model manifest: MODEL_DIR .*does not have the SHA-256 of the manifest/);
    assert.match(selfTest!, /^null model self-test/);
  } finally {
    await rm(broken, { recursive: true, force: true });
  }
});

test('memory: enough, perhaps too little, and a limit that would never stop anything', () => {
  const settings = { MODEL_MEMORY_LIMIT_MB: 4096, WORK_MODEL: 2 };
  const said = (hasMb: number) => checkMemory(settings, hasMb).ok;
  assert.deepEqual([said(6144), said(6143), said(4097), said(4096)], [true, null, null, false]);
  assert.ok(memoryMb() > 256, 'the room of this machine is known');
});

test('disk: the folder of the embedded database, also before it is made; with a database elsewhere nothing is kept here', async () => {
  const folder = join(tmpdir(), 'not', 'made', 'yet');
  const row = await checkDisk({ DATABASE_URL: '', BACKSTOP_DATA_DIR: folder });
  assert.match(row.text, /^\d+ MiB free for BACKSTOP_DATA_DIR/);
  assert.ok(row.text.includes(folder));
  const elsewhere = await checkDisk({ DATABASE_URL: 'postgres://db/backstop', BACKSTOP_DATA_DIR: folder });
  assert.deepEqual([elsewhere.ok, /nothing is kept on this machine/.test(elsewhere.text)], [null, true]);
});
