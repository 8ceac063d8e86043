/** Shewhart charts: p-chart for shares, XmR chart for single values. Wheeler, Understanding Variation; Provost and Murray, The Health Care Data Guide. */

export interface PLimits {
  readonly low: number;
  readonly high: number;
  readonly outside: boolean;
}

/** Centre line = all hits / all counted; limits p +/- 3 sqrt(p (1 - p) / n) for each point's own n, kept within 0 to 1. Null where n is 0. */
export function pChart(points: readonly { readonly hits: number; readonly counted: number }[]): {
  readonly centre: number | null;
  readonly limits: readonly (PLimits | null)[];
} {
  const counted = points.reduce((sum, point) => sum + point.counted, 0);
  if (counted === 0) return { centre: null, limits: points.map(() => null) };
  const centre = points.reduce((sum, point) => sum + point.hits, 0) / counted;
  const limits = points.map((point) => {
    if (point.counted === 0) return null;
    const width = 3 * Math.sqrt((centre * (1 - centre)) / point.counted);
    const [low, high] = [Math.max(0, centre - width), Math.min(1, centre + width)];
    const share = point.hits / point.counted;
    return { low, high, outside: share < low - 1e-12 || share > high + 1e-12 };
  });
  return { centre, limits };
}

export interface XmrChart {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly outside: readonly boolean[];
}

/** Natural process limits: mean +/- 2.66 times the mean moving range. Null with fewer than two values. `floor` is the least possible value. */
export function xmrChart(values: readonly number[], floor = Number.NEGATIVE_INFINITY): XmrChart | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const ranges = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)));
  const width = (2.66 * ranges.reduce((sum, range) => sum + range, 0)) / ranges.length;
  const [low, high] = [Math.max(floor, mean - width), mean + width];
  return { mean, low, high, outside: values.map((value) => value < low - 1e-9 || value > high + 1e-9) };
}
