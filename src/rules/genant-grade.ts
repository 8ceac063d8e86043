/** Genant's grade of a height loss, in words near a boundary, and how probable each grade is. Genant 1993, J Bone Miner Res 8:1137. */
import type { Grade } from '../case/vertebra.ts';
import { MEASUREMENT } from './thresholds.ts';

const LIMITS = [MEASUREMENT.grade1Loss.value, MEASUREMENT.grade2Loss.value, MEASUREMENT.grade3Loss.value] as const;

/** `percent` is the adjusted loss, 0-100. */
export function genantGrade(percent: number): Grade {
  return LIMITS.filter((limit) => percent >= limit).length as Grade;
}

/** "1-2" when the loss lies within the hysteresis band of the nearest boundary between two grades, else "2". */
export function gradeText(percent: number): string {
  const grade = genantGrade(percent);
  const nearest = LIMITS.reduce((best, limit) => (Math.abs(percent - limit) < Math.abs(percent - best) ? limit : best));
  if (Math.abs(percent - nearest) >= MEASUREMENT.hysteresis.value) return String(grade);
  return percent < nearest ? `${grade}-${grade + 1}` : `${grade - 1}-${grade}`;
}

/** P(X >= x) of the standard normal distribution; Abramowitz and Stegun 7.1.26, error below 1.5e-7. */
function upperTail(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = (poly * Math.exp(-z * z)) / 2;
  return x >= 0 ? half : 1 - half;
}

/** P(grade >= 1), P(grade >= 2), P(grade >= 3) for a loss with a Gaussian error. */
export function gradeProbabilities(percent: number, sd: number): readonly [number, number, number] {
  const beyond = (limit: number): number => upperTail((limit - percent) / Math.max(sd, 0.1));
  return [beyond(LIMITS[0]), beyond(LIMITS[1]), beyond(LIMITS[2])];
}
