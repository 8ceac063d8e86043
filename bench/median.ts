/** Medians and spread of a few rounds, as every bench states them. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/** Rounded to four figures: more would pretend. */
export function spread(values: readonly number[]): Spread {
  const rounded = (value: number): number => Number(value.toPrecision(4));
  return { median: rounded(median(values)), least: rounded(Math.min(...values)), most: rounded(Math.max(...values)), rounds: values.length };
}
