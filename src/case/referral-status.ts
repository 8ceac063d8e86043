/** What has become of a referral, read from the answers that people gave. */
import type { HumanAnswer } from './referral.ts';

export type ReferralStatus = 'proposed' | 'accepted' | 'scheduled' | 'declined' | 'done';

/** What each answer about a referral makes of it. The same table stands in `backstop.referral_status` of the migrations. */
const MEANING: Readonly<Partial<Record<HumanAnswer['kind'], ReferralStatus>>> = {
  'card-accepted': 'accepted',
  'referral-accepted': 'accepted',
  'referral-scheduled': 'scheduled',
  'referral-unattended': 'accepted',
  'referral-declined': 'declined',
  'referral-done': 'done',
};

/** The newest answer that speaks of the referral, or null: then it is only proposed. */
export function newestReferralAnswer(answers: readonly HumanAnswer[]): HumanAnswer | null {
  let newest: HumanAnswer | null = null;
  for (const answer of answers) if (MEANING[answer.kind] && (newest === null || answer.at >= newest.at)) newest = answer;
  return newest;
}

/** What has become of the referral, by the newest answer that speaks of it. */
export function referralStatus(answers: readonly HumanAnswer[]): ReferralStatus {
  const newest = newestReferralAnswer(answers);
  return (newest && MEANING[newest.kind]) ?? 'proposed';
}

/** A person took the referral on: from then on there is an order, and software takes nothing back. */
export function isAcceptance({ kind }: Pick<HumanAnswer, 'kind'>): boolean {
  return kind === 'card-accepted' || kind === 'referral-accepted' || kind === 'referral-scheduled';
}
