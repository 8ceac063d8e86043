/** The audit for the page and for `backstop audit`: the same cases, the same figures. */
import type { AuditCase, AuditFigures, AuditQuestion } from '../case/audit-figures.ts';
import { auditCsv, flsDbCsv } from '../measure/audit-csv.ts';
import { auditFigures, casesBehind } from '../measure/audit-figures.ts';
import { auditCases, countBacklog } from '../systems/postgres/case-lists.ts';
import type { Pool } from '../systems/postgres/pool.ts';

export interface Audit {
  figures(question: AuditQuestion): Promise<AuditFigures>;
  /** The figures as CSV: what `backstop audit --csv` prints. */
  csv(question: AuditQuestion): Promise<string>;
  /** One line a referral under the FLS-DB's field names. Holds patients' numbers. */
  flsDb(question: AuditQuestion): Promise<string>;
  /** The cases behind one point (period null: all): hits, or misses. */
  behind(question: AuditQuestion, measureId: string, period: string | null, hit: boolean): Promise<readonly AuditCase[]>;
}

const day = (date: Date): string => date.toISOString().slice(0, 10);
const shifted = (text: string, days: number): string => day(new Date(Date.parse(`${text}T00:00:00Z`) + days * 86_400_000));

export function makeAudit(pool: Pool, now: () => Date): Audit {
  // A year and a day further back, so that a second referral is seen as one.
  const cases = (question: AuditQuestion) => auditCases(pool, shifted(question.from, -367), shifted(question.to, 1));
  const figures = async (question: AuditQuestion) => auditFigures(await cases(question), question, day(now()), await countBacklog(pool));
  return {
    figures,
    csv: async (question) => auditCsv(await figures(question)),
    flsDb: async (question) => flsDbCsv(await cases(question), question),
    behind: async (question, measureId, period, hit) => casesBehind(await cases(question), question, day(now()), measureId, period, hit),
  };
}
