/** Figures with their confidence intervals, as the model card prints them. */
import { proportion } from '#src/measure/score-evaluation.ts';

export interface Rate {
  readonly of: number;
  readonly count: number;
  readonly rate: number | null;
  /** 95 %, Wilson. */
  readonly ci: readonly [number, number] | null;
}

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

export function rateOf(count: number, of: number): Rate {
  const { rate, ci } = proportion(count, of);
  return { of, count, rate: rate === null ? null : round(rate), ci: ci && [round(ci[0]), round(ci[1])] };
}

export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  return round(sorted[low]! + (place - low) * (sorted[Math.min(low + 1, sorted.length - 1)]! - sorted[low]!), 2);
}

/** Bland-Altman: bias and 1.96 sd of the differences, with the standard error of each as a 95 % interval. */
export function agreement(
  differences: readonly number[],
): { n: number; bias: number; biasCi: [number, number]; limits: number; limitsCi: [number, number] } | null {
  const n = differences.length;
  if (n < 3) return null;
  const bias = differences.reduce((sum, value) => sum + value, 0) / n;
  const sd = Math.sqrt(differences.reduce((sum, value) => sum + (value - bias) ** 2, 0) / (n - 1));
  const se = (1.96 * sd) / Math.sqrt(n);
  const limitsSe = (1.96 * 1.96 * sd) / Math.sqrt(2 * (n - 1));
  return {
    n,
    bias: round(bias, 2),
    biasCi: [round(bias - se, 2), round(bias + se, 2)],
    limits: round(1.96 * sd, 2),
    limitsCi: [round(1.96 * sd - limitsSe, 2), round(1.96 * sd + limitsSe, 2)],
  };
}
