/** Does the decision of a case stand, although an answer came? Accepting or finishing a referral must not weigh the patient anew. */
import type { Case } from '../case/case.ts';
import type { HumanAnswer } from '../case/referral.ts';

const ABOUT_THE_REFERRAL: readonly HumanAnswer['kind'][] = [
  'card-accepted',
  'card-overridden',
  'review-requested',
  'referral-accepted',
  'referral-declined',
  'referral-done',
];

/**
 * True when the same report version was decided before, and every answer since is about the referral itself. A `human-check` that a
 * person has accepted is the exception: there the acceptance is what the rule waited for.
 */
export function standsDecision(subject: Pick<Case, 'facts' | 'reportVersion'>): boolean {
  const decision = subject.facts.decision;
  if (!decision?.inputs || decision.inputs.reportVersion !== subject.reportVersion) return false;
  const known = new Set(decision.inputs.answerKeys);
  const fresh = subject.facts.answers.filter((answer) => !known.has(answer.key));
  if (fresh.length === 0 || !fresh.every((answer) => ABOUT_THE_REFERRAL.includes(answer.kind))) return false;
  const accepted = fresh.some((answer) => answer.kind === 'card-accepted' || answer.kind === 'referral-accepted');
  return !(accepted && decision.outcome === 'human-check');
}
