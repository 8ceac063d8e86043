/**
 * Interrupted time series with a control group. The two arms are compared week by week: what both go through (a new guideline, a holiday) cancels in
 * the difference between them, and the difference is fitted before and after with its own level and slope. Bernal 2017, Int J Epidemiol 46:348;
 * controls: Lopez Bernal 2018, Int J Epidemiol 47:2082. Without a control arm the arm's own share is fitted.
 */
import type { SeriesPoint, SeriesResult } from '../case/year-report.ts';
import { type Fit, fitSeries } from './least-squares.ts';

/** Periods over which neighbours may be alike: the rule of thumb 4 (n / 100)^(2/9) of Newey and West. */
export function usualLags(points: number): number {
  return Math.floor(4 * (points / 100) ** (2 / 9));
}

/** Counts of one period; `after` null for the period in which the change came: it belongs to neither side. */
export interface SeriesCounts {
  readonly period: string;
  readonly after: boolean | null;
  readonly intervention: { readonly hits: number; readonly counted: number };
  /** Null: there is no control arm. */
  readonly control: { readonly hits: number; readonly counted: number } | null;
}

export function interruptedSeries(counts: readonly SeriesCounts[]): SeriesResult | null {
  const used = counts
    .map((one, time) => ({ ...one, time }))
    .filter((one) => one.after !== null && one.intervention.counted > 0 && (one.control === null || one.control.counted > 0));
  const start = used.find((one) => one.after)?.time;
  if (start === undefined || used.filter((one) => !one.after).length < 3 || used.filter((one) => one.after).length < 3) return null;
  const rows = used.map((one) => designRow(one.time, start, one.after === true));
  const y = used.map((one) => shareOf(one.intervention) - (one.control ? shareOf(one.control) : 0));
  const weights = used.map((one) => 1 / (1 / one.intervention.counted + (one.control ? 1 / one.control.counted : 0)));
  const lags = usualLags(used.length);
  const fit = fitSeries(rows, y, weights, lags);
  if (!fit) return null;
  const [, , level, slope] = fit.coefficients;
  if (!level || !slope) return null;
  return {
    withControl: used.every((one) => one.control !== null),
    level,
    slope,
    lags,
    points: used.map((one, index) => point(one, fit, index)),
    degrees: fit.degrees,
  };
}

/** 1, time, after, time since: the level jumps and the slope bends at the first period after. */
function designRow(time: number, start: number, after: boolean): readonly number[] {
  return [1, time - start, after ? 1 : 0, after ? time - start : 0];
}

function point(one: SeriesCounts & { readonly time: number }, fit: Fit, index: number): SeriesPoint {
  return {
    period: one.period,
    after: one.after === true,
    difference: shareOf(one.intervention) - (one.control ? shareOf(one.control) : 0),
    fitted: fit.fitted[index] as number,
  };
}

const shareOf = ({ hits, counted }: { readonly hits: number; readonly counted: number }): number => hits / counted;
