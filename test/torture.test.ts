/** A short torture run: workers, listener, web process and PostgreSQL die, archive and health record fail, under a mixed load. The long ones: `npm run torture`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultName, planFaults } from '../tools/torture/fault-plan.ts';
import { tortureOptions } from '../tools/torture/options.ts';
import { runTorture } from '../tools/torture/run-torture.ts';

const SECONDS = 8;
/** Of every sort one: a process, the database, each neighbour. */
const PLAN: readonly { readonly atMs: number; readonly name: FaultName; readonly lastsMs: number }[] = [
  { atMs: 600, name: 'ehr-503-after-commit', lastsMs: 1500 },
  { atMs: 1_200, name: 'kill-worker', lastsMs: 0 },
  { atMs: 2_400, name: 'kill-postgres', lastsMs: 300 },
  { atMs: 3_800, name: 'archive-stores-without-answer', lastsMs: 1500 },
  { atMs: 4_400, name: 'kill-listener', lastsMs: 0 },
  { atMs: 5_600, name: 'cut-connections', lastsMs: 0 },
  { atMs: 6_500, name: 'disk-full', lastsMs: 500 },
];

test('nothing that was acknowledged is lost, nothing is anywhere twice, every case has its end', async (t) => {
  const options = { ...tortureOptions(['--seed', '5', '--rate', '4', '--workers', '1']), seconds: SECONDS, lateImages: false, drainSeconds: 300 };
  const faults = PLAN.map((fault) => ({ ...fault, draw: 0.4 }));
  const result = await runTorture({ ...options, measuredStudies: 1 }, () => undefined, faults);
  t.diagnostic(`${result.acknowledged} messages acknowledged, ${result.judgement.counts['cases']} cases, drained in ${result.drainSeconds} s`);
  assert.ok(result.acknowledged >= 10 && result.faults.length === PLAN.length, 'it was no real run');
  const { lost, doubled, unsettled } = result.judgement;
  const none = (part: typeof lost) => Object.fromEntries(Object.keys(part).map((name) => [name, []]));
  assert.deepEqual({ lost, doubled, unsettled }, { lost: none(lost), doubled: none(doubled), unsettled: none(unsettled) });
});

test('the same seed plans the same faults, another seed others', () => {
  const plan = (seed: number) => planFaults({ seed, seconds: 300, everyMs: 6_000, canJump: true });
  assert.deepEqual(plan(3), plan(3));
  assert.notDeepEqual(plan(3), plan(4));
  assert.ok(new Set(plan(3).map((fault) => fault.name)).size > 10);
});
