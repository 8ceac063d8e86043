import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test('who may import whom holds for all of src, and the tool really looked', () => {
  const result = spawnSync(
    process.execPath,
    ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 256 * 2 ** 20 },
  );
  const report = JSON.parse(result.stdout) as {
    summary: { totalCruised: number; totalDependenciesCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  };
  // Without @swc/core the tool sees no TypeScript at all and finds nothing wrong with it.
  assert.ok(report.summary.totalCruised > 100, `only ${report.summary.totalCruised} modules were seen`);
  assert.ok(report.summary.totalDependenciesCruised > 300, `only ${report.summary.totalDependenciesCruised} imports were seen`);
  assert.deepEqual(
    report.summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`),
    [],
  );
});
