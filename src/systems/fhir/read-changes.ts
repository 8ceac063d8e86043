/** Asks the record what became of our referrals, and asks it to tell (R4 rest-hook Subscription). Sites have one, the other, or both. */
import type { Subscription } from '@medplum/fhirtypes';
import { changesFromResources, type RecordChange } from './changes-from-resources.ts';
import { CODES } from './names.ts';
import type { RecordClient } from './record-client.ts';
import { Refusal } from './refusal.ts';

const TASK_CODE = `${CODES}|task-refer`;
const TASKS = `Task?code=${encodeURIComponent(TASK_CODE)}`;
const PROPOSALS = `ServiceRequest?code=${encodeURIComponent(`${CODES}|fls-referral`)}&intent=proposal`;

/** Everything that was changed since then (ISO instant), by whomever: the caller drops what the case knows already. */
export async function readChanges(client: RecordClient, since: string): Promise<readonly RecordChange[]> {
  const when = `&_lastUpdated=ge${encodeURIComponent(since)}&_count=100`;
  const [tasks, proposals] = await Promise.all([TASKS, PROPOSALS].map((query) => client.search(`${query}${when}`, 5_000)));
  return changesFromResources([...(tasks?.resources ?? []), ...(proposals?.resources ?? [])]);
}

/**
 * One Subscription for our Tasks, made once. The notification is empty (no payload): it only wakes the poll, so that nothing that arrives
 * at our door is believed. 'refused' = this record has no subscriptions; polling does.
 */
export async function subscribe(client: RecordClient, endpoint: string, header: string | null): Promise<'subscribed' | 'refused'> {
  const subscription: Subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Backstop follows its referrals',
    criteria: `Task?code=${TASK_CODE}`,
    channel: { type: 'rest-hook', endpoint, ...(header && { header: [header] }) },
  };
  try {
    return (await client.createOnce(subscription, `url=${encodeURIComponent(endpoint)}&type=rest-hook`)) ? 'subscribed' : 'refused';
  } catch (error) {
    if (error instanceof Refusal) return 'refused';
    throw error;
  }
}
