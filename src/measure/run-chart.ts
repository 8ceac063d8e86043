/**
 * Run chart with Anhøj's two rules. Anhøj and Olesen 2014, PLoS ONE 9(11): e113825: a shift is told by a longest run above round(log2 n) + 3, or by
 * fewer crossings of the median than the 5th percentile of the binomial distribution (n - 1, 0.5). n = points that do not lie on the median.
 */
import type { RunSignals } from '../case/audit-figures.ts';

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? null) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

/** The smallest k with P(X <= k) >= probability, X binomial(trials, 0.5). */
export function binomialQuantile(probability: number, trials: number): number {
  let term = 0.5 ** trials;
  let sum = term;
  let k = 0;
  while (sum < probability && k < trials) {
    term = (term * (trials - k)) / (k + 1);
    sum += term;
    k += 1;
  }
  return k;
}

/** Null with fewer than 10 useful points: then neither rule says anything worth acting on. */
export function runSignals(values: readonly number[]): RunSignals | null {
  const middle = median(values);
  if (middle === null) return null;
  const sides = values.filter((value) => value !== middle).map((value) => value > middle);
  if (sides.length < 10) return null;
  let [longestRun, run, crossings] = [0, 0, 0];
  sides.forEach((side, index) => {
    const same = index > 0 && sides[index - 1] === side;
    if (index > 0 && !same) crossings += 1;
    run = same ? run + 1 : 1;
    longestRun = Math.max(longestRun, run);
  });
  const longestRunLimit = Math.round(Math.log2(sides.length) + 3);
  const crossingsLimit = binomialQuantile(0.05, sides.length - 1);
  return {
    useful: sides.length,
    longestRun,
    longestRunLimit,
    crossings,
    crossingsLimit,
    shift: longestRun > longestRunLimit || crossings < crossingsLimit,
  };
}
