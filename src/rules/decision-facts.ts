/** What the decision table looks at: the facts of a case as it stands, and nothing else. */
import type { StudyFinding } from '../case/finding.ts';
import type { Reading } from '../case/reading.ts';
import type { HumanAnswer, PatientHistory } from '../case/referral.ts';
import type { Report } from '../case/report.ts';

export interface DecisionFacts {
  readonly report: Report;
  readonly reading: Reading;
  /** Null when no image step has run: treated like "cannot say". */
  readonly finding: StudyFinding | null;
  /** Null when the patient was not found in the health record; `recordProblem` then says why. */
  readonly history: PatientHistory | null;
  readonly recordProblem?: { readonly kind: 'none' | 'many' | 'mismatch'; readonly detail: string } | null;
  readonly answers: readonly HumanAnswer[];
  /** YYYY-MM-DD, the day of the decision. */
  readonly today: string;
  readonly reportVersion?: number;
}
