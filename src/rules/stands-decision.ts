/** Does the decision of a case stand, although an answer came? Accepting or finishing a referral must not weigh the patient anew. */
import type { Case } from '../case/case.ts';
import type { HumanAnswer } from '../case/referral.ts';
import { isAcceptance } from '../case/referral-status.ts';

const ABOUT_THE_REFERRAL: readonly HumanAnswer['kind'][] = [
  'card-accepted',
  'card-overridden',
  'review-requested',
  'referral-accepted',
  'referral-scheduled',
  'referral-unattended',
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
  return !(fresh.some(isAcceptance) && decision.outcome === 'human-check');
}
