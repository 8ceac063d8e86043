/** A row of `backstop.cases` and the Case it stands for. */
import type { Case, CaseFacts, CaseState } from '#src/case/case.ts';
import { caseId } from '#src/case/ids.ts';

export interface CaseRow {
  readonly id: string;
  readonly state: CaseState;
  readonly version: number;
  readonly report_version: number;
  readonly facts: unknown;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Facts are written by us alone, in one shape; the database keeps them as JSON. */
export function toFacts(stored: unknown): CaseFacts {
  return stored as CaseFacts;
}

export function toCase(row: CaseRow): Case {
  return {
    id: caseId(row.id),
    state: row.state,
    version: row.version,
    reportVersion: row.report_version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    facts: toFacts(row.facts),
  };
}
