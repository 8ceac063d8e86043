/** Is enough of the spine measured to say anything about this study? */
import type { CannotSayReason } from '../case/finding.ts';
import type { Vertebra } from '../case/vertebra.ts';
import { MEASUREMENT } from './thresholds.ts';

export type StudyGate = { readonly evaluable: true } | { readonly evaluable: false; readonly reason: CannotSayReason; readonly detail: string };

/** `least` is the number of vertebrae that must be graded or indeterminate. */
export function isStudyEvaluable(vertebrae: readonly Vertebra[], least: number = MEASUREMENT.vertebraeLeast.value): StudyGate {
  const usable = vertebrae.filter((vertebra) => vertebra.state !== 'not_evaluable').length;
  if (usable >= least) return { evaluable: true };
  const reasons = [...new Set(vertebrae.flatMap((vertebra) => (vertebra.reason ? [vertebra.reason] : [])))];
  const why = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  if (vertebrae.length === 0) return { evaluable: false, reason: 'too-few-vertebrae', detail: 'no vertebra of T1-L5 was found in the images' };
  return {
    evaluable: false,
    reason: 'too-few-vertebrae',
    detail: `${usable} of ${vertebrae.length} vertebrae could be measured, ${least} are needed${why}`,
  };
}
