/** How many examinations a rise needs to be seen: two shares by the usual formula, a step in the time series by simulation. */
import { normalQuantile } from './distributions.ts';
import { interruptedSeries, type SeriesCounts } from './interrupted-series.ts';

export interface PowerQuestion {
  /** Shares, 0 to 1. */
  readonly from: number;
  readonly to: number;
  readonly alpha: number;
  readonly power: number;
}

/** Counted examinations in each of the two groups, two-sided test (Fleiss, Statistical Methods for Rates and Proportions, without continuity correction). */
export function neededInEachGroup({ from, to, alpha, power }: PowerQuestion): number {
  const middle = (from + to) / 2;
  const root =
    normalQuantile(1 - alpha / 2) * Math.sqrt(2 * middle * (1 - middle)) + normalQuantile(power) * Math.sqrt(from * (1 - from) + to * (1 - to));
  return Math.ceil((root / (to - from)) ** 2);
}

export interface SeriesDesign {
  readonly periods: number;
  /** The first period after the change. */
  readonly change: number;
  /** Counted examinations of one arm in one period. */
  readonly perPeriod: number;
  readonly from: number;
  readonly to: number;
  readonly hasControl: boolean;
}

/** Share of simulated years in which the step is seen (95 % interval of the level change above 0). The same seed gives the same answer. */
export function seriesPower(design: SeriesDesign, years: number, seed: number): number {
  const random = stream(seed);
  let seen = 0;
  for (let year = 0; year < years; year++) {
    const counts = Array.from({ length: design.periods }, (_, time): SeriesCounts => {
      const after = time >= design.change;
      return {
        period: String(time),
        after,
        intervention: drawn(design.perPeriod, after ? design.to : design.from, random),
        control: design.hasControl ? drawn(design.perPeriod, design.from, random) : null,
      };
    });
    const result = interruptedSeries(counts);
    if (result && result.level.low > 0) seen += 1;
  }
  return seen / years;
}

function drawn(counted: number, share: number, random: () => number): { readonly hits: number; readonly counted: number } {
  let hits = 0;
  for (let each = 0; each < counted; each++) if (random() < share) hits += 1;
  return { hits, counted };
}

/** Numbers from 0 up to 1 that look random and are always the same (the public-domain mulberry32 recurrence). */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
