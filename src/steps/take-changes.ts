/** Takes what people did in the EHR with our referrals into the cases: by polling, or when a Subscription wakes it. */
import type { Case } from '#src/case/case.ts';
import { type CaseId, caseId } from '#src/case/ids.ts';
import type { HumanAnswer } from '#src/case/referral.ts';
import { newestReferralAnswer } from '#src/case/referral-status.ts';
import type { CaseStore } from '#src/ports.ts';
import { applyAnswer } from '#src/rules/apply-answer.ts';

/** A status of one of our referrals as it stands in the health record. */
interface RecordedChange {
  readonly caseId: string;
  readonly resource: { readonly resourceType: string; readonly id: string; readonly versionId: string | null };
  readonly answer: HumanAnswer;
}

export interface TakeChangesPorts {
  readonly store: Pick<CaseStore, 'load' | 'recordAnswer'>;
  readonly record: { changes(since: string): Promise<readonly RecordedChange[]> };
}

/** How far a referral is; an answer of ours may be newer than what the record shows of it. */
const PROGRESS: Partial<Record<HumanAnswer['kind'], number>> = {
  'card-accepted': 1,
  'referral-accepted': 1,
  'referral-scheduled': 2,
  'referral-unattended': 2,
  'referral-done': 3,
};

/** Gives the count of answers that were new. Safe to run again over the same time: an overlap between polls loses nothing and adds nothing. */
export async function takeChanges(ports: TakeChangesPorts, since: string): Promise<number> {
  let taken = 0;
  for (const change of await ports.record.changes(since)) {
    const id = idOf(change.caseId);
    const current = id && (await ports.store.load(id));
    if (!current || isOurs(current, change) || knows(current, change.answer)) continue;
    if (await ports.store.recordAnswer(current.id, change.answer, (held) => applyAnswer(held, change.answer).to)) taken += 1;
  }
  return taken;
}

/** Nobody has touched it since we wrote it. */
function isOurs(current: Case, { resource }: RecordedChange): boolean {
  return (
    resource.versionId !== null &&
    current.facts.resources.some(
      (ours) => ours.resourceType === resource.resourceType && ours.id === resource.id && ours.versionId === resource.versionId,
    )
  );
}

/** The case says so already, or is further: then the status is an older one of ours. */
function knows(current: Case, answer: HumanAnswer): boolean {
  const newest = newestReferralAnswer(current.facts.answers);
  if (newest === null) return false;
  if (newest.kind === answer.kind) return true;
  const [before, now] = [PROGRESS[newest.kind], PROGRESS[answer.kind]];
  return before !== undefined && now !== undefined && (now < before || (now === 1 && before === 1));
}

/** Another program's tag in our system is no reason to stop. */
function idOf(text: string): CaseId | undefined {
  try {
    return caseId(text);
  } catch {
    return undefined;
  }
}
