/** A case without its bulk (report text, landmarks, spans), as lists and charts need it. `backstop.case_summary` in the migrations makes it. */
import type { CaseState } from './case.ts';
import type { CannotSayReason, ModelIdentity } from './finding.ts';
import type { CaseId } from './ids.ts';
import type { Reading } from './reading.ts';
import type { Decision, HumanAnswer, PatientHistory } from './referral.ts';
import type { ReferralStatus } from './referral-status.ts';
import type { Report } from './report.ts';
import { reviewAnswer } from './review-answer.ts';
import type { Vertebra } from './vertebra.ts';

export type VertebraSummary = Pick<Vertebra, 'level' | 'levelText' | 'state' | 'grade' | 'gradeText'> & {
  /** Height loss, percent; null when none could be measured. */
  readonly percent: number | null;
};

export interface FindingSummary {
  readonly state: 'measured' | 'cannot-say';
  readonly reason?: CannotSayReason;
  readonly worstGrade?: 0 | 1 | 2 | 3 | null;
  readonly modality?: string;
  readonly scanner: string | null;
  readonly models: readonly ModelIdentity[];
  readonly vertebrae: readonly VertebraSummary[];
}

export interface CaseSummary {
  readonly id: CaseId;
  readonly state: CaseState;
  readonly version: number;
  readonly reportVersion: number;
  readonly patientReference: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly referral: ReferralStatus;
  readonly report: Omit<Report, 'text' | 'accessionCandidates' | 'orderer' | 'author' | 'flags'>;
  readonly reading: Omit<Reading, 'statements'> | null;
  readonly finding: FindingSummary | null;
  readonly history: PatientHistory | null;
  readonly decision: Omit<Decision, 'inputs'> | null;
  readonly answers: readonly HumanAnswer[];
  readonly stopped: { readonly code: string; readonly text: string } | null;
}

/** The same person twice: the record's reference, else the number at that source. */
export function personKey(summary: Pick<CaseSummary, 'patientReference' | 'report'>): string {
  const { source, patient } = summary.report;
  return summary.patientReference ?? `${source}|${patient.id.authority ?? ''}|${patient.id.value}`;
}

/** Vertebrae with a fracture that was graded surely, worst first. */
export function gradedFractures(finding: FindingSummary | null): readonly VertebraSummary[] {
  if (finding?.state !== 'measured') return [];
  return finding.vertebrae
    .filter((vertebra) => vertebra.state === 'graded' && (vertebra.grade ?? 0) >= 1)
    .toSorted((a, b) => (b.grade ?? 0) - (a.grade ?? 0) || (b.percent ?? 0) - (a.percent ?? 0));
}

/** Worst grade that counts for a person: what a radiologist gave last, else what was measured; null when nothing can be said. */
export function worstGrade(summary: Pick<CaseSummary, 'finding' | 'answers'>): 0 | 1 | 2 | 3 | null {
  const review = reviewAnswer(summary.answers);
  if (review?.kind === 'finding-refuted') return 0;
  const measured = summary.finding?.state === 'measured' ? (summary.finding.worstGrade ?? null) : null;
  if (review?.kind !== 'finding-changed' || !review.changes) return measured;
  return Math.max(0, ...review.changes.map((change) => change.grade)) as 0 | 1 | 2 | 3;
}
