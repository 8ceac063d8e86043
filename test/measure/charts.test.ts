/** Charts of the audit: limits by their formulas, Anhøj's rules against a plain count, and published values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pChart, xmrChart } from '#src/measure/control-chart.ts';
import { binomialQuantile, median, runSignals } from '#src/measure/run-chart.ts';

const counts = fc.array(
  fc.nat(400).chain((counted) => fc.record({ counted: fc.constant(counted), hits: fc.nat(counted) })),
  { minLength: 1, maxLength: 30 },
);

test('p-chart: limits enclose the centre, are p +/- 3 sqrt(p(1-p)/n) inside 0 to 1, and narrow with n', () => {
  fc.assert(
    fc.property(counts, (points) => {
      const { centre, limits } = pChart(points);
      const all = points.reduce((sum, point) => sum + point.counted, 0);
      if (all === 0) return assert.equal(centre, null);
      const p = points.reduce((sum, point) => sum + point.hits, 0) / all;
      assert.equal(centre, p);
      points.forEach((point, index) => {
        const limit = limits[index];
        if (point.counted === 0) return assert.equal(limit, null);
        assert.ok(limit && limit.low <= p + 1e-12 && limit.high >= p - 1e-12 && limit.low >= 0 && limit.high <= 1);
        const sigma = Math.sqrt((p * (1 - p)) / point.counted);
        if (limit.high < 1) assert.ok(Math.abs(limit.high - p - 3 * sigma) < 1e-9);
        assert.equal(limit.outside, Math.abs(point.hits / point.counted - p) > 3 * sigma + 1e-9, 'outside is what lies more than 3 sigma away');
      });
    }),
  );
});

test('p-chart by hand: 20 periods of 100 at 50 %, one of 70 %', () => {
  const { centre, limits } = pChart([...Array.from({ length: 20 }, () => ({ hits: 50, counted: 100 })), { hits: 70, counted: 100 }]);
  assert.ok(centre !== null && Math.abs(centre - 1070 / 2100) < 1e-12);
  assert.deepEqual(
    limits.map((limit) => limit?.outside),
    [...Array.from({ length: 20 }, () => false), true],
  );
});

test('XmR by hand (mean moving range 2, mean 11): limits 11 +/- 5.32', () => {
  const chart = xmrChart([10, 12, 10, 12]);
  assert.ok(chart && Math.abs(chart.low - 5.68) < 1e-9 && Math.abs(chart.high - 16.32) < 1e-9);
  assert.equal(xmrChart([1]), null);
  assert.equal(xmrChart([0, 9, 0, 9], 0)?.low, 0);
});

test('XmR: a constant shifts the chart and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 }),
      fc.integer({ min: -500, max: 500 }),
      (values, by) => {
        const [a, b] = [xmrChart(values), xmrChart(values.map((value) => value + by))];
        assert.ok(a && b && Math.abs(b.high - a.high - by) < 1e-6 && Math.abs(b.low - a.low - by) < 1e-6);
        assert.deepEqual(a.outside, b.outside);
      },
    ),
  );
});

test('binomial quantile agrees with a sum over all outcomes', () => {
  for (let trials = 1; trials <= 16; trials++) {
    const outcomes = Array.from({ length: 2 ** trials }, (_, n) => n.toString(2).replaceAll('0', '').length);
    for (const probability of [0.01, 0.05, 0.5, 0.95]) {
      const least = Array.from({ length: trials + 1 }, (_, k) => k).find(
        (k) => outcomes.filter((ones) => ones <= k).length / outcomes.length >= probability,
      );
      assert.equal(binomialQuantile(probability, trials), least, `${probability} of ${trials}`);
    }
  }
});

test("Anhøj's limits for 12, 20 and 24 useful points are those of the published table", () => {
  const limits = (n: number) => runSignals(Array.from({ length: n }, (_, index) => index % 2));
  assert.deepEqual(
    [12, 20, 24].map((n) => [limits(n)?.longestRunLimit, limits(n)?.crossingsLimit]),
    [
      [7, 3],
      [7, 6],
      [8, 8],
    ],
  );
});

test('run chart: runs and crossings as counted plainly; order turned round gives the same; a step is a shift', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 }), (values) => {
      const found = runSignals(values);
      const middle = median(values) ?? 0;
      const sides = values
        .filter((value) => value !== middle)
        .map((value) => (value > middle ? 'u' : 'd'))
        .join('');
      if (sides.length < 10) return assert.equal(found, null);
      assert.equal(found?.longestRun, Math.max(...(sides.match(/u+|d+/g) ?? []).map((run) => run.length)));
      assert.equal(found?.crossings, (sides.match(/u+|d+/g) ?? []).length - 1);
      assert.deepEqual(runSignals(values.toReversed()), found);
      assert.deepEqual(runSignals(values.map((value) => 100 - value)), found);
    }),
  );
  assert.equal(runSignals([...Array.from({ length: 12 }, () => 1), ...Array.from({ length: 12 }, () => 9)])?.shift, true);
  assert.equal(runSignals(Array.from({ length: 24 }, (_, index) => [1, 9, 9, 1][index % 4] ?? 0))?.shift, false);
});
