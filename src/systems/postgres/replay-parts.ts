/** Which case does each report of a stored message belong to? One message may hold several reports, each with a case of its own. */
import { type CaseId, caseId } from '#src/case/ids.ts';
import type { Report } from '#src/case/report.ts';
import { caseKey } from './fresh-case.ts';
import type { Pool } from './pool.ts';
import * as sql from './queries.ts';
import type { StoredMessage } from './replay.ts';

interface ReplayPart<Read> {
  readonly read: Read;
  /** The message with this part's case: null when the report has none yet. */
  readonly message: StoredMessage;
  /** False for a further report, whose case is not the one that the message is linked to. */
  readonly link: boolean;
}

/** `reads` in the order of the message. Left out: a report whose case stands on a newer message by now, which must not be undone. */
export async function replayParts<Read extends { readonly report: Report }>(
  pool: Pool,
  message: StoredMessage,
  reads: readonly Read[],
): Promise<readonly ReplayPart<Read>[]> {
  const standing = (await pool.query<{ id: string; case_key: string }>(sql.casesOnMessage, [message.id])).rows;
  const parts: ReplayPart<Read>[] = [];
  for (const [index, read] of reads.entries()) {
    const first = index === 0;
    const key = caseKey(read.report, message.id);
    // By its key; the first report also by the link, since newer rules may name another examination.
    const own = standing.find((one) => one.case_key === key) ?? (first ? standing.find((one) => one.id === message.caseId) : undefined);
    const isNewer = own === undefined && (first ? message.caseId !== null : ((await pool.query(sql.findCaseByKey, [key])).rowCount ?? 0) > 0);
    const id: CaseId | null = own ? caseId(own.id) : null;
    if (!isNewer) parts.push({ read, message: { ...message, caseId: id }, link: first });
  }
  return parts;
}
