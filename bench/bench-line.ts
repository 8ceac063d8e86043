/** One line of the benches' result: a ratio measured in one run, and the bound that it has to keep. */

export interface BenchLine {
  readonly ratio: number;
  readonly target: number;
  /** 'at least': more is better (a rate over a rate); 'at most': less is better (a time over a time). */
  readonly direction: 'at least' | 'at most';
  readonly reached: boolean;
  /** What the ratio was made of: medians, spread, rounds, settings. */
  readonly detail: unknown;
}

export function atLeast(ratio: number, target: number, detail: unknown): BenchLine {
  return { ratio, target, direction: 'at least', reached: ratio >= target, detail };
}

export function atMost(ratio: number, target: number, detail: unknown): BenchLine {
  return { ratio, target, direction: 'at most', reached: ratio <= target, detail };
}
