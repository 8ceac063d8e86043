/** What is a normal height here? By level and sex, then by the person's own intact bodies. */
import { LEVELS, type Level, type Sex } from '../case/vertebra.ts';
import { NORMAL_ANTERIOR_RATIO, NORMAL_CONCAVITY_MM, NORMAL_POSTERIOR_MM } from './thresholds.ts';

/** Normal Ha / Hp; the mean of both tables when the sex is not known. */
export function normalAnteriorRatio(level: Level, sex: Sex): number {
  const { female, male } = NORMAL_ANTERIOR_RATIO;
  return sex === 'unknown' ? (female[level] + male[level]) / 2 : NORMAL_ANTERIOR_RATIO[sex][level];
}

/** Normal Hm / Hp: half way between front and back, less the natural hollow of both endplates. */
export function normalMiddleRatio(level: Level, sex: Sex): number {
  return (1 + normalAnteriorRatio(level, sex)) / 2 - NORMAL_CONCAVITY_MM / NORMAL_POSTERIOR_MM[level];
}

/** One body's ratio to the table, e.g. (Ha / Hp) / normal; 1 = exactly as the table says. */
export interface OwnRatio {
  readonly level: Level;
  readonly ratio: number;
}

const levelsApart = (a: Level, b: Level): number => Math.abs(LEVELS.indexOf(a) - LEVELS.indexOf(b));
/** Bodies this many levels away count little more than half. */
const REACH_LEVELS = 4;
/** A body this far below the others' ratio is taken as broken and does not define what is normal. */
const BROKEN_BELOW = 0.1;
/** Weight of the table: as many bodies. */
const TABLE_WEIGHT = 0.6;

/**
 * The person's own factor on the table at one level: a weighted mean of the intact bodies around it (the body itself left out), drawn towards 1 when
 * few are there. `limits` keep it from explaining away a spine in which everything is broken.
 */
export function ownFactor(level: Level, all: readonly OwnRatio[], limits: readonly [number, number]): number {
  const others = all.filter((body) => body.level !== level);
  if (others.length < 2) return 1;
  const sorted = others.map((body) => body.ratio).sort((a, b) => a - b);
  const upper = sorted[Math.floor(0.6 * (sorted.length - 1))]!;
  let [weight, sum] = [TABLE_WEIGHT, TABLE_WEIGHT];
  for (const body of others) {
    if (body.ratio < upper - BROKEN_BELOW || body.ratio > upper + 2 * BROKEN_BELOW) continue;
    const near = Math.exp(-((levelsApart(level, body.level) / REACH_LEVELS) ** 2));
    weight += near;
    sum += near * body.ratio;
  }
  return Math.max(limits[0], Math.min(limits[1], sum / weight));
}

export interface OwnHeight {
  readonly level: Level;
  readonly posterior: number;
}

/**
 * Posterior height that the neighbours (three levels up and down) lead one to expect, in their unit; null with fewer than two neighbours. The upper
 * half of the neighbours counts, so that a broken neighbour does not lower the bar.
 */
export function expectedPosterior(level: Level, all: readonly OwnHeight[]): number | null {
  const scaled = all
    .filter((body) => body.level !== level && levelsApart(level, body.level) <= 3)
    .map((body) => (body.posterior * NORMAL_POSTERIOR_MM[level]) / NORMAL_POSTERIOR_MM[body.level])
    .sort((a, b) => a - b);
  if (scaled.length < 2) return null;
  const middle = 0.55 * (scaled.length - 1);
  const low = Math.floor(middle);
  return scaled[low]! + (middle - low) * (scaled[Math.min(low + 1, scaled.length - 1)]! - scaled[low]!);
}
