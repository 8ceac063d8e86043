/**
 * The statistics against other programs. Reference values: statsmodels 0.15.0, SciPy and NumPy 2.4.6 (Python), computed once on 2026-11-23 from the
 * series below: `sm.WLS(y, X, weights=w).fit(cov_type='HAC', cov_kwds={'maxlags': L, 'use_correction': True}, use_t=True)`; the sample size
 * 76.7 is the example in the help page of R's power.prop.test.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceInDifferences, phaseChart } from '#src/measure/before-after.ts';
import { incompleteBeta, normalCdf, normalQuantile, studentCdf, studentQuantile, studentTwoSided } from '#src/measure/distributions.ts';
import { interruptedSeries, type SeriesCounts, usualLags } from '#src/measure/interrupted-series.ts';
import { fitSeries } from '#src/measure/least-squares.ts';
import { neededInEachGroup, seriesPower } from '#src/measure/power.ts';

const near = (value: number, expected: number, within = 1e-9): void => assert.ok(Math.abs(value - expected) <= within, `${value} is not ${expected}`);

test('distributions: SciPy', () => {
  near(studentCdf(1.7, 5), 0.925061606575838);
  near(studentQuantile(0.975, 12), 2.1788128296672284);
  near(studentTwoSided(2.3, 7), 0.05499109520437159);
  near(normalQuantile(0.975), 1.959963984540054);
  near(normalQuantile(0.8), 0.8416212335729143);
  near(normalCdf(-1.3), 0.09680048458561036);
  near(incompleteBeta(0.3, 2.5, 4), 0.3521975859067672);
});

const HITS = [8, 9, 7, 10, 8, 9, 11, 8, 12, 13, 12, 14, 13, 12, 14, 15];
const COUNTED = [12, 11, 10, 13, 11, 12, 14, 11, 14, 14, 13, 15, 14, 13, 15, 16];
const CONTROL_HITS = [9, 8, 9, 8, 10, 9, 8, 9, 9, 10, 8, 9, 10, 9, 8, 10];
const CONTROL_COUNTED = [12, 10, 12, 11, 13, 12, 11, 12, 12, 13, 11, 12, 13, 12, 11, 13];
const SERIES: readonly SeriesCounts[] = HITS.map((hits, time) => ({
  period: String(time),
  after: time >= 8,
  intervention: { hits, counted: COUNTED[time] as number },
  control: { hits: CONTROL_HITS[time] as number, counted: CONTROL_COUNTED[time] as number },
}));

test('segmented regression with Newey-West errors: statsmodels', () => {
  const result = interruptedSeries(SERIES);
  assert.ok(result);
  assert.equal(result.lags, 2);
  assert.equal(result.degrees, 12);
  near(result.level.value, 0.11582450714307252);
  near(result.level.error, 0.020722530739489722);
  near(result.level.p, 0.00011813256291126564);
  near(result.level.low, 0.07067399130469879);
  near(result.level.high, 0.16097502298144625);
  near(result.slope.value, -0.002144942202906709);
  near(result.slope.error, 0.006688906229409956);
});

test('without lags the errors are White’s: statsmodels', () => {
  const y = SERIES.map(({ intervention: a, control: b }) => a.hits / a.counted - (b?.hits ?? 0) / (b?.counted ?? 1));
  const weights = SERIES.map(({ intervention: a, control: b }) => 1 / (1 / a.counted + 1 / (b?.counted ?? 1)));
  const rows = SERIES.map((_, time) => [1, time - 8, time >= 8 ? 1 : 0, time >= 8 ? time - 8 : 0]);
  const fit = fitSeries(rows, y, weights, 0);
  near(fit?.coefficients[0]?.error as number, 0.03703982936205684);
  near(fit?.coefficients[3]?.error as number, 0.009014004692480385);
});

test('a level and a slope that are there are found, and what both arms share is not taken for an effect', () => {
  const counted = 100_000;
  const series = Array.from({ length: 24 }, (_, time): SeriesCounts => {
    const drift = 0.5 + 0.01 * time;
    const effect = time >= 12 ? 0.1 + 0.005 * (time - 12) : 0;
    return {
      period: String(time),
      after: time >= 12,
      intervention: { hits: Math.round((drift + effect) * counted), counted },
      control: { hits: Math.round(drift * counted), counted },
    };
  });
  const result = interruptedSeries(series);
  near(result?.level.value as number, 0.1, 1e-4);
  near(result?.slope.value as number, 0.005, 1e-5);
  const alone = interruptedSeries(series.map((one) => ({ ...one, control: null })));
  assert.equal(alone?.withControl, false);
});

test('the period of the change counts on neither side, empty periods are left out, and too few points say nothing', () => {
  const holed = SERIES.map((one, time) =>
    time === 8 ? { ...one, after: null } : time === 3 ? { ...one, intervention: { hits: 0, counted: 0 } } : one,
  );
  assert.equal(interruptedSeries(holed)?.points.length, 14);
  assert.equal(interruptedSeries(SERIES.slice(6, 12)), null);
  assert.equal(interruptedSeries([]), null);
  assert.equal(usualLags(52), 3);
});

test('columns that depend on each other give no fit', () => {
  const rows = [
    [1, 2],
    [2, 4],
    [3, 6],
    [4, 8],
  ];
  assert.equal(fitSeries(rows, [1, 2, 3, 4], [1, 1, 1, 1], 0), null);
});

test('difference in differences: SciPy', () => {
  const did = differenceInDifferences({
    before: { hits: 60, counted: 100 },
    after: { hits: 85, counted: 100 },
    controlBefore: { hits: 62, counted: 100 },
    controlAfter: { hits: 66, counted: 100 },
  });
  assert.ok(did);
  near(did.value, 0.21);
  near(did.error, 0.09096702699330125);
  near(did.low, 0.03170790331244658);
  near(did.p, 0.020969743914147732);
  assert.equal(
    differenceInDifferences({ before: { hits: 0, counted: 0 }, after: { hits: 1, counted: 2 }, controlBefore: null, controlAfter: null }),
    null,
  );
});

test('the p-chart draws the limits of the time before on: a rise lies outside', () => {
  const chart = phaseChart([
    ...Array.from({ length: 6 }, (_, month) => ({ period: `${month}`, after: false, hits: 77, counted: 100 })),
    { period: '6', after: true, hits: 93, counted: 100 },
  ]);
  near(chart?.centreBefore as number, 0.77);
  near(chart?.points[6]?.high as number, 0.77 + 3 * Math.sqrt((0.77 * 0.23) / 100));
  assert.deepEqual(
    chart?.points.map((one) => one.outside),
    [false, false, false, false, false, false, true],
  );
});

test('sample sizes: R’s power.prop.test, and SciPy', () => {
  assert.equal(neededInEachGroup({ from: 0.5, to: 0.75, alpha: 0.05, power: 0.9 }), 77);
  assert.equal(neededInEachGroup({ from: 0.77, to: 0.9, alpha: 0.05, power: 0.8 }), 127);
  assert.equal(neededInEachGroup({ from: 0.43, to: 0.6, alpha: 0.05, power: 0.8 }), 135);
});

test('a simulated step is seen more often the larger it is, and hardly ever where there is none', () => {
  const design = { periods: 52, change: 26, perPeriod: 12, from: 0.6, hasControl: true };
  const [none, some, much] = [0.6, 0.75, 0.95].map((to) => seriesPower({ ...design, to }, 150, 7));
  assert.ok((none as number) < 0.12, `${none}`);
  assert.ok((some as number) > (none as number) && (much as number) > (some as number), `${some} ${much}`);
  assert.equal(seriesPower({ ...design, to: 0.75 }, 20, 7), seriesPower({ ...design, to: 0.75 }, 20, 7));
});

test('an effect does not depend on the units of the weights', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), (scale) => {
      const rows = SERIES.map((_, time) => [1, time, time >= 8 ? 1 : 0]);
      const y = HITS.map((hits, time) => hits / (COUNTED[time] as number));
      const [one, other] = [
        fitSeries(rows, y, COUNTED, 2),
        fitSeries(
          rows,
          y,
          COUNTED.map((n) => n * scale),
          2,
        ),
      ];
      near(one?.coefficients[2]?.value as number, other?.coefficients[2]?.value as number, 1e-8);
      near(one?.coefficients[2]?.error as number, other?.coefficients[2]?.error as number, 1e-8);
    }),
    { numRuns: 30 },
  );
});
