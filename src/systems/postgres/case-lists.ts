/** Lists of cases without their bulk, and the notes that people write beside them. */
import type { AuditCase } from '#src/case/audit-figures.ts';
import type { CaseState } from '#src/case/case.ts';
import type { CaseSummary } from '#src/case/case-summary.ts';
import { caseId } from '#src/case/ids.ts';
import type { ReferralStatus } from '#src/case/referral-status.ts';
import type { AuditTrail, CaseLists } from '#src/ports.ts';
import { addToTrail } from './add-to-trail.ts';
import { verifyAuditChain } from './audit-chain.ts';
import { inTransaction, type Pool } from './pool.ts';
import * as sql from './queries.ts';

interface SummaryRow {
  readonly id: string;
  readonly state: CaseState;
  readonly version: number;
  readonly report_version: number;
  readonly patient_reference: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly referral: ReferralStatus;
  readonly summary: Pick<CaseSummary, 'report' | 'reading' | 'finding' | 'history' | 'decision' | 'answers' | 'stopped'>;
}

export function makeCaseLists(pool: Pool): CaseLists {
  const rows = async (text: string, values: unknown[]): Promise<CaseSummary[]> => (await pool.query<SummaryRow>(text, values)).rows.map(toSummary);
  return {
    worklist: (outcomes, referral) => rows(sql.listWorklist, [outcomes, referral]),
    reviews: () => rows(sql.listReviews, []),
    newest: (limit, offset) => rows(sql.listSummaries, [limit, offset]),
    byIds: (ids) => rows(sql.listSummariesByIds, [ids]),
    byCause: (code) => rows(sql.listSummariesByCause, [code]),
    notes: async (ids) => {
      const found = await pool.query<{ case_id: string; at: Date; by_name: string; kind: 'note' | 'handed-over'; text: string }>(sql.listNotes, [
        ids,
      ]);
      return found.rows.map((row) => ({ caseId: row.case_id, at: row.at.toISOString(), byName: row.by_name, kind: row.kind, text: row.text }));
    },
    addNote: (note, byId, trail) =>
      inTransaction(pool, async (tx) => {
        await tx.query(sql.insertNote, [note.caseId, byId, note.byName, note.kind, note.text]);
        await addToTrail(tx, trail);
      }),
  };
}

/** Cases whose report is of these days (YYYY-MM-DD, a day to spare at both ends), with the moment their work first stood in the health record. */
export async function auditCases(pool: Pool, from: string, to: string): Promise<readonly AuditCase[]> {
  const found = await pool.query<SummaryRow & { written_at: Date | null }>(sql.listForAudit, [from, to]);
  return found.rows.map((row) => ({ ...toSummary(row), writtenAt: row.written_at?.toISOString() ?? null }));
}

/** Referrals that are neither done nor declined. */
export async function countBacklog(pool: Pool): Promise<number> {
  return Number((await pool.query<{ count: string }>(sql.countBacklog)).rows[0]?.count ?? 0);
}

function toSummary(row: SummaryRow): CaseSummary {
  return {
    id: caseId(row.id),
    state: row.state,
    version: row.version,
    reportVersion: row.report_version,
    patientReference: row.patient_reference,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    referral: row.referral,
    ...row.summary,
  };
}

export function makeAuditTrail(pool: Pool): AuditTrail {
  return {
    add: async (entry) => {
      await pool.query(sql.insertAudit, [entry.actor, entry.action, entry.caseId, entry.detail]);
    },
    list: async (actions, limit) => {
      const found = await pool.query<{ at: Date; actor: string; action: string; case_id: string | null; detail: string }>(sql.listAudit, [
        actions,
        limit,
      ]);
      return found.rows.map((row) => ({ at: row.at.toISOString(), actor: row.actor, action: row.action, caseId: row.case_id, detail: row.detail }));
    },
    chain: async () => {
      const { fault, rows } = await verifyAuditChain(pool, null);
      return { broken: fault?.id ?? null, rows };
    },
  };
}
