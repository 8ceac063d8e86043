/** The radiologist's newest answer about what was measured: confirmed, changed or refuted. */
import type { HumanAnswer } from './referral.ts';

export function reviewAnswer(answers: readonly HumanAnswer[]): HumanAnswer | undefined {
  return answers.findLast((answer) => answer.kind.startsWith('finding-'));
}

/** A picture with the model's grades drawn in says something else than the radiologist does now: wherever it is shown, that is said beside it. */
export function isPictureOutdated(answers: readonly HumanAnswer[]): boolean {
  const kind = reviewAnswer(answers)?.kind;
  return kind === 'finding-changed' || kind === 'finding-refuted';
}
