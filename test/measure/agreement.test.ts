/** Kappas against cases that were worked out by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cohenKappa, fleissKappa } from '#src/measure/agreement.ts';

const repeat = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

test("Cohen's kappa: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no", () => {
  // Observed (20 + 15) / 50 = .7; expected .5 x .6 + .5 x .4 = .5; kappa = .2 / .5.
  const calls = [
    ...repeat(20, [true, true] as const),
    ...repeat(5, [true, false] as const),
    ...repeat(10, [false, true] as const),
    ...repeat(15, [false, false] as const),
  ];
  const result = cohenKappa(calls)!;
  assert.equal(result.n, 50);
  assert.ok(Math.abs(result.observed - 0.7) < 1e-12 && Math.abs(result.kappa! - 0.4) < 1e-12);
});

test("Fleiss' kappa: three readers, (1 1 1) (0 0 0) (1 1 0)", () => {
  // Mean agreement of pairs (1 + 1 + 1/3) / 3 = 7/9; expected (5/9)^2 + (4/9)^2 = 41/81; kappa = (63 - 41) / (81 - 41).
  const result = fleissKappa([
    [1, 1, 1],
    [0, 0, 0],
    [1, 1, 0],
  ])!;
  assert.ok(Math.abs(result.observed - 7 / 9) < 1e-12 && Math.abs(result.kappa! - 22 / 40) < 1e-12);
});

test('everybody always alike says nothing beyond chance; no subjects say nothing at all; uneven readers are refused', () => {
  assert.deepEqual(cohenKappa(repeat(5, [false, false] as const)), { n: 5, observed: 1, kappa: null });
  assert.equal(fleissKappa(repeat(4, [2, 2, 2]))?.kappa, null);
  assert.deepEqual([cohenKappa([]), fleissKappa([])], [null, null]);
  assert.throws(() => fleissKappa([[1, 1], [1]]), RangeError);
});

test('kappa is at most 1, is 1 exactly when all agree on more than one value, and does not care who is first', () => {
  const call = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 40 }), (calls) => {
      const one = cohenKappa(calls)!;
      const other = cohenKappa(calls.map(([a, b]) => [b, a] as const))!;
      if (one.kappa === null) return other.kappa === null;
      assert.ok(one.kappa <= 1 + 1e-9 && Math.abs(one.kappa - other.kappa!) < 1e-9);
      return Math.abs(one.kappa - 1) < 1e-9 === calls.every(([a, b]) => a === b);
    }),
  );
});
