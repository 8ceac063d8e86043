/** The second set's findings: which measured cases it has not seen yet, what it said, and all comparisons of a period. Nothing else reads them. */
import type { StudyFinding } from '#src/case/finding.ts';
import { type CaseId, caseId } from '#src/case/ids.ts';
import type { ShadowComparison } from '#src/measure/compare-findings.ts';
import type { Pool } from './pool.ts';

/** The newest measurement of each case, once the case has gone on from it. */
const NEXT = `
  SELECT e.id, e.case_id FROM backstop.case_event e JOIN backstop.cases c ON c.id = e.case_id
  WHERE e.step = 'find-fractures' AND e.outcome = 'measured' AND e.at >= $2 AND c.state NOT IN ('received', 'read', 'located', 'measured')
    AND jsonb_typeof(c.facts -> 'choice') = 'object'
    AND NOT EXISTS (SELECT 1 FROM backstop.shadow_finding s WHERE s.event_id = e.id AND s.model_set = $1)
    AND NOT EXISTS (SELECT 1 FROM backstop.case_event later WHERE later.case_id = e.case_id AND later.id > e.id
      AND later.step = 'find-fractures' AND later.outcome = 'measured')
    AND NOT (e.id = ANY ($3::bigint[]))
  ORDER BY e.at LIMIT 1`;

export interface ShadowWork {
  readonly eventId: string;
  readonly caseId: CaseId;
}

export interface ShadowResult extends ShadowWork {
  readonly modelSet: string;
  readonly liveSet: string;
  readonly finding: StudyFinding;
  readonly comparison: ShadowComparison;
  readonly ms: number;
}

export interface ShadowFindings {
  /** `except`: events that are left for later. */
  next(modelSet: string, since: Date, except: readonly string[]): Promise<ShadowWork | undefined>;
  /** Once for each measurement and set. */
  add(result: ShadowResult): Promise<void>;
  /** Oldest first; of one live set against one second set. */
  comparisons(question: {
    readonly modelSet: string;
    readonly liveSet: string | null;
    readonly since: Date;
  }): Promise<readonly { readonly caseId: CaseId; readonly comparison: ShadowComparison }[]>;
}

export function makeShadowFindings(pool: Pool): ShadowFindings {
  return {
    next: async (modelSet, since, except) => {
      const found = await pool.query<{ id: string; case_id: string }>(NEXT, [modelSet, since, except]);
      const row = found.rows[0];
      return row && { eventId: row.id, caseId: caseId(row.case_id) };
    },
    add: async ({ eventId, modelSet, caseId: id, liveSet, finding, comparison, ms }) => {
      await pool.query(
        `INSERT INTO backstop.shadow_finding (event_id, model_set, case_id, live_set, finding, comparison, ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
        [eventId, modelSet, id, liveSet, JSON.stringify(finding), JSON.stringify(comparison), Math.round(ms)],
      );
    },
    comparisons: async ({ modelSet, liveSet, since }) => {
      const found = await pool.query<{ case_id: string; comparison: ShadowComparison }>(
        `SELECT case_id, comparison FROM backstop.shadow_finding
         WHERE model_set = $1 AND ($2::text IS NULL OR live_set = $2) AND at >= $3 ORDER BY at, event_id`,
        [modelSet, liveSet, since],
      );
      return found.rows.map((row) => ({ caseId: caseId(row.case_id), comparison: row.comparison }));
    },
  };
}
