/** Takes what people did in the EHR with our referrals into the cases: by polling, or when a Subscription wakes it. */
import type { Case } from '#src/case/case.ts';
import { type CaseId, caseId } from '#src/case/ids.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { type ReferralStatus, referralStatus } from '#src/case/referral-status.ts';
import type { CaseStore } from '#src/ports.ts';
import { applyAnswer } from '#src/rules/apply-answer.ts';

export interface TakeChangesPorts {
  readonly store: Pick<CaseStore, 'load' | 'recordAnswer'>;
  readonly record: { changes(since: string): Promise<readonly { readonly caseId: string; readonly answer: HumanAnswer }[]> };
}

const SAYS: Partial<Record<HumanAnswer['kind'], ReferralStatus>> = {
  'referral-accepted': 'accepted',
  'referral-declined': 'declined',
  'referral-done': 'done',
};

/** Gives the count of answers that were new. Safe to run again over the same time: an overlap between polls loses nothing and adds nothing. */
export async function takeChanges(ports: TakeChangesPorts, since: string): Promise<number> {
  let taken = 0;
  for (const change of await ports.record.changes(since)) {
    const id = idOf(change.caseId);
    const current = id && (await ports.store.load(id));
    if (!current || knows(current, change.answer)) continue;
    if (await ports.store.recordAnswer(current.id, change.answer, applyAnswer(current, change.answer).to)) taken += 1;
  }
  return taken;
}

/** The status is what our own write put there after an answer that the case has, or an earlier one than that. */
function knows(current: Case, answer: HumanAnswer): boolean {
  const { answers } = current.facts;
  return referralStatus(answers) === SAYS[answer.kind] || (answer.kind === 'referral-accepted' && referralStatus(answers) === 'done');
}

/** Another program's tag in our system is no reason to stop. */
function idOf(text: string): CaseId | undefined {
  try {
    return caseId(text);
  } catch {
    return undefined;
  }
}
