/** Where does a case go when a person answers? The answer itself is stored by the caller; this says which way the case moves. */
import { type Case, type CaseState, isLegalMove } from '../case/case.ts';
import type { HumanAnswer } from '../case/referral.ts';

export interface AnswerEffect {
  /** Null: the case stays where it is; the answer is only recorded. */
  readonly to: CaseState | null;
  /** One sentence for the time line; no patient data. */
  readonly detail: string;
}

const DETAIL: Readonly<Record<HumanAnswer['kind'], string>> = {
  'finding-confirmed': 'a radiologist confirmed the finding: decided anew',
  'finding-changed': 'a radiologist changed the finding: decided anew',
  'finding-refuted': 'a radiologist refuted the finding: decided anew, what was written is withdrawn',
  'card-accepted': 'a clinician accepted the card: the proposal becomes an order',
  'card-overridden': 'a clinician set the card aside',
  'review-requested': 'a clinician asks for a second look at the images',
  'referral-accepted': 'the fracture liaison service accepted the referral',
  'referral-scheduled': 'the fracture liaison service gave an appointment',
  'referral-unattended': 'the patient did not come to the appointment',
  'referral-declined': 'the referral was declined',
  'referral-done': 'the referral is done',
};

/** A case in any other state is on its way: the answer waits in it and is weighed by the steps to come. */
const SETTLED: readonly CaseState[] = ['written', 'answered', 'parked', 'closed'];

/**
 * Everything that changes what stands in the health record goes back to `measured`, so that `decide` and `write-record` run again
 * (decide keeps a decision that stands). A card set aside changes nothing there. A repeated answer (same key) moves nothing.
 */
export function applyAnswer(subject: Pick<Case, 'state' | 'facts'>, answer: HumanAnswer): AnswerEffect {
  if (subject.facts.answers.some((known) => known.key === answer.key)) return { to: null, detail: 'answered before' };
  const wanted: CaseState = answer.kind === 'card-overridden' || answer.kind === 'review-requested' ? 'answered' : 'measured';
  const settled = SETTLED.includes(subject.state) && subject.facts.reading !== null;
  const legal = settled && subject.state !== wanted && isLegalMove(subject.state, wanted);
  return { to: legal ? wanted : null, detail: DETAIL[answer.kind] };
}
