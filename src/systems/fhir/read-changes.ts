/** Asks the record what became of our referrals. */
import { changesFromResources, type RecordChange } from './changes-from-resources.ts';
import { CODES } from './names.ts';
import type { RecordClient } from './record-client.ts';

const TASK_CODE = `${CODES}|task-refer`;
const TASKS = `Task?code=${encodeURIComponent(TASK_CODE)}`;
const PROPOSALS = `ServiceRequest?code=${encodeURIComponent(`${CODES}|fls-referral`)}&intent=proposal`;

/** Everything that was changed since then (ISO instant), by whomever: the caller drops what the case knows already. */
export async function readChanges(client: RecordClient, since: string): Promise<readonly RecordChange[]> {
  const when = `&_lastUpdated=ge${encodeURIComponent(since)}&_count=100`;
  const [tasks, proposals] = await Promise.all([TASKS, PROPOSALS].map((query) => client.search(`${query}${when}`, 5_000)));
  return changesFromResources([...(tasks?.resources ?? []), ...(proposals?.resources ?? [])]);
}
