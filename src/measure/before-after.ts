/** Before and after, with a control group: the difference in differences of four shares, and a p-chart whose limits are those of the time before. */
import type { Counts, DifferenceInDifferences, PhaseChart } from '../case/year-report.ts';
import { normalQuantile, normalTwoSided } from './distributions.ts';

const shareOf = ({ hits, counted }: Counts): number => hits / counted;
const variance = (counts: Counts): number => (shareOf(counts) * (1 - shareOf(counts))) / counts.counted;

/** Normal approximation; null where a group is empty. Without a control group it is the plain difference. */
export function differenceInDifferences(groups: {
  readonly before: Counts;
  readonly after: Counts;
  readonly controlBefore: Counts | null;
  readonly controlAfter: Counts | null;
}): DifferenceInDifferences | null {
  const { before, after, controlBefore, controlAfter } = groups;
  const all = [before, after, ...(controlBefore && controlAfter ? [controlBefore, controlAfter] : [])];
  if (all.some((one) => one.counted === 0)) return null;
  const own = shareOf(after) - shareOf(before);
  const control = controlBefore && controlAfter ? shareOf(controlAfter) - shareOf(controlBefore) : null;
  const value = own - (control ?? 0);
  const error = Math.sqrt(all.reduce((sum, one) => sum + variance(one), 0));
  const z = normalQuantile(0.975);
  return { own, control, value, error, low: value - z * error, high: value + z * error, p: error > 0 ? normalTwoSided(value / error) : 1 };
}

/** Limits p +/- 3 sqrt(p (1 - p) / n) of the time before, drawn on through the time after: a point outside is news. Null without a time before. */
export function phaseChart(points: readonly (Counts & { readonly period: string; readonly after: boolean | null })[]): PhaseChart | null {
  const sum = (list: readonly Counts[]): Counts => ({
    hits: list.reduce((total, one) => total + one.hits, 0),
    counted: list.reduce((total, one) => total + one.counted, 0),
  });
  const before = sum(points.filter((one) => one.after === false));
  const after = sum(points.filter((one) => one.after === true));
  if (before.counted === 0) return null;
  const centre = shareOf(before);
  return {
    centreBefore: centre,
    centreAfter: after.counted === 0 ? null : shareOf(after),
    points: points.map((one) => {
      if (one.counted === 0) return { ...one, share: null, low: null, high: null, outside: false };
      const width = 3 * Math.sqrt((centre * (1 - centre)) / one.counted);
      const [low, high] = [Math.max(0, centre - width), Math.min(1, centre + width)];
      const share = shareOf(one);
      return { ...one, share, low, high, outside: share < low - 1e-12 || share > high + 1e-12 };
    }),
  };
}
