/** What has become of a referral, read from the answers that people gave. */
import type { HumanAnswer } from './referral.ts';

export type ReferralStatus = 'proposed' | 'accepted' | 'declined' | 'done';

/** What has become of the referral, by the newest answer that speaks of it. */
export function referralStatus(answers: readonly HumanAnswer[]): ReferralStatus {
  const meaning: Partial<Record<HumanAnswer['kind'], ReferralStatus>> = {
    'card-accepted': 'accepted',
    'referral-accepted': 'accepted',
    'referral-declined': 'declined',
    'referral-done': 'done',
  };
  let newest: { at: string; status: ReferralStatus } | null = null;
  for (const { kind, at } of answers) {
    const status = meaning[kind];
    if (status && (newest === null || at >= newest.at)) newest = { at, status };
  }
  return newest?.status ?? 'proposed';
}
