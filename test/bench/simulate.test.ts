/** The queue simulation against what must be true of any queue: work is conserved, workers help, an overload piles up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulationOptions, simulate } from '../../bench/simulate.ts';

const BASE: SimulationOptions = { reportsPerDay: 2000, imageShare: 0.5, serviceSeconds: [5], workers: 1, days: 30, seed: 7 };

test('as many studies as were asked for, and as much work as they bring', () => {
  const result = simulate(BASE);
  assert.ok(Math.abs(result.studies - 30_000) < 4 * Math.sqrt(30_000), `${result.studies} studies`);
  assert.ok(Math.abs(result.utilisation - (result.studies * 5) / (30 * 86_400)) < 1e-9);
});

test('nobody waits when a worker is always free', () => {
  assert.equal(simulate({ ...BASE, workers: 200 }).longestWait, 0);
});

test('more workers never make the waits longer', () => {
  const waits = [1, 2, 4, 8].map((workers) => simulate({ ...BASE, serviceSeconds: [30, 60], workers }).p95Wait);
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => b - a),
  );
});

test('an overloaded worker falls behind by the work that it cannot do', () => {
  // The last of n studies starts, at the earliest, when the n - 1 before it are done, and it came before the end of the last day.
  const result = simulate({ ...BASE, serviceSeconds: [120], days: 10 });
  assert.ok(result.longestWait >= (result.studies - 1) * 120 - 10 * 86_400, `${result.longestWait} s`);
  // A worker that is never idle after the first morning is behind by no more than that morning and the work that it cannot do.
  assert.ok(result.longestWait <= result.studies * 120 - 9 * 86_400, `${result.longestWait} s`);
});
