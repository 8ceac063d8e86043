/** Folders that come with the product are found wherever a process was started; a folder that a site names is taken as it was given. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readConfig } from '#src/config.ts';

const FOLDERS = ['MODEL_LOCALIZER_DIR', 'MODEL_DETECTOR_DIR', 'MODEL_LANDMARKS_DIR'] as const;

test('the defaults are the folders of the installed product, from any working directory', () => {
  const config = new URL('../src/config.ts', import.meta.url).href;
  const told = `import { readConfig } from '${config}'; const c = readConfig({}); console.log(JSON.stringify(${JSON.stringify(FOLDERS)}.map((name) => c[name])));`;
  const run = execFileSync(process.execPath, ['--input-type=module', '--eval', told], { cwd: tmpdir(), encoding: 'utf8' });
  const folders = JSON.parse(run) as string[];
  assert.equal(folders.length, 3);
  for (const folder of folders) assert.ok(isAbsolute(folder) && existsSync(`${folder}/manifest.json`), folder);
  assert.equal(folders[0], fileURLToPath(new URL('../models/spine-localizer', import.meta.url)));
});

test('a folder that is given stays as given, and an empty one stays empty', () => {
  const config = readConfig({ MODEL_LOCALIZER_DIR: '', MODEL_DETECTOR_DIR: 'models/vertebra-detector', MODEL_LANDMARKS_DIR: '/srv/ours' });
  assert.deepEqual(
    FOLDERS.map((name) => config[name]),
    ['', 'models/vertebra-detector', '/srv/ours'],
  );
});
