/** Requirements, hazards and threats name tests that exist; the table that leads back is fresh; and the checker itself finds what is wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testNames } from '../../tools/supply/test-names.ts';
import { rowsOf, traceFaults } from '../../tools/supply/trace.ts';

test('every test that a requirement, hazard or threat names is there, and the generated table is fresh', () => {
  const result = spawnSync(process.execPath, ['tools/trace-requirements.ts', '--check'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
});

const source =
  "test('a plain one', () => {});\ntest(`${role} may not: ${what}`, async () => {});\ntest('it\\'s quoted', { skip }, () => {}); ['web', 'DELETE FROM x']";
const faultsOf = (line: string): string[] => [...traceFaults(rowsOf('page', `| SE-1 | shall | ${line} |`), new Map([['test/a.test.ts', source]]))];

test('names of tests are read from their source, also those that are made of parts', () => {
  assert.deepEqual(
    testNames(source).map((one) => one.text),
    ['a plain one', '${role} may not: ${what}', "it's quoted"],
  );
});

test('the checker finds a missing test, a missing file, a number twice, a number that is not there, and a row with nothing', () => {
  assert.deepEqual(faultsOf('`test/a.test.ts` «a plain one»'), []);
  assert.deepEqual(faultsOf('`test/a.test.ts` «web may not: DELETE FROM x»'), []);
  assert.match(faultsOf('`test/a.test.ts` «web may not: DELETE FROM y»')[0] ?? '', /has no test/, 'a part that is nowhere in the file');
  assert.deepEqual(faultsOf('open: not done'), []);
  assert.match(faultsOf('`test/a.test.ts` «a plain two»')[0] ?? '', /has no test "a plain two"/);
  assert.match(faultsOf('`test/b.test.ts` «a plain one»')[0] ?? '', /test\/b\.test\.ts, which is not there/);
  assert.match(faultsOf('SE-2')[0] ?? '', /leans on SE-2/);
  assert.match(faultsOf('good wishes')[0] ?? '', /names no test/);
  const twice = rowsOf('page', '| SE-1 | a | `test/a.test.ts` «a plain one» |\n| SE-1 | b | `test/a.test.ts` «a plain one» |');
  assert.match([...traceFaults(twice, new Map([['test/a.test.ts', source]]))][0] ?? '', /twice/);
});
